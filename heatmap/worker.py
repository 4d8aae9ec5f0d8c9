"""What has to be done in time, whoever looks: end recordings that are due, rewrite files after an erasure."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

from heatmap.end import end, retention
from heatmap.end.lease import BEAT_SECONDS
from heatmap.end.targets import Targets
from heatmap.parts import Parts
from recorder import eventstore, forget, nodes, overwriting
from recorder.errors import YesmapError
from recorder.recording import Recording, State

log = logging.getLogger("yesmap.worker")

#: How late the end of a recording may begin.
ROUND_SECONDS = 10.0
#: A withdrawn session leaves the event store's files within the hour; a round that is due sooner costs little.
REWRITE_SECONDS = 600.0
#: What is kept for years goes on the day after its last.
RETENTION_SECONDS = 24 * 3600.0
#: After so long whoever was told to stop is told again; to give a lease back takes less.
AGAIN_SECONDS = 2 * BEAT_SECONDS


@contextlib.asynccontextmanager
async def running(parts: Parts) -> AsyncIterator[None]:
    """The worker beside whatever the block does."""
    stop, targets = asyncio.Event(), Targets()
    tasks = [
        asyncio.create_task(
            _every(ROUND_SECONDS, lambda: end_what_is_due(parts, targets), stop, parts.closed)
        ),
        asyncio.create_task(_every(RETENTION_SECONDS, lambda: forget_what_is_over(parts), stop)),
        asyncio.create_task(_every(REWRITE_SECONDS, lambda: forget.rewrite_if_erased(parts.log), stop)),
    ]
    try:
        yield
    finally:
        stop.set()
        waiting = set(tasks)
        while waiting:
            for task in waiting:
                task.cancel()
            _, waiting = await asyncio.wait(waiting, timeout=AGAIN_SECONDS)


async def end_what_is_due(parts: Parts, targets: Targets | None = None) -> None:
    """Close every recording that is past its end or full, then finish all closed ones: the longest overdue first."""
    now, (recordings, newer) = await parts.log.now_ms(), await parts.registry.readable()
    for sentence in newer:
        log.error("%s", sentence)
    parts.previews.let_go([r.id for r in recordings if r.takes(now)])
    if await parts.registry.let_go(now):
        await _let_go(parts)
    await _save_again(parts)
    full = [r.id for r in recordings if r.takes(now) and await _full(parts, r, targets or Targets())]
    waiting = [r for r in recordings if r.id in full or end.due(r, now)]
    waiting.sort(key=lambda r: r.deadline)
    for recording in waiting:
        if now > recording.deadline:
            log.error("recording %s is overdue by %d s", recording.id, overdue_seconds([recording], now))
        await _each(recording, lambda r: end.close(parts, r.id))
    for recording in waiting:
        await _each(recording, lambda r: end.advance(parts, r.id, _say))
    if waiting:
        await _let_go(parts)


async def _save_again(parts: Parts) -> None:
    try:
        await nodes.save_again(parts.log.redis)
    except (YesmapError, *eventstore.Failed):  # it does not answer: whoever needs it says so
        log.debug("the event store's snapshots could not be looked after")


async def _let_go(parts: Parts) -> None:
    """What was read of recordings that have ended is written over."""
    await parts.log.let_go()
    overwriting.let_go()


async def forget_what_is_over(parts: Parts) -> None:
    """Remove what has been kept for as long as it was to be."""
    over = await retention.over(parts, await parts.log.now_ms(), parts.access_days)
    await retention.forget(parts, over)
    for each in over:
        log.info("%s of %s: %d removed, their time was over", each.what, each.of, len(each.names))


def overdue_seconds(recordings: Iterable[Recording], now_ms: int) -> int:
    """For how long raw events are kept beyond what visitors were told: of the worst recording, 0 when all is well."""
    late = [now_ms - r.deadline for r in recordings if r.state != State.CERTIFIED]
    return max([0, *late]) // 1000


async def _full(parts: Parts, recording: Recording, targets: Targets) -> bool:
    """Whether enough visitors have been there; one that cannot be counted now goes on."""
    try:
        return await targets.met(parts, recording)
    except YesmapError as error:
        log.error("recording %s cannot be counted: %s", recording.id, error.message)  # noqa: TRY400 - as below
        return False


async def _each(recording: Recording, step: Callable[[Recording], Awaitable[object]]) -> None:
    """One step for one recording; whatever happens, the next one must not wait for this one."""
    try:
        await step(recording)
    except YesmapError as error:
        log.error("recording %s does not end: %s", recording.id, error.message)  # noqa: TRY400 - the sentence says it
    except Exception:
        log.exception("recording %s does not end", recording.id)


def _say(recording: Recording) -> None:
    log.info("recording %s is %s", recording.id, recording.state)


async def _every(
    seconds: float,
    work: Callable[[], Awaitable[object]],
    stop: asyncio.Event,
    sooner: asyncio.Event | None = None,
) -> None:
    """Again and again, or `sooner`; a failure is said and tried again in the next round.

    It looks at `stop` besides being cancelled: the Redis client now and then swallows a cancellation. Who stops it in
    the middle of an end cancels it again for that.
    """
    while not stop.is_set():
        if sooner:
            sooner.clear()
        try:
            await work()
        except YesmapError as error:
            log.error("%s", error.message)  # noqa: TRY400 - the sentence says it, a traceback adds nothing
        except Exception:  # whatever it is, the worker goes on; no request is in its traceback
            log.exception("a round of the worker failed")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await (sooner or stop).wait()
