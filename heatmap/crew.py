"""Who reads the raw events of a recording and fills its pages: this process, or several with a share of the sessions.

The way is the same for both: a `Job` says which share is to be read, `fill` reads it, and the shares are merged. What
comes out does not depend on how many there were, to the byte. A job is made of plain values, so that whatever runs
functions elsewhere can run it.
"""

import asyncio
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace

from heatmap.census import Place
from heatmap.page import Page, merged
from heatmap.raw import slices
from recorder.eventlog import EventLog
from recorder.eventstore import connect

#: Events for which another process is worth its start, which takes about a second, as reading these does.
WORTH = 2_000_000

Pages = dict[Place, Page]


@dataclass(frozen=True)
class Job:
    """A share of the sessions of a recording, and the empty pages that they fill."""

    recording: str
    sessions: Sequence[str]  #: all of them, in order: a session's number is its place here, in every share
    pages: Pages
    layers: Sequence[str]
    key: bytes = field(repr=False)
    share: tuple[int, int] = (0, 1)  #: which of how many


def fill(url: str, job: Job) -> Pages:
    """Read a share of the sessions out of the event store, and give its pages."""
    return asyncio.run(_fill(url, job))


async def _fill(url: str, job: Job) -> Pages:
    redis = connect(url)
    try:
        some = slices(EventLog(redis), job.key, job.recording, names=job.sessions, share=job.share)
        async for part in some:
            for place, page in job.pages.items():
                page.add(part, place, job.layers)
    finally:
        await redis.aclose()
    return job.pages


@dataclass(frozen=True)
class Crew:
    """As many processes as there may be, started when they are worth it and gone afterwards."""

    url: str = field(repr=False)
    processes: int = 1

    async def fill(self, job: Job, events: int = 0) -> Pages:
        """The job's pages with everybody in them; `events`: how many there are, as far as is known."""
        count = min(self.processes, 1 + events // WORTH)
        if count == 1:
            return await asyncio.to_thread(fill, self.url, job)
        pool = ProcessPoolExecutor(count, multiprocessing.get_context("spawn"))
        try:
            loop = asyncio.get_running_loop()
            shares = [replace(job, share=(number, count)) for number in range(count)]
            done = await asyncio.gather(
                *(loop.run_in_executor(pool, fill, self.url, each) for each in shares)
            )
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
        return {
            place: await asyncio.to_thread(merged, [pages[place] for pages in done]) for place in job.pages
        }
