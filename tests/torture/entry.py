"""A face as it is, with a clock that can be set and deaths that can be ordered.

- In the folder `TORTURE_CLOCKS`, a file named by the process id holds seconds by which its clock is off, also when it
  signs a request to the object store.
- In the folder `TORTURE_DEATHS`, a file `ID.before-drawn` or `ID.after-drawn` kills the first worker that comes there
  with that recording.
- A worker looks for what is due each second, a lease ends sooner, and so does the wait for a key that is not there, so
  that a run takes seconds.
"""

import contextlib
import os
import runpy
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore import auth as signing

from tests.torture.mutants import MUTANTS

#: How often a process looks whether its clock was set, s.
LOOK_SECONDS = 0.05
#: A third of what they are: on a busy machine less would be held by nobody.
FASTER = 3


def set_clock(folder: Path) -> None:
    """From now on this process has the clock that its file says."""
    real, monotonic, file = time.time_ns, time.monotonic, folder / str(os.getpid())
    looked, off = 0.0, 0

    def time_ns() -> int:
        nonlocal looked, off
        if monotonic() - looked > LOOK_SECONDS:
            looked = monotonic()
            with contextlib.suppress(OSError, ValueError):
                off = int(file.read_text())
        return real() + off * 1_000_000_000

    file.write_text("0")
    time.time_ns = time_ns
    time.time = lambda: time_ns() / 1e9
    signing.get_current_datetime = lambda: datetime.fromtimestamp(time.time(), UTC).replace(tzinfo=None)


def die_where_told(folder: Path) -> None:
    """Killed right before or right after a state is written."""
    from recorder.recording import Recording
    from recorder.registry import Registry

    written = Registry.change

    def reached(name: str, when: str, state: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            (folder / f"{name}.{when}-{state}").unlink()
            os.kill(os.getpid(), signal.SIGKILL)

    async def change(
        self: Registry, name: str, how: Callable[[Recording], Recording], *more: Any, **named: Any
    ) -> Recording:
        changed = False

        def watched(current: Recording) -> Recording:
            nonlocal changed
            after = how(current)
            changed = after.state != current.state
            if changed:
                reached(name, "before", after.state)
            return after

        after = await written(self, name, watched, *more, **named)
        if changed:
            reached(name, "after", after.state)
        return after

    setattr(Registry, written.__name__, change)


def hurry() -> None:
    from heatmap import worker
    from heatmap.end import final, lease

    worker.ROUND_SECONDS = 1.0
    final.PATIENCE_MS = 3000
    for name in ("LEASE_SECONDS", "BEAT_SECONDS", "HOLD_SECONDS"):
        setattr(lease, name, getattr(lease, name) / FASTER)


def main(face: str) -> None:
    if mutant := os.environ.get("TORTURE_MUTANT"):
        MUTANTS[mutant]()
    set_clock(Path(os.environ["TORTURE_CLOCKS"]))
    if face == "heatmap":
        die_where_told(Path(os.environ["TORTURE_DEATHS"]))
        hurry()
    sys.argv = [face]
    # As `python -m` does, so that it begins by having its memory overwritten.
    runpy.run_module(face, run_name="__main__", alter_sys=True)
