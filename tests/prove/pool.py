"""The processes that the team's face starts to draw the final pictures: stopped where they have the key, and searched.

They live for a second or two. So the event store is stopped as soon as they are there: each is given the key when it
has started, and then waits for the events. There it is stopped in its turn, for as long as the search takes; perhaps it
has waited too long then, and the recording is drawn again.
"""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from tests.prove import memory
from tests.prove.findings import Findings, search
from tests.prove.house import House
from tests.prove.needles import Needles
from tests.prove.places import Pieces

PLACE = "memory of drawing processes"
KEY = "recording key", PLACE
#: A process imports all that draws before it is given anything: two seconds, more on a busy machine.
START_SECONDS = 30.0
#: A recording is closed, and its sessions are counted, before anybody draws.
COME_SECONDS = 30.0


class Pool(threading.Thread):
    """Waits for them, and searches them while they draw; `ids` are theirs, `found` is what they had."""

    def __init__(self, house: House, needles: Needles) -> None:
        super().__init__(daemon=True)
        self._house, self._needles = house, needles
        self._stopped = threading.Event()
        self.ids: set[int] = set()
        self.found = Findings()

    def run(self) -> None:
        end = time.monotonic() + COME_SECONDS
        while not self._look() and time.monotonic() < end and not self._stopped.wait(0.02):
            pass
        with contextlib.ExitStack() as held_up:
            for pid in self._given() if self.ids else ():
                held_up.enter_context(_stopped(pid))
            self.found = search([(PLACE, held(self.ids))], self._needles)
        while not self._stopped.wait(0.05):
            self._look()  # who draws again

    def _given(self) -> list[int]:
        """Those that have been given the key, as soon as there are some."""
        end = time.monotonic() + START_SECONDS
        with _stopped(self._house.events.pid):
            while (there := self._look()) and time.monotonic() < end:
                if given := [pid for pid in there if _connects(pid)]:
                    return given
                time.sleep(0.02)
        return []

    def stop(self) -> None:
        """The recording has ended."""
        self._stopped.set()
        self.join()

    def _look(self) -> set[int]:
        """Those that are there now."""
        now = {child for child in memory.children(self._house.faces[1].pid) if _draws(child)}
        self.ids |= now
        return now


def held(ids: set[int]) -> Pieces:
    """What these have in memory, as far as they are there."""
    for pid in sorted(ids):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            yield from (("", piece) for piece in memory.pieces(pid))


def _draws(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


def _connects(pid: int) -> bool:
    """Whether it has sockets: the first thing that it needs to do what it was told, and nothing before."""
    with contextlib.suppress(OSError):
        return any(str(file.readlink()).startswith("socket:") for file in Path(f"/proc/{pid}/fd").iterdir())
    return False


@contextlib.contextmanager
def _stopped(pid: int) -> Iterator[None]:
    """This process does nothing in this block."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
