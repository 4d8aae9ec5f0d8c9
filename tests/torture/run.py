"""One run: a recording under load and under faults until its end, then the pictures against the ledger."""

import asyncio
import contextlib
import json
import os
import random
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from heatmap import parts
from heatmap.end import certificate, end
from heatmap.parts import Parts
from heatmap.pictures import kept
from heatmap.snapshots import snapshots
from recorder import forget
from recorder.errors import YesmapError
from recorder.recording import ENDING, Recording, State
from tests.conftest import a_recording
from tests.processes import Process, environment, module
from tests.torture import faults, page
from tests.torture.faults import Fault
from tests.torture.house import House
from tests.torture.ledger import Ledger, Told, Verdict, compare

T = TypeVar("T")

#: Visitors that come before anything goes wrong, enough for a pool of drawers; and after that, if the machine is fast
#: enough for as many.
CALM, SESSIONS = 1200, 5000
#: Visitors of a run under no fault.
FEW = 200
#: Until then it is ended by hand, or its end is brought forward.
LIFE_SECONDS = 3600.0
#: How long things go wrong: while the recording runs, and from its closing on.
RUNNING_SECONDS, ENDING_SECONDS = 12.0, 8.0
#: From one fault to the next.
CALM_SECONDS = (0.1, 1.2)
#: When everything works again, an end takes some seconds; a lease has to end first.
FINISH_SECONDS = 180.0
#: Ordered deaths of a run: before or after a state is written.
DEATHS = [f"{when}-{state}" for state in ENDING for when in ("before", "after")]
DEATHS_A_RUN = 3
#: Of a pool's processes so many are killed a run, each so long after it is seen: while it starts, or reads.
DRAWERS_A_RUN = 2
AT_WORK_SECONDS = (0.0, 1.5)


@dataclass
class Result:
    """What came of a run, or of a death in the sweep."""

    name: str
    verdict: Verdict
    ledger: Ledger
    faults: list[str]
    finished: bool
    raw_left: int
    seconds: float
    logs: Path
    seed: int | None = None

    @property
    def good(self) -> bool:
        """All as it should be; and most clicks have to be on elements where the ledger knows everything."""
        known = 2 * self.verdict.exact >= self.verdict.counted
        return self.verdict.good and self.finished and known and not (self.raw_left or self.ledger.odd)


@dataclass
class Chaos:
    """Faults at random, beginning and ending in their time."""

    house: House
    rng: random.Random
    done: list[str] = field(default_factory=list)
    _under_way: list[tuple[float, Fault]] = field(default_factory=list)
    _next: float = 0.0

    def for_(self, seconds: float) -> None:
        end_ = time.monotonic() + seconds
        while (now := time.monotonic()) < end_:
            if now >= self._next:
                self._begin(now)
            self._end_what_is_over(now)
            for _, fault in self._under_way:
                fault.during()
            self.house.tend()
            time.sleep(0.02)

    def stop(self) -> None:
        self._end_what_is_over(float("inf"))
        self.house.heal()

    def _begin(self, now: float) -> None:
        fault = faults.chosen(self.rng, self.house)
        self.done.append(fault.name)
        fault.begin()
        self._under_way.append((now + fault.seconds, fault))
        self._next = now + self.rng.uniform(*CALM_SECONDS)

    def _end_what_is_over(self, now: float) -> None:
        for each in [one for one in self._under_way if one[0] <= now]:
            self._under_way.remove(each)
            each[1].end()


class Hunter(threading.Thread):
    """Kills processes that draw for a worker, some time after they are there."""

    def __init__(self, house: House, rng: random.Random) -> None:
        super().__init__(daemon=True)
        self._house, self._rng = house, rng
        self._killed: list[str] = []
        self._stopped = threading.Event()

    def run(self) -> None:
        while len(self._killed) < DRAWERS_A_RUN and not self._stopped.wait(0.05):
            if drawers := self._house.drawers():
                prey = self._rng.choice(drawers)
                self._stopped.wait(self._rng.uniform(*AT_WORK_SECONDS))
                if prey in self._house.drawers():
                    os.kill(prey, signal.SIGKILL)
                    self._killed.append("kill drawer")

    def stop(self) -> list[str]:
        self._stopped.set()
        self.join()
        return self._killed


def run(house: House, seed: int) -> Result:
    """Whatever becomes of it, nothing that it has begun goes on afterwards."""
    began, rng = time.monotonic(), random.Random(seed)
    recording = asyncio.run(with_parts(house, open_recording))
    ledger_file = house.folder / f"ledger-{seed}.json"
    with contextlib.ExitStack() as begun:
        load = begun.enter_context(_load(house, recording, seed, ledger_file))
        # It comes to its end by itself, unless it is ended by hand before.
        life = RUNNING_SECONDS + rng.uniform(1, 4)
        asyncio.run(with_parts(house, lambda opened: end_in(opened, recording.id, life)))
        chaos, hunter = Chaos(house, rng), Hunter(house, random.Random(seed))
        hunter.start()
        begun.callback(hunter.stop)
        begun.callback(chaos.stop)
        for death in rng.sample(DEATHS, DEATHS_A_RUN):
            house.deaths.joinpath(f"{recording.id}.{death}").touch()
            chaos.done.append(f"die {death}")
        chaos.for_(RUNNING_SECONDS)
        closing = threading.Thread(target=_close, args=(house, recording.id), daemon=True)
        if by_hand := rng.random() < 0.5:  # else it comes to its end by itself
            closing.start()
        chaos.for_(ENDING_SECONDS)
        chaos.stop()
        if by_hand:
            closing.join()
        _finish(load)
        finished = bool(certified(house, [recording.id]))
        chaos.done += hunter.stop()
    told, raw_left = asyncio.run(with_parts(house, lambda opened: outcome(opened, recording.id)))
    ledger = Ledger.from_json(ledger_file.read_text())
    verdict = compare(ledger, told)
    seconds = time.monotonic() - began
    name = f"seed {seed}"
    return Result(name, verdict, ledger, chaos.done, finished, raw_left, seconds, house.folder, seed)


