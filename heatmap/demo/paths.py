"""How a pointer moves: from place to place in one swing, fast in the middle, a little curved, never quite exact."""

import numpy as np
from numpy.typing import NDArray

#: Moves are sampled every so many ms, and those nearer than this to the last are left out, as in the browser.
EVERY, NEAR = 50, 4.0

Floats = NDArray[np.float64]


def minimum_jerk(share: Floats) -> Floats:
    """Share of the way done at a share of the time, (N,) both 0..1 (Flash and Hogan, 1985)."""
    return share**3 * (10 - 15 * share + 6 * share**2)


def glide(times: Floats, swings: Floats, rng: np.random.Generator) -> Floats:
    """Positions (N, 2) at N times on a way of K swings, rows of (start, end, x, y): ms, ms and where it ends.

    Between two swings the pointer rests. It begins where the first swing ends.
    """
    starts, ends, places = swings[:, 0], swings[:, 1], swings[:, 2:]
    origins = np.vstack([places[:1], places[:-1]])
    swing = np.clip(np.searchsorted(starts, times, "right") - 1, 0, None)
    share = np.clip((times - starts[swing]) / np.maximum(ends - starts, 1)[swing], 0, 1)
    way = (places - origins)[swing]
    bow = rng.normal(0, 0.09, len(swings))[swing] * np.sin(np.pi * share)
    tremor = rng.normal(0, 1.4, (len(times), 2)) * np.sin(np.pi * share)[:, None]
    across = np.stack([-way[:, 1], way[:, 0]], 1)
    return origins[swing] + way * minimum_jerk(share)[:, None] + across * bow[:, None] + tremor


def thinned(places: Floats) -> NDArray[np.bool_]:
    """Which of N places (N, 2) are told: only those that the pointer came to by moving on."""
    steps = np.hypot(*np.diff(places, axis=0, prepend=places[:1]).T)
    passed = np.floor(np.cumsum(steps) / NEAR)
    return np.diff(passed, prepend=-1.0) > 0


def duration(distance: float, size: float) -> float:
    """How long a swing takes, ms: longer for far and small things (Fitts, 1954, in MacKenzie's form)."""
    return 180 + 130 * float(np.log2(distance / max(size, 8) + 1))
