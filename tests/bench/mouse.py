"""A mouse session: read from a CSV or made from a seed, fitted to a viewport, played to a page in real time."""

import asyncio
import csv
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import CDPSession

#: The screen that positions in a CSV lie on, px.
SCREEN = (1920, 1080)
#: What one notch of a wheel scrolls, CSS px.
NOTCH = 100
#: Time between two positions of a hand that moves, ms: what a mouse at 60 Hz gives.
STEP_MS = 16

#: The states of a line; a wheel is button `Scroll`, state `Up` or `Down`.
_TYPES = {
    "Move": "mouseMoved",
    "Drag": "mouseMoved",
    "Pressed": "mousePressed",
    "Released": "mouseReleased",
    "Up": "mouseWheel",
    "Down": "mouseWheel",
}
_BUTTONS = {"Left": "left", "Right": "right", "Middle": "middle"}


class Unreadable(Exception):
    """The CSV is not a mouse session."""


@dataclass(frozen=True)
class Input:
    """One line of a session: ms since its start, button and state as in the CSV, position in the viewport."""

    at: int
    button: str
    state: str
    x: int
    y: int

    def event(self) -> dict[str, object]:
        """The parameters of CDP's `Input.dispatchMouseEvent`."""
        kind, button = _TYPES[self.state], _BUTTONS.get(self.button, "none")
        held = {"left": 1, "right": 2, "middle": 4}.get(button, 0) if self.state != "Released" else 0
        given: dict[str, object] = {"type": kind, "x": self.x, "y": self.y, "button": button, "buttons": held}
        if kind == "mouseWheel":
            return given | {
                "button": "none",
                "deltaX": 0,
                "deltaY": NOTCH if self.state == "Down" else -NOTCH,
            }
        return given | ({"clickCount": 1} if kind != "mouseMoved" else {})


def read(path: Path, seconds: float, viewport: tuple[int, int]) -> list[Input]:
    """The first `seconds` of a CSV: timestamp (ms), button, state, x, y (screen px), as in `SCREEN`."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))[1:]
        lines = [(float(at), button, state, float(x), float(y)) for at, button, state, x, y in rows]
    except (OSError, ValueError) as error:
        raise Unreadable(f"{path} is no mouse session: {error}") from None
    first = lines[0][0] if lines else 0
    session = [
        Input(round(at - first), button, state, *_fitted(x, y, viewport))
        for at, button, state, x, y in lines
        if state in _TYPES and at - first < seconds * 1000
    ]
    if not session:
        raise Unreadable(f"{path} has no mouse event in its first {seconds} s")
    return session


def _fitted(x: float, y: float, viewport: tuple[int, int]) -> tuple[int, int]:
    """A position on the screen as one in the viewport, inside of it."""
    places = zip((x, y), SCREEN, viewport, strict=True)
    across, down = (min(max(round(at * seen / whole), 1), seen - 2) for at, whole, seen in places)
    return across, down


def synthetic(seconds: float, viewport: tuple[int, int], seed: int = 1) -> list[Input]:
    """A session that nobody made: a hand goes to a place, clicks or scrolls there now and then, and rests."""
    chance, session = random.Random(seed), list[Input]()
    x, y, now = viewport[0] / 2, viewport[1] / 2, 0.0
    while now < seconds * 1000:
        to = (chance.uniform(20, viewport[0] - 20), chance.uniform(20, viewport[1] - 20))
        steps = 5 + round(math.dist((x, y), to) / 40)
        for n in range(1, steps + 1):
            share = (1 - math.cos(math.pi * n / steps)) / 2  # slow, fast, slow
            at = (round(x + (to[0] - x) * share), round(y + (to[1] - y) * share))
            session.append(Input(round(now), "NoButton", "Move", *at))
            now += STEP_MS
        x, y = to
        for button, state, wait in _at_rest(chance):
            session.append(Input(round(now), button, state, round(x), round(y)))
            now += wait
        now += chance.uniform(100, 1400)
    return [event for event in session if event.at < seconds * 1000]


def _at_rest(chance: random.Random) -> list[tuple[str, str, float]]:
    """What a hand does where it rests: button, state, and ms until the next."""
    what = chance.random()
    if what < 0.3:
        return [("Left", "Pressed", 90), ("Left", "Released", 200)]
    if what < 0.5:
        return [("Scroll", chance.choice(["Down", "Down", "Up"]), 120) for _ in range(chance.randint(1, 4))]
    return []


async def play(session: Sequence[Input], cdp: CDPSession) -> None:
    """Gives the page every event at its time, and does not wait for the page in between."""
    clock = asyncio.get_running_loop().time
    began, given = clock(), []
    for event in session:
        await asyncio.sleep(max(0, began + event.at / 1000 - clock()))
        given.append(asyncio.ensure_future(cdp.send("Input.dispatchMouseEvent", event.event())))
    await asyncio.gather(*given)
