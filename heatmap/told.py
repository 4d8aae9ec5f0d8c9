"""Numbers of sessions as they are told: none, and no difference between two that belong together, is a few. Pure.

Who did something is among those who could have, and those of a release are among all. So a number is told beside the
number that it is a part of, and the number of a whole is what its parts tell, and what they do not where that is
enough together: up to four sessions less than there were, so that nothing can be worked out about the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]

MINIMUM = 5


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """N numbers of sessions, each (N,)."""

    shown: Numbers  #: 0 where nothing may be said
    left: Numbers  #: sessions that no part tells of yet; their numbers must not be shown
    pooled: NDArray[np.bool_]  #: where the number holds sessions that its parts do not tell of


def most(number: NDArray[np.integer[Any]], of: NDArray[np.integer[Any]], minimum: int = MINIMUM) -> Numbers:
    """The largest numbers up to `number` that may be told beside `of`, (N,) both: 0 or enough, and so is the rest."""
    told = np.minimum(number, of).astype(np.int64)
    rest = of - told
    told = np.where((rest > 0) & (rest < minimum), of - minimum, told)
    return np.where(told < minimum, 0, told)


def fives(number: int) -> int:
    """A number of people in fives, rounded down: so are all differences, and no few stand out in any of them."""
    return number // MINIMUM * MINIMUM


def fives_up(number: int) -> int:
    """A number of people in fives, rounded up: no few stand out, and none are passed over."""
    return -fives(-number)


def tell(number: NDArray[np.integer[Any]], of: NDArray[np.integer[Any]]) -> Told:
    """Numbers of sessions of a segment without parts, beside what they are parts of."""
    shown = most(number, of)
    return Told(shown, np.where(shown == 0, number, 0).astype(np.int64), np.zeros(len(shown), bool))


def total(parts: Sequence[NDArray[np.integer[Any]]]) -> Numbers:
    """The sum of equally long numbers."""
    return np.asarray(np.sum(parts, axis=0, dtype=np.int64))


def together(parts: Sequence[Told], of: NDArray[np.integer[Any]]) -> Told:
    """Numbers of a whole whose parts are told as well; no session is in two parts."""
    if len(parts) == 1:
        return parts[0]
    shown = total([part.shown for part in parts])
    left = total([part.left for part in parts])
    more = most(left, of - shown)
    return Told(shown + more, np.where(more > 0, 0, left), more > 0)


def beside(parts: Sequence[Told]) -> Told:
    """What these parts tell, and nothing more; no session is in two parts."""
    shown = total([part.shown for part in parts])
    return Told(shown, np.zeros_like(shown), np.zeros(len(shown), bool))


def amounts(
    parts: Sequence[NDArray[np.int64]], left: Sequence[NDArray[np.int64]], told: Told
) -> tuple[Numbers, Numbers]:
    """What the sessions of `told` did, in all, as told and as left by the parts: it goes in where they go in."""
    shown, rest = total(parts), total(left)
    more = told.pooled.reshape(-1, *[1] * (rest.ndim - 1))
    return shown + np.where(more, rest, 0), np.where(more, 0, rest)
