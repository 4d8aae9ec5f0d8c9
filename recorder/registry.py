"""The recordings, as they stand in the object store.

`recordings/<id>.json` is the recording, `origins/<hash>` names the one that is open for an origin (empty when none is),
`keys/<id>` is its key, `notices/<nv>.json` what its visitors are told. A collector remembers what it read for two
seconds.
"""

import asyncio
import contextlib
import hashlib
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from recorder import limits, notice, seal, texts, times
from recorder.errors import Conflict, Gone, Malformed, NotFound, Unavailable
from recorder.notice import Document
from recorder.objects import Objects
from recorder.recording import Recording, State

T = TypeVar("T")
_NEVER = (float("-inf"), None)
#: What stands in place of a recording's id where an origin was let go.
_FREE = b""


def recording_key(recording: str) -> str:
    return f"recordings/{recording}.json"


def key_key(recording: str) -> str:
    return f"keys/{recording}"


def notice_key(nv: str) -> str:
    return f"notices/{nv}.json"


def origin_key(origin: str) -> str:
    return f"origins/{hashlib.sha256(origin.encode()).hexdigest()[:32]}"


def certificate_path(recording: str) -> str:
    """Where everybody can read the certificate of a purge, at the visitors' face."""
    return f"/certificates/{recording}"


def over(recording: Recording) -> Gone:
    """What is said to somebody who holds a token of a recording that takes nothing any more."""
    destroyed = recording.reached.get(State.SHREDDED)
    if destroyed is None:
        return Gone("This recording has ended.", code="ended")
    certificate = "the certificate is" if recording.state == State.CERTIFIED else "a certificate will be"
    return Gone(
        f"What was recorded was destroyed at {times.stamp(destroyed)}; {certificate} at "
        f"{certificate_path(recording.id)} of this collector.",
        code="destroyed",
    )


