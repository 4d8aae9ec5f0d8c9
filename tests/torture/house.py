"""All processes of a torture, what keeps them running, and the direct way to the stores that no fault lies on."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import redis

from recorder import overwriting, settings
from tests import eventstores, s3server
from tests.eventstores import EventStore
from tests.processes import Process, environment, free_port, module
from tests.torture import wires
from tests.torture.nursery import Forked, Nursery

COLLECTORS, WORKERS = 3, 2
HEAL_SECONDS = 60.0
#: Who goes which way.
LANES = ("collectors-events", "workers-events", "collectors-objects", "workers-objects")


@dataclass
class House:
    """`parts` are the programs that may die; whatever of them is `wanted` is started again when it does."""

    folder: Path
    events: EventStore
    parts: dict[str, Process]
    lanes: Process
    direct: settings.Settings
    ports: list[int]
    wanted: set[str] = field(default_factory=set)

    @property
    def clocks(self) -> Path:
        return self.folder / "clocks"

    @property
    def deaths(self) -> Path:
        return self.folder / "deaths"

    def start(self) -> None:
        self.wanted = set(self.parts)
        self.tend()
        for part in self.parts.values():
            if part.says:
                part.wait()

    def tend(self) -> None:
        """Start again what is down and should not be. To be called again and again."""
        for name in self.wanted:
            if not self.parts[name].alive:
                self.parts[name].start()

    def drawers(self) -> list[int]:
        """Processes that draw for a worker, by their ids."""
        workers = [part.pid for name, part in self.parts.items() if name.startswith("worker") and part.alive]
        return [child for pid in workers for child in _children(pid) if b"spawn_main" in _command(child)]

    def spoil(self, lane: str, how: str) -> None:
        assert self.lanes.child
        assert self.lanes.child.stdin
        self.lanes.child.stdin.write(f"{lane} {how}\n".encode())
        self.lanes.child.stdin.flush()

    def set_clock(self, name: str, seconds: int) -> None:
        self.clocks.joinpath(str(self.parts[name].pid)).write_text(str(seconds))

    def heal(self) -> None:
        """Everything as it should be, and everybody up."""
        for lane in LANES:
            self.spoil(lane, "pass")
        for death in self.deaths.iterdir():
            death.unlink()
        for name, part in self.parts.items():
            part.signal(signal.SIGCONT)
            if part.alive and name.startswith(("collector", "worker")):
                self.set_clock(name, 0)
        self.wanted = set(self.parts)
        self.tend()
        end_ = time.monotonic() + HEAL_SECONDS
        while not self._memory_free():  # when that fault was over, the store may have stood still
            assert time.monotonic() < end_, "The event store does not answer."
            time.sleep(0.05)
            self.tend()

    def _memory_free(self) -> bool:
        with contextlib.suppress(redis.RedisError, OSError), self.events.client(1) as client:
            return bool(client.config_set("maxmemory", 0))
        return False


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += map(int, file.read_text().split())
    return found


def _command(pid: int) -> bytes:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


@contextlib.contextmanager
def house(folder: Path, kind: str, server: s3server.Server, mutant: str = "") -> Iterator[House]:
    """A house with this kind of event store (`redis` or `valkey`) on this S3 server.

    With `mutant` it breaks a promise; there is one of each face then, since nobody dies.
    """
    for name in ("data", "logs", "clocks", "deaths"):
        (folder / name).mkdir(parents=True)
    store = eventstores.debian if kind == "redis" else eventstores.embedded
    server.raise_up()  # whatever the house before this one has left of it
    bucket = asyncio.run(server.new_bucket())
    with store(folder / "events") as events, _lanes(folder, events, server) as (lanes, ports):
        env = _environment(folder, server, bucket) | {"TORTURE_MUTANT": mutant}
        nursery = Nursery(folder / "logs" / "nursery.log", env)
        parts = {"objects": server.gateway}
        if events.process:
            parts["events"] = events.process
        for n in range(1 if mutant else COLLECTORS):
            parts[f"collector-{n}"] = _face("recorder", n, env, folder, ports, nursery)
        for n in range(1 if mutant else WORKERS):
            parts[f"worker-{n}"] = _face("heatmap", n, env, folder, ports, nursery)
        direct = settings.read(
            data=folder / "data",
            redis_url=events.url,
            store_url=env["YESMAP_STORE_URL"],
            s3_endpoint=server.url,
            s3_region="default",
        )
        collectors = [int(p.env["YESMAP_PORT"]) for name, p in parts.items() if name.startswith("collector")]
        made = House(folder, events, parts, lanes, direct, collectors)
        try:
            yield made
        finally:
            for name, part in parts.items():
                if name.startswith(("collector", "worker")):
                    part.kill()
            nursery.close()


@contextlib.contextmanager
def _lanes(
    folder: Path, events: EventStore, server: s3server.Server
) -> Iterator[tuple[Process, dict[str, int]]]:
    ports = {lane: free_port() for lane in LANES}
    path = events.url.removeprefix("unix://")
    to = {"events": path if path.startswith("/") else path.split(":")[2].split("/")[0]}
    to["objects"] = server.url.rpartition(":")[2]
    config = {
        lane: {
            "port": port,
            "to": to[lane.split("-")[1]],
            "http": lane.endswith("objects"),
            "wired": wires.permitted(),
        }
        for lane, port in ports.items()
    }
    command = module("tests.torture.lanes", json.dumps(config))
    process = Process("lanes", command, dict(os.environ), folder / "logs" / "lanes.log", "lanes are open")
    process.start(stdin=subprocess.PIPE)
    try:
        process.wait()
        yield process, ports
    finally:
        process.kill()


def _environment(folder: Path, server: s3server.Server, bucket: str) -> dict[str, str]:
    return environment(
        folder / "data",
        YESMAP_STORE_URL=f"s3://{bucket}/yesmap",
        YESMAP_S3_REGION="default",
        **overwriting.NEEDED,  # what is forked cannot begin again
        TORTURE_CLOCKS=str(folder / "clocks"),
        TORTURE_DEATHS=str(folder / "deaths"),
        **server.environment(),
    )


def _face(
    face: str, number: int, env: dict[str, str], folder: Path, ports: dict[str, int], nursery: Nursery
) -> Process:
    who, says = ("collectors", "visitors' face") if face == "recorder" else ("workers", "team's face")
    mine = {
        "YESMAP_REDIS_URL": f"redis://{_at(ports[f'{who}-events'])}/0",
        "YESMAP_S3_ENDPOINT": f"http://{_at(ports[f'{who}-objects'])}",
        "YESMAP_PORT": str(free_port()),
        "YESMAP_TEAM_PORT": str(free_port()),
    }
    name = f"{who[:-1]}-{number}"
    return Forked(name, [face], env | mine, folder / "logs" / f"{name}.log", says, nursery=nursery)


def _at(port: int) -> str:
    """Where the lane of this port is reached."""
    return f"{wires.address(port) if wires.permitted() else '127.0.0.1'}:{port}"
