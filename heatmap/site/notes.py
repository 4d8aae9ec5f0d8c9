"""Notes of the team about a recording: written while it runs, read for good."""

from aiohttp import web

from heatmap.replays import notes
from heatmap.site.access import PARTS, RECORDING, USER, needs
from heatmap.site.roles import Role
from heatmap.site.written import number_in
from recorder.errors import Malformed
from recorder.views import now_ms


@needs(Role.ANALYST, look=None)
async def add(request: web.Request) -> web.Response:
    form = await request.post()
    given = str(form.get("page", ""))
    page = number_in(given)
    if given and page is None:
        raise Malformed("The recording has no such page.")
    recording = request[RECORDING]
    await notes.add(
        request.app[PARTS].store,
        recording,
        str(form.get("text", "")),
        request[USER].name,
        now_ms(),
        page,
    )
    raise web.HTTPSeeOther(f"/recordings/{recording.id}/replays#notes-title")


@needs(Role.ANALYST, look=None)
async def delete(request: web.Request) -> web.Response:
    recording = request[RECORDING]
    await notes.delete(request.app[PARTS].store, recording.id, request.match_info["note"])
    raise web.HTTPSeeOther(f"/recordings/{recording.id}/replays#notes-title")
