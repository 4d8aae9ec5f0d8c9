"""Numbers that are told: none is a few, and no two that belong together differ by a few."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from heatmap import rows
from heatmap.told import Told, fives_up, most, tell, together


def numbers(*values: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(values, np.int64)


@given(st.integers(0, 30), st.integers(0, 30))
def test_many_numbers_are_told_as_one_is(number: int, of: int) -> None:
    """`most` is `rows.among` for arrays."""
    assert rows.among(number, of) or 0 == most(numbers(number), numbers(of))[0]


def test_a_whole_is_what_its_parts_tell_and_what_is_enough_of_the_rest() -> None:
    """7 and 3 are told as 7; 7, 3 and 4 as 14; 3 and 4 alone as 7."""
    of = numbers(50)

    def whole(*parts: int) -> int:
        return int(together([tell(numbers(n), of) for n in parts], numbers(100)).shown[0])

    assert [7, 14, 7] == [whole(7, 3), whole(7, 3, 4), whole(3, 4)]


def test_one_part_is_the_whole() -> None:
    """Nothing is lost where nothing is told apart."""
    assert 9 == together([tell(numbers(9), numbers(20))], numbers(20)).shown[0]


PART = st.tuples(st.integers(0, 25), st.integers(0, 25), st.integers(5, 25))


@settings(deadline=None)
@given(st.lists(st.lists(PART, min_size=1, max_size=3), min_size=1, max_size=3))
def test_no_two_numbers_differ_by_a_few(releases: list[list[tuple[int, int, int]]]) -> None:
    """Rage in clicks in sessions, by variant, by release and in all: every difference is 0 or five and more."""
    pairs: list[tuple[int, int]] = []

    def chain(clicks: list[Told], rages: list[Told], sessions: int) -> tuple[Told, Told, int]:
        click = together(clicks, numbers(sessions))
        rage = together(rages, click.shown)
        told = [sessions, int(click.shown[0]), int(rage.shown[0])]
        pairs.extend((a, b) for n, a in enumerate(told) for b in told[n + 1 :])
        pairs.extend((int(click.shown[0]), int(part.shown[0])) for part in clicks)
        pairs.extend((int(rage.shown[0]), int(part.shown[0])) for part in rages)
        return click, rage, sessions

    wholes = []
    for parts in releases:
        clicks = [tell(numbers(min(click, of)), numbers(of)) for click, _, of in parts]
        rages = [
            tell(numbers(min(rage, click, of)), each.shown)
            for (click, rage, of), each in zip(parts, clicks, strict=True)
        ]
        wholes.append(chain(clicks, rages, sum(of for _, _, of in parts)))
    chain([w[0] for w in wholes], [w[1] for w in wholes], sum(w[2] for w in wholes))

    assert [] == [(a, b) for a, b in pairs if 0 < abs(a - b) < 5 or 0 < min(a, b) < 5]


def test_a_few_that_must_not_be_passed_over_are_told_as_five() -> None:
    """Nobody is told as nobody, and no number is less than it is."""
    assert [0, 5, 5, 5, 10] == [fives_up(number) for number in (0, 1, 4, 5, 6)]
