"""Several collector processes on one port: a socket that all of them accept from, opened here and handed down.

One socket rather than one each (`SO_REUSEPORT`): a taken port stays an error, and a worker that dies takes no
connection with it that was still waiting.
"""

import asyncio
import contextlib
import logging
import os
import shutil
import signal
import socket
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from recorder import metrics
from recorder.embedded import die_with_parent
from recorder.errors import Unavailable, Unusable
from recorder.metrics import FOLDER_VARIABLE
from recorder.operator import Watched
from recorder.serving import BACKLOG, DRAIN_SECONDS, cannot_listen
from recorder.settings import Settings

log = logging.getLogger("yesmap.recorder")

#: The pause before a worker that ended by itself is started again.
_AGAIN_SECONDS = 1.0


@dataclass(frozen=True)
class Crew:
    """`size` visitors' faces with these settings, each a process of its own."""

    settings: Settings
    size: int
    figures: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="yesmap-figures-")))
    workers: "list[_Worker]" = field(default_factory=list)

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[int]:
        with self._socket() as shared:
            workers, keeping = self.workers, list[asyncio.Task[None]]()
            try:
                workers.append(await _Worker.started(self, shared))  # if anything is wrong, it is said once
                others = (_Worker.started(self, shared) for _ in range(self.size - 1))
                workers += await asyncio.gather(*others)
                keeping += [asyncio.create_task(worker.keep()) for worker in workers]
                yield int(shared.getsockname()[1])
            finally:
                for task in keeping:
                    task.cancel()
                await asyncio.gather(*(worker.stop() for worker in workers))
                shutil.rmtree(self.figures, ignore_errors=True)

    def watched(self) -> Watched:
        """The processes together."""

        async def figures() -> bytes:
            return metrics.summed(self.figures)

        async def all_run() -> None:
            running = sum(worker.runs for worker in self.workers)
            if running < self.size:
                raise Unavailable(f"{running} of {self.size} processes run")

        return Watched({"visitors: processes": all_run}, figures)

    def _socket(self) -> socket.socket:
        host, port = self.settings.host, self.settings.port
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            return socket.create_server((host, port), family=family, backlog=BACKLOG)
        except OSError as error:
            raise cannot_listen(error, host, port, "YESMAP_PORT") from None


class _Worker:
    """One child process; another takes its place when it ends without being told to."""

    def __init__(self, crew: Crew, shared: socket.socket) -> None:
        self._crew, self._shared = crew, shared
        self._process: Process | None = None

    @classmethod
    async def started(cls, crew: Crew, shared: socket.socket) -> "_Worker":
        worker = cls(crew, shared)
        if not await worker._start():
            raise Unusable("A collector process stopped at once; its reason stands above.")
        return worker

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def keep(self) -> None:
        while self._process is not None:
            code = await self._process.wait()
            log.error("a collector process ended (%d) and is started again", code)
            await asyncio.sleep(_AGAIN_SECONDS)
            await self._start()

    async def stop(self) -> None:
        if self._process is None or not self.runs:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(DRAIN_SECONDS + 5):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def _start(self) -> bool:
        """Start the process; True when it has said that it listens."""
        parent, number = os.getpid(), self._shared.fileno()
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "recorder", "--socket", str(number), "--workers", str(self._crew.size)),
            env=os.environ
            | self._crew.settings.as_environment()
            | {FOLDER_VARIABLE: str(self._crew.figures)},
            stdout=PIPE,
            pass_fds=(number,),
            start_new_session=True,
            preexec_fn=lambda: die_with_parent(parent),
        )
        assert self._process.stdout  # noqa: S101 - it is a pipe
        return bool(await self._process.stdout.readline())
