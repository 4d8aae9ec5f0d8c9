"""Opening a recording: described in a form, read once more with everything that it entails, then opened."""

import contextlib
import secrets
from collections.abc import Sequence
from typing import Any
from zoneinfo import available_timezones

from aiohttp import web

from heatmap.site import documents, draftform, written
from heatmap.site.access import PARTS, USER, needs, note
from heatmap.site.draftform import Draft
from heatmap.site.drafts import DRAFTS
from heatmap.site.recordings import visible
from heatmap.site.render import HEADERS, render
from heatmap.site.roles import EVERYWHERE, Role
from heatmap.site.users import User
from recorder import files, limits, notice, texts, times
from recorder.errors import Conflict, Forbidden, Malformed, NotFound
from recorder.notice import Document
from recorder.recording import DAY_MS, DEVICES, Described, Recording, State
from recorder.views import SETTINGS, now_ms


@needs(Role.MANAGER, look=None)
async def form(request: web.Request) -> web.Response:
    """The empty form; with `?draft=` one's draft in it, with `?like=` an earlier recording."""
    draft = Draft(await _before(request))
    return _form(request, draft, await in_the_way(request, draft.fields.get("origins", [])))


@needs(Role.MANAGER, look=None)
async def describe(request: web.Request) -> web.StreamResponse:
    """Take the form: on to the last look, or back to it with what is wrong."""
    draft, before = await _drafted(request), None
    if draft.recording is not None:
        await refuse_foreign(request, draft.recording)
        before = await in_the_way(request, draft.recording.origins)
        draft.problems.update(taken(draft.recording.origins, before))
    if draft.recording is None or draft.problems:
        page = _form(request, draft, before)
        page.set_status(400)
        return page
    await request.app[DRAFTS].keep(request[USER].name, draft.recording, now_ms())
    raise web.HTTPSeeOther(f"/drafts/{draft.recording.id}")


@needs(Role.MANAGER, look=None)
async def preview(request: web.Request) -> web.Response:
    """The prompt in each language as it would be now, with what is missing marked, as a piece of a page."""
    draft = await _drafted(request)
    told = draftform.sketch(draft, secrets.token_hex(6), now_ms(), texts.defaults())
    return render(
        request,
        "prompts.html",
        told=told,
        names=_own_names(told),
        missing=draftform.MISSING.values(),
        problems=draft.problems,
        languages=_languages(draft.fields.get("languages", [])),
    )


@needs(Role.MANAGER, look=None)
async def rules(request: web.Request) -> web.Response:
    """The page rules as browsers get them, for the tester; those that make no sense are left out."""
    draft = await _drafted(request)
    pages = draftform.rules(draft.fields["pages"])
    return web.json_response({"pages": pages}, headers=HEADERS)


@needs(Role.MANAGER, look=None)
async def last_look(request: web.Request) -> web.Response:
    """What visitors will be asked, what has to be written down, and the button."""
    return await _last_look(request, await _draft(request))


@needs(Role.MANAGER, look=None)
async def document(request: web.Request) -> web.Response:
    """One of the documents of a draft."""
    return documents.answer(await _draft(request), request.match_info["document"])


@needs(Role.MANAGER, look=None)
async def open_(request: web.Request) -> web.StreamResponse:
    """Open it, for as long as it was described for."""
    recording, sent, now = await _draft(request), await request.post(), now_ms()
    if "confirmed" not in sent:
        raise Malformed(
            "Confirm that no health, political or children's pages are covered: they may not be recorded."
        )
    recording = recording.model_copy(update={"start": max(recording.start, now)})
    if recording.end <= recording.start:
        raise Conflict("The end of this draft has passed: describe it anew.")
    await refuse_foreign(request, recording)
    if await in_the_way(request, recording.origins):
        page = await _last_look(request, recording)
        page.set_status(409)
        return page
    opened = await request.app[PARTS].registry.open(recording)
    await request.app[DRAFTS].drop(recording.id)
    await note(request, "recording opened", of=opened.id, at=opened)
    raise web.HTTPSeeOther(f"/recordings/{opened.id}/setup?opened=1")


@needs(Role.MANAGER, look=None)
async def drop(request: web.Request) -> web.StreamResponse:
    """Throw a draft away."""
    recording = await _draft(request)
    await request.app[DRAFTS].drop(recording.id)
    raise web.HTTPSeeOther("/")


