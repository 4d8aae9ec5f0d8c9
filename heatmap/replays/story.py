"""What happened on a view of a page, in sentences that a person reads beside the player. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from heatmap.replays.words import Words
from recorder.events import Kind, Pointer

#: Clicks and errors that follow so soon on the same thing are told together, ms.
TOGETHER = 1500
#: What is told together is looked for among so many lines: more do not happen at once.
AMONG = 20
#: So many things on one view of a page are told; a person does not do more, and nobody reads more.
LINES = 2_000
#: A click is found dead so long after it, ms: as in static/capture/dead.js.
DEAD_AFTER = 2500
#: What went wrong, by kind: how it is called in lists and filters.
TROUBLE: Mapping[Kind, str] = {
    Kind.RAGE: "rage",
    Kind.DEAD: "dead",
    Kind.ERROR: "error",
    Kind.INVALID: "refused",
    Kind.BACK: "back",
}
_WAYS = ("Opened", "Reloaded", "Went back or forward to", "Went on within the site to", "Came back to")
_CLICKED = {Pointer.TOUCH: "Tapped", Pointer.PEN: "Tapped", Pointer.KEY: "Pressed, by a key,"}
#: What is not told in words: it is seen.
_SEEN = np.isin(np.arange(32), [Kind.MOVE, Kind.SCROLL, Kind.HEIGHT])


@dataclass(frozen=True)
class Told:
    """One line of the story: when, of what kind, what it says, and the row of the event that it is about."""

    t: int
    kind: str
    text: str
    row: int
    trouble: str = ""
    count: int = 1
    element: int = 0


def story(events: NDArray[np.void], states: NDArray[np.int64], words: Words) -> list[Told]:
    """The lines of one view, in order of time. `states` stand beside the `EVENT` rows."""
    rows = np.flatnonzero(~_SEEN[events["kind"]]).tolist()
    rows = rows[:LINES]
    if rows and events["kind"][rows[-1]] == Kind.HIDDEN and rows[-1] == len(events) - 1:
        rows.pop()  # every page is hidden when it is left
    lines = [_told(events[row], row, int(states[row]), words) for row in rows]
    told: list[Told] = []
    for line in sorted(lines, key=lambda line: line.t):
        told = _joined(told, line)
    return [_said(line) for line in told]


def _joined(told: list[Told], line: Told) -> list[Told]:
    """The line after the others, or in one with the last that says the same of the same thing."""
    for back in range(len(told) - 1, max(len(told) - 1 - AMONG, -1), -1):
        before = told[back]
        if line.t - before.t > TOGETHER * before.count:
            break
        if (before.kind, before.element, before.text) == (line.kind, line.element, line.text):
            if line.kind in ("click", "error"):
                told[back] = replace(before, count=before.count + 1)
                return told
            break
    return [*told, line]


def _said(line: Told) -> Told:
    return line if line.count == 1 else replace(line, text=f"{line.text}, {line.count} times")


def _told(event: np.void, row: int, state: int, words: Words) -> Told:
    kind = Kind(int(event["kind"]))
    t = int(event["t"]) - (DEAD_AFTER if kind == Kind.DEAD else 0)
    text = _SENTENCES[kind](event, words.element(int(event["el"]), state), words)
    return Told(max(t, 0), kind.name.lower(), text, row, TROUBLE.get(kind, ""), element=int(event["el"]))


def _page(event: np.void, _: str, words: Words) -> str:
    way, load = min(int(event["y"]), len(_WAYS) - 1), int(event["x"])
    return f"{_WAYS[way]} {words.page}" + (f", loaded in {load / 1000:.1f} s" if load else "")


def _error(event: np.void, what: str, words: Words) -> str:
    script = words.script(int(event["fx"]) | int(event["fy"]) << 16)
    place = f"{script}, line {event['x']}, column {event['y']}" if event["x"] else script
    after = f" after the click on {what}" if event["el"] else ""
    return f"Error{after} in {place}"


def _back(event: np.void, _: str, words: Words) -> str:
    page = int(event["x"])
    left = words.pages[page] if page < len(words.pages) else "a page"
    return f"Quick back: left {left} after {int(event['y']) / 1000:.1f} s"


def _mark(event: np.void, _: str, words: Words) -> str:
    row = int(event["x"])
    return f"Mark: {words.marks[row] if row < len(words.marks) else row}"


_SENTENCES = {
    Kind.CLICK: lambda event, what, _: f"{_CLICKED.get(Pointer(int(event['pointer'])), 'Clicked')} {what}",
    Kind.RAGE: lambda _, what, __: f"Rage clicks on {what}",
    Kind.DEAD: lambda _, what, __: f"Dead click on {what}: nothing followed",
    Kind.ERROR: _error,
    Kind.INVALID: lambda _, what, __: f"The form refused {what}",
    Kind.SUBMIT: lambda _, what, __: f"Sent {what}",
    Kind.SHOW: lambda _, what, __: f"{_capital(what)} appeared",
    Kind.HIDE: lambda _, what, __: f"{_capital(what)} disappeared",
    Kind.RESIZE: lambda event, _, __: f"The window is now {event['x']} × {event['y']} px",
    Kind.MARK: _mark,
    Kind.PAGE: _page,
    Kind.VISIBLE: lambda *_: "Came back to this tab",
    Kind.HIDDEN: lambda *_: "Went to another tab or window",
    Kind.BACK: _back,
}


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
