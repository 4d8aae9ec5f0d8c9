"""From the event store to pictures: one pass over a recording's raw events, every layer of every page at once.

While a recording runs, pictures are drawn afresh each time, so a withdrawn visitor is simply not there. Afterwards they
are read as they were kept.
"""

import asyncio
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from heatmap import elements, rows
from heatmap.compose import compose, outline
from heatmap.drawing import LAYERS, Drawing, Facts
from heatmap.elements import Counts, Row
from heatmap.parts import Parts
from heatmap.raw import Slice, slices
from heatmap.reach import by_row
from heatmap.sheet import Sheet, blank
from heatmap.snapshot import Snapshot
from heatmap.snapshot import read as read_snapshot
from recorder.errors import NotFound
from recorder.recording import DEVICES, REFERENCE_WIDTH, Device, Recording, State

_TYPES = {
    ".png": "image/png",
    ".json": "application/json",
    ".csv": "text/csv",
    ".npz": "application/octet-stream",
}

Place = tuple[int, Device]  #: page and device class


@dataclass(frozen=True)
class View:
    """One page on one device class: its element table and the facts of each layer that has a picture."""

    sessions: int
    layers: dict[str, Facts]
    rows: list[Row]


@dataclass(frozen=True)
class Made:
    """Finished files by name (`page/device/file`), and what they were made from."""

    files: dict[str, bytes]
    counts: dict[str, int]


@dataclass
class _Page:
    """What is gathered about one page on one device class."""

    sheet: Sheet
    snapshot: Snapshot | None
    screenshot: bytes | None
    gathered: dict[str, Any] = field(default_factory=dict)  #: what each layer's `gather` gave, merged
    clicked: Counts | None = None
    sessions: int = 0

    def add(self, part: Slice, place: Place, layers: Iterable[str]) -> None:
        columns = part.of(*place)
        self.sessions += len(np.unique(columns.session))
        for name in layers:
            layer = LAYERS[name]
            more = layer.gather(columns, self.sheet)
            self.gathered[name] = layer.merge([self.gathered[name], more]) if name in self.gathered else more
        if self.snapshot:
            clicks = elements.count(columns, self.snapshot)
            self.clicked = elements.add([self.clicked, clicks]) if self.clicked else clicks

    def drawn(self) -> dict[str, Drawing]:
        """The layers that have something to show, their sessions told beside the page's."""
        drawn = {name: LAYERS[name].draw(what, self.sheet) for name, what in self.gathered.items()}
        return {name: self._told(drawing) for name, drawing in drawn.items() if drawing}

    def _told(self, drawing: Drawing) -> Drawing:
        told = rows.among(drawing.facts.sessions or 0, self.sessions)
        return replace(drawing, facts=replace(drawing.facts, sessions=told))

    def rows(self) -> list[Row]:
        if not self.snapshot or not self.clicked or "scroll" not in self.gathered:
            return []
        reached = rows.steps(by_row(self.gathered["scroll"], self.sheet))
        return elements.table(self.clicked, self.snapshot, reached)

    def composed(self, drawing: Drawing, caption: str) -> bytes:
        """The layer over the page: its screenshot, else its elements as boxes."""
        boxes = () if self.screenshot else outline(self.sheet, self.snapshot.names if self.snapshot else ())
        return compose(
            drawing.png, self.screenshot, boxes, lines=drawing.lines, caption=caption, legend=drawing.legend
        )


async def view(parts: Parts, recording: Recording, page: int, device: Device) -> View:
    """The facts of one page: drawn now while raw events are there, as they were kept afterwards."""
    if recording.state != State.OPEN:
        return await _kept_view(parts, recording, page, device)
    [gathered] = (await _gather(parts, recording, [(page, device)], list(LAYERS)))[0].values()
    return await asyncio.to_thread(_view, gathered)


async def file(parts: Parts, recording: Recording, page: int, device: Device, name: str) -> bytes:
    """A picture or table by its file name, or `NotFound` when there is none, or too few people for it."""
    if recording.state != State.OPEN:
        return await _kept(parts, recording, f"{page}/{device}/{name}")
    layer = name.rsplit(".", 1)[0].removesuffix("-composed")
    wanted = [layer] if layer in LAYERS else list(LAYERS) if name == "facts.json" else ["scroll"]
    gathered, _ = await _gather(parts, recording, [(page, device)], wanted)
    made = await asyncio.to_thread(_files, recording, (page, device), gathered[page, device])
    if name not in made:
        raise NotFound("There is no such picture: too few people were there, or it has another name.")
    return made[name]


async def final_pictures(parts: Parts, recording: Recording) -> Made:
    """Everything that stays: each page and device class that enough visitor sessions have seen."""
    places = [(page, device) for page in range(len(recording.pages)) for device in DEVICES]
    gathered, counts = await _gather(parts, recording, places, list(LAYERS))
    files: dict[str, bytes] = {}
    for (page, device), each in gathered.items():
        if each.sessions >= recording.min_sessions:
            made = await asyncio.to_thread(_files, recording, (page, device), each)
            files |= {f"{page}/{device}/{name}": data for name, data in made.items()}
    return Made(files, counts)


