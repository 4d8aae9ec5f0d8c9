"""One simulated visitor on one page: reads down it, looks, clicks, and lives with what follows."""

import numpy as np

from heatmap.demo.habits import DEAD, DEAD_SINCE, ERROR_AT, THROWS, Habit
from heatmap.demo.hand import CENTRE, Events, Hand, Person
from heatmap.demo.scene import Scene
from heatmap.snapshots.snapshot import named
from recorder.events import Kind

#: Where a section comes to stand below the sticky header when the page jumps to it, px.
JUMP_TOP = 88
#: How long the browser waits before it calls a click dead, ms.
DEAD_AFTER = 2500
#: Share of glances at a picture or heading that end in a click on it, for nothing.
IDLE_CLICKS = 0.05


class Walk(Hand):
    """One page view, from its load to its end."""

    def __init__(self, rng: np.random.Generator, scene: Scene, person: Person) -> None:
        super().__init__(rng, scene, person)
        self.tell(Kind.PAGE, x=rng.gamma(4, 110) / self.scale)

    def done(self) -> Events:
        """The page is left."""
        self.tell(Kind.HIDDEN)
        return self.events()

    def look_around(self, glances: int) -> None:
        """Let the eye, and with it the pointer, go over what is in view: more to the top and to the left."""
        boxes = self.scene.boxes
        top = boxes[:, 1] - self.scroll
        middle = top + boxes[:, 3] / 2
        seen = (middle > self.scene.header[1] + 8) & (top > -200) & (middle < self.view - 16)
        pull = np.exp(-1.2 * top.clip(0) / self.view - 0.6 * boxes[:, 0] / self.width)
        draws = np.where(seen, self.scene.draws * pull, 0)
        if not (total := draws.sum()):
            self.wait(600)
            return
        rows = self.rng.choice(len(draws), glances, p=draws / total)
        for row in rows[np.argsort(top[rows] + self.rng.normal(0, self.view / 5, glances))]:
            self._glance(int(row))

    def in_view(self, path: str) -> bool:
        row = self.scene.row(path)
        return row is not None and self.scroll < self._top(row) < self.scroll + self.view - 20

    def do(self, habit: Habit) -> None:
        """Click it and live with what follows."""
        if not self.click(habit.path):
            return
        if habit.opens:
            self._dialog(habit.opens)
        if habit.jumps and (row := self.scene.row(habit.jumps)) is not None:
            self.t += 220
            self.scrolled(min(float(self.scene.boxes[row, 1]) - JUMP_TOP, self.height - self.view))
        self.wait(500)

    def click(self, path: str) -> bool:
        """Go to an element and click it; False when it is not to be seen on this page."""
        if path.startswith("@menu-"):
            return self._in_menu(path)
        row = self.scene.row(path)
        if row is None:
            return False
        self._bring_into_view(row)
        x, y = self._aim(row)
        self.move(x, y, min(self.scene.boxes[row, 2:]), self.rng.gamma(3, 90))
        if self.rng.random() < 0.3:  # A second thought before the click.
            x, y = self._aim(row)
            self.move(x, y, 40, self.rng.gamma(3, 120))
        self._press(row, path, x, y)
        return True

    def _glance(self, row: int) -> None:
        x, y, w, h = self.scene.boxes[row]
        pace = self.person.pace
        if not self.scene.text[row]:
            at = self._aim(row)
            self.move(*at, min(w, h), pace * self.rng.gamma(2.2, 220))
            if self.scene.still[row] and self.rng.random() < IDLE_CLICKS:
                self._press(row, "", *at)
            return
        line = y + (self.rng.integers(0, max(1, round(h / 26))) + 0.6) * min(h, 26)
        start = x + w * self.rng.beta(1.3, 3)
        self.move(start, line, 40, pace * self.rng.gamma(2, 180))
        if self.person.traces:
            for share in np.cumsum(self.rng.uniform(0.1, 0.28, self.rng.integers(2, 4))):
                across = start + (x + w - start) * min(share, 1.0)
                self.move(across, line + self.rng.normal(0, 3), 120, pace * 160)

    def _bring_into_view(self, row: int) -> None:
        top, height = self._top(row) - self.scroll, float(self.scene.boxes[row, 3])
        if not self.scene.header[1] <= top <= self.view - min(height, self.view / 2):
            pinned = np.isfinite(self.scene.pinned[row])
            wanted = 0 if pinned else self._top(row) - self.view * self.rng.uniform(0.25, 0.5)
            if not (pinned and 0 <= top):
                self.scroll_to(float(wanted))

    def _top(self, row: int) -> float:
        """Where an element's box begins on the page now: what is pinned goes with the viewport."""
        return float(self.scene.boxes[row, 1] + max(self.scroll - self.scene.pinned[row], 0))

    def _aim(self, row: int) -> tuple[float, float]:
        """A place in an element's box, on its text if it has some, more in the middle than at the edge."""
        x, _, w, h = self.scene.aims[row]
        sx, sy = np.clip(self.rng.normal(0.5, (0.15 if w < 400 else 0.11, 0.17)), 0.05, 0.95)
        if self.scene.folds[row] and self.rng.random() < 0.3:  # On the sign at the end instead.
            x, w = x + self.scene.boxes[row, 2] - 30, 30
        return float(x + w * sx), float(self._top(row) + h * sy)

    def _press(self, row: int, path: str, x: float, y: float) -> None:
        """Click, and when nothing good comes of it, perhaps again and again."""
        dead = path == DEAD and self.person.release >= DEAD_SINCE
        angry = (dead or path == THROWS) and self.rng.random() < 0.45
        for press in range(int(self.rng.integers(3, 7)) if angry else 1):
            self.tell(Kind.CLICK, *self._spot(row, x, y))
            if press == 2:
                self.tell(Kind.RAGE, *self._spot(row, x, y))
            if path == THROWS:
                self._error(row)
            self.t += float(self.rng.uniform(160, 420))
            x, y = x + self.rng.normal(0, 2), y + self.rng.normal(0, 2)
        if dead:
            self.tell(Kind.DEAD, *self._spot(row, x, y), later=DEAD_AFTER)
            self.t += DEAD_AFTER + float(self.rng.uniform(100, 900))

    def _error(self, row: int) -> None:
        script, line, column = ERROR_AT
        path = named(script)
        clicked = int(self.scene.snapshot.elements["hash"][row])
        self.tell(Kind.ERROR, clicked, line / self.scale, column, path & 0xFFFF, path >> 16, later=4)

    def _spot(self, row: int, x: float, y: float) -> tuple[int, float, float, int, int]:
        """Element, place on the page and place in the box; of a group only its centre."""
        left, _, w, h = self.scene.boxes[row]
        el, top = int(self.scene.snapshot.elements["hash"][row]), self._top(row)
        if self.scene.snapshot.elements["group"][row]:
            return el, left + w / 2, top + h / 2, CENTRE, CENTRE
        fx, fy = np.clip([(x - left) / w, (y - top) / h], 0, 1) * 65535
        return el, x, y, int(fx), int(fy)

    def _in_menu(self, path: str) -> bool:
        """Open the header's menu, look at it, click something in it."""
        if not self.click("#menu-button"):
            return False
        start, height = self.scene.header
        top = max(self.scroll, start) + height
        self.tell(Kind.SHOW, named("#menu"), 0, top, round(self.width * self.scale), 230, later=20)
        column = 0.08 + 0.31 * (named(path) % 3)
        x, y = self.width * (column + self.rng.normal(0, 0.02)), top + self.rng.uniform(60, 190)
        self.move(x, y, 30, self.rng.gamma(3, 150))
        self.tell(Kind.CLICK, named(path), x, y, *self.rng.integers(12000, 53000, 2).tolist())
        return True

    def _dialog(self, path: str) -> None:
        """Read what came up and close it."""
        w, h = min(460, self.width - 32), 330
        left, top = (self.width - w) / 2, self.scroll + (self.view - h) / 2
        box = (left, top, round(w * self.scale), h)
        self.tell(Kind.SHOW, named(path), *box, later=30)
        self.move(
            left + w * self.rng.uniform(0.2, 0.7),
            top + h * self.rng.uniform(0.3, 0.6),
            80,
            self.rng.gamma(4, 400),
        )
        x, y = left + 90 + self.rng.normal(0, 14), top + h - 52 + self.rng.normal(0, 6)
        self.move(x, y, 48, self.rng.gamma(3, 90))
        close = named(f"@{path[1:]}-close")
        self.tell(Kind.CLICK, close, x, y, *self.rng.integers(14000, 51000, 2).tolist())
        self.tell(Kind.HIDE, named(path), *box, later=30)
