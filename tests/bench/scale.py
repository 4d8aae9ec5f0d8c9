"""`make bench-scale`: what a visitor costs, and whether four times as many cost four times as much.

Three recordings, of once, twice and four times as many visitor sessions of 2,000 events each, go the real way: sent to
collectors over HTTP, on disk in the event store before each answer, then drawn by `yesmap drawer` processes of a Dask
scheduler. The recordings take turns, and so do one, two and four collectors, and as many drawers, so that what else the
machine does falls on all of them. Last, the same batches to event stores of one, two and four shards, each with its
replica.

Costs are processor time, which a busy machine does not change much; rates are by the clock, medians of the rounds. All
processes share this machine, with the load itself: on two cores no number of collectors, drawers or shards can give
much more than the rate of one, which fills them with its store and its load. What counts is their processor time for
the same work: as far as a batch, or an event, costs more the more of them share it, more of them help less.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import SecretStr
from rich.console import Console
from rich.table import Table

from heatmap.parts import opened
from recorder.settings import read as settings
from tests import eventstores
from tests.bench.collecting import CREWS, Collecting, on_shards
from tests.bench.crowd import BATCHES, EVENTS, Crowd
from tests.bench.drawing import Drawing
from tests.bench.growth import Growth, fit

SIZES = (1, 2, 4)
IN_BYTES = {"memory of the event store", "sent by browsers"}
CONSOLE = Console(width=120)


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--sessions", type=int, default=400, help="of the smallest recording (default 400)")
    chosen = words.parse_args()
    with tempfile.TemporaryDirectory(prefix="yesmap-bench-") as folder:
        figures = asyncio.run(bench(Path(folder), chosen.sessions))
    print(json.dumps(figures))


async def bench(folder: Path, sessions: int) -> dict[str, float]:
    with eventstores.embedded(folder / "events") as store:
        chosen = settings(data=folder, redis_url=SecretStr(store.url), store_url=None, key_store_url=None)
        async with opened(chosen) as parts:
            crowds = [await Crowd.made(parts, chosen, size, sessions * size) for size in SIZES]
            collecting, drawing = Collecting(store), Drawing(store)
            await asyncio.to_thread(collecting.measure, folder, crowds)
            memory = {crowd.size: await crowd.memory(parts.log) for crowd in crowds}
            await drawing.measure(folder, parts, chosen, crowds)
    sharded = await asyncio.to_thread(asyncio.run, on_shards(folder, crowds[0]))
    costs: dict[str, Mapping[int, float]] = {
        "collectors": collecting.collectors,
        "event store, collecting": collecting.stores,
        "drawers": {size: statistics.median(each) for size, each in drawing.drawers.items()},
        "event store, drawing": {size: statistics.median(each) for size, each in drawing.stores.items()},
        "memory of the event store": memory,
        "sent by browsers": {crowd.size: crowd.bytes_sent for crowd in crowds},
    }
    growth = {name: fit(each) for name, each in costs.items()}
    tell(crowds, costs, growth)
    tell_crews(collecting, drawing, sharded)
    largest = crowds[-1]
    return {
        "sessions": largest.sessions,
        "events": largest.events,
        **{f"collect_events_per_s_{n}": round(EVENTS * rate) for n, rate in collecting.rates().items()},
        **{f"draw_events_per_s_{n}": round(rate) for n, rate in drawing.rates().items()},
        "memory_bytes_per_session": round(memory[largest.size] / largest.sessions),
        "exponent": max((each.exponent for each in growth.values()), key=lambda e: abs(e - 1)),
    }


def tell(
    crowds: Sequence[Crowd], costs: Mapping[str, Mapping[int, float]], growth: dict[str, Growth]
) -> None:
    """What 1,000 visitors cost in each recording, and how the whole grows: 1 is linear."""
    sizes = (f"{crowd.sessions} sessions" for crowd in crowds)
    table = Table(
        "for 1,000 sessions", *sizes, "exponent", "residual", title=f"{BATCHES * EVENTS} events each"
    )
    for name, each in costs.items():
        by_size = {crowd.size: each[crowd.size] / crowd.sessions * 1000 for crowd in crowds}
        told = (f"{n / 1e6:.2f} MB" if name in IN_BYTES else f"{n:.2f} core-s" for n in by_size.values())
        table.add_row(name, *told, f"{growth[name].exponent:.3f}", f"{growth[name].residual:.1%}")
    CONSOLE.print(table)


def tell_crews(collecting: Collecting, drawing: Drawing, sharded: dict[int, tuple[float, float]]) -> None:
    """What one, two and four cost, each for the same work."""
    table = Table("", *map(str, CREWS))
    for name, rates, scale in (
        ("collectors: events/s", collecting.rates(), EVENTS),
        ("drawers: events/s", drawing.rates(), 1),
    ):
        table.add_row(name, *(f"{rate * scale:,.0f}" for rate in rates.values()))
    batch = [spent / collecting.batches[n] * 1e6 for n, spent in collecting.by_crew.items()]
    table.add_row("collectors: core-μs a batch", *(f"{each:.0f}" for each in batch))
    million = [statistics.median(spent) * 1e6 for spent in drawing.by_crew.values()]
    table.add_row("drawers: core-s a million events", *(f"{each:.2f}" for each in million))
    for n, who in enumerate(("collectors", "all servers")):
        told = (f"{each[n] * 1e6:.0f}" for each in sharded.values())
        table.add_row(f"shards, each two servers: core-μs a batch, {who}", *told)
    CONSOLE.print(table)


if __name__ == "__main__":
    main()
