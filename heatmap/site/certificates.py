"""The certificate of a recording that has ended, for the team."""

from aiohttp import web

from heatmap.site.access import PARTS, RECORDING, needs
from heatmap.site.render import HEADERS
from heatmap.site.roles import Role


@needs(Role.VIEWER, look="certificate")
async def certificate(request: web.Request) -> web.Response:
    recording = request[RECORDING]
    stored = await request.app[PARTS].store.get(f"certificates/{recording.id}.json")
    return web.Response(body=stored.data, content_type="application/json", headers=HEADERS)
