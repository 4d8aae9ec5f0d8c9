"""What a whole recording tells now: from raw events while it runs, findings and tables as they were kept afterwards."""

import asyncio
import json
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from heatmap.census import Census, Place
from heatmap.days import days
from heatmap.divided import EVERYBODY, Whom
from heatmap.findings import findings
from heatmap.findings.findings import Findings
from heatmap.findings.survey import Sizes, Survey, visits
from heatmap.flow import Divided, Flow, TableRow, as_files
from heatmap.flow import tables as flow_tables
from heatmap.gather import open_page
from heatmap.kept import kept, kept_names
from heatmap.page import Page, Told
from heatmap.parts import Parts
from heatmap.previews import Cohort, Shown
from heatmap.raw import slices
from heatmap.segments import CROWD, MARKS_APART, Atom, by_number
from heatmap.selection import Selection
from recorder.errors import NotFound
from recorder.recording import DEVICES, Device, Recording, State

#: What findings need of each page: depths, and with them the element tables.
NEEDED = ("scroll",)
TABLES = ("visits", "flow", "backs", "errors", "marks", "orders")
FINDINGS = "findings.json"
#: What the tables of some visitors are made of.
DIVIDED = "divided.json"
FEW = "Too few visitor sessions are like that to be told apart from the others."

Tables = dict[str, Sequence[TableRow]]

_PAIR = re.compile(r"r\d+-r\d+")


@dataclass(frozen=True)
class Found:
    """The findings of a pair of releases, and which pairs there are: by name, the one before and the one after."""

    findings: Findings
    pairs: dict[str, tuple[str, str]]
    incomplete: bool = False  #: whether visitors of the days that were asked for are left out


@dataclass(frozen=True)
class Offered:
    """Of whom findings and tables can be had."""

    pairs: dict[str, tuple[str, str]]  #: releases to compare
    releases: dict[int, str]  #: by their rows
    marks: list[Selection]
    days: list[int] = field(default_factory=list)  #: first and last ones that can be told apart
    divided: bool = True  #: not, where a recording ended before they could be had of anybody but all


@dataclass
class Gathered:
    """All places of a recording as previews may show them now: what is told of any of its visitors is made of it."""

    recording: Recording
    told: dict[Place, Told]
    divided: Divided
    surveys: dict[Selection, Survey] = field(default_factory=dict)

    def survey(self, whom: Whom = EVERYBODY) -> Survey:
        """What is told of these visitors."""
        if whom.selection not in self.surveys:
            made = Survey.of(self.recording, whom.selection)
            for (page, device), each in sorted(self.told.items()):
                made.add(page, device, each)
            made.of_site(self.divided, self.recording.marks)
            self.surveys[whom.selection] = made
        made = self.surveys[whom.selection]
        return made.on(whom.device, self.divided, self.recording.marks) if whom.device else made


async def found(parts: Parts, recording: Recording, pair: str = "", whom: Whom = EVERYBODY) -> Found:
    """What is wrong, and what changed: from `pair` to pair, else in the last two releases; `NotFound` for no pair.

    Of a selection only what is wrong: releases are compared with everybody in them.
    """
    if recording.state != State.OPEN:
        return await _kept_findings(parts, recording, pair, whom)
    now = await survey(parts, recording, whom)
    if whom.name and not now.places:
        raise NotFound(FEW)
    pairs = now.pairs()
    if pair and pair not in pairs:
        raise NotFound("There are no such two releases, or too few visitor sessions are in one of them.")
    chosen = pairs[pair or list(pairs)[-1]] if pairs else ("", "")
    return Found(await asyncio.to_thread(findings.find, now, *chosen), pairs, now.straddled())


async def tables(parts: Parts, recording: Recording, whom: Whom = EVERYBODY) -> Tables:
    """Page flow, quick backs, errors and marks; empty ones of too few sessions."""
    if recording.state == State.OPEN:
        now = await survey(parts, recording)
        if not whom.name:
            return dict(now.tables)
        return _tables(recording, (await gather(parts, recording)).divided, now.sizes(), whom)
    if not whom.name:
        return {name: await _kept_table(parts, recording, name) for name in TABLES}
    divided = json.loads(await kept(parts, recording, DIVIDED))
    return _tables(recording, divided["tables"], divided["sizes"], whom)


async def offered(parts: Parts, recording: Recording) -> Offered:
    """Of whom there are findings and tables."""
    if recording.state == State.OPEN:
        now = await survey(parts, recording)
        return Offered(now.pairs(), _releases(recording, now.sizes()), now.marks(), now.days())
    names, pairs = kept_names(recording), _kept_pairs(recording)
    if DIVIDED not in names:
        return Offered(pairs, {}, [], divided=False)
    sizes = json.loads(await kept(parts, recording, DIVIDED))["sizes"]
    some = {Selection.read(name.split("/")[0]) for name in names if name.endswith("/findings.json")}
    marks = sorted((each for each in some if each), key=lambda each: (each.mark, not each.reached))
    return Offered(pairs, _releases(recording, sizes), marks)


