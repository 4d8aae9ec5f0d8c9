"""Who works with Yesmap: `users/<hash of the name>.json` in the object store."""

import hashlib
import re
from collections.abc import Callable

from pydantic import BaseModel, ConfigDict, field_serializer, field_validator

from heatmap.site.lockout import Tries
from heatmap.site.roles import Grants, Role, may, role_on
from recorder.errors import Conflict, Malformed, NotFound
from recorder.objects import Objects
from recorder.recording import DAY_MS

#: An address of mail or a short name; it stands in pages, logs and authenticator apps.
_NAME = re.compile(r"[a-z0-9][a-z0-9._+@-]{0,63}")


class User(BaseModel):
    """One of the team. Times are ms since the epoch."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    #: The role by site; `*` is every site.
    grants: dict[str, Role] = {}
    created: int
    #: As argon2id hashed it; None until it is set by the link that was handed over.
    password: str | None = None
    password_set: int = 0
    #: What codes are made from, as in `safe.py`; None until the second factor is set up.
    secret: str | None = None
    factor_set: int = 0
    #: The last time step that a code was taken of: a code is good once.
    step: int = -1
    recovery: list[str] = []
    tries: Tries = Tries()

    @field_validator("grants", mode="before")
    @classmethod
    def _by_word(cls, value: dict[str, object]) -> dict[str, object]:
        return {site: Role.named(r) if isinstance(r, str) else r for site, r in value.items()}

    @field_serializer("grants")
    def _as_words(self, value: Grants) -> dict[str, str]:
        return {site: role.word for site, role in value.items()}

    def may(self, role: Role, site: str | None = None) -> bool:
        """Whether this is theirs to do on the site; without one, on any."""
        return may(self.grants, role, site)

    def role_on(self, site: str) -> Role | None:
        return role_on(self.grants, site)

    def only_on(self, site: str) -> "User":
        """The user as far as one site goes."""
        role = self.role_on(site)
        return self.model_copy(update={"grants": {} if role is None else {site: role}})

    def password_expired(self, days: int, now_ms: int) -> bool:
        """Whether it has been in use for longer than `days`; 0 is for ever."""
        return days > 0 and now_ms - self.password_set > days * DAY_MS


def plain_name(text: str) -> str:
    """The name as it is kept, or `Malformed`."""
    name = text.strip().casefold()
    if not _NAME.fullmatch(name):
        raise Malformed(
            "A name has up to 64 letters a to z, digits, and . _ + @ -, and begins with a letter or digit.",
            code="name",
        )
    return name


def user_key(name: str) -> str:
    return f"users/{hashlib.sha256(name.encode()).hexdigest()[:32]}.json"


class Users:
    """Reads and changes them; each change is a conditional write."""

    def __init__(self, store: Objects) -> None:
        self._store = store

    async def read(self, name: str) -> User:
        """The user of that name, or `NotFound`."""
        return (await self._stored(name))[0]

    async def all(self) -> list[User]:
        """Everybody, by name."""
        found = [await self._store.get(key) for key in await self._store.keys("users/")]
        return sorted((User.model_validate_json(each.data) for each in found), key=lambda user: user.name)

    async def none_yet(self) -> bool:
        return not await self._store.keys("users/")

    async def add(self, user: User) -> None:
        """`Conflict` when there is one of that name."""
        try:
            await self._store.put(user_key(user.name), _written(user), if_absent=True)
        except Conflict:
            raise Conflict(f"There is a user called {user.name} already.") from None

    async def change(self, name: str, change: Callable[[User], User]) -> User:
        """Apply `change` to the user as stored, again if somebody else wrote in between."""
        while True:
            before, tag = await self._stored(name)
            after = change(before)
            if after == before:
                return before
            try:
                await self._store.put(user_key(name), _written(after), if_match=tag)
            except Conflict:
                continue
            return after

    async def remove(self, name: str) -> None:
        """Nobody of that name is fine."""
        await self._store.delete(user_key(name))

    async def _stored(self, name: str) -> tuple[User, str]:
        try:
            stored = await self._store.get(user_key(name))
        except NotFound:
            raise NotFound("There is no user of that name.") from None
        return User.model_validate_json(stored.data), stored.tag


def _written(user: User) -> bytes:
    return user.model_dump_json(indent=1).encode()
