"""Colours for tones: 256 RGBA entries, nothing at tone 0, hot at 255."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: (256, 4) red, green, blue, alpha.
Palette = NDArray[np.uint8]

#: Control points: tone, red, green, blue. Cold blue over green and yellow to red, as people expect; the colours get
#: lighter up to yellow, and only the hottest quarter turns darker again, towards red.
HEAT = (
    (0, 38, 54, 176),
    (56, 28, 124, 214),
    (104, 24, 178, 160),
    (150, 132, 208, 64),
    (190, 250, 220, 48),
    (224, 250, 138, 28),
    (255, 214, 28, 30),
)

#: Dark violet over red and orange to pale yellow: only ever lighter, so it also reads without any sense of hue. From
#: each point to the next is the same distance in CIELAB (CIE 15), so equal steps of heat look equally far apart.
EMBER = (
    (0, 34, 16, 78),
    (32, 106, 23, 115),
    (64, 154, 38, 101),
    (96, 194, 57, 85),
    (128, 220, 87, 62),
    (160, 243, 126, 44),
    (192, 251, 175, 46),
    (224, 252, 215, 107),
    (255, 253, 250, 178),
)

#: Deep blue over nothing to deep orange: the two hues that every kind of colour blindness tells apart, each getting
#: darker away from the middle. Blue is less, orange is more.
LESS_MORE = (
    (0, 8, 48, 140),
    (64, 44, 112, 214),
    (128, 236, 236, 236),
    (192, 230, 110, 20),
    (255, 138, 40, 0),
)

#: Tone at which a colour is as opaque as it gets.
SOLID = 190


def palette(points: Sequence[tuple[int, int, int, int]] = HEAT, opacity: int = 200) -> Palette:
    """Colours evenly between the control points; alpha rises smoothly from 0 at tone 0 to `opacity` (0..255)."""
    tones = np.arange(256)
    table = np.array(points)
    colours = [_between(tones, table[:, 0], table[:, channel]) for channel in (1, 2, 3)]
    return np.stack([*colours, _alpha(tones, opacity)], axis=1).astype(np.uint8)


def even(colours: Palette, opacity: int = 150) -> Palette:
    """The same colours, all equally opaque except tone 0: for bands that fill the page."""
    out = colours.copy()
    out[1:, 3] = opacity
    return out


def faded(colours: Palette, opacity: float) -> Palette:
    """The same colours, so many times as opaque: from 0, nothing, to 1, as they are."""
    out = colours.copy()
    out[:, 3] = np.rint(colours[:, 3] * opacity)
    return out


def stretched(colours: Palette, strength: float) -> Palette:
    """Colours for the tones of a picture that is drawn already, as if its hottest were `strength` times as hot.

    A tone is the square root of its heat, so the tones grow by the root of it. Tone 0 stays nothing.
    """
    tones = np.minimum(np.rint(np.arange(256) * strength**0.5), 255).astype(np.intp)
    out: Palette = colours[tones]
    return out


def diverging(points: Sequence[tuple[int, int, int, int]] = LESS_MORE, opacity: int = 220) -> Palette:
    """Colours for differences: nothing at tone 128, alpha rises to `opacity` at both ends."""
    out = palette(points)
    away = np.abs(np.arange(256) - 128)
    out[:, 3] = _alpha(np.minimum(away * 3, SOLID), opacity)
    return out


def _between(tones: NDArray[np.int64], at: NDArray[np.int64], value: NDArray[np.int64]) -> NDArray[np.int64]:
    """Straight lines through the points (`at`, `value`), in whole numbers."""
    row = np.clip(np.searchsorted(at, tones, side="right") - 1, 0, len(at) - 2)
    rise, run = value[row + 1] - value[row], at[row + 1] - at[row]
    between: NDArray[np.int64] = value[row] + (rise * (tones - at[row]) * 2 + run) // (2 * run)
    return between


def _alpha(tones: NDArray[np.int64], opacity: int) -> NDArray[np.int64]:
    """3 s² - 2 s³ of the share s of `SOLID`: starts and ends without an edge."""
    share = np.minimum(tones, SOLID)
    alpha: NDArray[np.int64] = opacity * share * share * (3 * SOLID - 2 * share) // SOLID**3
    return alpha


#: The two palettes as they are, and what to choose them by.
CLASSIC = palette(HEAT)
EMBERS = palette(EMBER)
PALETTES = {"classic": HEAT, "embers": EMBER}
DIVERGING = diverging()
#: Differences of whole elements, whose names are to be read through them.
VEIL = diverging(opacity=130)


@dataclass(frozen=True)
class Look:
    """How a finished picture is coloured: by which palette, how soon it is hot, and how opaque."""

    palette: str = "classic"  #: one of `PALETTES`
    strength: float = 1.0  #: 2 is twice as hot
    opacity: float = 1.0  #: 0.5 is half as opaque

    @property
    def colours(self) -> Palette:
        """From cold to hot."""
        return faded(palette(PALETTES[self.palette]), self.opacity)

    @property
    def spots(self) -> Palette:
        """For the tones of spots."""
        return stretched(self.colours, self.strength)

    @property
    def bands(self) -> Palette:
        """For the tones of bands, which have one strength."""
        return faded(even(palette(PALETTES[self.palette])), self.opacity)


AS_USUAL = Look()
