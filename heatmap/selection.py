"""Visitors that somebody wants to see: those of a release, of a variant, who reached a mark, of some days. Pure.

Segments and their cells are a tree (`segments.py`), and everything that is shown of all visitors is a sum of what is
shown of the parts of that tree. A selection is shown as the sum of those parts that lie in it as a whole, and nothing
more. So whatever is subtracted from whatever, what is left is a sum of parts again, or of what the crowd rule pooled in
one of them: of enough visitors, and no few of them can stand out. Visitors who are in a part that lies in the selection
only partly are left out of it: too few for a part of their own.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

from heatmap.segments import DAY, MARKS, MARKS_APART, RELEASE, VARIANT, Atom, Segment

#: A first and a last day.
Span = tuple[int, int]

_ROW = r"([1-9]\d{0,2})"
_NAME = re.compile(rf"(?:r{_ROW})?(?:v{_ROW})?(?:m([1-9])(n?))?(?:d([1-9]\d?)to([1-9]\d?))?")


@dataclass(frozen=True)
class Selection:
    """What is 0 does not matter."""

    release: int = 0  #: row, from 1
    variant: int = 0
    mark: int = 0
    reached: bool = True  #: or just those who did not
    first: int = 0  #: day
    last: int = 0

    @classmethod
    def read(cls, name: str) -> Self | None:
        """What a name means; None when it is none."""
        found = _NAME.fullmatch(name)
        if not name or not found:
            return None
        no = found[4]
        release, variant, mark, first, last = (int(found[group] or 0) for group in (1, 2, 3, 5, 6))
        return cls(release, variant, mark, not no, first, last)

    @property
    def name(self) -> str:
        """How its files are called: `m1` who reached the first mark, `m1n` who did not, `r1d2to5` days of a release."""
        named = "".join(f"{letter}{row}" for letter, row in (("r", self.release), ("v", self.variant)) if row)
        named += f"m{self.mark}{'' if self.reached else 'n'}" if self.mark else ""
        return named + (f"d{self.first}to{self.last}" if self.first else "")

    def holds(self, atom: Atom) -> bool:
        """Whether these sessions are in it."""
        return (
            self.release in (0, atom[RELEASE])
            and self.variant in (0, atom[VARIANT])
            and (not self.mark or bool(atom[MARKS] >> (self.mark - 1) & 1) == self.reached)
            and (not self.first or self.first <= atom[DAY] <= self.last)
        )


def selected(whole: Segment, wanted: Selection) -> Segment | None:
    """The largest parts that lie in the selection as a whole, side by side; None where there are none."""
    parts = tuple(_inside(whole, wanted))
    if len(parts) == 1 and (parts[0] is whole or parts[0].name == wanted.name):
        return parts[0]
    atoms = frozenset[Atom]().union(*(part.atoms for part in parts))
    size = sum(part.sessions for part in parts)
    return Segment(size, atoms, parts=parts, selection=wanted.name) if parts else None


def selections(atoms: Iterable[Atom]) -> list[Selection]:
    """Both sides of each mark that anybody reached."""
    there = {mark for atom in atoms for mark in range(MARKS_APART) if atom[MARKS] >> mark & 1}
    return [Selection(mark=mark + 1, reached=side) for mark in sorted(there) for side in (True, False)]


def spans(segment: Segment) -> list[Span]:
    """First and last day of each smallest part, in order; parts that are of no day are left out."""
    leaves = [sorted(atom[DAY] for atom in leaf.atoms) for leaf in segment.leaves()]
    return sorted({(days[0], days[-1]) for days in leaves if days and days[0]})


def straddles(span: Span, wanted: Selection) -> bool:
    """Whether some of these days are in the selection and some are not."""
    first, last = span
    return first <= wanted.last and last >= wanted.first and not wanted.first <= first <= last <= wanted.last


def _inside(segment: Segment, wanted: Selection) -> Iterator[Segment]:
    if (segment.published or segment.cell) and all(map(wanted.holds, segment.atoms)):
        yield segment
        return
    for part in segment.parts:
        yield from _inside(part, wanted)
