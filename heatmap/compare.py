"""Release against release, device class against device class: what changed, and how sure that is. Pure.

Everything is worked out from numbers and grids that are published anyway, so a comparison tells of nobody more than
they do. A number that is not told is somewhere from none to four, and the interval holds whichever it is.
"""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from math import erfc, sqrt

from heatmap.elements import KINDS, Row, harmless
from heatmap.told import MINIMUM

#: Standard deviations that a normal value is within at 95 %.
Z95 = 1.959964


@dataclass(frozen=True)
class Change:
    """One element in one kind of numbers: shares are of the sessions that saw it."""

    hash: str
    tag: str
    name: str
    kind: str  #: clicked, first, rage, dead or error
    saw_before: int
    before: float | None  #: None where it is fewer than five sessions
    saw_after: int
    after: float | None
    difference: float  #: after less before; in the middle where one is not told
    low: float  #: 95 % confidence interval of the difference
    high: float
    p: float  #: how often chance alone would make so large a difference, either way


def wilson(number: float, of: int, z: float = Z95) -> tuple[float, float]:
    """The score interval of a share (E. B. Wilson, 1927, J. Am. Stat. Assoc. 22, 209-212)."""
    share = number / of
    middle = share + z * z / (2 * of)
    spread = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return max(0.0, (middle - spread) / (1 + z * z / of)), min(1.0, (middle + spread) / (1 + z * z / of))


def newcombe(before: int, of_before: int, after: int, of_after: int, z: float = Z95) -> tuple[float, float]:
    """The interval of the difference of two shares, after less before.

    The hybrid score interval without continuity correction, method 10 of R. G. Newcombe, 1998, "Interval estimation
    for the difference between independent proportions", Statistics in Medicine 17, 873-890.
    """
    a, b = before / of_before, after / of_after
    (low_a, high_a), (low_b, high_b) = wilson(before, of_before, z), wilson(after, of_after, z)
    return (
        b - a - sqrt((b - low_b) ** 2 + (high_a - a) ** 2),
        b - a + sqrt((high_b - b) ** 2 + (a - low_a) ** 2),
    )


def chance(before: int, of_before: int, after: int, of_after: int, limit: float = 0.0) -> float:
    """The one-sided p value of "the share rose by no more than `limit`".

    Read off `newcombe`: it is the level of the interval whose lower end just touches the limit.
    """
    low, high = 0.0, 40.0
    if newcombe(before, of_before, after, of_after, low)[0] <= limit:
        return 1.0
    for _ in range(40):
        z = (low + high) / 2
        reaches = newcombe(before, of_before, after, of_after, z)[0] <= limit
        low, high = (low, z) if reaches else (z, high)
    return erfc(low / sqrt(2)) / 2


def changes(before: Sequence[Row], after: Sequence[Row]) -> list[Change]:
    """Every element of both tables whose hash, tag and name agree, in every kind; the best evidence first."""
    earlier = {(row.hash, row.tag, row.name): row for row in before}
    pairs = [(earlier.get((row.hash, row.tag, row.name)), row) for row in after]
    made = [change(a, b, kind) for a, b in pairs if a and a.saw and b.saw for kind in KINDS]
    return sorted(
        (c for c in made if c.before is not None or c.after is not None),
        key=lambda c: (c.p, -abs(c.difference), c.hash, c.kind),
    )


def change(before: Row, after: Row, kind: str) -> Change:
    """One element in one kind; both must have been seen."""
    of_a, of_b = before.saw or 0, after.saw or 0
    (least_a, most_a), (least_b, most_b) = (bounds(row, kind) for row in (before, after))
    rise, fall = chance(most_a, of_a, least_b, of_b), chance(most_b, of_b, least_a, of_a)
    middle = (least_b + most_b) / 2 / of_b - (least_a + most_a) / 2 / of_a
    low = newcombe(most_a, of_a, least_b, of_b)[0]
    high = newcombe(least_a, of_a, most_b, of_b)[1]
    return Change(
        hash=after.hash,
        tag=after.tag,
        name=after.name,
        kind=kind,
        saw_before=of_a,
        before=_share(before, kind),
        saw_after=of_b,
        after=_share(after, kind),
        difference=round(middle, 4),
        low=round(low, 4),
        high=round(high, 4),
        p=min(1.0, 2 * min(rise, fall)),
    )


def bounds(row: Row, kind: str) -> tuple[int, int]:
    """The least and the most that the number can be: one that is not told is below five."""
    number = getattr(row, kind)
    return (number, number) if number is not None else (0, min(MINIMUM - 1, row.saw or 0))


def as_json(made: Sequence[Change]) -> bytes:
    return json.dumps([asdict(each) for each in made], ensure_ascii=False, indent=1).encode()


def as_csv(made: Sequence[Change]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([each.name for each in fields(Change)])
    for each in made:
        writer.writerow([harmless(value) for value in asdict(each).values()])
    return text.getvalue().encode()


def _share(row: Row, kind: str) -> float | None:
    number = getattr(row, kind)
    return None if number is None else round(number / (row.saw or 1), 4)
