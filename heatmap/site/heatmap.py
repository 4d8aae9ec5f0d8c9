"""The heatmaps of a recording: the page, its pictures and tables, and what changes while it runs."""

import time
from dataclasses import replace

from aiohttp import web

from heatmap import pictures
from heatmap.drawing import LAYERS
from heatmap.palette import PALETTES
from heatmap.parts import Parts
from heatmap.pictures import View
from heatmap.site import choice as choices
from heatmap.site import sides, whom
from heatmap.site.access import PARTS, RECORDING, needs, note
from heatmap.site.choice import MODES, OPACITY, STRENGTHS, Choice
from heatmap.site.lost import unless_lost
from heatmap.site.render import HEADERS, render
from heatmap.site.roles import Role
from heatmap.site.sides import Difference, Side
from heatmap.told import fives
from recorder.errors import Forbidden, NotFound
from recorder.recording import Recording, State

#: Layers of rows fill the page, so that they are all equally opaque, and have no hottest spot.
STRIPS = ("scroll", "attention")
#: Elements in the list beside the picture.
LISTED = 60
#: For other programs; what is in them cannot be taken back.
EXPORTS = (".csv", ".npz")
#: A finished picture never changes, but who may see it does.
KEPT = {"Cache-Control": "private, max-age=600"}


@needs(Role.VIEWER, running=Role.ANALYST)
@unless_lost
async def page(request: web.Request) -> web.Response:
    """One page of a recording, or two to compare."""
    parts, recording = request.app[PARTS], request[RECORDING]
    chosen = choices.read(request.query, recording)
    left = await _side(parts, recording, chosen)
    beside = sides.other(left.choice)
    right = await _side(parts, recording, beside) if beside else None
    return render(
        request,
        "heatmap.html",
        recording=recording,
        running=recording.state == State.OPEN,
        chosen=left.choice,
        wanted=chosen,
        called=sides.called,
        marks=whom.untold(recording, {each.get("mark") for each in left.view.segments}),
        left=left,
        right=right,
        difference=await _difference(parts, recording, left, right),
        devices=recording.devices,
        layers=LAYERS,
        modes=MODES,
        palettes=PALETTES,
        strengths=STRENGTHS,
        opacity=OPACITY,
        strips=STRIPS,
        listed=LISTED,
        asked=await asked(parts, recording, left.choice.device),
    )


@needs(Role.VIEWER, running=Role.ANALYST, look=None)
async def numbers(request: web.Request) -> web.Response:
    """Boxes and numbers of the elements of a page."""
    parts, recording = request.app[PARTS], request[RECORDING]
    number, device = _page(request, recording), choices.device(request.match_info["device"], recording)
    segment = request.query.get("segment", "")
    view = await pictures.view(parts, recording, number, device, segment, layers=())
    response = web.json_response(sides.view_json(view), headers=HEADERS)
    response.enable_compression()
    return response


def refuse_export(recording: Recording, name: str) -> None:
    """Tables and grids are for keeping, and what is kept cannot lose a visitor any more."""
    if name.endswith(EXPORTS) and recording.state == State.OPEN:
        raise Forbidden(
            "Nothing is exported while the recording runs: until its end a visitor may withdraw.",
            code="running",
        )


@needs(Role.VIEWER, running=Role.ANALYST, look="picture")
async def file(request: web.Request) -> web.Response:
    """A picture or table by its file name: drawn afresh while raw events are there, as it was kept afterwards."""
    parts, recording, name = request.app[PARTS], request[RECORDING], request.match_info["file"]
    number, device = _page(request, recording), request.match_info["device"]
    refuse_export(recording, name)
    if name.endswith(EXPORTS):
        await note(request, "export", f"{number}/{device}/{name}")
    where = None if device == pictures.ALL else choices.device(device, recording)
    look = choices.read(request.query, recording).look
    data = await pictures.file(parts, recording, number, where, name, look)
    headers = HEADERS | (KEPT if recording.state != State.OPEN else {})
    return web.Response(body=data, content_type=pictures.content_type(name), headers=headers)


@needs(Role.ANALYST, look=None)
async def live(request: web.Request) -> web.Response:
    """Another word whenever anything changed, so that the page shows a new picture; not how much did."""
    parts, recording = request.app[PARTS], request[RECORDING]
    stamp = await parts.log.stamp(recording.id)
    return web.json_response({"stamp": stamp.hex()[:16], "state": recording.state}, headers=HEADERS)


async def asked(parts: Parts, recording: Recording, device: str) -> dict[str, int]:
    """Visitors of a device class who were asked, and who said yes, in fives."""
    kept = recording.results.get("asked")
    counts = kept if isinstance(kept, dict) else await parts.log.counts(recording.id)
    return {what: fives(int(counts.get(f"{what}:{device}", 0))) for what in ("asked", "yes")}


async def _side(parts: Parts, recording: Recording, chosen: Choice) -> Side:
    """A picture; of everybody, where a state, release or variant has too few sessions."""
    layers = {chosen.layer, "click"}
    try:
        view = await pictures.view(parts, recording, chosen.page, chosen.device, chosen.part, layers)
        found = sides.known(view, chosen)
    except NotFound:
        found = False
    if not found:
        chosen = chosen.everybody
        view = await pictures.view(parts, recording, chosen.page, chosen.device, "", layers)
    return Side(recording.id, chosen, view, _stamp(recording), _days(recording, view))


def _days(recording: Recording, view: View) -> dict[int, str]:
    """The days at which the visitors can be divided."""
    return whom.day_names(recording, {day for span in view.days for day in span})


def _stamp(recording: Recording) -> str:
    """In the address of a picture that may be another the next time it is asked for."""
    return str(time.time_ns() // 1_000_000) if recording.state == State.OPEN else ""


async def _difference(
    parts: Parts, recording: Recording, left: Side, right: Side | None
) -> Difference | None:
    """What changed between two sides, with its picture where there is one."""
    if right is None or left.choice.mode != "difference":
        return None
    ways = sides.differences(left, right)
    for way in ways:
        folder, name = way.files
        device = None if folder.endswith(pictures.ALL) else way.after.choice.device
        try:
            await pictures.file(parts, recording, way.after.choice.page, device, name)
        except NotFound:
            continue
        stamp = f"?v={left.stamp}" if left.stamp else ""
        return replace(way, picture=f"/recordings/{recording.id}/{folder}/{name}{stamp}")
    return ways[0]


def _page(request: web.Request, recording: Recording) -> int:
    number = int(request.match_info["page"])
    if number >= len(recording.pages):
        raise NotFound("This recording has no such page.")
    return number
