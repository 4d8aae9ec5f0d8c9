"""In which state of its page an event lands, on tiny pages."""

from collections.abc import Sequence

import numpy as np

from heatmap.columns import CLICK, HIDE, MOVE, PAGE, SHOW, Columns
from heatmap.sheet import Sheet
from heatmap.states import states
from tests.heatmap.samples import sheet

LINK, MENU, ITEM, DIALOG, CLOSE, UNKNOWN = 1, 2, 3, 4, 5, 99
BOX = (0, 0, 9, 9)


def page(*visible: int) -> Sheet:
    """A sheet that knows everything, and shows only this."""
    return sheet(64, 64, {el: (*BOX, el in visible) for el in (LINK, MENU, ITEM, DIALOG, CLOSE)})


SHEETS = [page(LINK), page(LINK, MENU, ITEM), page(DIALOG, CLOSE)]


def landed(*events: tuple[int, int], sheets: Sequence[Sheet] = SHEETS) -> list[int]:
    """The states of one session's events (kind, element), a ms after each other."""
    kinds, elements = zip(*events, strict=True)
    columns = Columns.of(kind=kinds, el=elements, t=np.arange(len(events)))
    found: list[int] = states(columns, sheets).tolist()
    return found


def test_a_page_without_states_is_plain() -> None:
    """Where there is one snapshot, or none with states, everything is on it."""
    assert [0, 0] == landed((SHOW, MENU), (CLICK, ITEM), sheets=SHEETS[:1])


def test_what_only_a_state_shows_lands_in_it() -> None:
    """Also when nobody told that it appeared: a menu may open by style alone."""
    assert [0, 1, 2, 0] == landed((CLICK, LINK), (CLICK, ITEM), (CLICK, CLOSE), (CLICK, LINK))


def test_what_both_show_lands_in_what_the_visitor_saw() -> None:
    """From the moment at which something of a state appears until it disappears."""
    events = ((MOVE, LINK), (SHOW, MENU), (MOVE, LINK), (MOVE, ITEM), (HIDE, MENU), (MOVE, LINK))
    assert [0, 1, 1, 1, 1, 0] == landed(*events)


def test_what_is_known_nowhere_stays_with_what_the_visitor_saw() -> None:
    """A place without an element belongs to the picture of that moment."""
    assert [0, 1, 1, 1] == landed((MOVE, 0), (SHOW, MENU), (MOVE, 0), (CLICK, UNKNOWN))


def test_the_plain_page_comes_before_other_states() -> None:
    """Behind a dialog that hides it, a link is on the plain page, not in the menu's picture."""
    assert [2, 0, 2] == landed((SHOW, DIALOG), (CLICK, LINK), (CLICK, CLOSE))


def test_a_page_that_is_opened_anew_is_plain() -> None:
    """Its menu is closed, though nobody told."""
    assert [1, 0, 0] == landed((SHOW, MENU), (PAGE, 0), (MOVE, LINK))


def test_what_disappears_elsewhere_closes_nothing() -> None:
    """Only a state's own elements open and close it."""
    assert [1, 1, 1] == landed((SHOW, MENU), (HIDE, UNKNOWN), (MOVE, LINK))


def test_the_smaller_of_two_states_opens() -> None:
    """A dialog over the menu is a state of its own; the menu alone is not it."""
    both = page(LINK, MENU, ITEM, DIALOG, CLOSE)
    assert [2, 2] == landed((SHOW, MENU), (MOVE, LINK), sheets=[SHEETS[0], both, SHEETS[1]])


def test_sessions_do_not_open_each_others_menus() -> None:
    """Rows may come in any order; each session has a state of its own."""
    columns = Columns.of(
        session=[1, 0, 1, 0], t=[9, 5, 3, 1], kind=[MOVE, MOVE, SHOW, MOVE], el=[LINK, LINK, MENU, LINK]
    )
    assert [1, 0, 1, 0] == states(columns, SHEETS).tolist()