class Final:
    """What is kept of a recording as a whole, of everybody and of the others of whom it is told."""

    def __init__(self, recording: Recording) -> None:
        sides = (Selection(mark=n + 1, reached=side) for n in range(MARKS_APART) for side in (True, False))
        self.marks = recording.marks
        self.surveys = [Survey.of(recording, each) for each in (Selection(), *sides)]

    def add(self, page: int, device: Device, told: Told) -> None:
        """A place, with everybody in it."""
        marked = {segment.name for segment in told.by_mark()}
        for survey in self.surveys:
            if survey.whom.selection.name in ("", *marked):
                survey.add(page, device, told)

    def files(self, flow: Flow) -> dict[str, bytes]:
        """Tables and findings by name, such as `mobile-m1/findings.json`; what other tables are made of."""
        whole = self.surveys[0]
        divided = flow.divided(len(whole.releases), len(self.marks))
        whole.of_site(divided, self.marks)
        rows = {"tables": divided, "sizes": whole.sizes()}
        made = as_files(whole.tables) | {DIVIDED: json.dumps(rows, separators=(",", ":")).encode()}
        for survey in self.surveys:
            for each in (survey, *(survey.on(device, divided, self.marks) for device in DEVICES)):
                if each.places or each is whole:
                    made |= {_of(each.whom, name): data for name, data in findings.files(each).items()}
        return made


def _of(whom: Whom, name: str) -> str:
    """What a file is called of these visitors: `r1-r2/findings.json` of all, `r1-r2/mobile/findings.json` of some."""
    *pair, last = name.split("/")
    return "/".join(filter(None, (*pair, whom.name, last)))


async def survey(parts: Parts, recording: Recording, whom: Whom = EVERYBODY) -> Survey:
    """What is told of these visitors now."""
    return await asyncio.to_thread((await gather(parts, recording)).survey, whom)


async def gather(parts: Parts, recording: Recording) -> Gathered:
    """Everybody whom previews may show now."""
    previews = parts.previews
    async with previews.locks[recording.id]:
        stamp = await parts.log.stamp(recording.id)
        made: Gathered | None = previews.recent.get((recording.id, "survey"), stamp)
        if made is None:
            made = await _gather(parts, recording)
            previews.recent.put((recording.id, "survey"), stamp, made)
    return made


async def _gather(parts: Parts, recording: Recording) -> Gathered:
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
    told = {place: Told(page, recording.min_sessions) for place, page in pages.items()}
    return Gathered(recording, told, flow.divided(len(recording.seen_releases), len(recording.marks)))


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


async def _kept_findings(parts: Parts, recording: Recording, pair: str, whom: Whom) -> Found:
    name = _of(whom, f"{pair}/{FINDINGS}" if pair else FINDINGS)
    if whom.name and name not in kept_names(recording):
        raise NotFound(FEW)
    return Found(findings.read(await kept(parts, recording, name)), _kept_pairs(recording, whom))


def _kept_pairs(recording: Recording, whom: Whom = EVERYBODY) -> dict[str, tuple[str, str]]:
    names = kept_names(recording)
    pairs = (name.split("/")[0] for name in names if name.endswith(f"/{FINDINGS}"))
    return {
        pair: _sides(recording, pair)
        for pair in dict.fromkeys(pairs)
        if _PAIR.fullmatch(pair) and _of(whom, f"{pair}/{FINDINGS}") in names
    }


def _sides(recording: Recording, pair: str) -> tuple[str, str]:
    """The names of `r1-r2`."""
    before, after = (recording.seen_releases[int(row[1:]) - 1] for row in pair.split("-"))
    return before, after


def _releases(recording: Recording, sizes: Sizes) -> dict[int, str]:
    """Releases that can be told apart anywhere, by their rows, in order."""
    some = {Selection.read(name) for by_name in sizes.values() for name in by_name}
    found = {row: recording.seen_releases[row - 1] for row in {each.release for each in some if each} if row}
    return dict(sorted(found.items(), key=lambda each: by_number(each[1])))


def _tables(recording: Recording, divided: Divided, sizes: Sizes, whom: Whom) -> Tables:
    pages = [page.name for page in recording.pages]
    made = flow_tables(divided, pages, recording.seen_releases, recording.marks, whom)
    return {**made, "visits": visits(sizes, pages, whom)}


async def _kept_table(parts: Parts, recording: Recording, name: str) -> Sequence[TableRow]:
    try:
        rows: Sequence[TableRow] = json.loads(await kept(parts, recording, f"{name}.json"))
    except NotFound:
        return []
    return rows
