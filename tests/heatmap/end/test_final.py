import asyncio
import hashlib
import json
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from heatmap import pictures
from heatmap.end import certificate, end, final
from heatmap.parts import Parts
from recorder import events, forget, seal
from recorder.errors import NotFound
from recorder.eventlog import EventLog, index, key
from recorder.recording import Recording, State
from recorder.registry import key_key
from tests.heatmap.conftest import crowd
from tests.heatmap.end.test_lease import Hand, call, stands, state
from tests.heatmap.standstill import Standstill
from tests.recorder.sample import batch
from tests.recorder.test_views import FROM, refusal, say_yes, send

Client = TestClient[web.Request, web.Application]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not there does not come back in these tests."""
    monkeypatch.setattr(final, "PATIENCE_MS", 0)


async def visitor(collector: Client, recording: Recording) -> dict[str, Any]:
    """Somebody who says yes and sends a batch, over HTTP."""
    held = await say_yes(collector, recording)
    assert 204 == (await send(collector, events.encode(held["token"], batch()))).status
    return held


async def withdraws(collector: Client, held: dict[str, Any]) -> dict[str, Any]:
    body = json.dumps({"token": held["token"], "audit": held["audit"]})
    answer: dict[str, Any] = await (await collector.post("/v1/withdraw", data=body, headers=FROM)).json()
    return answer


async def certified(parts: Parts, recording: Recording) -> dict[str, Any]:
    return certificate.verify((await parts.store.get(f"certificates/{recording.id}.json")).data)


# --- a withdrawal and the final pictures: one is first -----------------------------------------------------------


async def test_who_withdraws_before_drawn_is_written_is_in_no_final_picture(
    collector: Client, opened_parts: Parts, recording: Recording
) -> None:
    """The pictures are finished and all was compared; they are thrown away and drawn without the visitor."""
    await crowd(opened_parts, recording, 24)
    held = await visitor(collector, recording)
    still = Standstill(state(State.DRAWN))
    drawing = asyncio.create_task(end.finish(still.worker(opened_parts, Hand()), recording.id))
    await stands(still, drawing)

    answer = await withdraws(collector, held)
    still.go.set()
    ended = await drawing

    assert {"audit": held["audit"], "state": "withdrawn", "final": False} == answer
    content = await certified(opened_parts, ended)
    assert (20, 24 * 3) == (content["counts"]["sessions"], content["counts"]["events"])
    kept = await opened_parts.store.keys(f"pictures/{ended.id}/")
    assert {str(ended.results["attempt"])} == {name.split("/")[2] for name in kept}


async def test_who_withdraws_after_drawn_is_written_is_told_that_pictures_were_final(
    collector: Client, opened_parts: Parts, recording: Recording
) -> None:
    """The raw events go at once all the same, and the pictures stay as they are; the prompt had said so."""
    await crowd(opened_parts, recording, 24)
    held = await visitor(collector, recording)
    session = seal.session_id(await opened_parts.registry.key(recording), held["audit"])
    still = Standstill(call("delete", "keys/"))
    ending = asyncio.create_task(end.finish(still.worker(opened_parts, Hand()), recording.id))
    await stands(still, ending)
    drawn = (await opened_parts.registry.read(recording.id)).results["pictures"]

    answer = await withdraws(collector, held)
    left = await opened_parts.log.sessions(recording.id)
    still.go.set()
    ended = await ending

    assert {"audit": held["audit"], "state": "withdrawn", "final": True} == answer
    assert session not in left
    assert 24 == len(left)
    assert drawn == ended.results["pictures"]
    assert 25 == (await certified(opened_parts, ended))["counts"]["sessions"]


async def test_who_withdraws_after_the_purge_is_told_when_everything_was_destroyed(
    collector: Client, opened_parts: Parts, recording: Recording
) -> None:
    """410 `destroyed`."""
    held = await visitor(collector, recording)
    await end.finish(opened_parts, recording.id)
    body = json.dumps({"token": held["token"], "audit": held["audit"]})

    response = await collector.post("/v1/withdraw", data=body, headers=FROM)

    assert (410, "destroyed") == await refusal(response)


async def test_from_the_closing_on_nothing_gets_in(
    collector: Client, opened_parts: Parts, recording: Recording
) -> None:
    """At once, by a collector that still takes the recording for open; closing waits for nobody."""
    held = await visitor(collector, recording)

    closed = await end.close(opened_parts, recording.id)

    assert (await send(collector, events.encode(held["token"], batch(sequence=1)))).status == 410
    assert [1] == [
        len(s.batches) async for s in opened_parts.log.read(closed.id, await names(opened_parts, closed))
    ]


async def names(parts: Parts, recording: Recording) -> list[str]:
    return await parts.log.sessions(recording.id)


# --- when there is nothing left to draw from ---------------------------------------------------------------------


async def loses_key(parts: Parts, recording: Recording) -> None:
    await parts.keys.delete(key_key(recording.id))


async def loses_key_to_another(parts: Parts, recording: Recording) -> None:
    await parts.keys.put(key_key(recording.id), seal.new_key())


async def loses_events(parts: Parts, recording: Recording) -> None:
    """As at the deadline, while no worker was alive."""
    await parts.log.remove(recording.id)


@pytest.mark.parametrize(
    ("loses", "said"),
    [
        (loses_key, "The recording's key is not where it was kept."),
        (loses_key_to_another, "The recording's key opens nothing of what was recorded."),
        (loses_events, "There are consents, and no visitor session in the event store."),
    ],
)
async def test_what_was_lost_early_gives_no_empty_picture(
    collector: Client, opened_parts: Parts, recording: Recording, loses: Any, said: str
) -> None:
    """The state is `keys lost`, no picture is made, the rest is destroyed and checked, and the certificate says it."""
    await visitor(collector, recording)
    opened_parts.registry._secrets.clear()
    await loses(opened_parts, recording)
    seen: list[State] = []

    ended = await end.finish(opened_parts, recording.id, lambda r: seen.append(r.state))

    assert [
        State.CLOSING,
        State.KEYS_LOST,
        State.SHREDDED,
        State.REMOVED,
        State.CHECKED,
        State.CERTIFIED,
    ] == seen
    content = await certified(opened_parts, ended)
    assert (said, {}) == (content["lost"], content["pictures"])
    assert 0 == await forget.raw_keys_left(opened_parts.log, ended.id)
    assert [] == await opened_parts.store.keys("pictures/")
    assert [] == await opened_parts.keys.remains("keys/")
    assert content["checks"]["canary_opens"] is None
    assert 5 == content["counts"]["missing"]


async def test_what_may_come_back_is_waited_for(
    collector: Client, opened_parts: Parts, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key store that was not mounted for a while costs no pictures."""
    monkeypatch.setattr(final, "PATIENCE_MS", 60_000)
    await crowd(opened_parts, recording, 20)
    secret = await opened_parts.registry.key(recording)
    await opened_parts.keys.delete(key_key(recording.id))

    with pytest.raises(final.Missing, match="may come back"):
        await end.finish(opened_parts, recording.id)
    await opened_parts.keys.put(key_key(recording.id), secret)
    ended = await end.finish(opened_parts, recording.id)

    assert State.DRAWN in ended.reached
    assert final.names(ended)


