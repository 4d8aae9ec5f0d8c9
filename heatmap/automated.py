"""Which visitor sessions were made by a program and not by a person. They are counted and left out of the pictures.

Only what no person can do is held against a session, and only when most of what its mouse did is of that kind:

- *No path, no pause*: clicks far apart within less time than a hand needs for the way, with no way between them.
- *Clockwork*: clicks far apart with no way between them, again and again in the same rhythm, to the hundredth.
- *Impossible speed*: a pointer that crosses the window between one sample and the next, again and again.

A click without a way to it is not enough. Voice control, eye trackers, switches and screen readers put the pointer on
its target at once, but none of them is done with five targets in two seconds, or keeps time like a clock. Keys, touch
and pens have no way between two places at all, so only the mouse is looked at. Scrolling, resizing, another page, a
window that comes back: all of them bring a resting mouse to another place, so nothing is followed across them. A
program that takes its time and moves like a hand is not found: it is one session among many, and the crowd rule holds.
"""

import numpy as np
from numpy.typing import NDArray

from heatmap.columns import CLICK, HIDDEN, MOVE, PAGE, SCROLL, VISIBLE, Columns, Mask, Rows, starts

#: Two clicks so far apart are on two targets, CSS px: more than the width of a large button.
APART = 100
#: To find, reach and press another target takes a practised hand half a second (choosing alone takes 200 ms), ms.
HURRY = 400
#: Where a pointer is told 20 times a second, a way of 100 px in that time leaves at least two samples.
SAMPLES = 1
#: So many leaps are no slip of a hand or of a clock.
LEAPS = 5
#: Gaps between leaps that differ by no more, ms, …
EVEN = 20
#: … so often, are a timer's. Somebody who taps to a beat is off by 20 to 40 ms, and stays in one place.
BEATS = 10
#: 20 px in a ms is a window's width within one sample of 50 ms. Flicks in games reach half of that, for an instant.
SPEED = 20
#: A way so short says nothing about speed: samples may be late, CSS px.
FAR = 500
#: So many samples at that speed are no reconnected mouse.
FLASHES = 10
#: Rows between two clicks that are looked at: a sample, and what pages tell by themselves.
BETWEEN = 8

#: A kind that only this file looks at.
_RESIZE = 3
_OTHER, _MOVE, _CLICK, _BREAK = 0, 1, 2, 3


def _roles() -> NDArray[np.uint8]:
    """What each `kind` is to the mouse: its way, its click, or a reason for it to be elsewhere."""
    roles = np.full(256, _BREAK, np.uint8)  # touch, pen and key: another hand
    roles[:32] = _OTHER
    roles[[MOVE, CLICK]] = _MOVE, _CLICK
    roles[[SCROLL, _RESIZE, PAGE, VISIBLE, HIDDEN]] = _BREAK
    return roles


_ROLES = _roles()


def automated(columns: Columns) -> NDArray[np.uint32]:
    """The numbers of the sessions that look automated, in order.

    The rows of a session stand together and, page view by page view, in the order of time. They need all of its
    events: a session that comes in parts is joined first.
    """
    clicks, moves = columns.kind == CLICK, columns.kind == MOVE  # those of a mouse
    before, after = _leaps(columns, np.flatnonzero(clicks))
    gaps = columns.t[after].astype(np.int64) - columns.t[before]
    hurried = _most(columns, after[gaps < HURRY], clicks, LEAPS)
    even = _most(columns, after, clicks, BEATS)
    clockwork = [s for s in even if _spread(gaps[columns.of_batch("session", after) == s]) <= EVEN]
    flashing = _most(columns, _flashes(columns, moves), moves, FLASHES)
    return np.unique(np.concatenate([hurried, flashing, np.array(clockwork, np.uint32)])).astype(np.uint32)


def _leaps(columns: Columns, clicks: Rows) -> tuple[Rows, Rows]:
    """Pairs of clicks of one page view, one after the other, that are apart and have no way between them."""
    before, after = clicks[:-1], clicks[1:]
    near = (after - before <= BETWEEN) & (
        columns.of_batch("session", before) == columns.of_batch("session", after)
    )
    near &= (columns.t[before] <= columns.t[after]) & (_distance(columns, before, after) >= APART)
    before, after = before[near], after[near]
    samples, broken = np.zeros(len(after), np.intp), np.zeros(len(after), bool)
    for step in range(1, BETWEEN):
        between = _ROLES[columns.kind[np.minimum(before + step, after)]]
        samples += between == _MOVE
        broken |= between == _BREAK
    leaps = (samples <= SAMPLES) & ~broken
    return before[leaps], after[leaps]


def _flashes(columns: Columns, moves: Mask) -> Rows:
    """Moves that came too fast from the one before, right before them."""
    # Most are not far from it, so the rest is quick: a way is no longer than the two along the edges.
    across, down = _apart(columns.x), _apart(columns.y)
    before = np.flatnonzero((across >> 1) + (down >> 1) >= FAR // 2 - 1)
    time = columns.t[before + 1].astype(np.int64) - columns.t[before]
    way = across[before].astype(np.int64) + down[before]
    hasty = (way >= SPEED * time) & moves[before] & moves[before + 1]
    before, time = before[hasty], time[hasty]
    after = before + 1
    fast = (columns.of_batch("session", before) == columns.of_batch("session", after)) & (time >= 0)
    distance = _distance(columns, before, after)
    found: Rows = after[fast & (distance >= FAR) & (distance >= SPEED * time)]
    return found


def _apart(values: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """How far each value is from the next."""
    apart: NDArray[np.uint16] = np.maximum(values[1:], values[:-1]) - np.minimum(values[1:], values[:-1])
    return apart


def _distance(columns: Columns, one: Rows, other: Rows) -> NDArray[np.float32]:
    x = columns.x[one].astype(np.float32) - columns.x[other]
    y = columns.y[one].astype(np.float32) - columns.y[other]
    far: NDArray[np.float32] = np.hypot(x, y)
    return far


def _most(columns: Columns, rows: Rows, of: Mask, least: int) -> NDArray[np.uint32]:
    """Sessions that have at least `least` of these rows, and these rows as at least half of those."""
    number = np.bincount(columns.of_batch("session", rows))
    enough = np.flatnonzero(number >= least)
    if len(enough):
        heads = starts(columns.batch)
        each = np.add.reduceat(of, heads, dtype=np.intp)
        total = np.bincount(columns.of_batch("session", heads), each, len(number))
        enough = enough[2 * number[enough] >= total[enough]]
    return enough.astype(np.uint32)


def _spread(gaps: NDArray[np.int64]) -> float:
    """How far the gaps are from their middle one, nine times out of ten, ms."""
    return float(np.percentile(np.abs(gaps - np.median(gaps)), 90))
