"""The files of a page on a device class, each made when it is asked for: pictures, grids, tables and their facts."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache, partial
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heatmap import compare, elements
from heatmap.compose import Box, compose, thumbnail
from heatmap.drawing import LAYERS, Drawing, Facts, coloured, depths, looking
from heatmap.page import Page, Told, background, composed, npz
from heatmap.palette import AS_USUAL, Look
from heatmap.segments import CROWD, Segment, by_number
from heatmap.selection import Selection
from heatmap.sheet import CELL
from recorder.recording import Device, Recording

#: Files by name, each made by a call.
Files = Mapping[str, Callable[[], bytes]]

#: Layers whose change from release to release is a picture.
CHANGING = ("move", "click")


@dataclass(frozen=True)
class Context:
    """Whose page it is, and what is said of the whole recording beside it."""

    recording: Recording
    page: int
    device: Device | None = None  #: None where a page is told of over its device classes
    asked: int = 0  #: visitors, in fives
    yes: int = 0


def of_segment(
    about: Context,
    told: Told,
    segment: Segment,
    layers: Collection[str] = LAYERS,
    look: Look = AS_USUAL,
) -> Files:
    """All files of one segment, of these layers; their overlays and composed pictures in that look."""
    drawings = told.drawings(segment, layers)
    files = tables("elements", elements, cache(lambda: told.rows(segment, seen_too=True)))
    files["facts.json"] = lambda: json.dumps(_facts(about, told, segment, drawings), indent=1).encode()
    for name, drawing in drawings.items():
        of_layer = name, told.page, drawing, _caption(about, segment.name, name, drawing.facts)
        files |= pictures(*of_layer)
        files[f"{name}-small.webp"] = partial(_small, files[f"{name}-composed.png"], told.page.sheet.height)
        files |= pictures(*of_layer, look)
        files[f"{name}.npz"] = partial(npz, drawing)
    return files


def of_page(told: Told) -> Files:
    """What the page is, whoever was on it: where its elements are, and what it looked like."""
    kind = "webp" if told.page.screenshot else "png"
    return {"boxes.json": partial(_boxes, told.page), f"background.{kind}": partial(background, told.page)}


def of_changes(about: Context, told: Told) -> Files:
    """What changed from each release to the next: `r1-r2/changes.json`, and a picture of moves and of clicks."""
    files: dict[str, Callable[[], bytes]] = {}
    for before, after in pairwise(_in_order(about.recording, told)):
        folder, sides = f"{before.name}-{after.name}", (before, after)
        made = cache(partial(_changes, told, *sides))
        files |= tables(f"{folder}/changes", compare, made)
        for layer in told.gathered(CHANGING):
            if drawing := told.difference(layer, *sides):
                caption = _difference_caption(about, layer, *sides)
                files |= pictures(f"{folder}/{layer}", told.page, drawing, caption)
    return files


def segments(recording: Recording, told: Told) -> list[dict[str, Any]]:
    """The published segments, the whole first, and both sides of marks: how files are called, and whose they are."""
    found = [(segment, Selection()) for segment in told.published() if segment.sessions >= CROWD]
    found += [(segment, Selection.read(segment.name) or Selection()) for segment in told.by_mark()]
    return [
        {
            "name": segment.name,
            "release": recording.seen_releases[segment.release - 1] if segment.release else None,
            "variant": recording.variants[segment.variant - 1] if segment.variant else None,
            "mark": recording.marks[wanted.mark - 1] if wanted.mark else None,
            "reached": wanted.reached if wanted.mark else None,
            "sessions": segment.sessions,
        }
        for segment, wanted in found
    ]


def _changes(told: Told, before: Segment, after: Segment) -> list[compare.Change]:
    return compare.changes(*(told.rows(each, seen_too=True, hidden_too=True) for each in (before, after)))


def states(told: Told) -> list[dict[str, Any]]:
    """What of the page has pictures of its own: a menu that is open, a dialog."""
    return [{"name": name, "sessions": state.all.sessions} for name, state in told.states.items()]


def tables(name: str, kind: Any, rows: Callable[[], Any]) -> dict[str, Callable[[], bytes]]:
    """Rows as JSON and CSV; `kind` is the module that knows how."""
    return {f"{name}.json": lambda: kind.as_json(rows()), f"{name}.csv": lambda: kind.as_csv(rows())}


def pictures(
    name: str, page: Page, drawing: Drawing, caption: str, look: Look = AS_USUAL
) -> dict[str, Callable[[], bytes]]:
    """A drawing by itself and over the page; only layers have other looks."""
    if look != AS_USUAL:
        drawing = looking(name, drawing, look)
    whole = cache(partial(composed, page, drawing, caption))
    return {f"{name}.png": lambda: drawing.png, f"{name}-composed.png": whole}


def recomposed(
    about: Context,
    segment: str,
    layer: str,
    look: Look,
    *,
    overlay: bytes,
    facts: Mapping[str, Any],
    boxes: Mapping[str, Any],
    screenshot: bytes | None,
) -> bytes:
    """A layer over its page from what is kept of both, in any look: overlay, `facts.json`, `boxes.json`, background."""
    told = Facts(**facts["layers"][layer])
    lines = depths(_rows(facts["reach"], boxes["height"]), told.sessions or 0, facts["fold"])
    names = boxes.get("names") or [""] * len(boxes["boxes"])
    return compose(
        coloured(layer, overlay, look),
        screenshot,
        [Box(x, y, w, h, name) for (_, x, y, w, h), name in zip(boxes["boxes"], names, strict=True)],
        lines=lines if layer == "scroll" else (),
        caption=_caption(about, segment, layer, told),
        legend=LAYERS[layer].legend(told, look),
    )


def _rows(reach: Sequence[tuple[int, int]], height: int) -> NDArray[np.uint32]:
    """What `steps` were made of, for a page of that height."""
    tops = [px // CELL for px, _ in reach]
    sizes = np.diff([*tops, -(-height // CELL)])
    return np.array([n for _, n in reach], np.uint32).repeat(sizes)


def _boxes(page: Page) -> bytes:
    """Size of the page, whether there is a picture of it, and of what is to be seen hash, x, y, width, height (px),
    and beside them the names."""
    table = page.sheet.elements
    seen = table["visible"] & (table["w"] > 0) & (table["h"] > 0)
    boxes = [[f"{key:08x}", *box] for key, *box in table[seen][["hash", "x", "y", "w", "h"]].tolist()]
    names = [page.snapshot.names[row] for row in np.flatnonzero(seen)] if page.snapshot else []
    size = {"width": page.sheet.width, "height": page.sheet.height, "screenshot": page.screenshot is not None}
    return json.dumps(size | {"boxes": boxes, "names": names}, separators=(",", ":")).encode()


def _small(whole: Callable[[], bytes], height: int) -> bytes:
    """Without what is written under the page: nobody can read that so small."""
    return thumbnail(whole(), height)


def _facts(
    about: Context, told: Told, segment: Segment, drawings: Mapping[str, Drawing]
) -> dict[str, object]:
    return {
        "sessions": segment.sessions,
        "apart": told.drawn_apart(segment),
        "placed": told.placed(segment),
        "automated": told.automated,
        "device": about.device,
        "asked": about.asked,
        "yes": about.yes,
        "segments": segments(about.recording, told),
        "states": states(told),
        "fold": told.fold(segment),
        "reach": steps(told.reach(segment)),
        "layers": {name: asdict(drawing.facts) for name, drawing in drawings.items()},
    }


def steps(reach: Sequence[int]) -> list[tuple[int, int]]:
    """Px from which on it is another number of sessions, and that number."""
    return [(CELL * row, n) for row, n in enumerate(reach) if row == 0 or n != reach[row - 1]]


def _in_order(recording: Recording, told: Told) -> list[Segment]:
    """The published releases by their numbers, 1.9 before 1.10; variants where there are no releases."""

    parts = (part for part in told.all.parts if part.published)
    return sorted(parts, key=lambda part: by_number(_label(recording, part.name)))


def _label(recording: Recording, segment: str) -> str:
    """What a segment of that name is called in a caption; nothing for all."""
    wanted = Selection.read(segment) or Selection()
    said = [f"release {recording.seen_releases[wanted.release - 1]}"] if wanted.release else []
    said += [f"variant {recording.variants[wanted.variant - 1]}"] if wanted.variant else []
    if wanted.mark:
        said.append(f"{'reached' if wanted.reached else 'did not reach'} {recording.marks[wanted.mark - 1]}")
    if wanted.first:
        said.append(f"days {wanted.first} to {wanted.last}")
    return ", ".join(said)


def _caption(about: Context, segment: str, layer: str, facts: Facts) -> str:
    said = [*heading(about, layer), _label(about.recording, segment)]
    if facts.sessions is not None:
        said.append(f"{facts.sessions} visitor sessions")
    if facts.placed_share is not None:
        said.append(f"{facts.placed_share:.0%} placed by element")
    if facts.dropped:
        events = facts.dropped + (facts.by_element or 0) + (facts.by_position or 0)
        said.append(f"{facts.dropped} of {events} on what is not in the picture")
    if facts.visible is not None:
        said.append(f"{facts.visible:.0%} shown under the crowd rule")
    if about.asked:
        said.append(f"of about {about.asked} visitors asked, {about.yes} said yes")
    return " · ".join(filter(None, said))


def _difference_caption(about: Context, layer: str, before: Segment, after: Segment) -> str:
    against = " against ".join(_label(about.recording, each.name) for each in (after, before))
    sizes = f"{after.sessions} against {before.sessions} visitor sessions"
    how = "blue is less, orange is more, and nothing is what chance may explain"
    return " · ".join([*heading(about, layer), against, sizes, how])


def heading(about: Context, layer: str) -> list[str]:
    """What a caption begins with."""
    said = [about.recording.site, about.recording.pages[about.page].name, about.device, layer]
    return [text for text in said if text]
