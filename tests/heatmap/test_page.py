"""A page's pictures and tables, segment by segment: no difference between two of them shows fewer than five."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from heatmap.census import Place
from heatmap.columns import NO_ELEMENT
from heatmap.crowd import UNIT
from heatmap.page import ANY, Page, Told
from heatmap.segments import Atom
from heatmap.sheet import blank
from heatmap.snapshots.agree import Renaming
from tests.heatmap import crowds

NUMBERS = ("saw", "clicked", "first", "rage", "dead", "error")
R1: Atom = (1, 0, 0, 0)
R2: Atom = (2, 0, 0, 0)
HEAT = ("move", "click", "rage", "dead", "error")
#: Pairs of a row's numbers of which the second is a part of the first.
NESTED = [("saw", "clicked"), *(("clicked", part) for part in NUMBERS[2:])]


@pytest.fixture(scope="module")
def told() -> Told:
    """The home page on desktops, after a thousand visitors of two releases were asked."""
    return Told(crowds.page(crowds.shop(1000), (0, "desktop")), 20)


def few(*numbers: int | None) -> Iterator[int]:
    """Numbers and differences that are neither nobody nor five and more."""
    there = [number or 0 for number in numbers]
    differences = [abs(a - b) for a, b in combinations(there, 2)]
    yield from (n for n in [*there, *differences] if 0 < n < 5)


def test_each_release_has_its_pictures(told: Told) -> None:
    """All sessions, and both releases, with moves and clicks of their own: together they are all sessions."""
    assert ["", "r1", "r2"] == sorted(segment.name for segment in told.published())
    assert told.all.sessions == sum(part.sessions for part in told.all.parts)
    for segment in told.published():
        assert {"move", "click", "scroll", "attention"} <= set(told.drawings(segment))


def test_what_a_release_saw_lands_where_it_is_now() -> None:
    """An element that a release calls by another hash is found, one that is gone is not mistaken for another."""
    part = crowds.shop(300)
    place: Place = (0, "desktop")
    plain = crowds.page(part, place)
    before = clicks(plain, R1)
    here, there = sorted(before, key=lambda element: -before[element])[:2]
    hashes = sorted([here, there])
    now = [there if element == here else NO_ELEMENT for element in hashes]
    renaming = Renaming(np.array(hashes, np.uint32), np.array(now, np.uint32))
    changed = Page(plain.sheet, plain.snapshot, renamings={1: renaming})
    changed.add(part, place)

    after = clicks(changed, R1)

    assert before[there] > 0
    assert (0, before[here]) == (after[here], after[there])
    assert clicks(plain, R2) == clicks(changed, R2)


def test_what_happens_in_a_state_is_on_its_own_picture() -> None:
    """An event lands in the state that shows its element; what the plain page shows stays there."""
    part = crowds.shop(300)
    place: Place = (0, "desktop")
    whole = crowds.page(part, place)
    counted = [clicks(whole, atom) for atom in whole.groups]
    total = {element: sum(each[element] for each in counted) for element in counted[0]}
    inside = max(total, key=lambda element: total[element])
    closed = whole.sheet.elements.copy()
    closed["visible"] &= closed["hash"] != inside
    menu = Page(whole.sheet, whole.snapshot)
    page = Page(replace(whole.sheet, elements=closed), whole.snapshot, states={"menu": menu})
    page.add(part, place)

    assert whole.sessions == page.sessions
    assert total[inside] == clicks(menu, ANY)[inside]
    for element, number in total.items():
        on_page = sum(clicks(page, atom)[element] for atom in page.groups)
        assert number == on_page + clicks(menu, ANY)[element]
        assert element == inside or clicks(menu, ANY)[element] == 0
    [state] = Told(page, 20).states.values()
    assert [] == state.reach(state.all)
    assert {state.all.sessions} == {row.saw for row in state.rows(state.all, seen_too=True)}


def test_all_saw_everything_where_nobody_knows_how_far_they_got() -> None:
    """A page that scrolls in a box that no event tells of: no depth is told, and adoption is of all sessions."""
    part = crowds.shop(300)
    plain = crowds.page(part, (0, "desktop"))
    assert plain.snapshot
    page = Page(replace(plain.sheet, scroller=0), replace(plain.snapshot, scroller=0))
    page.add(part, (0, "desktop"))

    told = Told(page, 20, states=False)

    assert ([], 0) == (told.reach(told.all), told.fold(told.all))
    assert not {"scroll", "attention"} & set(told.drawings(told.all))
    assert {told.all.sessions} == {row.saw for row in told.rows(told.all, seen_too=True)}


def test_a_state_that_nearly_all_saw_is_not_told_of() -> None:
    """Who never saw it would be a few."""
    page = Page(blank(40, 40), sessions=Counter({R1: 30}))
    for saw, told in ((30, True), (26, False), (25, True), (5, True), (4, False)):
        page.states = {"menu": Page(blank(40, 40), sessions=Counter({ANY: saw}))}
        assert told is ("menu" in Told(page, 20).states)


def clicks(page: Page, atom: Atom) -> dict[int, int]:
    """Clicks of a release and variant by the hash of their element."""
    snapshot, counted = page.snapshot, page.groups[atom].clicked
    assert snapshot
    assert counted
    return dict(zip(snapshot.elements["hash"].tolist(), counted.clicks.tolist(), strict=True))


def test_no_two_tables_differ_by_a_few(told: Told) -> None:
    """Every number of every row, between segments, and within a row where one is a part of the other."""
    tables = [{row.hash: row for row in told.rows(segment)} for segment in told.published()]
    whole, parts = tables[0], tables[1:]
    assert len(whole) > 10
    for each in tables:
        for row in each.values():
            assert [] == [n for a, b in NESTED for n in few(getattr(row, a), getattr(row, b))]
    for key, row in whole.items():
        for name in NUMBERS:
            numbers = [getattr(part[key], name, None) if key in part else None for part in parts]
            for some in (numbers[:1], numbers[1:], [sum(n or 0 for n in numbers)]):
                assert [] == list(few(getattr(row, name), *some)), (row.name, name)


def test_no_two_strips_differ_by_a_few(told: Told) -> None:
    """Rows of the scroll picture: between each other, and between all sessions and each release."""
    strips = [told.drawings(segment)["scroll"].grid.astype(int) for segment in told.published()]
    for rows in [*strips, *(strips[0] - part for part in strips[1:]), strips[0] - strips[1] - strips[2]]:
        steps = -np.diff(rows)
        assert [] == [n for n in [*rows, *steps] if 0 < n < 5]
        assert (steps >= 0).all()


def test_no_two_heats_differ_by_a_few(told: Told) -> None:
    """Cell by cell nothing is taken away, and what is left holds a crowd or nobody."""
    for name in HEAT:
        whole = told.drawing(name, told.all)
        for part in told.published()[1:]:
            drawing = told.drawing(name, part)
            if whole and drawing:
                rest = whole.grid.astype(int) - drawing.grid
                assert rest.min() >= 0
                assert rest.sum() == 0 or rest.sum() >= 5 * UNIT
                assert [] == list(few(whole.facts.sessions, drawing.facts.sessions))


def test_events_are_counted_for_all_sessions_only(told: Told) -> None:
    """The numbers of events of a release would give those of the rest away, however few they are."""
    whole, part = (told.drawing("click", segment) for segment in told.published()[:2])
    assert whole is not None
    assert part is not None
    assert whole.facts.by_element
    assert (None, None, None) == (part.facts.by_element, part.facts.by_position, part.facts.dropped)
    assert part.facts.placed_share


def test_an_overlay_of_a_long_page_is_small() -> None:
    """The shop's longest page, 4815 px with moves all over them: at most 150 kB."""
    told = Told(crowds.page(crowds.shop(1000), (4, "desktop")), 20)
    drawing = told.drawing("move", told.all)

    assert drawing is not None
    assert 4500 < told.page.sheet.height
    assert 50_000 < len(drawing.png) <= 150_000


def test_a_small_release_is_in_the_whole_only() -> None:
    """Two releases of some thirty sessions have tables and strips; a heat of each would thin that of both."""
    told = Told(crowds.page(crowds.shop(170), (0, "desktop")), 20)

    assert 40 < told.all.sessions < 2 * 100
    assert ["", "r1", "r2"] == sorted(segment.name for segment in told.published())
    for part in told.all.parts:
        assert {"scroll", "attention"} == set(told.drawings(part))
        assert told.rows(part)
        assert 0.5 < (told.placed(part) or 0) <= 1


def test_how_much_was_placed_by_element_is_told_of_releases_only(told: Told) -> None:
    """The same as under a picture of their clicks; not of a part of them, which may leave a few."""
    for segment in told.published()[1:]:
        drawing = told.drawing("click", segment)
        assert drawing is not None
        assert drawing.facts.placed_share == told.placed(segment)
    assert told.placed(told.all) is None
    assert told.placed(replace(told.all.parts[0], published=False)) is None
    assert {"move", "click"} <= set(told.drawings(told.all))
