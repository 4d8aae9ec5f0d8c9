"""Layers: which events each is made of."""

import pytest

from heatmap.columns import CLICK, DEAD, ERROR, MOVE, PAGE, RAGE, Columns
from heatmap.layers import LAYERS
from heatmap.project import How, project
from tests.heatmap.samples import sheet

KINDS = [MOVE, CLICK, RAGE, DEAD, ERROR, PAGE]


@pytest.mark.parametrize(
    ("layer", "kind"), [("move", MOVE), ("click", CLICK), ("rage", RAGE), ("dead", DEAD), ("error", ERROR)]
)
def test_takes_its_own_kind(layer: str, kind: int) -> None:
    """With mouse or finger, and nothing else."""
    events = Columns.of(kind=[*KINDS, *(k | 1 << 5 for k in KINDS)], el=7)
    assert LAYERS[layer](events).kind.tolist() == [kind, kind | 1 << 5]


def test_an_error_is_in_the_middle_of_its_element() -> None:
    """Line and column in a script are no place on a page."""
    page = sheet(100, 100, {7: (10, 20, 40, 10, True)})
    events = Columns.of(kind=ERROR, el=[7, 8, 0], x=3, y=4, fx=9, fy=9, doc_width=100)
    placed = project(LAYERS["error"](events), page)
    assert placed.how.tolist() == [How.ELEMENT, How.OUTSIDE]
    assert (placed.x[0], placed.y[0]) == (30, 25)
