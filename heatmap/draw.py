"""The whole idea on one screen: place the events, count sessions by cell, keep what a crowd did, colour it."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import pi

import numpy as np
from numpy.typing import NDArray

from heatmap import bins, png, rows
from heatmap.attention import BAND, Attention
from heatmap.bins import Tally
from heatmap.blur import FINE, blur, gain, smooth
from heatmap.columns import Columns
from heatmap.crowd import UNIT, Crowd, Grid, crowd
from heatmap.crowd import beside as crowds_beside
from heatmap.crowd import together as crowds
from heatmap.palette import CLASSIC, even
from heatmap.project import Counts, project
from heatmap.reach import Reach, by_row
from heatmap.sheet import CELL, Sheet
from heatmap.told import Told, tell
from heatmap.told import beside as told_beside
from heatmap.told import together as told
from heatmap.tone import HOTTEST, tone, top

#: Blur radius in cells: a spot becomes a hill 33 px across at half its height.
RADIUS = 3

#: Cells in the hill that smoothing makes of one: 2 π times the square of its standard deviation (see `blur`).
HILL = 2 * pi * RADIUS * (RADIUS + 1)

#: Cells of such a hill that a pointer touches on its way across.
CROSSING = 8

#: Events that are placed in one go: what is worked out of them stays in a cache.
STEP = 1 << 15

#: Shares of sessions, in %, that a scroll picture marks with a line.
MARKED = (75, 50, 25)


@dataclass(frozen=True, slots=True, eq=False)
class Heat:
    """What a slice of events adds to one picture; heats of one picture can be merged in any order."""

    tally: Tally
    counts: Counts


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What may be shown of a heat, and of those that it was put together from."""

    crowd: Crowd
    counts: Counts
    sessions: Told  #: (1,) those that left anything in the picture, beside those of the page


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A finished picture of spots, and the figures that belong under it."""

    png: bytes  #: overlay of the sheet's size, transparent where cold
    grid: Grid  #: (rows, cols) as shown, in 1/256 session
    hottest: float  #: sessions in a cell, as smoothed, that the hottest colour stands for
    visible: float  #: share of touches that the crowd rule lets through, in whole hundredths


@dataclass(frozen=True, slots=True, eq=False)
class Bands:
    """What may be shown of rows of cells; bands of several segments add up to those of all."""

    rows: NDArray[np.uint32]  #: (rows of cells,) sessions that got there, or seconds in view × sessions
    sessions: int  #: that were on the page
    folds: int = 0  #: px: the heights of their viewports, all together


@dataclass(frozen=True, slots=True, eq=False)
class Strip:
    """A finished picture of rows, and the figures that belong under it."""

    png: bytes  #: overlay of the sheet's size, transparent where nothing may be shown
    rows: NDArray[np.uint32]  #: as in `Bands`
    sessions: int


def gather(columns: Columns, sheet: Sheet, minimum: int = 5) -> Heat:
    """Place a layer's events on the sheet and count them; whole sessions only."""
    sessions, owners = np.unique(columns.batches["session"], return_inverse=True)
    first, counts = bins.firsts(owners, len(sessions), sheet.shape), Counts()
    touches = [first[:0]]
    for some in columns.some(STEP):
        placed = project(some, sheet)
        inside = placed.inside
        here = slice(None) if inside.all() else np.flatnonzero(inside)
        own = first.take(some.batch[here])
        touches.append(bins.touched(own, placed.x[here], placed.y[here], sheet.shape))
        counts += placed.counts
    return Heat(bins.tally(np.concatenate(touches), sessions, sheet.shape, minimum), counts)


def merge(heats: Sequence[Heat]) -> Heat:
    """The heats of all slices as one. ValueError when a session is in two of them, or none is given."""
    return Heat(bins.merge([heat.tally for heat in heats]), sum((heat.counts for heat in heats), Counts()))


def show(heat: Heat, sheet: Sheet, of: int) -> Shown:
    """What may be shown of a heat; its sessions are some of the page's `of`."""
    sessions = tell(np.array([len(heat.tally.sessions)]), np.array([of]))
    return Shown(crowd(heat.tally, sheet), heat.counts, sessions)


