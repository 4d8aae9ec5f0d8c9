"""How far down a page each session got."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heatmap.columns import NO_ELEMENT, SCROLL, Columns, starts
from heatmap.sheet import CELL, Sheet


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """One row for each session that was on the page."""

    session: NDArray[np.uint32]
    bottom: NDArray[np.int64]  #: px of the picture: the lowest edge of the viewport
    view: NDArray[np.int64]  #: px: the height of the (tallest) viewport


def reach(columns: Columns, sheet: Sheet) -> Reach:
    """The furthest that each session got; whole sessions only.

    Every session got to the end of its first viewport. Page positions count as they are, but who got to the end of
    the document, as high as it ever was for them, got to the end of the picture.
    """
    if (columns.session[1:] < columns.session[:-1]).any():
        columns = columns.where(np.argsort(columns.session, kind="stable"))
    parts = starts(columns.batch)  # what is of a batch stands together, and so is looked at together
    if not len(parts):
        return Reach(columns.session, np.empty(0, np.int64), np.empty(0, np.int64))
    scrolls = columns.is_kind(SCROLL) & (columns.el == NO_ELEMENT)
    top = np.maximum.reduceat(np.where(scrolls, columns.y, np.uint16(0)), parts)
    session = columns.session[parts]
    heads = starts(session)
    height = columns.of_batch("view_height", parts).astype(np.int64)
    bottom = np.maximum.reduceat(top + height, heads)
    document = np.maximum.reduceat(columns.of_batch("doc_height", parts).astype(np.int64), heads)
    ended = (document > 0) & (bottom >= document - CELL)
    bottom = np.where(ended, np.maximum(bottom, sheet.height), bottom)
    return Reach(session[heads], bottom, np.maximum.reduceat(height, heads))


def merge(parts: Sequence[Reach]) -> Reach:
    """The reaches of slices as one. ValueError when a session is in two of them."""
    session = np.concatenate([part.session for part in parts])
    order = np.argsort(session)
    if (np.diff(session[order]) == 0).any():
        raise ValueError("A visitor session is in two parts: join its events before they are measured.")
    bottom, view = (np.concatenate([getattr(part, name) for part in parts]) for name in ("bottom", "view"))
    return Reach(session[order], bottom[order], view[order])


def by_row(reached: Reach, sheet: Sheet) -> NDArray[np.int64]:
    """How many sessions saw at least the first px of each row of cells: (rows,), falling."""
    rows = sheet.shape[0]
    seen = np.clip(-(-reached.bottom // CELL), 0, rows)
    last = np.bincount(seen, minlength=rows + 1)
    return last[::-1].cumsum()[::-1][1:]
