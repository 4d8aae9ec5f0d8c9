"""Style, scripts and pictures of the pages, from `static/site/`."""

from aiohttp import web

from heatmap.site.access import anybody
from recorder.assets import STATIC
from recorder.errors import NotFound

FOLDER = STATIC / "site"
_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
}
_HEADERS = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
#: What the address of a file looks like: no way out of the folder.
ROUTE = r"/static/{name:[a-z0-9][a-z0-9-]*(/[a-z0-9][a-z0-9-]*)*\.[a-z0-9]+}"


@anybody
async def file(request: web.Request) -> web.StreamResponse:
    """One of them; the browser asks again each time, and is told when nothing has changed."""
    path = FOLDER / request.match_info["name"]
    kind = _TYPES.get(path.suffix)
    if kind is None or not path.is_file():
        raise NotFound("There is nothing at this address.")
    return web.FileResponse(path, headers={"Content-Type": kind} | _HEADERS)


@anybody
async def rules(_: web.Request) -> web.StreamResponse:
    """The module that decides in visitors' browsers which page an address is: the tester of page rules asks it too."""
    return web.FileResponse(STATIC / "rules.js", headers={"Content-Type": _TYPES[".js"]} | _HEADERS)
