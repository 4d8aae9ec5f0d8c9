"""The files that browsers load, read once at start: the scripts and, if asked for, the demo shop."""

import hashlib
import mimetypes
from pathlib import Path

from aiohttp import web

from recorder.assets import STATIC
from recorder.errors import NotFound

FILES = web.AppKey("files", dict[str, tuple[bytes, str, str]])


def load(app: web.Application, *, demo: bool) -> None:
    """Keep every served file in memory: body, content type, entity tag by name."""
    names = {f"dist/{n}": p for n, p in _below(STATIC / "dist").items()}
    if demo:
        names |= {f"demo/{n}": p for n, p in _below(STATIC / "demo").items()}
    app[FILES] = {name: _read(path) for name, path in names.items()}


async def script(request: web.Request) -> web.Response:
    """The loader at `/yesmap.js`, everything else that it loads below `/dist/`."""
    name = request.match_info.get("name", "yesmap.js")
    return _serve(request, f"dist/{name}", "public, max-age=300")


async def demo(request: web.Request) -> web.Response:
    name = request.match_info["name"] or "index.html"
    return _serve(request, f"demo/{name}", "no-cache")


def _below(folder: Path) -> dict[str, Path]:
    return {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}


def _read(path: Path) -> tuple[bytes, str, str]:
    data = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return data, kind, hashlib.sha256(data).hexdigest()[:16]


def _serve(request: web.Request, name: str, cache: str) -> web.Response:
    if name not in request.app[FILES]:
        raise NotFound("There is nothing at this address.")
    data, kind, tag = request.app[FILES][name]
    headers = {"Cache-Control": cache, "ETag": f'"{tag}"', "Access-Control-Allow-Origin": "*"}
    if request.headers.get("If-None-Match") == f'"{tag}"':
        return web.Response(status=304, headers=headers)
    text = kind.startswith("text/") or kind.endswith("javascript")
    response = web.Response(body=data, content_type=kind, charset="utf-8" if text else None, headers=headers)
    if text:
        response.enable_compression()
    return response
