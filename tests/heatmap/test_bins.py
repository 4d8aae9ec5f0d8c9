"""Counting: once for each session and cell."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heatmap import bins
from heatmap.bins import Tally
from tests.heatmap import samples

Place = tuple[int, int, int]
PLACES = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 23), st.integers(0, 15)), max_size=120)
SHAPE = (4, 6)


def _tally(places: list[Place], minimum: int = 5) -> Tally:
    rows = np.array(places, np.int32).reshape(-1, 3)
    return samples.tally(rows[:, 0].astype(np.uint32), rows[:, 1], rows[:, 2], SHAPE, minimum)


def _named(tally: Tally) -> list[tuple[int, int]]:
    return sorted(zip(tally.few.cells.tolist(), tally.few.owners.tolist(), strict=True))


def _same(one: Tally, other: Tally) -> bool:
    counted = np.array_equal(one.count, other.count) and np.array_equal(one.sessions, other.sessions)
    return counted and _named(one) == _named(other)


def test_count_is_of_every_event() -> None:
    """Plain counts, row by row."""
    x, y = np.array([0, 3, 4, 23, 3], np.int32), np.array([0, 3, 0, 15, 4], np.int32)
    expected = [[2, 1, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0], [0] * 6, [0, 0, 0, 0, 0, 1]]
    assert bins.count(x, y, SHAPE).tolist() == expected


def test_a_session_counts_once_in_a_cell() -> None:
    """However often it comes back, and in whatever order."""
    tally = _tally([(1, 0, 0), (2, 1, 1), (1, 3, 3), (1, 4, 0), (1, 0, 0)])
    assert tally.count.tolist()[0] == [2, 1, 0, 0, 0, 0]
    assert _named(tally) == [(0, 1), (0, 2), (1, 1)]
    assert tally.sessions.tolist() == [1, 2]


def test_names_sessions_only_where_they_are_few() -> None:
    """A cell with enough sessions needs no names; one short of that does."""
    tally = _tally([(s, 0, 0) for s in range(3)] + [(s, 4, 0) for s in range(2)], minimum=3)
    assert tally.count[0, :2].tolist() == [3, 2]
    assert _named(tally) == [(1, 0), (1, 1)]


def test_more_touches_than_four_bytes_can_tell_apart() -> None:
    """Many sessions on a picture of many cells: none is taken for another."""
    shape, sessions = (1 << 12, 1 << 12), np.repeat(np.arange(300, dtype=np.uint32), 2)
    x = np.tile(np.array([0, 4 * shape[1] - 1], np.int32), 300)

    counted = samples.tally(sessions, x, x, shape)

    assert [300, 300] == [counted.count[0, 0], counted.count[-1, -1]]
    assert 600 == counted.count.sum()
    assert 300 == len(counted.sessions)


def test_nothing() -> None:
    """No events, no counts."""
    tally = _tally([])
    assert tally.count.sum() == 0
    assert len(tally.sessions) == 0


@given(PLACES)
def test_counts_distinct_sessions(places: list[Place]) -> None:
    """The same as sets do."""
    touches = {(s, y // 4, x // 4) for s, x, y in places}
    tally = _tally(places)
    for row in range(4):
        for column in range(6):
            owners = {s for s, r, c in touches if (r, c) == (row, column)}
            assert tally.count[row, column] == len(owners)
            named = [s for cell, s in _named(tally) if cell == row * 6 + column]
            assert named == (sorted(owners) if len(owners) < 5 else [])


@given(PLACES, st.integers(1, 4), st.randoms())
def test_order_and_slices_do_not_matter(places: list[Place], slices: int, random: object) -> None:
    """Any order of events and any way to divide the sessions gives the same tally."""
    shuffled = list(places)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    parts = [_tally([p for p in shuffled if p[0] % slices == n]) for n in range(slices)]
    assert _same(bins.merge(parts), _tally(places))


def test_merge_refuses_a_divided_session() -> None:
    """It would count twice."""
    with pytest.raises(ValueError, match="in two tallies"):
        bins.merge([_tally([(1, 0, 0)]), _tally([(1, 8, 8)])])


def test_merge_forgets_names_that_became_many() -> None:
    """Two slices with too few make one with enough."""
    merged = bins.merge([_tally([(s, 0, 0) for s in range(3)]), _tally([(s, 0, 0) for s in range(3, 6)])])
    assert merged.count[0, 0] == 6
    assert _named(merged) == []


def test_however_many_are_merged_memory_stays_in_bounds() -> None:
    """Touches of cells with enough sessions go, if not at once."""
    slices = [_tally([(s, x, y) for x in range(0, 24, 4) for y in range(0, 16, 4)]) for s in range(50)]
    merged, most = slices[0], 0
    for more in slices[1:]:
        merged = bins.merge([merged, more])
        most = max(most, sum(len(each.cells) for each in merged.touches))

    assert most <= 2 * 4 * 24  # fewer than five sessions for each of the cells
    assert [] == _named(merged)
    assert (merged.count == 50).all()
