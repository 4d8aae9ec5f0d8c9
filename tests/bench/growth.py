"""How a cost grows with what it is of: a straight line through both logarithms."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Growth:
    """`exponent`: 1 is linear. `residual`: the farthest that a measured value lies from the line, as a share of it."""

    exponent: float
    residual: float


def fit(costs: Mapping[int, float]) -> Growth:
    """Of costs by size; three sizes or more, or there is nothing to be left over."""
    size, cost = np.log([*costs]), np.log([*costs.values()])
    exponent, start = np.polyfit(size, cost, 1)
    off = np.abs(np.expm1(cost - (exponent * size + start))).max()
    return Growth(round(float(exponent), 3), round(float(off), 3))
