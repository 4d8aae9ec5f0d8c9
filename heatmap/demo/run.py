"""The demo: a crowd of simulated visitors through the real HTTP interface, into a real recording."""

import asyncio
import contextlib
import json
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from itertools import islice, product
from pathlib import Path
from typing import Any, cast

import aiohttp
from pydantic import SecretStr
from rich.console import Console
from rich.progress import Progress

from heatmap import parts
from heatmap.demo import shop, visitors
from heatmap.demo.visitors import Visitor
from heatmap.end import end
from heatmap.parts import Parts
from heatmap.snapshots import snapshots
from heatmap.snapshots.snapshots import Name
from recorder import app as visitors_face
from recorder import embedded, events, forget, settings
from recorder.errors import NotFound, YesmapError
from recorder.recording import DEVICES, Recording
from recorder.registry import key_key
from recorder.serving import Face, listening
from recorder.settings import Settings
from recorder.views import now_ms

#: Visitors who are on the site at the same time.
AT_ONCE = 16


class Refused(YesmapError):
    """The collector refused what a simulated visitor sent: the demo is broken."""

    code = "demo_refused"


@dataclass(frozen=True)
class Collector:
    """The visitors' face as a browser on the demo shop's pages sees it."""

    http: aiohttp.ClientSession
    origin: str

    async def post(self, path: str, body: bytes | dict[str, Any]) -> Any:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        async with self.http.post(self.origin + path, data=data, headers={"Origin": self.origin}) as response:
            answer = await response.json() if response.content_type == "application/json" else None
            if response.status >= 300:
                raise Refused(f"{path} answered {response.status}: {answer}")
            return answer


async def open_shop(opened: Parts, origins: list[str]) -> Recording:
    """The demo shop's recording with its snapshots: the one that is open, or a new one."""
    with contextlib.suppress(NotFound):
        return await opened.registry.for_origin(origins[0])
    return await new_shop(opened, origins, now_ms())


async def new_shop(opened: Parts, origins: list[str], start_ms: int) -> Recording:
    """A new recording of the demo shop, from that time on, with its snapshots."""
    made = shop.new(origins, start_ms)
    for page, device, kind in product(range(len(shop.PAGES)), DEVICES, ("json", "webp")):
        file = shop.SNAPSHOTS / f"{page}-{device}.{kind}"
        await opened.store.put(snapshots.key(made.id, Name(page, device), kind), file.read_bytes())
    return await opened.registry.open(made)


async def crowd(
    origin: str, recording: Recording, size: int, seed: int, walked: Callable[[], object], skip: int = 0
) -> Counter[str]:
    """Let a seeded crowd walk through the shop, without the first `skip`; gives how many did what."""
    done: Counter[str] = Counter()
    waiting = islice(visitors.crowd(size, seed), skip, None)
    async with aiohttp.ClientSession() as http:
        collector = Collector(http, origin)

        async def walk() -> None:
            for visitor in waiting:
                done.update(await _visit(collector, recording, visitor))
                walked()

        await asyncio.gather(*(walk() for _ in range(AT_ONCE)))
    return done


async def _visit(collector: Collector, recording: Recording, visitor: Visitor) -> Counter[str]:
    """One visitor, from the question to the last batch."""
    about = {"recording": recording.id, "device": visitor.device}
    await collector.post("/v1/count", {**about, "what": "asked"})
    if visitor.refuses:
        await collector.post("/v1/count", {**about, "what": "no"})
        return Counter(visitors=1, refused=1)
    yes = {**about, "nv": recording.nv, "language": "en", "purposes": visitor.purposes}
    held = await collector.post("/v1/consent", yes)
    for number, batch in enumerate(visitor.batches):
        body = events.encode(held["token"], batch)
        for _ in range(2 if number in visitor.repeats else 1):
            await collector.post("/v1/events", body)
    if visitor.withdraws:
        await collector.post("/v1/withdraw", {"token": held["token"], "audit": held["audit"]})
        return Counter(visitors=1, withdrawn=1)
    return Counter(visitors=1, sent_batches=len(visitor.batches))


