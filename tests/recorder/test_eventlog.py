import asyncio
from typing import Any

import pytest

from recorder import eventstore, limits
from recorder.errors import Gone, SessionFull, Unavailable
from recorder.eventlog import EventLog, key
from recorder.eventstore import connect
from tests.conftest import a_recording

pytestmark = pytest.mark.also_on_a_cluster

FIELD = b"document0001"


async def opened(log: EventLog, session: str = "visitor") -> str:
    """A recording with one open session; gives the recording's id."""
    recording = a_recording()
    await log.open_session(recording, session, 1000, ["heatmap"])
    return recording.id


async def read(log: EventLog, recording: str) -> list[dict[bytes, bytes]]:
    return [s.batches async for s in log.read(recording, await log.sessions(recording))]


async def test_a_batch_is_kept_once_however_often_it_comes(log: EventLog) -> None:
    """A repeated batch is acknowledged and changes nothing."""
    recording = await opened(log)

    first = await log.append(recording, "visitor", FIELD, b"sealed", 3, 1)
    again = await log.append(recording, "visitor", FIELD, b"sealed again", 3, 1)

    [session] = [s async for s in log.read(recording, ["visitor"])]
    assert (True, False) == (first, again)
    assert ({FIELD: b"sealed"}, 3, 1) == (session.batches, session.events, session.dropped)
    assert (1000, frozenset({"heatmap"})) == (session.yes, session.purposes)


async def test_without_a_yes_there_is_no_place_for_a_batch(log: EventLog) -> None:
    """No session, no event: the store itself refuses."""
    with pytest.raises(Gone):
        await log.append(a_recording().id, "nobody", FIELD, b"sealed", 1, 0)


