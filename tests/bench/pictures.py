"""How fast pictures are made: `make bench-pictures`. The last line is JSON; every figure is a median of rounds.

- `e2e_events_per_s`: sealed batches in the event store, read, opened, placed by element, counted once for each
  session and cell, by one process on one core. `redis_read_events_per_s`: the same batches, only read. `ratio`: the
  first by the second.
- `bin_events_per_s` and `datashader_events_per_s`: plain counts of the same points in the same grid, in memory.
- `draw_ms`: a grid of 1280×5000 px with heat all over it to its PNG: smoothing, tones, colours.
- `crowd_ms`: from what was counted to that grid, by the crowd rule.
- `two_process_speedup`: the same as `e2e`, by two processes with half of the sessions each, against one.
- `preview_ms`: every layer of a page's first view, from the event store, by the service's own function.
- `peak_rss_mb`: the most memory that this process had, its points in memory included; `growth_mb`: by how much reading
  four times as many events raises the most memory that reading needs.

Memory is written over when it is freed, as in the service. Sessions are pointer paths of a seeded chance over a page of
60 elements, in batches of five seconds, as the browser sends them. `--events` sets how many there are (1,000,000).
"""

import argparse
import asyncio
import contextlib
import json
import multiprocessing
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import SecretStr

from heatmap import bins, draw, gather, layers
from heatmap.draw import Heat
from heatmap.parts import Parts, opened
from heatmap.raw import slices
from heatmap.sheet import ELEMENT, Sheet
from heatmap.snapshots import snapshots
from recorder import events, overwriting, recording, seal
from recorder.embedded import event_store
from recorder.eventlog import EventLog
from recorder.events import RECORD, Batch, Kind
from recorder.eventstore import connect
from recorder.recording import DAY_MS, Recording
from recorder.settings import Settings
from recorder.settings import read as settings
from recorder.views import now_ms

WIDTH, HEIGHT, ELEMENTS = 1280, 5000, 60
#: Events of a visitor session, and of a batch: five seconds at 20 moves a second.
SESSION, BATCH = 2000, 100
ROUNDS = 9
SEED = 1


