"""What things are called in words: the elements of a page by their names, or by what they are and where. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from heatmap.snapshots.snapshot import Snapshot, named

#: A name that comes later than so many elements into another one does not tell what that is.
NEAR = 12
#: How an element without a name is called, by tag.
_THINGS = {
    **dict.fromkeys(("svg", "img", "picture", "figure", "canvas", "video"), "a picture"),
    **dict.fromkeys(("input", "textarea", "select"), "a field"),
    **dict.fromkeys(("p", "span", "td", "li"), "some text"),
    "a": "a link",
    "button": "a button",
    "form": "the form",
    "dialog": "a dialog",
    "nav": "a menu",
}


@dataclass(frozen=True)
class Words:
    """What things are called: pages, marks, and the elements of each state of this page."""

    page: str
    pages: Sequence[str]
    marks: Sequence[str]
    snapshots: Sequence[Snapshot | None]

    def element(self, el: int, state: int) -> str:
        """Its readable name, else what it is and where."""
        for snapshot in (self.snapshots[state], *self.snapshots):
            if snapshot is not None and (row := _row(snapshot, el)) is not None:
                return _called(snapshot, row)
        return f"an element that no snapshot has ({el:08x})" if el else "the page itself"

    def script(self, path: int) -> str:
        """The path of a script that some snapshot of this page loaded, by its hash."""
        loaded = (script for s in self.snapshots if s is not None for script in s.scripts)
        return next((script for script in loaded if named(script) == path), "a script")


def _row(snapshot: Snapshot, el: int) -> int | None:
    hashes = snapshot.elements["hash"]
    row = int(np.searchsorted(hashes, el))
    return row if row < len(hashes) and hashes[row] == el else None


def _called(snapshot: Snapshot, row: int) -> str:
    if snapshot.names[row]:
        return f"“{snapshot.names[row]}”"
    thing = _THINGS.get(snapshot.tags[row], "a part of the page")
    if inner := _inside(snapshot, row):
        return f"{thing} with “{inner}”"
    around = _around(snapshot, row)
    return f"{thing} in “{snapshot.names[around]}”" if around is not None else thing


def _inside(snapshot: Snapshot, row: int) -> str:
    """The first name in it, in the order of the document.

    Snapshots that do not say how deep an element is tell that only of what is closed: nothing else has no box.
    """
    rows, el = snapshot.outline, int(snapshot.elements["hash"][row])
    at = next((n for n, each in enumerate(rows) if each.hash == el), len(rows))
    closed = not snapshot.elements["w"][row]
    for each in rows[at + 1 : at + 1 + NEAR]:
        if each.depth <= rows[at].depth and (each.depth or not closed):
            return ""
        if each.name:
            return each.name
    return ""


def _around(snapshot: Snapshot, row: int) -> int | None:
    """The smallest element with a name whose box holds this one's."""
    boxes, box = snapshot.elements, snapshot.elements[row]
    holds = (boxes["x"] <= box["x"]) & (boxes["y"] <= box["y"])
    holds &= boxes["x"] + boxes["w"] >= box["x"] + box["w"]
    holds &= boxes["y"] + boxes["h"] >= box["y"] + box["h"]
    holds &= boxes["visible"] & np.array([bool(name) for name in snapshot.names])
    holds[row] = False
    found = np.flatnonzero(holds)
    area = boxes["w"].astype(np.int64) * boxes["h"]
    return int(found[area[found].argmin()]) if len(found) and box["w"] and box["h"] else None
