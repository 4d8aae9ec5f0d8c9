"""Where each event falls in the picture: in its element's box, wherever that is now, else at its page position."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from heatmap.columns import NO_ELEMENT, Columns, Rows, starts
from heatmap.sheet import Sheet

Px = NDArray[np.int32]


class How(IntEnum):
    """By what an event was placed, or why it was dropped. Arrays are compared with its values, five times as fast."""

    ELEMENT = 0  #: in its element's box
    POSITION = 1  #: at its page position, since the picture has no such element
    HIDDEN = 2  #: dropped: its element is known, but not to be seen in this picture
    OUTSIDE = 3  #: dropped: out of the picture


@dataclass(frozen=True, slots=True)
class Counts:
    """How many events there are of each `How`."""

    by_element: int = 0
    by_position: int = 0
    hidden: int = 0
    outside: int = 0

    @property
    def events(self) -> int:
        return self.by_element + self.by_position + self.hidden + self.outside

    @property
    def dropped(self) -> int:
        return self.hidden + self.outside

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.by_element + other.by_element,
            self.by_position + other.by_position,
            self.hidden + other.hidden,
            self.outside + other.outside,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """N events in the picture; every array has shape (N,). Where `how` says dropped, x and y mean nothing."""

    x: Px  #: px of the picture
    y: Px
    row: Rows  #: row of the element table, also of a hidden element; behind the last = none
    how: NDArray[np.uint8]  #: one of `How`

    @property
    def inside(self) -> NDArray[np.bool_]:
        """Which events are in the picture."""
        return self.how <= How.POSITION.value

    @property
    def counts(self) -> Counts:
        return Counts(*(int(np.count_nonzero(self.how == how.value)) for how in How))


def project(columns: Columns, sheet: Sheet) -> Placed:
    """Place N events on a sheet.

    An event whose element the sheet shows lands in that element's box, at the same share of its width and height.
    Where the sheet's table has no such element, or two that cannot be told apart, its page position counts: x scaled
    from the width of its document to the sheet's, y as it is. Where the element is known but hidden here (a closed
    dialog, another state of the page), the event is dropped: at its page position it would lie on what the dialog
    covered. Where visitors scroll the page in a box, a page position says nothing.
    """
    of_run, runs = _runs(columns.el, sheet.elements["hash"])
    how = _states(sheet).take(of_run).repeat(runs)
    left, across, top, down = (each.take(of_run).repeat(runs) for each in _boxes(sheet))
    x, y = _between(left, across, columns.fx), _between(top, down, columns.fy)
    bare = np.flatnonzero(how == How.POSITION.value)
    x[bare], y[bare] = _by_position(columns, bare, sheet.width)
    # As unsigned numbers, what is left of or above the picture is far beyond its other edge.
    outside = (x.view(np.uint32) >= sheet.width) | (y.view(np.uint32) >= sheet.height)
    how[outside & (how != How.HIDDEN.value)] = How.OUTSIDE
    return Placed(x, y, of_run.repeat(runs), how)


def find(wanted: NDArray[np.uint32], hashes: NDArray[np.uint32]) -> Rows:
    """The row of each wanted hash among the sorted hashes; behind the last where it is absent or stands there twice."""
    of_run, runs = _runs(wanted, hashes)
    return of_run.repeat(runs)


def _runs(wanted: NDArray[np.uint32], hashes: NDArray[np.uint32]) -> tuple[Rows, Rows]:
    """As `find`, one row for each run of equal hashes, and how long it is: a pointer stays where it is for a while."""
    heads, none = starts(wanted), len(hashes)
    runs = np.diff(heads, append=len(wanted))
    if not none:
        return np.zeros(len(heads), np.intp), runs
    keys = wanted.take(heads)
    rows = np.searchsorted(hashes, keys)
    rows[rows == none] = 0
    twice = np.zeros(none, bool)
    twice[:-1] |= hashes[1:] == hashes[:-1]
    return np.where((hashes[rows] == keys) & (keys != NO_ELEMENT) & ~twice[rows], rows, none), runs


def _states(sheet: Sheet) -> NDArray[np.uint8]:
    """How an event on each row of the table is placed; the last entry is for events without a row."""
    boxes = sheet.elements
    else_ = How.POSITION if sheet.scroller is None else How.OUTSIDE
    here = np.where((boxes["w"] > 0) & (boxes["h"] > 0), How.ELEMENT, else_)
    return np.append(np.where(boxes["visible"], here, How.HIDDEN), else_).astype(np.uint8)


def _by_position(columns: Columns, rows: Rows, width: int) -> tuple[Px, Px]:
    """Page positions of these rows in the picture, px; x is -1 where it lies outside its own document."""
    x, document = columns.x[rows].astype(np.uint32), columns.of_batch("doc_width", rows)
    scaled = (x * np.uint32(width) // np.maximum(document, 1)).astype(np.int32)
    return np.where(x < document, scaled, np.int32(-1)), columns.y[rows].astype(np.int32)


def _boxes(sheet: Sheet) -> Sequence[NDArray[np.int32]]:
    """The first px of each row's box across, how far the last is, and both down; nowhere behind the last row."""
    boxes = np.zeros((4, len(sheet.elements) + 1), np.int32)
    for column, (start, length) in enumerate((("x", "w"), ("y", "h"))):
        boxes[2 * column, :-1] = sheet.elements[start]
        boxes[2 * column + 1, :-1] = np.clip(sheet.elements[length] - 1, 0, 0xFFFF)
    return list(boxes)


def _between(first: Px, way: Px, share: NDArray[np.uint16]) -> Px:
    """Shares (0..65535 = first..last px) of the ways from the first to the last px."""
    across = share * way.view(np.uint32)  # at most 65535 squared: u4 holds it, and half a step more
    across += np.uint32(0x8000)
    across >>= np.uint32(16)
    across += first.view(np.uint32)
    return across.view(np.int32)
