"""A site with one page for each tool, a sink for what the tools send, and the real collector on another origin."""

import contextlib
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import BaseTestServer, TestServer
from aiohttp.typedefs import Handler
from pydantic import SecretStr

from recorder import app as recorder_app
from recorder import settings, views
from tests.bench.page import page
from tests.bench.peers import Tool
from tests.conftest import a_recording


@dataclass
class Sent:
    """Bytes of every request body that arrived, whoever sent it; only one page is open at a time."""

    bodies: list[int] = field(default_factory=list)

    @web.middleware
    async def count(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.method == "POST":
            self.bodies.append(request.content_length or 0)
        return await handler(request)

    def take(self) -> int:
        """The sum since it was last asked for."""
        total = sum(self.bodies)
        self.bodies.clear()
        return total


@dataclass(frozen=True)
class Site:
    origin: str
    collector: str
    sent: Sent


@contextlib.asynccontextmanager
async def served(tools: Sequence[Tool], redis_url: str) -> AsyncIterator[Site]:
    """The site on its origin, with a recording of its `/yesmap` open at a collector of its own."""
    sent = Sent()
    with tempfile.TemporaryDirectory(prefix="yesmap-bench-") as folder:
        chosen = settings.read(
            data=Path(folder), redis_url=SecretStr(redis_url), store_url=None, key_store_url=None
        )
        collector = recorder_app.build(chosen)
        collector.middlewares.insert(0, sent.count)
        async with TestServer(collector) as at:
            address = _origin(at)
            tag = f'<script type="module" src="{address}/yesmap.js"></script>'
            async with TestServer(_site([Tool("none"), Tool("yesmap", tag), *tools], sent)) as site:
                rules = [{"name": "Page", "pattern": "/yesmap"}]
                await collector[views.REGISTRY].open(a_recording(origins=[_origin(site)], pages=rules))
                yield Site(_origin(site), address, sent)


def _origin(server: BaseTestServer) -> str:
    return str(server.make_url("/")).rstrip("/")


def _site(tools: Sequence[Tool], sent: Sent) -> web.Application:
    app = web.Application(middlewares=[sent.count], client_max_size=8 * 1024 * 1024)
    for tool in tools:
        app.router.add_get(f"/{tool.name}", _answer(page(tool.head).encode(), "text/html"))
        app.router.add_get(f"/files/{tool.name}.js", _answer(tool.script, "text/javascript"))
    app.router.add_get("/blank", _answer(b"<!doctype html><title>Blank</title>", "text/html"))
    app.router.add_post("/sink", _sink)
    return app


def _answer(body: bytes, kind: str) -> Handler:
    async def answer(request: web.Request) -> web.Response:
        response = web.Response(body=body, content_type=kind, charset="utf-8")
        response.enable_compression()
        return response

    return answer


async def _sink(request: web.Request) -> web.Response:
    await request.read()
    return web.Response(status=204)
