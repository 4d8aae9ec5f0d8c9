"""The pictures and tables of a recording: drawn afresh while raw events are there, as they were kept afterwards."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any

from heatmap import compare, elements
from heatmap.census import Place
from heatmap.compose import thumbnail
from heatmap.draw import AS_USUAL
from heatmap.drawing import LAYERS, Facts
from heatmap.elements import Row
from heatmap.flow import Flow
from heatmap.gather import fill, open_page, passes, preview, snapshot_key, take_census
from heatmap.page import Told, composed, npz
from heatmap.palette import Look
from heatmap.parts import Parts
from heatmap.pooled import Pooled
from heatmap.segments import CROWD, Segment
from heatmap.told import fives
from recorder.errors import NotFound
from recorder.recording import Device, Recording, State

__all__ = ["View", "content_type", "file", "final_pictures", "kept", "snapshot_key", "view"]

_TYPES = {
    ".png": "image/png",
    ".webp": "image/webp",
    ".json": "application/json",
    ".csv": "text/csv",
    ".npz": "application/octet-stream",
}

Keep = Callable[[str, bytes], Awaitable[None]]


@dataclass(frozen=True)
class View:
    """A segment of one page on one device class: its element table and the facts of each layer that has a picture."""

    sessions: int
    layers: dict[str, Facts]
    rows: list[Row]
    segments: list[dict[str, Any]] = field(
        default_factory=list
    )  #: the published ones: name, labels, sessions
    pooled: bool = (
        False  #: whether the table is that of all device classes, since this one has too few sessions
    )


async def view(parts: Parts, recording: Recording, page: int, device: Device, segment: str = "") -> View:
    """The facts of one page: drawn now while raw events are there, as they were kept afterwards."""
    if recording.state != State.OPEN:
        return await _kept_view(parts, recording, page, device, segment)
    told = await preview(parts, recording, (page, device), list(LAYERS))
    return await asyncio.to_thread(_view, recording, told, _segment(told, segment))


async def file(
    parts: Parts, recording: Recording, page: int, device: Device, name: str, look: Look = AS_USUAL
) -> bytes:
    """A picture or table by its file name, or `NotFound` when there is none, or too few people for it.

    The name of a segment stands before it: `click.png` is of all sessions, `r1/click.png` of the first release. A
    `look` is for previews: what was kept is as it was drawn, and its grid is there to draw it otherwise.
    """
    if recording.state != State.OPEN:
        return await kept(parts, recording, f"{page}/{device}/{name}")
    prefix, _, only = name.rpartition("/") if "-" not in name.partition("/")[0] else ("", "", name)
    layer = only.rsplit(".", 1)[0].removesuffix("-composed").removesuffix("-small")
    wanted = [layer] if layer in LAYERS else list(LAYERS) if only == "facts.json" else ["scroll"]
    told = await preview(parts, recording, (page, device), wanted)
    asked = await asked_and_yes(parts, recording)
    made = await asyncio.to_thread(
        _files, recording, (page, device), told, _segment(told, prefix), asked, look
    )
    if only not in made:
        raise NotFound("There is no such picture: too few people were there, or it has another name.")
    return made[only]


async def final_pictures(parts: Parts, recording: Recording, keep: Keep) -> dict[str, int]:
    """Make everything that stays, and give what it was made of: sessions, batches, events, dropped.

    Files are kept one after the other (`page/device/file`), so that the pictures of one page are in memory.
    """
    flow = Flow()
    census, counts = await take_census(parts, recording, flow=flow)
    asked = await asked_and_yes(parts, recording)
    tables = [Pooled() for _ in recording.pages]
    for places in await passes(parts, recording, census):
        filled = {place: await open_page(parts, recording, place, census) for place in places}
        await fill(parts, recording, filled, list(LAYERS))
        for place in places:
            told = Told(filled.pop(place), recording.min_sessions)
            await asyncio.to_thread(tables[place[0]].add, place[1], told)
            if told.all.sessions < recording.min_sessions:
                continue
            for segment in told.published():
                made = await asyncio.to_thread(_files, recording, place, told, segment, asked)
                for name, data in made.items():
                    await keep("/".join(filter(None, (f"{place[0]}/{place[1]}", segment.name, name))), data)
    for number, table in enumerate(tables):
        for name, data in table.files(recording.min_sessions).items():
            await keep(f"{number}/all/{name}", data)
    if counts["sessions"] >= recording.min_sessions:
        names = [page.name for page in recording.pages]
        for name, data in flow.files(names, recording.seen_releases, recording.marks).items():
            await keep(name, data)
    return counts


async def asked_and_yes(parts: Parts, recording: Recording) -> tuple[int, int]:
    """How many visitors were asked and how many said yes, over all device classes, in fives."""
    counts = await parts.log.counts(recording.id)
    asked, yes = (
        sum(n for name, n in counts.items() if name.startswith(f"{what}:")) for what in ("asked", "yes")
    )
    return fives(asked), fives(yes)


def content_type(name: str) -> str:
    return next(
        (kind for ending, kind in _TYPES.items() if name.endswith(ending)), "application/octet-stream"
    )


def _segment(told: Told, name: str) -> Segment:
    for segment in told.published():
        if segment.name == name:
            return segment
    raise NotFound("There is no such release or variant, or too few visitor sessions are in it.")


def _view(recording: Recording, told: Told, segment: Segment) -> View:
    return View(
        segment.sessions, told.facts(segment), told.rows(segment, seen_too=True), _segments(recording, told)
    )


def _segments(recording: Recording, told: Told) -> list[dict[str, Any]]:
    """The published segments, the whole first: how their files are called and whose they are."""
    return [
        {
            "name": segment.name,
            "release": recording.seen_releases[segment.release - 1] if segment.release else None,
            "variant": recording.variants[segment.variant - 1] if segment.variant else None,
            "sessions": segment.sessions,
        }
        for segment in told.published()
        if segment.sessions >= CROWD
    ]


def _files(
    recording: Recording,
    place: Place,
    told: Told,
    segment: Segment,
    asked: tuple[int, int],
    look: Look = AS_USUAL,
) -> dict[str, bytes]:
    """All files of one segment of a page and device class."""
    files: dict[str, bytes] = {}
    drawings = told.drawings(segment, look)
    for name, drawing in drawings.items():
        caption = _caption(recording, place, segment, name, drawing.facts, asked)
        whole = composed(told.page, drawing, caption)
        files |= {
            f"{name}.png": drawing.png,
            f"{name}-composed.png": whole,
            f"{name}-small.webp": thumbnail(whole),
            f"{name}.npz": npz(drawing),
        }
    table = told.rows(segment, seen_too=True)
    files |= {"elements.json": elements.as_json(table), "elements.csv": elements.as_csv(table)}
    facts = {
        "sessions": segment.sessions,
        "device": place[1],
        "asked": asked[0],
        "yes": asked[1],
        "segments": _segments(recording, told),
        "layers": {name: asdict(drawing.facts) for name, drawing in drawings.items()},
    }
    files["facts.json"] = json.dumps(facts, indent=1).encode()
    return files | (_changes(recording, place, told) if segment is told.all else {})


def _changes(recording: Recording, place: Place, told: Told) -> dict[str, bytes]:
    """What changed from each release to the next: `r1-r2/changes.json`, and a picture of moves and of clicks."""
    files: dict[str, bytes] = {}
    for before, after in pairwise(_in_order(recording, told)):
        folder = f"{before.name}-{after.name}"
        made = compare.changes(*(told.rows(each, seen_too=True) for each in (before, after)))
        files |= {
            f"{folder}/changes.json": compare.as_json(made),
            f"{folder}/changes.csv": compare.as_csv(made),
        }
        for layer in ("move", "click"):
            if drawing := told.difference(layer, before, after):
                page, labels = recording.pages[place[0]].name, [_label(recording, s) for s in (after, before)]
                said = f"{recording.site} · {page} · {place[1]} · {layer} · {' against '.join(labels)}"
                said += f" · {after.sessions} against {before.sessions} visitor sessions"
                said += " · blue is less, orange is more, and nothing is what chance may explain"
                files[f"{folder}/{layer}.png"] = drawing.png
                files[f"{folder}/{layer}-composed.png"] = composed(told.page, drawing, said)
    return files


def _in_order(recording: Recording, told: Told) -> list[Segment]:
    """The published releases by their numbers, 1.9 before 1.10; variants where there are no releases."""

    def order(segment: Segment) -> list[tuple[str, int]]:
        return [(text, int(n or 0)) for text, n in re.findall(r"(\D*)(\d*)", _label(recording, segment))]

    return sorted((part for part in told.all.parts if part.published), key=order)


def _label(recording: Recording, segment: Segment) -> str:
    """What a segment is called in a caption; nothing for all."""
    said = [f"release {recording.seen_releases[segment.release - 1]}"] if segment.release else []
    said += [f"variant {recording.variants[segment.variant - 1]}"] if segment.variant else []
    return ", ".join(said)


def _caption(
    recording: Recording, place: Place, segment: Segment, layer: str, facts: Facts, asked: tuple[int, int]
) -> str:
    page, device = place
    said = [recording.site, recording.pages[page].name, device, layer, _label(recording, segment)]
    if facts.sessions is not None:
        said.append(f"{facts.sessions} visitor sessions")
    if facts.placed_share is not None:
        said.append(f"{facts.placed_share:.0%} placed by element")
    if facts.visible is not None:
        said.append(f"{facts.visible:.0%} shown under the crowd rule")
    if asked[0]:
        said.append(f"of about {asked[0]} visitors asked, {asked[1]} said yes")
    return " · ".join(filter(None, said))


async def _kept_view(parts: Parts, recording: Recording, page: int, device: Device, segment: str) -> View:
    name = "/".join(filter(None, (f"{page}/{device}", segment)))
    try:
        facts = json.loads(await kept(parts, recording, f"{name}/facts.json"))
        rows = json.loads(await kept(parts, recording, f"{name}/elements.json"))
    except NotFound:
        return await _kept_pooled(parts, recording, page)
    return View(
        facts["sessions"],
        {name: Facts(**f) for name, f in facts["layers"].items()},
        [Row(**row) for row in rows],
        facts["segments"],
    )


async def _kept_pooled(parts: Parts, recording: Recording, page: int) -> View:
    try:
        rows = json.loads(await kept(parts, recording, f"{page}/all/elements.json"))
    except NotFound:
        return View(0, {}, [])
    return View(0, {}, [Row(**row) for row in rows], pooled=True)


async def kept(parts: Parts, recording: Recording, name: str) -> bytes:
    """A file of a recording that has ended, or `NotFound`."""
    names = recording.results.get("pictures")
    if not isinstance(names, dict) or name not in names:
        raise NotFound("There is no such picture: too few people were there, or it is being made.")
    return (await parts.store.get(f"pictures/{recording.id}/{recording.results['attempt']}/{name}")).data
