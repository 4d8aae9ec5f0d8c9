"""What the list of replays says of each session: where it was, for how long, and what went wrong. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heatmap.automated import automated
from heatmap.columns import KIND_BITS, MARK, NOWHERE, PAGE
from heatmap.raw import Slice
from heatmap.replays.story import TROUBLE
from heatmap.replays.tape import CUT, LONG
from recorder.events import Kind
from recorder.recording import DEVICES, Device

#: Times of visits are told to the hour: enough to find what followed a release, too little to find a person by.
HOUR_MS = 3_600_000


@dataclass(frozen=True)
class Summary:
    """One visitor session that may be replayed."""

    session: str  #: its name in the event store: never shown
    began: int  #: ms since the epoch
    device: Device
    release: str
    variant: str
    pages: tuple[int, ...]  #: in the order in which they were opened
    length: int  #: ms, without long pauses
    clicks: int
    trouble: Mapping[str, int]  #: rage, dead, error, refused, back: how often
    marks: tuple[str, ...]
    automated: bool

    @property
    def hour(self) -> int:
        return self.began - self.began % HOUR_MS


@dataclass(frozen=True)
class Labels:
    """What a recording calls its releases, variants and marks, by their numbers."""

    releases: Sequence[str]
    variants: Sequence[str]
    marks: Sequence[str]


def summaries(part: Slice, names: Sequence[str], yes: Sequence[int], labels: Labels) -> list[Summary]:
    """One row for each session of a slice whose sessions are numbered 0, 1, …; those without any event are left out.

    `names` and `yes` (ms since the epoch) stand beside the numbers.
    """
    columns = part.columns
    kinds = columns.kind & KIND_BITS
    order = np.lexsort((columns.t, columns.session))
    bounds = np.searchsorted(columns.session[order], np.arange(len(names) + 1))
    marked = set(automated(columns).tolist())
    made: list[Summary] = []
    for number, (name, began) in enumerate(zip(names, yes, strict=True)):
        rows = order[bounds[number] : bounds[number + 1]]
        if not len(rows):
            continue
        counts = np.bincount(kinds[rows], minlength=32)
        where = part.visit_of(rows)
        mine = part.visits[part.visits["session"] == number]
        made.append(
            Summary(
                session=name,
                began=began + int(columns.t[rows[0]]),
                device=DEVICES[int(where["device"][0])],
                release=_last(mine["release"], labels.releases),
                variant=_last(mine["variant"], labels.variants),
                pages=_pages(where["page"], kinds[rows]),
                length=_length(columns.t[rows]),
                clicks=int(counts[Kind.CLICK]),
                trouble={word: int(counts[kind]) for kind, word in TROUBLE.items() if counts[kind]},
                marks=_marks(columns.x[rows[kinds[rows] == MARK]], labels.marks),
                automated=number in marked,
            )
        )
    return made


def _length(t: NDArray[np.uint32]) -> int:
    gaps = np.diff(t.astype(np.int64))
    return int(np.where(gaps > LONG, CUT, gaps).sum())


def _pages(page: NDArray[np.uint16], kind: NDArray[Any]) -> tuple[int, ...]:
    """The pages that were opened; where that was not told, the page where the first event was."""
    opened = page[kind == PAGE].tolist()
    return tuple(opened or page[:1].tolist())


def _last(numbers: NDArray[np.uint8], labels: Sequence[str]) -> str:
    """The newest of the releases or variants that the session saw."""
    seen = [labels[n - 1] for n in numbers.tolist() if 0 < n <= len(labels)]
    return seen[-1] if seen else ""


def _marks(rows: NDArray[np.uint16], labels: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(labels[row] for row in rows.tolist() if row < len(labels) and row != NOWHERE))
