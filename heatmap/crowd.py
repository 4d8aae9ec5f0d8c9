"""The crowd rule: whatever a picture shows rests on at least `minimum` sessions, five by default.

A *touch* is one session in one cell; touches are what a picture shows. They are shown in regions, and every touch is
in at most one region:

1. a cell that enough sessions touched is a region of its own;
2. the touches left over are pooled in blocks of 8, then 16 px; a block is a region where its left-over touches come
   from enough distinct sessions, and the number of these touches is spread evenly over the block;
3. what is left in small elements (buttons, links) is pooled by element, the smallest around each cell, and spread over
   that part of its box which no smaller element covers: a block of the next size would spill over its edges;
4. then blocks of 32 and 64 px, then elements of any size;
5. what is left after that is not shown.

Why no spot and no difference shows fewer than `minimum` sessions: each cell of the grid is a sum of region values,
each divided by the region's area, which anyone may know. So all that can be worked out from the grid are sums and
differences of region values. A region value is the number of all touches of that region, by enough sessions, and no
two regions share a touch: whichever are added or subtracted, the touches of a region go in or out as a whole, never
those of fewer than `minimum` sessions.

What a picture does say of a place that is no region is that fewer than `minimum` sessions left touches there and,
where little else is open around it, that somebody did. It never says how many: only a pooled value as high as can be,
`minimum` - 1 touches in every open cell, would give each cell's number away, and such a value is shown one lower.

Numbers of sessions in two cells are of two different sets of sessions, so subtracting them names nobody. It is
otherwise where sets lie in one another, as in the rows of a scrolled page: see `rows.py`.

And where pictures do: all visitors and those of one release. There the larger picture is the sum of the smaller ones
and of regions made of what none of them shows (`together`). So it, too, is a sum of region values of which no two
share a touch, and what is left of it without one of the smaller pictures is such a sum as well. So is the
picture of some of the smallest ones side by side (`beside`), whichever they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from heatmap import bins
from heatmap.bins import Cells, Runs, Tally, Touches
from heatmap.sheet import CELL, Sheet

#: The grid counts in 1/256 session: the areas of all blocks, 4 to 256 cells, divide it.
UNIT = 256

#: Sides of the blocks in cells: 8, 16, 32 and 64 px.
BLOCKS = (2, 4, 8, 16)

#: From this block on, small elements go first …
COARSE = 8

#: … which are those of up to so many cells: 128 × 128 px.
SMALL = 1024

Grid = NDArray[np.uint32]
Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Crowd:
    """What may be shown, by the size of its regions; values are for each cell, in 1/`UNIT` session."""

    spots: Grid  #: (rows, cols): cells of their own and elements
    blocks: tuple[Grid, ...]  #: one for each of `BLOCKS`: (rows / side, cols / side), rounded up
    touches: int  #: how many touches there were
    left: Tally  #: the touches that are not shown
    free: NDArray[np.bool_]  #: (rows, cols): cells where such may be: those in no region

    @property
    def grid(self) -> Grid:
        """The sum: (rows, cols)."""
        rows, columns = self.spots.shape
        out = self.spots.copy()
        for side, block in zip(BLOCKS, self.blocks, strict=True):
            out += block.repeat(side, axis=0)[:rows].repeat(side, axis=1)[:, :columns]
        return out

    @property
    def visible(self) -> float:
        """The share of touches that the grid shows, 0 to 1, in hundredths: more would tell how many are missing."""
        shown = int(self.grid.sum(dtype=np.uint64))
        return 100 * shown // (UNIT * max(self.touches, 1)) / 100


def crowd(tally: Tally, sheet: Sheet, free: NDArray[np.bool_] | None = None) -> Crowd:
    """Apply the rule to the touches of one picture; anyone knows that there are none outside of `free`."""
    enough = tally.count >= tally.minimum
    spots = np.where(enough, tally.count * np.uint32(UNIT), np.uint32(0))
    left = _Left(~enough if free is None else free & ~enough, *tally.few, tally.minimum)
    elements = _elements(sheet)
    small = np.bincount(elements.ravel()) <= SMALL
    blocks = []
    for side in BLOCKS:
        if side == COARSE:
            place = np.where(small[elements], elements, 0)
            spots += _spread(left.show(place), place)
        place = _blocks(sheet.shape, side)
        each = left.show(place) * UNIT // np.maximum(np.bincount(place.ravel()), 1)
        blocks.append(each.astype(np.uint32)[place[::side, ::side]])
    spots += _spread(left.show(elements), elements)
    touches = int(tally.count.sum(dtype=np.uint64))
    return Crowd(spots, tuple(blocks), touches, left.tally(sheet.shape), left.free)


def together(parts: Sequence[Crowd], sheet: Sheet) -> Crowd:
    """The picture of all these sessions beside the pictures of parts of them; no session is in two parts.

    The sum of the parts, and what none of them shows where it is enough together.
    """
    if len(parts) == 1:
        return parts[0]
    rest = crowd(
        bins.merge([part.left for part in parts]), sheet, np.logical_or.reduce([part.free for part in parts])
    )
    touches = sum(part.touches for part in parts)
    return replace(_sum([*parts, rest], rest.left, rest.free), touches=touches)


def beside(parts: Sequence[Crowd]) -> Crowd:
    """The sum of what these pictures show, and nothing of what they do not; no session is in two of them."""
    left = bins.merge([part.left for part in parts])
    return _sum(parts, left, np.logical_or.reduce([part.free for part in parts]))


def _sum(parts: Sequence[Crowd], left: Tally, free: NDArray[np.bool_]) -> Crowd:
    return Crowd(
        spots=np.sum([part.spots for part in parts], axis=0, dtype=np.uint32),
        blocks=tuple(
            np.sum(same, axis=0, dtype=np.uint32)
            for same in zip(*(part.blocks for part in parts), strict=True)
        ),
        touches=sum(part.touches for part in parts),
        left=left,
        free=free,
    )


@dataclass(slots=True, eq=False)
class _Left:
    """The touches that are not shown yet."""

    free: NDArray[np.bool_]  #: (rows, cols): cells that are in no region yet
    cells: Cells  #: (F,) their touches: flat index of the cell …
    owners: NDArray[np.uint32]  #: … and session
    minimum: int

    def show(self, place: Places) -> Places:
        """Make regions of those places that enough sessions touched, and give the value of each place; else 0.

        `place` (rows, cols) says which place each cell belongs to, 0 = none.
        """
        places = int(place.max(initial=0)) + 1
        free = np.bincount(place[self.free], minlength=places)
        at = place.ravel()[self.cells]
        touches = np.bincount(at, minlength=places)
        passes = self._sessions(at, places) >= self.minimum
        passes[0] = False
        self._remove(passes[place])
        value: Places = np.where(passes, np.minimum(touches, (self.minimum - 1) * free - 1), 0)
        return value

    def tally(self, shape: tuple[int, int]) -> Tally:
        """What is not shown, once everything is that may be."""
        touches = Runs.of(Touches(self.cells, self.owners))
        return Tally(shape, [touches], np.unique(self.owners), self.minimum)

    def _sessions(self, at: Places, places: int) -> Places:
        """How many distinct sessions left touches in each place."""
        key = at << 32 | self.owners.astype(np.intp)
        key.sort()
        distinct = key[np.diff(key, prepend=-1) != 0] >> 32
        return np.bincount(distinct, minlength=places)

    def _remove(self, region: NDArray[np.bool_]) -> None:
        self.free &= ~region
        rest = self.free.ravel()[self.cells]
        self.cells, self.owners = self.cells[rest], self.owners[rest]


def _spread(value: Places, place: Places) -> Grid:
    """The value of each place as evenly over its cells as whole numbers go, and nothing of it lost: (rows, cols).

    A large element has more cells than its value has units; rounding down would leave nothing of it.
    """
    grid = np.zeros(place.size, np.uint32)
    cells = np.flatnonzero(value[place.ravel()])
    cells = cells[np.argsort(place.ravel()[cells], kind="stable")]
    owner = place.ravel()[cells]
    area = np.bincount(owner, minlength=len(value))
    rank = np.arange(len(cells)) - (np.cumsum(area) - area)[owner]
    units = value[owner] * UNIT
    grid[cells] = (rank + 1) * units // area[owner] - rank * units // area[owner]
    return grid.reshape(place.shape)


def _blocks(shape: tuple[int, int], side: int) -> Places:
    """The number of each cell's block, from 1."""
    rows, columns = (np.arange(length) // side for length in shape)
    numbers: Places = rows[:, None] * (columns[-1] + 1) + columns + 1
    return numbers


def _elements(sheet: Sheet) -> Places:
    """The smallest visible element over each cell: its row in the table + 1, or 0."""
    around = np.zeros(sheet.shape, np.intp)
    table = sheet.elements
    order = np.argsort(-table["w"].astype(np.int64) * table["h"], kind="stable")
    for row in order[table["visible"][order]].tolist():
        x, y, w, h = table[["x", "y", "w", "h"]][row].tolist()
        if w > 0 and h > 0:
            top, left = max(y, 0) // CELL, max(x, 0) // CELL
            around[top : max(-(-(y + h) // CELL), 0), left : max(-(-(x + w) // CELL), 0)] = row + 1
    return around