async def fill(chosen: Settings, port: int, size: int, seed: int) -> None:
    """Open the demo shop's recording, and let the crowd in that has not been there yet."""
    origin = f"http://{chosen.host}:{port}"
    others = [f"http://localhost:{port}"] if chosen.host == "127.0.0.1" else []
    async with parts.opened(chosen) as opened:
        recording = await open_shop(opened, [origin, *others])
        counts = await opened.log.counts(recording.id)
        asked = sum(n for name, n in counts.items() if name.startswith("asked:"))
        if asked < size:
            print(f"{size - asked} simulated visitors are walking through the shop …", flush=True)
            await crowd(origin, recording, size, seed, lambda: None, skip=asked)
            print("The crowd has left: its heatmaps are on the team's face.", flush=True)


def once(out: Path, size: int, seed: int) -> None:
    """A recording's whole life without a person: record, end, purge, check. Results in `out`, figures on stdout."""
    began = time.monotonic()
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="yesmap-demo-") as folder:
        data = Path(folder)
        with embedded.event_store(data / "events") as url:
            chosen = settings.read(
                data=data,
                redis_url=SecretStr(url),
                demo=True,
                port=0,
                store_url=None,
                key_store_url=None,
                keys_file=None,
            )
            figures = asyncio.run(_once(chosen, out, size, seed))
    print(json.dumps({**figures, "seconds": round(time.monotonic() - began, 1)}), flush=True)


async def _once(chosen: Settings, out: Path, size: int, seed: int) -> dict[str, Any]:
    async with _served(chosen) as origin, parts.opened(chosen) as opened:
        recording = await open_shop(opened, [origin])
        with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as progress:
            walking = progress.add_task("visitors", total=size)
            done = await crowd(origin, recording, size, seed, lambda: progress.advance(walking))
            ending = progress.add_task("ending", total=6)
            ended = await end.finish(
                opened, recording.id, lambda r: progress.update(ending, advance=1, description=r.state)
            )
        await _write(opened, ended, out)
        return {
            "visitors": done["visitors"],
            "refused": done["refused"],
            "withdrawn": done["withdrawn"],
            **_counted(ended),
            "pages": len(ended.pages),
            "pictures": len([name for name in _pictures(ended) if name.endswith(".png")]),
            "raw_keys_left": await forget.raw_keys_left(opened.log, ended.id),
            "recording_keys_left": len(await opened.keys.remains(key_key(ended.id))),
        }


@contextlib.asynccontextmanager
async def _served(chosen: Settings) -> AsyncIterator[str]:
    face = Face(visitors_face.build(chosen), chosen.host, chosen.port, "YESMAP_PORT")
    async with listening([face]) as ports:
        yield f"http://{chosen.host}:{ports[0]}"


async def _write(opened: Parts, ended: Recording, out: Path) -> None:
    """Every kept picture and table as a file, `page-device-what`, and the certificate."""
    for name in _pictures(ended):
        stored = await opened.store.get(end.picture_key(ended, name))
        (out / _file_name(ended, name)).write_bytes(stored.data)
    stored = await opened.store.get(f"certificates/{ended.id}.json")
    (out / "certificate.json").write_bytes(stored.data)


def _file_name(ended: Recording, name: str) -> str:
    page, *rest = name.split("/")
    if not page.isdecimal():
        return "-".join([page, *rest])
    return "-".join([re.sub(r"[^a-z0-9]+", "-", ended.pages[int(page)].name.lower()), *rest])


def _pictures(ended: Recording) -> dict[str, str]:
    return cast(dict[str, str], ended.results["pictures"])


def _counted(ended: Recording) -> dict[str, int]:
    counts = cast(dict[str, int], ended.results["counts"])
    return {name: int(counts[name]) for name in ("sessions", "batches", "events")}
