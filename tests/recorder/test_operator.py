"""The operator's port: does it run, can it work, and the figures."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from recorder import events, metrics, operator
from recorder.crew import Crew
from recorder.recording import Recording
from recorder.serving import listening
from recorder.settings import Settings
from tests.recorder.sample import batch
from tests.recorder.test_views import FROM, say_yes, send

Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def watching(collector: Client) -> AsyncIterator[Client]:
    """The operator's face beside the visitors'."""
    async with TestClient(TestServer(operator.build([metrics.watched(collector.app)]))) as client:
        yield client


async def figures(watching: Client | aiohttp.ClientSession) -> dict[str, float]:
    """Every figure by its name and labels."""
    text = await (await watching.get("/metrics")).text()
    lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


async def test_it_says_that_it_runs_and_can_work(watching: Client) -> None:
    """Every part is named."""
    ready = await watching.get("/readyz")

    assert 200 == (await watching.get("/healthz")).status
    assert {"ready": True, "parts": dict.fromkeys(PARTS, "ok")} == await ready.json()


PARTS = [
    "visitors: event store",
    "visitors: event store, as the rights user",
    "visitors: object store",
    "visitors: store of the recordings' keys",
    "visitors: signing keys",
]


async def test_it_says_which_part_cannot_work(watching: Client, settings: Settings) -> None:
    """And why, in a sentence; that it runs is still so, or somebody would restart it for nothing."""
    settings.keys_path.unlink()

    ready = await watching.get("/readyz")

    told = await ready.json()
    assert (503, False) == (ready.status, told["ready"])
    wrong = {name: why for name, why in told["parts"].items() if why != "ok"}
    assert {"visitors: signing keys"} == wrong.keys()
    assert "cannot be read" in wrong["visitors: signing keys"]
    assert 200 == (await watching.get("/healthz")).status


async def test_a_part_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks gives up after some seconds, and would not know which part it was."""
    monkeypatch.setattr("recorder.limits.CHECK_SECONDS", 0.05)

    async def nothing() -> bytes:
        return b""

    hung = operator.Watched({"one": asyncio.Event().wait}, nothing)
    async with TestClient(TestServer(operator.build([hung]))) as client:
        ready = await client.get("/readyz")
        assert {"one": "did not answer within 0.05 s"} == (await ready.json())["parts"]


async def test_batches_are_counted_by_outcome_and_timed(
    collector: Client, opened: Recording, watching: Client
) -> None:
    """Acknowledged, or the code of the refusal."""
    before = await figures(watching)
    held = await say_yes(collector, opened)
    for number in range(3):
        await send(collector, events.encode(held["token"], batch(sequence=number)))
    await send(collector, b"nonsense")
    await send(collector, events.encode("nonsense", batch()))

    after = await figures(watching)

    def more(name: str) -> float:
        return after[name] - before.get(name, 0)

    assert 3 == more('yesmap_batches_total{outcome="acknowledged"}')
    assert 1 == more('yesmap_batches_total{outcome="malformed"}')
    assert 1 == more('yesmap_batches_total{outcome="bad_token"}')
    assert 1 == more('yesmap_consents_total{outcome="given"}')
    assert 5 == more("yesmap_batch_seconds_count")
    assert 1 == more("yesmap_consent_seconds_count")


async def test_nothing_of_the_operator_is_on_the_visitors_port(collector: Client) -> None:
    """It has a port of its own, which need not be reachable from outside."""
    assert {404} == {(await collector.get(path)).status for path in ("/metrics", "/readyz", "/healthz")}


async def test_the_figures_of_several_processes_are_summed(
    collector: Client, opened: Recording, settings: Settings
) -> None:
    """One port for all; also what a process counted before it ended. Which of them run is told."""
    chosen = settings.model_copy(update={"port": 0, "metrics_port": 0})
    crew = Crew(chosen, 2)
    async with listening([crew, *operator.faces(chosen, [crew.watched()])]) as [port, told]:
        held, watching = await say_yes(collector, opened), f"http://127.0.0.1:{told}"
        async with aiohttp.ClientSession(
            headers=FROM, connector=aiohttp.TCPConnector(force_close=True)
        ) as http:
            for number in range(20):
                body = events.encode(held["token"], batch(sequence=number))
                async with http.post(
                    f"http://127.0.0.1:{port}/v1/events", data=body, headers=OCTETS
                ) as answer:
                    assert 204 == answer.status
        async with aiohttp.ClientSession(watching) as http:
            assert 20 == (await figures(http))['yesmap_batches_total{outcome="acknowledged"}']
            assert 200 == (await http.get("/readyz")).status
            os.kill(crew.workers[0].pid, signal.SIGKILL)
            while (ready := await http.get("/readyz")).status == 200:
                await asyncio.sleep(0.01)
            assert {"visitors: processes": "1 of 2 processes run"} == (await ready.json())["parts"]
            assert 20 == (await figures(http))['yesmap_batches_total{outcome="acknowledged"}']


OCTETS = {"Content-Type": "application/octet-stream"}
