"""For how long each band of a page was in view, session by session."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heatmap.columns import HIDDEN, KIND_BITS, NO_ELEMENT, PAGE, SCROLL, VISIBLE, Columns, Rows, starts
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
    columns = _in_order(columns)
    bands = -(-sheet.shape[0] // BAND)
    heads, turns = starts(columns.session), _turns(columns)
    rank = np.searchsorted(heads, turns, side="right") - 1
    kind = columns.kind[turns] & KIND_BITS
    top = _top(columns, turns, kind, rank)
    spent = np.where(_away(kind, rank), 0, _sums_of_runs(_spent(columns), turns))
    shape = (len(heads), bands + 1)
    edges = _sums(rank, _first_middle(top, bands), spent, shape)
    edges -= _sums(rank, _first_middle(top + columns.of_batch("view_height", turns), bands), spent, shape)
    seconds = np.minimum(edges.cumsum(axis=1)[:, :bands] // 1000, MOST_SECONDS)
    return Attention(columns.session[heads], seconds.astype(np.uint8))


def merge(parts: Sequence[Attention]) -> Attention:
    """The attention of slices as one. ValueError when a session is in two of them."""
    session = np.concatenate([part.session for part in parts])
    order = np.argsort(session)
    if (np.diff(session[order]) == 0).any():
        raise ValueError("A visitor session is in two parts: join its events before they are measured.")
    return Attention(session[order], np.concatenate([part.seconds for part in parts])[order])


def _in_order(columns: Columns) -> Columns:
    """By session and time; a page view begins before anything else of the same ms.

    Events come nearly in order and hardly ever two in one ms, so only those that do are looked at more closely.
    """
    time = columns.session.astype(np.uint64) << 32 | columns.t
    order = np.arange(len(time))
    if (time[1:] < time[:-1]).any():
        order = np.argsort(time, kind="stable")
        time = time[order]
    same = time[1:] == time[:-1]
    tied = np.flatnonzero(np.append(same, False) | np.append(False, same))
    rows = order[tied]
    kind = np.where(columns.kind[rows] & KIND_BITS == PAGE, 0, columns.kind[rows].astype(np.int64) + 1)
    height = columns.of_batch("view_height", rows)
    order[tied] = rows[np.lexsort((height, columns.el[rows], columns.y[rows], kind, time[tied]))]
    return columns if (order[1:] > order[:-1]).all() else columns.where(order)


def _turns(columns: Columns) -> Rows:
    """The rows from which on something else may be in view: until the next one nothing is but time."""
    kind = columns.kind & KIND_BITS
    turn = (kind == SCROLL) | (kind == PAGE) | (kind == VISIBLE) | (kind == HIDDEN)
    turn[:1] = True
    turn[1:] |= columns.batch[1:] != columns.batch[:-1]  # another session or viewport
    return np.flatnonzero(turn)


def _sums(
    row: NDArray[np.intp], column: NDArray[np.intp], values: NDArray[np.int64], shape: tuple[int, int]
) -> NDArray[np.int64]:
    """The sum of the values in each place of a table; as floats they are exact, being far below 2 ** 53."""
    flat = np.bincount(row * shape[1] + column, values, shape[0] * shape[1])
    return flat.astype(np.int64).reshape(shape)


def _spent(columns: Columns) -> NDArray[np.uint32]:
    """Ms from each event to the next one of its page view, as far as they count."""
    spent = np.minimum(np.diff(columns.t, append=np.uint32(0)), np.uint32(IDLE_MS))
    spent[:-1] *= (columns.session[1:] == columns.session[:-1]) & ~columns.is_kind(PAGE)[1:]
    spent[-1:] = 0
    return spent


def _sums_of_runs(values: NDArray[np.uint32], heads: Rows) -> NDArray[np.int64]:
    """The sum of each run of values; `heads` are where they begin."""
    return np.add.reduceat(values, heads, dtype=np.int64) if len(heads) else np.zeros(0, np.int64)


def _away(kind: NDArray[Any], rank: Rows) -> NDArray[np.bool_]:
    """Whether the page is hidden after each turn."""
    away = kind == HIDDEN
    last = _last(away | (kind == VISIBLE) | (kind == PAGE), rank)
    gone: NDArray[np.bool_] = (last >= 0) & away[last]
    return gone


def _top(columns: Columns, turns: Rows, kind: NDArray[Any], rank: Rows) -> NDArray[np.int64]:
    """The upper edge of the viewport after each turn, px."""
    scrolls = (kind == SCROLL) & (columns.el[turns] == NO_ELEMENT)
    last = _last(scrolls | (kind == PAGE), rank)
    return np.where((last >= 0) & scrolls[last], columns.y[turns[last]], 0).astype(np.int64)


def _last(marked: NDArray[np.bool_], rank: NDArray[np.intp]) -> NDArray[np.intp]:
    """For each row the nearest marked one up to it in the same session, or -1."""
    row = np.maximum.accumulate(np.where(marked, np.arange(len(marked)), -1))
    return np.where((row >= 0) & (rank[row] == rank), row, -1)


def _first_middle(y: NDArray[np.int64], bands: int) -> NDArray[np.intp]:
    """The first band whose middle is at y or below."""
    height = BAND * CELL
    return np.clip(-(-(y - height // 2) // height), 0, bands).astype(np.intp)
