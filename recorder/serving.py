"""Runs one or both faces until a signal says stop, then lets requests in flight finish."""

import asyncio
import contextlib
import errno
import gc
import resource
import signal
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from recorder import limits
from recorder.errors import Unusable
from recorder.protocol import Runner

#: How long requests in flight may take once we were told to stop.
DRAIN_SECONDS = 10
#: Connections that wait to be accepted: a burst of visitors, not a queue.
BACKLOG = 1024


class Serves(Protocol):
    """Something that can be started on a port."""

    def serving(self) -> AbstractAsyncContextManager[int]:
        """It runs inside the block; gives the port it really has."""


@dataclass(frozen=True)
class Face:
    """An application and where it listens. `setting` names what to change when the port is taken."""

    app: web.Application
    host: str
    port: int
    setting: str

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[int]:
        async with _running(self.app) as runner:
            try:
                await web.TCPSite(runner, self.host, self.port, backlog=BACKLOG).start()
            except OSError as error:
                raise cannot_listen(error, self.host, self.port, self.setting) from None
            yield int(runner.addresses[-1][1])


@dataclass(frozen=True)
class Shared:
    """An application on a socket that others listen on as well."""

    app: web.Application
    socket: socket.socket

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[int]:
        async with _running(self.app) as runner:
            await web.SockSite(runner, self.socket, backlog=BACKLOG).start()
            yield int(self.socket.getsockname()[1])


@contextlib.asynccontextmanager
async def listening(faces: Sequence[Serves]) -> AsyncIterator[list[int]]:
    """The faces, started in order and stopped in reverse; gives the ports they really have."""
    async with contextlib.AsyncExitStack() as stack:
        yield [await stack.enter_async_context(face.serving()) for face in faces]


async def until_stopped(faces: Sequence[Serves], ready: Callable[[list[int]], object]) -> None:
    """Serve until SIGINT or SIGTERM."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    _allow_open_files()
    async with listening(faces) as ports:
        ready(ports)
        gc.collect()
        gc.freeze()  # what is there now stays: the collector of garbage need not look through it again
        gc.set_threshold(limits.NEW_OBJECTS)
        await stop.wait()


def cannot_listen(error: OSError, host: str, port: int, setting: str) -> Unusable:
    if error.errno == errno.EADDRINUSE:
        return Unusable(f"Port {port} of {host} is taken: stop what listens there, or set {setting}.")
    both = f"{setting.replace('PORT', 'HOST')} or {setting}"
    return Unusable(f"Cannot listen on {host}:{port}: {error.strerror}; change {both}.")


@contextlib.asynccontextmanager
async def _running(app: web.Application) -> AsyncIterator[Runner]:
    made = runner(app)
    try:
        await made.setup()
        yield made
    finally:
        await made.cleanup()


def runner(app: web.Application) -> Runner:
    """What an application is run by, as each of ours is."""
    return Runner(
        app,
        access_log=None,  # it would hold addresses, referrers and user agents
        shutdown_timeout=DRAIN_SECONDS,
        keepalive_timeout=limits.IDLE_SECONDS,
        auto_decompress=False,  # compressed bodies are refused, so nobody's bomb is unpacked
    )


def _allow_open_files() -> None:
    """Each connection is a file; the limit that a shell gives is often 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = limits.OPEN_FILES if hard == resource.RLIM_INFINITY else min(limits.OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
