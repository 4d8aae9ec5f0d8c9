"""Consent and purge: how people answered, what they were shown, where one of them stands, what was destroyed."""

import json
import re
from dataclasses import dataclass

from aiohttp import web

from heatmap.end import erasure
from heatmap.parts import Parts
from heatmap.site.access import PARTS, RECORDING, USER, needs, note
from heatmap.site.counts import counts
from heatmap.site.ending import STEPS
from heatmap.site.recordings import visible
from heatmap.site.render import render
from heatmap.site.roles import Role
from heatmap.site.users import User
from heatmap.told import fives
from recorder import receipts, times
from recorder.errors import Malformed, NotFound
from recorder.receipts import Receipt
from recorder.recording import Recording
from recorder.registry import certificate_path
from recorder.views import SETTINGS, now_ms

_AUDIT = re.compile(r"[a-z2-7]{26}")
_DAY_MS = 86_400_000


@dataclass(frozen=True)
class Day:
    """How people answered on one day (UTC), in fives; `at` is its beginning, ms."""

    at: int
    asked: int
    yes: int
    no: int

    @property
    def rate(self) -> float | None:
        return self.yes / (self.yes + self.no) if self.yes + self.no else None


@needs(Role.VIEWER)
async def of_recording(request: web.Request) -> web.Response:
    """One recording's."""
    parts, recording = request.app[PARTS], request[RECORDING]
    told = await parts.registry.told(recording.nv)
    return render(
        request,
        "consents.html",
        recording=recording,
        counts=await counts(parts, recording),
        days=await days(parts, recording),
        told=told,
        names={tag: times.own_name(tag) for tag in told.languages},
        steps=STEPS,
        public=public_url(request),
        certificate=certificate_path(recording.id),
        now=now_ms(),
    )


@needs(Role.VIEWER, look=None)
async def ending(request: web.Request) -> web.Response:
    """How far the end of a recording is, as a piece of a page, for one that waits; nothing before and afterwards."""
    return render(request, "ending.html", recording=request[RECORDING])


@needs(Role.MANAGER, look="consents")
async def everywhere(request: web.Request) -> web.Response:
    """What became of each recording, and the way to find a consent by its audit id."""
    return await _overview(request)


@needs(Role.MANAGER, look=None)
async def find(request: web.Request) -> web.Response:
    """Where the consent of an audit id stands, on the sites that one manages."""
    audit = _audit(str((await request.post()).get("audit", "")))
    found = await found_by(request.app[PARTS], request[USER], audit)
    await note(request, "audit id looked up", of=found.recording.id, at=found.recording)
    return await _overview(request, found)


@needs(Role.MANAGER, look=None)
async def erase(request: web.Request) -> web.Response:
    """Erase a visit at its visitor's or a parent's request."""
    form = await request.post()
    found = await found_by(request.app[PARTS], request[USER], _audit(str(form.get("audit", ""))))
    await note(
        request,
        "visit erased",
        of=f"{found.recording.id}, {'parent' if form.get('who') == 'parent' else 'visitor'}",
        at=found.recording,
    )
    erased = await erasure.erase(request.app[PARTS], found.recording.id, found.audit, now_ms())
    return await _overview(request, erased)


async def found_by(parts: Parts, user: User, audit: str) -> Receipt:
    """The receipt of an audit id among the recordings of sites that the user manages, or `NotFound`."""
    for recording in await visible(parts, user):
        if user.may(Role.MANAGER, recording.site):
            try:
                return await receipts.find(parts.registry, parts.store, recording.id, audit, now_ms())
            except NotFound:
                continue
    raise NotFound("No consent is known under this audit id, on the sites that you manage.")


async def days(parts: Parts, recording: Recording) -> list[Day]:
    """Each day from the first with an answer to the last."""
    kept = recording.results.get("days")
    found = (
        {int(day): each for day, each in kept.items()}
        if isinstance(kept, dict)
        else await parts.log.days(recording.id)
    )
    if not found:
        return []
    return [
        Day(day * _DAY_MS, *(fives(int(found.get(day, {}).get(what, 0))) for what in ("asked", "yes", "no")))
        for day in range(min(found), max(found) + 1)
    ]


def public_url(request: web.Request) -> str:
    """Where visitors reach us."""
    chosen = request.app[SETTINGS]
    return chosen.public_url or f"http://{chosen.host}:{chosen.port}"


async def _overview(request: web.Request, found: Receipt | None = None) -> web.Response:
    parts, user = request.app[PARTS], request[USER]
    shown = [each for each in await visible(parts, user) if user.may(Role.MANAGER, each.site)]
    record = None
    if found is not None:
        key = f"consents/{found.recording.id}/{found.audit}/given.json"
        record = json.loads((await parts.store.get(key)).data)
    return render(
        request,
        "purges.html",
        recordings=shown,
        found=found,
        record=record,
        public=public_url(request),
        now=now_ms(),
    )


def _audit(text: str) -> str:
    audit = "".join(text.split()).casefold()
    if not _AUDIT.fullmatch(audit):
        raise Malformed(
            "An audit id has 26 letters a to z and digits 2 to 7: it stands in the visitor's panel."
        )
    return audit
