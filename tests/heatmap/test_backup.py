"""A copy of the stores that is taken while Yesmap runs, and put back after the end: it brings nothing raw back."""

import asyncio
import json
import shutil
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient
from pydantic import SecretStr

from heatmap import parts
from heatmap.end import end, final
from heatmap.parts import Parts
from recorder import app as recorder_app
from recorder import consent, forget, seal
from recorder.errors import Gone, NotFound
from recorder.eventlog import Session
from recorder.objects import Objects
from recorder.recording import Recording, State
from recorder.registry import Registry
from recorder.settings import Settings
from tests.conftest import Served, Store, a_recording
from tests.heatmap.conftest import crowd
from tests.recorder.test_views import say_yes


def copied(store: Path, to: Path) -> None:
    """As CONTRIBUTING.md says: everything but the keys."""
    shutil.copytree(store, to, ignore=shutil.ignore_patterns("keys"))


async def raw(parts: Parts, recording: Recording) -> list[Session]:
    """A copy of the event store: every sealed batch."""
    return [s async for s in parts.log.read(recording.id, await parts.log.sessions(recording.id))]


async def test_a_backup_of_a_running_recording_brings_nothing_raw_back(
    opened_parts: Parts, recording: Recording, tmp_path: Path
) -> None:
    """Put back after the end the recording is there as it was, and nothing in it opens what the event store had."""
    store = tmp_path / "objects"
    await crowd(opened_parts, recording)
    key, sessions = await opened_parts.registry.key(recording), await raw(opened_parts, recording)
    copied(store, tmp_path / "backup")
    await end.finish(opened_parts, recording.id)

    shutil.copytree(tmp_path / "backup", store, dirs_exist_ok=True)

    back = await opened_parts.registry.read(recording.id)
    assert State.OPEN == back.state
    with pytest.raises(Gone):
        await Registry(opened_parts.store, opened_parts.keys).key(back)
    everything = b"".join(file.read_bytes() for file in store.rglob("*") if file.is_file())
    assert key not in everything
    assert 25 == len(sessions)
    for session in sessions:
        for field, sealed in session.batches.items():
            assert seal.unseal(
                key, session.id, field, sealed
            )  # it was the right key, and is nowhere any more
    assert not [name async for name in opened_parts.log.left(recording.id)]


async def test_a_backup_of_a_finished_recording_is_what_it_was(
    opened_parts: Parts, recording: Recording, tmp_path: Path
) -> None:
    """Pictures and certificate, for a store that was lost."""
    store = tmp_path / "objects"
    await crowd(opened_parts, recording)
    await end.finish(opened_parts, recording.id)
    copied(store, tmp_path / "backup")
    before = {
        name: (await opened_parts.store.get(name)).data for name in await opened_parts.store.keys("pictures/")
    }
    shutil.rmtree(store)

    shutil.copytree(tmp_path / "backup", store)

    after = {
        name: (await opened_parts.store.get(name)).data for name in await opened_parts.store.keys("pictures/")
    }
    assert before
    assert before == after
    assert State.CERTIFIED == (await opened_parts.registry.read(recording.id)).state
    assert (await opened_parts.store.get(f"certificates/{recording.id}.json")).data


async def everything(store: Objects) -> dict[str, bytes]:
    """As any tool copies it: what is there, one after the other, without what went meanwhile."""
    found = {}
    for key in await store.keys(""):
        try:
            found[key] = (await store.get(key)).data
        except NotFound:
            continue
    return found


async def test_a_backup_beside_visitors_and_an_end_is_whole(
    settings: Settings,
    object_store: Store,
    redis_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Put back for an object store that was lost: what was acknowledged before is there, and all goes on."""
    url, s3 = object_store
    where = {"store_url": url, "s3_endpoint": s3.s3_endpoint, "s3_region": s3.s3_region}
    visitors = settings.model_copy(update=where | {"key_store_url": str(tmp_path / "recording-keys")})
    lost = {"redis_url": SecretStr(redis_url), "redis_rights_url": None}
    async with (
        parts.opened(visitors.model_copy(update=lost)) as first,
        TestClient(Served(recorder_app.build(visitors))) as client,
    ):
        going = await first.registry.open(a_recording())
        ending = await first.registry.open(a_recording(origins=["https://other.example"]))
        await crowd(first, going)
        await crowd(first, ending)
        before = [(await say_yes(client, going))["audit"] for _ in range(5)]
        stop = asyncio.Event()

        async def come() -> int:
            came = 0
            while not stop.is_set():
                await say_yes(client, going)
                came += 1
            return came

        coming, ended = asyncio.create_task(come()), asyncio.create_task(end.finish(first, ending.id))
        backup = await everything(first.store)
        stop.set()
        assert await coming
        await ended

    again = visitors.model_copy(update={"store_url": str(tmp_path / "restored")})
    async with (
        parts.opened(again.model_copy(update=lost)) as back,
        TestClient(Served(recorder_app.build(again))) as client,
    ):
        for key, data in backup.items():
            await back.store.put(key, data)
        records = [await back.store.get(consent.record_key(going.id, audit, "given")) for audit in before]
        assert before == [json.loads(record.data)["audit"] for record in records]
        await say_yes(client, going)
        # The key of the one that has ended is gone; nobody waits for it to come back.
        monkeypatch.setattr(final, "PATIENCE_MS", 0)
        for each in (ending, going):
            await end.finish(back, each.id)
            assert State.CERTIFIED == (await back.registry.read(each.id)).state
            assert 0 == await forget.raw_keys_left(back.log, each.id)
        assert [key for key in await back.store.keys(f"pictures/{going.id}/") if key.endswith(".png")]
