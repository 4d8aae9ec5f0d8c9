"""The crowd rule: nothing that is shown rests on fewer than five sessions."""

from collections.abc import Iterator

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from heatmap.crowd import BLOCKS, COARSE, SMALL, UNIT, Crowd, crowd, together
from heatmap.sheet import CELL, Sheet
from tests.heatmap.samples import Rect, sheet, tally

MINIMUM = 5
Touch = tuple[int, int, int]  #: session, row, column
Cells = list[tuple[int, int]]
#: touches, value as shown, cells; a block has a list of cells, an element a sorted tuple
Region = tuple[set[Touch], int, Cells | tuple[tuple[int, int], ...]]


def _crowd(touches: set[Touch], page: Sheet) -> Crowd:
    rows = np.array(sorted(touches), np.int32).reshape(-1, 3)
    session, y, x = rows[:, 0].astype(np.uint32), rows[:, 1] * CELL, rows[:, 2] * CELL
    return crowd(tally(session, x, y, page.shape, MINIMUM), page)


def _around(page: Sheet) -> dict[tuple[int, int], int]:
    """The smallest element over each cell, found one cell at a time."""
    rows, columns = page.shape
    found: dict[tuple[int, int], int] = {}
    for row in range(rows):
        for column in range(columns):
            over = [
                (int(e["w"]) * int(e["h"]), -n)
                for n, e in enumerate(page.elements)
                if e["visible"]
                and min(e["w"], e["h"]) > 0
                and e["x"] < (column + 1) * CELL
                and e["x"] + e["w"] > column * CELL
                and e["y"] < (row + 1) * CELL
                and e["y"] + e["h"] > row * CELL
            ]
            if over:
                found[row, column] = -min(over)[1]
    return found


