"""One visitor session as the player shows it: its views in order, each on the snapshots of its page. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heatmap.replays.pinned import pinned
from heatmap.replays.stage import Stage
from heatmap.replays.story import Told, story
from heatmap.replays.tape import Tape, View, views
from heatmap.replays.words import Words
from heatmap.sheet import Sheet, blank
from heatmap.snapshots.snapshot import Snapshot
from heatmap.states import states
from recorder import limits
from recorder.events import Kind
from recorder.recording import REFERENCE_WIDTH, Device, Recording, device_class

#: So many boxes stand for a page that has no picture; more are not told apart.
BOXES = 600

Json = dict[str, Any]


@dataclass(frozen=True)
class Backdrop:
    """One state of a page as its snapshot has it; `picture`: the address of its screenshot, if there is one."""

    state: str
    snapshot: Snapshot | None
    picture: str | None = None


#: The states of a page on a device class in a release, the plain one first; nothing where there is no snapshot.
Backdrops = Callable[[int, Device, str], Sequence[Backdrop]]


def replay(tape: Tape, recording: Recording, backdrops: Backdrops) -> Json:
    """The player's document of a session: its length, ms, and its views in order."""
    known = (view for view in views(tape) if view.header["page"] < len(recording.pages))
    shown = [_shown(view, recording, backdrops) for view in known]
    pauses = [{"t": t, "ms": length} for t, length in tape.pauses]
    return {"length": tape.length, "pauses": pauses, "views": shown}


def _shown(view: View, recording: Recording, backdrops: Backdrops) -> Json:
    head = view.header
    page, width, height = int(head["page"]), int(head["width"]), int(head["height"])
    device = device_class(width)
    release = _label(recording.seen_releases, int(head["release"]))
    there = backdrops(page, device, release) or [Backdrop("", None)]
    sheets = [b.snapshot.sheet if b.snapshot else _empty(view, device) for b in there]
    columns = view.columns
    state = states(columns, sheets)
    stage = Stage(view, columns, sheets, state, (max(width, sheets[0].width), height))
    names = [each.name for each in recording.pages]
    words = Words(names[page], names, recording.marks, [b.snapshot for b in there])
    told = story(view.events, state, words)
    return {
        "page": names[page],
        "device": device,
        "release": release,
        "variant": _label(recording.variants, int(head["variant"])),
        "viewport": [width, height],
        "stage": list(stage.size),
        "from": int(view.events["t"][0]),
        "to": int(view.events["t"][-1]),
        "states": [
            _picture(backdrop, sheet, sheets[0]) for backdrop, sheet in zip(there, sheets, strict=True)
        ],
        "turns": _turns(view.events["t"], state),
        "scroll": stage.scrolls(),
        "path": stage.points(Kind.MOVE),
        "clicks": stage.points(Kind.CLICK),
        "covers": stage.covers(words),
        "story": [_line(line, stage) for line in told],
    }


def _empty(view: View, device: Device) -> Sheet:
    return blank(REFERENCE_WIDTH[device], min(max(view.document[1], 1), limits.POSITION_MAX))


def _picture(backdrop: Backdrop, sheet: Sheet, plain: Sheet) -> Json:
    """What the player shows: a screenshot, else boxes with their names; and what stays while the page scrolls."""
    shown: Json = {"state": backdrop.state, "width": sheet.width, "height": sheet.height}
    shown |= {"picture": backdrop.picture, "pinned": pinned(sheet, plain)}
    if backdrop.picture is None and backdrop.snapshot is not None:
        shown["boxes"] = _boxes(backdrop.snapshot)
    return shown


def _boxes(snapshot: Snapshot) -> list[list[Any]]:
    """The largest visible elements, large before small: x, y, w, h, name."""
    rows = snapshot.elements
    area = rows["w"].astype(np.int64) * rows["h"]
    order = np.argsort(-area, kind="stable")
    seen = [row for row in order.tolist() if rows["visible"][row] and area[row] > 0][:BOXES]
    return [[*(int(rows[side][row]) for side in ("x", "y", "w", "h")), snapshot.names[row]] for row in seen]


def _turns(t: NDArray[np.uint32], state: NDArray[np.int64]) -> list[list[int]]:
    """When the page was in which state: time, row of the state."""
    changed = np.flatnonzero(np.diff(state, prepend=-1))
    return [[int(t[row]), int(state[row])] for row in changed.tolist()]


def _line(line: Told, stage: Stage) -> Json:
    said: Json = {"t": line.t, "kind": line.kind, "text": line.text}
    if line.trouble:
        said["trouble"] = line.trouble
    if place := stage.place(line.row):
        said["at"] = place
    return said


def _label(labels: Sequence[str], number: int) -> str:
    return labels[number - 1] if 0 < number <= len(labels) else ""
