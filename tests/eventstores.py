"""Event stores as they are really used: Debian's Redis server, and the Valkey that Yesmap brings."""

import contextlib
import os
import shutil
import signal
import socket
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from recorder.embedded import event_store
from tests.processes import Process, free_port

WAIT_SECONDS = 60


@dataclass(frozen=True)
class EventStore:
    """Where it is, and the folder of its files. `process` is None where somebody else starts it again."""

    url: str
    folder: Path
    log: Path
    process: Process | None = None

    def client(self, timeout: float = 10) -> "redis.Redis":
        return redis.from_url(self.url, retry=Retry(NoBackoff(), 0), socket_timeout=timeout)

    @property
    def pid(self) -> int:
        """Of the process that listens, also when it is stopped; `OSError` when there is none."""
        if self.process:
            return self.process.pid
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(self.url.removeprefix("unix://"))
            about = probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        return int(struct.unpack("3i", about)[0])

    def restart(self) -> None:
        """Stop it as an operator does, and have another one on the same files."""
        before = self.pid
        os.kill(before, signal.SIGTERM)
        if self.process and self.process.child:
            self.process.child.wait()
            self.process.start()
        self.until_ready(not_as=before)

    def until_ready(self, not_as: int = 0) -> None:
        end = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < end:
            with contextlib.suppress(redis.RedisError, OSError), self.client() as client:
                client.ping()
                if self.pid != not_as:
                    return
            time.sleep(0.05)
        raise RuntimeError("the event store did not come up")


@contextlib.contextmanager
def embedded(folder: Path) -> Iterator[EventStore]:
    """The Valkey of `yesmap serve`; one that ends is started again by itself."""
    with event_store(folder) as url:
        yield EventStore(url, folder, folder / "valkey.log")


@contextlib.contextmanager
def debian(folder: Path, *options: str) -> Iterator[EventStore]:
    """Debian's Redis server with its append-only file; `options` are added."""
    program = shutil.which("redis-server")
    if program is None:
        raise RuntimeError("redis-server is absent: .ci/run shows how to install it")
    folder.mkdir(parents=True, exist_ok=True)
    port, log = free_port(), folder.with_name(f"{folder.name}.log")
    keep = ["--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction"]
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), *keep, *options]
    process = Process("event store", command, dict(os.environ), log)
    process.start()
    store = EventStore(f"redis://127.0.0.1:{port}/0", folder, log, process)
    try:
        store.until_ready()
        yield store
    finally:
        process.kill()
