"""Recordings to one, two and four drawers in turn: what drawing costs, and how many events go through."""

import statistics
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from heatmap import gather
from heatmap.cluster.crew import DaskCrew
from heatmap.crew import Crew
from heatmap.drawing import LAYERS
from heatmap.parts import Parts
from recorder.settings import Settings
from tests import drawers
from tests.bench.collecting import CREWS
from tests.bench.crowd import Crowd
from tests.bench.measured import cpu_seconds
from tests.drawers import Cluster
from tests.eventstores import EventStore

ROUNDS = 3


@dataclass
class Drawing:
    """Processor seconds of a drawing by size of the recording and of the crew; events a second of each drawing."""

    store: EventStore
    drawers: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    stores: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    by_crew: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    turns: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))

    async def measure(self, folder: Path, parts: Parts, chosen: Settings, crowds: Sequence[Crowd]) -> None:
        """Each recording by each crew, again and again; a first time that does not count."""
        with ExitStack() as stack:
            crews = {n: stack.enter_context(_cluster(folder / f"drawers{n}", chosen)) for n in CREWS}
            for n, cluster in crews.items():
                for _ in range(n):
                    cluster.drawer()
            for cluster in crews.values():
                for drawer in cluster.drawers:
                    drawer.wait()
                await drawn(parts, cluster, crowds[0])
            for _ in range(ROUNDS):
                for crowd in crowds:
                    for n, cluster in crews.items():
                        await self._turn(parts, cluster, crowd, n)

    async def _turn(self, parts: Parts, cluster: Cluster, crowd: Crowd, number: int) -> None:
        pids = [drawer.pid for drawer in cluster.drawers]
        before, store, began = sum(map(cpu_seconds, pids)), cpu_seconds(self.store.pid), time.perf_counter()
        await drawn(parts, cluster, crowd)
        spent = sum(map(cpu_seconds, pids)) - before
        self.turns[number].append(crowd.events / (time.perf_counter() - began))
        self.drawers[crowd.size].append(spent)
        self.by_crew[number].append(spent / crowd.events)
        self.stores[crowd.size].append(cpu_seconds(self.store.pid) - store)

    def rates(self) -> dict[int, float]:
        """Events a second by size of the crew."""
        return {n: statistics.median(turns) for n, turns in self.turns.items()}


@contextmanager
def _cluster(folder: Path, chosen: Settings) -> Iterator[Cluster]:
    folder.mkdir()
    with drawers.cluster(folder, chosen) as running:
        yield running


async def drawn(parts: Parts, cluster: Cluster, crowd: Crowd) -> None:
    """Both passes over a recording, as at its end: everything that grows with its visitors."""
    parts = replace(parts, crew=DaskCrew(cluster.settings, Crew("")))
    over = await gather.look_over(parts, crowd.recording)
    counts = over.counts()
    assert (crowd.sessions, crowd.events, 0) == tuple(counts[n] for n in ("sessions", "events", "automated"))
    for places in await gather.passes(parts, crowd.recording, over.census):
        empty = {each: await gather.open_page(parts, crowd.recording, each, over.census) for each in places}
        filled = await gather.fill(parts, crowd.recording, empty, list(LAYERS))
        assert crowd.sessions == sum(sum(page.sessions.values()) for page in filled.values())