async def test_a_recording_that_nobody_joined_ends_as_usual(
    opened_parts: Parts, recording: Recording
) -> None:
    """Nothing was lost where there was nothing."""
    ended = await end.finish(opened_parts, recording.id)

    assert State.DRAWN in ended.reached
    assert "lost" not in await certified(opened_parts, ended)


async def loses_both(log: EventLog, recording: Recording, session: str) -> None:
    await log.erase(recording.id, session)


async def loses_its_key(log: EventLog, recording: Recording, session: str) -> None:
    await log.redis.unlink(key(recording.id, session))


async def loses_its_name(log: EventLog, recording: Recording, session: str) -> None:
    await log.redis.srem(index(recording.id, session), session)


@pytest.mark.parametrize("loses", [loses_its_key, loses_its_name, loses_both])
async def test_who_was_lost_early_is_in_the_certificate(
    collector: Client, opened_parts: Parts, recording: Recording, loses: Any
) -> None:
    """One of a crowd, by a number that is rounded up, and a sentence; who withdrew was not lost."""
    await crowd(opened_parts, recording, 20)
    held = [await visitor(collector, recording) for _ in range(3)]
    session = seal.session_id(await opened_parts.registry.key(recording), held[0]["audit"])
    await loses(opened_parts.log, recording, session)
    await withdraws(collector, held[1])

    await end.finish(opened_parts, recording.id)

    content = await certified(opened_parts, recording)
    assert (5, 21) == (content["counts"]["missing"], content["counts"]["batches"])
    assert content["missing"].startswith("Of up to 5 visitor sessions whose consent stands nothing was there")


