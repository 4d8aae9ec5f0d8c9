"""How far down a page each session got."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heatmap.columns import NO_ELEMENT, SCROLL, Columns, Rows, starts
from heatmap.sheet import CELL, Sheet

Px = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """One row for each session that was on the page."""

    session: NDArray[np.uint32]
    bottom: NDArray[np.int64]  #: px of the picture: the lowest edge of the viewport
    view: NDArray[np.int64]  #: px: the height of the (tallest) viewport


def reach(columns: Columns, sheet: Sheet) -> Reach:
    """The furthest that each session got; whole sessions only, and none where no event tells how far that was.

    Every session got to the end of its first viewport. Page positions count as they are, but who got to the end of
    the document, as high as it ever was for them, got to the end of the picture. The same holds for a page that
    scrolls in a box, but there events tell the furthest, as a share of the box.
    """
    box = sheet.elements[sheet.elements["hash"] == (sheet.scroller or 0)]
    if sheet.scroller is not None and len(box) != 1:
        columns = columns.where(np.zeros(0, np.intp))
    if (columns.session[1:] < columns.session[:-1]).any():
        columns = columns.where(np.argsort(columns.session, kind="stable"))
    parts = starts(columns.batch)  # what is of a batch stands together, and so is looked at together
    if not len(parts):
        return Reach(columns.session, np.empty(0, np.int64), np.empty(0, np.int64))
    session, view = columns.session[parts], columns.of_batch("view_height", parts).astype(np.int64)
    if sheet.scroller is None:
        bottom, end = (
            _in_window(columns, parts) + view,
            columns.of_batch("doc_height", parts).astype(np.int64),
        )
    else:
        bottom, end = (
            np.maximum(_in_box(columns, parts, box[0]), view),
            np.full_like(view, box[0]["y"] + box[0]["h"]),
        )
    heads = starts(session)
    bottom, document, view = (np.maximum.reduceat(each, heads) for each in (bottom, end, view))
    ended = (document > 0) & (bottom >= document - CELL)
    bottom = np.where(ended, np.maximum(bottom, sheet.height), bottom)
    return Reach(session[heads], bottom, view)


def _in_window(columns: Columns, parts: Rows) -> Px:
    """How far down each part of the events says that the window was scrolled."""
    scrolls = columns.is_kind(SCROLL) & (columns.el == NO_ELEMENT)
    return np.maximum.reduceat(np.where(scrolls, columns.y, np.uint16(0)), parts).astype(np.int64)


def _in_box(columns: Columns, parts: Rows, box: np.void) -> Px:
    """How far down it says that the box was seen, px of the page."""
    scrolls = columns.is_kind(SCROLL) & (columns.el == box["hash"])
    inside = int(box["y"]) + columns.fy.astype(np.int64) * int(box["h"]) // 0xFFFF
    return np.maximum.reduceat(np.where(scrolls, inside, 0), parts)


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
