"""Elements before and after a change: what is the same is found again, and nothing is taken for something else."""

import numpy as np
import pytest

from heatmap.columns import NO_ELEMENT
from heatmap.snapshots import agree
from heatmap.snapshots.agree import Element, renaming


def page(*items: str) -> list[Element]:
    """A list of cards, `name:hash` each: a box without a name, a heading that has it, and a button like all others."""
    rows = [Element(1, "main", "")]
    for item in items:
        name, _, number = item.partition(":")
        first = 10 * int(number)
        rows += [
            Element(first, "div", "", 1),
            Element(first + 1, "h3", name, 2),
            Element(first + 2, "button", "Buy", 2),
        ]
    return rows


BEFORE = page("Lamp:1", "Chair:2", "Table:3")


def after(change: list[Element]) -> dict[int, int]:
    """What each hash of the page before is after a change."""
    made = renaming(BEFORE, change)
    return dict(zip(made.before.tolist(), made.after.tolist(), strict=True))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (page("Lamp:1", "Chair:2", "Table:3"), (1, 2, 3)),
        (page("Stool:1", "Lamp:2", "Chair:3", "Table:4"), (2, 3, 4)),
        (page("Lamp:1", "Stool:2", "Chair:3", "Table:4"), (1, 3, 4)),
        (page("Lamp:1", "Table:2"), (1, 0, 2)),
        (page("Lamp:1", "Sofa:2", "Table:3"), (1, 0, 3)),
    ],
    ids=["the same", "one put in first", "one put in between", "one taken out", "one renamed"],
)
def test_cards_are_found_again(change: list[Element], expected: tuple[int, ...]) -> None:
    """The box, the heading and the button of each card go where the card went; of one that is gone they go nowhere."""
    found = after(change)
    for card, now in enumerate(expected, 1):
        parts = [10 * now + part if now else NO_ELEMENT for part in range(3)]
        assert parts == [found[10 * card + part] for part in range(3)]


def test_what_moved_is_found_by_its_own_name() -> None:
    """A card that went to the top is the same card, with all that is in it."""
    found = after(page("Table:1", "Lamp:2", "Chair:3"))
    assert [10, 11, 12] == [found[30], found[31], found[32]]
    assert [20, 21, 22, 30, 31, 32] == [found[n] for n in (10, 11, 12, 20, 21, 22)]


def test_a_name_that_changed_is_not_the_same() -> None:
    """The hash alone proves nothing: the same place with another name is another element."""
    assert {7: NO_ELEMENT} == dict(
        zip(
            *(a.tolist() for a in renaming([Element(7, "a", "Log in")], [Element(7, "a", "Log out")])),
            strict=True,
        )
    )


def test_two_of_one_hash_are_nobody() -> None:
    """Two elements that cannot be told apart by hash are not told apart by name either."""
    twins = [Element(5, "li", "One"), Element(5, "li", "Two")]
    assert [NO_ELEMENT] == renaming(twins, twins).after.tolist()


def test_hashes_are_renamed_and_unknown_ones_are_left() -> None:
    """What neither snapshot knows may still be on the sheet, or is placed by position there."""
    made = renaming([Element(3, "a", "One"), Element(9, "a", "Two")], [Element(4, "a", "One")])
    hashes = np.array([9, 3, 100, 3, NO_ELEMENT, 1], np.uint32)
    assert [0, 4, 100, 4, 0, 1] == made.apply(hashes).tolist()
    assert hashes is renaming([], []).apply(hashes)


def test_long_stretches_without_names_are_compared_by_hash() -> None:
    """As many boxes as a snapshot may hold, none of them named: the same place is the same."""
    many = [Element(n + 1, "div", "") for n in range(20_000)]
    made = renaming(many, many[:-1])
    assert made.before[:-1].tolist() == made.after[:-1].tolist()
    assert NO_ELEMENT == made.after[-1]
    assert agree.STRETCH < len(many)
