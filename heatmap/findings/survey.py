"""What a whole recording tells in numbers: element tables and depths of every place, tables of the site. Pure.

It holds only what is published anyway, so whatever is worked out from it tells of nobody more.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from heatmap.elements import Row
from heatmap.flow import TableRow
from heatmap.page import Told
from heatmap.segments import Segment, by_number
from heatmap.sheet import CELL
from heatmap.snapshots.snapshot import named
from heatmap.told import fives
from recorder.recording import Device, Recording

#: In place of a release: all of them.
ALL = ""


@dataclass(frozen=True)
class Place:
    """A page on a device class; every table by release, and of all sessions under `ALL`."""

    page: int
    device: Device
    sessions: Mapping[str, int]
    rows: Mapping[str, Sequence[Row]]
    reach: Mapping[str, Sequence[int]]  #: sessions that got to each row of cells

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
    scripts: dict[int, str] = field(
        default_factory=dict
    )  #: paths of scripts that pages loaded, by their hashes

    @classmethod
    def of(cls, recording: Recording) -> "Survey":
        return cls([page.name for page in recording.pages], recording.seen_releases)

    def add(self, page: int, device: Device, told: Told) -> None:
        """A place with everybody in it."""
        segments = {
            name: segment for segment in told.published() if (name := self._release(segment)) is not None
        }
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
            )
        )

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

    def pairs(self) -> dict[str, tuple[str, str]]:
        """Each release that may be shown and the next one: `r1-r2` for the first and the second of the recording."""
        shown = {name for place in self.places for name in place.sessions if name}
        ordered = sorted(shown, key=by_number)
        row = {name: self.releases.index(name) + 1 for name in ordered}
        return {f"r{row[a]}-r{row[b]}": (a, b) for a, b in pairwise(ordered)}

    def _release(self, segment: Segment) -> str | None:
        if segment.variant:
            return None
        return self.releases[segment.release - 1] if segment.release else ALL
