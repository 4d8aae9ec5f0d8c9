"""The element table of a page: how many sessions saw each element and clicked it, and what went wrong there.

Numbers rest on five sessions or more, like everything that is shown, and so do their differences: between a row's
numbers, and between those of a segment and of its parts (see `told.py`).
"""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields

import numpy as np
from numpy.typing import NDArray

from heatmap import layers, told
from heatmap.columns import Columns, starts
from heatmap.project import find
from heatmap.sheet import CELL
from heatmap.snapshots.snapshot import Snapshot
from heatmap.told import Numbers, Told

#: Kinds of sessions that are counted by element, each with what it is a part of.
PART_OF = {
    "clicked": "saw",
    "first": "clicked",
    "rage": "clicked",
    "dead": "clicked",
    "error": "clicked",
    "invalid": "saw",
}
KINDS = tuple(PART_OF)
_EVENTS = {
    "clicked": layers.click,
    "rage": layers.rage,
    "dead": layers.dead,
    "error": layers.error,
    "invalid": layers.invalid,
}

#: Ends of the classes in which times to the first click are counted, ms: each a quarter longer than the one before.
TIMES = np.round(250 * 1.25 ** np.arange(32)).astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Of R elements, from slices of whole sessions."""

    sessions: Mapping[str, Numbers]  #: by kind, (R,): distinct sessions
    clicks: Numbers  #: (R,) clicks of all of them
    times: Numbers  #: (R, len(TIMES) + 1) sessions by the time to their first click, where it was on this element


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """The numbers of R elements as told, with what is needed to tell those of a whole of which this is a part."""

    saw: Numbers  #: (R,) sessions that scrolled to the element's middle, as published
    told: Mapping[str, Told]
    clicks: Numbers  #: (R,) of the sessions that are told as `clicked` …
    clicks_left: Numbers  #: … and of the others
    times: Numbers  #: (R, classes), of the sessions that are told as `first` …
    times_left: Numbers  #: … and of the others


@dataclass(frozen=True)
class Row:
    """One element; numbers of visitor sessions, None where they are fewer than five."""

    hash: str
    tag: str
    name: str
    saw: int | None  #: sessions that scrolled to its middle
    clicked: int | None
    share: float | None  #: adoption: of those who saw it, how many clicked it
    clicks: int | None  #: all clicks of those who clicked it
    first: int | None  #: sessions whose first click on the page was on it
    seconds: float | None  #: median of these: from the page's opening to that click
    rage: int | None
    dead: int | None
    error: int | None
    invalid: int | None = None  #: sessions whose browser did not take what was in this field


def count(columns: Columns, snapshot: Snapshot) -> Counts:
    """Distinct sessions of each kind by row of the snapshot's table; slices of whole sessions add up."""
    found = {name: _found(layer(columns), snapshot) for name, layer in _EVENTS.items()}
    sessions = {name: _sessions(*each, len(snapshot.elements)) for name, each in found.items()}
    clicks = np.bincount(found["clicked"][1], minlength=len(snapshot.elements)).astype(np.int64)
    times = _first(columns, snapshot)
    return Counts({**sessions, "first": times.sum(axis=1)}, clicks, times)


def add(parts: Sequence[Counts]) -> Counts:
    return Counts(
        {name: told.total([part.sessions[name] for part in parts]) for name in PART_OF},
        told.total([part.clicks for part in parts]),
        told.total([part.times for part in parts]),
    )


def table(counts: Counts, saw: Numbers) -> Table:
    """The numbers of a segment without parts. `saw`: sessions that saw each element, as published."""
    numbers: dict[str, Told] = {}
    for name, whole in PART_OF.items():
        of = saw if whole == "saw" else numbers[whole].shown
        numbers[name] = told.tell(counts.sessions[name], of)
    clicked, first = numbers["clicked"].shown > 0, numbers["first"].shown > 0
    return Table(
        saw.astype(np.int64),
        numbers,
        *(np.where(mask, counts.clicks, 0) for mask in (clicked, ~clicked)),
        *(np.where(mask[:, None], counts.times, 0) for mask in (first, ~first)),
    )


def together(tables: Sequence[Table]) -> Table:
    """The table of all, of which each is published as well or known to nobody; no session is in two."""
    if len(tables) == 1:
        return tables[0]
    saw = told.total([each.saw for each in tables])
    numbers: dict[str, Told] = {}
    for name, whole in PART_OF.items():
        of = saw if whole == "saw" else numbers[whole].shown
        numbers[name] = told.together([each.told[name] for each in tables], of)
    return Table(
        saw,
        numbers,
        *told.amounts([t.clicks for t in tables], [t.clicks_left for t in tables], numbers["clicked"]),
        *told.amounts([t.times for t in tables], [t.times_left for t in tables], numbers["first"]),
    )


