"""A Dask scheduler and drawers: processes as an operator starts them, which know each other by a certificate."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pydantic import SecretStr

from recorder.settings import Settings
from tests.compose import make_certificates
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
    make_certificates(tmp_path)
    where = f"tls://127.0.0.1:{free_port()}"
    chosen = team_settings.model_copy(
        update={
            "redis_url": SecretStr(users["drawer"]),
            "dask_scheduler": where,
            "dask_ca": tmp_path / "cluster.crt",
            "dask_certificate": tmp_path / "cluster.crt",
            "dask_private_key": tmp_path / "cluster.key",
        }
    )
    running = Cluster(tmp_path, chosen, scheduler(tmp_path, where))
    running.scheduler.start()
    running.scheduler.wait()
    try:
        yield running
    finally:
        for process in [*running.drawers, running.scheduler]:
            process.kill()


def scheduler(folder: Path, where: str) -> Process:
    files = {"--tls-ca-file": "cluster.crt", "--tls-cert": "cluster.crt", "--tls-key": "cluster.key"}
    words = [word for name, file in files.items() for word in (name, str(folder / file))]
    command = module("distributed.cli.dask_scheduler", "--host", where, "--no-dashboard", *words)
    return Process("scheduler", command, environment(folder), folder / "scheduler.log", "Scheduler at:")


async def said(process: Process, what: str) -> None:
    """Until it has said so."""
    async with asyncio.timeout(60):
        while what not in process.log.read_text():
            assert process.alive or what in process.log.read_text(), process.log.read_text()
            await asyncio.sleep(0.02)
