"""A Dask scheduler as docker-compose.yml starts it, and drawers: processes which know each other by a certificate."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from recorder.settings import Settings
from tests import compose
from tests.processes import Process, environment, free_port, module


@dataclass
class Cluster:
    """What runs of it."""

    folder: Path
    settings: Settings  #: a drawer's
    scheduler: Process
    health: int  #: the port at which the scheduler says that it runs
    drawers: list[Process] = field(default_factory=list)

    def drawer(self, *command: str, metrics_port: int | None = None) -> Process:
        """One more; `command` in place of the operator's."""
        chosen = self.settings.model_copy(update={"metrics_port": metrics_port})
        env = environment(self.folder) | chosen.as_environment()
        command = (*(command or module("heatmap.command")), "drawer", "--with-parent")
        log = self.folder / f"drawer{len(self.drawers)}.log"
        made = Process("drawer", command, env, log, "drawing for")
        made.start()
        self.drawers.append(made)
        return made


@contextlib.contextmanager
def cluster(folder: Path, chosen: Settings) -> Iterator[Cluster]:
    """A scheduler and no drawer yet; all are gone with the block. `chosen`: with which drawers shall start."""
    compose.make_certificates(folder)
    port, health = free_port(), free_port()
    dask = {
        "dask_scheduler": f"tls://127.0.0.1:{port}",
        "dask_ca": folder / "cluster.crt",
        "dask_certificate": folder / "cluster.crt",
        "dask_private_key": folder / "cluster.key",
    }
    command, log = compose.scheduler(folder, port, health), folder / "scheduler.log"
    scheduler = Process("scheduler", command, environment(folder), log, "Scheduler at:")
    running = Cluster(folder, chosen.model_copy(update=dask), scheduler, health)
    try:
        scheduler.start()
        scheduler.wait()
        yield running
    finally:
        for process in [*running.drawers, scheduler]:
            process.kill()