async def refuse_foreign(request: web.Request, recording: Described) -> None:
    """`Forbidden` unless one manages the site, and every other site that had one of the origins.

    A recording that cannot be read here may have had any of them.
    """
    user: User = request[USER]
    earlier, newer = await request.app[PARTS].registry.readable()
    if newer and not user.may(Role.MANAGER, EVERYWHERE):
        raise Forbidden(f"{newer[0]} Whose addresses it has cannot be told: ask a manager of every site.")
    sites = {recording.site, *(each.site for each in earlier if set(each.origins) & set(recording.origins))}
    for site in sorted(sites):
        if not user.may(Role.MANAGER, site):
            raise Forbidden(f"These addresses belong to {site}, which you do not manage.")


async def in_the_way(request: web.Request, origins: Sequence[str]) -> Recording | None:
    """The recording that is open for one of the addresses, if the user may see it: it has to end first."""
    user: User = request[USER]
    fresh = await request.app[PARTS].registry.all() if origins else []
    theirs = (each for each in fresh if each.state == State.OPEN and set(each.origins) & set(origins))
    return next((each for each in theirs if user.may(Role.VIEWER, each.site)), None)


def taken(origins: Sequence[str], before: Recording | None) -> dict[str, str]:
    """That one of the addresses has an open recording already, told before anything is opened."""
    if before is None:
        return {}
    origin = next(each for each in origins if each in before.origins)
    return {"origins": f"an open recording has {origin} until {written.date(before.end)}: end that one first"}


async def _draft(request: web.Request) -> Recording:
    return await request.app[DRAFTS].read(request.match_info["draft"], request[USER].name)


async def _drafted(request: web.Request) -> Draft:
    sent: Any = await request.post()
    draft, like = str(sent.get("draft", "")), str(sent.get("like", ""))
    before = await _began(request, draft, like)
    return draftform.read(sent, draft or secrets.token_hex(6), now_ms(), texts.defaults(), before)


async def _before(request: web.Request) -> dict[str, Any]:
    """What the form begins with."""
    draft, like, now = request.query.get("draft", ""), request.query.get("like", ""), now_ms()
    before = await _began(request, draft, like)
    if before is None:
        return {"end": now + 14 * DAY_MS, "languages": ["en"]}
    if draft:
        return before.model_dump()
    return before.model_dump(exclude={"id", "start", "end", "nv"}) | {
        "end": now + (before.end - before.start)
    }


async def _began(request: web.Request, draft: str, like: str) -> Recording | None:
    """One's draft, or an earlier recording, or nothing."""
    user: User = request[USER]
    if draft:
        return await request.app[DRAFTS].read(draft, user.name)
    if not like:
        return None
    for each in await visible(request.app[PARTS], user):
        if each.id == like:
            return each
    raise NotFound("There is no such recording.")


async def _last_look(request: web.Request, recording: Recording) -> web.Response:
    told = notice.compose(recording, texts.defaults())
    return render(
        request,
        "draft.html",
        recording=recording,
        before=await in_the_way(request, recording.origins),
        told=told,
        names=_own_names(told),
        documents=documents.titles(recording),
        late=recording.start < now_ms() - DAY_MS,
    )


def _form(request: web.Request, draft: Draft, before: Recording | None) -> web.Response:
    return render(
        request,
        "opening.html",
        before=before,
        form=draftform.shown(draft.fields),
        draft=request.query.get("draft", ""),
        like=request.query.get("like", ""),
        problems=draft.problems,
        languages=_languages(draft.fields.get("languages", [])),
        devices=DEVICES,
        zones=sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/")),
        translated=any(isinstance(draft.fields.get("notice", {}).get(name), dict) for name in draftform.TOLD),
        most_days=limits.RECORDING_DAYS,
        kept_days=limits.KEPT_DAYS,
    )


def _languages(chosen: list[str]) -> dict[str, str]:
    """Tag and own name of those that are chosen, and of the others that we have texts in.

    The chosen come first, in their order: the form sends them as it shows them, and the first is what the team reads.
    """
    found = {}
    for tag in [*chosen, *texts.defaults()]:
        with contextlib.suppress(ValueError):
            found[tag] = times.own_name(tag)
    return found


def _own_names(told: Document | None) -> dict[str, str]:
    return {tag: times.own_name(tag) for tag in told.languages} if told else {}


def tag(request: web.Request) -> str:
    """The tag for the site's pages."""
    chosen = request.app[SETTINGS]
    return files.tag(chosen.public_url or f"http://{chosen.host}:{chosen.port}")
