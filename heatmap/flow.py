"""How visitors go through the site, which errors they meet where, which marks they leave: tables kept at the end. Pure.

Numbers of visitor sessions in fives, rounded down: so is every sum and difference of them, and nobody stands out.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from heatmap.columns import BACK, ERROR, MARK, PAGE, starts
from heatmap.elements import harmless
from heatmap.raw import Slice
from heatmap.told import fives

#: Different rows of a table that are counted, in each share of the sessions: one visitor could claim errors in any
#: number of places.
ROWS = 10_000
#: In place of a page: before the first and after the last.
OUTSIDE = -1

#: What that is called in the tables.
ELSEWHERE = "elsewhere"

Key = tuple[int, ...]
TableRow = dict[str, str | int]


@dataclass
class Flow:
    """Sessions by what they did, each counted once; slices of whole sessions add up."""

    steps: Counter[Key] = field(default_factory=Counter)  #: page (`OUTSIDE` = came from elsewhere), next page
    #: Page that was left at once, back to the one before; release.
    backs: Counter[Key] = field(default_factory=Counter)
    errors: Counter[Key] = field(default_factory=Counter)  #: page, release, script, line, column
    marks: Counter[Key] = field(default_factory=Counter)  #: mark, release
    orders: Counter[Key] = field(default_factory=Counter)  #: mark (`OUTSIDE` = none yet), next mark

    def add(self, part: Slice) -> None:
        columns = part.columns
        opened, back, mark, error = (np.flatnonzero(columns.is_kind(k)) for k in (PAGE, BACK, MARK, ERROR))
        _more(self.steps, *_steps(columns.session[opened], columns.t[opened], part.visit_of(opened)["page"]))
        _more(self.orders, *_steps(columns.session[mark], columns.t[mark], columns.x[mark]))
        _more(self.backs, columns.session[back], columns.x[back], part.visit_of(back)["release"])
        _more(self.marks, columns.session[mark], columns.x[mark], part.visit_of(mark)["release"])
        script = columns.fx[error].astype(np.int64) | columns.fy[error].astype(np.int64) << 16
        where, at = part.visit_of(error), (columns.x[error], columns.y[error])
        _more(self.errors, columns.session[error], where["page"], where["release"], script, *at)

    def merged(self, other: "Flow") -> "Flow":
        """Of both; no session is in two."""
        return Flow(*(mine + theirs for mine, theirs in zip(self._all(), other._all(), strict=True)))

    def _all(self) -> tuple[Counter[Key], ...]:
        return self.steps, self.backs, self.errors, self.marks, self.orders

    def files(self, pages: Sequence[str], releases: Sequence[str], marks: Sequence[str]) -> dict[str, bytes]:
        """The tables, each as JSON and CSV."""
        return as_files(self.tables(pages, releases, marks))

    def tables(
        self, pages: Sequence[str], releases: Sequence[str], marks: Sequence[str]
    ) -> dict[str, list[TableRow]]:
        """`flow`, `backs`, `errors`, `marks` and `orders`, with the names of what was counted."""
        names, labels = _Names(pages, ELSEWHERE), _Names(["", *releases], "")
        steps = _Names(marks, "")
        where = {"page": names, "release": labels}
        return {
            "flow": _table(self.steps, {"page": names, "next": names}),
            "backs": _table(self.backs, where),
            "errors": _table(self.errors, where | dict.fromkeys(("script", "line", "column"))),
            "marks": _table(self.marks, {"mark": steps, "release": labels}),
            "orders": _table(self.orders, {"mark": steps, "next": steps}),
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


def _table(counts: Mapping[Key, int], columns: Mapping[str, _Names | None]) -> list[TableRow]:
    """Rows of five sessions and more, the most first."""
    rows = sorted(((key, fives(n)) for key, n in counts.items()), key=lambda row: (-row[1], row[0]))
    return [
        {
            **{
                name: names[value] if names else value
                for (name, names), value in zip(columns.items(), key, strict=True)
            },
            "sessions": number,
        }
        for key, number in rows
        if number
    ]


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
