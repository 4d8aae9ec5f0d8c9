"""Replays of a recording: which there are, and one of them, read from the event store each time somebody asks.

Nothing is remembered between two requests, so that a visitor who takes back a yes is gone with the next one. Only
sessions whose visitors say yes to replays *now* are read, and only while the recording runs.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from heatmap.parts import Parts
from heatmap.raw import sessions, unsealed
from heatmap.replays.handles import gone
from heatmap.replays.replay import Backdrop, Json, replay
from heatmap.replays.summaries import Labels, Summary, summaries
from heatmap.replays.tape import Tape, tape, views
from heatmap.snapshots import snapshots
from recorder.errors import NotFound
from recorder.eventlog import Session
from recorder.recording import Device, Purpose, Recording, State, device_class

PURPOSE: Purpose = "replay"
#: Visits in the list: more than a team looks at, and so few that reading them all takes half a second.
MOST = 2_000


@dataclass(frozen=True)
class Wanted:
    """Which replays somebody wants to see; what is None or empty asks for nothing."""

    page: int | None = None
    device: Device | None = None
    release: str = ""
    trouble: str = ""  #: a word of `story.TROUBLE`, or "any"
    mark: str = ""
    seconds: int = 0  #: as long as this at least

    def fits(self, each: Summary) -> bool:
        return (
            self.page in (None, *each.pages)
            and self.device in (None, each.device)
            and self.release in ("", each.release)
            and self.trouble in ("", *each.trouble, *(["any"] if each.trouble else []))
            and self.mark in ("", *each.marks)
            and each.length >= 1000 * self.seconds
        )


def check_running(recording: Recording, now_ms: int) -> None:
    """`NotFound` unless the recording runs and offers replays."""
    if recording.state != State.OPEN or now_ms >= recording.end:
        raise NotFound(
            "This recording has ended: its replays are destroyed, its pictures stay.", code="ended"
        )
    if PURPOSE not in recording.purposes:
        raise NotFound("This recording does not ask visitors for replays.", code="no_replays")


async def listed(parts: Parts, recording: Recording) -> list[Summary]:
    """The sessions that may be replayed now, the newest first, `MOST` of them at most."""
    key = await parts.registry.key(recording)
    labels = Labels(recording.seen_releases, recording.variants, recording.marks)
    names = await parts.log.newest(recording.id, PURPOSE, MOST)
    found: list[Summary] = []
    async for some in sessions(parts.log, recording.id, PURPOSE, names):
        found += await asyncio.to_thread(_summed, some, key, labels)
    return sorted(found, key=lambda each: (-each.began, each.session))


async def read(parts: Parts, recording: Recording, session: str) -> Json:
    """The player's document of one session, or `NotFound` when it may not be replayed (any more)."""
    tape_ = await asyncio.to_thread(
        tape, await _session(parts, recording, session), await parts.registry.key(recording)
    )
    drops = await _backdrops(parts, recording, tape_)
    made = await asyncio.to_thread(
        replay, tape_, recording, lambda page, device, release: drops.get((page, device, release), [])
    )
    await still_there(parts, recording, session)  # whoever took it back meanwhile is gone
    return made


async def still_there(parts: Parts, recording: Recording, session: str) -> None:
    """`NotFound` when the visitor has taken back the yes to replays, or to everything."""
    await _session(parts, recording, session)


async def _session(parts: Parts, recording: Recording, name: str) -> Session:
    async for [session] in sessions(parts.log, recording.id, PURPOSE, [name]):
        return session
    raise gone()


def _summed(some: Sequence[Session], key: bytes, labels: Labels) -> list[Summary]:
    part = unsealed(some, range(len(some)), key)
    return summaries(part, [each.id for each in some], [each.yes for each in some], labels)


async def _backdrops(
    parts: Parts, recording: Recording, tape_: Tape
) -> dict[tuple[int, Device, str], list[Backdrop]]:
    """The snapshots of every page, device class and release that a session saw; the plain one of each first."""
    there = await snapshots.names(parts.store, recording.id)
    found: dict[tuple[int, Device, str], list[Backdrop]] = {}
    for view in views(tape_):
        page, release = int(view.header["page"]), int(view.header["release"])
        device = device_class(int(view.header["width"]))
        labels = ["", *recording.seen_releases]
        place = (page, device, labels[release] if release < len(labels) else "")
        if place in found:
            continue
        plain = snapshots.versions(there, recording, page, device).get(release)
        names = [plain, *snapshots.states(there, plain)] if plain else []
        found[place] = [await _backdrop(parts, recording, name) for name in names]
    return found


async def _backdrop(parts: Parts, recording: Recording, name: snapshots.Name) -> Backdrop:
    snapshot = await snapshots.document(parts.store, recording.id, name)
    there = await snapshots.picture(parts.store, recording.id, name)
    address = f"/recordings/{recording.id}/snapshots/{name}.webp" if there else None
    return Backdrop(name.state, snapshot, address)
