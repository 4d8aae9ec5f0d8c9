"""Who may be shown apart: all visitor sessions of a page on a device class, those of a release, of a variant. Pure.

A segment is published only if it has enough sessions, and if what is left of its parent without the published ones is
nobody or a crowd as well: else the smallest is pooled with the rest. So are all but the `MOST` largest. The rest itself
has no picture of its own.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

#: Row of the release and row of the variant, from 1; 0 where a session gave none, or several on one page.
Atom = tuple[int, int]

RELEASE, VARIANT = 0, 1

#: So many sessions are a crowd.
CROWD = 5

#: Of each page so many releases have pictures, those with the most sessions: a longer list is not looked through.
MOST = 20


@dataclass(frozen=True)
class Segment:
    """Visitor sessions that are shown together; its parts hold each of them exactly once, unless there are none."""

    sessions: int
    atoms: frozenset[Atom]
    release: int = 0  #: row, from 1; 0 = all
    variant: int = 0
    published: bool = True
    parts: tuple["Segment", ...] = ()

    @property
    def name(self) -> str:
        """How its files are called: nothing for all, `r1` for the first release, `r1v2` for a variant of it."""
        return "".join(f"{letter}{row}" for letter, row in (("r", self.release), ("v", self.variant)) if row)

    def all(self) -> Iterator["Segment"]:
        """This segment and all that are in it, the largest first in each."""
        yield self
        for part in self.parts:
            yield from part.all()

    def leaves(self) -> Iterator["Segment"]:
        return (segment for segment in self.all() if not segment.parts)


def segments(counts: Mapping[Atom, int], minimum: int) -> Segment:
    """All sessions of a page and device class, in as many published parts of at least `minimum` as there may be.

    By release, and each release by variant; by variant alone where no release can be published.
    """
    whole = Segment(sum(counts.values()), frozenset(counts))
    by_release = _parts(whole, counts, minimum, RELEASE)
    if not by_release:
        return replace(whole, parts=_parts(whole, counts, minimum, VARIANT))
    parts = [replace(part, parts=_parts(part, counts, minimum, VARIANT)) for part in by_release]
    return replace(whole, parts=tuple(parts))


def _parts(whole: Segment, counts: Mapping[Atom, int], minimum: int, by: int) -> tuple[Segment, ...]:
    """A segment by release or by variant: the parts that may be published and the rest; none if none may be."""
    if not whole.published:
        return ()
    sizes: Counter[int] = Counter()
    for atom in whole.atoms:
        sizes[atom[by]] += counts[atom]
    chosen = _apart(sizes, minimum)
    labels = [(row, 0) if by == RELEASE else (whole.release, row) for row in chosen]
    parts = [
        Segment(sizes[row], frozenset(atom for atom in whole.atoms if atom[by] == row), *label)
        for row, label in zip(chosen, labels, strict=True)
    ]
    rest = whole.sessions - sum(part.sessions for part in parts)
    others = frozenset(atom for atom in whole.atoms if atom[by] not in chosen)
    return (*parts, Segment(rest, others, published=False)) if parts and rest else tuple(parts)


def _apart(sizes: Mapping[int, int], minimum: int) -> list[int]:
    """The rows that may be shown apart, the largest first."""
    enough = [row for row, size in sizes.items() if row and size >= minimum]
    chosen = sorted(enough, key=lambda row: (-sizes[row], row))[:MOST]
    while chosen and 0 < sum(sizes.values()) - sum(sizes[row] for row in chosen) < CROWD:
        chosen.pop()
    return chosen


def by_number(label: str) -> list[tuple[str, int]]:
    """A key that puts release 1.9 before 1.10."""
    return [(text, int(n or 0)) for text, n in re.findall(r"(\D*)(\d{0,9})", label)]
