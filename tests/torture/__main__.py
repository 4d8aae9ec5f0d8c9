"""`make torture`: seeded runs under every fault that we can cause; the last line is JSON.

First promises are broken on purpose, to see that the ledger notices; then a worker dies in each state of the purge;
then come the runs. Each prints its seed; `SEED=` does the same faults again, as far as chance in the machine allows.
Two hundred runs can be had in parts: `make torture ONLY=runs SEED=1 RUNS=40`, then `SEED=41`, and so on.
"""

import argparse
import contextlib
import json
import os
import secrets
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from tests import s3server
from tests.processes import end_by_itself
from tests.torture import wires
from tests.torture.house import house
from tests.torture.mutants import MUTANTS
from tests.torture.run import Result, failed, quiet, run
from tests.torture.sweep import sweep

console = Console(width=150, soft_wrap=True, highlight=False)
KINDS = ("redis", "valkey")
#: In the place of a seed: a death in each state.
SWEEP = None


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--runs", type=int, default=5)
    words.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000), help="of the first run")
    words.add_argument(
        "--only-runs", action="store_true", help="no sweep, no mutants: to go on with more seeds"
    )
    words.add_argument("--keep", type=Path, help="folder in which the logs of runs that failed are kept")
    chosen = words.parse_args()
    if lacking := s3server.missing():
        sys.exit(f"NOT TORTURED: {', '.join(lacking)} absent; .ci/run shows how to install them")
    if not wires.permitted():
        console.print(
            "parts are cut off by proxies alone: wires between networks take root, and `ip` of iproute2"
        )
    swept: list[Result] = []
    runs: list[Result] = []
    caught = 0
    with tempfile.TemporaryDirectory(prefix="yesmap-torture-") as name, _object_store(Path(name)) as server:
        if not chosen.only_runs:
            caught = sum(_caught(Path(name), mutant, server) for mutant in MUTANTS)
        for result in _results(Path(name), chosen.runs, chosen.seed, server, with_sweep=not chosen.only_runs):
            (runs if result.seed is not None else swept).append(result)
            _say(result)
            if chosen.keep and not result.good:
                shutil.copytree(result.logs / "logs", chosen.keep / result.name, dirs_exist_ok=True)
    mutants = 0 if chosen.only_runs else len(MUTANTS)
    print(json.dumps(_totals(runs, swept) | {"mutants_caught": caught, "mutants": mutants}), flush=True)
    return 0 if all(result.good for result in [*runs, *swept]) and caught == mutants else 1


@contextlib.contextmanager
def _object_store(folder: Path) -> Iterator[s3server.Server]:
    (folder / "s3").mkdir()
    with s3server.running(folder / "s3") as server:
        os.environ.update(server.environment())
        yield server


def _caught(folder: Path, mutant: str, server: s3server.Server) -> bool:
    """Whether the ledger notices that this promise is broken, where nothing else goes wrong."""
    began = time.monotonic()
    try:
        with house(folder / mutant, KINDS[0], server, mutant) as made:
            made.start()
            result = quiet(made)
    except Exception:  # noqa: BLE001 - whatever it is, the others are still to be tried
        result = _failed(f"mutant {mutant}", folder / mutant, began)
    v, caught = result.verdict, result.finished and not result.verdict.good
    console.print(
        "ok " if caught else "[red]BAD[/red]",
        f"mutant {mutant}, {result.seconds:.0f} s: {'caught' if caught else 'NOT CAUGHT'};",
        f"lost {v.lost}, doubled {v.doubled}, leaked {v.leaked}, numbers that cannot be {len(v.wrong)}",
    )
    return caught


def _results(
    folder: Path, runs: int, seed: int, server: s3server.Server, *, with_sweep: bool
) -> Iterator[Result]:
    """First a death in each state, then the runs: a seed that is even is for Debian's Redis, an odd one for Valkey."""
    for parity, kind in enumerate(KINDS):
        seeds: list[int | None] = [each for each in range(seed, seed + runs) if each % len(KINDS) == parity]
        if seed in seeds and with_sweep:
            seeds.insert(0, SWEEP)
        houses = 0
        while seeds:
            yield from _until_one_fails(folder / f"{kind}-{houses}", kind, server, seeds)
            houses += 1


def _until_one_fails(
    folder: Path, kind: str, server: s3server.Server, seeds: list[int | None]
) -> Iterator[Result]:
    """One after the other in one house, each taken from `seeds` when it is done.

    Where the torture itself fails that run is unfinished, and the house is taken down with all that is in it.
    """
    began = time.monotonic()
    try:
        with house(folder, kind, server) as made:
            made.start()
            while seeds:
                began = time.monotonic()
                yield from sweep(made) if (seed := seeds[0]) is None else [run(made, seed)]
                seeds.pop(0)
    except Exception:  # noqa: BLE001 - whatever it is, other seeds are still to come
        seed, name = (seeds.pop(0), "sweep") if seeds else (None, "taking down a house")
        yield _failed(name if seed is None else f"seed {seed}", folder, began, seed)


def _failed(name: str, folder: Path, began: float, seed: int | None = None) -> Result:
    """To be called where it is caught: what failed is printed."""
    console.print(f"{name} failed:\n{traceback.format_exc()}", markup=False)
    return failed(name, folder, time.monotonic() - began, seed)


def _say(result: Result) -> None:
    v, ledger = result.verdict, result.ledger
    console.print(
        "ok " if result.good else "[red]BAD[/red]",
        f"{result.name}, {result.seconds:.0f} s: {len(result.faults)} faults,",
        f"{len(ledger.sessions)} sessions, {v.counted} clicks counted,",
        f"{ledger.must.total()} must be and {ledger.may.total()} may be, {v.exact} on elements of which all is known;",
        f"lost {v.lost}, doubled {v.doubled}, leaked {v.leaked}, raw keys left {result.raw_left},",
        "finished" if result.finished else "NOT FINISHED",
    )
    for sentence in v.wrong[:5]:
        console.print(f"    told: {sentence}")
    if ledger.odd:
        console.print(f"    answers that nobody should get: {ledger.odd}")
    if not result.good:
        console.print(f"    {result.faults}")


def _totals(runs: list[Result], swept: list[Result]) -> dict[str, int]:
    """Of the seeded runs; deaths of the sweep are told apart, and what went wrong there is added."""
    both = [*runs, *swept]
    return {
        "runs": len(runs),
        "faults": sum(len(r.faults) for r in runs),
        "drawers_killed": sum(r.faults.count("kill drawer") for r in runs),
        "sweep_deaths": len(swept),
        "sessions": sum(len(r.ledger.sessions) for r in runs),
        "acknowledged": sum(r.ledger.must.total() for r in runs),
        "counted": sum(r.verdict.counted for r in runs),
        "exact": sum(r.verdict.exact for r in runs),
        # Clicks whose request was never answered may be counted or not: so much the comparison cannot tell.
        "unanswered": sum(r.ledger.may.total() for r in runs),
        "lost": sum(r.verdict.lost for r in both),
        "doubled": sum(r.verdict.doubled for r in both),
        "leaked": sum(r.verdict.leaked + r.raw_left for r in both),
        "wrong": sum(len(r.verdict.wrong) for r in both),
        "unfinished": sum(not r.finished for r in both),
    }


if __name__ == "__main__":
    end_by_itself()
    sys.exit(main())
