"""Blur: exact, even-handed, and nothing gets lost."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from heatmap.blur import FINE, blur, gain, smooth

GRIDS = arrays(
    np.uint32, st.tuples(st.integers(1, 12), st.integers(1, 12)), elements=st.integers(0, 2**32 - 1)
)


def test_one_spot() -> None:
    """Three boxes of three are 1 3 6 7 6 3 1, along each axis."""
    grid = np.zeros((9, 9), np.uint32)
    grid[4, 4] = 2
    line = np.array([0, 1, 3, 6, 7, 6, 3, 1, 0])
    assert blur(grid, 1).tolist() == (2 * np.outer(line, line)).tolist()


def test_no_radius_is_no_blur() -> None:
    """Radius 0 changes nothing but the type."""
    grid = np.arange(6, dtype=np.uint32).reshape(2, 3)
    assert blur(grid, 0).tolist() == grid.tolist()
    assert gain(0) == 1


def test_an_even_grid_stays_even() -> None:
    """Also at the edges, and where the grid is smaller than the blur."""
    assert (blur(np.full((2, 5), 3, np.uint32), 3) == 3 * gain(3)).all()


@settings(deadline=None)
@given(GRIDS, st.integers(0, 4))
def test_nothing_is_lost(grid: np.ndarray, radius: int) -> None:
    """The sum is the sum."""
    assert int(blur(grid, radius).sum()) == int(grid.sum(dtype=np.int64)) * gain(radius)


@settings(deadline=None)
@given(GRIDS, st.integers(0, 4))
def test_no_side_is_preferred(grid: np.ndarray, radius: int) -> None:
    """Turned grids give turned results: nothing shifts."""
    turned = blur(np.rot90(grid), radius)
    assert np.array_equal(turned, np.rot90(blur(grid, radius)))


def test_smooth_of_one_level_is_that_level() -> None:
    """Only the fixed point differs."""
    grid = np.arange(6, dtype=np.uint32).reshape(2, 3)
    assert np.array_equal(smooth([grid]), grid.astype(np.int64) * FINE)


def test_smooth_adds_levels() -> None:
    """Even levels add up to an even surface, whatever their shapes round to."""
    levels = [np.full(shape, value, np.uint32) for shape, value in (((5, 7), 1), ((3, 4), 10), ((2, 2), 100))]
    assert (smooth(levels) == 111 * FINE).all()


def test_smooth_has_no_edges_of_blocks() -> None:
    """A block becomes a hill: 1 3 3 1 of its value across."""
    coarse = np.zeros((1, 3), np.uint32)
    coarse[0, 1] = 4
    surface = smooth([np.zeros((2, 6), np.uint32), coarse])
    assert surface.tolist() == [[0, FINE, 3 * FINE, 3 * FINE, FINE, 0]] * 2


@pytest.mark.parametrize("radius", [1, 3])
def test_gain_is_the_sum_of_weights(radius: int) -> None:
    """One session somewhere is `gain` afterwards."""
    grid = np.zeros((30, 30), np.uint32)
    grid[15, 15] = 1
    assert blur(grid, radius).sum() == gain(radius)
