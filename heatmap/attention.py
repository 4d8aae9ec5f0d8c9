"""For how long each band of a page was in view, session by session."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heatmap.columns import HIDDEN, NO_ELEMENT, PAGE, SCROLL, VISIBLE, Columns, starts
from heatmap.sheet import CELL, Sheet

#: Height of a band in rows of cells: 64 px.
BAND = 16

#: Without any event for so long, nobody is taken to be looking any more.
IDLE_MS = 30_000

#: A session's time counts up to here in each band, so that nobody can outweigh the others. Fits a byte.
MOST_SECONDS = 120


@dataclass(frozen=True, slots=True, eq=False)
class Attention:
    """One row for each session that was on the page."""

    session: NDArray[np.uint32]
    seconds: NDArray[np.uint8]  #: (sessions, bands): whole seconds in view, up to `MOST_SECONDS`


def attention(columns: Columns, sheet: Sheet) -> Attention:
    """Time in view of each band's middle; whole sessions only.

    From one event to the next (but for `IDLE_MS` at most) the viewport stays where the last scrolling left it. Time
    does not run while the page is hidden, nor from the last event of one page view to the `page` event of the next.
    Of a page that scrolls in a box events tell the furthest, not what is in view: there nothing is known.
    """
    if sheet.scroller is not None:
        columns = columns.where(np.zeros(0, np.intp))
    columns = columns.where(_in_order(columns))
    bands = -(-sheet.shape[0] // BAND)
    heads = starts(columns.session)
    rank = np.repeat(np.arange(len(heads)), np.diff(heads, append=len(columns)))
    spent = _spent(columns, rank)
    top = _top(columns, rank)
    shape = (len(heads), bands + 1)
    edges = _sums(rank, _first_middle(top, bands), spent, shape)
    edges -= _sums(rank, _first_middle(top + columns.view_height, bands), spent, shape)
    seconds = np.minimum(edges.cumsum(axis=1)[:, :bands] // 1000, MOST_SECONDS)
    return Attention(columns.session[heads], seconds.astype(np.uint8))


def merge(parts: Sequence[Attention]) -> Attention:
    """The attention of slices as one. ValueError when a session is in two of them."""
    session = np.concatenate([part.session for part in parts])
    order = np.argsort(session)
    if (np.diff(session[order]) == 0).any():
        raise ValueError("A visitor session is in two parts: join its events before they are measured.")
    return Attention(session[order], np.concatenate([part.seconds for part in parts])[order])


def _in_order(columns: Columns) -> NDArray[np.intp]:
    """By session and time; a page view begins before anything else of the same ms.

    Events come nearly in order and hardly ever two in one ms, so only those that do are looked at more closely.
    """
    time = columns.session.astype(np.uint64) << 32 | columns.t
    order = np.argsort(time, kind="stable")
    same = np.diff(time[order]) == 0
    tied = np.flatnonzero(np.append(same, False) | np.append(False, same))
    rows = order[tied]
    kind = np.where(columns.is_kind(PAGE), 0, columns.kind.astype(np.int64) + 1)
    finer = np.lexsort((columns.view_height[rows], columns.el[rows], columns.y[rows], kind[rows], time[rows]))
    order[tied] = rows[finer]
    return order


def _sums(
    row: NDArray[np.intp], column: NDArray[np.intp], values: NDArray[np.int64], shape: tuple[int, int]
) -> NDArray[np.int64]:
    """The sum of the values in each place of a table; as floats they are exact, being far below 2 ** 53."""
    flat = np.bincount(row * shape[1] + column, values, shape[0] * shape[1])
    return flat.astype(np.int64).reshape(shape)


def _spent(columns: Columns, rank: NDArray[np.intp]) -> NDArray[np.int64]:
    """Ms that each event's view was looked at, until the next event."""
    spent = np.zeros(len(columns), np.int64)
    spent[:-1] = np.minimum(np.diff(columns.t.astype(np.int64)), IDLE_MS)
    goes_on = np.zeros(len(columns), bool)
    goes_on[:-1] = (rank[1:] == rank[:-1]) & ~columns.is_kind(PAGE)[1:]
    away = columns.is_kind(HIDDEN)
    last = _last(away | columns.is_kind(VISIBLE) | columns.is_kind(PAGE), rank)
    return np.where(goes_on & ~((last >= 0) & away[last]), spent, 0)


def _top(columns: Columns, rank: NDArray[np.intp]) -> NDArray[np.int64]:
    """The upper edge of the viewport after each event, px."""
    scrolls = columns.is_kind(SCROLL) & (columns.el == NO_ELEMENT)
    last = _last(scrolls | columns.is_kind(PAGE), rank)
    return np.where((last >= 0) & scrolls[last], columns.y[last], 0).astype(np.int64)


def _last(marked: NDArray[np.bool_], rank: NDArray[np.intp]) -> NDArray[np.intp]:
    """For each row the nearest marked one up to it in the same session, or -1."""
    row = np.maximum.accumulate(np.where(marked, np.arange(len(marked)), -1))
    return np.where((row >= 0) & (rank[row] == rank), row, -1)


def _first_middle(y: NDArray[np.int64], bands: int) -> NDArray[np.intp]:
    """The first band whose middle is at y or below."""
    height = BAND * CELL
    return np.clip(-(-(y - height // 2) // height), 0, bands).astype(np.intp)
