"""A simulated visitor's hand on one page: what it does to pointer and page, and what the browser tells of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heatmap.demo import paths
from heatmap.demo.paths import Floats
from heatmap.demo.scene import Scene
from recorder.events import Kind, Pointer

#: Events while they are made: `el` is the element's hash, 0 = none; x, y are page px of the visitor's viewport.
EVENT = np.dtype(
    [("t", "i8"), ("kind", "u1"), ("el", "u4"), ("x", "u2"), ("y", "u2"), ("fx", "u2"), ("fy", "u2")]
)
CENTRE = 32768
#: Scrolling is told this often at most, ms.
SCROLL_EVERY = 200
Events = NDArray[np.void]


@dataclass(frozen=True)
class Person:
    """What stays the same on all pages. Lengths in CSS px."""

    viewport: tuple[int, int]
    touch: bool
    release: str
    pace: float  #: how long things are looked at, 1 = average
    patience: float  #: share of a long page that is looked at, 0..1
    traces: bool  #: follows lines of text with the pointer


class Hand:
    """Moves and scrolls one after the other. Places are px of the snapshot until `events` gives the visitor's."""

    def __init__(self, rng: np.random.Generator, scene: Scene, person: Person) -> None:
        self.rng, self.scene, self.person = rng, scene, person
        self.width, self.height = scene.snapshot.width, scene.snapshot.height
        self.view = float(person.viewport[1])
        self.scale = person.viewport[0] / self.width
        self.t = self.scroll = 0.0
        #: Swings of the pointer: start, end (ms), and where it then rests in the viewport, x, y.
        self.swings = [(0.0, 0.0, rng.uniform(0.2, 0.9) * self.width, rng.uniform(0.1, 0.9) * self.view)]
        self.scrolls = [(0.0, 0.0)]
        self.told: list[tuple[int, int, int, float, float, int, int]] = []

    def tell(
        self, kind: Kind, el: int = 0, x: float = 0, y: float = 0, fx: int = 0, fy: int = 0, later: float = 0
    ) -> None:
        """Note an event now, or `later` ms from now."""
        touched = self.person.touch and kind in (Kind.MOVE, Kind.CLICK, Kind.RAGE, Kind.DEAD)
        pointer = Pointer.TOUCH if touched else Pointer.MOUSE
        self.told.append((int(self.t + later), kind | pointer << 5, el, x, y, fx, fy))

    def wait(self, ms: float) -> None:
        self.t += ms * float(self.rng.lognormal(0, 0.35))

    def scroll_to(self, target: float) -> None:
        """Scroll there, in notches of the wheel or swings of the thumb."""
        goal = min(max(target, 0.0), max(self.height - self.view, 0.0))
        if self.person.touch and abs(goal - self.scroll) > 1:
            self._thumb()
        while abs(goal - self.scroll) > 1:
            step = float(self.rng.uniform(60, 260) if self.person.touch else self.rng.choice([100, 200, 300]))
            self.t += SCROLL_EVERY + float(self.rng.uniform(0, 70))
            left = goal - self.scroll
            self.scrolled(goal if abs(left) <= step else self.scroll + np.copysign(step, left))

    def scrolled(self, top: float) -> None:
        """The page stands there now."""
        self.scroll = top
        self.scrolls.append((self.t, top))
        self.tell(Kind.SCROLL, y=top)

    def move(self, x: float, y: float, size: float, rest: float) -> None:
        """Swing the pointer to a place of the page and let it rest there, ms; a long swing is corrected once."""
        y -= self.scroll
        *_, px, py = self.swings[-1]
        far = float(np.hypot(x - px, y - py))
        if self.person.touch or far < 1:
            self.t += rest
            return
        if far > 260 and self.rng.random() < 0.6:
            dx, dy = self.rng.normal(0, 0.05 * far, 2)
            self._swing(x + dx, y + dy, paths.duration(far, size * 2))
            far = float(np.hypot(dx, dy))
        self._swing(x, y, paths.duration(far, size))
        self.t += rest

    def events(self) -> Events:
        """Everything that happened, in order of time."""
        told = [(t, k, e, round(x * self.scale), round(y), fx, fy) for t, k, e, x, y, fx, fy in self.told]
        joined = np.concatenate([np.array(told, EVENT), self._moves()])
        return joined[np.argsort(joined["t"], kind="stable")]

    def _swing(self, x: float, y: float, ms: float) -> None:
        ms *= float(self.rng.lognormal(0, 0.2))
        place = (min(max(x, 2.0), self.width - 2.0), min(max(y, 2.0), self.view - 2.0))
        self.swings.append((self.t, self.t + ms, *place))
        self.t += ms

    def _thumb(self) -> None:
        """The one or two moves before the browser sees that the thumb scrolls."""
        x, y = self.rng.normal((0.64 * self.width, 0.66 * self.view), (0.12 * self.width, 0.08 * self.view))
        count = int(self.rng.integers(1, 3))
        times = self.t - paths.EVERY * np.arange(count, 0, -1)
        places = np.stack([np.full(count, x), y - 9.0 * np.arange(count)], 1).clip(
            1, (self.width - 1, self.view - 1)
        )
        for move in self._seen(times.clip(0), places, np.full(count, self.scroll), 1.0):
            t, kind, *rest = move.item()
            self.told.append((t, kind | Pointer.TOUCH << 5, *rest))

    def _moves(self) -> Events:
        """The pointer's way as the browser tells it; a finger has none."""
        if self.person.touch:
            return np.empty(0, EVENT)
        times = np.arange(300, self.t, paths.EVERY)
        places = paths.glide(times, np.array(self.swings), self.rng).clip(0, (self.width - 1, self.view - 1))
        kept = paths.thinned(places)
        times, places = times[kept], places[kept]
        moments, tops = np.array(self.scrolls).T
        return self._seen(times, places, tops[np.searchsorted(moments, times, "right") - 1], self.scale)

    def _seen(self, times: Floats, places: Floats, scroll: Floats, scale: float) -> Events:
        """Moves at places of the viewport (N, 2), with the elements under them; none inside groups."""
        start, height = self.scene.header
        x, page = places[:, 0], (places[:, 1] + scroll).clip(0, self.height - 1)
        shown = np.where((places[:, 1] < height) & (scroll > start), places[:, 1] + start, page)
        rows = self.scene.at(x, shown)
        elements = self.scene.snapshot.elements
        moves = np.zeros(len(times), EVENT)
        moves["t"], moves["x"], moves["y"] = times, x * scale, page
        moves["el"] = np.where(rows >= 0, elements["hash"][rows], 0)
        moves["fx"], moves["fy"] = self.scene.place(rows, x, shown).T
        told: Events = moves[(rows < 0) | ~elements["group"][rows]]
        return told