async def test_where_nobody_was_lost_nothing_is_missing(
    collector: Client, opened_parts: Parts, recording: Recording
) -> None:
    """Neither who sent nothing, nor who withdrew."""
    held = [await visitor(collector, recording), await say_yes(collector, recording)]
    await withdraws(collector, held[0])

    await end.finish(opened_parts, recording.id)

    content = await certified(opened_parts, recording)
    assert 0 == content["counts"]["missing"]
    assert "missing" not in content


async def test_who_sent_nothing_is_named_beside_the_sessions(
    collector: Client, opened_parts: Parts, recording: Recording
) -> None:
    """So that the certificate and the facts of a picture, where only those are that sent something, add up."""
    await crowd(opened_parts, recording, 20)
    for _ in range(5):
        await say_yes(collector, recording)

    ended = await end.finish(opened_parts, recording.id)

    counts = (await certified(opened_parts, ended))["counts"]
    facts = json.loads(await pictures.kept(opened_parts, ended, "0/desktop/facts.json"))
    assert (25, 5) == (counts["sessions"], counts["without_batches"])
    assert facts["sessions"] == counts["sessions"] - counts["without_batches"]


# --- the pictures are safe before anything is destroyed ----------------------------------------------------------


async def test_a_picture_that_is_damaged_before_the_key_is_destroyed_is_drawn_again(
    opened_parts: Parts, recording: Recording
) -> None:
    """Drawn is not final while raw events are there and the pictures are not."""
    await crowd(opened_parts, recording, 20)
    still = Standstill(call("delete", "keys/"))
    ending = asyncio.create_task(end.finish(still.worker(opened_parts, Hand()), recording.id))
    await stands(still, ending)
    ending.cancel()
    await asyncio.wait([ending])
    drawn = await opened_parts.registry.read(recording.id)
    damaged = end.picture_key(drawn, "0/desktop/click.png")
    await opened_parts.store.put(damaged, b"another picture")

    ended = await end.finish(opened_parts, recording.id)

    assert State.DRAWN == drawn.state
    assert drawn.results["pictures"] == ended.results["pictures"]
    assert drawn.results["attempt"] != ended.results["attempt"]
    with pytest.raises(NotFound):
        await opened_parts.store.get(damaged)


async def test_every_final_picture_has_its_hash_in_the_certificate(
    opened_parts: Parts, recording: Recording
) -> None:
    """So that a changed one is found, by whoever has it."""
    await crowd(opened_parts, recording, 20)
    ended = await end.finish(opened_parts, recording.id)

    content = await certified(opened_parts, ended)

    kept = await opened_parts.store.keys(f"pictures/{ended.id}/")
    assert {end.picture_key(ended, name) for name in content["pictures"]} == set(kept)
    for name, hash_ in content["pictures"].items():
        stored = await opened_parts.store.get(end.picture_key(ended, name))
        assert hash_ == hashlib.sha256(stored.data).hexdigest()
