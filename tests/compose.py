"""What docker-compose.yml says, for tests that run under the same options."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

_FILE = Path(__file__).parent.parent / "docker-compose.yml"


def users(password: str) -> dict[str, list[str]]:
    """The event store's users but for the default one, and the words of `ACL SETUSER` after the name."""
    lines = [line.split() for line in acl_file(password).splitlines()]
    return {name: words for _, name, *words in lines if name != "default"}


def acl_file(password: str) -> str:
    """The file of users, with one password for all of them."""
    content = _FILE.read_text("utf-8").partition("  users:\n    content: |\n")[2]
    lines = [line.strip() for line in content.splitlines()]
    return re.sub(r"\$\{\w+\}", password, "\n".join(lines) + "\n")


def described() -> dict[str, Any]:
    """The whole file, with its anchors put in."""
    read: dict[str, Any] = yaml.safe_load(_FILE.read_text("utf-8"))
    return read


def store_url() -> str:
    """Where it keeps what lasts."""
    return str(described()["x-settings"]["YESMAP_STORE_URL"])


def config(name: str, password: str) -> str:
    """One of the files that its services get, with one password for all."""
    return re.sub(r"\$\{[^}]*\}", password, described()["configs"][name]["content"])


def identities() -> dict[str, set[str]]:
    """The object store's users, and what SeaweedFS lets each do."""
    read = json.loads(config("identities", "password"))["identities"]
    return {each["name"]: set(each["actions"]) for each in read}


def object_store(folder: Path, secrets: Path) -> tuple[list[str], dict[str, str]]:
    """SeaweedFS' options and environment as they are, with the folders of its files and of its secrets."""
    service = described()["services"]["objects"]
    command = service["command"].replace("=/data", f"={folder}/data")
    command = command.replace("=/identities.json", f"={folder}/identities.json")
    told = {name: each.replace("/run/secrets", str(secrets)) for name, each in service["environment"].items()}
    return shlex.split(command), told


def make_bucket(endpoint: str) -> tuple[list[str], dict[str, str]]:
    """The command and environment of what makes the bucket, for an object store that is somewhere else."""
    service = described()["services"]["bucket"]
    [script] = service["command"]
    # `$$` is how Compose writes a dollar.
    script = script.replace("$$", "$").replace("http://objects:8333", endpoint)
    return [*service["entrypoint"], script], service["environment"]


def policy(role: str) -> str:
    """The same as a policy for any other S3 server, as an operator finds it."""
    return (_FILE.parent / "recorder/operate" / f"s3-{role}.json").read_text("utf-8")


def event_store_options(secrets: Path, port: int) -> list[str]:
    """The options of `redis-server` as they are, with the folder of its secrets and a port of the test's own.

    Without the file of users and the cap on memory.
    """
    command = _FILE.read_text("utf-8").partition("redis-server ")[2].partition("\n    user: redis")[0]
    words = [word.replace("/run/secrets", str(secrets)) for word in shlex.split(command)]
    words[words.index("--tls-port") + 1] = str(port)
    unwanted = ("--aclfile", "--maxmemory")
    return [w for n, w in enumerate(words) if w not in unwanted and words[n - 1] not in unwanted]


def scheduler(secrets: Path, port: int, health: int) -> list[str]:
    """The command of the Dask scheduler, with the same changes, for this machine alone; `health`: where it is asked."""
    [command] = re.findall(r"command: \[(dask, .*?)\]\n", _FILE.read_text("utf-8"), re.DOTALL)
    told = command.replace("/run/secrets", str(secrets)).replace("0.0.0.0:8786", f"127.0.0.1:{port}")
    told = told.replace(":8787", f":{health}")
    words = [word.strip().strip('"') for word in told.split(",")]
    return [str(Path(sys.executable).parent / words[0]), *words[1:]]


def health_check(path: str, port: int) -> list[str]:
    """The command that asks there whether what runs is healthy, with a port of the test's own."""
    [asked] = re.findall(rf"test: \[CMD, python, -c, \"(.*{path}.*)\"\]", _FILE.read_text("utf-8"))
    return [sys.executable, "-c", re.sub(r"127\.0\.0\.1:\d+", f"127.0.0.1:{port}", asked)]


def url(user: str, password: str, secrets: Path, port: int) -> str:
    """How a face comes to the event store, with the same changes."""
    [found] = re.findall(rf"^  {user}: \{{content: \"(.*)\"\}}$", _FILE.read_text("utf-8"), re.MULTILINE)
    told = re.sub(r"\$\{[^}]*\}", password, found).replace("/run/secrets", str(secrets))
    return told.replace("@events:6379", f"@localhost:{port}")


def make_certificates(secrets: Path) -> None:
    """The certificates that the steps at the top of the file make, for this machine's name."""
    for command in re.findall(r"#   (openssl req .*) \\\n#     (.*)\n", _FILE.read_text("utf-8")):
        words = shlex.split(" ".join(command).replace("DNS:events", "DNS:localhost"))
        words = [word.replace("secrets/", f"{secrets}/") for word in words]
        subprocess.run(words, check=True, capture_output=True)
