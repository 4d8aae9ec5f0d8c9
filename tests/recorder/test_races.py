"""A batch against a withdrawal, and against a closing, in both orders at each step that one of them has."""

import contextlib
import itertools
import json
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Any

import pytest
from redis.asyncio.connection import AbstractConnection

from recorder import events, limits
from recorder.eventlog import FIELD_BYTES, EventLog
from recorder.recording import Recording
from recorder.registry import Registry
from tests.conftest import a_recording
from tests.recorder.sample import batch
from tests.recorder.test_views import FROM, Client, say_yes, send

pytestmark = pytest.mark.also_on_a_cluster

#: What shuts the gate, and the user of the event store that does it.
SHUTTING = {"withdrawal": "rights", "closing": None}


@contextlib.contextmanager
def overtaken(user: str | None, step: int, do: Callable[[], Awaitable[int]]) -> Iterator[list[int]]:
    """`do` happens right before what this user sends to the event store for the `step`th time; gives its answer.

    None when there was no such step.
    """
    send, sent, answers = AbstractConnection.send_packed_command, itertools.count(), list[int]()

    async def later(connection: AbstractConnection, *words: Any, **how: Any) -> None:
        if connection.username == user and next(sent) == step:
            answers.append(await do())
        await send(connection, *words, **how)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AbstractConnection, "send_packed_command", later)
        for waited in ("STORE_SECONDS", "ANSWER_SECONDS"):
            patch.setattr(limits, waited, 60)  # the time that `do` takes counts too
        yield answers


class Visitor:
    """One of a recording of their own, with a batch to send and a gate that can be shut."""

    def __init__(self, client: Client, log: EventLog, recording: Recording, held: dict[str, Any]) -> None:
        self._client, self._log, self._recording, self._held = client, log, recording, held

    @classmethod
    async def of(cls, client: Client, registry: Registry, log: EventLog) -> "Visitor":
        recording = await registry.open(a_recording())
        await registry.release_origins(recording)  # for the next one's recording
        return cls(client, log, recording, await say_yes(client, recording))

    async def send(self) -> int:
        return (await send(self._client, events.encode(self._held["token"], batch()))).status

    async def shut(self, how: str) -> int:
        if how == "closing":
            await self._log.close(self._recording)
            return 200
        proof = json.dumps({name: self._held[name] for name in ("token", "audit")})
        return (await self._client.post("/v1/withdraw", data=proof, headers=FROM)).status

    async def kept(self) -> list[bytes]:
        """The fields of the batches that are in the store, whether the session is in the index or not."""
        names = [name.decode() async for name in self._log.left(self._recording.id)]
        sessions = [name for name in names if name.count(":") == 2]
        fields: list[Any] = [field for name in sessions for field in await self._log.redis.hkeys(name)]
        return [field for field in fields if len(field) == FIELD_BYTES]


@pytest.mark.parametrize("shutting", SHUTTING)
async def test_a_batch_that_is_overtaken_is_refused_and_nothing_of_it_is_kept(
    collector: Client, registry: Registry, log: EventLog, shutting: str
) -> None:
    """At whichever step of it the gate is shut, the last one too: 410."""
    for step in itertools.count():
        visitor = await Visitor.of(collector, registry, log)

        with overtaken("collector", step, partial(visitor.shut, shutting)) as shut:
            status = await visitor.send()

        if not shut:
            break
        assert ([200], 410, []) == (shut, status, await visitor.kept())
    assert 204 == status
    assert step > 0


@pytest.mark.parametrize("shutting", SHUTTING)
async def test_a_batch_amid_the_shutting_is_refused_or_has_its_lot(
    collector: Client, registry: Registry, log: EventLog, shutting: str
) -> None:
    """Before the gate shuts it is acknowledged, then kept by a closing and erased by a withdrawal; after it, 410."""
    statuses = set[int]()
    for step in itertools.count():
        visitor = await Visitor.of(collector, registry, log)

        with overtaken(SHUTTING[shutting], step, visitor.send) as sent:
            assert 200 == await visitor.shut(shutting)

        if not sent:
            break
        statuses |= {*sent}
        stays = shutting == "closing" and sent == [204]
        assert ([batch().field] if stays else []) == await visitor.kept()
        assert 410 == await visitor.send()
    assert {204, 410} == statuses
