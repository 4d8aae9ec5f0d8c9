"""Numbers of the whole site by release, device and mark: whatever is subtracted, no few sessions are left."""

from collections import Counter
from itertools import permutations, product
from random import Random

import pytest

from heatmap.divided import EVERYBODY, Node, Whom, divided, widths
from heatmap.selection import Selection
from recorder.recording import DEVICES

RELEASES, MARKS = 3, 2
WIDE = widths(RELEASES, MARKS)

CHOICES = [
    Whom(device, Selection(release, mark=mark, reached=reached))
    for device, release, (mark, reached) in product(
        (None, *DEVICES),
        range(RELEASES + 1),
        ((0, True), *product((1, 2), (True, False))),
    )
]


def crowd(seed: int) -> Counter[Node]:
    """Some parts with many, some with a few, some with nobody."""
    chance = Random(seed)
    labels = product(range(RELEASES + 1), range(len(DEVICES) + 1), range(2**MARKS))
    return Counter({label: chance.choice([0, 0, 1, 3, 4, 4, 9, 30]) for label in labels})


def shown(told: dict[Node, int], whom: Whom) -> int:
    return sum(number for node, number in told.items() if whom.holds(node))


def who(counts: Counter[Node], whom: Whom) -> set[tuple[Node, int]]:
    """Each of the sessions that were chosen."""
    return {(label, n) for label, number in counts.items() if whom.holds(label) for n in range(number)}


def witnesses(counts: Counter[Node], told: dict[Node, int]) -> dict[Node, set[tuple[Node, int]]]:
    """The sessions behind each number: of its own part, and of none that a number below tells of already."""
    behind: dict[Node, set[tuple[Node, int]]] = {}
    taken: set[tuple[Node, int]] = set()
    for node in sorted(told, key=len, reverse=True):
        left = sorted(each for each in who(counts, EVERYBODY) - taken if each[0][: len(node)] == node)
        behind[node] = set(left[: told[node]])
        taken |= behind[node]
    return behind


@pytest.mark.parametrize("seed", range(8))
def test_no_two_choices_differ_by_a_few(seed: int) -> None:
    """What is left of one without another, both ways, is nobody or told of five and more that are in no other number.

    Every number is a sum of such numbers, each of other people, who are all in the choice.
    """
    counts = crowd(seed)
    told = divided(counts, WIDE)
    behind = witnesses(counts, told)
    offered = {whom: {node for node in told if whom.holds(node)} for whom in CHOICES}

    assert all(len(behind[node]) == number >= 5 for node, number in told.items())
    for whom, nodes in offered.items():
        assert set().union(*(behind[node] for node in nodes)) <= who(counts, whom)
    for (one, mine), (other, theirs) in permutations(offered.items(), 2):
        rest = set().union(*(behind[node] for node in mine - theirs))
        assert shown(told, one) - shown(told, other) == len(rest) - sum(told[node] for node in theirs - mine)
        assert not 0 < len(rest) < 5


@pytest.mark.parametrize("seed", range(8))
def test_parts_of_the_tree_are_told_in_full(seed: int) -> None:
    """All, a release, and a device class of it: as many fives as they are, unless that gave away each part of them."""
    counts = crowd(seed)
    told = divided(counts, WIDE)

    for whom in CHOICES:
        number = len(who(counts, whom))
        if whom.exact:
            assert number // 5 * 5 == shown(told, whom)
        assert number - 4 * len(counts) <= shown(told, whom)


def test_what_several_are_short_of_is_not_told_of_them_together() -> None:
    """Were it, five times four could be nothing but four of each."""
    counts: dict[Node, int] = {(release, 1, 0): 4 for release in range(5)}

    assert {(): 15} == divided(counts, widths(4, 0))
    assert {(): 15} == divided(counts | {(4, 1, 0): 3}, widths(4, 0))


def test_a_few_more_of_a_part_change_nothing_of_the_others() -> None:
    """What is told of a release does not depend on who is in another."""
    counts = crowd(1)
    more = counts + Counter({(1, 2, 0): 3})

    before, after = (divided(each, WIDE) for each in (counts, more))

    assert {n: v for n, v in before.items() if n[:1] == (2,)} == {
        n: v for n, v in after.items() if n[:1] == (2,)
    }


def test_days_and_variants_are_not_told_of_the_whole_site() -> None:
    """A choice of them holds nothing, rather than everybody."""
    told = divided({(1, 1, 0): 50}, WIDE)

    assert 50 == shown(told, EVERYBODY)
    assert 0 == shown(told, Whom(None, Selection(first=1, last=2)))
    assert 0 == shown(told, Whom(None, Selection(variant=1)))


def test_a_choice_has_a_name() -> None:
    """Of its device class and its selection; everybody has none."""
    assert ["", "mobile", "m1n", "tablet-r2m1"] == [
        whom.name
        for whom in (
            EVERYBODY,
            Whom("mobile"),
            Whom(None, Selection(mark=1, reached=False)),
            Whom("tablet", Selection(release=2, mark=1)),
        )
    ]
