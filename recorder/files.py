"""The files that browsers load, packed once at start: the scripts and, if asked for, the demo shop.

Each is served under its name for a while, and for good under a name that has its hash in it: `/dist/consent.js` and
`/dist/consent.<hash>.js`.
"""

import base64
import hashlib
import html
from pathlib import PurePosixPath

from aiohttp import web

from recorder.assets import STATIC
from recorder.errors import NotFound
from recorder.packed import FOREVER, Packed, pack

FILES = web.AppKey("files", dict[str, Packed])
#: Where the tag's script is, below `static/`.
LOADER = "dist/yesmap.js"
#: A new release reaches everybody within minutes, and nobody waits for it.
BRIEFLY = "public, max-age=300, stale-while-revalidate=86400"
#: The same on every machine, whatever its own table says.
_KINDS = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
}


def load(app: web.Application, *, demo: bool) -> None:
    """Keep every served file in memory, by its path."""
    app[FILES] = (
        _read("dist", small=True)
        | _read("certificate", small=False)
        | (_read("demo", small=False) if demo else {})
    )


def serve(request: web.Request, name: str) -> web.Response:
    """A file by its path below `static/`."""
    return _serve(request, name, BRIEFLY)


async def script(request: web.Request) -> web.Response:
    """The loader at `/yesmap.js`, everything else that it loads below `/dist/`."""
    return _serve(request, f"dist/{request.match_info.get('name', 'yesmap.js')}", BRIEFLY)


async def demo(request: web.Request) -> web.Response:
    return _serve(request, f"demo/{request.match_info['name'] or 'index.html'}", "no-cache")


def hashed(name: str, digest: str) -> str:
    """The name that a file has for good: `consent.0123456789.js`."""
    path = PurePosixPath(name)
    return str(path.with_name(f"{path.stem}.{digest}{path.suffix}"))


def integrity(data: bytes) -> str:
    """What a page says that a script must be, to run it (Subresource Integrity)."""
    return f"sha384-{base64.b64encode(hashlib.sha384(data).digest()).decode()}"


def tag(url: str, release: str = "") -> str:
    """The tag for a site's pages, for the visitors' face at `url`: this script, to the last byte, or none."""
    data = (STATIC / LOADER).read_bytes()
    source = f"{url}/{hashed(LOADER, pack(data, _kind(LOADER)).hash)}"
    checked = f'src="{source}" integrity="{integrity(data)}" crossorigin="anonymous"'
    named = f' data-release="{html.escape(release)}"' if release else ""
    return f'<script type="module" {checked}{named}></script>'


def _read(folder: str, *, small: bool) -> dict[str, Packed]:
    """Every file of a folder under `static/`, by its path there."""
    found = [path for path in (STATIC / folder).rglob("*") if path.is_file()]
    names = {path.relative_to(STATIC).as_posix(): path for path in found}
    return {name: pack(path.read_bytes(), _kind(name), small=small) for name, path in names.items()}


def _kind(name: str) -> str:
    return _KINDS.get(PurePosixPath(name).suffix, "application/octet-stream")


def _serve(request: web.Request, name: str, cache: str) -> web.Response:
    files = request.app[FILES]
    if name in files:
        return files[name].answer(request, cache)
    plain, digest = _without_hash(name)
    if plain in files and files[plain].hash == digest:
        return files[plain].answer(request, FOREVER)
    raise NotFound("There is nothing at this address.")


def _without_hash(name: str) -> tuple[str, str]:
    """`dist/consent.<hash>.js` as `dist/consent.js` and the hash."""
    path = PurePosixPath(name)
    stem, _, digest = path.stem.rpartition(".")
    return (str(path.with_name(stem + path.suffix)) if stem else "", digest)
