"""A copy of the stores that is taken while Yesmap runs, and put back after the end: it brings nothing raw back."""

import shutil
from pathlib import Path

import pytest

from heatmap.end import end
from heatmap.parts import Parts
from recorder import seal
from recorder.errors import Gone
from recorder.eventlog import Session
from recorder.recording import Recording, State
from recorder.registry import Registry
from tests.heatmap.conftest import crowd


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
