"""A smooth hill for every touch: three box blurs along each axis come close to a Gaussian."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

PASSES = 3

#: Fixed point of smoothed levels: what rounding takes away is far below what a tone can show.
FINE = 256


def blur(grid: NDArray[np.integer[Any]], radius: int) -> NDArray[np.int64]:
    """Blur a (rows, cols) grid of whole numbers, exactly.

    Every box is 2 `radius` + 1 cells wide; three of them come close to a Gaussian of standard deviation
    sqrt(`radius` (`radius` + 1)) cells. Nothing is divided: the result is `gain(radius)` times as high. At the edges
    the grid goes on as its own mirror image, so that nothing is lost there: the sum is `gain(radius)` times the sum.
    """
    reach = PASSES * radius
    out = np.pad(grid.astype(np.int64), reach, mode="symmetric")
    for _ in range(PASSES):
        out = _boxes(out, radius)
        out = _boxes(out.T, radius).T
    return out


def gain(radius: int) -> int:
    """By how much `blur` raises an even grid."""
    return int((2 * radius + 1) ** (2 * PASSES))


def smooth(levels: Sequence[NDArray[np.integer[Any]]]) -> NDArray[np.int64]:
    """Add grids of which each has half the rows and columns (rounded up) of the one before, as one smooth surface.

    The value of a coarse grid's cell holds for each cell under it. Each step to a finer grid is blurred a little, so
    that blocks end as smooth as the spots between them (a quadratic B-spline). In 1/`FINE`, rounded down.
    """
    out = levels[-1].astype(np.int64) * FINE
    for level in levels[-2::-1]:
        rows, columns = level.shape
        padded = np.pad(out.repeat(2, axis=0).repeat(2, axis=1)[:rows, :columns], 1, mode="edge")
        out = _halves(_halves(padded).T).T // 16
        out += level.astype(np.int64) * FINE
    return out


def _halves(grid: NDArray[np.int64]) -> NDArray[np.int64]:
    """1 : 2 : 1 along the first axis."""
    return grid[:-2] + 2 * grid[1:-1] + grid[2:]


def _boxes(grid: NDArray[np.int64], radius: int) -> NDArray[np.int64]:
    """The sums of the boxes that lie in the grid, along its first axis. Small boxes: adding beats running sums."""
    count = len(grid) - 2 * radius
    out = grid[:count].copy(order="K")
    for step in range(1, 2 * radius + 1):
        out += grid[step : step + count]
    return out
