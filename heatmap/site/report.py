"""The whole of a finished recording as one HTML file: pictures, tables, findings. It needs no script and no network.

It is made from the files that were kept, page by page, so that the pictures of one page are in memory.
"""

import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass

from aiohttp import web

from heatmap import pictures
from heatmap.drawing import LAYERS
from heatmap.findings import surveys
from heatmap.parts import Parts
from heatmap.pictures import View
from heatmap.site import sentences
from heatmap.site.access import PARTS, RECORDING, needs
from heatmap.site.flow import by_page
from heatmap.site.heatmap import asked
from heatmap.site.nav import is_final, is_lost
from heatmap.site.render import ENVIRONMENT, HEADERS
from heatmap.site.roles import Role
from heatmap.site.written import slug
from recorder.errors import Conflict, NotFound
from recorder.recording import Device, Recording

#: Elements in the table of a page.
ROWS = 30
#: The file is read from a disk, where no header says what it may do: so it says itself that it loads and runs nothing.
HEADING = {"Content-Type": "text/html; charset=utf-8"}


@dataclass(frozen=True)
class Shown:
    """A page on a device class, with its pictures as data."""

    number: int
    name: str
    device: Device
    view: View
    background: str
    overlays: dict[str, str]
    asked: dict[str, int]


@needs(Role.VIEWER, look="report")
async def report(request: web.Request) -> web.StreamResponse:
    """Written as it is made; `Conflict` while the recording runs."""
    parts, recording = request.app[PARTS], request[RECORDING]
    if is_lost(recording):
        raise Conflict("There is no report: no pictures could be made of this recording.")
    if not is_final(recording):
        raise Conflict("There is a report when the recording has ended: until then a visitor may withdraw.")
    file = f'attachment; filename="yesmap-{slug(recording.site)}-{recording.id}.html"'
    response = web.StreamResponse(headers=HEADERS | HEADING | {"Content-Disposition": file})
    await response.prepare(request)
    template = request.app[ENVIRONMENT].get_template("report.html")
    start, end = template.render(await _about(parts, recording)).split("<!-- places -->")
    await response.write(start.encode())
    place = request.app[ENVIRONMENT].get_template("report-place.html")
    async for shown in _places(parts, recording):
        await response.write(place.render(shown=shown, layers=LAYERS, rows=ROWS).encode())
    await response.write(end.encode())
    await response.write_eof()
    return response


async def _about(parts: Parts, recording: Recording) -> dict[str, object]:
    try:
        found = (await surveys.found(parts, recording)).findings
    except NotFound:
        found = None
    tables = await surveys.tables(parts, recording)
    return {
        "recording": recording,
        "found": found,
        "sections": sentences.sections(found.before, found.after) if found else [],
        "say": sentences,
        "flow": by_page([page.name for page in recording.pages], tables) if tables["flow"] else [],
        "marks": tables["marks"],
        "errors": tables["errors"],
    }


async def _places(parts: Parts, recording: Recording) -> AsyncIterator[Shown]:
    """Every page on every device class that has pictures."""
    for number, page in enumerate(recording.pages):
        for device in recording.devices:
            view = await pictures.view(parts, recording, number, device)
            if view.layers:
                yield await _shown(parts, recording, Shown(number, page.name, device, view, "", {}, {}))


async def _shown(parts: Parts, recording: Recording, bare: Shown) -> Shown:
    where = (parts, recording, bare.number, bare.device)
    kind = "webp" if bare.view.page["screenshot"] else "png"
    background = _data(await pictures.file(*where, f"background.{kind}"), f"image/{kind}")
    overlays = {
        name: _data(await pictures.file(*where, f"{name}.png"), "image/png")
        for name in LAYERS
        if name in bare.view.layers
    }
    told = await asked(parts, recording, bare.device)
    return Shown(bare.number, bare.name, bare.device, bare.view, background, overlays, told)


def _data(picture: bytes, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(picture).decode()}"
