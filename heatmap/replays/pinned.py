"""What stays in the window while the page scrolls: a header, and what is open in a state. Pure.

A snapshot is taken at the top of its page, so what sticks is there on its picture. The player cuts it out and shows it
where it would be.
"""

import numpy as np
from numpy.typing import NDArray

from heatmap.project import find
from heatmap.sheet import Sheet

#: A header is at most so high, px, and begins so near to the top; what is higher covers the page.
HEADER = 200
#: What hangs on a header begins so near to its end, px.
NEAR = 8
#: So many parts of a state are cut out, and none that is smaller: they are parts of others, or hardly seen.
PARTS, SMALL = 5, 40

#: A box of the picture, x, y, w, h, and where its top is in the window once the page has scrolled so far.
Pin = tuple[int, int, int, int, int]


def pinned(sheet: Sheet, plain: Sheet) -> list[Pin]:
    """The header of a page, and what is fixed on this state of it and not to be seen on the plain page."""
    rows = sheet.elements
    fixed = rows["fixed"] & rows["visible"] & (rows["y"] >= 0)
    wide = fixed & (rows["w"] * 2 > sheet.width) & (rows["h"] > 0) & (rows["y"] + rows["h"] <= HEADER)
    header = _around(sheet, wide)
    own = fixed & ~_seen(sheet, plain) & ~wide & (np.minimum(rows["w"], rows["h"]) >= SMALL)
    end = header[0][1] + header[0][3] if header else -NEAR
    found = header
    for row in _outermost(rows[own]):
        x, y, w, h = (int(row[side]) for side in ("x", "y", "w", "h"))
        hangs = abs(y - end) <= NEAR
        found.append((x, y, w, h, y - header[0][1] if hangs and header else y))
    return found


def _around(sheet: Sheet, wide: NDArray[np.bool_]) -> list[Pin]:
    if not wide.any():
        return []
    rows = sheet.elements[wide]
    top = int(rows["y"].min())
    return [(0, top, sheet.width, int((rows["y"] + rows["h"]).max()) - top, 0)]


def _seen(sheet: Sheet, plain: Sheet) -> NDArray[np.bool_]:
    """Which elements the plain page shows as well."""
    visible = np.append(plain.elements["visible"], False)
    return np.asarray(visible[find(sheet.elements["hash"], plain.elements["hash"])], np.bool_)


def _outermost(rows: NDArray[np.void]) -> list[np.void]:
    """Boxes that lie in no other, large before small."""
    area = rows["w"].astype(np.int64) * rows["h"]
    taken: list[np.void] = []
    for row in rows[np.argsort(-area, kind="stable")]:
        if len(taken) < PARTS and not any(_holds(other, row) for other in taken):
            taken.append(row)
    return taken


def _holds(outer: np.void, inner: np.void) -> bool:
    return all(
        outer[a] <= inner[a] and outer[a] + outer[b] >= inner[a] + inner[b]
        for a, b in (("x", "w"), ("y", "h"))
    )
