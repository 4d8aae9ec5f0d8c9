"""The element tables of two releases, page by page: from raw events, or as they were kept."""

import asyncio
import json
from collections.abc import AsyncIterator

from heatmap.census import Place
from heatmap.check import Table
from heatmap.elements import Row
from heatmap.gather import fill, open_page, passes, take_census
from heatmap.page import Told
from heatmap.parts import Parts
from heatmap.pictures import kept
from heatmap.segments import Segment
from recorder.errors import NotFound
from recorder.recording import DEVICES, Recording, State


async def tables(parts: Parts, recording: Recording, before: str, after: str) -> list[Table]:
    """One table for each page and device class where both releases may be shown; `NotFound` for an unknown release."""
    wanted = (_row(recording, before), _row(recording, after))
    source = (
        _now(parts, recording, wanted) if recording.state == State.OPEN else _kept(parts, recording, wanted)
    )
    return [table async for table in source]


def _row(recording: Recording, release: str) -> int:
    if release in recording.seen_releases:
        return recording.seen_releases.index(release) + 1
    seen = ", ".join(recording.seen_releases) or "none"
    raise NotFound(f"Recording {recording.id} has not seen release {release}; it has seen {seen}.")


async def _now(parts: Parts, recording: Recording, wanted: tuple[int, int]) -> AsyncIterator[Table]:
    census, counts = await take_census(parts, recording)
    for places in await passes(parts, recording, census):
        empty = {place: await open_page(parts, recording, place, census) for place in places}
        filled = await fill(parts, recording, empty, ["scroll"], counts["events"])
        for place in places:
            told = Told(filled.pop(place), recording.min_sessions)
            if table := await asyncio.to_thread(_told, _name(recording, place), told, wanted):
                yield table


def _told(name: str, told: Told, wanted: tuple[int, int]) -> Table | None:
    by_release = {part.release: part for part in told.published() if part.release and not part.variant}
    if not set(wanted) <= set(by_release):
        return None
    before, after = (by_release[row] for row in wanted)
    return Table(name, (before.sessions, after.sessions), _rows(told, before), _rows(told, after))


def _rows(told: Told, segment: Segment) -> list[Row]:
    return told.rows(segment, seen_too=True)


async def _kept(parts: Parts, recording: Recording, wanted: tuple[int, int]) -> AsyncIterator[Table]:
    for place in ((page, device) for page in range(len(recording.pages)) for device in DEVICES):
        try:
            sides = [await _kept_side(parts, recording, place, row) for row in wanted]
        except NotFound:
            continue
        (of_before, before), (of_after, after) = sides
        yield Table(_name(recording, place), (of_before, of_after), before, after)


async def _kept_side(parts: Parts, recording: Recording, place: Place, row: int) -> tuple[int, list[Row]]:
    folder = f"{place[0]}/{place[1]}/r{row}"
    facts = json.loads(await kept(parts, recording, f"{folder}/facts.json"))
    rows = json.loads(await kept(parts, recording, f"{folder}/elements.json"))
    return facts["sessions"], [Row(**each) for each in rows]


def _name(recording: Recording, place: Place) -> str:
    return f"{recording.pages[place[0]].name}, {place[1]}"
