"""How visitors go through the site, which errors they meet where, which marks they leave: tables kept at the end. Pure.

Numbers of visitor sessions in fives, rounded down: so is every sum and difference of them, and nobody stands out. They
can be had of a release, of a device class and of those who reached a mark, as sums of what is told apart: `divided.py`.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from heatmap.columns import BACK, ERROR, MARK, PAGE, starts
from heatmap.divided import EVERYBODY, LABELS, Node, Whom, divided, widths
from heatmap.elements import harmless
from heatmap.raw import Slice
from heatmap.visits import only

#: Different rows of a table that are counted, in each share of the sessions: one visitor could claim errors in any
#: number of places.
ROWS = 50_000
#: In place of a page: before the first and after the last.
OUTSIDE = -1

#: What that is called in the tables.
ELSEWHERE = "elsewhere"

#: What of each table is told beside the number of sessions, in the order of its keys.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "flow": ("page", "next"),
    "backs": ("page",),
    "errors": ("page", "script", "line", "column"),
    "marks": ("mark",),
    "orders": ("mark", "next"),
}
#: Tables by release: a session counts in each release in which it happened.
BY_RELEASE = ("backs", "errors", "marks")

Key = tuple[int, ...]
TableRow = dict[str, str | int]
#: Of each table its rows, divided: what, of whom, and how many sessions in fives. They add up.
Divided = Mapping[str, Sequence[tuple[Sequence[int], Sequence[int], int]]]


@dataclass
class Flow:
    """Sessions by what they did and `LABELS`, each counted once; slices of whole sessions add up."""

    steps: Counter[Key] = field(default_factory=Counter)  #: page (`OUTSIDE` = came from elsewhere), next page
    backs: Counter[Key] = field(
        default_factory=Counter
    )  #: page that was left at once, back to the one before
    errors: Counter[Key] = field(default_factory=Counter)  #: page, script, line, column
    marks: Counter[Key] = field(default_factory=Counter)  #: mark
    orders: Counter[Key] = field(default_factory=Counter)  #: mark (`OUTSIDE` = none yet), next mark

    def add(self, part: Slice) -> None:
        columns, of = part.columns, _Labels(part)
        session = columns.session
        opened, back, mark, error = (np.flatnonzero(columns.is_kind(k)) for k in (PAGE, BACK, MARK, ERROR))
        for counts, steps in (
            (self.steps, _steps(session[opened], columns.t[opened], part.visit_of(opened)["page"])),
            (self.orders, _steps(session[mark], columns.t[mark], columns.x[mark])),
        ):
            _more(counts, *steps, *of(steps[0]))
        script = columns.fx[error].astype(np.int64) | columns.fy[error].astype(np.int64) << 16
        where = (part.visit_of(error)["page"], script, columns.x[error], columns.y[error])
        for counts, which, what in (
            (self.backs, back, (columns.x[back],)),
            (self.marks, mark, (columns.x[mark],)),
            (self.errors, error, where),
        ):
            _, *others = of(session[which])
            _more(counts, session[which], *what, part.visit_of(which)["release"], *others)

    def merged(self, other: "Flow") -> "Flow":
        """Of both; no session is in two."""
        return Flow(*(mine + theirs for mine, theirs in zip(self._all(), other._all(), strict=True)))

    def _all(self) -> tuple[Counter[Key], ...]:
        return self.steps, self.backs, self.errors, self.marks, self.orders

    def divided(self, releases: int, marks: int) -> Divided:
        """What is told of so many releases and marks."""
        made = zip(COLUMNS, (self.steps, self.backs, self.errors, self.marks, self.orders), strict=True)
        return {name: _divided(counts, widths(releases, marks)) for name, counts in made}

    def files(self, pages: Sequence[str], releases: Sequence[str], marks: Sequence[str]) -> dict[str, bytes]:
        """The tables, each as JSON and CSV."""
        return as_files(self.tables(pages, releases, marks))

    def tables(
        self, pages: Sequence[str], releases: Sequence[str], marks: Sequence[str]
    ) -> dict[str, list[TableRow]]:
        """The tables of everybody, see `tables`."""
        return tables(self.divided(len(releases), len(marks)), pages, releases, marks)


def tables(
    rows: Divided,
    pages: Sequence[str],
    releases: Sequence[str],
    marks: Sequence[str],
    whom: Whom = EVERYBODY,
) -> dict[str, list[TableRow]]:
    """`flow`, `backs`, `errors`, `marks` and `orders` of these visitors, with the names of what was counted."""
    places, steps = _Names(pages, ELSEWHERE), _Names(marks, "")
    of_pages = {"page": places, "next": places, "release": _Names(["", *releases], "")}
    of_marks = of_pages | {"mark": steps, "next": steps}
    return {
        name: _table(name, some, of_marks if "mark" in COLUMNS[name] else of_pages, whom)
        for name, some in rows.items()
    }


def as_files(tables: Mapping[str, Sequence[TableRow]]) -> dict[str, bytes]:
    """Tables by name, each as JSON and CSV."""
    return {
        f"{name}.{kind}": data
        for name, rows in tables.items()
        for kind, data in (("json", _as_json(rows)), ("csv", _as_csv(rows)))
    }


@dataclass(frozen=True)
class _Names:
    names: Sequence[str]
    other: str

    def __getitem__(self, row: int) -> str:
        return self.names[row] if 0 <= row < len(self.names) else self.other


class _Labels:
    """Of each session of a slice its `LABELS`."""

    def __init__(self, part: Slice) -> None:
        visits = part.visits[np.argsort(part.visits["session"], kind="stable")]
        heads = starts(visits["session"])
        self._sessions = visits["session"][heads]
        self._labels = [
            only(values.astype(np.int64), heads)
            for values in (visits["release"], visits["device"].astype(np.int64) + 1, visits["marks"])
        ]

    def __call__(self, session: NDArray[np.uint32]) -> list[NDArray[np.int64]]:
        at = np.searchsorted(self._sessions, session)
        return [label[at] for label in self._labels]


def _steps(
    session: NDArray[np.uint32], t: NDArray[np.uint32], place: NDArray[np.uint16]
) -> tuple[NDArray[np.uint32], NDArray[np.int64], NDArray[np.int64]]:
    """Session, place and next place of every step, from outside to outside; a place after itself is no step."""
    page = place.astype(np.int64)
    order = np.lexsort((t, session))
    session, page = session[order], page[order]
    head = np.isin(np.arange(len(page)), starts(session))
    moved = head | (np.diff(page, prepend=-1) != 0)
    session, page, head = session[moved], page[moved], head[moved]
    came = np.where(head, OUTSIDE, np.roll(page, 1))
    last = np.roll(head, -1)
    return (
        np.concatenate([session, session[last]]),
        np.concatenate([came, page[last]]),
        np.concatenate([page, np.full(int(last.sum()), OUTSIDE)]),
    )


def _more(counts: Counter[Key], session: NDArray[np.uint32], *keys: NDArray[np.generic]) -> None:
    seen = _sessions(session, *keys)
    counts.update({k: n for k, n in seen.items() if k in counts or len(counts) < ROWS})


def _sessions(session: NDArray[np.uint32], *keys: NDArray[np.generic]) -> Counter[Key]:
    """How many distinct sessions there are of each combination of keys."""
    if not len(session):
        return Counter()
    rows = np.unique(np.stack([each.astype(np.int64) for each in (session, *keys)], axis=1), axis=0)
    return Counter(map(tuple, rows[:, 1:].tolist()))


def _divided(counts: Mapping[Key, int], wide: Sequence[int]) -> list[tuple[Key, Node, int]]:
    """The rows of a table, divided, in the order of their keys."""
    found: list[tuple[Key, Node, int]] = []
    for what, some in groupby(sorted(counts), key=lambda key: key[: -len(LABELS)]):
        told = divided({key[len(what) :]: counts[key] for key in some}, wide)
        found += [(what, node, number) for node, number in sorted(told.items())]
    return found


def _table(
    name: str,
    rows: Sequence[tuple[Sequence[int], Sequence[int], int]],
    names: Mapping[str, _Names],
    whom: Whom,
) -> list[TableRow]:
    """Rows of five sessions and more, the most first."""
    columns, by_release = COLUMNS[name], name in BY_RELEASE
    sums: Counter[Key] = Counter()
    for what, node, number in rows:
        # Who is in two releases may be in two rows: what is left of several is not told, they may be the same people.
        if whom.holds(node) and (node or not by_release):
            sums[(*what, *node[:1]) if by_release else tuple(what)] += number
    titles = (*columns, "release") if by_release else columns
    ordered = ("page", "mark", "release", *columns, "sessions")
    made: list[TableRow] = []
    for key, number in sorted(sums.items(), key=lambda row: (-row[1], row[0])):
        told = dict(zip(titles, key, strict=True)) | {"sessions": number}
        made.append(
            {
                title: names[title][told[title]] if title in names else told[title]
                for title in dict.fromkeys(ordered)
                if title in told
            }
        )
    return made


def _as_json(rows: Sequence[Mapping[str, str | int]]) -> bytes:
    return json.dumps(rows, ensure_ascii=False, indent=1).encode()


def _as_csv(rows: Sequence[Mapping[str, str | int]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    if rows:
        writer.writerow(rows[0])
    for row in rows:
        writer.writerow([harmless(value) for value in row.values()])
    return text.getvalue().encode()
