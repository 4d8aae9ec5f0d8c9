"""A cluster of event stores on this machine: primaries, each with a replica; processes that end with this one."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from recorder.embedded import die_with_parent
from recorder.eventstore import CLUSTER
from tests.processes import free_port

SLOTS = 16_384
CERTIFICATE, KEY = "events.crt", "events.key"
WAIT_SECONDS = 30
#: As the README asks for, but quicker to notice that a server is gone.
OPTIONS = (
    *("--cluster-enabled", "yes", "--cluster-node-timeout", "1000", "--cluster-require-full-coverage", "no"),
    *("--appendonly", "yes", "--appendfsync", "always", "--save", "", "--maxmemory-policy", "noeviction"),
    *("--repl-diskless-sync-delay", "0"),
)


@dataclass
class Server:
    """One server of the cluster."""

    program: str
    folder: Path
    port: int
    bus: int  #: where servers talk to each other
    #: Over TLS: the folder of this certificate and its key.
    tls: Path | None = None
    child: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    def start(self) -> None:
        """Start it, with the files that it has."""
        self.folder.mkdir(parents=True, exist_ok=True)
        parent = os.getpid()
        where = ["--cluster-port", str(self.bus), "--bind", "127.0.0.1", *self._port()]
        files = ["--dir", str(self.folder), "--logfile", "log"]
        self.child = subprocess.Popen(
            [self.program, *where, *files, *OPTIONS],
            start_new_session=True,
            preexec_fn=lambda: die_with_parent(parent),
            stdout=subprocess.DEVNULL,
        )
        until(self.answers)

    def _port(self) -> list[str]:
        if self.tls is None:
            return ["--port", str(self.port)]
        files = {"cert": CERTIFICATE, "key": KEY, "ca-cert": CERTIFICATE}
        named = [
            word for name, file in files.items() for word in (f"--tls-{name}-file", str(self.tls / file))
        ]
        everywhere = ["--tls-cluster", "yes", "--tls-replication", "yes", "--tls-auth-clients", "no"]
        return ["--port", "0", "--tls-port", str(self.port), *named, *everywhere]

    def answers(self) -> bool:
        with contextlib.suppress(redis.ConnectionError, redis.exceptions.BusyLoadingError):
            return bool(self("PING"))
        return False

    def __call__(self, *words: Any) -> Any:
        """The answer to a command, as the user who may do everything."""
        with self.client() as client:
            return client.execute_command(*words)

    def client(self) -> "redis.Redis":
        return redis.from_url(
            f"{self.scheme}://127.0.0.1:{self.port}{self.query}", retry=Retry(NoBackoff(), 0)
        )

    @property
    def scheme(self) -> str:
        return "rediss" if self.tls else "redis"

    @property
    def query(self) -> str:
        """What a client must be told to believe that it is this server."""
        return f"?ssl_ca_certs={self.tls / CERTIFICATE}" if self.tls else ""

    def signal(self, how: signal.Signals) -> None:
        assert self.child
        self.child.send_signal(how)

    def kill(self) -> None:
        if self.child:
            self.child.kill()
            self.child.wait()

    @property
    def id(self) -> str:
        return str(self("CLUSTER MYID").decode())


@dataclass(frozen=True)
class Cluster:
    """Servers that know each other."""

    servers: Sequence[Server]

    @property
    def url(self) -> str:
        first = self.servers[0]
        return f"{first.scheme}+cluster://127.0.0.1:{first.port}{first.query}"

    def primaries(self) -> list[Server]:
        """The servers that take writes, as they say themselves."""
        return [each for each in self.servers if each.answers() and each("ROLE")[0] == b"master"]

    def of(self, key: str) -> Server:
        """The primary that has a key."""
        asked = next(each for each in self.servers if each.answers())
        slot = asked("CLUSTER KEYSLOT", key)
        [port] = [found[2][1] for found in asked("CLUSTER SLOTS") if found[0] <= slot <= found[1]]
        [server] = [each for each in self.servers if each.port == port]
        return server

    def ready(self) -> bool:
        """Each server that answers sees every slot served and tells of a replica, and each primary has its own."""
        up = [each for each in self.servers if each.answers()]
        whole = all(_state(each) == ("ok", str(SLOTS), str(len(self.servers))) for each in up)
        told = all(len(slots) > 3 for each in up for slots in each("CLUSTER SLOTS"))
        return (
            whole
            and told
            and all(each.client().info("replication")["connected_slaves"] for each in self.primaries())
        )


@contextlib.contextmanager
def cluster(folder: Path, program: str, primaries: int = 3, *, tls: bool = False) -> Iterator[Cluster]:
    """A cluster of so many primaries, each with a replica."""
    if tls:
        make_certificate(folder)
    ports = [(free_port(), free_port()) for _ in range(2 * primaries)]
    made = Cluster(
        [Server(program, folder / str(n), *each, folder if tls else None) for n, each in enumerate(ports)]
    )
    try:
        for server in made.servers:
            server.start()
        _introduce(made.servers, primaries)
        until(made.ready)
        yield made
    finally:
        for server in made.servers:
            server.kill()


def make_certificate(folder: Path) -> None:
    """One for all servers, which they know each other by."""
    new = "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=events -addext subjectAltName=IP:127.0.0.1"
    files = ("-keyout", str(folder / KEY), "-out", str(folder / CERTIFICATE))
    subprocess.run([*new.split(), *files], check=True, capture_output=True)


def servers(url: str) -> list[str]:
    """The URL of each server of an event store: of a cluster all that it knows, else the one that is named."""
    if CLUSTER not in url:
        return [url]
    with redis.from_url(url.replace(CLUSTER, "")) as client:
        return [f"redis://{address}" for address in client.execute_command("CLUSTER NODES")]


def until(what: Any) -> None:
    """Wait until it is so."""
    end = time.monotonic() + WAIT_SECONDS
    while not what():
        if time.monotonic() > end:
            raise RuntimeError(f"{what} did not come true within {WAIT_SECONDS} s")
        time.sleep(0.02)


def _introduce(servers: Sequence[Server], primaries: int) -> None:
    first = servers[0]
    for number, server in enumerate(servers):
        server("CLUSTER SET-CONFIG-EPOCH", number + 1)
        if server is not first:
            first("CLUSTER MEET", "127.0.0.1", server.port, server.bus)
    for number, server in enumerate(servers[:primaries]):
        start, end = SLOTS * number // primaries, SLOTS * (number + 1) // primaries - 1
        server("CLUSTER ADDSLOTSRANGE", start, end)
    for server, primary in zip(servers[primaries:], servers, strict=False):
        until(lambda s=server, p=primary: p.id in str(s("CLUSTER NODES")))
        server("CLUSTER REPLICATE", primary.id)


def _state(server: Server) -> tuple[str, str, str]:
    info = server("CLUSTER INFO")
    return info["cluster_state"], info["cluster_slots_ok"], info["cluster_known_nodes"]
