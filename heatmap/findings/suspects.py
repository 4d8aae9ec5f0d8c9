"""What may be wrong with a site: how many met it, and how many in each of two releases. Pure.

From tables that are published anyway; a number that is not told is a range.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from heatmap.compare import bounds
from heatmap.elements import Row
from heatmap.findings.evidence import Number, Pair
from heatmap.findings.survey import ALL, Survey
from heatmap.flow import TableRow
from heatmap.sheet import CELL
from heatmap.told import MINIMUM
from recorder.recording import Device

#: What goes wrong with elements; and what is neither right nor wrong until it changes.
FAULTS, CLICKED = ("rage", "dead", "error", "invalid"), "clicked"
USED = (CLICKED, "depth")
#: Shares of a page's height at which releases are compared.
DEPTHS = (0.25, 0.5, 0.75, 0.95)

What = Literal["element", "script", "back", "depth"]


@dataclass(frozen=True)
class Subject:
    """What a finding is about; of the rest only what tells it apart is given."""

    what: What
    page: int
    device: Device | None = None  #: of a depth: pages are as high as their device class makes them
    hash: str = ""  #: of an element
    tag: str = ""
    name: str = ""  #: of an element; of a script its path, where a snapshot knows it
    script: int | None = None  #: hash of a script's path, and the place in it
    line: int | None = None
    column: int | None = None
    y: int | None = None  #: of a depth: px


@dataclass(frozen=True)
class Suspect:
    """One number of everybody, and of both releases; by device class, or under `ALL`."""

    subject: Subject  #: what, page, and then what tells it apart
    kind: str
    whole: dict[str, Number]
    pairs: dict[str, Pair]

    @property
    def fault(self) -> bool:
        """Whether more of it is worse."""
        return self.kind not in USED


def suspects(survey: Survey, before: str = "", after: str = "") -> Iterator[Suspect]:
    """Every number of every thing; in pairs as well where two releases are given."""
    yield from _elements(survey, before, after)
    yield from _site(survey, before, after)
    yield from _depths(survey, before, after)


def _elements(survey: Survey, before: str, after: str) -> Iterator[Suspect]:
    """Each element of each page in each kind, over the device classes where it is the same one."""
    found: dict[tuple[Subject, str], Suspect] = {}
    for place in survey.places:
        sides = [{_same(row): row for row in place.rows.get(name, ())} for name in (before, after)]
        for row in place.rows[ALL]:
            subject = Subject("element", place.page, None, *_same(row))
            a, b = (side.get(_same(row)) for side in sides)
            for kind in (*FAULTS, CLICKED):
                pair = _pair(a, b, kind) if before and after else None
                if not row.saw:
                    continue
                each = found.setdefault((subject, kind), Suspect(subject, kind, {}, {}))
                each.whole[place.device] = _number(row, kind)
                if pair:
                    each.pairs[place.device] = pair
    yield from found.values()


def _same(row: Row) -> tuple[str, str, str]:
    return row.hash, row.tag, row.name


def _number(row: Row, kind: str) -> Number:
    least, most = bounds(row, kind)
    of = row.saw or 0
    return Number(min(least, of), min(most, of), of)


def _pair(before: Row | None, after: Row | None, kind: str) -> Pair | None:
    """Both sides of an element that both releases saw, where something is told on one of them."""
    if not before or not after or not before.saw or not after.saw:
        return None
    if getattr(before, kind) is None and getattr(after, kind) is None:
        return None
    return Pair(_number(before, kind), _number(after, kind))


def _site(survey: Survey, before: str, after: str) -> Iterator[Suspect]:
    """Errors by place in a script, and pages that are left at once: of the whole site, so of no device class."""
    visits = _by_release(survey.visits(), ())
    tables: Sequence[tuple[What, str, Sequence[str]]] = (
        ("script", "errors", ("script", "line", "column")),
        ("back", "backs", ()),
    )
    for what, name, columns in tables:
        for (page, *rest), by_release in _by_release(survey.tables.get(name, ()), columns).items():
            of = visits.get((page,), {})
            if page not in survey.pages or not of:
                continue
            script, line, column = map(int, rest) if rest else (None, None, None)
            sides = [_fives(by_release.get(side, 0), of.get(side, 0)) for side in (before, after)]
            both = before and after and all(side.of for side in sides)
            yield Suspect(
                Subject(
                    what,
                    survey.pages.index(str(page)),
                    name=survey.scripts.get(script or 0, ""),
                    script=script,
                    line=line,
                    column=column,
                ),
                what,
                {ALL: _whole(list(by_release.values()), of[ALL])},
                {ALL: Pair(*sides)} if both else {},
            )


def _by_release(
    table: Sequence[TableRow], columns: Sequence[str]
) -> dict[tuple[str | int, ...], dict[str, int]]:
    out: defaultdict[tuple[str | int, ...], dict[str, int]] = defaultdict(dict)
    for row in table:
        key = tuple(row[column] for column in ("page", *columns))
        out[key][str(row["release"])] = int(row["sessions"])
    return out


def _whole(numbers: Sequence[int], of: int) -> Number:
    """Of all releases together, each told in fives."""
    most = sum(numbers) + (MINIMUM - 1) * len(numbers)
    return Number(min(sum(numbers), of), min(most, of), of)


def _fives(number: int, of: int) -> Number:
    """A number that is told in fives, rounded down."""
    return Number(min(number, of), min(number + MINIMUM - 1, of), of)


def _depths(survey: Survey, before: str, after: str) -> Iterator[Suspect]:
    """How many got as far, in both releases."""
    for place in survey.places:
        sides = [(place.reach.get(side), place.sessions.get(side, 0)) for side in (before, after)]
        if not before or not after or any(not reach or not of for reach, of in sides):
            continue
        for depth in DEPTHS:
            row = min(int(depth * place.height / CELL), place.height // CELL - 1)
            pair = Pair(*(_reached(reach or (), row, of) for reach, of in sides))
            subject = Subject("depth", place.page, place.device, y=row * CELL)
            yield Suspect(subject, "depth", {}, {place.device: pair})


def _reached(reach: Sequence[int], row: int, of: int) -> Number:
    """Sessions that got to a row: told less than five too high, see `rows.py`."""
    number = min(int(reach[row]), of) if row < len(reach) else 0
    return Number(max(0, number - MINIMUM + 1), number, of)
