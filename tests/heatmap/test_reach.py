"""Reach: how far down each session got."""

import numpy as np
import pytest

from heatmap.columns import CLICK, PAGE, SCROLL, Columns
from heatmap.reach import Reach, by_row, merge, reach
from heatmap.sheet import ELEMENT, Sheet, blank

SHEET = blank(1280, 100)


def _row(reached: Reach, session: int) -> tuple[int, int]:
    [at] = np.flatnonzero(reached.session == session)
    return int(reached.bottom[at]), int(reached.view[at])


def test_furthest_scroll_or_first_viewport() -> None:
    """Back and forth counts once; without scrolling it is the first viewport; a click's height is no scrolling."""
    events = Columns.of(
        session=[2, 1, 1, 1, 2],
        kind=[PAGE, PAGE, SCROLL, SCROLL, CLICK],
        y=[9, 0, 30, 10, 80],
        view_height=20,
    )
    reached = reach(events, SHEET)
    assert reached.session.tolist() == [1, 2]
    assert _row(reached, 1) == (50, 20)
    assert _row(reached, 2) == (20, 20)


def test_scroll_containers_do_not_count() -> None:
    """Scrolling inside an element moves no page."""
    events = Columns.of(kind=SCROLL, el=5, y=60, view_height=20)
    assert reach(events, SHEET).bottom.tolist() == [20]


def test_a_page_that_scrolls_in_a_box_is_seen_as_far_as_the_box() -> None:
    """Its events tell the furthest as a share of it; the document is no higher than the window, and says nothing."""
    boxes = np.array([(5, 0, 10, 1280, 80, True, False, False)], ELEMENT)
    page = {"view_height": 20, "doc_height": 20}
    events = Columns.of(
        session=[1, 2, 2, 3, 4],
        kind=SCROLL,
        el=[0, 5, 5, 5, 6],
        fy=[0, 0x8000, 0x4000, 0xFFFF, 0xFFFF],
        **page,
    )

    known = reach(events, Sheet(1280, 100, boxes, scroller=5))

    assert known.bottom.tolist() == [20, 50, 100, 20]
    assert known.view.tolist() == [20] * 4
    for scroller in (0, 7):  # no event tells of it: of nobody it is known
        assert not len(reach(events, Sheet(1280, 100, boxes, scroller)).session)


def test_the_end_of_the_document_is_the_end_of_the_picture() -> None:
    """Also where the visitor's document was shorter, but not where it grew on."""
    ended = Columns.of(session=1, kind=SCROLL, y=40, view_height=20, doc_height=60)
    grew = Columns.of(session=2, kind=SCROLL, y=[40, 45], view_height=20, doc_height=[60, 300])
    reached = reach(Columns.concat([ended, grew]), SHEET)
    assert reached.bottom.tolist() == [100, 65]


def test_rows_count_who_got_there() -> None:
    """A row counts when its first px was seen."""
    reached = Reach(np.arange(4, dtype=np.uint32), np.array([4, 5, 12, 999]), np.array([4, 4, 4, 4]))
    assert by_row(reached, blank(1280, 16)).tolist() == [4, 3, 2, 1]


def test_slices_merge() -> None:
    """Slices of whole sessions give what all gives; a divided session is refused."""
    events = Columns.of(session=[3, 1, 2], kind=SCROLL, y=[10, 20, 30], view_height=20)
    parts = [reach(events.where(events.session == session), SHEET) for session in (2, 3, 1)]
    whole, merged = reach(events, SHEET), merge(parts)
    assert merged.session.tolist() == whole.session.tolist()
    assert merged.bottom.tolist() == whole.bottom.tolist()
    with pytest.raises(ValueError, match="in two parts"):
        merge([whole, parts[0]])
