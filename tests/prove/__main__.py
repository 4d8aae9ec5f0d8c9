"""`make prove`: prints what was searched, what was found and what may be left; the last line is JSON.

1. *Control*: something is hidden in every place on purpose, and the search finds it.
2. *Trials*: a recording with a crowd in it, on Debian's Redis and a real S3 server, and on the embedded Valkey and a
   folder: searched while it runs, after its end, and after a restart; then a thief tries to open a copy of it.
3. *Mutants*: Yesmap with one promise broken; for each the same search must find what is left.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from tests import s3server
from tests.processes import end_by_itself
from tests.prove import control, expiry, pool, trial
from tests.prove.findings import Findings
from tests.prove.house import House, house
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
    ("previews", "memory of heatmap"),
)
BEFORE = {
    "valkey": (
        *EVERYWHERE,
        *(("recording key", "data folder"), ("audit ids", "data folder"), pool.KEY),
    ),
    "redis": (
        *EVERYWHERE,
        *(("recording key", "keys' bucket"), ("audit ids", "bucket"), ("sealed batches", "snapshot file")),
        *(("audit ids", "object store's logs"), ("sealed batches", "memory of drawer")),
        *(("recording key", "memory of ceph-osd"), ("audit ids", "memory of radosgw")),
    ),
}


@dataclass(frozen=True)
class Mutant:
    """What must be found because of it, on which stores, and what has to be done for that."""

    caught: Callable[[Outcome], bool]
    on: tuple[str, ...] = ("valkey", "redis")
    memory: bool = False
    windows: bool = False


def _finds(kind: str, *where: str) -> Callable[[Outcome], bool]:
    """After the end this kind is in each of these places."""
    return lambda o: all(o.after.wrong[kind, place] for place in where)


LOGGED = ("addresses", "queries", "referrers", "forms", "accepted bodies", "refused bodies")

MUTANTS = {
    "keep_the_key": Mutant(
        lambda o: any(o.after.wrong["recording key", place] for place in ("data folder", "keys' bucket")),
    ),
    # Only the copy from before has the key, once everything has ended.
    "copy_the_key": Mutant(
        lambda o: o.back == o.stolen and not o.after.wrong["recording key", "bucket"],
        ("redis",),
        windows=True,
    ),
    "keep_the_data": Mutant(_finds("sealed batches", "event store")),
    "keep_the_files": Mutant(_finds("sealed batches", "append-only file")),
    "seal_nothing": Mutant(lambda o: o.back > 0, ("valkey",)),
    "overwrite_nothing": Mutant(
        _finds("events", "memory of recorder", "memory of heatmap"), ("valkey",), memory=True
    ),
    "keep_the_previews": Mutant(_finds("previews", "memory of heatmap"), ("valkey",), memory=True),
    "log_requests": Mutant(
        lambda o: all(o.after.wrong[kind, "logs"] for kind in LOGGED),
        ("valkey",),
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
    unseen: dict[str, bool] = field(
        default_factory=dict
    )  #: kinds, and whether none of it was found before an end

    def check(self, holds: bool, said: str) -> None:
        if not holds:
            self.wrong.append(said)

    def look_at(self, before: Findings, kinds: Iterable[str]) -> None:
        """What is found nowhere, also not by a Yesmap that overwrites nothing, was never there to be looked for."""
        seen = {kind for kind, _ in before.wrong}
        self.unseen |= {kind: kind not in seen and self.unseen.get(kind, True) for kind in kinds}

    def line(self) -> str:
        return json.dumps({name: n for name, n in vars(self).items() if isinstance(n, int)})


def main() -> int:
    argparse.ArgumentParser(description=__doc__).parse_args()  # it takes none, and says what it does
    if lacking := s3server.missing():
        sys.exit(f"NOT PROVEN: {', '.join(lacking)} absent; .ci/run shows how to install them")
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="yesmap-prove-") as name:
        folder = Path(name)
        (folder / "s3").mkdir()
        with s3server.running(folder / "s3") as server:
            os.environ.update(server.environment())
            _mutants(folder / "mutants", server, tally)
            _trial(folder / "valkey", "valkey", None, tally)
            _trial(folder / "redis", "redis", server, tally)
    never = [kind for kind, unseen in tally.unseen.items() if unseen]
    tally.check(not never, f"never found before an end, in any place: {', '.join(never)}")
    for said in tally.wrong:
        console.print(f"[red]WRONG[/red] {said}")
    print(tally.line(), flush=True)
    return 1 if tally.wrong else 0


def _trial(folder: Path, kind: str, server: s3server.Server | None, tally: Tally) -> None:
    with _timed(f"{kind}: control"), house(folder / "control", kind, server) as empty:
        missed = control.missed(empty)
        tally.check(not missed, f"{kind}: what was hidden on purpose was not found: {', '.join(missed)}")
    with _timed(f"{kind}: trial"), _whole(folder, kind, server) as full:
        full.start()
        outcome = trial.run(full, pool=not full.cluster)
    console.print(findings_table(kind, outcome), allowed_table(outcome))
    blind = [f"{what} in {where}" for what, where in BEFORE[kind] if not outcome.before.wrong[what, where]]
    tally.check(not blind, f"{kind}: not found while the recording ran: {', '.join(blind)}")
    tally.check(outcome.certified, f"{kind}: the recording was not certified")
    tally.check(outcome.hits_after == 0, f"{kind}: {outcome.hits_after} hits after the end")
    tally.check(
        0 < outcome.stolen == outcome.with_key,
        f"{kind}: a thief with the key opens only {outcome.with_key} of {outcome.stolen} batches",
    )
    tally.look_at(outcome.before, outcome.kinds)
    tally.markers += outcome.markers
    tally.places += len(outcome.places)
    tally.hits_before += outcome.before.hits
    tally.hits_after += outcome.hits_after


def _whole(folder: Path, kind: str, server: s3server.Server | None) -> AbstractContextManager[House]:
    """One in which others draw the final pictures: a Dask cluster, or processes that the team's face starts."""
    if server:
        return house(folder / "trial", kind, server, drawers=True)
    return house(folder / "trial", kind, mutant="share_out")


