from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from recorder import events, limits, seal, views
from recorder.eventlog import EventLog
from recorder.events import Batch
from recorder.recording import Recording
from recorder.registry import Registry
from tests.conftest import a_recording
from tests.recorder.sample import batch
from tests.recorder.test_views import refusal, say_yes, send

Client = TestClient[web.Request, web.Application]


async def kept(
    client: Client, log: EventLog, recording: Recording, held: dict[str, Any], sent: Batch
) -> tuple[int, int]:
    """Release and variant of a batch after it was sent, as rows."""
    response = await send(client, events.encode(held["token"], sent))
    assert 204 == response.status, await response.text()
    key = await client.app[views.REGISTRY].key(recording)
    session = seal.session_id(key, held["audit"])
    [found] = [s async for s in log.read(recording.id, [session])]
    header, _, _ = events.unpack(seal.unseal(key, session, sent.field, found.batches[sent.field]))
    return int(header["release"]), int(header["variant"])


async def test_a_session_that_makes_up_releases_does_not_shut_out_real_ones(
    collector: Client, opened: Recording, log: EventLog, registry: Registry
) -> None:
    """It brings in three; its others are kept without a label, and the next visitor's release gets its row."""
    liar, honest = await say_yes(collector, opened), await say_yes(collector, opened)

    rows = [
        await kept(collector, log, opened, liar, batch(release=f"1.{n}.666", sequence=n)) for n in range(20)
    ]
    real = await kept(collector, log, opened, honest, batch(release="1.4.0"))

    assert [(1, 0), (2, 0), (3, 0)] + 17 * [(0, 0)] == rows
    assert (4, 0) == real
    assert ["1.0.666", "1.1.666", "1.2.666", "1.4.0"] == (await registry.read(opened.id)).seen_releases


async def test_when_the_list_is_full_batches_are_kept_without_a_label(
    collector: Client, opened: Recording, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cap costs a label, never an event; releases that have a row keep it."""
    monkeypatch.setattr(limits, "RELEASES", 2)
    first, late = await say_yes(collector, opened), await say_yes(collector, opened)
    await kept(collector, log, opened, first, batch(release="1.1.0"))
    await kept(collector, log, opened, first, batch(release="1.2.0", sequence=1))

    assert (0, 0) == await kept(collector, log, opened, late, batch(release="1.3.0"))
    assert (2, 0) == await kept(collector, log, opened, late, batch(release="1.2.0", sequence=1))


async def test_only_declared_variants_are_taken(collector: Client, registry: Registry, log: EventLog) -> None:
    """A variant has the row in which it was declared; another one is refused."""
    recording = await registry.open(a_recording(variants=["A", "B"]))
    held = await say_yes(collector, recording)

    assert (0, 2) == await kept(collector, log, recording, held, batch(variant="B"))
    refused = await send(collector, events.encode(held["token"], batch(variant="C", sequence=1)))
    assert (400, "malformed") == await refusal(refused)


async def test_a_withdrawn_session_brings_in_no_release(
    collector: Client, opened: Recording, log: EventLog, registry: Registry
) -> None:
    """The gate comes before the list."""
    held = await say_yes(collector, opened)
    [session] = await log.sessions(opened.id)
    await log.erase(opened.id, session)

    refused = await send(collector, events.encode(held["token"], batch(release="1.4.0")))

    assert (410, "withdrawn") == await refusal(refused)
    assert [] == (await registry.read(opened.id)).seen_releases


def test_rows_fit_the_byte_that_holds_them() -> None:
    """254 releases and row 0."""
    assert limits.RELEASES < 2**8 - 1 + 1
    assert limits.VARIANTS < 2**8
