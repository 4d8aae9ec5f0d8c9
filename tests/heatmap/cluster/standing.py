"""`python -m tests.heatmap.cluster.standing SHARE COMMAND`: a `yesmap` that stands still in the middle of a share.

It has made the shares before, and read some sessions of this one. It also looks more often whether there is something
to be let go of, so that a test need not wait.
"""

import sys
import threading
from dataclasses import dataclass, replace
from typing import Any

from heatmap import command
from heatmap.cluster import shares
from heatmap.crew import Job
from recorder import limits


@dataclass
class Standing:
    """What a share adds up to, up to its first sessions."""

    gathered: Any

    def add(self, part: Any) -> None:
        self.gathered.add(part)
        sys.stdout.write("standing\n")
        sys.stdout.flush()
        threading.Event().wait()


def stand_in(number: int) -> None:
    """In the share of this number, from 1; 0: in none."""
    patched: Any = shares
    fill, begun = patched.fill, 0

    async def standing(log: Any, key: bytes, job: Job[Any]) -> Any:
        nonlocal begun
        begun += 1
        return await fill(log, key, replace(job, empty=Standing(job.empty)) if begun == number else job)

    patched.fill = standing


if __name__ == "__main__":
    limits.KEYS_SECONDS = 0.2
    stand_in(int(sys.argv[1]))
    sys.argv = ["yesmap", *sys.argv[2:]]
    command.main()
