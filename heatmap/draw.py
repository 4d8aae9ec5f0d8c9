"""The whole idea on one screen: place the events, count sessions by cell, keep what a crowd did, colour it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heatmap import bins, png, rows
from heatmap.attention import BAND, Attention
from heatmap.bins import Tally
from heatmap.blur import FINE, blur, gain, smooth
from heatmap.columns import Columns
from heatmap.crowd import UNIT, Grid, crowd
from heatmap.palette import CLASSIC, Palette, even
from heatmap.project import Counts, project
from heatmap.reach import Reach, by_row
from heatmap.sheet import CELL, Sheet
from heatmap.tone import HOTTEST, tone, top

#: Blur radius in cells: a spot becomes a hill 33 px across at half its height.
RADIUS = 3

#: Shares of sessions, in %, that a scroll picture marks with a line.
MARKED = (75, 50, 25)


@dataclass(frozen=True, slots=True, eq=False)
class Heat:
    """What a slice of events adds to one picture; heats of one picture can be merged in any order."""

    tally: Tally
    counts: Counts


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A finished picture of spots, and the figures that belong under it."""

    png: bytes  #: overlay of the sheet's size, transparent where cold
    grid: Grid  #: (rows, cols) as shown, in 1/256 session
    hottest: float  #: sessions in a cell, as smoothed, that the hottest colour stands for
    sessions: int  #: that left anything in the picture
    counts: Counts
    visible: float  #: share of touches that the crowd rule lets through, in whole hundredths


@dataclass(frozen=True, slots=True, eq=False)
class Strip:
    """A finished picture of rows, and the figures that belong under it."""

    png: bytes  #: overlay of the sheet's size, transparent where nothing may be shown
    rows: NDArray[
        np.uint32
    ]  #: (rows of cells,) as shown: sessions that got there, or seconds in view × sessions
    sessions: int  #: that were on the page


def gather(columns: Columns, sheet: Sheet, minimum: int = 5) -> Heat:
    """Place a layer's events on the sheet and count them; whole sessions only."""
    placed = project(columns, sheet)
    inside = placed.inside
    tally = bins.tally(columns.session[inside], placed.x[inside], placed.y[inside], sheet.shape, minimum)
    return Heat(tally, placed.counts)


def merge(heats: Sequence[Heat]) -> Heat:
    """The heats of all slices as one. ValueError when a session is in two of them, or none is given."""
    return Heat(bins.merge([heat.tally for heat in heats]), sum((heat.counts for heat in heats), Counts()))


def draw(heat: Heat, sheet: Sheet, colours: Palette = CLASSIC) -> Picture:
    """The picture of a heat: the same bytes for the same events, in whatever order and slices they came."""
    shown = crowd(heat.tally, sheet)
    hottest, overlay = paint((shown.spots, *shown.blocks), sheet, colours)
    return Picture(overlay, shown.grid, hottest, len(heat.tally.sessions), heat.counts, shown.visible)


def paint(levels: Sequence[Grid], sheet: Sheet, colours: Palette) -> tuple[float, bytes]:
    """A grid in 1/256 session, or several, coarser and coarser: the sessions of the hottest colour, and the PNG."""
    heat = blur(smooth(levels), RADIUS)
    hottest = top(heat)
    overlay = png.overlay(tone(heat, hottest), colours, sheet.width, sheet.height)
    return hottest / (gain(RADIUS) * UNIT * FINE), overlay


def draw_reach(reached: Reach, sheet: Sheet, colours: Palette = CLASSIC, minimum: int = 5) -> Strip:
    """How many sessions got to each row; a full colour is all of them."""
    published = rows.steps(by_row(reached, sheet), minimum)
    return _strip(published, len(reached.session), len(reached.session), sheet, colours)


def marks(strip: Strip) -> dict[int, int]:
    """For each of `MARKED` the px below which a smaller share of sessions got, where that may be shown."""
    ends = {share: int((strip.rows * 100 >= share * strip.sessions).sum()) for share in MARKED}
    return {share: end * CELL for share, end in ends.items() if end < len(strip.rows) and strip.rows[end]}


def draw_attention(looked: Attention, sheet: Sheet, colours: Palette = CLASSIC, minimum: int = 5) -> Strip:
    """For how long all sessions together had each band in view; a full colour is the longest."""
    stand_in = rows.alike(looked.seconds.T, minimum)
    total = looked.seconds.sum(axis=0, dtype=np.uint32)
    published = np.where(stand_in == rows.BLANK, np.uint32(0), total[stand_in]).repeat(BAND)[: sheet.shape[0]]
    return _strip(published, int(published.max(initial=0)), len(looked.session), sheet, colours)


def _strip(published: NDArray[np.uint32], most: int, sessions: int, sheet: Sheet, colours: Palette) -> Strip:
    share = (published.astype(np.int64) * HOTTEST // max(most, 1)).astype(np.uint8)
    tones = np.where(published > 0, np.maximum(share, 1), 0).astype(np.uint8)
    grid = np.repeat(tones[:, None], sheet.shape[1], axis=1)
    return Strip(png.overlay(grid, even(colours), sheet.width, sheet.height), published, sessions)
