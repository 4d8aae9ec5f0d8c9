"""Who looked at what: lines that are only ever added, `access/<day>/<time>-<chance>.jsonl` in the object store.

A look at a page costs nothing but memory and is written within seconds; one at a replay or an export is on disk before
the answer. How long they are kept is up to `heatmap/end/retention.py`.
"""

import asyncio
import contextlib
import json
import secrets
from collections import OrderedDict
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from recorder.errors import NotFound, Unavailable
from recorder.objects import Objects

#: How long a look at a page may be in memory only.
WRITE_SECONDS = 5.0
#: A page fetches its pictures one by one: the same again within this time is the same look.
SAME_MS = 10 * 60 * 1000
#: Looks that are compared with to see that.
REMEMBERED = 2_000
#: What individuals are seen in, and what leaves the house: written before the answer.
DURABLE = frozenset({"replay", "export", "report"})
#: A page of the log.
PAGE = 200


@dataclass(frozen=True)
class Look:
    """Who, when (ms), what, at which recording, and which part of it."""

    at: int
    user: str
    what: str
    recording: str = ""
    site: str = ""
    of: str = ""


class Looks:
    """Takes looks and writes them in batches."""

    def __init__(self, store: Objects) -> None:
        self._store = store
        self._waiting: list[Look] = []
        self._seen: OrderedDict[tuple[str, str, str, str], int] = OrderedDict()
        self._writing = asyncio.Lock()

    async def add(self, look: Look, *, deed: bool = False) -> None:
        """Take a look down, or a deed, each of which counts; what is `DURABLE` is on disk when this returns."""
        if look.what in DURABLE:
            self._waiting.append(look)
            await self.write()
        elif deed or not self._again(look):
            self._waiting.append(look)

    async def write(self) -> None:
        """Write what is waiting. Whatever cannot be written goes on waiting."""
        async with self._writing:
            batch = list(self._waiting)
            if not batch:
                return
            at = datetime.fromtimestamp(batch[0].at / 1000, UTC)
            key = f"access/{at:%Y-%m-%d}/{batch[0].at}-{secrets.token_hex(4)}.jsonl"
            lines = "".join(json.dumps(asdict(each), ensure_ascii=False) + "\n" for each in batch)
            await self._store.put(key, lines.encode(), if_absent=True)
            del self._waiting[: len(batch)]

    async def days(self) -> list[str]:
        """The days that have looks, the latest first."""
        return sorted({key.split("/")[1] for key in await self._store.keys("access/")}, reverse=True)

    async def on(self, day: str) -> list[Look]:
        """The looks of a day such as 2026-11-25, the latest first."""
        await self.write()
        found: list[Look] = []
        for key in await self._store.keys(f"access/{day}/"):
            with contextlib.suppress(NotFound):
                lines = (await self._store.get(key)).data.decode().splitlines()
                found += [Look(**json.loads(line)) for line in lines]
        return sorted(found, key=lambda look: -look.at)

    @contextlib.asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Writing all the while, and once more at the end."""
        writing = asyncio.create_task(self._keep_writing())
        try:
            yield
        finally:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            await self.write()

    async def _keep_writing(self) -> None:
        while True:
            with contextlib.suppress(Unavailable):
                await self.write()
            await asyncio.sleep(WRITE_SECONDS)

    def _again(self, look: Look) -> bool:
        """Whether it was taken down a moment ago."""
        name = look.user, look.what, look.recording, look.of
        before = self._seen.pop(name, 0)
        again = look.at - before < SAME_MS
        self._seen[name] = before if again else look.at
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return again