def failed(name: str, logs: Path, seconds: float, seed: int | None = None) -> Result:
    """What is told of a run, a death or a mutant in which the torture itself failed."""
    return Result(name, compare(Ledger(), Told()), Ledger(), [], False, 0, seconds, logs, seed)


def quiet(house: House) -> Result:
    """A small recording under no fault."""
    began = time.monotonic()
    recording = asyncio.run(with_parts(house, open_recording))
    ledger_file = house.folder / "ledger.json"
    with _load(house, recording, 0, ledger_file, calm=FEW, sessions=0) as load:
        _finish(load)
    _close(house, recording.id)
    finished = bool(certified(house, [recording.id]))
    told, left = asyncio.run(with_parts(house, lambda opened: outcome(opened, recording.id)))
    ledger = Ledger.from_json(ledger_file.read_text())
    seconds = time.monotonic() - began
    return Result("quiet", compare(ledger, told), ledger, [], finished, left, seconds, house.folder)


async def open_recording(opened: Parts, origin: str = page.ORIGIN) -> Recording:
    """A recording that runs for longer than anything takes."""
    end_ = time.time_ns() // 1_000_000 + round(1000 * LIFE_SECONDS)
    pages = [{"name": "Home", "pattern": "/"}]
    made = a_recording(origins=[origin], pages=pages, purposes=["heatmap"], min_sessions=10, end=end_)
    await opened.store.put(snapshots.key(made.id, snapshots.Name(0, "desktop"), "json"), page.snapshot())
    return await opened.registry.open(made)


async def end_in(opened: Parts, name: str, seconds: float) -> None:
    """Bring the end forward: in so many seconds it ends by itself."""
    end_ = time.time_ns() // 1_000_000 + round(1000 * seconds)
    await opened.registry.change(name, lambda r: r.model_copy(update={"end": end_}))


@contextlib.contextmanager
def _load(
    house: House, recording: Recording, seed: int, ledger: Path, calm: int = CALM, sessions: int = SESSIONS
) -> Iterator[Process]:
    """The load generator, once its first crowd is in."""
    about = {"recording": recording.id, "nv": recording.nv, "ports": house.ports, "seed": seed}
    config = json.dumps(about | {"calm": calm, "sessions": sessions, "ledger": str(ledger)})
    log = house.folder / "logs" / f"load-{seed}.log"
    load = Process("load", module("tests.torture.load", config), environment(house.folder), log, "quiet")
    load.start(stdin=subprocess.PIPE)
    try:
        load.wait()
        yield load
    finally:
        load.kill()
        if load.child and load.child.stdin:
            load.child.stdin.close()


def _close(house: House, name: str) -> None:
    """By hand, however long it takes."""
    asyncio.run(with_parts(house, lambda opened: end.close(opened, name)))


def _finish(load: Process) -> None:
    assert load.child
    load.child.communicate(b"stop\n", timeout=120)
    if load.child.returncode:
        raise RuntimeError(f"the load generator failed: {load.log.read_text()[-2000:]}")


def certified(house: House, names: list[str], seconds: float = FINISH_SECONDS) -> set[str]:
    """Those of the recordings that come to their end in time."""

    async def look(opened: Parts) -> set[str]:
        return {name for name in names if (await opened.registry.read(name)).state == State.CERTIFIED}

    end_ = time.monotonic() + seconds
    while True:
        house.tend()
        found = asyncio.run(with_parts(house, look))
        if len(found) == len(names) or time.monotonic() > end_:
            return found
        time.sleep(0.3)


async def outcome(opened: Parts, name: str) -> tuple[Told, int]:
    """What is told in the end, and how many raw keys are left. The recording is put away."""
    told, left = Told(), await forget.raw_keys_left(opened.log, name)
    with contextlib.suppress(YesmapError):
        certified = certificate.verify((await opened.store.get(f"certificates/{name}.json")).data)
        told = await _told(opened, await opened.registry.read(name), certified)
        await opened.store.delete(f"recordings/{name}.json")
    return told, left


async def _told(opened: Parts, recording: Recording, certified: dict[str, Any]) -> Told:
    lost, counted = "lost" in certified, ("sessions", "batches", "missing")
    counts = {f"certified_{each}": certified["counts"][each] for each in counted if not lost}
    if not recording.results["pictures"]:
        return Told(**counts, keys_lost=lost)
    rows = json.loads(await kept(opened, recording, "0/desktop/elements.json"))
    facts = json.loads(await kept(opened, recording, "0/desktop/facts.json"))
    numbered = {int(row["hash"], 16) - page.FIRST_HASH: row for row in rows}
    return Told(
        clicks=Counter({element: row["clicks"] or 0 for element, row in numbered.items()}),
        clicked=Counter({element: row["clicked"] or 0 for element, row in numbered.items()}),
        saw=max(row["saw"] for row in rows),
        sessions=facts["sessions"],
        **counts,
    )


async def with_parts(house: House, do: Callable[[Parts], Awaitable[T]]) -> T:
    """Something done with the stores as they are, by a way without faults; again while one of them is down."""
    last = YesmapError("The stores did not come up.")
    for _ in range(300):
        try:
            async with parts.opened(house.direct) as opened:
                return await do(opened)
        except YesmapError as error:
            last = error
            await asyncio.sleep(0.2)
    raise last