def beside(tables: Sequence[Table]) -> Table:
    """What these tables tell, and nothing more; no session is in two."""
    return Table(
        told.total([each.saw for each in tables]),
        {name: told.beside([each.told[name] for each in tables]) for name in PART_OF},
        *(told.total([getattr(t, name) for t in tables]) for name in ("clicks", "clicks_left")),
        *(told.total([getattr(t, name) for t in tables]) for name in ("times", "times_left")),
    )


def seen(snapshot: Snapshot, reached: NDArray[np.uint32]) -> Numbers:
    """Sessions that scrolled to each element's middle; to the top of the page for what stays in view.

    `reached`: sessions by row of cells, as published.
    """
    if not len(reached):
        return np.zeros(len(snapshot.elements), np.int64)
    boxes = snapshot.elements
    middle = np.where(boxes["fixed"], 0, (boxes["y"] + boxes["h"] // 2) // CELL)
    return np.asarray(reached[np.clip(middle, 0, len(reached) - 1)], np.int64)


def rows(table_: Table, snapshot: Snapshot, *, seen_too: bool = False, hidden_too: bool = False) -> list[Row]:
    """The rows that have something to tell, most clicked first; with `seen_too` also what was only seen.

    What the page hides, such as the links of a menu, nobody sees by scrolling to it: it is a row only where more is
    told of it, or with `hidden_too`, for tables that are laid beside each other.
    """
    more = np.max([t.shown for t in table_.told.values()], axis=0, initial=0)
    seen_ = table_.saw if hidden_too else np.where(snapshot.elements["visible"], table_.saw, 0)
    shown = np.flatnonzero(more + seen_ if seen_too else more)
    made = [_row(table_, snapshot, int(row)) for row in shown]
    return sorted(made, key=lambda row: (-(row.clicked or 0), row.hash))


def as_csv(table_: Sequence[Row]) -> bytes:
    """A table for spreadsheets; names that look like a formula are kept from being one."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([field.name for field in fields(Row)])
    for row in table_:
        writer.writerow([harmless(value) for value in asdict(row).values()])
    return text.getvalue().encode()


def as_json(table_: Sequence[Row]) -> bytes:
    return json.dumps([asdict(row) for row in table_], ensure_ascii=False, indent=1).encode()


def _found(columns: Columns, snapshot: Snapshot) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Session and row of each event whose element is in the table."""
    row = find(columns.el, snapshot.elements["hash"])
    known = row < len(snapshot.elements)
    return columns.session[known].astype(np.int64), row[known]


def _sessions(session: NDArray[np.int64], row: NDArray[np.int64], size: int) -> Numbers:
    once = np.unique(session * max(size, 1) + row)
    return np.bincount(once % max(size, 1), minlength=size).astype(np.int64)


def _first(columns: Columns, snapshot: Snapshot) -> Numbers:
    """Each session's first click on the page by element and by time since its first event there."""
    size, classes = len(snapshot.elements), len(TIMES) + 1
    opened = np.full(int(columns.session.max(initial=0)) + 1, np.iinfo(np.int64).max)
    np.minimum.at(opened, columns.session, columns.t.astype(np.int64))
    clicks = np.flatnonzero(layers.is_click(columns))
    clicks = clicks[np.lexsort((columns.el[clicks], columns.t[clicks], columns.session[clicks]))]
    first = clicks[starts(columns.session[clicks])]
    row = find(columns.el[first], snapshot.elements["hash"])
    late = np.searchsorted(TIMES, columns.t[first].astype(np.int64) - opened[columns.session[first]])
    known = row < size
    cell = row[known] * classes + late[known]
    return np.bincount(cell, minlength=size * classes).reshape(size, classes).astype(np.int64)


def _median(times: Numbers) -> float | None:
    """Seconds that half of the sessions took at most: the end of their class, in tenths; None for nobody."""
    if not times.sum():
        return None
    half = int(np.searchsorted(times.cumsum(), (times.sum() + 1) // 2))
    return round(float(TIMES[min(half, len(TIMES) - 1)]) / 1000, 1)


def _row(table_: Table, snapshot: Snapshot, row: int) -> Row:
    numbers = {name: int(each.shown[row]) or None for name, each in table_.told.items()}
    saw, clicked = int(table_.saw[row]), numbers["clicked"]
    return Row(
        hash=f"{int(snapshot.elements['hash'][row]):08x}",
        tag=snapshot.tags[row],
        name=snapshot.names[row],
        saw=saw or None,
        share=round(clicked / saw, 4) if clicked and saw else None,
        clicks=int(table_.clicks[row]) or None,
        seconds=_median(table_.times[row]),
        **numbers,
    )


def harmless(value: object) -> object:
    """A value for a spreadsheet: text that looks like a formula is kept from being one."""
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value
