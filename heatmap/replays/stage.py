"""The visitor's window on a page's snapshot, and where each event was in it. Pure.

The window shows the snapshot, as wide as its device class's reference width, in its own size. An event with an element
is where the snapshot has that element; and the snapshot is scrolled so that what the visitor saw at that moment is in
the window. Where page and snapshot differ in height, the events themselves tell what went where: see `Way`. Where the
page scrolls in a box they tell how far, too, and what is beside the box stays in the window.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heatmap.columns import Columns
from heatmap.project import How, Placed, project
from heatmap.replays.tape import View
from heatmap.replays.words import Words
from heatmap.sheet import Sheet
from recorder.events import Kind, Pointer

#: Events within so many px of the page tell of one place together, by their median.
BAND = 64
#: So many dialogs and menus on one view of a page are shown as boxes; a person opens fewer.
COVERS = 200
_PLACED = np.isin(np.arange(32), [Kind.MOVE, Kind.CLICK, Kind.RAGE, Kind.DEAD, Kind.INVALID, Kind.SUBMIT])

Floats = NDArray[np.float64]
Json = dict[str, Any]


@dataclass(frozen=True)
class Way:
    """From the visitor's page down the snapshot: what lies at y there lies at `at(y)` here, px.

    Between the page's top and bottom it goes through every place that an event in an element's box tells of.
    """

    page: Floats
    picture: Floats

    @classmethod
    def through(cls, page: NDArray[Any], picture: NDArray[Any], heights: tuple[int, int]) -> "Way":
        """Places of events on the page and on the snapshot (N,), and the heights of both."""
        bands = page.astype(np.int64) // BAND
        here = [bands == band for band in np.unique(bands)]
        told = [(float(np.median(page[rows])), float(np.median(picture[rows]))) for rows in here]
        knots = np.array([(0.0, 0.0), *told, (float(heights[0]), float(heights[1]))])
        order = np.argsort(knots[:, 0], kind="stable")
        return cls(knots[order, 0], np.maximum.accumulate(knots[order, 1]))

    def at(self, y: NDArray[Any]) -> Floats:
        return np.asarray(np.interp(y, self.page, self.picture))

    def top(self, scroll: NDArray[Any], window: int) -> Floats:
        """Where the window's top is on the snapshot: true at the top for a page's top, at the end for its end."""
        room = max(float(self.page[-1]) - window, 1.0)
        share = np.clip(scroll / room, 0.0, 1.0) * window
        top = self.at(scroll + share) - share
        return np.asarray(np.clip(top, 0.0, max(float(self.picture[-1]) - window, 0.0)))


class Stage:
    """A view's events in the window: x, y (N,), px of a window as large as the visitor's, or as the snapshot needs."""

    def __init__(
        self,
        view: View,
        columns: Columns,
        sheets: Sequence[Sheet],
        state: NDArray[np.int64],
        size: tuple[int, int],
    ) -> None:
        self.events, self.size, self.document = view.events, size, view.document
        self.placed, fixed = _placed(columns, sheets, state)
        heights = (max(view.document[1], 1), sheets[0].height)
        rolled = np.zeros(len(columns), np.int64)
        if sheets[0].scroller is not None:
            inside = _inside(self.placed, sheets[0]) & ~fixed
            fixed |= (self.placed.how == How.ELEMENT) & ~inside
            told = inside & _PLACED[self.events["kind"]]
            rolled = _rolled(np.subtract(self.placed.y, columns.y, dtype=np.int64), told)
            heights = (heights[1], heights[1])
        page = columns.y + rolled
        on = (self.placed.how == How.ELEMENT) & ~fixed & _PLACED[self.events["kind"]]
        self.way = Way.through(page[on], self.placed.y[on], heights)
        self.scroll, across = _scrolled(self.events)
        self.top = self.way.top(self.scroll + rolled, size[1])
        margin = (size[0] - sheets[0].width) / 2
        in_box = self.placed.how == How.ELEMENT
        scale = size[0] / max(int(view.header["width"]), 1)
        x = np.where(in_box, self.placed.x + margin, (columns.x - across) * scale)
        y = np.where(in_box, self.placed.y, self.way.at(page)) - self.top
        y = np.where(fixed, columns.y - self.scroll, y)
        self.x = np.clip(x, 0, size[0]).round().astype(np.int64)
        self.y = np.clip(y, 0, size[1]).round().astype(np.int64)

    def points(self, kind: Kind) -> Json:
        rows = np.flatnonzero(self.events["kind"] == kind)
        told = {"t": self.events["t"][rows], "x": self.x[rows], "y": self.y[rows]}
        touch = np.isin(self.events["pointer"][rows], [Pointer.TOUCH, Pointer.PEN])
        return {name: values.tolist() for name, values in told.items()} | {
            "touch": bool(touch.mean() > 0.5) if len(rows) else False
        }

    def scrolls(self) -> Json:
        """Where the window's top is on the snapshot, whenever that changes."""
        top = self.top.round().astype(np.int64)
        changed = np.flatnonzero(np.diff(top, prepend=-1))
        return {"t": self.events["t"][changed].tolist(), "y": top[changed].tolist()}

    def covers(self, words: Words) -> list[Json]:
        """What appeared and is on no snapshot: its box in the window, from when to when, and what it is called."""
        found: list[Json] = []
        end = int(self.events["t"][-1])
        for row in np.flatnonzero(self.events["kind"] == Kind.SHOW)[:COVERS].tolist():
            event = self.events[row]
            if self.placed.how[row] == How.ELEMENT:
                continue
            gone = (self.events["kind"] == Kind.HIDE) & (self.events["el"] == event["el"])
            later = np.flatnonzero(gone & (np.arange(len(gone)) > row))
            until = int(self.events["t"][later[0]]) if len(later) else end
            scale = self.size[0] / max(self.document[0], 1)
            box = (event["x"] * scale, event["y"] - self.scroll[row], event["fx"] * scale, event["fy"])
            name = words.element(int(event["el"]), 0)
            found.append(
                {"from": int(event["t"]), "to": until, "box": [round(float(n)) for n in box], "name": name}
            )
        return found

    def place(self, row: int) -> list[int] | None:
        """Where an event was, if it was anywhere."""
        kind = self.events["kind"][row]
        by_box = self.placed.how[row] == How.ELEMENT and kind == Kind.ERROR
        return [int(self.x[row]), int(self.y[row])] if _PLACED[kind] or by_box else None


