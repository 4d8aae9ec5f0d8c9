"""Drawers of a Dask scheduler make the same as this process, whatever becomes of them, and keep nothing."""

import asyncio
import time
from dataclasses import replace

import pytest

from heatmap.cluster import crew as cluster_crew
from heatmap.cluster.crew import DaskCrew
from heatmap.cluster.link import Away
from heatmap.crew import Crew, Job
from heatmap.overview import Overview
from heatmap.parts import Parts
from recorder.recording import Recording
from recorder.settings import Settings
from tests.drawers import Cluster
from tests.heatmap.cluster.conftest import said
from tests.heatmap.test_pictures import kept
from tests.processes import Process, module
from tests.prove.memory import pieces

pytestmark = pytest.mark.also_on_a_cluster

#: Nothing but this machine's port 9, where nobody listens.
NOBODY = "tcp://127.0.0.1:9"


def standing_in(share: int) -> list[str]:
    """The command of a drawer that stands still in the middle of this share; 0: of none."""
    return module("tests.heatmap.cluster.standing", str(share))


def with_a(cluster: Cluster, parts: Parts) -> Parts:
    """The parts, with whom draws: the cluster's drawers."""
    return replace(parts, crew=DaskCrew(cluster.settings, Crew("redis://127.0.0.1:9/0")))


async def test_a_drawer_that_is_killed_in_the_middle_changes_no_byte(
    opened_parts: Parts, crowd: Recording, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One has made shares and is in another when it is killed: all files are those that one process makes.

    And when it is over nobody has kept the key, or a visitor session's name, though the one that stood there had both.
    """
    monkeypatch.setattr(cluster_crew, "EACH", 8)
    key, sessions = await opened_parts.registry.key(crowd), await opened_parts.log.sessions(crowd.id)
    secrets = [key, *(name.encode() for name in sessions[:3])]
    standing, other = cluster.drawer(*standing_in(2)), cluster.drawer(*standing_in(0))
    await said(standing, "drawing for")
    await said(other, "drawing for")
    drawing = asyncio.create_task(kept(with_a(cluster, opened_parts), crowd))
    await said(standing, "standing")
    assert not drawing.done()
    assert held(standing, secrets), "the search finds nothing while it is there"

    standing.kill()

    assert await kept(opened_parts, crowd) == await drawing
    await forgotten(other, secrets)
    assert not held(cluster.scheduler, secrets)


def held(process: Process, secrets: list[bytes]) -> bool:
    return any(secret in piece for piece in pieces(process.pid) for secret in secrets)


async def forgotten(process: Process, secrets: list[bytes]) -> None:
    async with asyncio.timeout(60):
        while await asyncio.to_thread(held, process, secrets):
            await asyncio.sleep(0.1)


async def test_a_cluster_that_goes_away_in_the_middle_is_said(
    opened_parts: Parts, crowd: Recording, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Soon, and in one sentence; the drawers end, so that whoever started them starts them again."""
    monkeypatch.setattr(cluster_crew, "EACH", 8)
    monkeypatch.setattr(cluster_crew, "PATIENCE_SECONDS", 1.0)
    standing, other = cluster.drawer(*standing_in(1)), cluster.drawer()
    await said(standing, "drawing for")
    await said(other, "drawing for")
    drawing = asyncio.create_task(kept(with_a(cluster, opened_parts), crowd))
    await said(standing, "standing")

    cluster.scheduler.kill()

    with pytest.raises(Away, match="does not answer, or has no drawer"):
        async with asyncio.timeout(20):
            await drawing
    await said(other, f"The Dask scheduler at {cluster.settings.dask_scheduler} is gone")


async def test_without_a_cluster_it_waits_and_then_draws_here(
    opened_parts: Parts, crowd: Recording, team_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sentence at first; when there is no time left, the same pictures from this machine."""
    monkeypatch.setattr(cluster_crew, "PATIENCE_SECONDS", 0.5)
    lost = DaskCrew(team_settings.model_copy(update={"dask_scheduler": NOBODY}), opened_parts.crew)  # type: ignore[arg-type]
    key, began = await opened_parts.registry.key(crowd), time.monotonic()
    job = Job(crowd.id, Overview())

    with pytest.raises(Away, match=r"127\.0\.0\.1:9 does not answer"):
        await lost.fill(job, key)

    assert time.monotonic() - began < 10
    assert 61 == (await lost.fill(replace(job, late=True), key)).counts()["sessions"]
