"""The way of a pointer."""

import numpy as np

from heatmap.demo.paths import duration, glide, minimum_jerk, thinned


def test_a_swing_begins_and_ends_slowly() -> None:
    """Half of the way is done in half of the time, and almost nothing in the first tenth."""
    assert np.allclose([0, 0.00856, 0.5, 0.99144, 1], minimum_jerk(np.array([0, 0.1, 0.5, 0.9, 1])))


def test_between_swings_the_pointer_rests_where_it_was_going() -> None:
    """After a swing the position is exactly the goal, until the next swing begins."""
    swings = np.array([[0, 0, 10, 20], [100, 300, 110, 220], [1000, 1200, 50, 60]], float)
    places = glide(np.array([50.0, 300, 700, 1000, 1200, 5000]), swings, np.random.default_rng(1))
    assert np.allclose([[10, 20], [110, 220], [110, 220], [110, 220], [50, 60], [50, 60]], places)


def test_small_moves_are_left_out() -> None:
    """Only what moves on by 4 px or more is told, and the first place."""
    places = np.array([[0, 0], [1, 0], [3, 0], [5, 0], [5, 0], [6, 0], [20, 0]], float)
    assert [True, False, False, True, False, False, True] == thinned(places).tolist()


def test_far_and_small_takes_longer() -> None:
    """A swing to something far away or small takes more time."""
    assert duration(100, 50) < duration(800, 50) < duration(800, 10)
