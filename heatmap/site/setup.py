"""How a recording is set up: what it covers, whether its tag is heard of, more pages, an early end."""

from aiohttp import web
from pydantic import ValidationError

from heatmap.end import end
from heatmap.site import documents
from heatmap.site.access import PARTS, RECORDING, USER, needs, note
from heatmap.site.counts import counts
from heatmap.site.ending import REACHED
from heatmap.site.opening import tag
from heatmap.site.render import render
from heatmap.site.roles import Role
from recorder import limits
from recorder.errors import Conflict, Malformed, NotFound
from recorder.recording import NEW, Page, Recording, State
from recorder.sentences import said
from recorder.views import now_ms


@needs(Role.VIEWER)
async def show(request: web.Request) -> web.Response:
    """All of it on one page."""
    recording = request[RECORDING]
    return render(
        request,
        "setup.html",
        recording=recording,
        running=recording.state == State.OPEN,
        manages=request[USER].may(Role.MANAGER, recording.site),
        counts=await counts(request.app[PARTS], recording),
        tag=tag(request),
        documents=documents.titles(recording),
        reached=REACHED,
        just_opened="opened" in request.query,
        now=now_ms(),
    )


@needs(Role.VIEWER, look=None)
async def heard(request: web.Request) -> web.Response:
    """Whether the tag has been heard of, as a piece of a page, for one that waits."""
    recording = request[RECORDING]
    return render(
        request,
        "heard.html",
        recording=recording,
        counts=await counts(request.app[PARTS], recording),
    )


@needs(Role.VIEWER, look="document")
async def document(request: web.Request) -> web.Response:
    """One of the documents of a recording."""
    return documents.answer(request[RECORDING], request.match_info["document"])


@needs(Role.MANAGER, look=None)
async def add_page(request: web.Request) -> web.StreamResponse:
    """One more page rule, for what comes next."""
    await with_page(request, await _written(request))
    raise web.HTTPSeeOther(f"/recordings/{request[RECORDING].id}/setup#pages")


@needs(Role.MANAGER, look=None)
async def change_page(request: web.Request) -> web.StreamResponse:
    """Another rule for a page, for what comes next."""
    await with_rule(request, await _written(request))
    raise web.HTTPSeeOther(f"/recordings/{request[RECORDING].id}/setup#pages")


async def _written(request: web.Request) -> dict[str, object]:
    """A page as a form has it; one that is there has its name already."""
    form = await request.post()
    written: dict[str, object] = {
        name: str(text).strip() for name, text in form.items() if name in Page.model_fields
    }
    return written | {"query": str(form.get("query", "")).replace(",", " ").split()}


async def with_page(request: web.Request, fields: dict[str, object]) -> Recording:
    """The recording with one more page, or `Malformed` with what is wrong with it."""
    page = _page(fields)

    def add(current: Recording) -> Recording:
        _refuse_ended(current)
        if page.name in {each.name for each in current.pages}:
            raise Conflict("There is a page of that name already.")
        if len(current.pages) >= limits.PAGES:
            raise Conflict(f"A recording has at most {limits.PAGES} pages.")
        return current.model_copy(update={"pages": [*current.pages, page]})

    after = await request.app[PARTS].registry.change(request[RECORDING].id, add)
    await note(request, "page added", of=page.name)
    return after


async def with_rule(request: web.Request, fields: dict[str, object]) -> Recording:
    """The recording with another rule for one of its pages, or `Malformed` with what is wrong with it.

    The page keeps its number, which events have, and its name, which the site may use.
    """
    number = int(request.match_info["page"])
    if number >= len(request[RECORDING].pages):
        raise NotFound("This recording has no such page.")
    page = _page(fields | {"name": request[RECORDING].pages[number].name})

    def change(current: Recording) -> Recording:
        _refuse_ended(current)
        pages = [*current.pages]
        pages[number] = page
        return current.model_copy(update={"pages": pages})

    after = await request.app[PARTS].registry.change(request[RECORDING].id, change)
    await note(request, "page changed", of=page.name)
    return after


def _page(fields: dict[str, object]) -> Page:
    try:
        page = Page.model_validate(fields, context=NEW)
    except ValidationError as error:
        wrong = error.errors()[0]
        where = f"{wrong['loc'][0]} " if wrong["loc"] else ""
        raise Malformed(f"This page cannot be so: {where}{said(wrong)}.") from None
    return page


def _refuse_ended(recording: Recording) -> None:
    if recording.state != State.OPEN:
        raise Conflict("This recording has ended: its pages stay as they are.")


@needs(Role.MANAGER, look=None)
async def close(request: web.Request) -> web.StreamResponse:
    """End it now: no visitor is asked or recorded any more, and the worker does the rest."""
    recording = request[RECORDING]
    await note(request, "recording closed", of="")
    await end.close(request.app[PARTS], recording.id)
    request.app[PARTS].closed.set()
    raise web.HTTPSeeOther(f"/recordings/{recording.id}/setup")
