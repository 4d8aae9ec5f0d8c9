"""A page of the demo shop as a simulated visitor sees it: what lies where, and what draws the eye."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heatmap.snapshots.snapshot import Snapshot, named

#: Cells of the map that tells which element lies at a place, px.
CELL = 4
#: How much an element draws the eye, by tag: a number, and the power of its area (px²) that it is multiplied by.
_DRAWS = {
    "h1": (220.0, 0.0), "h2": (80.0, 0.0), "h3": (50.0, 0.0), "strong": (40.0, 0.0), "summary": (40.0, 0.0),
    "a": (2.0, 0.33), "button": (1.2, 0.45), "p": (2.2, 0.4), "li": (1.0, 0.2), "th": (6.0, 0.1),
    "td": (6.0, 0.1), "meter": (8.0, 0.1), "svg": (2.6, 0.3), "figure": (1.2, 0.35),
}  # fmt: skip
#: A paragraph of fewer letters draws less.
_LONG = 60
#: Boxes that are wider than their text: px that a letter takes, and the height of a line.
_LETTERS = {"h1": (22, 60), "h2": (15, 42), "h3": (10, 26), "summary": (9, 60), "strong": (10, 26)}
_PRESSED = ("a", "button", "summary")
#: What stays in view: the header at once, the table of contents this far from the top, px.
_HEADER, _CONTENTS, _CONTENTS_TOP = "@header", "@contents", 100


@dataclass(frozen=True, eq=False)
class Scene:
    """One page on one device class. Arrays stand beside the R rows of the snapshot's table."""

    snapshot: Snapshot
    boxes: NDArray[np.float64]  #: (R, 4) x, y, w, h, px
    owner: NDArray[
        np.int32
    ]  #: (height, width) / `CELL`: row of the element that a pointer there is on, -1 = none
    aims: NDArray[np.float64]  #: (R, 4) as `boxes`, but only where the text stands
    draws: NDArray[np.float64]  #: (R,) how much it draws the eye
    text: NDArray[np.bool_]  #: (R,) whether it is read along its lines
    still: NDArray[np.bool_]  #: (R,) whether nothing happens when it is clicked
    folds: NDArray[np.bool_]  #: (R,) whether it opens a fold, with a sign at its end
    pinned: NDArray[np.float64]  #: (R,) px that it scrolls before it stays; infinite for what never does
    header: tuple[float, float]  #: top and height of the sticky header, px, in whole cells

    def row(self, path: str) -> int | None:
        """The row of the element with this path, if it is to be seen."""
        wanted, elements = named(path), self.snapshot.elements
        row = int(np.searchsorted(elements["hash"], wanted))
        seen = row < len(elements) and elements["hash"][row] == wanted and elements["visible"][row]
        return row if seen else None

    def at(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int32]:
        """The rows (N,) of the elements at N places of the page, -1 = none."""
        down, across = self.owner.shape
        rows = np.clip(y // CELL, 0, down - 1).astype(np.intp)
        return self.owner[rows, np.clip(x // CELL, 0, across - 1).astype(np.intp)]

    def place(
        self, row: NDArray[np.int32], x: NDArray[np.float64], y: NDArray[np.float64]
    ) -> NDArray[np.uint16]:
        """Places in the boxes of these rows, (N, 2), 0..65535; 0 where there is no row."""
        box = self.boxes[row]
        share = (np.stack([x, y], 1) - box[:, :2]) / np.maximum(box[:, 2:], 1)
        return np.where((row >= 0)[:, None], np.clip(share, 0, 1) * 65535, 0).round().astype(np.uint16)


def scene(snapshot: Snapshot) -> Scene:
    """Look at a page once, for all visitors."""
    elements, tags = snapshot.elements, np.array(snapshot.tags)
    boxes = np.stack([elements[side] for side in ("x", "y", "w", "h")], 1).astype(np.float64)
    area = boxes[:, 2] * boxes[:, 3]
    inside = _covers(boxes, np.isin(tags, _PRESSED) & elements["visible"] & (area > 0))
    header, contents = _box(snapshot, boxes, _HEADER), _box(snapshot, boxes, _CONTENTS)
    stays = np.where(boxes[:, 1] < header[1] + header[3], header[1], contents[1] - _CONTENTS_TOP)
    return Scene(
        snapshot=snapshot,
        boxes=boxes,
        owner=_owner(snapshot, boxes, inside),
        aims=_aims(snapshot, boxes),
        draws=_draws(snapshot, area, inside),
        text=tags == "p",
        still=(inside < 0) & ~elements["group"],
        folds=tags == "summary",
        pinned=np.where(elements["fixed"], stays, np.inf),
        header=_whole_cells(header[1], header[3]),
    )


def _draws(snapshot: Snapshot, area: NDArray[np.float64], inside: NDArray[np.intp]) -> NDArray[np.float64]:
    table = np.array([_DRAWS.get(tag, (0.0, 0.0)) for tag in snapshot.tags])
    letters = np.array(
        [len(name) if tag == "p" else _LONG for tag, name in zip(snapshot.tags, snapshot.names, strict=True)]
    )
    part = (inside >= 0) & (inside != np.arange(len(area))) & ~np.isin(snapshot.tags, ["svg", "strong"])
    closed = ~snapshot.elements["visible"] | snapshot.elements["group"] | part
    return np.where(closed, 0.0, table[:, 0] * area ** table[:, 1] * letters / _LONG)


def _aims(snapshot: Snapshot, boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    aims = boxes.copy()
    for row, (tag, name) in enumerate(zip(snapshot.tags, snapshot.names, strict=True)):
        letter, line = _LETTERS.get(tag, (np.inf, np.inf))
        aims[row, 2:] = np.minimum(aims[row, 2:], (max(len(name), 4) * letter, 2 * line))
    return aims


def _covers(boxes: NDArray[np.float64], pressed: NDArray[np.bool_]) -> NDArray[np.intp]:
    """For each row the smallest link or button whose box holds its box, -1 = none."""
    left, right = boxes[:, :2], boxes[:, :2] + boxes[:, 2:]
    begins, ends = left[None, pressed] <= left[:, None] + 1, right[None, pressed] >= right[:, None] - 1
    holds: NDArray[np.bool_] = np.all(begins & ends, axis=2)
    area = np.where(holds, (boxes[pressed, 2] * boxes[pressed, 3])[None], np.inf)
    rows = np.flatnonzero(pressed)
    return np.where(holds.any(1), rows[area.argmin(1)], -1)


def _owner(snapshot: Snapshot, boxes: NDArray[np.float64], inside: NDArray[np.intp]) -> NDArray[np.int32]:
    """Paint the boxes from large to small; what lies in a link or button is the link or button."""
    owner = np.full((-(-snapshot.height // CELL), -(-snapshot.width // CELL)), -1, np.int32)
    order = np.argsort(-(boxes[:, 2] * boxes[:, 3]), kind="stable")
    for row in order[snapshot.elements["visible"][order]]:
        x, y, w, h = (boxes[row] / CELL).round().astype(int)
        owner[max(y, 0) : max(y + h, 0), max(x, 0) : max(x + w, 0)] = inside[row] if inside[row] >= 0 else row
    return owner


def _whole_cells(start: float, length: float) -> tuple[float, float]:
    """The cells that lie in a side of a box altogether: start and length, px."""
    first, last = -(-start // CELL) * CELL, (start + length) // CELL * CELL
    return float(first), float(last - first)


def _box(snapshot: Snapshot, boxes: NDArray[np.float64], path: str) -> NDArray[np.float64]:
    found = np.flatnonzero(snapshot.elements["hash"] == named(path))
    return boxes[found[0]] if len(found) else np.zeros(4)