def sheet() -> Sheet:
    """Sixty boxes, in four columns down the page."""
    rows = [
        (0x9E3779B1 * (n + 1) % 2**32, 20 + n % 4 * 310, 40 + n // 4 * 320, 300, 300, True, False, False)
        for n in range(ELEMENTS)
    ]
    return Sheet(WIDTH, HEIGHT, np.sort(np.array(rows, ELEMENT), order="hash"))


def batches(rng: np.random.Generator, page: Sheet) -> list[Batch]:
    """One session, of one page load: a path from element to element."""
    hashes = page.elements["hash"]
    goal = np.repeat(rng.integers(0, ELEMENTS, SESSION // 20), 20)
    place = np.clip(rng.normal(0.5, 0.2, (SESSION, 2)).cumsum(axis=0) % 1, 0, 1) * 65535
    box = page.elements[goal]
    load = rng.bytes(8)
    made = []
    for number, start in enumerate(range(0, SESSION, BATCH)):
        some = slice(start, start + BATCH)
        table, row = np.unique(hashes[goal[some]], return_inverse=True)
        records = np.zeros(BATCH, RECORD)
        records["t"], records["el"], records["kind"] = np.arange(BATCH) * 50, row, Kind.MOVE
        records["fx"], records["fy"] = place[some].astype(np.uint16).T
        records["x"] = box["x"][some] + 300 * records["fx"].astype(np.int64) // 65536
        records["y"] = box["y"][some] + 300 * records["fy"].astype(np.int64) // 65536
        made.append(
            Batch(
                document=load,
                sequence=number,
                page=0,
                release=None,
                variant=None,
                visit=0,
                viewport=(WIDTH, 800),
                size=(WIDTH, HEIGHT),
                ratio=(100, 100),
                start_ms=number * 5000,
                table=table.astype("<u4").tobytes(),
                block=records.tobytes(),
            )
        )
    return made


async def fill(log: EventLog, made: Recording, key: bytes, page: Sheet, first: int, end: int) -> None:
    """Put these sessions in the event store."""
    for number in range(first, end):
        name = f"{number:022}"
        await log.open_session(made, name, 0, ["heatmap"])
        fields: dict[Any, Any] = {
            batch.field: seal.seal(key, name, batch.field, events.pack(batch, 0, 0))
            for batch in batches(np.random.default_rng([SEED, number]), page)
        }
        await log.redis.hset(f"ym:{made.id}:{{{name}}}", mapping=fields)


async def read_only(url: str, made: str) -> int:
    """Only the same bytes out of the event store."""
    client = connect(url)
    log, size = EventLog(client), 0
    async for session in log.read(made, await log.sessions(made)):
        size += sum(len(sealed) for sealed in session.batches.values())
    await client.aclose()
    return size


async def end_to_end(url: str, made: str, key: bytes, page: Sheet, share: tuple[int, int] = (0, 1)) -> Heat:
    """Read, opened, placed, each session once in each cell."""
    client = connect(url)
    heat: Heat | None = None
    async for part in slices(EventLog(client), key, made, share=share, alone=True):
        more = draw.gather(layers.move(part.of(0, "desktop")), page)
        heat = more if heat is None else draw.merge([heat, more])
    await client.aclose()
    assert heat is not None
    return heat


def counted(heat: Heat) -> None:
    """Count what waited until somebody asks."""
    assert heat.tally.count.any(), "nothing was counted"


def half(work: Connection, url: str, made: str, key: bytes, number: int) -> None:
    """A process that counts its half each time it is asked to."""
    page = sheet()
    while work.recv():
        work.send(asyncio.run(end_to_end(url, made, key, page, (number, 2))))


def timed(job: Callable[[], Any]) -> float:
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


def rounds(jobs: dict[str, Callable[[], Any]]) -> dict[str, list[float]]:
    """Seconds of each job in alternating rounds, after one that does not count."""
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for number in range(ROUNDS + 1):
        for name, job in jobs.items():
            seconds = timed(job)
            if number:
                times[name].append(seconds)
    return times


def medians(times: dict[str, list[float]]) -> dict[str, float]:
    return {name: statistics.median(each) for name, each in times.items()}


def times_faster(one: list[float], other: list[float]) -> float:
    """By how much one job is faster than the other of the same round: both have the same neighbours there."""
    return round(statistics.median(b / a for a, b in zip(one, other, strict=True)), 2)


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    overwriting.begin()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=1_000_000)
    sessions = max(4, parser.parse_args().events // SESSION)
    with (
        tempfile.TemporaryDirectory(prefix="yesmap-bench-") as folder,
        event_store(Path(folder) / "events") as url,
    ):
        figures = measured(Path(folder), url, sessions)
    print(json.dumps(figures))


def measured(folder: Path, url: str, sessions: int) -> dict[str, float]:
    page, count = sheet(), sessions * SESSION
    made, key = asyncio.run(prepared(folder, url, page, sessions // 4))
    asyncio.run(end_to_end(url, made.id, key, page))
    before = peak_mb()
    asyncio.run(grown(url, made, key, page, sessions // 4, sessions))
    asyncio.run(end_to_end(url, made.id, key, page))
    growth, peak = peak_mb() - before, peak_mb()
    with two(url, made.id, key) as halves:
        times = rounds(
            {
                "read": lambda: asyncio.run(read_only(url, made.id)),
                "e2e": lambda: counted(asyncio.run(end_to_end(url, made.id, key, page))),
                "two": lambda: counted(draw.merge(asked(halves))),
                "preview": lambda: asyncio.run(previewed(folder, url, made)),
            }
        )
    seconds = medians(times)
    heat = asyncio.run(end_to_end(url, made.id, key, page))
    memory = in_memory(page, heat)
    return {
        "events": count,
        "e2e_events_per_s": round(count / seconds["e2e"]),
        "redis_read_events_per_s": round(count / seconds["read"]),
        "ratio": times_faster(times["e2e"], times["read"]),
        **memory,
        "two_process_speedup": times_faster(times["two"], times["e2e"]),
        "preview_ms": round(1000 * seconds["preview"]),
        "growth_mb": round(growth, 1),
        "peak_rss_mb": round(peak, 1),
    }


async def prepared(folder: Path, url: str, page: Sheet, sessions: int) -> tuple[Recording, bytes]:
    """A recording with a snapshot and a quarter of the sessions."""
    async with opened(chosen(folder, url)) as parts:
        made = await parts.registry.open(a_recording())
        await dress(parts, made, page)
        key = await parts.registry.key(made)
        await fill(parts.log, made, key, page, 0, sessions)
        return made, key


async def dress(parts: Parts, made: Recording, page: Sheet) -> None:
    """Give the recording's page its snapshot."""
    rows = [
        dict(zip(ELEMENT.names or (), row.tolist(), strict=True)) | {"tag": "div", "name": f"Box {n}"}
        for n, row in enumerate(page.elements)
    ]
    document = {"version": 1, "page": "Home", "device": "desktop", "width": WIDTH, "height": HEIGHT}
    await parts.store.put(
        snapshots.key(made.id, snapshots.Name(0, "desktop"), "json"),
        json.dumps(document | {"elements": rows}).encode(),
    )


async def grown(url: str, made: Recording, key: bytes, page: Sheet, first: int, sessions: int) -> None:
    client = connect(url)
    await fill(EventLog(client), made, key, page, first, sessions)
    await client.aclose()


async def previewed(folder: Path, url: str, made: Recording) -> None:
    """What the team's page asks for first, in a service that has seen nothing of the recording yet."""
    async with opened(chosen(folder, url)) as parts:
        await gather.preview(parts, made, (0, "desktop"))


def chosen(folder: Path, url: str) -> Settings:
    return settings(data=folder, redis_url=SecretStr(url), demo=True, store_url=None, key_store_url=None)


def a_recording(origin: str = "https://bench.example") -> Recording:
    now = now_ms()
    told = dict.fromkeys(("controller", "recipients", "region", "authority", "contact"), "none")
    return recording.new(
        site="Bench",
        origins=[origin],
        notice={"purpose": {"en": "To see how fast it is."}} | told,
        pages=[{"name": "Home", "pattern": "/"}],
        start=now,
        end=now + DAY_MS,
    )


@contextlib.contextmanager
def two(url: str, made: str, key: bytes) -> Iterator[list[Connection]]:
    """Two processes that wait for work."""
    context = multiprocessing.get_context("spawn")
    pipes = [context.Pipe() for _ in range(2)]
    workers = [
        context.Process(target=half, args=(theirs, url, made, key, number), daemon=True)
        for number, (_, theirs) in enumerate(pipes)
    ]
    for worker in workers:
        worker.start()
    yield [ours for ours, _ in pipes]
    for ours, _ in pipes:
        ours.send(False)
    for worker in workers:
        worker.join()


def asked(halves: Sequence[Connection]) -> list[Heat]:
    for each in halves:
        each.send(True)
    return [each.recv() for each in halves]


def in_memory(page: Sheet, heat: Heat) -> dict[str, float]:
    """Plain counts of ten million points, and the picture of a grid."""
    rng = np.random.default_rng(SEED)
    points = 10_000_000
    x, y = (rng.integers(0, length, points, dtype=np.int32) for length in (WIDTH, HEIGHT))
    shown = draw.show(heat, page, 1_000_000)
    jobs: dict[str, Callable[[], Any]] = {
        "bin": lambda: bins.count(x, y, page.shape),
        "crowd": lambda: draw.show(heat, page, 1_000_000),
        "draw": lambda: draw.draw(shown, page),
    }
    if shaded := datashader_count(x, y, page):
        jobs["datashader"] = shaded
    seconds = medians(rounds(jobs))
    figures: dict[str, float] = {"bin_events_per_s": round(points / seconds["bin"])}
    if shaded:
        figures["datashader_events_per_s"] = round(points / seconds["datashader"])
    return figures | {f"{name}_ms": round(1000 * seconds[name], 1) for name in ("draw", "crowd")}


def datashader_count(x: NDArray[np.int32], y: NDArray[np.int32], page: Sheet) -> Callable[[], Any] | None:
    """The same counts by datashader, which only this bench uses; its first call compiles, and does not count."""
    try:
        import datashader
        import pandas
    except ImportError:
        print("NOT MEASURED: datashader is absent; pip install 'yesmap[bench]'")
        return None
    frame = pandas.DataFrame({"x": x, "y": y})
    rows, columns = page.shape
    canvas = datashader.Canvas(columns, rows, x_range=(0, WIDTH), y_range=(0, HEIGHT))
    counted = canvas.points(frame, "x", "y", datashader.count()).to_numpy()
    assert np.array_equal(counted, bins.count(x, y, page.shape)), "the two do not count the same"
    return lambda: canvas.points(frame, "x", "y", datashader.count())


if __name__ == "__main__":
    main()
