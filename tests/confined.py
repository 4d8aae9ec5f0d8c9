"""Services of docker-compose.yml with no more rights than there: not root, nowhere to write but their volumes.

Without a container engine: a mount namespace in which everything is read-only but what the service names, with its
secrets in `/run/secrets`, and a user with no capability but to read what the tests' owner may read.
"""

import contextlib
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests import compose
from tests.processes import Process, environment

USER = 10001  #: the image's
_CAPABILITIES = "-all,+dac_read_search"
_SCRIPT = """
mount -t tmpfs secrets /run && mkdir /run/secrets && mount --bind "$SECRETS" /run/secrets || exit
for folder in $WRITABLE; do mount --bind "$folder" "$folder" || exit; done
for place in $(awk '{print $5}' /proc/self/mountinfo); do
  case " $WRITABLE " in *" $place "*) continue;; esac
  case $place in /proc*|/sys*|/dev*) continue;; esac
  mount -o remount,bind,ro "$place" 2>/dev/null
done
exec setpriv --reuid "$USER_ID" --regid "$USER_ID" --clear-groups --no-new-privs \\
  --inh-caps="$CAPABILITIES" --ambient-caps="$CAPABILITIES" --bounding-set="$CAPABILITIES" -- "$@"
"""


def needed() -> None:
    """Skip where this cannot be done."""
    tried = ("unshare", "--mount", "setpriv", "--reuid", "1", "--clear-groups", "true")
    known = all(map(shutil.which, ("unshare", "setpriv")))
    if not known or subprocess.run(tried, check=False, capture_output=True).returncode:
        pytest.skip("NOT TESTED: to take rights away from what docker-compose.yml starts needs root")


@dataclass
class House:
    """The services that run, with a folder for each volume. `moved`: what stands in place of what the file says."""

    folder: Path
    moved: Mapping[str, str]
    running: list[Process] = field(default_factory=list)

    def start(self, name: str, says: str, *words: str, **more: str) -> Process:
        """A service by its name in the file; `words` are added to its command, `more` to its environment."""
        command = [*self._words(self._service(name)["command"]), *words]
        process = Process(name, _confined(command), self._environment(name, more), self._log(name), says)
        self.running.append(process)
        process.start()
        process.wait()
        return process

    def run(self, name: str, command: Sequence[str], **more: str) -> "subprocess.CompletedProcess[str]":
        """Another command in the same place, as `docker compose exec` has it."""
        env = self._environment(name, more)
        return subprocess.run(_confined(command), env=env, check=False, capture_output=True, text=True)

    def healthy(self, name: str, port: int, *words: str) -> bool:
        """What its health check finds, at another port; `words` are added to it."""
        _, *command = self._service(name)["healthcheck"]["test"]
        asked = [word.replace(":9100/", f":{port}/") for word in self._words(command)]
        return not self.run(name, [*asked[:1], *words, *asked[1:]]).returncode

    def _service(self, name: str) -> dict[str, Any]:
        service: dict[str, Any] = compose.described()["services"][name]
        return service

    def _words(self, said: str | list[str]) -> list[str]:
        return shlex.split(self._moved(said)) if isinstance(said, str) else [*map(self._moved, said)]

    def _environment(self, name: str, more: Mapping[str, str]) -> dict[str, str]:
        service = self._service(name)
        told = {key: self._moved(str(value)) for key, value in service.get("environment", {}).items()}
        rights = {
            "WRITABLE": " ".join(self._writable(name, service)),
            "SECRETS": self._secrets(name, service),
            "USER_ID": str(USER),
            "CAPABILITIES": _CAPABILITIES,
        }
        plain = environment(self.folder, TMPDIR=self._folder(f"{name}-tmp"), HOME="/nonexistent")
        del plain["YESMAP_DATA"]
        return {**plain, **told, **rights, **more}

    def _writable(self, name: str, service: Mapping[str, Any]) -> Iterator[str]:
        for _ in service.get("tmpfs", []):
            yield self._folder(f"{name}-tmp")
        for volume in service.get("volumes", []):
            source, _, *how = volume.split(":")
            if "ro" not in how:
                yield self._folder(source)
        if "s3.ini" in str(service.get("configs")):
            yield self._folder("objects")  # in place of an S3 server

    def _secrets(self, name: str, service: Mapping[str, Any]) -> str:
        """What it has in `/run/secrets`, and nothing else."""
        place = Path(self._folder(f"{name}-secrets"))
        for file in service.get("secrets", []):
            shutil.copy(self.folder / file, place)
            (place / file).chmod(0o644)
        for each in service.get("configs", []):
            content = self._moved(compose.config(each["source"], "password"))
            (place / Path(each["target"]).name).write_text(content)
        return str(place)

    def _folder(self, name: str) -> str:
        place = self.folder / name
        place.mkdir(exist_ok=True)
        os.chown(place, USER, USER)
        return str(place)

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def _moved(self, text: str) -> str:
        for what, where in self.moved.items():
            text = text.replace(what, where)
        return text


def _confined(command: Sequence[str]) -> list[str]:
    ours = Path(sys.executable).parent / command[0]
    program = str(ours) if ours.exists() else command[0]
    return ["unshare", "--mount", "--propagation", "private", "sh", "-c", _SCRIPT, "-", program, *command[1:]]


@contextlib.contextmanager
def house(folder: Path, moved: Mapping[str, str]) -> Iterator[House]:
    """Nothing of it runs after the block."""
    compose.make_certificates(folder)
    made = House(folder, moved)
    try:
        yield made
    finally:
        for process in reversed(made.running):
            process.kill()
