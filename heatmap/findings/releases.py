"""The element tables of two releases, page by page: from raw events, or as they were kept."""

import json
from collections.abc import AsyncIterator

from heatmap.census import Place
from heatmap.elements import Row
from heatmap.findings.check import Table
from heatmap.findings.surveys import survey
from heatmap.kept import kept
from heatmap.parts import Parts
from recorder.errors import NotFound
from recorder.recording import Recording, State


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
    """Of everybody whom previews may show now: two verdicts are two published things as well."""
    names = [recording.seen_releases[row - 1] for row in wanted]
    for place in (await survey(parts, recording)).places:
        if set(names) <= set(place.sessions):
            before, after = ((place.sessions[name], place.rows[name]) for name in names)
            where = _name(recording, (place.page, place.device))
            yield Table(where, (before[0], after[0]), before[1], after[1])


async def _kept(parts: Parts, recording: Recording, wanted: tuple[int, int]) -> AsyncIterator[Table]:
    for place in ((page, device) for page in range(len(recording.pages)) for device in recording.devices):
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
