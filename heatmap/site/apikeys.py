"""API keys: `apikeys/<id>.json` in the object store holds what one may do and a hash of its secret."""

import contextlib
import hashlib
import hmac
import re
import secrets
from typing import Literal

from pydantic import BaseModel, ConfigDict

from recorder.errors import BadToken, Conflict, NotFound
from recorder.objects import Objects

#: snapshot: send snapshots; check: compare releases; read: see; manage: open, close, erase.
Scope = Literal["snapshot", "check", "read", "manage"]
SCOPES: tuple[Scope, ...] = ("snapshot", "check", "read", "manage")
_TOKEN = re.compile(r"ym_([0-9a-f]{12})_([A-Za-z0-9_-]{32})")
#: How often it is written down that a key was used.
USED_MS = 60 * 60 * 1000


class ApiKey(BaseModel):
    """One key. It may do what its user may, within its scopes and, if it names one, on one site. Times in ms."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    name: str
    user: str
    scopes: list[Scope]
    site: str | None = None
    made: int
    until: int
    used: int | None = None
    sha256: str


class ApiKeys:
    """Makes, finds, lists and ends them."""

    def __init__(self, store: Objects) -> None:
        self._store = store

    async def make(
        self, user: str, name: str, scopes: list[Scope], site: str | None, now_ms: int, until: int
    ) -> tuple[ApiKey, str]:
        """The key as it is kept, and the token, which is shown this once."""
        id_, secret = secrets.token_hex(6), secrets.token_urlsafe(24)
        key = ApiKey(
            id=id_,
            name=name,
            user=user,
            scopes=scopes,
            site=site,
            made=now_ms,
            until=until,
            sha256=_hash(secret),
        )
        await self._store.put(_key(id_), _written(key), if_absent=True)
        return key, f"ym_{id_}_{secret}"

    async def find(self, token: str, now_ms: int) -> ApiKey:
        """The key of a token, or `BadToken`."""
        parts = _TOKEN.fullmatch(token)
        try:
            stored = await self._store.get(_key(parts[1])) if parts else None
        except NotFound:
            stored = None
        key = ApiKey.model_validate_json(stored.data) if stored else None
        if not (parts and stored and key) or not hmac.compare_digest(key.sha256, _hash(parts[2])):
            raise BadToken("This is no API key of ours, or it was ended.", code="bad_key")
        if key.until <= now_ms:
            raise BadToken("This API key is too old: make another one.", code="key_expired")
        if now_ms - (key.used or 0) > USED_MS:
            key = key.model_copy(update={"used": now_ms})
            with contextlib.suppress(Conflict):  # ended, or used elsewhere, at this very moment
                await self._store.put(_key(key.id), _written(key), if_match=stored.tag)
        return key

    async def of(self, user: str) -> list[ApiKey]:
        """A user's, the newest first."""
        return [key for key in await self.all() if key.user == user]

    async def all(self) -> list[ApiKey]:
        """Everybody's, the newest first."""
        found: list[ApiKey] = []
        for key in await self._store.keys("apikeys/"):
            with contextlib.suppress(NotFound):  # ended at this very moment
                found.append(ApiKey.model_validate_json((await self._store.get(key)).data))
        return sorted(found, key=lambda key: (-key.made, key.id))

    async def end(self, id_: str) -> None:
        await self._store.delete(_key(id_))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _written(key: ApiKey) -> bytes:
    return key.model_dump_json(indent=1).encode()


def _key(id_: str) -> str:
    return f"apikeys/{id_}.json"
