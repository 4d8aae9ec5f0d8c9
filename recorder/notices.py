"""What a visitor is told, served as it was composed: for the prompt, for the panel, and as a page to read."""

import asyncio
import json

from aiohttp import web

from recorder import pages, times
from recorder.errors import NotFound
from recorder.notice import Document, Told
from recorder.packed import FOREVER, pack
from recorder.views import REGISTRY


async def first(request: web.Request) -> web.Response:
    """The first layer of the prompt, in one language."""
    _, told = await _told(request)
    return await _json(request, told.first.model_dump(exclude_none=True))


async def panel(request: web.Request) -> web.Response:
    """The texts of the panel behind the sign, in one language."""
    _, told = await _told(request)
    return await _json(request, told.panel)


async def full(request: web.Request) -> web.Response:
    """The full notice as a page, in one language, with the way to the others."""
    document, told = await _told(request)
    text = pages.render(
        "notice.html",
        lang=told.first.lang,
        dir=told.first.dir,
        site=document.site,
        full=told.full,
        nv=request.match_info["nv"],
        others=[(tag, times.own_name(tag)) for tag in document.languages if tag != told.first.lang],
    )
    packed = await asyncio.to_thread(pack, text.encode(), "text/html; charset=utf-8")
    return packed.answer(request, FOREVER, pages.headers())


async def document(request: web.Request) -> web.Response:
    """The whole notice as it is registered: the bytes that its name is made from."""
    found = await request.app[REGISTRY].told(request.match_info["nv"])
    return (await asyncio.to_thread(pack, found.to_json(), "application/json")).answer(request, FOREVER)


async def _told(request: web.Request) -> tuple[Document, Told]:
    document = await request.app[REGISTRY].told(request.match_info["nv"])
    told = document.languages.get(request.match_info["language"])
    if told is None:
        raise NotFound(f"This notice is there in {', '.join(document.languages)}.")
    return document, told


async def _json(request: web.Request, content: dict[str, object] | dict[str, str]) -> web.Response:
    data = json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()
    packed = await asyncio.to_thread(pack, data, "application/json")
    return packed.answer(request, FOREVER)
