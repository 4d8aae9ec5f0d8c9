"""`make prove`: prints what was searched, what was found and what may be left; the last line is JSON.

1. *Control*: something is hidden in every place on purpose, and the search finds it.
2. *Trials*: a recording with a crowd in it, on Debian's Redis and a real S3 server, and on the embedded Valkey and a
   folder: searched while it runs, after its end, and after a restart; then a thief tries to open a copy of it.
3. *Mutants*: Yesmap with one promise broken; for each the same search must find what is left.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from tests import s3server
from tests.processes import end_by_itself
from tests.prove import control, expiry, trial
from tests.prove.house import house
from tests.prove.shown import allowed_table, findings_table
from tests.prove.trial import Outcome

console = Console(width=150, soft_wrap=True)

#: What must be found before the end, else the search is blind: kinds and places by the kind of event store.
EVERYWHERE = (
    ("sealed batches", "append-only file"),
    ("session ids", "append-only file"),
    ("sealed batches", "event store"),
    ("sealed batches", "memory of event store"),
    ("recording key", "memory of recorder"),
    ("session keys", "memory of recorder"),
    ("tokens", "memory of recorder"),
)
BEFORE = {
    "valkey": (*EVERYWHERE, ("recording key", "data folder"), ("audit ids", "data folder")),
    "redis": (
        *EVERYWHERE,
        *(("recording key", "keys' bucket"), ("audit ids", "bucket"), ("sealed batches", "snapshot file")),
    ),
}

Caught = Callable[[Outcome], bool]
#: Each mutant with what must be found because of it.
MUTANTS: dict[str, Caught] = {
    "keep_the_key": lambda o: ("recording key", "data folder") in o.after.wrong and o.back == o.stolen,
    "keep_the_data": lambda o: ("sealed batches", "event store") in o.after.wrong,
    "keep_the_files": lambda o: ("sealed batches", "append-only file") in o.after.wrong,
    "seal_nothing": lambda o: o.back > 0,
    "overwrite_nothing": lambda o: all(
        o.after.wrong["events", f"memory of {face}"] for face in ("recorder", "heatmap")
    ),
    "log_requests": lambda o: all(
        o.after.wrong[kind, "logs"] for kind in ("addresses", "queries", "referrers")
    ),
}


@dataclass
class Tally:
    """What stands in the last line."""

    markers: int = 0
    places: int = 0
    hits_before: int = 0
    hits_after: int = 0
    mutants_caught: int = 0
    mutants: int = 0
    wrong: list[str] = field(default_factory=list)

    def check(self, holds: bool, said: str) -> None:
        if not holds:
            self.wrong.append(said)

    def line(self) -> str:
        return json.dumps({name: n for name, n in vars(self).items() if name != "wrong"})


def main() -> int:
    if lacking := s3server.missing():
        sys.exit(f"NOT PROVEN: {', '.join(lacking)} absent; .ci/run shows how to install them")
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="yesmap-prove-") as name:
        folder = Path(name)
        _mutants(folder / "mutants", tally)
        _trial(folder / "valkey", "valkey", None, tally)
        (folder / "s3").mkdir()
        with s3server.running(folder / "s3") as server:
            os.environ.update(server.environment())
            _trial(folder / "redis", "redis", server, tally)
    for said in tally.wrong:
        console.print(f"[red]WRONG[/red] {said}")
    print(tally.line(), flush=True)
    return 1 if tally.wrong else 0


def _trial(folder: Path, kind: str, server: s3server.Server | None, tally: Tally) -> None:
    with _timed(f"{kind}: control"), house(folder / "control", kind, server) as empty:
        missed = control.missed(empty)
        tally.check(not missed, f"{kind}: what was hidden on purpose was not found: {', '.join(missed)}")
    with _timed(f"{kind}: trial"), house(folder / "trial", kind, server) as full:
        full.start()
        outcome = trial.run(full)
    console.print(findings_table(kind, outcome), allowed_table(outcome))
    blind = [f"{what} in {where}" for what, where in BEFORE[kind] if not outcome.before.wrong[what, where]]
    tally.check(not blind, f"{kind}: not found while the recording ran: {', '.join(blind)}")
    tally.check(outcome.certified, f"{kind}: the recording was not certified")
    tally.check(outcome.hits_after == 0, f"{kind}: {outcome.hits_after} hits after the end")
    tally.check(
        0 < outcome.stolen == outcome.with_key,
        f"{kind}: a thief with the key opens only {outcome.with_key} of {outcome.stolen} batches",
    )
    tally.markers += outcome.markers
    tally.places += len(outcome.places)
    tally.hits_before += outcome.before.hits
    tally.hits_after += outcome.hits_after


def _mutants(folder: Path, tally: Tally) -> None:
    caught = {name: _broken(folder / name, name, is_caught) for name, is_caught in MUTANTS.items()}
    caught["never_expire"] = _expires(folder, tally)
    tally.mutants, tally.mutants_caught = len(caught), sum(caught.values())
    for name, found in caught.items():
        tally.check(found, f"mutant {name} was not noticed")


def _broken(folder: Path, mutant: str, is_caught: Caught) -> bool:
    with _timed(f"mutant {mutant}") as said, house(folder, "valkey", None, f"look_often,{mutant}") as broken:
        broken.start()
        outcome = trial.run(broken, memory=mutant == "overwrite_nothing", windows=mutant == "keep_the_key")
        caught = is_caught(outcome)
        said.append("caught" if caught else "NOT CAUGHT")
    return caught


def _expires(folder: Path, tally: Tally) -> bool:
    """Nobody is alive to end a recording: its raw events expire by themselves, unless that is switched off."""
    with _timed("nobody ends the recording"), house(folder / "expiry", "valkey", None, "hurry") as alone:
        left = expiry.left(alone)
        tally.check(left == 0, f"{left} keys of the event store did not expire")
    with (
        _timed("mutant never_expire") as said,
        house(folder / "never", "valkey", None, "hurry,never_expire") as broken,
    ):
        caught = expiry.left(broken) > 0
        said.append("caught" if caught else "NOT CAUGHT")
    return caught


@contextmanager
def _timed(what: str) -> Iterator[list[str]]:
    began, said = time.monotonic(), list[str]()
    yield said
    console.print(" ".join([f"{what}:", *said, f"{time.monotonic() - began:.0f} s"]))


if __name__ == "__main__":
    end_by_itself()
    sys.exit(main())
