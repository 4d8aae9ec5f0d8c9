"""Links that are good once: to set up a user whom somebody added, or the very first one.

`invites/<hash>.json` in the object store; the link of the first user is in this process's memory only.
"""

import secrets

from pydantic import BaseModel, ConfigDict

from heatmap.site.sessions import digest
from recorder.errors import Conflict, NotFound
from recorder.objects import Objects

#: Long enough to be handed over and used, also over a weekend.
LIFE_MS = 3 * 24 * 3600 * 1000


class Invite(BaseModel):
    """For whom, and until when (ms)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    user: str
    until: int


class Invites:
    """Made, looked at, used up."""

    def __init__(self, store: Objects) -> None:
        self._store = store
        #: The token that lets the first user in, while there is none.
        self.first: str | None = None
        #: Whether there was nobody at the start.
        self.nobody = False

    async def make(self, user: str, now_ms: int) -> str:
        """A token for a link; earlier ones of the user are of no use any more."""
        await self.drop(user)
        token = secrets.token_urlsafe(24)
        invite = Invite(user=user, until=now_ms + LIFE_MS)
        await self._store.put(_key(token), invite.model_dump_json().encode())
        return token

    async def find(self, token: str, now_ms: int) -> Invite:
        """The invite of a token, or `NotFound`."""
        return (await self._found(token, now_ms))[0]

    async def use(self, token: str, now_ms: int) -> None:
        """No other use of it; `NotFound` for whoever comes second, also at the same moment."""
        if self.is_first(token):
            self.first = None
            return
        invite, tag = await self._found(token, now_ms)
        used = invite.model_copy(update={"until": 0})
        try:
            await self._store.put(_key(token), used.model_dump_json().encode(), if_match=tag)
        except (Conflict, NotFound):
            raise _useless() from None
        await self._store.delete(_key(token))

    async def _found(self, token: str, now_ms: int) -> tuple[Invite, str]:
        """The invite, and the tag of the object that it is in."""
        try:
            stored = await self._store.get(_key(token))
        except NotFound:
            raise _useless() from None
        invite = Invite.model_validate_json(stored.data)
        if invite.until <= now_ms:
            raise _useless()
        return invite, stored.tag

    async def drop(self, user: str) -> None:
        """Whatever links a user has."""
        for key in await self._store.keys("invites/"):
            try:
                invite = Invite.model_validate_json((await self._store.get(key)).data)
            except NotFound:
                continue
            if invite.user == user:
                await self._store.delete(key)

    def make_first(self) -> str:
        self.first = secrets.token_urlsafe(24)
        return self.first

    def is_first(self, token: str) -> bool:
        return self.first is not None and secrets.compare_digest(self.first, token)


def _useless() -> NotFound:
    return NotFound("This link was used already, or is too old: ask for another one.", code="link")


def _key(token: str) -> str:
    return f"invites/{digest(token)}.json"
