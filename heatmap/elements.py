"""The element table of a page: how many sessions saw each element and clicked it, and what went wrong there.

Numbers rest on five sessions or more, like everything that is shown, and so do their differences.
"""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

import numpy as np
from numpy.typing import NDArray

from heatmap import layers, rows
from heatmap.columns import Columns
from heatmap.project import find
from heatmap.sheet import CELL
from heatmap.snapshot import Snapshot

MINIMUM = 5
_COUNTED = {"clicked": layers.click, "rage": layers.rage, "dead": layers.dead, "error": layers.error}

Counts = dict[str, NDArray[np.int64]]


@dataclass(frozen=True)
class Row:
    """One element; numbers of visitor sessions, None where they are fewer than five."""

    hash: str
    tag: str
    name: str
    saw: int | None  #: sessions that scrolled to its middle
    clicked: int | None
    share: float | None  #: of those who saw it, how many clicked it
    rage: int | None
    dead: int | None
    error: int | None


def count(columns: Columns, snapshot: Snapshot) -> Counts:
    """Distinct sessions of each kind by row of the snapshot's table; slices of whole sessions add up."""
    return {name: _sessions(layer(columns), snapshot) for name, layer in _COUNTED.items()}


def add(parts: Sequence[Counts]) -> Counts:
    return {name: np.sum([part[name] for part in parts], axis=0, dtype=np.int64) for name in _COUNTED}


def table(counts: Counts, snapshot: Snapshot, reached: NDArray[np.uint32]) -> list[Row]:
    """The rows that may be shown, most clicked first. `reached`: sessions by row of cells, as published."""
    shown = np.flatnonzero(np.max([counts[name] for name in _COUNTED], axis=0) >= MINIMUM)
    made = [_row(int(row), counts, snapshot, _saw(snapshot.elements[row], reached)) for row in shown]
    return sorted(made, key=lambda row: (-(row.clicked or 0), row.hash))


def as_csv(table_: Sequence[Row]) -> bytes:
    """A table for spreadsheets; names that look like a formula are kept from being one."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([field.name for field in fields(Row)])
    for row in table_:
        writer.writerow([_harmless(value) for value in asdict(row).values()])
    return text.getvalue().encode()


def as_json(table_: Sequence[Row]) -> bytes:
    return json.dumps([asdict(row) for row in table_], ensure_ascii=False, indent=1).encode()


def _sessions(columns: Columns, snapshot: Snapshot) -> NDArray[np.int64]:
    size = len(snapshot.elements)
    row = find(columns.el, snapshot.elements["hash"]).astype(np.int64)
    known = row >= 0
    once = np.unique(columns.session[known].astype(np.int64) * max(size, 1) + row[known])
    return np.bincount(once % max(size, 1), minlength=size).astype(np.int64)


def _saw(element: np.void, reached: NDArray[np.uint32]) -> int:
    """Sessions that scrolled to the element's middle; to the top of the page for what stays in view."""
    middle = 0 if element["fixed"] else (int(element["y"]) + int(element["h"]) // 2) // CELL
    return int(reached[min(max(middle, 0), len(reached) - 1)]) if len(reached) else 0


def _row(row: int, counts: Counts, snapshot: Snapshot, saw: int) -> Row:
    numbers = {name: rows.among(int(counts[name][row]), saw) for name in _COUNTED}
    clicked = numbers["clicked"]
    return Row(
        hash=f"{int(snapshot.elements['hash'][row]):08x}",
        tag=snapshot.tags[row],
        name=snapshot.names[row],
        saw=saw or None,
        share=round(clicked / saw, 4) if clicked and saw else None,
        **numbers,
    )


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value
