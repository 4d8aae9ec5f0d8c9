"""SeaweedFS as docker-compose.yml starts it: the same options, users and secrets, with ports of the test's own."""

import contextlib
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests import compose
from tests.processes import Process, free_port

PASSWORD = "a-password-of-the-tests"
#: What the image itself puts before the command; the first word is the command's.
OF_THE_IMAGE = ("server", "-volume.max=0", "-master.volumeSizeLimitMB=1024")
#: Where containers would reach it; what is open inside its own container alone is at 127.0.0.1.
OUTSIDE = "127.0.0.2"
PORTS = [f"{part}.{port}" for part in ("master", "volume", "filer", "s3") for port in ("port", "port.grpc")]


@dataclass(frozen=True)
class Server:
    """Where it is, and what it keeps."""

    folder: Path
    ports: dict[str, int]  #: by the option that moves it
    process: Process

    @property
    def url(self) -> str:
        return f"http://{OUTSIDE}:{self.ports['s3.port']}"

    @property
    def settings(self) -> dict[str, str]:
        """A face's, but for its credentials."""
        return {"store_url": compose.store_url(), "s3_endpoint": self.url, "s3_region": "us-east-1"}

    def credentials(self, role: str, password: str = PASSWORD) -> str:
        """The file that the compose file gives to whoever plays this role."""
        file = self.folder / f"{role}.ini"
        file.write_text(compose.config(f"{role}-objects", password))
        return str(file)

    def holding(self, some: bytes) -> list[str]:
        """Its files that have these bytes somewhere."""
        files = [file for file in (self.folder / "data").rglob("*") if file.is_file()]
        return sorted(file.name for file in files if some in file.read_bytes())


def program(name: str = "weed") -> str | None:
    """One of this environment or of the machine."""
    return shutil.which(name, path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))


@contextlib.contextmanager
def running(weed: str, folder: Path) -> Iterator[Server]:
    """The server, gone with this block."""
    compose.make_certificates(folder)
    (folder / "data").mkdir()
    (folder / "identities.json").write_text(compose.config("identities", PASSWORD))
    (_, *options), secrets = compose.object_store(folder, folder)
    ports = {name: free_port() for name in PORTS}
    moved = [word.replace("0.0.0.0", OUTSIDE) for word in options]  # noqa: S104 - it is in what is replaced
    moved += [f"-{name}={port}" for name, port in ports.items()]
    command = (weed, "-logtostderr=true", *OF_THE_IMAGE, *moved)
    environment = {**os.environ, **secrets, "HOME": str(folder)}
    process = Process("weed", command, environment, folder / "weed.log", says="Start Seaweed S3 API Server")
    server = Server(folder, ports, process)
    try:
        process.start()
        process.wait()
        yield server
    finally:
        process.kill()
        for port in ports.values():
            for left in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):  # noqa: S108 - it makes them there
                left.unlink()
