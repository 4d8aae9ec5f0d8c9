"""The steps of signing in: a password, a code, and whatever has to be set up on the way. No pages here."""

from dataclasses import dataclass

from aiohttp import web

from heatmap.site import factor, passwords
from heatmap.site.access import SESSIONS, USERS
from heatmap.site.lockout import Strangers, Tries
from heatmap.site.safe import Safe
from heatmap.site.sessions import Stage
from heatmap.site.users import User, Users
from recorder.errors import BadToken, Malformed, NotFound, TooOften
from recorder.settings import Settings
from recorder.views import SETTINGS, now_ms

STRANGERS = web.AppKey("strangers", Strangers)


@dataclass(frozen=True)
class Policy:
    """What signing in takes, beside the password."""

    second_factor: bool
    password_days: int
    #: Whether the second factor may wait: in the demo, whose visitors are simulated.
    may_wait: bool

    @classmethod
    def of(cls, settings: Settings) -> "Policy":
        return cls(settings.second_factor, settings.password_days, settings.demo)

    def first_stage(self, user: User, now: int) -> Stage:
        """What comes after the right password."""
        if user.secret is not None:
            return Stage.CODE
        return Stage.FACTOR if self.second_factor else self.last_stage(user, now)

    def last_stage(self, user: User, now: int) -> Stage:
        """What comes after the second factor."""
        return Stage.PASSWORD if user.password_expired(self.password_days, now) else Stage.IN


async def by_password(request: web.Request, name: str, password: str) -> User:
    """The user, or `BadToken`, the same for a wrong name as for a wrong password; `TooOften` after many of them.

    A try is counted before it is looked at: a thousand at once are a thousand.
    """
    users, strangers, now = request.app[USERS], request.app[STRANGERS], now_ms()
    before = Tries()

    def one_more(user: User) -> User:
        nonlocal before
        before = user.tries
        return _tried(user, now)

    try:
        user = await users.change(name, one_more)
    except NotFound:
        user = None
        _wait(strangers.of(name), now)
        strangers.failed(name, now)
    counted = user.tries if user else before
    if await passwords.right(password, user.password if user else None) and user is not None:
        return await users.change(
            name, lambda user: user.model_copy(update={"tries": before}) if user.tries == counted else user
        )
    raise BadToken("That is not the name and password of a user.", code="wrong_password")


async def by_code(users: Users, safe: Safe, name: str, code: str, now: int) -> User:
    """The user, after a code of their app or a recovery code, either of which is good once; else as above."""
    taken = False

    def take(user: User) -> User:
        nonlocal taken
        tried = _tried(user, now)
        after = _taken(user, safe, code, now)
        taken = after is not None
        return after or tried

    user = await users.change(name, take)
    if not taken:
        raise BadToken(
            "That code is not right, or was used already: take the one that is shown now.", code="wrong_code"
        )
    return user


async def cleared(users: Users, name: str) -> User:
    """After the last step: wrong tries are forgotten."""
    return await users.change(name, lambda user: user.model_copy(update={"tries": Tries()}))


async def set_password(users: Users, name: str, password: str, now: int) -> User:
    """Another password, or `Malformed` that says what is wrong with it."""
    passwords.check(password, name)
    kept = {"password": await passwords.hashed(password), "password_set": now}
    return await users.change(name, lambda user: user.model_copy(update=kept))


async def refuse_same(user: User, password: str) -> None:
    """`Malformed` when the new password is the old one."""
    if await passwords.right(password, user.password):
        raise Malformed("This is the password that you have: choose another one.", code="password")


async def set_factor(
    users: Users, safe: Safe, name: str, secret: str, code: str, now: int, began: int
) -> list[str]:
    """Another second factor, proven by a code of it; gives the recovery codes, which are shown this once.

    `began` is when the password was given, ms: one that was set up since is not replaced.
    """
    step = factor.step(code, secret, now)
    if step is None:
        await users.change(name, lambda user: _tried(user, now))
        raise BadToken("That code is not right: take the one that the app shows now.", code="wrong_code")
    codes = factor.recovery_codes()
    hashes = [factor.recovery_hash(each) for each in codes]
    kept = {"secret": safe.seal(secret, name), "step": step, "recovery": hashes}

    def change(user: User) -> User:
        if user.factor_set >= began:
            raise BadToken("A second factor was set up in the meantime: sign in with it.", code="factor")
        return user.model_copy(update={**kept, "factor_set": now})

    await users.change(name, change)
    return codes


async def begin(request: web.Request, user: User, stage: Stage) -> str:
    """A session at this stage, under a new id; the one that the browser came with has ended."""
    if stage == Stage.IN:
        await cleared(request.app[USERS], user.name)
    return await request.app[SESSIONS].begin(user.name, stage, now_ms())


def policy(request: web.Request) -> Policy:
    return Policy.of(request.app[SETTINGS])


def _taken(user: User, safe: Safe, code: str, now: int) -> User | None:
    """The user after a good code, None for a wrong one. Under another key recovery codes are good, and no others."""
    secret = safe.open(user.secret, user.name) if user.secret else None
    step = factor.step(code, secret, now, user.step) if secret else None
    if secret and step is not None:
        return user.model_copy(update={"step": step, "secret": safe.seal(secret, user.name)})
    hash_ = factor.recovery_hash(code)
    if hash_ in user.recovery:
        return user.model_copy(update={"recovery": [each for each in user.recovery if each != hash_]})
    return None


def _wait(tries: Tries, now: int) -> None:
    if seconds := tries.wait(now):
        raise TooOften(f"Too many wrong tries: wait {_spoken(seconds)}, then try again.", retry_after=seconds)


def _spoken(seconds: int) -> str:
    return f"{seconds} seconds" if seconds < 120 else f"{-(-seconds // 60)} minutes"


def _tried(user: User, now: int) -> User:
    """The user after one more wrong try, or `TooOften`."""
    _wait(user.tries, now)
    return user.model_copy(update={"tries": user.tries.failed(now)})
