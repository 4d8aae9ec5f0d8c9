"""From places to cells: each visitor session counts once in each cell, however long it stayed there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from heatmap.columns import starts
from heatmap.sheet import CELL_BITS

#: Events that are counted in one go: what is known of them stays in a processor's cache.
STEP = 1 << 16

Shape = tuple[int, int]
Counts = NDArray[np.uint32]
Px = NDArray[np.int32]
Cells = NDArray[np.int32]
Indices = NDArray[np.intp]
Numbers = NDArray[np.unsignedinteger[Any]]
Sessions = NDArray[np.uint32]


class Touches(NamedTuple):
    """Who was where, in no particular order; of each cell and session there is one."""

    cells: Cells  #: (F,) the cell's flat index …
    owners: Sessions  #: (F,) … and the session


class Runs(NamedTuple):
    """The same in half of the memory: the touches of a session stand together."""

    cells: Cells  #: (F,)
    sessions: Sessions  #: (R,) the session of each run …
    lengths: Indices  #: (R,) … and how many touches it has

    @classmethod
    def of(cls, touches: Touches) -> "Runs":
        heads = starts(touches.owners)
        return cls(touches.cells, touches.owners[heads], np.diff(heads, append=len(touches.owners)))

    def where(self, cells: NDArray[np.bool_]) -> Touches:
        """Those in some cells."""
        here = np.flatnonzero(cells.take(self.cells))
        return Touches(self.cells.take(here), self.sessions.repeat(self.lengths).take(here))


@dataclass(frozen=True, eq=False)
class Tally:
    """How many sessions touched each cell, and which ones where they are few.

    Its size depends on the picture alone, not on the number of events or sessions: at most `minimum` - 1 sessions
    are named for a cell, since where more were, nobody needs to know which. Looking for such cells takes longer than
    counting, so it waits until there are as many touches as that would be, or twice as many as were left the last time.
    """

    shape: Shape
    touches: Sequence[Runs]  #: all of cells with fewer than `minimum` sessions, and some of others
    sessions: Sessions  #: (S,) sorted: all sessions that touched any cell
    minimum: int
    weeded: int = 0  #: how many touches were left when those of other cells were dropped
    dropped: Counts | None = None  #: (rows, cols): how many were dropped; None as long as none was

    @cached_property
    def count(self) -> Counts:
        """(rows, cols): distinct sessions that touched the cell."""
        total = np.zeros(self.shape, np.uint32) if self.dropped is None else self.dropped.copy()
        for each in self.touches:
            np.add.at(total.reshape(-1), each.cells, np.uint32(1))
        return total

    @cached_property
    def few(self) -> Touches:
        """The touches of the cells with fewer than `minimum` sessions."""
        few = self.count.reshape(-1) < self.minimum
        cells, owners = zip(*(each.where(few) for each in self.touches), strict=True)
        return Touches(np.concatenate(cells), np.concatenate(owners))

    def weed(self) -> "Tally":
        """The same, with only those named that have to be."""
        dropped = np.where(self.count < self.minimum, np.uint32(0), self.count)
        return replace(self, touches=[Runs.of(self.few)], weeded=len(self.few.cells), dropped=dropped)


def count(x: Px, y: Px, shape: Shape) -> Counts:
    """How many places (px, inside the picture) fall in each cell: (rows, cols), every event counted."""
    total = np.zeros(shape[0] * shape[1], np.uint32)
    for start in range(0, len(x), STEP):
        step = slice(start, start + STEP)
        np.add.at(total, cells(x[step], y[step], shape[1]).astype(np.intp), np.uint32(1))
    return total.reshape(shape)


def cells(x: Px, y: Px, columns: int) -> Cells:
    """The flat index of each place's cell (px, inside the picture)."""
    index = y >> CELL_BITS  # shifting is faster than dividing
    index *= columns
    index += x >> CELL_BITS
    return index


def firsts(owner: Indices, sessions: int, shape: Shape) -> Numbers:
    """The number of the first cell of each of these owners, from 0, when cells are numbered session by session.

    Numbers of four bytes, if they do: to sort them takes no longer than to read them a few times.
    """
    size = shape[0] * shape[1]
    numbers: Numbers = (owner * size).astype(np.uint32 if sessions * size < 2**32 else np.uint64)
    return numbers


def touched(first: Numbers, x: Px, y: Px, shape: Shape) -> Numbers:
    """The number of each of N places (px, inside the picture), written over that of its session's first cell."""
    first += cells(x, y, shape[1]).view(np.uint32)
    return first


def tally(touches: Numbers, sessions: Sessions, shape: Shape, minimum: int = 5) -> Tally:
    """Count what was `touched`, which gets sorted here, once for each session and cell; `sessions` are the owners'."""
    size = shape[0] * shape[1]
    touches.sort()
    touches = touches[starts(touches)]
    owner = touches // size
    touches -= owner * size
    runs = Runs.of(Touches(touches.astype(np.int32), owner))
    there = sessions[runs.sessions]
    return Tally(shape, [runs._replace(sessions=there)], there, minimum)


def merge(tallies: Sequence[Tally]) -> Tally:
    """Tallies of one picture as one, in any order. ValueError when a session is in two of them, or none is given."""
    sessions = np.sort(np.concatenate([part.sessions for part in tallies]))
    if (sessions[1:] == sessions[:-1]).any():
        raise ValueError("A visitor session is in two tallies: join its events before they are counted.")
    dropped = [part.dropped for part in tallies if part.dropped is not None]
    made = replace(
        tallies[0],
        touches=[each for part in tallies for each in part.touches],
        sessions=sessions,
        weeded=max(part.weeded for part in tallies),
        dropped=reduce(np.add, dropped) if dropped else None,
    )
    most = max((made.minimum - 1) * made.shape[0] * made.shape[1], 2 * made.weeded)
    return made if sum(len(each.cells) for each in made.touches) <= most else made.weed()
