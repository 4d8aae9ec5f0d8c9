"""The crowd rule for rows: no row, and no difference between two rows, shows fewer than `minimum` sessions.

Who got to a row also got to all rows above it, so the difference between two rows is the number of people who
stopped between them: rows that differ by too few are published as one.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

#: In place of a row: nothing is shown there.
BLANK = -1


def steps(reached: NDArray[np.integer[Any]], minimum: int = 5) -> NDArray[np.uint32]:
    """Numbers of sessions by row (R,), falling, as published: 0 or at least `minimum`, and so is every difference.

    A row keeps the number of the row above until at least `minimum` sessions have stopped, so a published number is
    less than `minimum` too high. Rows that fewer than `minimum` sessions reached are 0.
    """
    out = np.zeros(len(reached), np.uint32)
    shown = None
    for row, sessions in enumerate(reached.tolist()):
        if sessions < minimum:
            break
        if shown is None or shown - sessions >= minimum:
            shown = sessions
        out[row] = shown
    return out


def among(number: int, of: int, minimum: int = 5) -> int | None:
    """How many of `of` sessions did something, as published beside `of`; None when there is nothing to say.

    Below `minimum` it is not said. Where all but a few did it, the few must not stand out: it is told `minimum` lower
    than all. More than all (who clicked an element that was higher up for them) is told as all.
    """
    if number < minimum or of < minimum:
        return None
    if number >= of:
        return of
    return min(number, of - minimum) if of >= 2 * minimum else None


def alike(values: NDArray[np.integer[Any]], minimum: int = 5) -> NDArray[np.intp]:
    """For each band of (bands, sessions) the band whose values stand for it, or `BLANK`.

    Two bands that stand for any differ in the values of at least `minimum` sessions, and so do they from a band of
    zeros, which is blank.
    """
    out = np.full(len(values), BLANK, np.intp)
    chosen: list[int] = []
    for band, mine in enumerate(values):
        if np.count_nonzero(mine) < minimum:
            continue
        differing = np.count_nonzero(values[chosen] != mine, axis=1)
        near = np.flatnonzero(differing < minimum)
        if not len(near):
            chosen.append(band)
        out[band] = chosen[near[-1]] if len(near) else band
    return out
