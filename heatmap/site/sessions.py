"""Who is signed in: `sessions/<hash of the id>.json` in the object store. Only the cookie holds the id itself.

The id is a new one at each step of signing in, so that nobody can hand somebody an id and wait.
"""

import hashlib
import hmac
import secrets
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from recorder.errors import Conflict, NotFound
from recorder.objects import Objects

#: A working day; then one signs in again.
LIFE_MS = 12 * 3600 * 1000
#: Left alone for so long, it has ended.
IDLE_MS = 2 * 3600 * 1000
#: Signing in is done in one go.
HALF_WAY_MS = 10 * 60 * 1000
#: How often it is written down that somebody is still there.
SEEN_MS = 5 * 60 * 1000


class Stage(StrEnum):
    """What somebody with the right password still has to do."""

    CODE = "code"  #: give a code of the second factor
    FACTOR = "factor"  #: set the second factor up
    PASSWORD = "password"  # noqa: S105 - choose a new password, since this one is too old
    IN = "in"  #: nothing


class Session(BaseModel):
    """One browser's. Times are ms since the epoch."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    user: str
    stage: Stage
    began: int
    seen: int
    #: Of a second factor that is being set up, as in `safe.py`.
    secret: str | None = None

    def ends(self) -> int:
        if self.stage != Stage.IN:
            return self.began + HALF_WAY_MS
        return min(self.began + LIFE_MS, self.seen + IDLE_MS)


class Sessions:
    """Begins, finds, lists and ends them. `hash` below is what they are listed and ended by."""

    def __init__(self, store: Objects) -> None:
        self._store = store

    async def begin(self, user: str, stage: Stage, now_ms: int) -> str:
        """The id of a new one, for the cookie."""
        new = secrets.token_urlsafe(32)
        begun = Session(user=user, stage=stage, began=now_ms, seen=now_ms)
        await self._store.put(_key(digest(new)), _written(begun), if_absent=True)
        return new

    async def find(self, held: str, now_ms: int) -> Session | None:
        """The session of the id in a cookie, if it has not ended. That it was seen is written now and then."""
        try:
            found = await self._read(digest(held))
        except NotFound:
            return None
        if found.ends() <= now_ms:
            await self.end(digest(held))
            return None
        if now_ms - found.seen > SEEN_MS and found.stage == Stage.IN:
            return await self.change(held, seen=now_ms)
        return found

    async def change(self, held: str, **fields: object) -> Session | None:
        """The session with other fields; one that was ended in the meantime stays ended."""
        try:
            stored = await self._store.get(_key(digest(held)))
            after = Session.model_validate_json(stored.data).model_copy(update=fields)
            await self._store.put(_key(digest(held)), _written(after), if_match=stored.tag)
        except NotFound:
            return None
        except Conflict:
            return await self.change(held, **fields)
        return after

    async def of(self, user: str, now_ms: int) -> dict[str, Session]:
        """By hash, the latest first; those that have ended are removed on the way."""
        found: dict[str, Session] = {}
        for key in await self._store.keys("sessions/"):
            hash_ = key.removeprefix("sessions/").removesuffix(".json")
            try:
                session = await self._read(hash_)
            except NotFound:
                continue
            if session.ends() <= now_ms:
                await self.end(hash_)
            elif session.user == user and session.stage == Stage.IN:
                found[hash_] = session
        return dict(sorted(found.items(), key=lambda item: -item[1].began))

    async def end(self, hash_: str) -> None:
        """None of that hash is fine."""
        await self._store.delete(_key(hash_))

    async def end_all(self, user: str, now_ms: int, but: str = "") -> None:
        """Every one of a user, except that with the hash `but`."""
        for key in await self._store.keys("sessions/"):
            hash_ = key.removeprefix("sessions/").removesuffix(".json")
            try:
                theirs = (await self._read(hash_)).user == user
            except NotFound:
                continue
            if theirs and hash_ != but:
                await self.end(hash_)

    async def _read(self, hash_: str) -> Session:
        return Session.model_validate_json((await self._store.get(_key(hash_))).data)


def digest(held: str) -> str:
    """What a session is stored under: whoever reads the store cannot sign in with it."""
    return hashlib.sha256(held.encode()).hexdigest()


def form_token(held: str) -> str:
    """What every form of the page carries, so that no other site can send one: made from the cookie's id."""
    return hmac.digest(held.encode(), b"yesmap form", "sha256").hex()


def _written(session: Session) -> bytes:
    return session.model_dump_json().encode()


def _key(hash_: str) -> str:
    return f"sessions/{hash_}.json"
