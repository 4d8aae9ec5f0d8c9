"""A Dask scheduler as docker-compose.yml starts it, and drawers: processes which know each other by a certificate."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pydantic import SecretStr

from recorder.settings import Settings
from tests import compose
from tests.heatmap.test_crew import crowd
from tests.processes import Process, environment, free_port, module

__all__ = ["crowd"]


@dataclass
class Cluster:
    """What runs of it."""

    folder: Path
    settings: Settings  #: a drawer's
    scheduler: Process
    drawers: list[Process] = field(default_factory=list)

    def drawer(self, stands: int = 0) -> Process:
        """One more; it may stand still in the middle of its share of this number."""
        env = environment(self.folder) | self.settings.as_environment()
        command = module("tests.heatmap.cluster.standing", str(stands), "drawer", "--with-parent")
        log = self.folder / f"drawer{len(self.drawers)}.log"
        made = Process("drawer", command, env, log, "drawing for")
        made.start()
        self.drawers.append(made)
        return made


@pytest.fixture
def cluster(team_settings: Settings, users: dict[str, str], tmp_path: Path) -> Iterator[Cluster]:
    """A scheduler, and no drawer yet."""
    compose.make_certificates(tmp_path)
    port = free_port()
    chosen = team_settings.model_copy(
        update={
            "redis_url": SecretStr(users["drawer"]),
            "dask_scheduler": f"tls://127.0.0.1:{port}",
            "dask_ca": tmp_path / "cluster.crt",
            "dask_certificate": tmp_path / "cluster.crt",
            "dask_private_key": tmp_path / "cluster.key",
        }
    )
    command, log = compose.scheduler(tmp_path, port), tmp_path / "scheduler.log"
    scheduler = Process("scheduler", command, environment(tmp_path), log, "Scheduler at:")
    scheduler.start()
    scheduler.wait()
    running = Cluster(tmp_path, chosen, scheduler)
    try:
        yield running
    finally:
        for process in [*running.drawers, running.scheduler]:
            process.kill()


async def said(process: Process, what: str) -> None:
    """Until it has said so."""
    async with asyncio.timeout(60):
        while what not in process.log.read_text():
            assert process.alive or what in process.log.read_text(), process.log.read_text()
            await asyncio.sleep(0.02)
