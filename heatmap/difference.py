"""Two pictures of spots as one: where the share of sessions rose, and where it fell."""

import numpy as np
from numpy.typing import NDArray

from heatmap import png
from heatmap.blur import FINE, blur, gain, smooth
from heatmap.crowd import UNIT, Crowd
from heatmap.draw import HILL, RADIUS
from heatmap.palette import DIVERGING, Palette
from heatmap.sheet import CELL, Sheet
from heatmap.tone import HOTTEST, STEPS, tone, top

#: Standard errors beyond which a spot is drawn: a page has some hundred spots, and with two, five would be chance.
SURE = 3

#: The tone of no difference; below it less, above it more.
NEUTRAL = 128


def difference(
    before: Crowd, of_before: int, after: Crowd, of_after: int, crossing: int = 1
) -> NDArray[np.float64]:
    """The signed difference of shares, (rows, cols) as smoothed: of the sessions of each side, after less before.

    0 where chance alone may well explain it: below three standard errors of the share of sessions that came near,
    where one that does touches `crossing` cells. That keeps noise out of the picture; the test is the table's.
    """
    a, b = _shares(before, of_before), _shares(after, of_after)
    near = HILL / crossing
    mean = np.minimum(near * (a * of_before + b * of_after) / (of_before + of_after), 0.5)
    error = np.sqrt(mean * (1 - mean) * (1 / of_before + 1 / of_after))
    return np.where(near * np.abs(b - a) > SURE * error, b - a, 0.0)


def boxes(values: NDArray[np.float64], sheet: Sheet) -> NDArray[np.float64]:
    """The value of each element, (R,) beside the sheet's table, over its box: (rows, cols); small ones lie on top.

    For sides that have no picture in common, such as two device classes. Elements without a value are not drawn.
    """
    out = np.zeros(sheet.shape)
    table = sheet.elements
    for row in np.argsort(-table["w"].astype(np.int64) * table["h"], kind="stable").tolist():
        if values[row] and table["visible"][row]:
            x, y, w, h = table[["x", "y", "w", "h"]][row].tolist()
            top_, left = max(y, 0) // CELL, max(x, 0) // CELL
            out[top_ : max(-(-(y + h) // CELL), 0), left : max(-(-(x + w) // CELL), 0)] = values[row]
    return out


def draw(signed: NDArray[np.float64], sheet: Sheet, colours: Palette = DIVERGING) -> tuple[float, bytes]:
    """A difference as an overlay, transparent where there is none: the share of the strongest colour, and the PNG."""
    steps = np.rint(np.abs(signed) * 2**32).astype(np.int64)
    hottest = top(steps)
    strength = tone(steps // STEPS, hottest // STEPS).astype(np.int16) * (HOTTEST - NEUTRAL) // HOTTEST
    tones = (NEUTRAL + np.sign(signed).astype(np.int16) * strength).astype(np.uint8)
    return hottest / 2**32, png.overlay(tones, colours, sheet.width, sheet.height)


def _shares(shown: Crowd, sessions: int) -> NDArray[np.float64]:
    """The share of the sessions in each cell, as smoothed."""
    heat = blur(smooth((shown.spots, *shown.blocks)), RADIUS)
    return heat / (gain(RADIUS) * FINE * UNIT * sessions)
