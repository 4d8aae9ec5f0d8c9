"""That processes which draw are found, and searched where they hold what is looked for."""

import os
import secrets
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from tests.prove.house import House
from tests.prove.needles import Needles
from tests.prove.pool import KEY, Pool, held

#: Starts a process as pools do, which has a key and waits for events.
FACE = """
import multiprocessing, sys
from tests.prove.test_pool import draw
process = multiprocessing.get_context("spawn").Process(target=draw, args=(sys.stdin.buffer.read(32), sys.argv[1]))
process.start()
process.join()
"""
#: Sends an event to whoever waits for it.
EVENTS = "import sys; open(sys.argv[1], 'wb').write(b'.')"


def draw(key: bytes, events: str) -> None:
    with socket.socket(), Path(events).open("rb") as stream:
        stream.read(1)
    del key


def test_a_process_that_draws_is_searched_while_it_has_its_key(tmp_path: Path) -> None:
    """The event store goes on afterwards, and so does who draws: nothing of it is left."""
    key, fifo = secrets.token_bytes(32), tmp_path / "events"
    os.mkfifo(fifo)
    with (
        subprocess.Popen([sys.executable, "-c", EVENTS, str(fifo)]) as events,
        subprocess.Popen([sys.executable, "-c", FACE, str(fifo)], stdin=subprocess.PIPE) as face,
    ):
        house = SimpleNamespace(faces=(None, face), events=events)
        watching = Pool(cast(House, house), Needles({KEY[0]: [key]}))
        watching.start()
        assert face.stdin
        face.stdin.write(key)
        face.stdin.close()

        assert 0 == face.wait(60)
        watching.stop()

    assert {KEY: 1} == watching.found.wrong
    assert 1 == len(watching.ids)
    assert [] == list(held(watching.ids))
