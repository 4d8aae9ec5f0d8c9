"""How fast this machine is, from moment to moment: a process that does the same small piece of work again and again.

Its processor time for that does not depend on who else waits for a processor. Where it is a multiple of the usual, the
processor itself was slower: lent to somebody else, which a guest is not told.
"""

import contextlib
import hashlib
import json
import select
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

WORK = bytes(8192)
#: Between two beats.
PAUSE_SECONDS = 0.002
#: A beat that takes so many times the usual is slow; a second with so many of them was not like others.
SLOW, MANY = 3.0, 3


class Pulse:
    """When beats were slow, s of `perf_counter`: known once it has ended."""

    def __init__(self) -> None:
        self.slow: list[float] = []

    def steady(self, begin: float, end: float) -> bool:
        """Whether the machine kept its speed from then to then."""
        return sum(begin <= at < end for at in self.slow) < MANY


@contextlib.contextmanager
def pulse() -> Iterator[Pulse]:
    """Felt during the block."""
    felt, command = Pulse(), [sys.executable, "-m", "tests.bench.pulse"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            yield felt
        finally:
            felt.slow = json.loads(process.communicate()[0])


def slow(beats: list[tuple[float, float]]) -> list[float]:
    """The times of those beats, as time and seconds, that took far longer than they do."""
    usual = statistics.median(took for _, took in beats)
    return [at for at, took in beats if took > SLOW * usual]


def main() -> None:
    """Until stdin ends."""
    beats: list[tuple[float, float]] = []
    while not (beats and select.select([sys.stdin], [], [], PAUSE_SECONDS)[0]):
        at, began = time.perf_counter(), time.thread_time()
        hashlib.sha256(WORK)
        beats.append((at, time.thread_time() - began))
    print(json.dumps(slow(beats)))


if __name__ == "__main__":
    main()
