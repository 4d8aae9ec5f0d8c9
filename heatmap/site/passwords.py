"""Passwords: argon2id, and what makes one hard to guess."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from recorder.errors import Malformed

#: Long enough that guessing at our pace never comes to an end (NIST SP 800-63B asks for 8 or more).
SHORTEST = 12
#: A hash takes as long as what it is made of; nobody types more.
LONGEST = 256
#: Each hash takes 64 MiB for a moment (RFC 9106, second choice): so many at once, the others wait.
AT_ONCE = 2
#: Fewer are a pattern, not a password.
DIFFERENT_CHARS = 5

_hasher = PasswordHasher()
_COSTS = f"m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
#: What a password is compared with when there is no such user, so that it takes as long; nobody knows one that fits.
_NOBODY = f"$argon2id$v=19${_COSTS}${'A' * 22}${'A' * 43}"
_turns = ThreadPoolExecutor(AT_ONCE, "passwords")


def check(password: str, name: str) -> None:
    """`Malformed` with what is wrong with it as a password of `name`."""
    if len(password) < SHORTEST:
        raise Malformed(
            f"A password has {SHORTEST} characters or more; a few words make a good one.", code="password"
        )
    if len(password) > LONGEST:
        raise Malformed(f"A password has at most {LONGEST} characters.", code="password")
    if name and name in password.casefold():
        raise Malformed("The password has the name in it: choose another one.", code="password")
    if len(set(password)) < DIFFERENT_CHARS:
        raise Malformed("The password repeats the same few characters: choose another one.", code="password")


async def hashed(password: str) -> str:
    """As it is kept."""
    return await asyncio.get_running_loop().run_in_executor(_turns, _hasher.hash, password)


async def right(password: str, kept: str | None) -> bool:
    """Whether it is the password that was kept. Without one it takes as long and is not."""
    given = password[: LONGEST + 1]
    same = await asyncio.get_running_loop().run_in_executor(_turns, _same, given, kept or _NOBODY)
    return same and kept is not None


def _same(password: str, kept: str) -> bool:
    try:
        return _hasher.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False
