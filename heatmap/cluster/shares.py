"""What Dask runs: gather a share of the sessions, put two shares together.

Dask keeps what a task gives until it is asked for, in memory of whichever machine it likes, and tells of errors with
all that is in them. So a task is given a recording's id and takes the key out of the object store by itself; what it
gives is sealed with that key, as batches are, and is noise like them once the key is destroyed; and its errors are
sentences that hold nothing else.
"""

import asyncio
import logging
import pickle
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from heatmap.crew import Gathers, Job, fill
from recorder import seal
from recorder.errors import NotFound, Unusable, YesmapError
from recorder.eventlog import EventLog
from recorder.objects import Objects
from recorder.registry import key_key

log = logging.getLogger("yesmap.drawer")

#: In place of a visitor session, whose ids are longer.
GATHERED = "gathered"

VERSION = version("yesmap")


class Failed(YesmapError):
    """A drawer met something that it does not know; its own log says what."""

    code = "drawer_failed"


@dataclass
class Here:
    """What a drawer works with; `used`: whether it has held a key since somebody looked."""

    keys: Objects
    log: EventLog
    used: bool = False


_here: Here | None = None


def begin(here: Here) -> None:
    """From now on this process is a drawer: Dask gives a task no other way to what its process has opened."""
    global _here
    _here = here


def sealed(key: bytes, gathered: Gathers) -> bytes:
    return seal.seal(key, GATHERED, b"", pickle.dumps(gathered, pickle.HIGHEST_PROTOCOL))


def opened(key: bytes, data: bytes) -> Any:
    """What was sealed, by somebody who has the recording's key as well."""
    return pickle.loads(seal.unseal(key, GATHERED, b"", data))  # noqa: S301 - nobody else can have made it


async def share(made_with: str, recording: str, empty: bytes, which: int, count: int) -> bytes:
    """What a share of the sessions adds up to, sealed; `empty`: what they fill, pickled."""

    async def work(here: Here, key: bytes) -> bytes:
        job = Job(recording, pickle.loads(empty), (which, count))  # noqa: S301 - Dask runs what it is sent anyway
        return await asyncio.to_thread(sealed, key, await fill(here.log, key, job))

    return await _with_the_key(made_with, recording, work)


async def both(made_with: str, recording: str, one: bytes, other: bytes) -> bytes:
    """Two shares as one, sealed."""

    async def work(_: Here, key: bytes) -> bytes:
        return await asyncio.to_thread(lambda: sealed(key, opened(key, one).merged(opened(key, other))))

    return await _with_the_key(made_with, recording, work)


async def _with_the_key(
    made_with: str, recording: str, work: Callable[[Here, bytes], Awaitable[bytes]]
) -> bytes:
    """Raises anew what went wrong, outside of the frames that had the key: Dask keeps an error with its frames."""
    here = _ready(made_with)
    try:
        return await work(here, await _key(here, recording))
    except YesmapError as error:
        refusal = type(error)(error.message)
    except Exception as error:
        log.exception("a share of recording %s failed", recording)
        refusal = Failed(f"A drawer failed with {type(error).__name__}: its log says where.")
    finally:
        seal.forget_keys()
        here.used = True  # again: while this worked, it may have been let go of once already
    raise refusal


def _ready(made_with: str) -> Here:
    if _here is None:
        raise Unusable("A worker of the Dask scheduler is no drawer: start them with `yesmap drawer`.")
    if made_with != VERSION:
        raise Unusable(
            f"A drawer has Yesmap {VERSION}, who asks it has {made_with}: install the same on both."
        )
    return _here


async def _key(here: Here, recording: str) -> bytes:
    here.used = True
    try:
        return (await here.keys.get(key_key(recording))).data
    except NotFound:
        raise NotFound(
            "The recording's key is destroyed, or in a store that the drawer does not see."
        ) from None
