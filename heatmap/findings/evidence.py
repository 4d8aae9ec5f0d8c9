"""How sure the difference of two shares is, taken together over several device classes. Pure.

Each device class is compared with itself, so that more telephones after a release are no difference. Numbers of
sessions are not always told to the last one, so each is a range, and the interval holds wherever in it they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import erfc, sqrt

from heatmap.compare import Z95, newcombe, wilson

#: Standard deviations that no evidence of ours is beyond.
FAR = 40.0


@dataclass(frozen=True)
class Number:
    """From `least` to `most` of `of` sessions did something."""

    least: int
    most: int
    of: int

    @property
    def share(self) -> tuple[float, float]:
        """The score interval of the share, at 95 %."""
        return (wilson(self.least, self.of)[0], wilson(self.most, self.of)[1]) if self.of else (0.0, 1.0)


@dataclass(frozen=True)
class Pair:
    """One device class in two releases."""

    before: Number
    after: Number

    @property
    def weight(self) -> float:
        return self.before.of * self.after.of / (self.before.of + self.after.of)

    @property
    def back(self) -> "Pair":
        return Pair(self.after, self.before)


def total(numbers: Sequence[Number]) -> Number:
    """Numbers of sessions of which none is in two."""
    return Number(*(sum(each) for each in zip(*((n.least, n.most, n.of) for n in numbers), strict=True)))


def interval(pairs: Sequence[Pair], z: float = Z95) -> tuple[float, float]:
    """The interval of the difference of shares, after less before: (0, 0) without pairs.

    The stratified hybrid score interval of X. Yan and X. G. Su, 2010, "Stratified Wilson and Newcombe confidence
    intervals for multiple binomial proportions", Statistics in Biopharmaceutical Research 2, 329-335, with the weights
    of Mantel and Haenszel.
    """
    return _least(pairs, z), -_least([pair.back for pair in pairs], z)


def difference(pairs: Sequence[Pair]) -> float:
    """The weighted difference of shares, in the middle of where it may be."""
    return sum(interval(pairs, 0.0)) / 2


def chance(pairs: Sequence[Pair]) -> float:
    """How often chance alone would make so large a difference, either way: where the interval begins to hold none.

    1 instead of 5 % and more, which no rule takes for a discovery.
    """
    sides = [pairs, [pair.back for pair in pairs]]
    sure = [side for side in sides if _least(side, Z95) > 0]
    if not sure:
        return 1.0
    low, high = Z95, FAR
    for _ in range(40):
        z = (low + high) / 2
        low, high = (z, high) if _least(sure[0], z) > 0 else (low, z)
    return erfc(low / sqrt(2))


def _least(pairs: Sequence[Pair], z: float) -> float:
    """The lower end of the interval."""
    whole = sum(pair.weight for pair in pairs)
    if not whole:
        return 0.0
    middle = spread = 0.0
    for pair in pairs:
        share, a, b = pair.weight / whole, pair.before, pair.after
        apart = b.least / b.of - a.most / a.of
        middle += share * apart
        spread += (share * (apart - newcombe(a.most, a.of, b.least, b.of, z)[0])) ** 2
    return middle - sqrt(spread)
