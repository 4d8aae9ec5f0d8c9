"""`make bench-collector`: how close taking batches comes to an empty handler, on this machine, now.

One collector process answers both on two ports of one event loop: an empty aiohttp handler with the same body, and the
full path (token, validation, sealing, gate, write), with the event store's fsync off and on. The three alternate, so
that what else the machine does falls on all of them; the figures are medians over the rounds. Then how long an answer
takes at half that speed, with fsync on, second by second: a machine that is not there for a moment spoils that second
only, and the worst one is told too; so is the median of those seconds in which the machine kept its speed, as a process
beside it feels it, how long the disk alone takes to keep as many bytes, and how long the empty handler takes to answer
at the same rate. Last, processor time per batch of one, two and four processes on one port, which alternate as well:
each gets as many batches a second as one alone, and all together a third of what one can take, so that they do not wait
for processors.

The figures are of the program as it is run: all of these processes write over the memory that they free
(`recorder.overwriting`), the empty handler too.
"""

import argparse
import contextlib
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis
from rich.console import Console
from rich.table import Table

from recorder.embedded import event_store
from recorder.eventlog import FIELD_BYTES
from tests.bench.batches import EVENTS, requests
from tests.bench.load import CONNECTIONS, Load
from tests.bench.measured import cpu_seconds, started
from tests.bench.pulse import pulse

CREWS = (1, 2, 4)
#: For so long answers are timed.
SECONDS = 15
#: What one batch adds to the event store's append-only file.
BATCH_BYTES = 1_500


@dataclass
class Series:
    """What was measured, round by round."""

    ceiling: list[float] = field(default_factory=list)
    off: list[float] = field(default_factory=list)
    durable: list[float] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--rounds", type=int, default=7)
    words.add_argument("--seconds", type=float, default=3.0, help="of each measurement of each round")
    chosen = words.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="yesmap-bench-") as folder,
        event_store(Path(folder) / "events") as url,
        redis.from_url(url) as store,
    ):
        with started("tests.bench.server", folder, url) as (told, pid):
            figures = _measure(told, store, pid, Path(folder) / "alone", chosen)
        rate = figures["collect_rps"] / (3 * max(CREWS))
        figures |= _crews(folder, url, told["tokens"], chosen, rate)
    _table(figures)
    print(json.dumps(figures))


def _crews(
    folder: str, url: str, tokens: list[str], chosen: argparse.Namespace, rate: float
) -> dict[str, float]:
    """Processor time per batch, μs, of as many processes on one port as the name says, at a rate for each."""
    with contextlib.ExitStack() as stack:
        crews = {n: stack.enter_context(started("tests.bench.crew", folder, url, str(n)))[0] for n in CREWS}
        times: dict[int, list[float]] = {size: [] for size in CREWS}
        for _ in range(chosen.rounds):
            for size, told in crews.items():
                port, connections = told["port"], CONNECTIONS * size
                with Load(port, requests(tokens, port), connections) as load:
                    before = sum(map(cpu_seconds, told["pids"]))
                    load.open(chosen.seconds, rate * size)
                    spent = sum(map(cpu_seconds, told["pids"])) - before
                times[size].append(spent / load.acknowledged * 1e6)
    return {f"cpu_us_per_batch_{size}": round(statistics.median(times[size]), 1) for size in CREWS}


def _measure(
    told: dict[str, Any], store: "redis.Redis", pid: int, file: Path, chosen: argparse.Namespace
) -> dict[str, float]:
    [empty_port, port] = told["ports"]
    before = _used(store)
    with (
        Load(empty_port, requests(told["tokens"], empty_port)) as empty,
        Load(port, requests(told["tokens"], port)) as full,
    ):
        empty.closed(1)
        full.closed(1)
        series = Series()
        for _ in range(chosen.rounds):
            _round(series, empty, full, store, pid, chosen.seconds)
        collect, times, alone = statistics.median(series.off), list[list[float]](), list[list[float]]()
        begun, idle = list[float](), list[list[float]]()
        store.config_set("appendfsync", "always")
        with pulse() as felt:
            for _ in range(SECONDS):
                begun.append(time.perf_counter())
                times.append(sorted(full.open(1, collect / 2)))
                alone.append(sorted(_synced(file, times[-1])))
                idle.append(sorted(empty.open(1, collect / 2)))
    batches = _kept(store, told["recording"])
    per_event = (_used(store) - before) / (batches * EVENTS)
    assert full.acknowledged == batches, f"{full.acknowledged} batches were acknowledged, {batches} are kept"
    disk = {"fsync_p50_ms": _share(alone, 0.5), "fsync_p99_ms": _share(alone, 0.99)}
    kept = {"bytes_per_event": round(per_event, 2), "rss_mb": _rss_mb(pid)}
    steady = [each for at, each in zip(begun, times, strict=True) if felt.steady(at, at + 1 + each[-1])]
    floor = {"p99_empty_ms": _share(idle, 0.99), "p99_empty_worst_ms": _share(idle, 0.99, max)}
    return _figures(series, times) | floor | _steady(steady) | disk | kept


