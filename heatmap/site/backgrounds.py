"""What each page looks like, as far as that is known: the pictures that heatmaps and replays lie on."""

from aiohttp import web
from pydantic import BaseModel, ConfigDict

from heatmap.site.access import PARTS, RECORDING, needs, note
from heatmap.site.render import HEADERS, render
from heatmap.site.roles import Role
from heatmap.snapshots import snapshots
from heatmap.snapshots.snapshots import Name
from recorder.errors import Conflict, NotFound
from recorder.recording import DEVICES, REFERENCE_WIDTH, Device, Recording, State
from recorder.views import SETTINGS


class Shown(BaseModel):
    """A snapshot in the list."""

    model_config = ConfigDict(frozen=True)

    name: str
    device: Device
    state: str
    release: str
    elements: int
    picture: bool
    size: tuple[int, int]
    by: str  #: who took it from the page itself, where somebody did …
    at: int  #: … and when, ms


@needs(Role.ANALYST, look=None)
async def listing(request: web.Request) -> web.Response:
    """Every page with its snapshots, and a place to put a picture."""
    parts, recording = request.app[PARTS], request[RECORDING]
    there = await snapshots.names(parts.store, recording.id)
    pages: list[list[Shown]] = [[] for _ in recording.pages]
    for name in there:
        if name.page < len(pages):
            pages[name.page].append(await _shown(request, name))
    return render(
        request,
        "backgrounds.html",
        recording=recording,
        running=recording.state == State.OPEN,
        pages=[(page.name, shown) for page, shown in zip(recording.pages, pages, strict=True)],
        devices=DEVICES,
        widths=REFERENCE_WIDTH,
        addresses=[recording.origins[0] + page.pattern for page in recording.pages if page.kind == "path"],
        team=request.app[SETTINGS].team_url or str(request.url.origin()),
    )


@needs(Role.ANALYST, look=None)
async def picture(request: web.Request) -> web.Response:
    """The screenshot of a snapshot."""
    name = await _named(request)
    found = await snapshots.picture(request.app[PARTS].store, request[RECORDING].id, name)
    if found is None:
        raise NotFound("This snapshot has no picture.")
    headers = HEADERS | {"Cache-Control": "private, no-cache"}
    return web.Response(body=found, content_type="image/webp", headers=headers)


@needs(Role.ANALYST, look=None)
async def delete(request: web.Request) -> web.Response:
    """Remove a snapshot and its picture."""
    recording = _running(request[RECORDING])
    name = await _named(request)
    await snapshots.remove(request.app[PARTS].store, recording.id, name)
    await note(request, "snapshot removed", of=str(name))
    raise web.HTTPSeeOther(f"/recordings/{recording.id}/backgrounds")


async def _named(request: web.Request) -> Name:
    wanted = request.match_info["snapshot"]
    for name in await snapshots.names(request.app[PARTS].store, request[RECORDING].id):
        if str(name) == wanted:
            return name
    raise NotFound("There is no such snapshot.")


async def _shown(request: web.Request, name: Name) -> Shown:
    store, recording = request.app[PARTS].store, request[RECORDING]
    made = await snapshots.document(store, recording.id, name)
    return Shown(
        name=str(name),
        device=name.device,
        state=name.state,
        release=made.release,
        elements=len(made.elements),
        picture=await snapshots.picture(store, recording.id, name) is not None,
        size=(made.width, made.height),
        by=made.by,
        at=made.at,
    )


def _running(recording: Recording) -> Recording:
    if recording.state != State.OPEN:
        raise Conflict("This recording has ended: its pictures are what they are.")
    return recording
