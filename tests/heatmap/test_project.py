"""Placing: by element, else by position, else not at all."""

from dataclasses import replace

import numpy as np

from heatmap.columns import NOWHERE, Columns
from heatmap.project import Counts, How, Placed, find, project
from heatmap.sheet import ELEMENT, Sheet
from tests.heatmap.samples import sheet


def _xy(placed: Placed) -> list[tuple[int, int]]:
    return list(zip(placed.x.tolist(), placed.y.tolist(), strict=True))


def test_lands_in_the_box_wherever_it_is() -> None:
    """The first and the last px of a box, and its middle, whatever the page position was."""
    page = sheet(1280, 800, {9: (100, 200, 50, 30, True)})
    events = Columns.of(el=9, x=[5, 900, 70], y=7, fx=[0, 65535, 32768], fy=[0, 65535, 32768], doc_width=1440)
    placed = project(events, page)
    assert _xy(placed) == [(100, 200), (149, 229), (125, 215)]
    assert placed.row.tolist() == [0, 0, 0]
    assert placed.counts == Counts(by_element=3)


def test_falls_back_to_the_page_position() -> None:
    """Without an element in the picture x is scaled from the document's width, and y stays."""
    page = sheet(1280, 800, {9: (100, 200, 50, 30, True)})
    events = Columns.of(el=[0, 5], x=[720, 1439], y=[33, 799], doc_width=1440)
    placed = project(events, page)
    assert _xy(placed) == [(640, 33), (1279, 799)]
    assert placed.row.tolist() == [1, 1]
    assert placed.counts == Counts(by_position=2)


def test_is_dropped_out_of_the_picture() -> None:
    """Below the picture, beyond its own document, or in a box that lies outside: nowhere, and counted."""
    page = sheet(1280, 800, {9: (-300, 0, 50, 30, True), 10: (1270, 0, 40, 30, True)})
    events = Columns.of(
        el=[0, 0, 9, 10, 10, 0],
        x=[1, 1440, 1, 1, 1, NOWHERE],
        y=[800, 1, 1, 1, 1, 1],
        fx=[0, 0, 0, 0, 65535, 0],
        doc_width=1440,
    )
    placed = project(events, page)
    assert placed.how.tolist() == [
        How.OUTSIDE,
        How.OUTSIDE,
        How.OUTSIDE,
        How.ELEMENT,
        How.OUTSIDE,
        How.OUTSIDE,
    ]
    assert placed.inside.tolist() == [False, False, False, True, False, False]
    assert placed.counts.dropped == 5


def test_where_the_page_scrolls_in_a_box_there_is_no_page_position() -> None:
    """It would be one of the window, wherever the box was scrolled to then."""
    page = replace(sheet(1280, 4000, {9: (100, 2000, 50, 30, True)}), scroller=7)
    placed = project(Columns.of(el=[9, 5], x=300, y=300, fx=0, fy=0, doc_width=1280), page)
    assert placed.how.tolist() == [How.ELEMENT, How.OUTSIDE]


def test_known_but_hidden_is_not_drawn_elsewhere() -> None:
    """A click in a dialog that is closed in the picture must not lie on what is under the dialog."""
    page = sheet(1280, 800, {9: (100, 200, 50, 30, False)})
    placed = project(Columns.of(el=9, x=300, y=300, doc_width=1280), page)
    assert placed.how.tolist() == [How.HIDDEN]
    assert placed.row.tolist() == [0]


def test_a_box_without_area_is_no_place() -> None:
    """Such an event goes by its position."""
    page = sheet(1280, 800, {9: (100, 200, 0, 30, True)})
    placed = project(Columns.of(el=9, x=300, y=300, doc_width=1280), page)
    assert _xy(placed) == [(300, 300)]
    assert placed.counts == Counts(by_position=1)


def test_two_elements_of_one_hash_are_not_guessed() -> None:
    """Falling back is right, lying is wrong."""
    rows = [(9, 0, 0, 10, 10, True, False, False), (9, 50, 50, 10, 10, True, False, False)]
    placed = project(
        Columns.of(el=9, x=300, y=300, doc_width=1280), Sheet(1280, 800, np.array(rows, ELEMENT))
    )
    assert placed.how.tolist() == [How.POSITION]
    assert placed.row.tolist() == [2]


def test_without_width_there_is_no_position() -> None:
    """A document of no width divides nothing by zero."""
    placed = project(Columns.of(x=0, y=0, doc_width=0), sheet(1280, 800))
    assert placed.how.tolist() == [How.OUTSIDE]


def test_a_huge_box_does_not_overflow() -> None:
    """The farthest corner of the largest box is within a px of where it is."""
    page = sheet(1280, 65535, {9: (0, 0, 1280, 65535, True)})
    placed = project(Columns.of(el=9, fx=65535, fy=65535, doc_width=1280), page)
    assert _xy(placed) == [(1279, 65533)]


def test_no_events() -> None:
    """Nothing in, nothing out."""
    assert project(Columns.of(x=[]), sheet(8, 8, {1: (0, 0, 4, 4, True)})).counts == Counts()


def test_find() -> None:
    """Rows by hash in any order of look-ups; 0, absent and double hashes have none."""
    hashes = np.array([0, 3, 5, 5, 2**32 - 1], np.uint32)
    wanted = np.array([3, 3, 2**32 - 1, 5, 4, 0, 3], np.uint32)
    assert find(wanted, hashes).tolist() == [1, 1, 4, 5, 5, 5, 1]
    assert find(wanted, hashes[:0]).tolist() == [0] * 7


def test_counts_add() -> None:
    """Slices add up."""
    total = Counts(1, 2, 3, 4) + Counts(10, 20, 30, 40)
    assert total == Counts(11, 22, 33, 44)
    assert (total.events, total.dropped) == (110, 77)
