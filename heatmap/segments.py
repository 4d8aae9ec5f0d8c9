"""Who may be shown apart: all visitor sessions of a page on a device class, those of a release, of a variant. Pure.

A segment is published only if it has enough sessions, and if what is left of its parent without the published ones is
nobody or a crowd as well: else the smallest is pooled with the rest. So are all but the `MOST` largest. The rest itself
has no picture of its own. What is published and has no parts is cut further, by marks and days: see `cut`.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby

#: Row of the release and row of the variant, from 1, 0 where a session gave none, or several on one page; which marks
#: it reached, a bit for each of the first `MARKS_APART`; the day that it counts for, from 1; 0 if none matters.
Atom = tuple[int, int, int, int]

RELEASE, VARIANT, MARKS, DAY = range(4)

#: So many sessions are a crowd.
CROWD = 5

#: A segment that is drawn apart takes its sessions out of the crowds of the whole: with a hundred, nothing is lost.
APART = 100

#: Each mark cuts a segment in two: of more than the first three there would be crumbs.
MARKS_APART = 3

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
    cell: bool = False  #: one side of a mark, or some days: shown as a part of selections only
    selection: str = (
        ""  #: it is no segment, but cells and segments side by side, its parts; they are called so
    )

    @property
    def name(self) -> str:
        """How its files are called: nothing for all, `r1` for the first release, `r1v2` for a variant of it."""
        if self.selection:
            return self.selection
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

    By release, and each release by variant; by variant alone where no release can be published; then by marks and days.
    """
    whole = Segment(sum(counts.values()), frozenset(counts))
    by_release = _parts(whole, counts, minimum, RELEASE)
    if not by_release:
        return _with(whole, _parts(whole, counts, minimum, VARIANT), counts, minimum)
    parts = [_with(part, _parts(part, counts, minimum, VARIANT), counts, minimum) for part in by_release]
    return replace(whole, parts=tuple(parts))


def _with(whole: Segment, variants: tuple[Segment, ...], counts: Mapping[Atom, int], minimum: int) -> Segment:
    """A segment with its variants; each, or itself where there are none, cut by marks and days."""
    if not whole.published:
        return whole
    if not variants:
        return cut(whole, counts, minimum)
    return replace(whole, parts=tuple(cut(p, counts, minimum) if p.published else p for p in variants))


def cut(whole: Segment, counts: Mapping[Atom, int], minimum: int, mark: int = 0) -> Segment:
    """A segment by marks, from this one on, and what comes of that by days.

    A mark cuts where both sides have enough sessions. Days are put together, from the first one on, until they have
    `APART`: with fewer, their pictures would take too much from that of the whole.
    """
    if mark == MARKS_APART:
        pieces = _by_day(whole, counts)
        return replace(whole, parts=tuple(pieces)) if len(pieces) > 1 else whole
    reached = frozenset(atom for atom in whole.atoms if atom[MARKS] >> mark & 1)
    sides = [_cell(whole, side, counts) for side in (reached, whole.atoms - reached)]
    if any(side.sessions < minimum for side in sides):
        return cut(whole, counts, minimum, mark + 1)
    return replace(whole, parts=tuple(cut(side, counts, minimum, mark + 1) for side in sides))


def _by_day(whole: Segment, counts: Mapping[Atom, int]) -> list[Segment]:
    """Days after days, each piece with `APART` sessions and more."""
    pieces: list[set[Atom]] = [set()]
    for _, atoms in groupby(sorted(whole.atoms, key=_day), key=_day):
        if sum(counts[atom] for atom in pieces[-1]) >= APART:
            pieces.append(set())
        pieces[-1].update(atoms)
    made = [_cell(whole, frozenset(piece), counts) for piece in pieces]
    if len(made) > 1 and made[-1].sessions < APART:
        last = _cell(whole, made[-2].atoms | made[-1].atoms, counts)
        made[-2:] = [last]
    return made


def _day(atom: Atom) -> int:
    return atom[DAY]


def _cell(whole: Segment, atoms: frozenset[Atom], counts: Mapping[Atom, int]) -> Segment:
    size = sum(counts[atom] for atom in atoms)
    return Segment(size, atoms, whole.release, whole.variant, published=False, cell=True)


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
