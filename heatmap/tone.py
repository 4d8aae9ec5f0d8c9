"""From heat to tones: 0 (nothing) to 255 (the hottest), so that both the rare and the busy places can be told apart."""

from math import isqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: So many of 1000 warm cells are below the hottest tone: a single extreme spot does not cool down all others.
TOP = 995

STEPS = 1024

HOTTEST = 255

#: Below so many steps is nothing: a tone of 16 is too faint to be seen, but makes files larger.
FAINT = 4


def top(heat: NDArray[np.integer[Any]], permille: int = TOP) -> int:
    """The heat that gets the hottest tone: the integer permille of the cells that are not 0; 0 when all are."""
    warm = heat[heat > 0]
    if not len(warm):
        return 0
    place = (len(warm) - 1) * permille // 1000
    return int(np.partition(warm, place)[place])


def tone(heat: NDArray[np.integer[Any]], hottest: int) -> NDArray[np.uint8]:
    """Heat (not negative, any shape) as tones: 255 × the square root of its share of `hottest`, rounded down.

    The root is taken of the share in steps of 1/1023. Heat 0 is tone 0, `hottest` and above is 255.
    """
    if hottest <= 0:
        return np.zeros(heat.shape, np.uint8)
    share = np.minimum(heat, hottest) * (STEPS - 1) // hottest
    tones: NDArray[np.uint8] = _ROOTS[share]
    return tones


_ROOTS = np.array(
    [isqrt(255 * 255 * step // (STEPS - 1)) if step >= FAINT else 0 for step in range(STEPS)], np.uint8
)
