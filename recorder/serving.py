"""Runs one or both faces until a signal says stop, then lets requests in flight finish."""

import asyncio
import contextlib
import errno
import logging
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from aiohttp import web

from recorder.errors import Unusable
from recorder.protocol import Runner

#: How long requests in flight may take once we were told to stop.
DRAIN_SECONDS = 10


@dataclass(frozen=True)
class Face:
    """An application and where it listens. `setting` names what to change when the port is taken."""

    app: web.Application
    host: str
    port: int
    setting: str


@contextlib.asynccontextmanager
async def listening(faces: Sequence[Face]) -> AsyncIterator[list[int]]:
    """The faces, started in order and stopped in reverse; gives the ports they really have."""
    async with contextlib.AsyncExitStack() as stack:
        ports = []
        for face in faces:
            # No access log: it would hold addresses, referrers and user agents.
            runner = Runner(face.app, access_log=None, shutdown_timeout=DRAIN_SECONDS)
            stack.push_async_callback(runner.cleanup)
            await runner.setup()
            ports.append(await _listen(runner, face))
        yield ports


async def until_stopped(faces: Sequence[Face], ready: Callable[[list[int]], object]) -> None:
    """Serve until SIGINT or SIGTERM."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with listening(faces) as ports:
        ready(ports)
        await stop.wait()


async def _listen(runner: web.AppRunner, face: Face) -> int:
    try:
        await web.TCPSite(runner, face.host, face.port).start()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Unusable(
                f"Port {face.port} of {face.host} is taken: stop what listens there, or set {face.setting}."
            ) from None
        raise Unusable(f"Cannot listen on {face.host}:{face.port}: {error.strerror}.") from error
    return int(runner.addresses[-1][1])


def quiet_logs() -> None:
    """Our own log lines on stderr; the libraries only when something is wrong."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("yesmap").setLevel(logging.INFO)
    # aiohttp logs requests that it cannot parse, with their bytes.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
