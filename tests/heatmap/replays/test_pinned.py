"""What stays in the window while the page scrolls, on tiny pages."""

from typing import Any

import numpy as np

from heatmap.replays.pinned import pinned
from heatmap.sheet import ELEMENT, Sheet

BAR, MENU, ITEM, DIALOG, SIDE = 1, 2, 3, 4, 5


def sheet(*rows: tuple[Any, ...]) -> Sheet:
    """Rows of hash, x, y, w, h, visible, fixed."""
    return Sheet(1280, 3000, np.array([(*row, False) for row in rows], ELEMENT))


HEADER = (BAR, 0, 36, 1280, 64, True, True)


def test_a_page_without_anything_fixed() -> None:
    """Nothing stays."""
    assert [] == pinned(sheet((ITEM, 0, 0, 1280, 60, True, False)), sheet())


def test_a_header_goes_to_the_top() -> None:
    """It is cut out where it is, and shown at the top; a side bar that sticks further down is not followed."""
    page = sheet(HEADER, (SIDE, 0, 700, 300, 400, True, True))
    assert [(0, 36, 1280, 64, 0)] == pinned(page, page)


def test_a_menu_hangs_on_the_header() -> None:
    """It is as far from the top as the header's end; what is in it needs no place of its own."""
    closed = sheet(HEADER, (MENU, 0, 0, 0, 0, False, True))
    opened = sheet(HEADER, (MENU, 0, 100, 1280, 230, True, True), (ITEM, 40, 120, 90, 40, True, True))
    assert [(0, 36, 1280, 64, 0), (0, 100, 1280, 230, 64)] == pinned(opened, closed)


def test_a_dialog_stays_where_it_is() -> None:
    """With a header and without; small things are not cut out."""
    dialog = (DIALOG, 400, 200, 460, 330, True, True)
    dot = (ITEM, 3, 3, 20, 20, True, True)
    assert [(400, 200, 460, 330, 200)] == pinned(sheet(dot, dialog), sheet())
    assert (400, 200, 460, 330, 200) in pinned(sheet(HEADER, dialog), sheet(HEADER))
