"""Selections: whatever is offered, less whatever else is, leaves a crowd or nobody, in every number and every cell."""

from itertools import combinations, product

import numpy as np
import pytest
from numpy.typing import NDArray

from heatmap.census import Place
from heatmap.crowd import UNIT
from heatmap.page import Told
from heatmap.segments import MARKS, Atom, Segment, segments
from heatmap.selection import Selection, selected, selections, spans
from tests.heatmap import crowds

PLACE: Place = (0, "desktop")
HEAT = ("move", "click")
Heat = NDArray[np.int64]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("r1", Selection(release=1)),
        ("m2n", Selection(mark=2, reached=False)),
        ("r2v1m1d3to14", Selection(2, 1, 1, True, 3, 14)),
    ],
)
def test_a_selection_is_its_name(name: str, wanted: Selection) -> None:
    """What is read from it is what is written."""
    assert wanted == Selection.read(name)
    assert name == wanted.name


@pytest.mark.parametrize("name", ["", "x", "m", "d3", "d3to", "m1x", "r1-r2", "../r1", "r9999", "m1m2"])
def test_what_is_no_name_is_none(name: str) -> None:
    """It comes from an address."""
    assert Selection.read(name) is None


COUNTS: dict[Atom, int] = {
    **{(0, 0, 0, day): 100 for day in (1, 2, 3)},
    **{(0, 0, 1, day): 15 for day in (1, 2, 3)},
}


def test_days_that_cannot_be_told_apart_are_left_out() -> None:
    """Those who reached the mark are too few a day; without days they are shown."""
    whole = segments(COUNTS, 20)

    by_mark, day = (selected(whole, each) for each in (Selection(mark=1), Selection(first=2, last=2)))

    assert by_mark is not None
    assert day is not None
    assert (45, 100) == (by_mark.sessions, day.sessions)
    assert [(1, 1), (1, 3), (2, 2), (3, 3)] == spans(whole)
    assert selected(whole, Selection(mark=1, first=2, last=2)) is None


def test_all_days_are_everybody() -> None:
    """A selection that holds all is the whole."""
    whole = segments(COUNTS, 20)

    assert whole is selected(whole, Selection(first=1, last=3))
    assert [Selection(mark=1), Selection(mark=1, reached=False)] == selections(COUNTS)


# --- subtracted from each other


@pytest.fixture(scope="module")
def told() -> Told:
    """Home on desktops: a large release on two days and a small one on the third; of two marks few reached one."""
    part = crowds.shop(800)
    labels = {
        session: (1 + number // 250, 0, (number % 5 == 0) | (number % 41 == 0) << 1, 1 + number // 125)
        for number, session in enumerate(sorted(part.labels()[PLACE]))
    }
    before = part.visits.copy()
    part.count_as(*PLACE, labels)
    made = Told(crowds.page(part, PLACE), 20)
    part.visits[:] = before
    return made


@pytest.fixture(scope="module")
def offered(told: Told) -> dict[str, Segment]:
    """Everything that somebody may ask for."""
    days = [(0, 0), *((a, b) for (a, _), (_, b) in product(spans(told.all), repeat=2) if a <= b)]
    sides = [(0, True), *product((1, 2), (True, False))]
    wanted = [
        Selection(release, 0, *side, *range_) for release, side, range_ in product(range(3), sides, days)
    ]
    found = {each.name: selected(told.all, each) for each in wanted}
    return {name: segment for name, segment in found.items() if segment}


def test_there_is_something_to_choose_from(told: Told, offered: dict[str, Segment]) -> None:
    """Releases, both sides of the first mark, several days, and some of these together."""
    assert {"", "r1", "r2", "m1", "m1n", "r1m1n", "d1to1", "d2to3"} <= offered.keys()
    assert [(1, 1), (1, 2), (2, 2), (3, 3)] == spans(told.all)
    assert {"m1", "m1n"} == {each.name for each in told.by_mark()}
    assert not any("m2" in name for name in offered)


def test_no_two_selections_differ_by_a_few_sessions(told: Told, offered: dict[str, Segment]) -> None:
    """Each pair, both ways."""
    for one, other in combinations(offered.values(), 2):
        for left, right in ((one, other), (other, one)):
            assert not 0 < sum(told.page.sessions[a] for a in left.atoms - right.atoms) < 5


def nodes(segment: Segment) -> set[Segment]:
    """All segments and cells that a selection, or a segment, is made of."""
    own = {each for each in segment.all() if not each.selection}
    return {each for each in own if each.published or each.cell}


@pytest.mark.parametrize("layer", HEAT)
def test_no_two_heats_differ_by_a_few(told: Told, offered: dict[str, Segment], layer: str) -> None:
    """Each part of the tree adds a heat of its own, a crowd's; each picture is the sum of those that are in it.

    So each pair of pictures differs by such heats, and each of these is of a crowd or of nobody.
    """
    shown = {node: each for node in nodes(told.all) if (each := grid(told, layer, node)) is not None}
    own = {node: shown[node] - below(node, shown) for node in shown}
    for each in own.values():
        assert each.min() >= 0
        assert each.sum() == 0 or each.sum() >= 5 * UNIT
    pictures = 0
    for segment in offered.values():
        made = grid(told, layer, segment)
        assert (made is None) == (not nodes(segment) & shown.keys())
        if made is not None:
            pictures += 1
            assert (made == sum(own[node] for node in nodes(segment) & own.keys())).all()
    assert pictures > 7


def grid(told: Told, layer: str, segment: Segment) -> Heat | None:
    if segment is not told.all and not told._is_apart(layer, segment):
        return None
    found: Heat = told._show(layer, segment).crowd.grid.astype(np.int64)
    return found


def below(node: Segment, shown: dict[Segment, Heat]) -> Heat:
    """What the parts of a segment show."""
    parts = [shown[part] if part in shown else below(part, shown) for part in node.parts]
    return sum(parts, np.zeros_like(next(iter(shown.values()))))


def test_no_two_rows_differ_by_a_few(told: Told, offered: dict[str, Segment]) -> None:
    """How many saw and clicked each element, and how many got to each depth: each pair, where one is in the other."""
    tables = {
        name: {row.hash: row for row in told.rows(each, seen_too=True)} for name, each in offered.items()
    }
    for one, other in product(offered, repeat=2):
        if offered[one].atoms < offered[other].atoms:
            for key, row in tables[one].items():
                for number in ("saw", "clicked", "first", "rage", "dead"):
                    rest = (getattr(tables[other][key], number) or 0) - (getattr(row, number) or 0)
                    assert rest == 0 or rest >= 5, (one, other, row.name, number)
            steps = np.array(told.reach(offered[other])) - np.array(told.reach(offered[one]))
            assert [] == [n for n in [*steps, *-np.diff(steps)] if n and n < 5]


def test_a_selection_says_no_more_than_its_parts(told: Told) -> None:
    """Events are counted for all sessions only; what a mark's picture holds is under its own number of sessions."""
    segment = told.selected("m1n")
    assert segment is not None
    drawing = told.drawing("move", segment)

    assert drawing is not None
    assert segment.sessions == sum(told.page.sessions[atom] for atom in segment.atoms)
    assert {0} == {atom[MARKS] & 1 for atom in segment.atoms}
    assert drawing.facts.by_element is None
    assert drawing.facts.sessions is not None
    assert drawing.facts.sessions <= segment.sessions
