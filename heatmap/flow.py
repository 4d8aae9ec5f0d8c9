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

#: Different places of errors that are counted: one visitor could claim any number of them.
PLACES = 10_000
#: In place of a page: before the first and after the last.
OUTSIDE = -1

Key = tuple[int, ...]


@dataclass
class Flow:
    """Sessions by what they did, each counted once; slices of whole sessions add up."""

    steps: Counter[Key] = field(default_factory=Counter)  #: page (`OUTSIDE` = came from elsewhere), next page
    backs: Counter[Key] = field(
        default_factory=Counter
    )  #: page that was left at once, back to the one before
    errors: Counter[Key] = field(default_factory=Counter)  #: page, release, script, line, column
    marks: Counter[Key] = field(default_factory=Counter)  #: mark, release

    def add(self, part: Slice) -> None:
        columns, release = part.columns, part.visits["release"][part.visit]
        session = columns.session
        self.steps += _sessions(*_steps(part))
        back, mark, error = (columns.is_kind(kind) for kind in (BACK, MARK, ERROR))
        self.backs += _sessions(session[back], columns.x[back])
        self.marks += _sessions(session[mark], columns.x[mark], release[mark])
        script = columns.fx.astype(np.int64) | columns.fy.astype(np.int64) << 16
        found = (part.page, release, script, columns.x, columns.y)
        seen = _sessions(session[error], *(each[error] for each in found))
        self.errors += {k: n for k, n in seen.items() if k in self.errors or len(self.errors) < PLACES}

    def files(self, pages: Sequence[str], releases: Sequence[str], marks: Sequence[str]) -> dict[str, bytes]:
        """`flow`, `backs`, `errors` and `marks`, each as JSON and CSV."""
        names, labels = _Names(pages, "elsewhere"), _Names(["", *releases], "")
        tables = {
            "flow": _table(self.steps, {"page": names, "next": names}),
            "backs": _table(self.backs, {"page": names}),
            "errors": _table(
                self.errors, {"page": names, "release": labels, "script": None, "line": None, "column": None}
            ),
            "marks": _table(self.marks, {"mark": _Names(marks, ""), "release": labels}),
        }
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


def _steps(part: Slice) -> tuple[NDArray[np.uint32], NDArray[np.int64], NDArray[np.int64]]:
    """Session, page and next page of every step, from outside to outside; a page after itself is no step."""
    opened = part.columns.is_kind(PAGE)
    session, page = part.columns.session[opened], part.page[opened].astype(np.int64)
    order = np.lexsort((part.columns.t[opened], session))
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


def _sessions(session: NDArray[np.uint32], *keys: NDArray[np.generic]) -> Counter[Key]:
    """How many distinct sessions there are of each combination of keys."""
    if not len(session):
        return Counter()
    rows = np.unique(np.stack([each.astype(np.int64) for each in (session, *keys)], axis=1), axis=0)
    return Counter(map(tuple, rows[:, 1:].tolist()))


def _table(counts: Mapping[Key, int], columns: Mapping[str, _Names | None]) -> list[dict[str, str | int]]:
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
