"""The sheet: size in px and in cells."""

import pytest

from heatmap.sheet import blank


@pytest.mark.parametrize(
    ("width", "height", "shape"), [(1280, 5000, (1250, 320)), (380, 1, (1, 95)), (5, 9, (3, 2))]
)
def test_shape_rounds_up(width: int, height: int, shape: tuple[int, int]) -> None:
    """A cell that is begun is a cell."""
    assert blank(width, height).shape == shape
