"""The team's pages: which recordings there are, and what one of them shows."""

from dataclasses import dataclass

from aiohttp import web

from heatmap import pictures
from heatmap.drawing import LAYERS
from heatmap.parts import Parts
from heatmap.site.access import PARTS, RECORDING, USER, needs
from heatmap.site.render import HEADERS, render
from heatmap.site.roles import Role
from recorder.errors import NotFound
from recorder.recording import DEVICES, REFERENCE_WIDTH, Device, Recording, State
from recorder.views import now_ms


@dataclass(frozen=True)
class Chosen:
    """What the reader of a recording's page has chosen."""

    page: int
    device: Device
    layer: str


@needs(Role.VIEWER)
async def recordings(request: web.Request) -> web.Response:
    """Every recording, the newest first, with its counts."""
    parts = request.app[PARTS]
    shown = [each for each in await parts.registry.all() if request[USER].role_on(each.site) is not None]
    rows = [(each, await _asked(parts, each)) for each in shown]
    return render(request, "recordings.html", rows=rows, now=now_ms())


@needs(Role.VIEWER, running=Role.ANALYST)
async def page(request: web.Request) -> web.Response:
    """One page of a recording on one device class, in one layer."""
    parts, recording = request.app[PARTS], request[RECORDING]
    chosen = _chosen(request, recording)
    view = await pictures.view(parts, recording, chosen.page, chosen.device)
    return render(
        request,
        "recording.html",
        recording=recording,
        running=recording.state == State.OPEN,
        chosen=chosen,
        devices=DEVICES,
        layers=LAYERS,
        view=view,
        width=REFERENCE_WIDTH[chosen.device],
        asked=await _asked(parts, recording),
        now=now_ms(),
    )


@needs(Role.VIEWER, running=Role.ANALYST, look="picture")
async def picture(request: web.Request) -> web.Response:
    """A picture or table by its file name: drawn afresh while raw events are there, as it was kept afterwards."""
    parts, recording = request.app[PARTS], request[RECORDING]
    number, name = int(request.match_info["page"]), request.match_info["device"]
    device = None if name == pictures.ALL else _device(name)
    if number >= len(recording.pages):
        raise NotFound("This recording has no such page.")
    data = await pictures.file(parts, recording, number, device, request.match_info["file"])
    kind = pictures.content_type(request.match_info["file"])
    return web.Response(body=data, content_type=kind, headers=HEADERS)


@needs(Role.ANALYST, look=None)
async def live(request: web.Request) -> web.Response:
    """How many batches are there now: the page asks, and shows the picture anew when the number changes."""
    parts, recording = request.app[PARTS], request[RECORDING]
    sessions, batches = await parts.log.totals(recording.id)
    return web.json_response(
        {"sessions": sessions, "batches": batches, "state": recording.state}, headers=HEADERS
    )


@needs(Role.VIEWER, look="certificate")
async def certificate(request: web.Request) -> web.Response:
    recording = request[RECORDING]
    stored = await request.app[PARTS].store.get(f"certificates/{recording.id}.json")
    return web.Response(body=stored.data, content_type="application/json", headers=HEADERS)


async def _asked(parts: Parts, recording: Recording) -> dict[str, int]:
    """Asked, yes and no over all device classes."""
    kept = recording.results.get("asked")
    counts = kept if isinstance(kept, dict) else await parts.log.counts(recording.id)
    return {
        what: sum(n for name, n in counts.items() if name.startswith(f"{what}:"))
        for what in ("asked", "yes", "no")
    }


def _chosen(request: web.Request, recording: Recording) -> Chosen:
    query = request.query
    number = query.get("page", "0")
    if not number.isdecimal() or int(number) >= len(recording.pages):
        raise NotFound("This recording has no such page.")
    layer = query.get("layer", next(iter(LAYERS)))
    if layer not in LAYERS:
        raise NotFound("There is no such layer.")
    return Chosen(int(number), _device(query.get("device", "desktop")), layer)


def _device(name: str) -> Device:
    for device in DEVICES:
        if device == name:
            return device
    raise NotFound("There is no such device class.")
