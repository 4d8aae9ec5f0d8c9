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
from recorder.errors import Conflict, Malformed
from recorder.recording import Page, Recording, State, star
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
    """One more page rule, for what comes next: those that are there stay, since events name them by their number."""
    form = await request.post()
    query = str(form.get("query", "")).replace(",", " ").split()
    await with_page(
        request,
        {name: str(form.get(name, "")).strip() for name in ("name", "kind", "pattern")} | {"query": query},
    )
    raise web.HTTPSeeOther(f"/recordings/{request[RECORDING].id}/setup#pages")


async def with_page(request: web.Request, fields: dict[str, object]) -> Recording:
    """The recording with one more page, or `Malformed` with what is wrong with it."""
    try:
        page = Page.model_validate(fields)
    except ValidationError as error:
        wrong = error.errors()[0]
        where = f"{wrong['loc'][0]} " if wrong["loc"] else ""
        raise Malformed(f"This page cannot be added: {where}{said(wrong)}.") from None
    if meant := star(page.kind, page.pattern):
        raise Malformed(f"This page cannot be added: {meant}.")

    def add(current: Recording) -> Recording:
        if current.state != State.OPEN:
            raise Conflict("This recording has ended: pages are added to one that is open.")
        if page.name in {each.name for each in current.pages}:
            raise Conflict("There is a page of that name already.")
        if len(current.pages) >= limits.PAGES:
            raise Conflict(f"A recording has at most {limits.PAGES} pages.")
        return current.model_copy(update={"pages": [*current.pages, page]})

    after = await request.app[PARTS].registry.change(request[RECORDING].id, add)
    await note(request, "page added", of=page.name)
    return after


@needs(Role.MANAGER, look=None)
async def close(request: web.Request) -> web.StreamResponse:
    """End it now: no visitor is asked or recorded any more, and the worker does the rest."""
    recording = request[RECORDING]
    await note(request, "recording closed", of="")
    await end.close(request.app[PARTS], recording.id)
    request.app[PARTS].closed.set()
    raise web.HTTPSeeOther(f"/recordings/{recording.id}/setup")
