"""Tones: 0 to 255, the square root of the share of the hottest."""

import numpy as np

from heatmap.tone import FAINT, tone, top


def test_top_is_a_permille_of_the_warm_cells() -> None:
    """Cold cells do not count, and a single extreme one neither."""
    heat = np.array([0] * 5000 + list(range(1, 1001)) + [10**9])
    assert top(heat) == 996
    assert top(heat, 1000) == 10**9
    assert top(heat, 0) == 1


def test_top_of_nothing() -> None:
    """Nothing is warm."""
    assert top(np.zeros((3, 3), np.int64)) == 0


def test_tone_of_exact_shares() -> None:
    """A quarter is half as hot, the hottest and all above are 255."""
    heat = np.array([0, 1023, 4092, 1023 * 16, 1023 * 99], np.int64)
    assert tone(heat, 1023 * 16).tolist() == [0, 63, 127, 255, 255]


def test_tone_rises() -> None:
    """Hotter is never colder; the faintest is nothing."""
    tones = tone(np.arange(1024), 1023)
    assert (np.diff(tones.astype(int)) >= 0).all()
    assert tones[:FAINT].tolist() == [0] * FAINT
    assert tones[FAINT] == 15


def test_tone_of_nothing() -> None:
    """A picture of nothing is empty, whatever is asked."""
    assert tone(np.zeros((2, 3), np.int64), 0).tolist() == [[0, 0, 0], [0, 0, 0]]
    assert tone(np.array([0, 3]), 5).dtype == np.uint8