def _placed(
    columns: Columns, sheets: Sequence[Sheet], state: NDArray[np.int64]
) -> tuple[Placed, NDArray[np.bool_]]:
    """Each event on the sheet of its state, and whether it is on what stays in the window while the page scrolls."""
    made = [project(columns, sheet) for sheet in sheets]
    stays = [np.append(sheet.elements["fixed"], False)[p.row] for sheet, p in zip(sheets, made, strict=True)]
    every = np.arange(len(columns))

    def picked(arrays: Sequence[NDArray[Any]]) -> Any:
        return np.stack(arrays)[state, every]

    names = ("x", "y", "row", "how")
    return Placed(**{name: picked([getattr(p, name) for p in made]) for name in names}), picked(stays)


def _inside(placed: Placed, sheet: Sheet) -> NDArray[np.bool_]:
    """Which events are on elements in the box that the page scrolls in; all of them where it is not known."""
    found: NDArray[np.bool_] = placed.how == How.ELEMENT
    for box in sheet.elements[sheet.elements["hash"] == sheet.scroller]:
        x, y, w, h = (int(box[name]) for name in ("x", "y", "w", "h"))
        found &= (placed.x >= x) & (placed.x < x + w) & (placed.y >= y) & (placed.y < y + h)
    return found


def _rolled(by: NDArray[np.int64], told: NDArray[np.bool_]) -> NDArray[np.int64]:
    """How far the box was scrolled at each event, px: as far as the last event in it was from its place here."""
    last = np.maximum.accumulate(np.where(told, np.arange(len(told)), -1))
    return np.maximum(np.where(last >= 0, by[last], 0), 0)


def _scrolled(events: NDArray[np.void]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How far the page was scrolled at each event, down and across, px; scroll containers are not the page."""
    own = (events["kind"] == Kind.SCROLL) & (events["el"] == 0)
    last = np.maximum.accumulate(np.where(own, np.arange(len(own)), -1))
    down, across = (np.append(events[name], 0)[last].astype(np.int64) for name in ("y", "x"))
    return down, across
