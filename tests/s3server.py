"""A real S3 server on loopback for tests: Ceph's object gateway with one monitor and one in-memory storage daemon."""

import base64
import contextlib
import os
import secrets
import shutil
import signal
import struct
import subprocess
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiobotocore.session import get_session

from tests.processes import Process, free_port

PROGRAMS = ("radosgw", "radosgw-admin", "ceph-mon", "ceph-osd", "monmaptool", "ceph-authtool", "ceph")
WAIT_SECONDS = 90


@dataclass(frozen=True)
class Server:
    """Where the server is and who may use it."""

    url: str
    access: str
    secret: str
    folder: Path
    gateway: (
        Process  #: the program that answers; it may be killed and started again, its objects are elsewhere
    )
    programs: list[Process] = field(default_factory=list)  #: all that run, in the order of their start

    @property
    def logs(self) -> Path:
        """The folder of what its programs write down."""
        return self.gateway.log.parent

    def environment(self) -> dict[str, str]:
        return {"AWS_ACCESS_KEY_ID": self.access, "AWS_SECRET_ACCESS_KEY": self.secret}

    def raise_up(self) -> None:
        """Have it answer, also when it was stopped or killed."""
        self.gateway.signal(signal.SIGCONT)
        if not self.gateway.alive:
            self.gateway.start()
        _until(lambda: _answers(self.url), "the gateway")

    def client(self, service: str = "s3") -> Any:
        """As the user who may do everything."""
        return get_session().create_client(
            service,
            endpoint_url=self.url,
            region_name="default",
            aws_access_key_id=self.access,
            aws_secret_access_key=self.secret,
        )

    async def new_bucket(self, name: str = "") -> str:
        name = name or f"test-{secrets.token_hex(6)}"
        async with self.client() as client:
            await client.create_bucket(Bucket=name)
        return name

    async def new_user(self, name: str, policy: str) -> dict[str, str]:
        """Who may do what the IAM policy says and nothing else in buckets of others; gives its `environment`."""
        secret = secrets.token_hex(20)
        _run(*_administer(self.folder), *_new_user(name, name, secret))
        async with self.client("iam") as client:
            await client.put_user_policy(UserName=name, PolicyName=name, PolicyDocument=policy)
        return {"AWS_ACCESS_KEY_ID": name, "AWS_SECRET_ACCESS_KEY": secret}

    async def new_store(self) -> dict[str, str]:
        """The settings of an object store in a bucket of its own."""
        url = f"s3://{await self.new_bucket()}/yesmap"
        return {"store_url": url, "s3_endpoint": self.url, "s3_region": "default"}


def missing() -> list[str]:
    """The programs that this machine lacks."""
    return [name for name in PROGRAMS if shutil.which(name) is None]


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Server]:
    """A server with one user, gone with this block."""
    port = free_port()
    config, keyring = str(folder / "ceph.conf"), str(folder / "keyring")
    words = ("radosgw", "-c", config, "-n", "client.rgw.a", "-k", keyring, "-f")
    gateway = _daemon(folder, *words)
    server = Server(f"http://127.0.0.1:{port}", "test-access", secrets.token_hex(20), folder, gateway)
    try:
        _start(folder, server)
        yield server
    finally:
        for program in reversed(server.programs):
            program.kill()  # the gateway may take a minute over SIGTERM


def _daemon(folder: Path, *words: str) -> Process:
    return Process(words[0], words, dict(os.environ), folder / "log" / f"{words[0]}.out")


