"""Collectors and workers that break a promise, to see that the ledger notices."""

import random
import secrets
from typing import Any

import numpy as np

from heatmap import elements
from recorder.eventlog import FIELD_BYTES, EventLog
from recorder.events import Batch

#: One in so many.
SELDOM = 20


def lose() -> None:
    """Now and then a batch is acknowledged that was not kept."""
    append = EventLog.append

    async def careless(self: EventLog, *batch: Any) -> bool:
        return random.randrange(SELDOM) == 0 or await append(self, *batch)

    setattr(EventLog, append.__name__, careless)


def double() -> None:
    """A batch is kept under a new name each time, so that it counts again when it is sent again."""
    setattr(Batch, Batch.field.fget.__name__, property(lambda _: secrets.token_bytes(FIELD_BYTES)))  # type: ignore[attr-defined]


def leak() -> None:
    """Now and then a withdrawal is acknowledged, and written down, but nothing is erased."""
    erase = EventLog.erase

    async def careless(self: EventLog, recording: str, session: str) -> None:
        if random.randrange(2):
            await erase(self, recording, session)

    setattr(EventLog, erase.__name__, careless)


def crowd() -> None:
    """In the tables each click counts as a session of its own."""
    setattr(elements, elements._sessions.__name__, lambda _, row, size: np.bincount(row, minlength=size))


MUTANTS = {mutant.__name__: mutant for mutant in (lose, double, leak, crowd)}
