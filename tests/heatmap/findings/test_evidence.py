"""Evidence: one interval from several device classes, wherever in their ranges the numbers are."""

import pytest

from heatmap.compare import newcombe
from heatmap.findings.evidence import Number, Pair, chance, difference, interval, total


def pair(before: int, of_before: int, after: int, of_after: int) -> Pair:
    return Pair(Number(before, before, of_before), Number(after, after, of_after))


def test_one_device_class_is_compared_as_newcombe_did() -> None:
    """Nothing is added where there is nothing to take together."""
    assert newcombe(48, 80, 56, 70) == pytest.approx(interval([pair(48, 80, 56, 70)]))
    assert 56 / 70 - 48 / 80 == pytest.approx(difference([pair(48, 80, 56, 70)]))


def test_two_alike_are_surer_than_one() -> None:
    """Twice the same difference has an interval narrower by the root of two."""
    one, two = interval([pair(20, 100, 40, 100)]), interval([pair(20, 100, 40, 100)] * 2)

    assert (one[1] - one[0]) / 2**0.5 == pytest.approx(two[1] - two[0])


def test_more_telephones_are_no_difference() -> None:
    """Each class did the same before and after; only there are more of those who do it often."""
    low, high = interval([pair(10, 100, 2, 20), pair(10, 20, 50, 100)])

    assert 0 == pytest.approx(difference([pair(10, 100, 2, 20), pair(10, 20, 50, 100)]))
    assert low < 0 < high


def test_what_is_not_told_makes_the_interval_wider() -> None:
    """It holds the intervals of the least and of the most."""
    before, after = Number(0, 4, 50), Number(15, 15, 50)
    low, high = interval([Pair(before, after)])

    assert (newcombe(4, 50, 15, 50)[0], newcombe(0, 50, 15, 50)[1]) == pytest.approx((low, high))


def test_chance_is_small_where_the_interval_is_far_from_none() -> None:
    """1 where it holds none, either way the same, and smaller the more there is."""
    assert 1.0 == chance([pair(10, 100, 12, 100)]) == chance([])
    assert chance([pair(10, 100, 40, 100)]) == pytest.approx(chance([pair(40, 100, 10, 100)]))
    assert chance([pair(10, 100, 40, 100)] * 2) < chance([pair(10, 100, 40, 100)]) < 0.001


def test_numbers_of_different_sessions_add_up() -> None:
    """Least, most and of."""
    assert Number(3, 9, 30) == total([Number(1, 5, 10), Number(2, 4, 20)])
