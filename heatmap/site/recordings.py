"""The list of recordings: how each stands, and what will come of it."""

from dataclasses import dataclass

from aiohttp import web

from heatmap.gather import take_census
from heatmap.parts import Parts
from heatmap.site.access import PARTS, RECORDING, USER, needs
from heatmap.site.counts import Counts, counts
from heatmap.site.drafts import DRAFTS
from heatmap.site.forecast import Forecast, forecast
from heatmap.site.nav import is_decided
from heatmap.site.render import render
from heatmap.site.roles import EVERYWHERE, Role
from heatmap.site.users import User
from recorder.errors import NotFound
from recorder.recording import Recording, State
from recorder.views import now_ms


@dataclass(frozen=True)
class Row:
    """A recording in the list, and where its title leads."""

    recording: Recording
    counts: Counts
    where: str

    @property
    def running(self) -> bool:
        return self.recording.state == State.OPEN


@needs(Role.VIEWER)
async def listed(request: web.Request) -> web.Response:
    """One's drafts, and those of the sites that one may see; what is open comes first, then the newest."""
    parts, user, now = request.app[PARTS], request[USER], now_ms()
    may_open = user.may(Role.MANAGER)
    drafts = await request.app[DRAFTS].of(user.name, now) if may_open else []
    found, newer = await seen(parts, user)
    rows = [await _row(parts, user, each) for each in found]
    rows.sort(key=lambda row: not row.running)
    return render(
        request, "recordings.html", rows=rows, newer=newer, drafts=drafts, now=now, may_open=may_open
    )


@needs(Role.VIEWER, look=None)
async def outlook(request: web.Request) -> web.Response:
    """What will come of a recording, as a piece of a page: all events are looked through, so the list does not wait."""
    recording = request[RECORDING]
    if recording.state != State.OPEN:
        raise NotFound("This recording has ended: what came of it is in its pictures.")
    found = await looked_ahead(request.app[PARTS], recording)
    template = "outlook-full.html" if "full" in request.query else "outlook.html"
    return render(request, template, forecast=found, recording=recording)


async def looked_ahead(parts: Parts, recording: Recording) -> Forecast:
    """The forecast of now, of events that were looked through at most a minute ago."""
    stamp = await parts.log.stamp(recording.id)
    name = (recording.id, "sessions by place")
    found = parts.previews.recent.get(name, stamp)
    if found is None:
        census = await take_census(parts, recording)
        sessions = {place: atoms.total() for place, atoms in census.sessions.items()}
        found = sessions, await parts.log.how_many(recording.id)
        parts.previews.recent.put(name, stamp, found)
    by_place, total = found
    return forecast(recording, by_place, total, now_ms())


async def visible(parts: Parts, user: User) -> list[Recording]:
    """The recordings of sites that the user has a role on, the newest first."""
    return (await seen(parts, user))[0]


async def seen(parts: Parts, user: User) -> tuple[list[Recording], list[str]]:
    """The same, and what is said of those that a newer release wrote: to whoever may see every site."""
    found, newer = await parts.registry.readable()
    mine = [each for each in found if user.role_on(each.site) is not None]
    return mine, newer if user.may(Role.VIEWER, EVERYWHERE) else []


async def _row(parts: Parts, user: User, recording: Recording) -> Row:
    sees = is_decided(recording) or user.may(Role.ANALYST, recording.site)
    where = f"/recordings/{recording.id}{'' if sees else '/setup'}"
    return Row(recording, await counts(parts, recording), where)
