"""Device class against device class, element by element: they have no page in common on which spots could be compared.

Pure, and from tables that are published anyway.
"""

from collections.abc import Callable
from functools import cache, partial

import numpy as np

from heatmap import compare
from heatmap.compare import Change
from heatmap.drawing import draw_change
from heatmap.elements import Row
from heatmap.files import Context, Files, heading, pictures, tables
from heatmap.page import Page, Told
from recorder.recording import Device

#: What is drawn of it: of those who saw an element, how many clicked it.
KIND = "clicked"


class Side:
    """What is kept of a device class until its page is compared: not the heat."""

    def __init__(self, device: Device, told: Told) -> None:
        self.device, self.sessions = device, told.all.sessions
        self.rows: list[Row] = told.rows(told.all, seen_too=True, hidden_too=True)
        self.page = Page(told.page.sheet, told.page.snapshot, told.page.screenshot)


def of_devices(about: Context, before: Side, after: Side) -> Files:
    """`desktop-mobile/changes.json`, and a picture of it on the second one's page."""
    folder = f"{before.device}-{after.device}"
    made = cache(partial(compare.changes, before.rows, after.rows))
    files: dict[str, Callable[[], bytes]] = tables(f"{folder}/changes", compare, made)
    values = _sure(made(), after.page)
    if drawing := draw_change(values, before.sessions + after.sessions, after.page.sheet):
        files |= pictures(f"{folder}/{KIND}", after.page, drawing, _caption(about, before, after))
    return files


def _sure(made: list[Change], page: Page) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """The difference of each element of the page, 0 where its interval holds none."""
    sure = {
        (int(c.hash, 16), c.name): c.difference for c in made if c.kind == KIND and (c.low > 0 or c.high < 0)
    }
    if not page.snapshot:
        return np.zeros(len(page.sheet.elements))
    names = zip(page.sheet.elements["hash"].tolist(), page.snapshot.names, strict=True)
    return np.array([sure.get(name, 0.0) for name in names])


def _caption(about: Context, before: Side, after: Side) -> str:
    said = f"{after.device} against {before.device}"
    sizes = f"{after.sessions} against {before.sessions} visitor sessions"
    how = "of those who saw an element, fewer (blue) or more (orange) clicked it"
    return " · ".join([*heading(about, KIND), said, sizes, how, "nothing is what chance may explain"])
