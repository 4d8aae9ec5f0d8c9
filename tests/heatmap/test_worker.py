import asyncio
import contextlib
import json
import logging
import time
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

from heatmap import parts, worker
from heatmap.end import end
from heatmap.parts import Parts
from recorder import app as recorder_app
from recorder import events, views
from recorder.embedded import event_store
from recorder.recording import DAY_MS, Recording, State
from recorder.settings import read
from tests.conftest import a_recording
from tests.heatmap.conftest import crowd
from tests.recorder.sample import batch
from tests.recorder.test_views import FROM, say_yes, send

pytestmark = pytest.mark.also_on_a_cluster

HOUR_NS = 3600 * 10**9


async def opened(parts: Parts, number: int, ended_ago_ms: int) -> Recording:
    """A recording whose end is so long ago."""
    now = views.now_ms()
    origins = [f"https://{number}.example"]
    return await parts.registry.open(
        a_recording(origins=origins, start=now - 10 * DAY_MS, end=now - ended_ago_ms)
    )


async def test_what_is_overdue_is_shouted_and_finished_first(
    opened_parts: Parts, caplog: pytest.LogCaptureFixture
) -> None:
    """A worker that starts after days of nobody begins with the one that is most overdue, having closed all of them."""
    caplog.set_level(logging.INFO, "yesmap.worker")
    late = await opened(opened_parts, 1, 1000)
    overdue = await opened(opened_parts, 2, 3 * DAY_MS)
    worse = await opened(opened_parts, 3, 5 * DAY_MS)

    await worker.end_what_is_due(opened_parts)

    lines = [record.getMessage() for record in caplog.records]
    shouts = [line for line in lines if "overdue" in line]
    assert [worse.id, overdue.id] == [line.split()[1] for line in shouts]
    order = [line.split()[1] for line in lines if line.endswith("is closing")]
    assert [worse.id, overdue.id, late.id] == order
    for recording in (late, overdue, worse):
        assert State.CERTIFIED == (await opened_parts.registry.read(recording.id)).state


