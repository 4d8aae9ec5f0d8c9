"""What can go wrong, each as something that begins, lasts a while, and ends."""

import contextlib
import os
import random
import resource
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import redis

from tests.torture import wires
from tests.torture.house import LANES, House
from tests.torture.lanes import CUTTING, SPOILING

Act = Callable[[], object]
#: By how much a clock is off, s.
JUMP = 3600


@dataclass(frozen=True)
class Fault:
    """`seconds` after its begin it ends; all that while `during` is called again and again."""

    name: str
    seconds: float
    begin: Act
    end: Act = lambda: None
    during: Act = lambda: None


def chosen(rng: random.Random, house: House) -> Fault:
    kinds = (_killed, _all_killed, _stopped, _spoilt, _cut, _clock_jumps, _disk_full, _memory_full)
    weights = (8, 1, 4, 6, 4, 3, 2, 2)
    kind = rng.choices(kinds, weights)[0]
    return kind(rng, house)


def _killed(rng: random.Random, house: House) -> Fault:
    name = rng.choice([*house.parts, "events"])
    return Fault(f"kill {name}", rng.uniform(0, 1.5), lambda: _kill(house, name), lambda: _want(house, name))


def _all_killed(rng: random.Random, house: House) -> Fault:
    names = sorted({*house.parts, "events"})

    def begin() -> None:
        house.wanted.clear()
        for name in names:
            _kill(house, name)

    def again() -> None:
        for name in names:
            _want(house, name)

    return Fault("kill all", rng.uniform(0, 1), begin, again)


def _want(house: House, name: str) -> None:
    """Have it started again; an embedded event store is, by itself."""
    if name in house.parts:
        house.wanted.add(name)


def _kill(house: House, name: str) -> None:
    house.wanted.discard(name)
    if name in house.parts:
        house.parts[name].kill()
    else:
        _signal_store(house, signal.SIGKILL)


def _stopped(rng: random.Random, house: House) -> Fault:
    name = rng.choice([*house.parts, "events", "worker-0", "worker-1"])
    seconds = rng.uniform(3, 8) if name.startswith("worker") else rng.uniform(0.5, 3)
    pid = _pid(house, name)
    return Fault(
        f"stop {name}", seconds, lambda: _send(pid, signal.SIGSTOP), lambda: _send(pid, signal.SIGCONT)
    )


def _spoilt(rng: random.Random, house: House) -> Fault:
    lane, how = rng.choice([each for each in LANES if each.endswith("objects")]), rng.choice(SPOILING)
    return _on_lane(house, lane, how, rng.uniform(0.3, 3))


def _cut(rng: random.Random, house: House) -> Fault:
    ways = [how for how in CUTTING if how != "cut" or wires.permitted()]
    return _on_lane(house, rng.choice(LANES), rng.choice(ways), rng.uniform(0.3, 3))


def _on_lane(house: House, lane: str, how: str, seconds: float) -> Fault:
    return Fault(f"{lane} {how}", seconds, lambda: house.spoil(lane, how), lambda: house.spoil(lane, "pass"))


def _clock_jumps(rng: random.Random, house: House) -> Fault:
    name = rng.choice([name for name in house.parts if name.startswith(("collector", "worker"))])
    by, pid = rng.choice((-JUMP, JUMP)), _pid(house, name)
    file = house.clocks / str(pid)
    return Fault(
        f"clock of {name} {by:+d} s",
        rng.uniform(0.5, 3),
        lambda: file.write_text(str(by)),
        lambda: file.write_text("0"),
    )


def _disk_full(rng: random.Random, house: House) -> Fault:
    """No file of the event store may become larger than a few more batches; nor of one that is started meanwhile."""
    room = rng.randint(100, 20_000)
    size = resource.RLIM_INFINITY

    def begin() -> None:
        nonlocal size
        size = max(_sizes(house), default=0) + room

    def limit(to: int) -> None:
        _limit(_pid(house, "events"), to)

    return Fault(
        "disk full", rng.uniform(0.5, 3), begin, lambda: limit(resource.RLIM_INFINITY), lambda: limit(size)
    )


def _sizes(house: House) -> Iterator[int]:
    for path in house.events.folder.glob("appendonlydir/*incr*"):
        with contextlib.suppress(FileNotFoundError):
            yield path.stat().st_size


def _memory_full(rng: random.Random, house: House) -> Fault:
    """The event store may take a few more batches."""
    room = rng.randint(1000, 200_000)
    return Fault(
        "memory full",
        rng.uniform(0.5, 2),
        lambda: _allow_memory(house, room),
        lambda: _allow_memory(house, None),
    )


def _allow_memory(house: House, room: int | None) -> None:
    with contextlib.suppress(redis.RedisError, OSError), house.events.client(0.5) as client:
        used = int(client.info("memory")["used_memory"])
        client.config_set("maxmemory", 0 if room is None else used + room)


def _limit(pid: int, size: int) -> None:
    if not pid:
        return
    with contextlib.suppress(ProcessLookupError):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def _pid(house: House, name: str) -> int:
    """0 when it is not there now."""
    if name in house.parts:
        return house.parts[name].pid if house.parts[name].alive else 0
    with contextlib.suppress(OSError):
        return house.events.pid
    return 0


def _signal_store(house: House, how: signal.Signals) -> None:
    _send(_pid(house, "events"), how)


def _send(pid: int, how: signal.Signals) -> None:
    if pid:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, how)
