"""The team's end of `recorder/pagecodes.py`: codes are made here, and used up."""

import contextlib
import secrets
from collections.abc import AsyncIterator

from recorder.errors import Conflict, NotFound
from recorder.objects import Objects
from recorder.pagecodes import PageCode, code_key, find, useless
from recorder.registry import Registry

#: Time to open the page, bring it into the state that is meant and take the picture; too short to be found later.
LIFE_MS = 10 * 60 * 1000


class PageCodes:
    """Made, found, used once."""

    def __init__(self, store: Objects, registry: Registry) -> None:
        self._store, self._registry = store, registry

    async def make(self, recording: str, user: str, team: str, now_ms: int) -> str:
        """A code; those that are too old are removed on the way."""
        await self._sweep(now_ms)
        code = secrets.token_urlsafe(32)
        made = PageCode(recording=recording, user=user, team=team, until=now_ms + LIFE_MS)
        await self._store.put(code_key(code), _written(made), if_absent=True)
        return code

    async def find(self, code: str, site: str, now_ms: int) -> PageCode:
        """A code that is good for pages of an origin, or `NotFound`."""
        return (await find(self._store, self._registry, code, site, now_ms))[0]

    @contextlib.asynccontextmanager
    async def used(self, code: str, site: str, now_ms: int) -> AsyncIterator[PageCode]:
        """Inside the block nobody else can use it, and after it nobody at all; if the block fails it is good again."""
        found, stored = await find(self._store, self._registry, code, site, now_ms)
        key = code_key(code)
        try:
            await self._store.put(key, _written(found.model_copy(update={"until": 0})), if_match=stored.tag)
        except (Conflict, NotFound):
            raise useless() from None
        try:
            yield found
        except BaseException:
            await self._store.put(key, stored.data)
            raise
        await self._store.delete(key)

    async def _sweep(self, now_ms: int) -> None:
        for key in await self._store.keys("pagecodes/"):
            with contextlib.suppress(NotFound):
                stored = await self._store.get(key)
                if PageCode.model_validate_json(stored.data).until <= now_ms:
                    await self._store.delete(key)


def _written(code: PageCode) -> bytes:
    return code.model_dump_json().encode()
