"""Faces that start at once: whatever they import is there already, in the process that they are forked from.

A face is killed every few seconds; importing everything each time would leave little of the machine for visitors. It is
a process like any other, only without `exec`.
"""

import contextlib
import gc
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from tests.processes import Process, module
from tests.torture import entry


class Nursery:
    """The process that has everything and forks."""

    def __init__(self, log: Path, env: dict[str, str]) -> None:
        with log.open("ab") as errors:
            self._mother = subprocess.Popen(
                module("tests.torture.nursery"),
                env=env,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def born(self, face: str, env: dict[str, str], log: Path) -> int:
        """The process id of a new one."""
        assert self._mother.stdin
        assert self._mother.stdout
        self._mother.stdin.write(json.dumps([face, env, str(log)]) + "\n")
        self._mother.stdin.flush()
        return int(self._mother.stdout.readline())

    def close(self) -> None:
        self._mother.kill()
        self._mother.wait()


@dataclass
class Forked(Process):
    """A face from the nursery; `command` is its name."""

    nursery: Nursery | None = None
    forked: int = 0

    def start(self, stdin: int | None = None) -> None:
        assert self.nursery
        self._before = self.log.stat().st_size if self.log.exists() else 0
        self.log.touch()
        self.forked = self.nursery.born(self.command[0], dict(self.env), self.log)

    def signal(self, how: signal.Signals) -> None:
        if self.forked:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.forked, how)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        while self.alive:
            time.sleep(0.001)

    @property
    def alive(self) -> bool:
        return self.forked != 0 and Path(f"/proc/{self.forked}").exists()

    @property
    def pid(self) -> int:
        return self.forked


def main() -> None:
    """Fork for each line on stdin, and say the new one's process id."""
    for face in ("recorder", "heatmap"):
        import_module(f"{face}.__main__")
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who dies is gone at once
    for line in sys.stdin:
        face, env, log = json.loads(line)
        pid = os.fork()
        if not pid:
            _become(face, env, log)
        print(pid, flush=True)


def _become(face: str, env: dict[str, str], log: str) -> None:
    """In the new process: be this face until it ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    said = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for number in (1, 2):
        os.dup2(said, number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ.clear()
    os.environ.update(env)
    status = 1
    try:
        entry.main(face)
        status = 0
    except SystemExit as left:
        print(left.code, file=sys.stderr)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    main()
