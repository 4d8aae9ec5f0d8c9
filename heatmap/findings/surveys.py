"""What a whole recording tells now: from raw events while it runs, findings and tables as they were kept afterwards."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from heatmap.census import Census, Place
from heatmap.days import days
from heatmap.findings import findings
from heatmap.findings.findings import Findings
from heatmap.findings.survey import Survey
from heatmap.flow import Flow, TableRow
from heatmap.gather import open_page
from heatmap.page import Page, Told
from heatmap.parts import Parts
from heatmap.pictures import kept
from heatmap.previews import Cohort, Shown
from heatmap.raw import slices
from heatmap.segments import CROWD, Atom
from recorder.errors import NotFound
from recorder.recording import Recording, State

#: What findings need of each page: depths, and with them the element tables.
NEEDED = ("scroll",)
TABLES = ("visits", "flow", "backs", "errors", "marks", "orders")

Tables = dict[str, Sequence[TableRow]]


@dataclass(frozen=True)
class Found:
    """The findings of a pair of releases, and which pairs there are: by name, the one before and the one after."""

    findings: Findings
    pairs: dict[str, tuple[str, str]]


async def found(parts: Parts, recording: Recording, pair: str = "") -> Found:
    """What is wrong, and what changed: from `pair` to pair, else in the last two releases; `NotFound` for no pair."""
    if recording.state != State.OPEN:
        return await _kept_findings(parts, recording, pair)
    now = await survey(parts, recording)
    pairs = now.pairs()
    if pair and pair not in pairs:
        raise NotFound("There are no such two releases, or too few visitor sessions are in one of them.")
    chosen = pairs[pair or list(pairs)[-1]] if pairs else ("", "")
    return Found(await asyncio.to_thread(findings.find, now, *chosen), pairs)


async def tables(parts: Parts, recording: Recording) -> Tables:
    """Page flow, quick backs, errors and marks; empty ones of too few sessions."""
    if recording.state == State.OPEN:
        return dict((await survey(parts, recording)).tables)
    return {name: await _kept_table(parts, recording, name) for name in TABLES}


async def survey(parts: Parts, recording: Recording) -> Survey:
    """Of everybody whom previews may show now."""
    previews = parts.previews
    async with previews.locks[recording.id]:
        stamp = await parts.log.stamp(recording.id)
        made: Survey | None = previews.recent.get((recording.id, "survey"), stamp)
        if made is None:
            made = await _survey(parts, recording)
            previews.recent.put((recording.id, "survey"), stamp, made)
    return made


async def _survey(parts: Parts, recording: Recording) -> Survey:
    there = await _who_is_shown(parts, recording)
    everybody: defaultdict[str, frozenset[bytes]] = defaultdict(frozenset)
    for shown in there.values():
        for session, names in shown.cohort.items():
            everybody[session] |= names
    census, flow = await _looked_through(parts, recording, everybody)
    pages: dict[Place, Page] = {}
    for place, counts in census.sessions.items():
        if counts.total() >= CROWD:
            pages[place] = await open_page(parts, recording, place, census)
            pages[place].pools = there[place].parts
    key = await parts.registry.key(recording)
    async for part in slices(parts.log, key, recording.id, only=everybody):
        for place, page in pages.items():
            part.count_as(*place, there[place].labels)
            await asyncio.to_thread(page.add, part, place, NEEDED)
    made = Survey.of(recording)
    await asyncio.to_thread(_add, made, pages, recording.min_sessions)
    made.tables = flow.tables(made.pages, made.releases, recording.marks) | {"visits": made.visits()}
    return made


def _add(made: Survey, pages: dict[Place, Page], minimum: int) -> None:
    for (page, device), filled in sorted(pages.items()):
        made.add(page, device, Told(filled, minimum))


async def _who_is_shown(parts: Parts, recording: Recording) -> dict[Place, Shown]:
    """Of each place those whom its preview may show, since whoever looks at both can subtract one from the other."""
    there: defaultdict[Place, dict[str, frozenset[bytes]]] = defaultdict(dict)
    labels: defaultdict[Place, dict[str, Atom]] = defaultdict(dict)
    key = await parts.registry.key(recording)
    async for part in slices(parts.log, key, recording.id):
        part.visits["day"] = days(recording, part.visits["yes"])
        for place, cohort in part.cohorts().items():
            there[place] |= cohort
        for place, atoms in part.labels().items():
            labels[place] |= atoms
    least = recording.min_sessions
    return {
        place: parts.previews.next(recording.id, place, now, labels[place], least) or Shown()
        for place, now in there.items()
    }


async def _looked_through(parts: Parts, recording: Recording, only: Cohort) -> tuple[Census, Flow]:
    census, flow = Census(), Flow()
    key = await parts.registry.key(recording)
    async for part in slices(parts.log, key, recording.id, only=only):
        census.add(part.visits)
        await asyncio.to_thread(flow.add, part)
    return census, flow


async def _kept_findings(parts: Parts, recording: Recording, pair: str) -> Found:
    names = recording.results.get("pictures")
    kept_names = [name.split("/") for name in (names if isinstance(names, dict) else ())]
    pairs = {name: _releases(recording, name) for name, *rest in kept_names if rest == ["findings.json"]}
    name = f"{pair}/findings.json" if pair else "findings.json"
    return Found(findings.read(await kept(parts, recording, name)), pairs)


def _releases(recording: Recording, pair: str) -> tuple[str, str]:
    """The names of `r1-r2`."""
    before, after = (recording.seen_releases[int(row[1:]) - 1] for row in pair.split("-"))
    return before, after


async def _kept_table(parts: Parts, recording: Recording, name: str) -> Sequence[TableRow]:
    try:
        rows: Sequence[TableRow] = json.loads(await kept(parts, recording, f"{name}.json"))
    except NotFound:
        return []
    return rows
