"""What it costs a collector that somebody is asked and says yes: a record in the object store, a session that opens."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import aiohttp
from pydantic import SecretStr

from heatmap import parts
from recorder.embedded import event_store
from recorder.settings import read as settings
from tests.bench import pictures
from tests.bench.measured import cpu_seconds
from tests.processes import Process, environment, free_port, module
from tests.s3server import Server

ORIGIN = "https://bench.example"
#: Before it counts, and then.
WARM, VISITORS = 50, 400
AT_ONCE = 8


async def core_ms(folder: Path, server: Server) -> float:
    """Processor time of a collector for one visitor, from the question to the token, ms."""
    with event_store(folder / "events") as url:
        chosen = settings(
            **await server.new_store(),
            data=folder,
            redis_url=SecretStr(url),
            port=free_port(),
        )
        async with parts.opened(chosen) as opened:
            recording = await opened.registry.open(pictures.a_recording(ORIGIN))
        env = environment(folder) | chosen.as_environment() | server.environment()
        collector = Process("recorder", module("recorder"), env, folder / "recorder.log", "visitors' face")
        collector.start()
        try:
            await asyncio.to_thread(collector.wait)
            about = {"recording": recording.id, "device": "desktop"}
            yes = {**about, "nv": recording.nv, "language": "en", "purposes": ["heatmap"]}
            async with aiohttp.ClientSession(
                f"http://127.0.0.1:{chosen.port}", headers={"Origin": ORIGIN}
            ) as http:
                await _say_yes(http, about, yes, WARM)
                before = cpu_seconds(collector.pid)
                await _say_yes(http, about, yes, VISITORS)
                return (cpu_seconds(collector.pid) - before) / VISITORS * 1000
        finally:
            collector.kill()


async def _say_yes(
    http: aiohttp.ClientSession, about: Mapping[str, object], yes: Mapping[str, object], visitors: int
) -> None:
    waiting = iter(range(visitors))

    async def ask() -> None:
        for _ in waiting:
            for path, body in (("/v1/count", {**about, "what": "asked"}), ("/v1/consent", yes)):
                async with http.post(path, json=body) as answer:
                    assert answer.status < 300, await answer.text()

    await asyncio.gather(*(ask() for _ in range(AT_ONCE)))
