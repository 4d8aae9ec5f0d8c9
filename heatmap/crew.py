"""Who reads the raw events of a recording: this process, or several with a share of the sessions each.

The way is the same for all: a `Job` says what is to be gathered, and of which share; `fill` reads the share, and what
came of the shares is merged. It does not depend on how many there were, to the byte. A job is made of plain values and
holds nothing of a visitor and no key, so that whatever runs functions elsewhere can run it (see `cluster/`).
"""

import asyncio
import functools
import multiprocessing
import os
import threading
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Generic, Protocol, Self, TypeVar

from heatmap.raw import Slice, slices
from recorder.eventlog import EventLog
from recorder.eventstore import connect

#: Sessions for which another process is worth its start, which takes about a second, as reading these does.
WORTH = 1000


class Gathers(Protocol):
    """What slices of whole sessions add up to."""

    def add(self, part: Slice) -> None:
        """Take in these sessions."""

    def merged(self, other: Self) -> Self:
        """What two shares make; no session is in both."""


G = TypeVar("G", bound=Gathers)


@dataclass(frozen=True)
class Job(Generic[G]):
    """Something empty, and the share of the sessions of a recording that fill it."""

    recording: str
    empty: G
    share: tuple[int, int] = (0, 1)  #: which of how many
    late: bool = False  #: whether there is no time left to wait for others


async def fill(log: EventLog, key: bytes, job: Job[G], *, alone: bool = False) -> G:
    """Read a share of the sessions out of the event store, and give what it adds up to; `alone` as in `slices`."""
    async for part in slices(log, key, job.recording, share=job.share, alone=alone):
        if alone:
            job.empty.add(part)
        else:
            await asyncio.to_thread(job.empty.add, part)
    return job.empty


def apart(url: str, key: bytes, job: Job[G]) -> G:
    """The same in a thread or process of its own, with a connection of its own."""
    return asyncio.run(_apart(url, key, job))


async def _apart(url: str, key: bytes, job: Job[G]) -> G:
    redis = connect(url)
    try:
        return await fill(EventLog(redis), key, job, alone=True)
    finally:
        await redis.aclose()


def end_with_parent() -> None:
    """In a process of a pool: end when the one that started it is gone, however it went.

    By itself it would wait for work for ever, with a recording's key in its memory.
    """
    parent = multiprocessing.parent_process()

    def wait() -> None:
        if parent:
            parent.join()
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


@dataclass(frozen=True)
class Crew:
    """As many processes as there may be, started when they are worth it and gone afterwards."""

    url: str = field(repr=False)
    processes: int = 1

    async def fill(self, job: Job[G], key: bytes, sessions: int = 0) -> G:
        """What all sessions add up to; `sessions`: how many there are, as far as is known."""
        count = min(self.processes, 1 + sessions // WORTH)
        if count == 1:
            return await asyncio.to_thread(apart, self.url, key, job)
        spawn = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(count, spawn, initializer=end_with_parent)
        try:
            loop = asyncio.get_running_loop()
            shares = [replace(job, share=(number, count)) for number in range(count)]
            done = await asyncio.gather(
                *(loop.run_in_executor(pool, apart, self.url, key, each) for each in shares)
            )
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
        return await asyncio.to_thread(functools.reduce, type(job.empty).merged, done)
