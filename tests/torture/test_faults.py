"""That the faults are what they are called."""

import multiprocessing
import os
import random
import signal
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import redis
from botocore import auth as signing

from recorder.settings import Settings
from tests import eventstores
from tests.eventstores import EventStore
from tests.processes import Process
from tests.torture import entry, faults
from tests.torture.house import House


def test_on_a_full_disk_the_event_store_says_so_and_so_does_the_next_one(tmp_path: Path) -> None:
    """It ends by itself, by no signal; what it acknowledged is there when there is room again."""
    with eventstores.embedded(tmp_path / "events") as events:
        fault = faults._disk_full(random.Random(1), cast(House, SimpleNamespace(events=events, parts={})))
        before = events.pid
        fault.begin()
        fault.during()
        acknowledged = _written(events)
        events.until_ready(not_as=before)
        before = events.pid
        fault.during()
        acknowledged += _written(events)
        events.until_ready(not_as=before)
        fault.end()

        with events.client() as client:
            assert acknowledged == client.strlen("written")
        assert 2 == events.log.read_text().count("AOF write error")


def test_memory_is_free_again_also_when_the_store_stood_still_as_that_fault_ended(tmp_path: Path) -> None:
    """It cannot be told then; when everybody is healed, it is."""
    with eventstores.embedded(tmp_path / "events") as events, events.client() as client:
        house = House(tmp_path, events, {}, *cast(tuple[Process, Settings], (None, None)), [])
        fault = faults._memory_full(random.Random(1), house)
        fault.begin()
        os.kill(events.pid, signal.SIGSTOP)
        fault.end()
        os.kill(events.pid, signal.SIGCONT)
        with pytest.raises(redis.exceptions.OutOfMemoryError):
            [client.set("big", bytes(500_000)) for _ in range(2)]

        assert house._memory_free()

        assert client.set("one more", "1")


def test_a_clock_that_is_off_is_off_in_what_is_signed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An object store is told another time than it has."""
    for module, name in ((time, "time"), (time, "time_ns"), (signing, "get_current_datetime")):
        monkeypatch.setattr(module, name, getattr(module, name))  # as they were, afterwards
    entry.set_clock(tmp_path)
    tmp_path.joinpath(str(os.getpid())).write_text("3600")

    signed = cast(Any, signing).get_current_datetime().replace(tzinfo=UTC)

    assert timedelta(minutes=59) < signed - datetime.now(UTC) < timedelta(minutes=61)


def test_the_processes_that_draw_for_a_worker_are_found() -> None:
    """By their ids, so that they can be killed."""
    worker = SimpleNamespace(pid=os.getpid(), alive=True)
    house = cast(House, SimpleNamespace(parts={"worker-0": worker}))
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        drawer = pool.submit(os.getpid).result()

        assert drawer in House.drawers(house)
    assert drawer not in House.drawers(house)


def _written(events: EventStore) -> int:
    """Bytes that are acknowledged until the store takes no more."""
    acknowledged = 0
    try:
        with events.client() as client:
            while True:
                client.append("written", "w" * 100)
                acknowledged += 100
    except (redis.RedisError, OSError):
        return acknowledged
