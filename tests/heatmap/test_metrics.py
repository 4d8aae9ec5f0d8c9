"""Figures of the team's side."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from heatmap import metrics
from heatmap.site.access import PARTS
from recorder import operator
from recorder.eventlog import EventLog
from recorder.recording import DAY_MS, State
from recorder.views import now_ms
from tests.conftest import a_recording
from tests.heatmap.site.conftest import face
from tests.recorder.test_operator import figures

pytestmark = pytest.mark.also_on_a_cluster

Client = TestClient[web.Request, web.Application]
__all__ = ["face"]


async def test_recordings_sessions_and_what_is_overdue_are_told(face: Client) -> None:
    """By state; sessions only of what is open; overdue is what was to be gone by now."""
    parts, now = face.app[PARTS], now_ms()
    async with TestClient(TestServer(operator.build([metrics.watched(face.app)]))) as watching:
        before = await figures(watching)
        opened = await parts.registry.open(a_recording())
        await parts.registry.change(
            (await parts.registry.open(a_recording(origins=["https://other.example"]))).id,
            lambda r: r.model_copy(
                update={
                    "state": State.CLOSING,
                    "reached": {State.CLOSING: now},
                    "start": now - 9 * DAY_MS,
                    "end": now - 2 * DAY_MS,
                }
            ),
        )
        after = await figures(watching)
        ready = await watching.get("/readyz")

    assert opened.state == State.OPEN
    assert 1 == after['yesmap_recordings{state="open"}'] - before['yesmap_recordings{state="open"}']
    assert 1 == after['yesmap_recordings{state="closing"}'] - before['yesmap_recordings{state="closing"}']
    assert 1 == after['yesmap_purge_steps{state="closing"}'] - before['yesmap_purge_steps{state="closing"}']
    assert 24 * 3600 <= after["yesmap_overdue_seconds"] < 25 * 3600
    assert after["yesmap_event_store_bytes"] > 100_000
    assert 200 == ready.status, await ready.text()


async def test_open_sessions_are_counted(face: Client, log: EventLog) -> None:
    """Those of the recordings that are open, without the ones that were erased."""
    async with TestClient(TestServer(operator.build([metrics.watched(face.app)]))) as watching:
        opened = await face.app[PARTS].registry.open(a_recording())
        for name in ("one", "two", "three"):
            await log.open_session(opened, name, 1, ["heatmap"])
        await log.erase(opened.id, "two")

        assert 2 == (await figures(watching))["yesmap_sessions_open"]
