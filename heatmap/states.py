"""Which state of its page each event belongs to: a menu that is open, a dialog, or nothing of the kind.

A state is known by its own elements: those that its snapshot shows and the plain one does not. When one of them
appears, the visitor sees that state; when one disappears, or the page is opened anew, the plain page again.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from heatmap.columns import HIDE, PAGE, SHOW, Columns
from heatmap.project import find
from heatmap.sheet import Sheet

#: The plain page.
PLAIN = 0

States = NDArray[np.int64]


def states(columns: Columns, sheets: Sequence[Sheet]) -> States:
    """For each of N events the sheet that it lands on; the first is the plain page.

    It is the one that the visitor saw where that shows the event's element, else the plain page if it does, else the
    first state that does. What has no element, or one that is to be seen nowhere, stays with what the visitor saw.
    """
    if len(sheets) < 2:
        return np.full(len(columns), PLAIN)
    shown = np.stack([_shows(sheet, columns.el) for sheet in sheets])
    seen = _seen(columns, sheets, shown)
    there = shown[seen, np.arange(len(columns))] | ~shown.any(axis=0)
    return np.where(there, seen, shown.argmax(axis=0))


def _shows(sheet: Sheet, elements: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Whether a sheet shows each of these elements (N,)."""
    boxes = sheet.elements
    visible = np.append(boxes["visible"] & (boxes["w"] > 0) & (boxes["h"] > 0), False)
    return np.asarray(visible[find(elements, boxes["hash"])], np.bool_)


def _seen(columns: Columns, sheets: Sequence[Sheet], shown: NDArray[np.bool_]) -> States:
    """The state that the visitor saw at each event, by what has appeared and disappeared until then."""
    order = np.lexsort((columns.t, columns.session))
    told = np.full(len(columns), -1)
    told[columns.is_kind(PAGE) | columns.is_kind(HIDE)] = PLAIN
    own = shown & ~shown[PLAIN]
    # Of two states that an element belongs to it opens the smaller one: the other has something more in it.
    smallest_last = sorted(range(1, len(sheets)), key=lambda s: -int(_own(sheets[s], sheets[PLAIN])))
    hide = columns.is_kind(HIDE)
    told[hide & ~own.any(axis=0)] = -1
    for state in smallest_last:
        told[columns.is_kind(SHOW) & own[state]] = state
    told = told[order]
    first = np.diff(columns.session[order].astype(np.int64), prepend=-1) != 0
    told[first & (told < 0)] = PLAIN
    last = np.maximum.accumulate(np.where(told >= 0, np.arange(len(told)), 0))
    seen = np.empty(len(told), np.int64)
    seen[order] = told[last]
    return seen


def _own(sheet: Sheet, plain: Sheet) -> int:
    """How many elements a state has that the plain page does not show."""
    mine = sheet.elements["hash"][sheet.elements["visible"]]
    return int(np.count_nonzero(~_shows(plain, mine)))
