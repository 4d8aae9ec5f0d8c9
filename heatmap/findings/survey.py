"""What a whole recording tells in numbers: element tables and depths of every place, tables of the site. Pure.

It holds only what is published anyway, so whatever is worked out from it tells of nobody more.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from heatmap.divided import EVERYBODY, Whom
from heatmap.elements import Row
from heatmap.flow import Divided, TableRow
from heatmap.flow import tables as tables_of
from heatmap.page import Told
from heatmap.segments import MARKS_APART, Segment, by_number
from heatmap.selection import Selection, Span, spans, straddles
from heatmap.sheet import CELL
from heatmap.snapshots.snapshot import named
from heatmap.told import fives
from recorder.recording import Device, Recording

#: In place of a release: all of them.
ALL = ""
#: By `page/device` the sessions of each selection of a release and a mark, by its name.
Sizes = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Place:
    """A page on a device class; every table by release, and of all sessions under `ALL`."""

    page: int
    device: Device
    sessions: Mapping[str, int]
    rows: Mapping[str, Sequence[Row]]
    reach: Mapping[str, Sequence[int]]  #: sessions that got to each row of cells
    #: Sessions of each selection of a release and a mark.
    sizes: Mapping[str, int] = field(default_factory=dict)
    spans: Sequence[Span] = ()  #: days that can be told apart

    @property
    def height(self) -> int:
        """Px of the page."""
        return CELL * len(self.reach[ALL])


@dataclass
class Survey:
    """Everything that findings are made of."""

    pages: Sequence[str]
    releases: Sequence[str]
    places: list[Place] = field(default_factory=list)
    tables: Mapping[str, Sequence[TableRow]] = field(default_factory=dict)  #: as in `flow.py`
    whom: Whom = EVERYBODY
    scripts: dict[int, str] = field(
        default_factory=dict
    )  #: paths of scripts that pages loaded, by their hashes

    @classmethod
    def of(cls, recording: Recording, selection: Selection = EVERYBODY.selection) -> "Survey":
        pages = [page.name for page in recording.pages]
        return cls(pages, recording.seen_releases, whom=Whom(None, selection))

    def add(self, page: int, device: Device, told: Told) -> None:
        """A place with everybody in it, of which a selection may hold nobody."""
        segments = self._segments(told)
        if not segments:
            return
        loaded = told.page.snapshot.scripts if told.page.snapshot else ()
        self.scripts |= {named(script): script for script in loaded}
        self.places.append(
            Place(
                page,
                device,
                {name: segment.sessions for name, segment in segments.items()},
                {
                    name: told.rows(segment, seen_too=True, hidden_too=True)
                    for name, segment in segments.items()
                },
                {name: told.reach(segment) for name, segment in segments.items()},
                _sizes(told),
                spans(told.all),
            )
        )

    def _segments(self, told: Told) -> dict[str, Segment]:
        """What is told of: all and each release; of a selection nothing but itself."""
        if name := self.whom.selection.name:
            chosen = told.selected(name)
            return {ALL: chosen} if chosen else {}
        named = ((self._release(each), each) for each in told.published())
        return {name: each for name, each in named if name is not None}

    def of_site(self, rows: Divided, marks: Sequence[str]) -> None:
        """Tables of the whole site. Of a selection there are none: what they leave out of it is no range any more."""
        if not self.whom.selection.name:
            told = tables_of(rows, self.pages, self.releases, marks, self.whom)
            self.tables = told | {"visits": self.visits()}

    def on(self, device: Device, rows: Divided, marks: Sequence[str]) -> "Survey":
        """The same of one device class."""
        places = [place for place in self.places if place.device == device]
        made = replace(self, places=places, tables={}, whom=replace(self.whom, device=device))
        made.of_site(rows, marks)
        return made

    def sizes(self) -> Sizes:
        """Sessions of each place, of each release and mark of it that can be told apart."""
        return {f"{place.page}/{place.device}": place.sizes for place in self.places}

    def visits(self) -> list[TableRow]:
        """Sessions by page and release, in fives; of all releases under `ALL`.

        Made of the numbers of places, which are told anyway: counted anew, it would tell of those that are not.
        """
        sizes: Counter[tuple[int, str]] = Counter()
        for place in self.places:
            sizes.update({(place.page, release): n for release, n in place.sessions.items()})
        return [
            {"page": self.pages[page], "release": release, "sessions": fives(n)}
            for (page, release), n in sorted(sizes.items())
        ]

    def days(self) -> list[int]:
        """Ends of what can be told apart by days anywhere, in order; none where that is all of them."""
        found = {span for place in self.places for span in place.spans if len(place.spans) > 1}
        return sorted({day for span in found for day in span})

    def straddled(self) -> bool:
        """Whether somebody is left out: of a part that has days of the selection, and others."""
        wanted = self.whom.selection
        return any(straddles(span, wanted) for place in self.places for span in place.spans if wanted.first)

    def pairs(self) -> dict[str, tuple[str, str]]:
        """Each release that may be shown and the next one: `r1-r2` for the first and the second of the recording."""
        shown = {name for place in self.places for name in place.sessions if name}
        ordered = sorted(shown, key=by_number)
        row = {name: self.releases.index(name) + 1 for name in ordered}
        return {f"r{row[a]}-r{row[b]}": (a, b) for a, b in pairwise(ordered)}

    def marks(self) -> list[Selection]:
        """Both sides of marks that can be told apart anywhere."""
        some = {
            Selection.read(name)
            for place in self.places
            for name, number in place.sizes.items()
            if number < place.sizes[ALL]
        }
        return sorted(
            (each for each in some if each and each.mark and not each.release),
            key=lambda each: (each.mark, not each.reached),
        )

    def _release(self, segment: Segment) -> str | None:
        if segment.variant:
            return None
        return self.releases[segment.release - 1] if segment.release else ALL


def visits(sizes: Sizes, pages: Sequence[str], whom: Whom) -> list[TableRow]:
    """Sessions by page in fives, as in `Survey.visits`, of these visitors."""
    found: Counter[int] = Counter()
    for place, by_name in sizes.items():
        page, _, device = place.partition("/")
        if whom.device in (None, device):
            found[int(page)] += by_name.get(whom.selection.name, 0)
    return [
        {"page": pages[page], "release": ALL, "sessions": fives(n)} for page, n in sorted(found.items()) if n
    ]


def _sizes(told: Told) -> dict[str, int]:
    """Sessions of each selection of a release and a mark, as they are told beside its heatmap."""
    releases = {segment.release for segment in told.published()}
    sides = [
        Selection(),
        *(Selection(mark=m, reached=r) for m in range(1, MARKS_APART + 1) for r in (True, False)),
    ]
    wanted = [replace(side, release=release) for release in sorted(releases) for side in sides]
    found = {each.name: told.selected(each.name) for each in wanted}
    return {name: segment.sessions for name, segment in found.items() if segment}
