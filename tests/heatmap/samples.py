"""Small sheets and events that the tests of the core share."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from heatmap import bins
from heatmap.bins import Shape, Tally
from heatmap.columns import Columns
from heatmap.sheet import ELEMENT, Sheet

#: x, y, w, h, visible
Rect = tuple[int, int, int, int, bool]


def sheet(width: int, height: int, boxes: dict[int, Rect] | None = None) -> Sheet:
    """A sheet with one element for each hash."""
    rows = [(key, *box, False, False) for key, box in sorted((boxes or {}).items())]
    return Sheet(width, height, np.array(rows, ELEMENT))


def at(places: Iterable[tuple[int, int, int]], width: int = 64) -> Columns:
    """Moves of (session, x, y) on a document as wide as the sheet."""
    rows = np.array(list(places), np.int64).reshape(-1, 3)
    return Columns.of(session=rows[:, 0], x=rows[:, 1], y=rows[:, 2], doc_width=width)


def tally(
    session: NDArray[np.uint32], x: NDArray[np.int32], y: NDArray[np.int32], shape: Shape, minimum: int = 5
) -> Tally:
    """Places of sessions, px, counted."""
    sessions, owner = np.unique(session, return_inverse=True)
    return bins.tally(
        bins.touched(bins.firsts(owner, len(sessions), shape), x, y, shape), sessions, shape, minimum
    )
