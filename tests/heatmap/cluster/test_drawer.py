"""A drawer's port for the operator, asked as docker-compose.yml asks."""

import asyncio
import signal
from typing import Any

import aiohttp

from tests import compose
from tests.drawers import Cluster
from tests.heatmap.cluster.conftest import said
from tests.processes import free_port


async def asked(port: int) -> tuple[int, dict[str, Any]]:
    """Whether it can work, and which part cannot."""
    async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}/readyz") as ready:
        return ready.status, await ready.json()


async def healthy(path: str, port: int) -> bool:
    """What the health check finds."""
    check = await asyncio.create_subprocess_exec(
        *compose.health_check(path, port), stderr=asyncio.subprocess.DEVNULL
    )
    return await check.wait() == 0


async def test_a_drawer_says_whether_it_can_work(cluster: Cluster) -> None:
    """It reaches both stores and the scheduler; when one does not answer it says which, and runs all the same."""
    port = free_port()
    await said(cluster.drawer(metrics_port=port), "drawing for")
    parts = ["drawer: event store", "drawer: store of the recordings' keys", "drawer: scheduler"]

    assert (200, {"ready": True, "parts": dict.fromkeys(parts, "ok")}) == await asked(port)
    assert await healthy("readyz", port)
    assert await healthy("health", cluster.health)

    cluster.scheduler.signal(signal.SIGSTOP)
    status, told = await asked(port)
    assert (503, False) == (status, told["ready"])
    assert ["drawer: scheduler"] == [part for part, why in told["parts"].items() if why != "ok"]
    assert not await healthy("readyz", port)
    async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}/healthz") as runs:
        assert 200 == runs.status

    cluster.scheduler.signal(signal.SIGCONT)
    while (await asked(port))[0] != 200:
        await asyncio.sleep(0.05)
