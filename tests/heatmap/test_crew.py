"""Several processes make the same as one."""

import asyncio
import contextlib
import os
import socket
import struct
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from heatmap import crew
from heatmap.crew import Job
from heatmap.gather import fill, open_page
from heatmap.overview import Overview
from heatmap.parts import Parts
from heatmap.raw import slices
from heatmap.snapshots.snapshots import Name, key
from recorder.errors import Unavailable
from recorder.recording import Recording
from tests.heatmap.conftest import visit
from tests.heatmap.test_files import snapshot
from tests.heatmap.test_pictures import kept

pytestmark = pytest.mark.also_on_a_cluster


@pytest.fixture
async def crowd(opened_parts: Parts, recording: Recording) -> Recording:
    """Visitors of two pages, one of which has a snapshot, in two releases."""
    await opened_parts.store.put(key(recording.id, Name(0, "desktop"), "json"), snapshot("desktop", 1280))
    recording = await opened_parts.registry.change(
        recording.id, lambda r: r.model_copy(update={"seen_releases": ["1.4.0", "1.5.0"]})
    )
    for number in range(61):
        await visit(opened_parts, recording, 600 + number % 7, page=number // 40, release=1 + number % 2)
    return recording


async def test_the_pictures_do_not_depend_on_how_many_made_them(
    opened_parts: Parts, crowd: Recording, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All files of the end, byte by byte."""
    monkeypatch.setattr(crew, "WORTH", 1)
    alone, three = (replace(opened_parts, crew=crew.Crew(redis_url, n)) for n in (1, 3))

    files = await kept(alone, crowd)

    assert files == await kept(three, crowd)
    assert {"0/desktop/r1/scroll.png", "0/desktop/elements.json", "1/desktop/click.npz"} <= set(files)


async def test_few_events_start_no_process(
    opened_parts: Parts, crowd: Recording, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would take longer to start than to read them."""

    def never(*_: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr(crew, "ProcessPoolExecutor", never)
    parts = replace(opened_parts, crew=crew.Crew(redis_url, 8))
    page = await open_page(parts, crowd, (0, "desktop"))

    filled = await fill(parts, crowd, {(0, "desktop"): page}, ["click"])

    assert 40 == filled[0, "desktop"].sessions.total()


async def test_what_one_process_cannot_read_is_said(
    opened_parts: Parts, crowd: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same sentence as when it is read here."""
    monkeypatch.setattr(crew, "WORTH", 1)
    key = await opened_parts.registry.key(crowd)

    with pytest.raises(Unavailable, match="event store did not answer"):
        await crew.Crew("redis://127.0.0.1:9/0", 2).fill(Job(crowd.id, Overview()), key, sessions=10)


#: A worker that has its crew read from the event store at this path.
WORKER = """
import asyncio, sys
from heatmap.crew import Crew, Job
from heatmap.overview import Overview

if __name__ == "__main__":
    crew = Crew(f"unix://{sys.argv[1]}", 2)
    asyncio.run(crew.fill(Job("r", Overview()), bytes(32), sessions=10_000))
"""


async def test_when_a_worker_is_killed_its_crew_is_gone(tmp_path: Path) -> None:
    """A process that stayed would wait for ever, with the recording's key in its memory."""
    loop, path = asyncio.get_running_loop(), str(tmp_path / "silent.sock")
    with socket.socket(socket.AF_UNIX) as silent, contextlib.ExitStack() as ends:
        silent.bind(path)
        silent.listen()
        silent.setblocking(False)
        worker = await asyncio.create_subprocess_exec(sys.executable, "-c", WORKER, path)
        try:
            crew = [await loop.sock_accept(silent) for _ in range(2)]
            processes = [os.pidfd_open(_peer(ends.enter_context(one))) for one, _ in crew]
        finally:
            worker.kill()
            await worker.wait()
        gone = [asyncio.Event() for _ in processes]
        for process, event in zip(processes, gone, strict=True):
            ends.callback(os.close, process)
            ends.callback(loop.remove_reader, process)
            loop.add_reader(process, event.set)

        async with asyncio.timeout(30):
            await asyncio.gather(*(event.wait() for event in gone))


def _peer(connection: socket.socket) -> int:
    """The process at the other end."""
    about = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return int(struct.unpack("3i", about)[0])


async def test_shares_are_all_sessions_and_no_two_have_one(opened_parts: Parts, crowd: Recording) -> None:
    """However many there are, more than the index has shards or fewer; and their numbers differ."""
    log, key = opened_parts.log, await opened_parts.registry.key(crowd)
    everybody = await log.sessions(crowd.id)

    for count in (1, 2, 3, 16, 48):
        shares = [await log.sessions(crowd.id, (which, count)) for which in range(count)]
        numbers = [
            set(part.columns.session.tolist())
            for which in range(count)
            async for part in slices(log, key, crowd.id, share=(which, count))
        ]

        assert everybody == sorted(name for share in shares for name in share)
        assert 61 == len(set().union(*numbers)) == sum(map(len, numbers))


async def test_a_session_stays_in_its_share(opened_parts: Parts, crowd: Recording) -> None:
    """Also when others are erased: one that reads its share again reads no other's."""
    log = opened_parts.log
    first, *_ = before = await log.sessions(crowd.id, (1, 2))

    await log.erase(crowd.id, first)

    assert before[1:] == await log.sessions(crowd.id, (1, 2))


def test_a_crew_tells_no_secret() -> None:
    """When it is printed; a job has none."""
    assert "secret" not in f"{crew.Crew('redis://:secret@store')}"
