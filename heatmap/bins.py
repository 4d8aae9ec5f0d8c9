"""From places to cells: each visitor session counts once in each cell, however long it stayed there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

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
Sessions = NDArray[np.uint32]


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """How many sessions touched each cell, and which ones where they are few.

    Its size depends on the picture alone, not on the number of events or sessions: at most `minimum` - 1 sessions
    are named for a cell, since where more were, nobody needs to know which.
    """

    count: Counts  #: (rows, cols): distinct sessions that touched the cell
    cells: Cells  #: (F,) every touch of the cells with fewer than `minimum` sessions: the cell's flat index …
    owners: Sessions  #: (F,) … and the session, in no particular order
    sessions: Sessions  #: (S,) sorted: all sessions that touched any cell
    minimum: int


def count(x: Px, y: Px, shape: Shape) -> Counts:
    """How many places (px, inside the picture) fall in each cell: (rows, cols), every event counted."""
    total = np.zeros(shape[0] * shape[1], np.uint32)
    for start in range(0, len(x), STEP):
        step = slice(start, start + STEP)
        np.add.at(total, cells(x[step], y[step], shape[1]), np.uint32(1))
    return total.reshape(shape)


def cells(x: Px, y: Px, columns: int) -> Indices:
    """The flat index of each place's cell (px, inside the picture)."""
    index = y >> CELL_BITS  # shifting is faster than dividing
    index *= columns
    index += x >> CELL_BITS
    return index.astype(np.intp)


def touched(owner: Indices, x: Px, y: Px, shape: Shape) -> Indices:
    """One number for each of N places (px, inside the picture): its cell, and which session's it is, from 0."""
    return cells(x, y, shape[1]) + owner * (shape[0] * shape[1])


def tally(touches: Indices, sessions: Sessions, shape: Shape, minimum: int = 5) -> Tally:
    """Count what was `touched` once for each session and cell; `sessions` are sorted, `owner` was the row in them."""
    size = shape[0] * shape[1]
    # To sort numbers of four bytes takes no longer than to read them a few times.
    touches = np.sort(touches.astype(np.uint32) if len(sessions) * size < 2**32 else touches)
    touches = touches[starts(touches)]
    owner = touches // size
    cell = touches - owner * size
    total = np.zeros(size, np.uint32)
    np.add.at(total, cell, np.uint32(1))
    few = _few(total, cell, minimum)
    there = sessions[owner[starts(owner)]]
    return Tally(
        total.reshape(shape), cell.take(few).astype(np.int32), sessions.take(owner.take(few)), there, minimum
    )


def merge(tallies: Sequence[Tally]) -> Tally:
    """Tallies of one picture as one, in any order. ValueError when a session is in two of them, or none is given."""
    sessions = np.sort(np.concatenate([part.sessions for part in tallies]))
    if (sessions[1:] == sessions[:-1]).any():
        raise ValueError("A visitor session is in two tallies: join its events before they are counted.")
    total = np.zeros_like(tallies[0].count)
    for part in tallies:
        total += part.count
    minimum = tallies[0].minimum
    touched = np.concatenate([part.cells for part in tallies])
    owners = np.concatenate([part.owners for part in tallies])
    few = _few(total.reshape(-1), touched, minimum)
    return Tally(total, touched.take(few), owners.take(few), sessions, minimum)


def _few(total: Counts, cell: NDArray[np.integer[Any]], minimum: int) -> Indices:
    """Which of these touches are of cells with few sessions."""
    return np.flatnonzero((total < minimum).take(cell))