def content_type(name: str) -> str:
    return next(
        (kind for ending, kind in _TYPES.items() if name.endswith(ending)), "application/octet-stream"
    )


def snapshot_key(recording: str, page: int, device: str, kind: str) -> str:
    """Where a page's snapshot (`json`) and its screenshot (`webp`) are kept."""
    return f"snapshots/{recording}/{page}-{device}.{kind}"


async def _gather(
    parts: Parts, recording: Recording, places: Sequence[Place], layers: Sequence[str]
) -> tuple[dict[Place, _Page], dict[str, int]]:
    """One pass over the raw events, a slice of sessions at a time."""
    key = await parts.registry.key(recording)
    pages = {place: await _page(parts, recording, place) for place in places}
    if any(not page.sheet.height for page in pages.values()):
        await _measure(parts, key, recording, pages)
    totals = {"sessions": 0, "batches": 0, "events": 0, "dropped": 0, "automated": 0}
    async for part in slices(parts.log, key, recording.id):
        for name, more in (
            ("sessions", part.sessions),
            ("batches", part.batches),
            ("events", len(part.columns)),
        ):
            totals[name] += more
        totals["dropped"] += part.dropped
        totals["automated"] += part.automated
        for place, page in pages.items():
            await asyncio.to_thread(page.add, part, place, layers)
    return pages, totals


async def _page(parts: Parts, recording: Recording, place: Place) -> _Page:
    """An empty page on its snapshot's sheet; one of height 0 when there is no snapshot."""
    try:
        document = await parts.store.get(snapshot_key(recording.id, *place, "json"))
    except NotFound:
        return _Page(blank(REFERENCE_WIDTH[place[1]], 0), None, None)
    snapshot = read_snapshot(document.data)
    try:
        screenshot = (await parts.store.get(snapshot_key(recording.id, *place, "webp"))).data
    except NotFound:
        screenshot = None
    return _Page(snapshot.sheet, snapshot, screenshot)


async def _measure(parts: Parts, key: bytes, recording: Recording, pages: dict[Place, _Page]) -> None:
    """Pages without a snapshot are as high as the highest document that visitors had."""
    heights = dict.fromkeys((place for place, page in pages.items() if not page.sheet.height), 1)
    async for part in slices(parts.log, key, recording.id):
        for place, height in heights.items():
            heights[place] = max(height, int(part.of(*place).doc_height.max(initial=0)))
    for place, height in heights.items():
        pages[place].sheet = blank(REFERENCE_WIDTH[place[1]], min(height, 0xFFFF))


def _view(page: _Page) -> View:
    return View(page.sessions, {name: drawing.facts for name, drawing in page.drawn().items()}, page.rows())


def _files(recording: Recording, place: Place, page: _Page) -> dict[str, bytes]:
    """All files of one page and device class."""
    files: dict[str, bytes] = {}
    facts: dict[str, dict[str, float | None]] = {}
    for name, drawing in page.drawn().items():
        facts[name] = asdict(drawing.facts)
        composed = page.composed(drawing, _caption(recording, place, name, drawing.facts))
        files |= {f"{name}.png": drawing.png, f"{name}-composed.png": composed, f"{name}.npz": _npz(drawing)}
    table = page.rows()
    files |= {"elements.json": elements.as_json(table), "elements.csv": elements.as_csv(table)}
    files["facts.json"] = json.dumps({"sessions": page.sessions, "layers": facts}, indent=1).encode()
    return files


def _caption(recording: Recording, place: Place, layer: str, facts: Facts) -> str:
    page, device = place
    said = [recording.site, recording.pages[page].name, device, layer]
    if facts.sessions is not None:
        said.append(f"{facts.sessions} visitor sessions")
    if facts.placed_share is not None:
        said.append(f"{facts.placed_share:.0%} placed by element")
    if facts.visible is not None:
        said.append(f"{facts.visible:.0%} shown under the crowd rule")
    return " · ".join(said)


def _npz(drawing: Drawing) -> bytes:
    """The grid as shown, for numpy."""
    data = io.BytesIO()
    np.savez_compressed(data, grid=drawing.grid)
    return data.getvalue()


async def _kept_view(parts: Parts, recording: Recording, page: int, device: Device) -> View:
    try:
        facts = json.loads(await _kept(parts, recording, f"{page}/{device}/facts.json"))
        rows = json.loads(await _kept(parts, recording, f"{page}/{device}/elements.json"))
    except NotFound:
        return View(0, {}, [])
    return View(
        facts["sessions"],
        {name: Facts(**f) for name, f in facts["layers"].items()},
        [Row(**row) for row in rows],
    )


async def _kept(parts: Parts, recording: Recording, name: str) -> bytes:
    kept = recording.results.get("pictures")
    if not isinstance(kept, dict) or name not in kept:
        raise NotFound("There is no such picture: too few people were there, or it is being made.")
    return (await parts.store.get(f"pictures/{recording.id}/{recording.results['attempt']}/{name}")).data
