"""The element table of a page over all device classes: for pages where one class alone has too few sessions. Pure."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heatmap import elements
from heatmap.devices import Side, of_devices
from heatmap.elements import Table
from heatmap.files import Context, Files, tables
from heatmap.page import Told
from heatmap.segments import CROWD
from heatmap.sheet import ELEMENT
from heatmap.snapshots.snapshot import Snapshot
from recorder.recording import Device

#: What must agree for an element on two device classes to be the same one: hash, tag and name.
Same = tuple[int, str, str]


@dataclass
class Pooled:
    """The tables of a page's device classes, put together where their elements agree."""

    sessions: dict[Device, int] = field(default_factory=dict)
    tables: list[tuple[Table, Snapshot]] = field(default_factory=list)
    sides: list[Side] = field(default_factory=list)

    def add(self, device: Device, told: Told) -> None:
        """A device class's sessions. Fewer than five are left out: they would be the difference to the others."""
        sessions, table, snapshot = told.all.sessions, told.table(told.all), told.page.snapshot
        if sessions >= CROWD:
            self.sessions[device] = sessions
            if table is not None and snapshot is not None:
                self.tables.append((table, snapshot))
                self.sides.append(Side(device, told))

    def files(self, about: Context) -> Files:
        """The table and its facts, or nothing when all device classes together have too few sessions.

        A class that has no pictures of its own is in the sum, which then holds five sessions more at least. Those that
        have are compared, each with each.
        """
        minimum, total = about.recording.min_sessions, sum(self.sessions.values())
        if total < minimum:
            return {}
        alone = {device: n if n >= minimum else None for device, n in self.sessions.items()}
        facts = {"sessions": total, "devices": alone}
        made: dict[str, Callable[[], bytes]] = {"facts.json": lambda: json.dumps(facts, indent=1).encode()}
        if self.tables:
            made |= tables("elements", elements, cache(lambda: elements.rows(*self._together())))
        for before, after in combinations([side for side in self.sides if alone[side.device]], 2):
            made |= of_devices(about, before, after)
        return made

    def _together(self) -> tuple[Table, Snapshot]:
        keys = sorted({key for _, snapshot in self.tables for key in _same(snapshot)})
        row = {key: number for number, key in enumerate(keys)}
        spread = [
            _spread(table, np.array([row[key] for key in _same(snapshot)], np.intp), len(keys))
            for table, snapshot in self.tables
        ]
        boxes = np.zeros(len(keys), ELEMENT)
        boxes["hash"] = [key[0] for key in keys]
        one, tags, names = self.tables[0][1], [key[1] for key in keys], [key[2] for key in keys]
        return elements.together(spread), replace(one, elements=boxes, tags=tags, names=names)


def _same(snapshot: Snapshot) -> list[Same]:
    hashes = snapshot.elements["hash"].tolist()
    return list(zip(hashes, snapshot.tags, snapshot.names, strict=True))


def _spread(table: Table, to: NDArray[np.intp], size: int) -> Table:
    """The table with its rows where the pooled table has them."""

    def moved(values: NDArray[Any]) -> NDArray[Any]:
        out = np.zeros((size, *values.shape[1:]), values.dtype)
        out[to] = values
        return out

    return Table(
        moved(table.saw),
        {
            name: replace(told, shown=moved(told.shown), left=moved(told.left), pooled=moved(told.pooled))
            for name, told in table.told.items()
        },
        *(moved(each) for each in (table.clicks, table.clicks_left, table.times, table.times_left)),
    )