def _synced(file: Path, answers: list[float]) -> list[float]:
    """How long the disk takes, s, to keep what came in the time of an answer, for a second: nothing else is done."""
    pause, times = statistics.median(answers), list[float]()
    batches = max(1, round(len(answers) * pause))
    end = time.perf_counter() + 1
    with file.open("wb", buffering=0) as written:
        while time.perf_counter() < end:
            written.write(bytes(BATCH_BYTES * batches))
            began = time.perf_counter()
            os.fdatasync(written)
            times.append(time.perf_counter() - began)
            time.sleep(max(0.0, pause - times[-1]))
    return times


def _share(
    times: list[list[float]], q: float, of: Callable[[list[float]], float] = statistics.median
) -> float:
    """The time, ms, within which this share of each series was done: the median of the series, which are sorted."""
    return round(of([each[int(len(each) * q)] for each in times]) * 1000, 2)


def _round(series: Series, empty: Load, full: Load, store: "redis.Redis", pid: int, seconds: float) -> None:
    series.ceiling.append(empty.closed(seconds))
    store.config_set("appendfsync", "no")
    before = cpu_seconds(pid)
    series.off.append(full.closed(seconds))
    series.cpu_us.append((cpu_seconds(pid) - before) / (series.off[-1] * seconds) * 1e6)
    store.config_set("appendfsync", "always")
    series.durable.append(full.closed(seconds))


def _figures(series: Series, times: list[list[float]]) -> dict[str, float]:
    """Medians over the rounds. Ratios are taken within a round: both of its figures had the same machine."""

    def ratio(of: list[float]) -> float:
        return statistics.median(a / b for a, b in zip(of, series.ceiling, strict=True))

    return {
        "ceiling_rps": round(statistics.median(series.ceiling)),
        "collect_rps": round(statistics.median(series.off)),
        "ratio": round(ratio(series.off), 3),
        "collect_durable_rps": round(statistics.median(series.durable)),
        "durable_ratio": round(ratio(series.durable), 3),
        "events_per_s": round(statistics.median(series.durable) * EVENTS),
        "p50_ms": _share(times, 0.5),
        "p99_ms": _share(times, 0.99),
        "p99_worst_ms": _share(times, 0.99, max),
        "cpu_us_per_batch": round(statistics.median(series.cpu_us), 1),
    }


def _steady(times: list[list[float]]) -> dict[str, float]:
    """The same for the seconds in which the machine kept its speed, and how many those were."""
    shown = {"p50_steady_ms": _share(times, 0.5), "p99_steady_ms": _share(times, 0.99)} if times else {}
    return shown | {"steady_seconds": len(times)}


def _table(figures: dict[str, float]) -> None:
    table = Table("what", "value", title=f"{EVENTS} events a batch")
    for name, value in figures.items():
        table.add_row(name, f"{value:,}")
    Console().print(table)


def _used(store: "redis.Redis") -> int:
    """Bytes that the event store has allocated."""
    return int(store.info("memory")["used_memory"])


def _kept(store: "redis.Redis", recording: str) -> int:
    """How many batches the store has, by looking at every session's hash."""
    names = list(store.scan_iter(f"ym:{recording}:{{*", count=1000))
    return sum(len(name) == FIELD_BYTES for session in names for name in store.hkeys(session))


def _rss_mb(pid: int) -> float:
    [line] = [
        line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS")
    ]
    return round(int(line.split()[1]) / 1024, 1)


if __name__ == "__main__":
    main()
