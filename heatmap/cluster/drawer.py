"""`yesmap drawer`: a process that draws for a Dask scheduler, on one core of any machine.

It reads the event store and the recordings' keys, and writes neither, nor anything on disk. A key is in its memory
while a task needs it, and what it was in is written over soon after. At `YESMAP_METRICS_PORT` it says whether it can
work; of several on one machine each needs a port of its own, or none.
"""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from typing import Any

from heatmap.cluster import shares
from heatmap.cluster.link import PATIENCE_SECONDS, Away, address, dask, security
from heatmap.cluster.shares import Here
from recorder import limits, operator, overwriting, seal, settings
from recorder.errors import Unusable
from recorder.eventlog import EventLog
from recorder.eventstore import check_kind, connect
from recorder.objects import opened
from recorder.operator import Watched, reachable
from recorder.serving import listening
from recorder.settings import Settings


def add_to(commands: Any) -> None:
    drawer = commands.add_parser(
        "drawer", help="draw for YESMAP_DASK_SCHEDULER, with one core of this machine"
    )
    drawer.add_argument(
        "--with-parent", action="store_true", help="stop when the process that started this is gone"
    )
    drawer.set_defaults(run=lambda _: asyncio.run(draw(settings.read())))


async def draw(chosen: Settings) -> None:
    """Until a signal says stop, or the scheduler is gone."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with (
        _reading(chosen) as here,
        _worker(chosen) as worker,
        listening(operator.faces(chosen, [_watched(here, worker)])),
    ):
        shares.begin(here)
        letting_go = asyncio.create_task(_let_go(here))
        stopped, gone = asyncio.create_task(stop.wait()), asyncio.create_task(worker.finished())
        print(f"drawing for {address(chosen)}", flush=True)
        await asyncio.wait([stopped, gone], return_when=asyncio.FIRST_COMPLETED)
        letting_go.cancel()
        if not stop.is_set():
            raise Away(f"The Dask scheduler at {address(chosen)} is gone.")
        await worker.close_gracefully()


@contextlib.asynccontextmanager
async def _reading(chosen: Settings) -> AsyncIterator[Here]:
    """The stores, as far as a drawer needs them."""
    if chosen.redis_url is None:
        raise Unusable("YESMAP_REDIS_URL is not set: a drawer reads the event store by itself.")
    setting = "key_store_url" if chosen.key_store_url else "store_url"
    async with opened(chosen.key_store_url or chosen.objects_url, chosen, setting) as keys:
        redis = connect(chosen.redis_url.get_secret_value())
        try:
            await check_kind(redis)
            yield Here(keys, EventLog(redis))
        finally:
            await redis.aclose()


@contextlib.asynccontextmanager
async def _worker(chosen: Settings) -> AsyncIterator[Any]:
    """One task at a time, so that each has a core; without a limit on memory, at which Dask would write to disk."""
    worker = dask().Worker(
        address(chosen),
        nthreads=1,
        memory_limit=0,
        security=security(chosen),
        death_timeout=PATIENCE_SECONDS,
    )
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await worker
    except OSError:
        raise Away(f"The Dask scheduler at {address(chosen)} does not answer.") from None
    try:
        yield worker
    finally:
        await worker.close()


def _watched(here: Here, worker: Any) -> Watched:
    """What a drawer needs; figures it has none."""

    async def figures() -> bytes:
        return b""

    parts = {
        "drawer: event store": here.log.ping,
        "drawer: store of the recordings' keys": lambda: reachable(here.keys, "keys"),
        "drawer: scheduler": worker.scheduler.echo,
    }
    return Watched(parts, figures)


async def _let_go(here: Here) -> None:
    """Write over what held a key, as collectors do."""
    while True:
        await asyncio.sleep(limits.KEYS_SECONDS)
        if here.used:
            here.used = False
            seal.forget_keys()
            await here.log.let_go()
            overwriting.let_go()
