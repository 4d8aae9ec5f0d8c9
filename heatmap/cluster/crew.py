"""The crew on other machines: a Dask task for each share of the sessions, put together two by two.

A share that is lost with its drawer is read again by another one, and Dask takes one of both: nobody counts twice.
"""

import asyncio
import contextlib
import logging
import pickle
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from heatmap.cluster.link import PATIENCE_SECONDS, Away, address, dask, security
from heatmap.cluster.shares import VERSION, both, opened, share
from heatmap.crew import Crew, G, Job
from recorder.eventlog import SHARDS
from recorder.settings import Settings

log = logging.getLogger("yesmap.worker")

#: Sessions of a share: a second of work, so that little is lost with a drawer, and little is spent on putting together.
EACH = 500
#: Shares, at most: each of them asks for all names of its shard of the index.
MOST = 16 * SHARDS
#: How often a share is tried again that met a store's bad moment.
RETRIES = 2
#: How often it is looked whether anybody is still there to draw.
LOOK_SECONDS = 5.0


@dataclass(frozen=True)
class DaskCrew:
    """The drawers of a Dask scheduler, and who draws when there are none and it cannot wait."""

    chosen: Settings = field(repr=False)
    alone: Crew

    async def fill(self, job: Job[G], key: bytes, sessions: int = 0) -> G:
        """What all sessions add up to; `sessions`: how many there are, as far as is known. `Away` without drawers."""
        try:
            data = await self._sealed(job, sessions)
        except Away as away:
            if not job.late:
                raise
            log.warning("recording %s is drawn here: %s", job.recording, away.message)
            return await self.alone.fill(job, key, sessions)
        gathered: G = await asyncio.to_thread(opened, key, data)
        return gathered

    async def _sealed(self, job: Job[G], sessions: int) -> bytes:
        count = shares(sessions)
        async with self._client() as client:
            what = (VERSION, job.recording)
            empty = client.submit(bytes, pickle.dumps(job.empty), **_once("empty"))
            parts = [
                client.submit(share, *what, empty, n, count, retries=RETRIES, **_once("share"))
                for n in range(count)
            ]
            while len(parts) > 1:  # the newer before the rest, so that few wait to be put together
                pairs = zip(parts[::2], parts[1::2], strict=False)
                odd = parts[len(parts) // 2 * 2 :]
                parts = [client.submit(both, *what, *two, priority=1, **_once("both")) for two in pairs] + odd
            return await _waited(client, parts[0])

    @contextlib.asynccontextmanager
    async def _client(self) -> AsyncIterator[Any]:
        """A connection to the scheduler, and to drawers for what they made; what was asked for goes with it."""
        client = dask().Client(
            address(self.chosen),
            asynchronous=True,
            timeout=PATIENCE_SECONDS,
            security=security(self.chosen),
            set_as_default=False,
            direct_to_workers=True,
        )
        try:
            with _said(address(self.chosen)):
                await client
                await _anybody(client)
                yield client
        finally:
            await client.close()


def shares(sessions: int) -> int:
    """How many; a power of two, as the index has shards, so that none asks for more of them than it must."""
    count = 1
    while count < MOST and count * EACH < sessions:
        count *= 2
    return count


async def _waited(client: Any, asked: Any) -> bytes:
    """What was asked for, for as long as somebody is there to draw it."""
    waiting = asyncio.ensure_future(asked.result())
    try:
        while not (await asyncio.wait([waiting], timeout=LOOK_SECONDS))[0]:
            await _anybody(client)
        data: bytes = waiting.result()
    finally:
        waiting.cancel()
    return data


async def _anybody(client: Any) -> None:
    """`OSError` when no drawer is there, nor comes."""
    async with asyncio.timeout(2 * PATIENCE_SECONDS):
        await client.wait_for_workers(1, timeout=PATIENCE_SECONDS)


@contextlib.contextmanager
def _said(where: str) -> Iterator[None]:
    """What goes wrong between the two, as one sentence."""
    from concurrent.futures import CancelledError

    from distributed.scheduler import KilledWorker, NoValidWorkerError

    try:
        yield
    except KilledWorker:
        raise Away("Drawers died again and again over the same share: give them more memory.") from None
    except (OSError, CancelledError, NoValidWorkerError):
        raise Away(f"The Dask scheduler at {where} does not answer, or has no drawer.") from None


def _once(what: str) -> dict[str, Any]:
    """A name of its own for each task: nothing is shared with another drawing, nor kept for one."""
    return {"key": f"yesmap-{what}-{uuid4().hex}", "pure": False}