async def test_a_recording_of_a_later_release_holds_up_no_other(
    opened_parts: Parts, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever goes back to a former release: it is left alone, and in each round it is said why."""
    due, later = await opened(opened_parts, 1, 1000), await opened(opened_parts, 2, 1000)
    name = f"recordings/{later.id}.json"
    stored = json.dumps(json.loads(later.to_json()) | {"version": 2}).encode()
    await opened_parts.store.put(name, stored)

    await worker.end_what_is_due(opened_parts)

    assert State.CERTIFIED == (await opened_parts.registry.read(due.id)).state
    assert stored == (await opened_parts.store.get(name)).data
    [said] = [each.getMessage() for each in caplog.records if later.id in each.getMessage()]
    assert "has version 2; this release reads version 1: use a newer one." in said


def test_how_much_is_overdue_is_a_number() -> None:
    """Of the worst recording, in seconds after what visitors were told; nothing when all is well or certified."""
    fine = a_recording()
    late = a_recording(start=0, end=1000)
    now = late.deadline + 7_000

    assert 0 == worker.overdue_seconds([], now)
    assert 7 == worker.overdue_seconds([fine, late], now)
    assert 0 == worker.overdue_seconds([late.model_copy(update={"state": State.CERTIFIED})], now)
    assert 0 == worker.overdue_seconds([late], late.deadline - 1)


@pytest.mark.parametrize("off", [-HOUR_NS, HOUR_NS], ids=["an hour behind", "an hour ahead"])
async def test_a_worker_whose_clock_is_off_ends_nothing_early_and_nothing_late(
    opened_parts: Parts, recording: Recording, monkeypatch: pytest.MonkeyPatch, off: int
) -> None:
    """It goes by the event store's clock, by which raw events expire as well; so do the times in the certificate."""
    await crowd(opened_parts, recording, 5)
    now = views.now_ms()
    soon = await opened_parts.registry.open(
        a_recording(origins=["https://soon.example"], start=now - 1000, end=now + 60_000)
    )
    over = await opened(opened_parts, 2, 1000)
    real = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: real() + off)

    await worker.end_what_is_due(opened_parts)

    ended = await opened_parts.registry.read(over.id)
    assert State.OPEN == (await opened_parts.registry.read(soon.id)).state
    assert State.CERTIFIED == ended.state
    assert all(abs(at - real() // 10**6) < 60_000 for at in ended.reached.values())


async def test_a_clock_that_jumps_back_puts_no_state_before_another(
    opened_parts: Parts, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Destroyed before closed would be a certificate that nobody believes."""
    clock = iter(range(2 * 10**12, 10**12, -(10**9)))

    async def backwards(_: object) -> int:
        return next(clock)

    monkeypatch.setattr(type(opened_parts.log), "now_ms", backwards)

    ended = await end.finish(opened_parts, recording.id)

    times = list(ended.reached.values())
    assert sorted(times) == times


async def test_every_key_has_its_own_end_without_any_worker(
    opened_parts: Parts, recording: Recording
) -> None:
    """Sessions, indexes, counts and gates: each expires at the deadline that visitors were told."""
    await crowd(opened_parts, recording, 3)
    await opened_parts.log.count(recording, "asked:mobile")
    await opened_parts.log.close(recording)

    found = {name async for name in opened_parts.log.redis.scan_iter(f"*{recording.id}*")}

    assert len(found) > 16
    for name in found:
        assert recording.deadline // 1000 == await opened_parts.log.redis.expiretime(name), name


async def test_what_is_withdrawn_leaves_the_event_stores_files_within_the_hour(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the visitor's request to the bytes on disk, with nobody but the worker in between."""
    assert worker.REWRITE_SECONDS < 3600
    monkeypatch.setattr(worker, "REWRITE_SECONDS", 0.05)
    with event_store(tmp_path / "events") as url:
        chosen = read(data=tmp_path, redis_url=url)
        async with (
            TestClient(TestServer(recorder_app.build(chosen))) as visitors,
            parts.opened(chosen) as team,
            worker.running(team),
        ):
            recording = await team.registry.open(a_recording())
            held = await say_yes(visitors, recording)
            assert 204 == (await send(visitors, events.encode(held["token"], batch()))).status
            [session] = [s async for s in team.log.read(recording.id, await team.log.sessions(recording.id))]
            raw = {session.id.encode(), *session.batches.values()}
            assert raw == _on_disk(raw, tmp_path / "events")

            proof = json.dumps({"token": held["token"], "audit": held["audit"]})
            assert 200 == (await visitors.post("/v1/withdraw", data=proof, headers=FROM)).status

            async with asyncio.timeout(60):
                while _on_disk(raw, tmp_path / "events"):
                    await asyncio.sleep(0.05)


def _on_disk(needles: set[bytes], folder: Path) -> set[bytes]:
    """Those that are in any file of the folder; one that goes meanwhile is none."""
    found = set[bytes]()
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):  # a folder, a socket, a file that was just replaced
            content = path.read_bytes()
            found |= {needle for needle in needles if needle in content}
    return found


async def test_a_worker_that_is_told_to_stop_does_so_although_its_round_did_not_hear_it(
    opened_parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cancellation that a client swallowed is said again."""
    began, swallowed = asyncio.Event(), list[asyncio.CancelledError]()

    async def deaf(*_: object) -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError as error:
            swallowed.append(error)
        await asyncio.Event().wait()

    monkeypatch.setattr(worker, "end_what_is_due", deaf)
    monkeypatch.setattr(worker, "AGAIN_SECONDS", 0.05)
    async with asyncio.timeout(60), worker.running(opened_parts):
        await began.wait()

    assert 1 == len(swallowed)


async def test_who_ends_a_recording_need_not_wait_for_the_next_round(
    opened_parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker looks at once."""
    monkeypatch.setattr(worker, "ROUND_SECONDS", 3600)
    rounds: asyncio.Queue[None] = asyncio.Queue()

    async def looked(*_: object) -> None:
        rounds.put_nowait(None)

    monkeypatch.setattr(worker, "end_what_is_due", looked)
    async with worker.running(opened_parts), asyncio.timeout(60):
        await rounds.get()

        opened_parts.closed.set()

        await rounds.get()
