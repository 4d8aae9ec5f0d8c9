"""Attention: how long each band was in view."""

from dataclasses import replace

import numpy as np
import pytest

from heatmap.attention import IDLE_MS, MOST_SECONDS, attention, merge
from heatmap.columns import HIDDEN, MOVE, PAGE, SCROLL, VISIBLE, Columns
from heatmap.sheet import blank

SHEET = blank(1280, 256)  # four bands of 64 px, their middles at 32, 96, 160 and 224

Event = tuple[int, int, int]  #: t, kind, y


def _columns(events: list[Event], session: int = 1) -> Columns:
    rows = np.array(events)
    return Columns.of(session=session, t=rows[:, 0], kind=rows[:, 1], y=rows[:, 2], view_height=128)


def _seconds(events: list[Event]) -> list[int]:
    [seconds] = attention(_columns(events), SHEET).seconds.tolist()
    return list(seconds)


def test_time_goes_to_what_is_in_view() -> None:
    """Two seconds at the top, then three further down."""
    assert _seconds([(0, PAGE, 0), (2000, SCROLL, 70), (5000, MOVE, 7)]) == [2, 5, 3, 0]


def test_where_a_page_scrolls_in_a_box_nothing_is_known() -> None:
    """Events tell the furthest that was seen of it, not what is seen."""
    columns = _columns([(0, PAGE, 0), (2000, SCROLL, 70), (5000, MOVE, 7)])
    assert not len(attention(columns, replace(SHEET, scroller=5)).session)


def test_no_time_while_hidden() -> None:
    """From hidden to visible nobody looks, whatever else is reported."""
    assert _seconds(
        [(0, PAGE, 0), (1000, HIDDEN, 0), (3000, MOVE, 0), (9000, VISIBLE, 0), (9999, MOVE, 0)]
    ) == [1, 1, 0, 0]


def test_no_time_between_page_views() -> None:
    """Gone to another page and back at the top: the time away is not counted."""
    away = [(0, PAGE, 0), (1000, SCROLL, 128), (3000, MOVE, 0), (9000, PAGE, 0), (10_000, MOVE, 0)]
    assert _seconds(away) == [2, 2, 2, 2]


def test_idle_and_long_times_are_cut() -> None:
    """Who went to lunch did not read for an hour, and nobody counts for more than two minutes."""
    assert _seconds([(0, PAGE, 0), (3_600_000, MOVE, 0)]) == [IDLE_MS // 1000] * 2 + [0, 0]
    assert _seconds([(t * 1000, MOVE, 0) for t in range(300)]) == [MOST_SECONDS] * 2 + [0, 0]


def test_sessions_are_apart_and_order_does_not_matter() -> None:
    """One session's last event and another's first are no stretch of time."""
    both = Columns.concat(
        [_columns([(0, PAGE, 0), (4000, MOVE, 0)], 1), _columns([(9000, PAGE, 0), (9500, MOVE, 0)], 2)]
    )
    turned = both.where(np.array([3, 0, 2, 1]))
    assert attention(both, SHEET).seconds.tolist() == [[4, 4, 0, 0], [0, 0, 0, 0]]
    assert attention(turned, SHEET).seconds.tolist() == attention(both, SHEET).seconds.tolist()


def test_slices_merge() -> None:
    """Slices of whole sessions give what all gives; a divided session is refused."""
    one, two = (_columns([(0, PAGE, 0), (1000 * s, MOVE, 0)], s) for s in (1, 2))
    whole = attention(Columns.concat([one, two]), SHEET)
    merged = merge([attention(two, SHEET), attention(one, SHEET)])
    assert merged.session.tolist() == whole.session.tolist() == [1, 2]
    assert merged.seconds.tolist() == whole.seconds.tolist()
    with pytest.raises(ValueError, match="in two parts"):
        merge([whole, merged])


def test_nothing() -> None:
    """No events, no sessions."""
    assert attention(Columns.of(x=[]), SHEET).seconds.shape == (0, 4)
