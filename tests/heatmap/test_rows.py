"""The crowd rule for rows: no row and no difference between rows shows fewer than five sessions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from heatmap.rows import BLANK, alike, among, steps


def test_steps_wait_for_five() -> None:
    """A number stays until five have stopped, and ends where fewer than five go on."""
    reached = np.array([20, 19, 16, 15, 14, 9, 8, 5, 4, 1, 0])
    assert steps(reached).tolist() == [20, 20, 20, 15, 15, 9, 9, 9, 0, 0, 0]


def test_steps_of_too_few_are_blank() -> None:
    """Four people are no crowd; nobody is none either."""
    assert steps(np.array([4, 3, 0])).tolist() == [0, 0, 0]
    assert steps(np.array([], np.int64)).tolist() == []


@given(st.lists(st.integers(0, 60), min_size=1, max_size=40))
def test_every_pair_of_steps(counts: list[int]) -> None:
    """Subtract every pair of published rows: 0, or five and more; and no number is five or more too high."""
    reached = np.array(sorted(counts, reverse=True))
    shown = steps(reached).astype(np.int64)
    differences = np.abs(shown[:, None] - shown[None, :])
    assert not ((differences > 0) & (differences < 5)).any()
    assert not ((shown > 0) & (shown < 5)).any()
    assert (np.diff(shown) <= 0).all()
    crowd = reached >= 5
    assert ((shown - reached)[crowd] >= 0).all()
    assert ((shown - reached)[crowd] < 5).all()
    assert not shown[~crowd].any()


def test_alike_bands_are_one() -> None:
    """A band that differs for four sessions only is published as the one it is like."""
    first = [3] * 10
    like_it = [9] * 4 + [3] * 6
    other = [9] * 5 + [3] * 5
    few = [1] * 4 + [0] * 6
    assert alike(np.array([first, like_it, other, few])).tolist() == [0, 0, 2, BLANK]


@given(arrays(np.uint8, (9, 12), elements=st.integers(0, 2)))
def test_every_pair_of_bands(values: np.ndarray) -> None:
    """Published bands are the same band, or differ in the values of five sessions, also from a blank one."""
    chosen = alike(values)
    shown = [values[band] if band != BLANK else np.zeros(12) for band in chosen]
    for one in shown:
        for other in shown:
            differing = np.count_nonzero(one != other)
            assert differing == 0 or differing >= 5


@pytest.mark.parametrize(
    ("number", "of", "told"),
    [
        (0, 20, None),
        (4, 20, None),
        (5, 20, 5),
        (15, 20, 15),
        (16, 20, 15),
        (19, 20, 15),
        (20, 20, 20),
        (21, 20, 20),
    ],
)
def test_what_is_told_among_all_leaves_nobody_standing_out(number: int, of: int, told: int | None) -> None:
    """The number and the rest are nothing, or five and more."""
    assert among(number, of) == told


@given(st.integers(0, 60), st.integers(0, 60))
def test_no_number_among_all_and_no_rest_is_below_five(number: int, of: int) -> None:
    """Whatever is told, it is a crowd, and so is the rest, or there is none."""
    told = among(number, of)
    assert told is None or (told >= 5 and (told == of or of - told >= 5))
