import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import redis

from recorder.embedded import event_store
from recorder.errors import Unusable


def test_what_was_written_is_there_at_the_next_start(tmp_path: Path) -> None:
    """The store goes on with the same data."""
    with event_store(tmp_path) as url, redis.from_url(url) as client:
        client.set("name", "value")

    with event_store(tmp_path) as url, redis.from_url(url) as client:
        assert b"value" == client.get("name")


def test_every_write_is_synced_and_nothing_is_evicted(tmp_path: Path) -> None:
    """The settings that the promises rest on are on, and no rewrite but ours keeps batches waiting."""
    wanted = {
        "appendonly": "yes",
        "appendfsync": "always",
        "maxmemory-policy": "noeviction",
        "slowlog-max-len": "0",
        "auto-aof-rewrite-percentage": "0",
    }

    with event_store(tmp_path) as url, redis.from_url(url, decode_responses=True) as client:
        assert wanted == {name: client.config_get(name)[name] for name in wanted}


def test_only_its_owner_can_reach_the_store(tmp_path: Path) -> None:
    """The folder and the socket are closed to everybody else."""
    with event_store(tmp_path / "events"):
        assert 0o700 == (tmp_path / "events").stat().st_mode & 0o777
        assert 0o700 == (tmp_path / "events" / "events.sock").stat().st_mode & 0o777


def test_a_folder_too_deep_for_a_socket_is_no_obstacle(tmp_path: Path) -> None:
    """The kernel's limit of about 100 bytes for a socket's path is worked around."""
    deep = tmp_path / ("d" * 60) / ("e" * 60)

    with event_store(deep) as url, redis.from_url(url) as client:
        assert client.ping()


def test_a_second_store_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    """Two stores would tear one file apart: the second start says so in one sentence."""
    refused = pytest.raises(Unusable, match="Another Yesmap runs on")

    with event_store(tmp_path / "events"), refused, event_store(tmp_path / "events"):
        pass


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_child_does_not_outlive_its_parent(tmp_path: Path, how: signal.Signals) -> None:
    """However the parent ends, the store ends with it, and a new one can start at once."""
    script = (
        "import pathlib, signal, sys, time\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell may start us without
        "from recorder.embedded import event_store\n"
        "with event_store(pathlib.Path(sys.argv[1])):\n"
        "    print('ready', flush=True)\n"
        "    time.sleep(60)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as parent:
        assert parent.stdout
        assert "ready" == parent.stdout.readline().strip()
        [child] = children(parent.pid)
        parent.send_signal(how)
        parent.wait(20)

    assert _gone(child)
    with event_store(tmp_path):
        pass


def children(parent: int) -> list[int]:
    """Process ids of the children of a process, whichever of its threads started them."""
    threads = Path(f"/proc/{parent}/task").iterdir()
    return sorted(int(pid) for thread in threads for pid in (thread / "children").read_text().split())


def _gone(pid: int) -> bool:
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False
