"""A whole Yesmap as an operator runs it: event store, object store, the two faces, each in a process of its own."""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from recorder import settings
from tests import drawers as dask
from tests import eventstores
from tests.eventstores import EventStore
from tests.processes import Process, environment, free_port, module
from tests.prove.bucket import Bucket
from tests.s3server import Server

#: Persistence and slow log as hostile as an operator can make them: a snapshot after every change, every call in the
#: slow log. Strings are not packed, so that what is in the files can be found there.
DEBIAN = (
    *("--save", "1 1", "--rdbcompression", "no"),
    *("--slowlog-log-slower-than", "0", "--slowlog-max-len", "100000"),
)


@dataclass(frozen=True)
class House:
    """Where everything is. `buckets` are those of an S3 server, else what lasts is in the data folder."""

    name: str
    folder: Path
    events: EventStore
    buckets: tuple[Bucket, ...]
    env: Mapping[str, str]
    faces: tuple[Process, Process]
    cluster: tuple[Process, ...] = ()  #: a Dask scheduler and its drawer, where they draw the final pictures

    @property
    def processes(self) -> tuple[Process, ...]:
        """Ours, all of them."""
        return *self.faces, *self.cluster

    @property
    def object_store(self) -> Server | None:
        """The S3 server, where there is one."""
        return self.buckets[0].server if self.buckets else None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def temporary(self) -> Path:
        return self.folder / "tmp"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.env['YESMAP_PORT']}"

    @property
    def team_url(self) -> str:
        return f"http://127.0.0.1:{self.env['YESMAP_TEAM_PORT']}"

    @property
    def settings(self) -> settings.Settings:
        """As the faces read them from their environment."""
        return _settings(self.env)

    def start(self) -> None:
        for face in self.faces:
            face.start()
        for process in self.processes:
            process.wait()

    def restart(self) -> None:
        """One after the other, as for a new release; of the S3 server what answers, its objects are elsewhere."""
        if self.object_store:
            self.object_store.gateway.kill()
            self.object_store.raise_up()
        for face in self.faces:
            face.stop()
            face.start()
            face.wait()
        for process in reversed(self.cluster):
            process.stop()
        for process in self.cluster:
            process.start()
            process.wait()
        self.events.restart()

    def yesmap(self, *words: str) -> str:
        """A command of the operator's."""
        program = str(Path(sys.executable).parent / "yesmap")
        done = subprocess.run([program, *words], env=self.env, capture_output=True, text=True, check=False)
        with (self.logs / "commands.log").open("a") as log:
            log.write(done.stdout + done.stderr)
        if done.returncode:
            raise RuntimeError(f"yesmap {words[0]}: {done.stderr}")
        return done.stdout


@contextlib.contextmanager
def house(
    folder: Path, kind: str, server: Server | None = None, mutant: str | None = None, *, drawers: bool = False
) -> Iterator[House]:
    """A house that is not started yet. `kind` of event store: `redis` or `valkey`; with `server` on buckets of it.

    With `drawers` a Dask cluster draws the final pictures, else processes of this machine.
    """
    for name in ("data", "logs", "tmp"):
        (folder / name).mkdir(parents=True)
    with _events(kind, folder) as events, contextlib.ExitStack() as stack:
        buckets = asyncio.run(_buckets(server)) if server else ()
        env = _environment(folder, events, buckets)
        cluster: tuple[Process, ...] = ()
        if drawers:
            (folder / "logs" / "cluster").mkdir()
            running = stack.enter_context(dask.cluster(folder / "logs" / "cluster", _settings(env)))
            cluster = running.scheduler, running.drawer()
            env |= running.settings.as_environment()
        faces = _faces(folder, env, mutant)
        for face in faces:
            stack.callback(face.kill)
        yield House(kind, folder, events, buckets, env, faces, cluster)


def _events(kind: str, folder: Path) -> contextlib.AbstractContextManager[EventStore]:
    return (
        eventstores.debian(folder / "events", *DEBIAN)
        if kind == "redis"
        else eventstores.embedded(folder / "events")
    )


async def _buckets(server: Server) -> tuple[Bucket, ...]:
    """One for what lasts, one for the keys."""
    return await Bucket.made_with_versions(server), await Bucket.made(server)


def _environment(folder: Path, events: EventStore, buckets: tuple[Bucket, ...]) -> dict[str, str]:
    env = {
        "YESMAP_REDIS_URL": events.url,
        "YESMAP_PORT": str(free_port()),
        "YESMAP_TEAM_PORT": str(free_port()),
        "YESMAP_PROXIES": "127.0.0.0/8",
        "TMPDIR": str(folder / "tmp"),
    }
    if buckets:
        lasting, keys = buckets
        env |= {
            "YESMAP_STORE_URL": f"s3://{lasting.name}/yesmap",
            "YESMAP_KEY_STORE_URL": f"s3://{keys.name}/yesmap",
            "YESMAP_S3_ENDPOINT": lasting.server.url,
            "YESMAP_S3_REGION": "default",
            **lasting.server.environment(),
        }
    return environment(folder / "data", **env)


def _settings(env: Mapping[str, str]) -> settings.Settings:
    names = settings.Settings.model_fields
    return settings.read(**{n: env[f"YESMAP_{n.upper()}"] for n in names if f"YESMAP_{n.upper()}" in env})


def _faces(folder: Path, env: dict[str, str], mutant: str | None) -> tuple[Process, Process]:
    def face(name: str, says: str) -> Process:
        command = module("tests.prove.entry", mutant, name) if mutant else module(name)
        return Process(name, command, env, folder / "logs" / f"{name}.log", says)

    return face("recorder", "visitors' face"), face("heatmap", "team's face")
