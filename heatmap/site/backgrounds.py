"""What each page looks like, as far as that is known: the pictures that heatmaps and replays lie on."""

from aiohttp import web
from pydantic import BaseModel, ConfigDict

from heatmap.site.access import PARTS, RECORDING, needs, note
from heatmap.site.render import HEADERS, render
from heatmap.site.roles import Role
from heatmap.snapshots import snapshots
from heatmap.snapshots.snapshots import Name
from recorder.errors import Conflict, NotFound
from recorder.recording import REFERENCE_WIDTH, Device, Recording, State
from recorder.views import SETTINGS


class Shown(BaseModel):
    """A snapshot in the list."""

    model_config = ConfigDict(frozen=True)

    name: str
    page: int
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
    recording = request[RECORDING]
    there = [await shown(request, name) for name in await known(request)]
    return render(
        request,
        "backgrounds.html",
        recording=recording,
        running=recording.state == State.OPEN,
        pages=[
            (page.name, [each for each in there if each.page == number])
            for number, page in enumerate(recording.pages)
        ],
        devices=recording.devices,
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
    await removed(request)
    raise web.HTTPSeeOther(f"/recordings/{request[RECORDING].id}/backgrounds")


async def removed(request: web.Request) -> None:
    """Remove the snapshot of the address, as long as the recording runs."""
    recording = _running(request[RECORDING])
    name = await _named(request)
    await snapshots.remove(request.app[PARTS].store, recording.id, name)
    await note(request, "snapshot removed", of=str(name))


async def known(request: web.Request) -> list[Name]:
    """The snapshots of the recording's pages, in their order."""
    recording = request[RECORDING]
    there = await snapshots.names(request.app[PARTS].store, recording.id)
    return [name for name in there if name.page < len(recording.pages)]


async def _named(request: web.Request) -> Name:
    wanted = request.match_info["snapshot"]
    for name in await snapshots.names(request.app[PARTS].store, request[RECORDING].id):
        if str(name) == wanted:
            return name
    raise NotFound("There is no such snapshot.")


async def shown(request: web.Request, name: Name) -> Shown:
    """What there is to say of a snapshot."""
    store, recording = request.app[PARTS].store, request[RECORDING]
    made = await snapshots.document(store, recording.id, name)
    return Shown(
        name=str(name),
        page=name.page,
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