def join(parts: Sequence[Shown], sheet: Sheet, of: int) -> Shown:
    """What may be shown of all these heats beside each of them; no session is in two."""
    return Shown(
        crowds([part.crowd for part in parts], sheet),
        sum((part.counts for part in parts), Counts()),
        told([part.sessions for part in parts], np.array([of])),
    )


def beside(parts: Sequence[Shown]) -> Shown:
    """What is shown of each of these heats, and nothing more; no session is in two."""
    return Shown(
        crowds_beside([part.crowd for part in parts]),
        sum((part.counts for part in parts), Counts()),
        told_beside([part.sessions for part in parts]),
    )


def draw(shown: Shown, sheet: Sheet) -> Picture:
    """The picture of a heat: the same bytes for the same events, in whatever order and slices they came."""
    seen = shown.crowd
    hottest, overlay = paint((seen.spots, *seen.blocks), sheet)
    return Picture(overlay, seen.grid, hottest, seen.visible)


def paint(levels: Sequence[Grid], sheet: Sheet) -> tuple[float, bytes]:
    """A grid in 1/256 session, or several, coarser and coarser: the sessions of the hottest colour, and the PNG."""
    heat = blur(smooth(levels), RADIUS)
    hottest = top(heat)
    overlay = png.overlay(tone(heat, hottest), CLASSIC, sheet.width, sheet.height)
    return hottest / (gain(RADIUS) * UNIT * FINE), overlay


def reach_bands(reached: Reach, sheet: Sheet, minimum: int = 5) -> Bands:
    """How many sessions got to each row, as it may be shown."""
    published = rows.steps(by_row(reached, sheet), minimum)
    return Bands(published, len(reached.session), int(reached.view.sum()))


def attention_bands(looked: Attention, sheet: Sheet, minimum: int = 5) -> Bands:
    """For how long all sessions together had each band in view, as it may be shown."""
    stand_in = rows.alike(looked.seconds.T, minimum)
    total = looked.seconds.sum(axis=0, dtype=np.uint32)
    published = np.where(stand_in == rows.BLANK, np.uint32(0), total[stand_in]).repeat(BAND)[: sheet.shape[0]]
    return Bands(published, len(looked.session))


def add(parts: Sequence[Bands]) -> Bands:
    """The bands of all beside those of each part: where the parts differ by five or more, so do their sums."""
    return Bands(
        np.sum([part.rows for part in parts], axis=0, dtype=np.uint32),
        sum(part.sessions for part in parts),
        sum(part.folds for part in parts),
    )


def draw_reach(bands: Bands, sheet: Sheet) -> Strip:
    """How many sessions got to each row; a full colour is all of them."""
    return _strip(bands, bands.sessions, sheet)


def draw_attention(bands: Bands, sheet: Sheet) -> Strip:
    """For how long each band was in view; a full colour is the longest."""
    return _strip(bands, int(bands.rows.max(initial=0)), sheet)


def marks(rows: NDArray[np.uint32], sessions: int) -> dict[int, int]:
    """For each of `MARKED` the px below which a smaller share of sessions got, where that may be shown.

    `rows` (rows of cells,) are the sessions that got there, of so many.
    """
    ends = {share: int((rows * 100 >= share * sessions).sum()) for share in MARKED}
    return {share: end * CELL for share, end in ends.items() if end < len(rows) and rows[end]}


def fold(bands: Bands) -> int:
    """The average lower edge of what a visitor sees without scrolling, px, rounded; 0 without sessions."""
    return (2 * bands.folds + bands.sessions) // (2 * bands.sessions) if bands.sessions else 0


def _strip(bands: Bands, most: int, sheet: Sheet) -> Strip:
    share = (bands.rows.astype(np.int64) * HOTTEST // max(most, 1)).astype(np.uint8)
    tones = np.where(bands.rows > 0, np.maximum(share, 1), 0).astype(np.uint8)
    grid = np.repeat(tones[:, None], sheet.shape[1], axis=1)
    return Strip(png.overlay(grid, even(CLASSIC), sheet.width, sheet.height), bands.rows, bands.sessions)
