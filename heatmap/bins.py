"""From places to cells: each visitor session counts once in each cell, however long it stayed there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from heatmap.columns import starts
from heatmap.sheet import CELL_BITS

#: Events that are counted in one go: what is known of them stays in a processor's cache.
STEP = 1 << 16

#: Cells, of all sessions looked at together, that are marked in one go: 8 MB, for the same reason.
MARKS = 1 << 21

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


def tally(session: Sessions, x: Px, y: Px, shape: Shape, minimum: int = 5) -> Tally:
    """Count N places (px, inside the picture) once for each session and cell; all of a session's places at once."""
    if (session[1:] < session[:-1]).any():
        order = np.argsort(session, kind="stable")
        session, x, y = session[order], x[order], y[order]
    total = np.zeros(shape[0] * shape[1], np.uint32)
    cell = np.empty(len(x), np.int32)
    once = np.empty(len(x), bool)
    marks = np.empty(max(MARKS, len(total)), np.int32)
    for some, lengths in _together(session, max(1, MARKS // len(total))):
        here = cells(x[some], y[some], shape[1])
        cell[some] = here
        once[some] = _once(here, lengths, len(total), marks)
        np.add.at(total, here[once[some]], np.uint32(1))
    few = once & (total < minimum)[cell]
    return Tally(total.reshape(shape), cell[few], session[few], session[starts(session)], minimum)


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
    few = total.ravel()[touched] < minimum
    return Tally(total, touched[few], owners[few], sessions, minimum)


def _together(session: Sessions, sessions: int) -> Iterator[tuple[slice, Indices]]:
    """The rows of so many sessions after the other, and how many rows each of them has; `session` is sorted."""
    heads = starts(session)
    lengths = np.diff(heads, append=len(session))
    cuts = np.append(heads[::sessions], len(session)).tolist()
    for number, (start, end) in enumerate(pairwise(cuts)):
        yield slice(start, end), lengths[number * sessions : (number + 1) * sessions]


def _once(cell: Indices, lengths: Indices, size: int, marks: NDArray[np.int32]) -> NDArray[np.bool_]:
    """One event for each session and cell: each session has so many rows, one after the other.

    Each event writes its number on its session's mark of the cell, and the one whose number is still there is it.
    That needs no sorting, six times as slow, and no clearing, since only what was just written is read.
    """
    place = cell + np.repeat(np.arange(len(lengths)) * size, lengths)
    number = np.arange(len(cell), dtype=np.int32)
    marks[place] = number
    once: NDArray[np.bool_] = marks[place] == number
    return once