class Registry:
    """Reads and changes recordings. `keys` is where their keys are, often the same store.

    `signer` is the public key that the certificate of a recording that is opened here will be signed with.
    """

    def __init__(self, store: Objects, keys: Objects, signer: str = "") -> None:
        self._store, self._keys, self._signer = store, keys, signer
        self._recordings = _Remembered(self.read)
        self._origins = _Remembered(self._read_origins)
        self._open = _Remembered(self._read_pointer)
        self._secrets: dict[str, bytes] = {}
        self._lent = False  #: whether keys of recordings that do not run were given out since the last look
        self._notices: dict[str, Document] = {}
        self._certified: dict[str, Recording] = {}

    # --- reading

    async def read(self, recording: str) -> Recording:
        """The recording as it is stored now, or `NotFound`."""
        return (await self._stored(recording))[0]

    async def get(self, recording: str) -> Recording:
        """The recording as it was at most two seconds ago; older only while the object store is down."""
        return await self._recordings.get(recording)

    def known(self, recording: str) -> Recording | None:
        """The same without waiting for it, if it was read in these two seconds."""
        return self._recordings.known(recording)

    async def for_origin(self, origin: str) -> Recording:
        """The recording that is open for an origin, or `NotFound`."""
        name = origin_key(origin)
        if name not in await self._origins.get(
            ""
        ):  # origins that nobody asked about cost one listing, not a read each
            raise NotFound("No recording is open for this site.")
        found = await self._open.get(name)
        if not found:
            raise NotFound("No recording is open for this site.")
        return await self.get(found)

    async def all(self) -> list[Recording]:
        """Every recording that this release can read, the newest first."""
        return (await self.readable())[0]

    async def readable(self) -> tuple[list[Recording], list[str]]:
        """The same, and a sentence about each that cannot be read, see `Unreadable`: nothing may change or end it here.

        Those that have their certificate do not change any more.
        """
        names = [
            k.removeprefix("recordings/").removesuffix(".json") for k in await self._store.keys("recordings/")
        ]
        found, newer = list[Recording](), list[str]()
        for name in names:
            try:
                found.append(self._certified.get(name) or await self.read(name))
            except Malformed as why:
                newer.append(f"Recording {name} cannot be read and does not end here: {why.message}")
        self._certified = {each.id: each for each in found if each.state == State.CERTIFIED}
        return sorted(found, key=lambda r: -r.start), newer

    async def told(self, nv: str) -> Document:
        """The notice of this name, or `NotFound`. It never changes, so it is remembered."""
        if nv not in self._notices:
            try:
                stored = await self._store.get(notice_key(nv))
            except NotFound:
                raise NotFound("There is no such notice.") from None
            if len(self._notices) >= limits.NOTICES_REMEMBERED:
                self._notices.clear()
            self._notices[nv] = Document.model_validate_json(stored.data)
        return self._notices[nv]

    def known_key(self, recording: Recording) -> bytes | None:
        """The recording's key, if it is remembered."""
        return self._secrets.get(recording.id) if recording.state == State.OPEN else None

    async def key(self, recording: Recording) -> bytes:
        """The recording's key, remembered only while the recording runs. `Gone` once it is destroyed."""
        if known := self.known_key(recording):
            return known
        self._secrets.pop(recording.id, None)
        try:
            secret = (await self._keys.get(key_key(recording.id))).data
        except NotFound:
            raise over(recording) from None
        if recording.state == State.OPEN:
            self._secrets[recording.id] = secret
        self._lent = self._lent or recording.state != State.OPEN
        return secret

    async def let_go(self, now_ms: int) -> bool:
        """Drop the keys of recordings that are over. To be called again and again.

        Gives whether there was any: then what else is left of them in memory is to be let go of too.
        """
        for name in list(self._secrets):
            with contextlib.suppress(Unavailable):
                if not await self._runs(name, now_ms):
                    self._secrets.pop(name, None)
                    self._lent = True
        lent, self._lent = self._lent, False
        if lent:
            seal.forget_keys()
        return lent

    async def _runs(self, name: str, now_ms: int) -> bool:
        try:
            return (await self.get(name)).takes(now_ms)
        except (NotFound, Malformed):
            return False

    # --- changing

    async def open(self, recording: Recording) -> Recording:
        """Begin a recording: its notice, its key, itself, then its origins; gives it as it is stored.

        `Malformed` when the notice is not complete, `Conflict` when one of the origins is taken.
        """
        await self._refuse_used(recording.id)
        document = notice.compose(recording, texts.defaults(), self._signer or None)
        recording = recording.model_copy(update={"nv": document.nv})
        await self._store.put(notice_key(recording.nv), document.to_json(), if_absent=True)
        await self._keys.put(key_key(recording.id), seal.new_key(), if_absent=True)
        await self._store.put(recording_key(recording.id), recording.to_json(), if_absent=True)
        taken: list[str] = []
        try:
            for origin in recording.origins:
                await self._take(origin_key(origin), recording.id)
                taken.append(origin)
        except Conflict:
            for ours in taken:
                await self._store.delete(origin_key(ours))
            # The recording before its key: one that is left without a key could not come to its end.
            await self._store.delete(recording_key(recording.id))
            await self._keys.delete(key_key(recording.id))
            raise Conflict(f"A recording is open for {origin} already; close it first.") from None
        self._origins.forget("")
        return recording

    async def _refuse_used(self, name: str) -> None:
        """An id that has been used, however long ago, is not used again."""
        with contextlib.suppress(NotFound):
            await self._store.get(recording_key(name))
            raise Conflict("There is, or was, a recording of this id: ids are never used again.")

    async def change(self, recording: str, change: Callable[[Recording], Recording]) -> Recording:
        """Apply `change` to the recording as stored, again if somebody else wrote in between."""
        while True:
            before, tag = await self._stored(recording)
            after = change(before)
            if after == before:
                return before
            try:
                await self._store.put(recording_key(recording), after.to_json(), if_match=tag)
            except Conflict:
                continue
            self._recordings.forget(recording)
            return after

    async def release_origins(self, recording: Recording) -> None:
        """Let other recordings have the origins of this one; those that they have by now stay theirs."""
        for origin in map(origin_key, recording.origins):
            with contextlib.suppress(NotFound, Conflict):
                owner = await self._store.get(origin)
                if owner.data == recording.id.encode():
                    await self._store.put(origin, _FREE, if_match=owner.tag)
            self._open.forget(origin)
        self._origins.forget("")

    async def _take(self, origin: str, recording: str) -> None:
        """Make a recording the one of an origin, or `Conflict` when another one has it."""
        try:
            await self._store.put(origin, recording.encode(), if_absent=True)
        except Conflict:
            owner = await self._store.get(origin)
            if owner.data != _FREE:
                raise
            await self._store.put(origin, recording.encode(), if_match=owner.tag)

    async def _stored(self, recording: str) -> tuple[Recording, str]:
        try:
            stored = await self._store.get(recording_key(recording))
        except NotFound:
            raise NotFound("There is no such recording.") from None
        return Recording.from_json(stored.data), stored.tag

    async def _read_pointer(self, origin: str) -> str:
        return (await self._store.get(origin)).data.decode()

    async def _read_origins(self, _: str) -> frozenset[str]:
        return frozenset(await self._store.keys("origins/"))


class _Remembered(Generic[T]):
    """Values that were read at most `RECORDING_SECONDS` ago, or before the store went down, or too slow to wait for."""

    def __init__(self, read: Callable[[str], Awaitable[T]]) -> None:
        self._read = read
        self._values: dict[str, tuple[float, T]] = {}

    def known(self, name: str) -> T | None:
        """The value, if it need not be read again."""
        at, value = self._values.get(name, _NEVER)
        return value if time.monotonic() - at < limits.RECORDING_SECONDS else None

    async def get(self, name: str) -> T:
        if (known := self.known(name)) is not None:
            return known
        _, value = self._values.get(name, _NEVER)
        if value is not None:
            self._values[name] = (time.monotonic(), value)  # whoever comes while we read takes what there is
        try:
            async with asyncio.timeout(limits.ANSWER_SECONDS):
                fresh = await self._read(name)
        except (Unavailable, TimeoutError):
            if value is None:
                raise Unavailable("The object store did not answer. Nothing was kept; try again.") from None
            return value
        except (NotFound, Malformed):
            self.forget(name)
            raise
        self._values[name] = (time.monotonic(), fresh)
        return fresh

    def forget(self, name: str) -> None:
        self._values.pop(name, None)
