"""Who ends a recording: one worker at a time, and another one when it is gone.

The lease is an object that its holder writes anew every few seconds. Clocks of two machines are never compared: who
waits measures, on a clock that only goes forward, for how long the object has stayed the same; who holds it, for how
long it could not be written. A holder stops well before others take over. Should it sleep through all that and wake in
the middle of a write, its number is no longer the recording's `fence`, and no state is taken from it.
"""

import asyncio
import contextlib
import json
import secrets
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from recorder.errors import Conflict, NotFound, Unavailable, YesmapError
from recorder.objects import Objects
from recorder.recording import Recording

#: An object store's bad moment is shorter; a recording whose worker died waits no longer than this.
LEASE_SECONDS = 15.0
#: Several tries before others take over.
BEAT_SECONDS = 3.0
#: A holder that could not write for so long stops by itself; what it has begun has the rest of the time to end.
HOLD_SECONDS = 10.0

Clock = Callable[[], float]


class Lost(YesmapError):
    """Another worker ends this recording by now."""

    code = "lease_lost"


@dataclass
class Lease:
    """A lease that is held; `number` is higher than that of every lease before it."""

    number: int
    holder: str
    tag: str
    written: float  #: when it was last written, by the holder's clock
    beats: int = 0

    def content(self) -> bytes:
        return json.dumps({"number": self.number, "holder": self.holder, "beats": self.beats}).encode()


@dataclass
class Leases:
    """The leases as this process has seen them."""

    store: Objects
    clock: Clock = time.monotonic
    _seen: dict[str, tuple[str, float]] = field(default_factory=dict)  #: tag, and since when it is this one

    @contextlib.asynccontextmanager
    async def held(self, recording: Recording) -> AsyncIterator[Lease | None]:
        """The lease of a recording for as long as the block runs; None while another worker has it."""
        lease = await self._take(recording)
        if lease is None:
            yield None
            return
        beating = asyncio.create_task(self._beat(recording.id, lease))
        try:
            yield lease
        finally:
            beating.cancel()
            await asyncio.wait([beating])
            await self._let_go(recording.id, lease)

    def check(self, lease: Lease) -> None:
        """`Lost` when others may have taken the lease. To be asked before whatever cannot be undone."""
        if self.clock() - lease.written > HOLD_SECONDS:
            raise Lost("The lease could not be kept: another worker may end this recording by now.")

    async def forget(self, recording: str) -> None:
        """There is nothing left to do for a recording: nobody needs its lease."""
        self._seen.pop(recording, None)
        await self.store.delete(lease_key(recording))

    async def _take(self, recording: Recording) -> Lease | None:
        key = lease_key(recording.id)
        number, holder, tag = await self._read(key)
        if holder and not self._stale(recording.id, tag):
            return None
        lease = Lease(max(number, recording.fence) + 1, secrets.token_hex(8), tag, self.clock())
        try:
            if tag:
                lease.tag = await self.store.put(key, lease.content(), if_match=tag)
            else:
                lease.tag = await self.store.put(key, lease.content(), if_absent=True)
        except (Conflict, NotFound):
            return None
        return lease

    async def _read(self, key: str) -> tuple[int, str, str]:
        """Number, holder and tag; an empty holder when nobody has it, an empty tag when it is not there."""
        try:
            stored = await self.store.get(key)
        except NotFound:
            return 0, "", ""
        read = json.loads(stored.data)
        return int(read["number"]), str(read["holder"]), stored.tag

    def _stale(self, recording: str, tag: str) -> bool:
        """Whether the object has stayed the same for so long that its holder must be gone."""
        before, since = self._seen.get(recording, ("", 0.0))
        if before != tag:
            self._seen[recording] = tag, self.clock()
            return False
        return self.clock() - since >= LEASE_SECONDS

    async def _beat(self, recording: str, lease: Lease) -> None:
        """Write the lease again and again; whoever holds it notices by `check` when that does not succeed."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            with contextlib.suppress(Unavailable, TimeoutError):
                async with asyncio.timeout(BEAT_SECONDS):
                    if not await self._write(recording, lease):
                        lease.written = float("-inf")
                        return

    async def _write(self, recording: str, lease: Lease) -> bool:
        """Whether the lease is still ours: written once more, or at least found as we wrote it."""
        began = self.clock()
        lease.beats += 1
        try:
            lease.tag = await self.store.put(lease_key(recording), lease.content(), if_match=lease.tag)
        except (Conflict, NotFound):  # perhaps our own write, whose answer did not come
            _, holder, tag = await self._read(lease_key(recording))
            if holder != lease.holder:
                return False
            lease.tag = tag
        else:
            lease.written = began
        return True

    async def _let_go(self, recording: str, lease: Lease) -> None:
        """Let the next worker take it at once; one that cannot be reached has to wait."""
        key = lease_key(recording)
        with contextlib.suppress(Conflict, NotFound, Unavailable, TimeoutError):
            async with asyncio.timeout(BEAT_SECONDS):
                # The beat may have been stopped before it knew its tag.
                _, holder, tag = await self._read(key)
                if holder == lease.holder:
                    lease.holder = ""
                    await self.store.put(key, lease.content(), if_match=tag)


def lease_key(recording: str) -> str:
    return f"leases/{recording}.json"
