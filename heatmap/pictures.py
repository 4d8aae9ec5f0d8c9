"""The pictures and tables of a recording: drawn afresh while raw events are there, as they were kept afterwards."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from heatmap import files
from heatmap.compose import webp
from heatmap.drawing import LAYERS, Facts, coloured
from heatmap.elements import Row
from heatmap.files import Context, Files
from heatmap.findings.surveys import Final
from heatmap.gather import fill, look_over, open_page, passes, preview
from heatmap.kept import kept
from heatmap.page import Told
from heatmap.palette import AS_USUAL, Look
from heatmap.parts import Parts
from heatmap.pooled import Pooled
from heatmap.segments import Segment
from heatmap.selection import Span
from heatmap.told import fives
from recorder.errors import NotFound
from recorder.recording import Device, Recording, State

__all__ = ["TYPES", "View", "content_type", "file", "final_pictures", "kept", "view"]

_TYPES = {
    ".png": "image/png",
    ".webp": "image/webp",
    ".json": "application/json",
    ".csv": "text/csv",
    ".npz": "application/octet-stream",
}

#: What files may be.
TYPES = tuple(dict.fromkeys(_TYPES.values()))

#: In place of a device class, where a page is told of over all of them.
ALL = "all"

#: Before the name of a state, in the names of its files.
STATE = "state-"

#: Behind the name of a layer: over the page that it belongs to.
COMPOSED = "-composed"

Keep = Callable[[str, bytes], Awaitable[None]]


@dataclass(frozen=True)
class View:
    """A segment of one page on one device class: its element table and the facts of each layer that has a picture."""

    sessions: int
    layers: dict[str, Facts]
    rows: list[Row]
    #: The published ones: name, labels, sessions.
    segments: list[dict[str, Any]] = field(default_factory=list)
    #: First and last of the days that can be told apart, in order; nothing once the pictures are final.
    days: Sequence[Span] = ()
    #: Sessions whose spots are shown, where they are not all.
    apart: int = 0
    #: The share of clicks that was placed by element, of a release or variant, whether they are drawn apart or not.
    placed: float | None = None
    #: What of the page has pictures of its own: name, sessions.
    states: list[dict[str, Any]] = field(default_factory=list)
    #: Whether the table is that of all device classes, since this one has too few sessions.
    pooled: bool = False
    #: Sessions of the recording that look automated, and so are in none of this.
    automated: int = 0
    fold: int = 0  #: px: the average lower edge of what is seen without scrolling
    reach: Sequence[Sequence[int]] = ()  #: px from which on it is another number of sessions, and that number
    #: As in `boxes.json`: width, height, screenshot, boxes.
    page: Mapping[str, Any] = field(default_factory=dict)


async def view(
    parts: Parts,
    recording: Recording,
    page: int,
    device: Device,
    segment: str = "",
    layers: Collection[str] = LAYERS,
) -> View:
    """The facts of one page, in these layers: drawn now while raw events are there, as they were kept afterwards.

    `segment` is one of the view's `segments`, or `state-` and the name of one of its `states`, once these are final.
    """
    if recording.state != State.OPEN:
        return await _kept_view(parts, recording, page, device, segment)
    told = await preview(parts, recording, (page, device))
    return await asyncio.to_thread(_view, recording, told, _segment(told, segment), layers)


async def file(
    parts: Parts,
    recording: Recording,
    page: int,
    device: Device | None,
    name: str,
    look: Look = AS_USUAL,
) -> bytes:
    """A picture or table by its file name, or `NotFound` when there is none, or too few people for it.

    The name of a segment or selection stands before it: `click.png` is of all sessions, `r1/click.png` of the first
    release, `m1/click.png` of those who reached the first mark, `r1-r2/click.png` is what changed, and
    `state-menu/click.png` is the page with its menu open. Without a device it is a file over all of them, such as
    `elements.json`. The `look` is that of a layer's overlay and of its composed picture, which may be had as a WebP too
    (`click-composed.webp`, if it is not too high for one); other files have none.
    """
    if name.endswith("-composed.webp"):
        whole = await file(parts, recording, page, device, name.removesuffix("webp") + "png", look)
        try:
            return await asyncio.to_thread(webp, whole)
        except ValueError as why:
            raise NotFound(f"There is this picture as a PNG only: {why}.") from None
    if recording.state != State.OPEN:
        return await _kept_file(parts, recording, f"{page}/{device or ALL}", name, look)
    about = Context(recording, page, device, *await asked_and_yes(parts, recording))
    if device is None:
        return await asyncio.to_thread(_made, await _over_devices(parts, about), name)
    told = await preview(parts, recording, (page, device))
    return await asyncio.to_thread(_file, about, told, name, look)


async def _kept_file(parts: Parts, recording: Recording, place: str, name: str, look: Look) -> bytes:
    """As it was kept; in another look, made of what was kept."""
    data = await kept(parts, recording, f"{place}/{name}")
    folder, _, only = name.rpartition("/")
    changed = "-" in folder and not folder.startswith(STATE)
    if look == AS_USUAL or changed:
        return data
    layer = only.removesuffix(".png")
    if layer in LAYERS:
        return coloured(layer, data, look)
    layer = layer.removesuffix(COMPOSED)
    return await _recomposed(parts, recording, place, folder, layer, look) if layer in LAYERS else data


async def _recomposed(
    parts: Parts, recording: Recording, place: str, folder: str, layer: str, look: Look
) -> bytes:
    async def get(name: str, of: str) -> bytes:
        return await kept(parts, recording, "/".join(filter(None, (place, of, name))))

    of_page = folder if folder.startswith(STATE) else ""
    facts, boxes = json.loads(await get("facts.json", folder)), json.loads(await get("boxes.json", of_page))
    page, _, device = place.partition("/")
    return await asyncio.to_thread(
        files.recomposed,
        Context(recording, int(page), device, facts["asked"], facts["yes"]),  # type: ignore[arg-type]
        folder,
        layer,
        look,
        overlay=await get(f"{layer}.png", folder),
        facts=facts,
        boxes=boxes,
        screenshot=await get("background.webp", of_page) if boxes["screenshot"] else None,
    )


def _layers(name: str) -> Collection[str]:
    """What has to be drawn for a file."""
    layer = name.rsplit(".", 1)[0].removesuffix(COMPOSED).removesuffix("-small")
    return [layer] if layer in LAYERS else LAYERS if name == "facts.json" else []


def _file(about: Context, told: Told, name: str, look: Look) -> bytes:
    folder, _, only = name.rpartition("/")
    if not folder and only in (of_page := files.of_page(told)):
        return of_page[only]()
    if "-" in folder and not folder.startswith(STATE):
        return _made(files.of_changes(about, told), name)
    return _made(files.of_segment(about, told, _segment(told, folder), _layers(only), look), only)


def _made(some: Files, name: str) -> bytes:
    if name not in some:
        raise NotFound("There is no such picture: too few people were there, or it has another name.")
    return some[name]()


async def _over_devices(parts: Parts, about: Context) -> Files:
    """The files of a page over all device classes, now."""
    pooled = Pooled()
    for device in about.recording.devices:
        pooled.add(device, await preview(parts, about.recording, (about.page, device)))
    return await asyncio.to_thread(pooled.files, about)


async def final_pictures(parts: Parts, recording: Recording, keep: Keep) -> dict[str, int]:
    """Make everything that stays, and give what it was made of, see `COUNTED`.

    Files are kept one after the other (`page/device/file`), so that the pictures of one page are in memory.
    """
    over = await look_over(parts, recording)
    counts = over.counts()
    asked = await asked_and_yes(parts, recording)
    pooled = [Pooled() for _ in recording.pages]
    whole = Final(recording)
    for places in await passes(parts, recording, over.census):
        empty = {place: await open_page(parts, recording, place, over.census) for place in places}
        filled = await fill(parts, recording, empty, list(LAYERS))
        for page, device in places:
            told = Told(filled.pop((page, device)), recording.min_sessions, counts["automated"])
            await asyncio.to_thread(pooled[page].add, device, told)
            if told.all.sessions >= recording.min_sessions:
                await asyncio.to_thread(whole.add, page, device, told)
                await _keep_place(Context(recording, page, device, *asked), told, keep)
    for page, each in enumerate(pooled):
        await _keep_all(await asyncio.to_thread(each.files, Context(recording, page)), f"{page}/{ALL}/", keep)
    if counts["sessions"] >= recording.min_sessions:
        for name, data in (await asyncio.to_thread(whole.files, over.flow)).items():
            await keep(name, data)
    return counts


async def _keep_place(about: Context, told: Told, keep: Keep) -> None:
    folder = f"{about.page}/{about.device}/"
    for segment in (*told.published(), *told.by_mark()):
        made = await asyncio.to_thread(files.of_segment, about, told, segment)
        await _keep_all(made, folder + (f"{segment.name}/" if segment.name else ""), keep)
    await _keep_all(await asyncio.to_thread(files.of_changes, about, told), folder, keep)
    await _keep_all(files.of_page(told), folder, keep)
    for name, state in told.states.items():
        if state.all.sessions >= about.recording.min_sessions:
            made = {**files.of_segment(about, state, state.all), **files.of_page(state)}
            await _keep_all(made, f"{folder}{STATE}{name}/", keep)


async def _keep_all(made: Files, folder: str, keep: Keep) -> None:
    for name, make in made.items():
        await keep(folder + name, await asyncio.to_thread(make))


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
    if name.startswith(STATE):
        raise NotFound("A state of a page has pictures once they are final.")
    found = told.selected(name)
    if found is None:
        raise NotFound(
            "There is no such release, variant, mark or day, or too few visitor sessions are in it."
        )
    return found


def _view(recording: Recording, told: Told, segment: Segment, layers: Collection[str]) -> View:
    return View(
        segment.sessions,
        {name: drawing.facts for name, drawing in told.drawings(segment, layers).items()},
        told.rows(segment, seen_too=True),
        files.segments(recording, told),
        told.days(segment.name),
        told.drawn_apart(segment),
        told.placed(segment),
        automated=told.automated,
        fold=told.fold(segment),
        reach=files.steps(told.reach(segment)),
        page=json.loads(files.of_page(told)["boxes.json"]()),
    )


async def _kept_view(parts: Parts, recording: Recording, page: int, device: Device, segment: str) -> View:
    place = f"{page}/{device}"
    name = f"{place}/{segment}" if segment else place
    try:
        whole = json.loads(await kept(parts, recording, f"{place}/facts.json"))
        facts = json.loads(await kept(parts, recording, f"{name}/facts.json"))
        rows = json.loads(await kept(parts, recording, f"{name}/elements.json"))
        of_page = name if segment.startswith(STATE) else place
        boxes = json.loads(await kept(parts, recording, f"{of_page}/boxes.json"))
    except NotFound:
        return await _kept_pooled(parts, recording, page)
    return View(
        facts["sessions"],
        {name: Facts(**f) for name, f in facts["layers"].items()},
        [Row(**row) for row in rows],
        whole["segments"],
        apart=facts.get("apart", 0),
        placed=facts.get("placed"),
        states=whole["states"],
        automated=facts["automated"],
        fold=facts["fold"],
        reach=facts["reach"],
        page=boxes,
    )


async def _kept_pooled(parts: Parts, recording: Recording, page: int) -> View:
    try:
        rows = json.loads(await kept(parts, recording, f"{page}/all/elements.json"))
    except NotFound:
        return View(0, {}, [])
    return View(0, {}, [Row(**row) for row in rows], pooled=True)
