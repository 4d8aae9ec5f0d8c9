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


@dataclass(frozen=True, eq=False)
class Tally:
    """How many sessions touched each cell, and which ones where they are few.

    Its size depends on the picture alone, not on the number of events or sessions: at most `minimum` - 1 sessions
    are named for a cell, since where more were, nobody needs to know which. Looking for such cells takes longer than
    counting, so between two merges there may be twice as many touches as that.
    """

    count: Counts  #: (rows, cols): distinct sessions that touched the cell
    touches: Sequence[Touches]  #: all of cells with fewer than `minimum` sessions, and some of others
    sessions: Sessions  #: (S,) sorted: all sessions that touched any cell
    minimum: int
    weeded: int  #: how many touches were left when those of other cells were dropped

    @cached_property
    def few(self) -> Touches:
        """The touches of the cells with fewer than `minimum` sessions."""
        cells = np.concatenate([each.cells for each in self.touches])
        here = np.flatnonzero((self.count.reshape(-1) < self.minimum).take(cells))
        return Touches(cells.take(here), np.concatenate([each.owners for each in self.touches]).take(here))


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
    cell = touches - owner * size
    total = np.zeros(size, np.uint32)
    np.add.at(total, cell, np.uint32(1))
    there = sessions[owner[starts(owner)]]
    few = np.flatnonzero((total < minimum).take(cell))
    named = Touches(cell.take(few).astype(np.int32), sessions.take(owner.take(few)))
    return Tally(total.reshape(shape), [named], there, minimum, len(few))


def merge(tallies: Sequence[Tally]) -> Tally:
    """Tallies of one picture as one, in any order. ValueError when a session is in two of them, or none is given."""
    sessions = np.sort(np.concatenate([part.sessions for part in tallies]))
    if (sessions[1:] == sessions[:-1]).any():
        raise ValueError("A visitor session is in two tallies: join its events before they are counted.")
    total = reduce(np.add, [part.count for part in tallies])
    touches = [each for part in tallies for each in part.touches]
    weeded = max(part.weeded for part in tallies)
    made = Tally(total, touches, sessions, tallies[0].minimum, weeded)
    if sum(len(each.cells) for each in touches) <= 2 * weeded:
        return made
    return replace(made, touches=[made.few], weeded=len(made.few.cells))
