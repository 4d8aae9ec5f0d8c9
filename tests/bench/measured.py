"""Processes that are measured: started, told what they say first, and the processor time that they took."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE
from typing import Any

from recorder import overwriting

_TICKS = os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def started(*words: str) -> Iterator[tuple[dict[str, Any], int]]:
    """A process that is measured, its memory written over as the program's is: what it tells first, and its id."""
    command, env = [sys.executable, "-m", *words], os.environ | overwriting.NEEDED
    with subprocess.Popen(command, env=env, stdin=PIPE, stdout=PIPE, text=True) as process:
        try:
            assert process.stdout
            yield json.loads(process.stdout.readline()), process.pid
        finally:
            process.terminate()


def cpu_seconds(pid: int) -> float:
    """Processor time of all threads of a process, in user and kernel mode."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