def _places(page: Sheet) -> Iterator[dict[tuple[int, int], object]]:
    """For each step of the rule: the place that each cell belongs to."""
    rows, columns = page.shape
    cells = [(row, column) for row in range(rows) for column in range(columns)]
    around = _around(page)
    sizes = {e: list(around.values()).count(e) for e in around.values()}
    yield {cell: cell for cell in cells}
    for side in BLOCKS:
        if side == COARSE:
            yield {cell: e for cell, e in around.items() if sizes[e] <= SMALL}
        yield {(row, column): (row // side, column // side) for row, column in cells}
    yield dict(around)


def _regions(touches: set[Touch], page: Sheet, free: set[tuple[int, int]] | None = None) -> list[Region]:
    """The rule as the words have it, with sets."""
    left, regions = set(touches), []
    if free is None:
        free = {(row, column) for row in range(page.shape[0]) for column in range(page.shape[1])}
    for step, place in enumerate(_places(page)):
        made: list[Region] = []
        for one in set(place.values()):
            cells = [cell for cell, its in place.items() if its == one]
            mine = {touch for touch in left if place.get(touch[1:]) == one}
            if len({session for session, _, _ in mine}) >= MINIMUM:
                most = (MINIMUM - 1) * len(free & set(cells)) - 1
                value = len(mine) if step == 0 else min(len(mine), most)
                made.append((mine, value, tuple(sorted(cells)) if isinstance(one, int) else cells))
        for mine, _, region in made:
            left -= mine
            free -= set(region)
        regions += made
    return regions


def _grid(regions: list[Region], page: Sheet) -> NDArray[np.int64]:
    out = np.zeros(page.shape, np.int64)
    for _, value, cells in regions:
        for rank, cell in enumerate(cells):
            if isinstance(cells, tuple):  # an element's value is spread so that nothing of it is lost
                out[cell] += (rank + 1) * value * UNIT // len(cells) - rank * value * UNIT // len(cells)
            else:
                out[cell] += value * UNIT // len(cells)
    return out


BOXES = st.dictionaries(
    st.integers(1, 9),
    st.tuples(
        st.integers(-9, 70), st.integers(-9, 90), st.integers(0, 80), st.integers(0, 60), st.booleans()
    ),
    max_size=4,
)
TOUCHES = st.sets(st.tuples(st.integers(0, 8), st.integers(0, 22), st.integers(0, 18)), max_size=90)


@settings(max_examples=60, deadline=None)
@given(TOUCHES, BOXES)
def test_shows_regions_of_five_sessions_and_nothing_else(touches: set[Touch], boxes: dict[int, Rect]) -> None:
    """The grid is the sum of regions; each has five sessions, and no touch is in two: so no difference has fewer."""
    page = sheet(74, 90, boxes)
    regions = _regions(touches, page)
    shown = _crowd(touches, page)
    assert shown.grid.tolist() == _grid(regions, page).tolist()
    assert all(len({session for session, _, _ in mine}) >= MINIMUM for mine, _, _ in regions)
    assert sum(len(mine) for mine, _, _ in regions) == len(set().union(*(mine for mine, _, _ in regions)))
    assert shown.touches == len(touches)
    assert 0 <= shown.visible <= 1


@settings(max_examples=40, deadline=None)
@given(TOUCHES, BOXES, st.integers(2, 3))
@example({(0, 12, 2), (1, 12, 4)}, {2: (11, 48, 38, 1, True), 3: (9, 49, 0, 0, True)}, 2)
def test_a_whole_beside_its_parts(touches: set[Touch], boxes: dict[int, Rect], size: int) -> None:
    """It is the parts' regions and regions of what is left: each of five sessions, and no touch is in two."""
    page = sheet(74, 90, boxes)
    each = [{touch for touch in touches if touch[0] % size == n} for n in range(size)]
    # Nine sessions in all: to have crowds in the parts, every session comes with a twin.
    each = [part | {(s + 9 * n, *cell) for s, *cell in part for n in (1, 2)} for part in each]  # type: ignore[misc]
    made = [_crowd(part, page) for part in each]
    regions = [_regions(part, page) for part in each]
    shown = [set[Touch]().union(*(mine for mine, _, _ in some)) for some in regions]
    left = set[Touch]().union(*(part - seen for part, seen in zip(each, shown, strict=True)))
    free = {
        (int(row), int(column)) for part in made for row, column in zip(*np.nonzero(part.free), strict=True)
    }
    rest = _regions(left, page, free)

    whole = together(made, page)

    assert whole.grid.tolist() == np.sum([_grid(some, page) for some in [*regions, rest]], axis=0).tolist()
    assert all(len({session for session, _, _ in mine}) >= MINIMUM for mine, _, _ in rest)
    assert len(left) - sum(len(mine) for mine, _, _ in rest) == len(whole.left.few.cells)
    assert whole.touches == sum(len(part) for part in each)


@settings(max_examples=60, deadline=None)
@given(TOUCHES)
def test_a_few_sessions_leave_nothing(touches: set[Touch]) -> None:
    """Four sessions, whatever they do, show nothing at all."""
    few = {(session % 4, row, column) for session, row, column in touches}
    assert _crowd(few, sheet(74, 90, {1: (0, 0, 74, 90, True)})).grid.sum() == 0


def test_a_cell_of_five_is_shown_as_it_is() -> None:
    """Finest: the cell."""
    shown = _crowd({(s, 3, 2) for s in range(5)}, sheet(64, 64))
    assert shown.grid[3, 2] == 5 * UNIT
    assert shown.grid.sum() == 5 * UNIT
    assert shown.visible == 1


def test_four_are_blank() -> None:
    """One short is nothing, at every step."""
    shown = _crowd({(s, 3, 2) for s in range(4)}, sheet(64, 64, {1: (0, 0, 64, 64, True)}))
    assert shown.grid.sum() == 0
    assert shown.visible == 0


def test_spreads_over_the_finest_block_that_has_five() -> None:
    """Five sessions in a corner each of a 16 px block: the block, evenly."""
    corners = [(4, 8), (4, 11), (7, 8), (7, 11), (5, 9)]
    grid = _crowd({(s, row, column) for s, (row, column) in enumerate(corners)}, sheet(64, 64)).grid
    assert grid[4:8, 8:12].tolist() == [[5 * UNIT // 16] * 4] * 4
    assert grid.sum() == 5 * UNIT


def test_shows_finer_and_coarser_at_one_place() -> None:
    """What is left beside a cell of its own needs five sessions of its own."""
    own = {(s, 0, 0) for s in range(6)}
    few = {(s, 0, 1) for s in range(4)}
    assert _crowd(own | few, sheet(64, 64)).grid.sum() == 6 * UNIT
    more = few | {(7, 1, 1)}
    grid = _crowd(own | more, sheet(64, 64)).grid
    assert grid[0, 0] == 6 * UNIT + 5 * UNIT // 4
    assert grid.sum() == 11 * UNIT


def test_the_highest_pooled_value_is_shown_one_lower() -> None:
    """Four and four in the only open cells of a block would tell both numbers; seven leaves them open."""
    own = {(s, row, 0) for s in range(5) for row in (0, 1)}
    pooled = {(s, 0, 1) for s in range(4)} | {(s, 1, 1) for s in range(4, 8)}
    grid = _crowd(own | pooled, sheet(8, 8)).grid
    assert grid[0, 1] == 7 * UNIT // 4


def test_small_elements_come_before_coarse_blocks() -> None:
    """Clicks strewn over a button stay on the button."""
    page = sheet(128, 64, {1: (8, 8, 100, 24, True)})
    touches = {(s, 3 + s % 3, 3 + 5 * s) for s in range(5)}
    grid = _crowd(touches, page).grid
    area = 25 * 6
    assert set(grid[2:8, 2:27].ravel().tolist()) == {5 * UNIT // area, 5 * UNIT // area + 1}
    assert grid.sum() == grid[2:8, 2:27].sum() == 5 * UNIT


def test_inner_elements_are_their_own_place() -> None:
    """What five sessions did around a button is shown around it, not on it."""
    page = sheet(512, 512, {1: (0, 0, 512, 512, True), 2: (0, 0, 128, 64, True)})
    grid = _crowd({(s, 20 + 20 * s, 20 + 20 * s) for s in range(5)}, page).grid
    assert not grid[:16, :32].any()
    assert grid.sum() == 5 * UNIT


def test_nothing_is_lost_over_an_element_larger_than_its_heat() -> None:
    """Five touches over 16,384 cells: fewer units than cells, and all of them shown, evenly."""
    page = sheet(512, 512, {1: (0, 0, 512, 512, True)})
    shown = _crowd({(s, 20 + 20 * s, 20 + 20 * s) for s in range(5)}, page)
    assert (shown.grid.sum(), shown.grid.max(), shown.visible) == (5 * UNIT, 1, 1.0)
    assert [half.sum() for half in np.split(shown.grid, 2)] == [5 * UNIT // 2] * 2


def test_hidden_elements_are_no_place() -> None:
    """A closed menu takes no heat."""
    touches = {(s, 30 * s, 30 * s) for s in range(5)}
    assert _crowd(touches, sheet(512, 512, {1: (0, 0, 512, 512, False)})).grid.sum() == 0


def test_blocks_at_the_edge_are_as_large_as_the_page_lets_them() -> None:
    """Nothing is spread over the edge."""
    grid = _crowd({(s, s % 3, s % 2) for s in range(5)}, sheet(8, 12)).grid
    assert grid.shape == (3, 2)
    assert grid.tolist() == [[5 * UNIT // 6] * 2] * 3


def test_nothing() -> None:
    """An empty tally shows an empty grid."""
    shown = _crowd(set(), sheet(64, 64, {1: (0, 0, 64, 64, True)}))
    assert shown.grid.sum() == 0
    assert shown.visible == 0
