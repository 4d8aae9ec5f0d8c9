"""Comparing: intervals that are right, differences that are more than chance, and only what may be told."""

import json

import pytest

from heatmap import compare
from heatmap.compare import chance, changes, newcombe, wilson
from heatmap.elements import Row
from heatmap.sheet import blank

PAGE = blank(400, 400)


def row(name: str = "Buy", saw: int | None = 200, **numbers: int | None) -> Row:
    kinds = dict.fromkeys(("clicked", "first", "rage", "dead", "error"), None) | numbers
    return Row(hash="07", tag="button", name=name, saw=saw, share=None, clicks=None, seconds=None, **kinds)


def test_wilson_as_in_the_literature() -> None:
    """Newcombe's examples of one share: 81 of 263, 15 of 148, 0 of 20."""
    for number, of, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611)):
        assert (low, high) == pytest.approx(wilson(number, of), abs=1e-4)


@pytest.mark.parametrize(
    ("after", "before", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0000),
    ],
)
def test_newcombe_as_in_the_paper(
    after: tuple[int, int], before: tuple[int, int], low: float, high: float
) -> None:
    """The paper's own examples, method 10."""
    assert (low, high) == pytest.approx(newcombe(*before, *after), abs=1e-4)


def test_the_p_value_belongs_to_the_interval() -> None:
    """2.5 % where the 95 % interval touches the limit; 1 where nothing rose."""
    low = newcombe(48, 80, 56, 70)[0]
    assert 0.025 == pytest.approx(chance(48, 80, 56, 70, low), abs=1e-6)
    assert 1.0 == chance(56, 70, 48, 80)


def test_what_agrees_is_compared_and_the_best_evidence_is_first() -> None:
    """Hash, tag and name must agree; what nobody is told of on either side is left out."""
    before = [row(clicked=20, rage=None), row("Help", clicked=30), row("Old", clicked=90)]
    after = [row(clicked=60, rage=30), row("Help", clicked=32), row("New", clicked=90)]

    made = changes(before, after)

    assert [("Buy", "clicked"), ("Buy", "rage"), ("Help", "clicked")] == [(c.name, c.kind) for c in made]
    assert (0.1, 0.3, 0.2) == (made[0].before, made[0].after, made[0].difference)
    assert made[0].low > 0.12
    assert made[2].p > 0.5


def test_a_number_that_is_not_told_is_anything_below_five() -> None:
    """The interval holds whether none or four of two hundred did it."""
    [made] = changes([row(rage=None)], [row(rage=10)])

    assert (None, 0.05) == (made.before, made.after)
    assert (newcombe(4, 200, 10, 200)[0], newcombe(0, 200, 10, 200)[1]) == pytest.approx(
        (made.low, made.high), abs=1e-4
    )


def test_tables_for_programs_and_spreadsheets() -> None:
    """The same columns in both; no name is a formula."""
    made = changes([row("=Buy", clicked=20)], [row("=Buy", clicked=60)])

    assert "=Buy" == json.loads(compare.as_json(made))[0]["name"]
    assert b",'=Buy,clicked,200,0.1,200,0.3,0.2," in compare.as_csv(made)
