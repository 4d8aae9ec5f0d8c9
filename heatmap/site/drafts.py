"""Recordings that are described and not open yet: `drafts/<id>.json` in the object store, each its maker's own."""

from aiohttp import web
from pydantic import BaseModel, ConfigDict

from recorder.errors import NotFound
from recorder.objects import Objects
from recorder.recording import DAY_MS, Recording

#: Somebody else may have to read the documents first; after a month its times make no sense any more.
KEPT_MS = 30 * DAY_MS


class Kept(BaseModel):
    """A draft as it is kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    user: str
    made: int
    recording: Recording


class Drafts:
    """Kept, read, dropped."""

    def __init__(self, store: Objects) -> None:
        self._store = store

    async def keep(self, user: str, recording: Recording, now_ms: int) -> None:
        kept = Kept(user=user, made=now_ms, recording=recording)
        await self._store.put(_key(recording.id), kept.model_dump_json().encode())

    async def read(self, id_: str, user: str) -> Recording:
        """One's own draft, or `NotFound`."""
        try:
            kept = Kept.model_validate_json((await self._store.get(_key(id_))).data)
        except NotFound:
            kept = None
        if kept is None or kept.user != user:
            raise NotFound("There is no such draft of yours; it may be open already.")
        return kept.recording

    async def of(self, user: str, now_ms: int) -> list[Recording]:
        """One's own, the newest first; those that are too old are dropped on the way."""
        found: list[Kept] = []
        for key in await self._store.keys("drafts/"):
            kept = Kept.model_validate_json((await self._store.get(key)).data)
            if kept.made + KEPT_MS < now_ms:
                await self._store.delete(key)
            elif kept.user == user:
                found.append(kept)
        return [kept.recording for kept in sorted(found, key=lambda kept: -kept.made)]

    async def drop(self, id_: str) -> None:
        await self._store.delete(_key(id_))


DRAFTS = web.AppKey("drafts", Drafts)


def _key(id_: str) -> str:
    return f"drafts/{id_}.json"