async def test_every_key_expires_at_the_deadline(log: EventLog) -> None:
    """Whatever the recording leaves in the store is gone at its deadline, without anybody's help."""
    recording = a_recording()
    await log.open_session(recording, "visitor", 1000, ["heatmap"])
    await log.append(recording.id, "visitor", FIELD, b"sealed", 1, 0)
    await log.count(recording, "yes:mobile")

    names = [name async for name in log.left(recording.id)]
    expiries = {await log.redis.expiretime(name.decode()) for name in names}

    assert 3 == len(names)
    assert {recording.deadline // 1000} == expiries


async def test_an_erased_session_is_gone_and_takes_nothing_more(log: EventLog) -> None:
    """After erasing there is no key, no name in the index, and no way back in."""
    recording = await opened(log)
    await log.append(recording, "visitor", FIELD, b"sealed", 1, 0)

    await log.erase(recording, "visitor")

    assert [] == await log.sessions(recording)
    assert not await log.redis.exists(key(recording, "visitor"))
    with pytest.raises(Gone):
        await log.append(recording, "visitor", b"document0002", b"sealed", 1, 0)


async def test_closing_lets_nothing_more_in_and_loses_nothing(log: EventLog) -> None:
    """After closing there is no new batch and no new session, and what was kept can still be read."""
    recording = a_recording()
    await log.open_session(recording, "visitor", 1000, ["heatmap"])
    await log.append(recording.id, "visitor", FIELD, b"sealed", 1, 0)

    await log.close(recording)
    await log.close(recording)

    with pytest.raises(Gone):
        await log.append(recording.id, "visitor", b"document0002", b"sealed", 1, 0)
    with pytest.raises(Gone):
        await log.open_session(recording, "late", 1000, ["heatmap"])
    assert [{FIELD: b"sealed"}] == await read(log, recording.id)


async def test_a_session_that_opens_while_its_recording_closes_stays_shut(
    log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between its hash and its name in the index a session can be overtaken by the closing; nothing of it stays."""
    recording = a_recording()
    register = log._register

    async def overtaken(*words: Any) -> Any:
        await log.close(recording)
        return await register(*words)

    monkeypatch.setattr(log, "_register", overtaken)

    with pytest.raises(Gone):
        await log.open_session(recording, "slow", 1000, ["heatmap"])
    assert [] == [name async for name in log.left(recording.id)]


async def test_nothing_begins_anew_after_everything_was_removed(log: EventLog) -> None:
    """A collector that slept through the whole end and still takes the recording for open leaves no key behind."""
    recording = a_recording()
    await log.open_session(recording, "visitor", 1000, ["heatmap"])
    await log.close(recording)
    await log.remove(recording.id)

    await log.count(recording, "asked:mobile")
    with pytest.raises(Gone):
        await log.open_session(recording, "late", 1000, ["heatmap"])
    with pytest.raises(Gone):
        await log.append(recording.id, "visitor", FIELD, b"sealed", 1, 0)
    await log.close(recording)

    assert [] == [name async for name in log.left(recording.id)]
    [gate] = [name async for name in log.redis.scan_iter(f"ym:{{{recording.id}:0}}:closed")]
    assert recording.deadline // 1000 == await log.redis.expiretime(gate)


async def test_a_session_has_room_for_so_many_batches_and_no_more(
    log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cap refuses the next batch and keeps those before."""
    monkeypatch.setattr(limits, "BATCHES_PER_SESSION", 1)
    recording = await opened(log)
    await log.append(recording, "visitor", FIELD, b"sealed", 1, 0)

    with pytest.raises(SessionFull):
        await log.append(recording, "visitor", b"document0002", b"sealed", 1, 0)
    assert not await log.append(recording, "visitor", FIELD, b"sealed", 1, 0)


async def test_a_session_has_room_for_so_many_bytes(log: EventLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """Size counts as well as number."""
    monkeypatch.setattr(limits, "BYTES_PER_SESSION", 5)
    recording = await opened(log)

    with pytest.raises(SessionFull):
        await log.append(recording, "visitor", FIELD, b"sealed", 1, 0)


async def test_a_session_has_room_for_so_many_minutes(log: EventLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """What batches last adds up, whatever page or tab they are of; a repeated one is not counted again."""
    monkeypatch.setattr(limits, "MINUTES_PER_SESSION", 1)
    recording = await opened(log)
    await log.append(recording, "visitor", FIELD, b"sealed", 1, 0, 50_000)
    await log.append(recording, "visitor", FIELD, b"sealed", 1, 0, 50_000)

    with pytest.raises(SessionFull):
        await log.append(recording, "visitor", b"document0002", b"sealed", 1, 0, 10_001)
    assert await log.append(recording, "visitor", b"document0002", b"sealed", 1, 0, 10_000)


async def test_removing_a_recording_leaves_others_alone(log: EventLog) -> None:
    """All keys of one recording go, those of another stay."""
    one, other = await opened(log), await opened(log)

    await log.remove(one)

    assert [] == [name async for name in log.left(one)]
    assert ["visitor"] == await log.sessions(other)


async def test_counts_add_up_without_saying_who(log: EventLog) -> None:
    """Asked and no are numbers by device class, nothing else."""
    recording = a_recording()
    for what in ("asked:mobile", "asked:mobile", "no:mobile"):
        await log.count(recording, what)

    assert {"asked:mobile": 2, "no:mobile": 1} == await log.counts(recording.id)


async def test_counts_add_up_by_day_too(log: EventLog) -> None:
    """Days begin at midnight UTC; devices are not told apart there."""
    recording = a_recording()
    for what, at in (("asked:mobile", 86_399.9), ("asked:desktop", 86_400.0), ("asked:mobile", 86_401.0)):
        await log.count(recording, what, at)

    assert {0: {"asked": 1}, 1: {"asked": 2}} == await log.days(recording.id)
    assert {"asked:desktop": 1, "asked:mobile": 2} == await log.counts(recording.id)


async def test_what_was_read_last_is_let_go_and_nobody_is_cut_off(log: EventLog) -> None:
    """It stays in the buffer of its connection, until that is closed; whoever waits for an answer keeps his."""

    async def connections() -> list[int]:
        return await eventstore.answers(log.redis, "CLIENT", "ID")

    recording, before = await opened(log), await connections()
    assert before == await connections()
    reading = [asyncio.create_task(log.sessions(recording)) for _ in range(20)]
    for _ in range(5):
        await asyncio.sleep(0)
        await log.let_go()

    assert [["visitor"]] * 20 == await asyncio.gather(*reading)
    assert not [one for one, other in zip(before, await connections(), strict=True) if one == other]


async def test_a_store_that_is_not_there_is_said() -> None:
    """A refused connection is an answer, not a long series of tries."""
    client = connect("unix:///nowhere/at/all.sock")

    with pytest.raises(Unavailable):
        await EventLog(client).is_open("recording", "session")
    await client.aclose()