def _start(folder: Path, server: Server) -> None:
    fsid, config = str(uuid.uuid4()), folder / "ceph.conf"
    for name in ("mon", "osd", "run", "log"):
        (folder / name).mkdir()
    config.write_text(_config(folder, fsid, int(server.url.rsplit(":", 1)[1])))
    keyring = folder / "keyring"
    keyring.write_text(_keyring())

    def start(process: Process) -> None:
        server.programs.append(process)
        process.start()

    common = ("-c", str(config))
    monitor = _monitor_address(config)
    _run("monmaptool", "--create", "--fsid", fsid, "--addv", "a", f"[v2:{monitor}]", str(folder / "monmap"))
    _run(
        "ceph-mon",
        *common,
        "--mkfs",
        "-i",
        "a",
        "--monmap",
        str(folder / "monmap"),
        "--keyring",
        str(keyring),
    )
    start(_daemon(folder, "ceph-mon", *common, "-i", "a", "-f"))
    _until(lambda: _run("ceph", *common, "--connect-timeout", "2", "-s", check=False), "the monitor")
    disk = str(uuid.uuid4())
    _run("ceph", *common, "osd", "new", disk, "-i", "-", stdin=b"{}")
    _run("ceph", *common, "auth", "import", "-i", str(keyring))
    _run("ceph-osd", *common, "-i", "0", "--mkfs", "--osd-uuid", disk, "--keyring", str(keyring))
    start(_daemon(folder, "ceph-osd", *common, "-i", "0", "-f"))
    start(server.gateway)
    _until(lambda: _answers(server.url), "the gateway")
    new_user = _new_user("test", server.access, server.secret)
    _run(*_administer(folder), *new_user, "--caps=user-policy=*")


def _administer(folder: Path) -> tuple[str, ...]:
    return ("radosgw-admin", "-c", f"{folder}/ceph.conf", "-n", "client.admin", "-k", f"{folder}/keyring")


def _new_user(name: str, access: str, secret: str) -> tuple[str, ...]:
    named = (f"--uid={name}", f"--display-name={name}")
    return ("user", "create", *named, f"--access-key={access}", f"--secret-key={secret}")


def _run(*words: str, check: bool = True, stdin: bytes | None = None) -> bool:
    done = subprocess.run(words, input=stdin, capture_output=True, timeout=60, check=False)
    if check and done.returncode:
        raise RuntimeError(f"{words[0]} failed: {done.stderr.decode(errors='replace')[-500:]}")
    return done.returncode == 0


def _config(folder: Path, fsid: str, port: int) -> str:
    return f"""[global]
fsid = {fsid}
mon initial members = a
mon host = v2:127.0.0.1:{free_port()}
ms bind msgr1 = false
public addr = 127.0.0.1
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
keyring = {folder}/keyring
run dir = {folder}/run
admin socket = {folder}/run/$name.asok
pid file = {folder}/run/$name.pid
log file = {folder}/log/$name.log
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
osd objectstore = memstore
memstore device bytes = 2147483648
osd memory target = 939524096
osd data = {folder}/osd
mon data = {folder}/mon
mon data avail warn = 1
mon data avail crit = 1
[client.rgw.a]
rgw frontends = beast endpoint=127.0.0.1:{port}
rgw crypt require ssl = false
"""


def _monitor_address(config: Path) -> str:
    line = next(line for line in config.read_text().splitlines() if line.startswith("mon host"))
    return line.split("v2:")[1]


def _keyring() -> str:
    allowed = {
        "mon.": ["mon = allow *"],
        "client.admin": ["mon = allow *", "osd = allow *", "mgr = allow *"],
        "osd.0": ["mon = allow profile osd", "osd = allow *", "mgr = allow profile osd"],
        "client.rgw.a": ["mon = allow rw", "osd = allow rwx"],
    }
    lines = []
    for name, caps in allowed.items():
        lines += [f"[{name}]", f"key = {_ceph_key()}"]
        lines += [f'caps {cap.split(" = ")[0]} = "{cap.split(" = ")[1]}"' for cap in caps]
    return "\n".join(lines) + "\n"


def _ceph_key() -> str:
    """A cephx key: type 1, the time, 16 bytes."""
    return base64.b64encode(struct.pack("<HIIH", 1, int(time.time()), 0, 16) + os.urandom(16)).decode()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own server
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def _until(holds: Callable[[], bool], what: str) -> None:
    for _ in range(WAIT_SECONDS * 5):
        if holds():
            return
        time.sleep(0.2)
    raise RuntimeError(f"{what} did not come up within {WAIT_SECONDS} s")
