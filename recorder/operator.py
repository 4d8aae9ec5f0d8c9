"""What only the operator asks, on a port of its own: does it run, can it work, and the figures for Prometheus."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from recorder import limits
from recorder.errors import NotFound, YesmapError
from recorder.middlewares import errors
from recorder.objects import Objects
from recorder.serving import Face, Serves
from recorder.settings import Settings

Check = Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class Watched:
    """One of the things that run here: what it needs, by name, and its figures in Prometheus' text format."""

    parts: Mapping[str, Check]
    figures: Callable[[], Awaitable[bytes]]


def faces(settings: Settings, watched: Sequence[Watched]) -> list[Serves]:
    """The operator's face, if there shall be one."""
    if settings.metrics_port is None:
        return []
    app = build(watched)
    return [Face(app, settings.metrics_host, settings.metrics_port, "YESMAP_METRICS_PORT")]


def build(watched: Sequence[Watched]) -> web.Application:
    """The application, not yet started."""
    parts = {name: check for each in watched for name, check in each.parts.items()}

    async def healthz(_: web.Request) -> web.Response:
        """We answer; nothing else is asked, so that a store that is down does not get us restarted."""
        return web.Response(text="ok\n")

    async def readyz(_: web.Request) -> web.Response:
        """Whether each part can work, and why not."""
        found = await asyncio.gather(*map(_why_not, parts.values()))
        wrong = {name: why for name, why in zip(parts, found, strict=True) if why}
        shown = {"ready": not wrong, "parts": {name: wrong.get(name, "ok") for name in parts}}
        return web.json_response(shown, status=503 if wrong else 200)

    async def metrics(_: web.Request) -> web.Response:
        """The figures of all that runs here."""
        text = b"".join([await each.figures() for each in watched])
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application(middlewares=[errors])
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", metrics)
    return app


async def reachable(store: Objects, folder: str = "origins") -> None:
    """An object that is not there, in a folder that we may read: finding that out costs one or two requests."""
    try:
        await store.get(f"{folder}/none")
    except NotFound:
        return


async def _why_not(check: Check) -> str | None:
    try:
        async with asyncio.timeout(limits.CHECK_SECONDS):
            await check()
    except TimeoutError:
        return f"did not answer within {limits.CHECK_SECONDS} s"
    except YesmapError as error:
        return error.message
    except Exception as error:  # noqa: BLE001 - whatever it is, the part cannot work
        return type(error).__name__
    return None
