"""What has to be done in time, whoever looks: end recordings that are due, rewrite files after an erasure."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable

from heatmap import end
from heatmap.parts import Parts
from recorder import forget
from recorder.errors import YesmapError

log = logging.getLogger("yesmap.worker")

#: How late the end of a recording may begin.
ROUND_SECONDS = 10.0
#: A withdrawn session leaves the event store's files within the hour; a round that is due sooner costs little.
REWRITE_SECONDS = 600.0


@contextlib.asynccontextmanager
async def running(parts: Parts) -> AsyncIterator[None]:
    """The worker beside whatever the block does."""
    stop = asyncio.Event()
    tasks = [
        asyncio.create_task(_every(ROUND_SECONDS, lambda: end_what_is_due(parts), stop)),
        asyncio.create_task(_every(REWRITE_SECONDS, lambda: forget.rewrite_if_erased(parts.log), stop)),
    ]
    try:
        yield
    finally:
        stop.set()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def end_what_is_due(parts: Parts) -> None:
    """Finish every recording that is past its end or has begun to end; the one that waits longest first."""
    now = time.time_ns() // 1_000_000
    for recording in sorted(await parts.registry.all(), key=lambda r: r.end):
        if not end.due(recording, now):
            continue
        if now > recording.deadline:
            log.error("recording %s is overdue by %d s", recording.id, (now - recording.deadline) // 1000)
        try:
            await end.finish(parts, recording.id, lambda r: log.info("recording %s is %s", r.id, r.state))
        except YesmapError as error:  # the next one must not wait for this one
            log.error("recording %s does not end: %s", recording.id, error.message)  # noqa: TRY400


async def _every(seconds: float, work: Callable[[], Awaitable[object]], stop: asyncio.Event) -> None:
    """Again and again; a failure is said and tried again in the next round.

    It looks at `stop` besides being cancelled: the Redis client now and then swallows a cancellation.
    """
    while not stop.is_set():
        try:
            await work()
        except YesmapError as error:
            log.error("%s", error.message)  # noqa: TRY400 - the sentence says it, a traceback adds nothing
        except Exception:  # whatever it is, the worker goes on; no request is in its traceback
            log.exception("a round of the worker failed")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await stop.wait()
