"""Programs of ours as an operator starts them: one process each, what they say in a file, gone with the test."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

#: A face imports everything, opens its stores and tries them: two seconds, more on a busy machine.
READY_SECONDS = 90


@dataclass
class Process:
    """One program. `log` gets all that it says, over all its starts."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    log: Path
    says: str = ""  #: what it prints when it is ready
    child: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    def start(self, stdin: int | None = None) -> None:
        """Start it; whoever needs it ready calls `wait`."""
        self._before = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.child = subprocess.Popen(
                self.command,
                env=self.env,
                stdin=stdin,
                stdout=log,
                stderr=log,
                start_new_session=True,
                # A file that may not grow is an error to whoever writes, as on a full disk, and no signal.
                restore_signals=False,
            )

    def wait(self) -> None:
        """Until it has said that it is ready."""
        end = time.monotonic() + READY_SECONDS
        while self.says.encode() not in self._said():
            if not self.alive or time.monotonic() > end:
                raise RuntimeError(f"{self.name} did not start: {self._said()[-500:].decode()}")
            time.sleep(0.05)

    def signal(self, how: signal.Signals) -> None:
        if self.alive and self.child:
            self.child.send_signal(how)

    def kill(self) -> None:
        """At once, also when it is stopped."""
        self.signal(signal.SIGKILL)
        if self.child:
            self.child.wait()

    def stop(self) -> None:
        """As an operator stops it."""
        self.signal(signal.SIGTERM)
        if self.child:
            try:
                self.child.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()

    @property
    def alive(self) -> bool:
        return self.child is not None and self.child.poll() is None

    @property
    def pid(self) -> int:
        assert self.child
        return self.child.pid

    def _said(self) -> bytes:
        with self.log.open("rb") as log:
            log.seek(self._before)
            return log.read()


def end_by_itself() -> None:
    """A program that is told to stop leaves its blocks, and so stops what it has started."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def module(name: str, *words: str) -> list[str]:
    """The command that runs a module of this environment."""
    return [sys.executable, "-m", name, *words]


def environment(folder: Path, **more: str) -> dict[str, str]:
    """What a face needs to know, and nothing that this shell has set for another Yesmap."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("YESMAP_")}
    return {**plain, "YESMAP_DATA": str(folder), "PYTHONUNBUFFERED": "1", **more}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