def _mutants(folder: Path, server: s3server.Server, tally: Tally) -> None:
    """On both kinds of stores where these matter; each takes a while."""
    stores = {"valkey": None, "redis": server}
    for kind, where in stores.items():
        for name, mutant in MUTANTS.items():
            if kind in mutant.on:
                _broken(folder / kind / name, kind, where, name, tally)
    _expires(folder, tally)


def _broken(folder: Path, kind: str, server: s3server.Server | None, name: str, tally: Tally) -> None:
    mutant = MUTANTS[name]
    with house(folder, kind, server, f"look_often,{name}") as broken, _tried(kind, name, tally) as found:
        broken.start()
        outcome = trial.run(broken, memory=mutant.memory, windows=mutant.windows, restart=False)
        found.append(mutant.caught(outcome))
    tally.look_at(outcome.before, outcome.kinds)


def _expires(folder: Path, tally: Tally) -> None:
    """Nobody is alive to end a recording: its raw events expire by themselves, unless that is switched off."""
    with _timed("valkey: nobody ends it"), house(folder / "expiry", "valkey", mutant="hurry") as alone:
        left = expiry.left(alone)
        tally.check(left == 0, f"{left} keys of the event store did not expire")
    name = "never_expire"
    with (
        house(folder / name, "valkey", mutant=f"hurry,{name}") as broken,
        _tried("valkey", name, tally) as found,
    ):
        found.append(expiry.left(broken) > 0)


@contextmanager
def _tried(kind: str, name: str, tally: Tally) -> Iterator[list[bool]]:
    """A mutant; the block says whether it was caught."""
    found = list[bool]()
    with _timed(f"{kind}: mutant {name}") as said:
        yield found
        said.append("caught" if found == [True] else "NOT CAUGHT")
    tally.mutants += 1
    tally.mutants_caught += found == [True]
    tally.check(found == [True], f"{kind}: mutant {name} was not noticed")


@contextmanager
def _timed(what: str) -> Iterator[list[str]]:
    began, said = time.monotonic(), list[str]()
    yield said
    console.print(" ".join([f"{what}:", *said, f"{time.monotonic() - began:.0f} s"]))


if __name__ == "__main__":
    end_by_itself()
    sys.exit(main())
