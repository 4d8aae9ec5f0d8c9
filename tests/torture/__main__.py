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
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from tests import s3server
from tests.processes import end_by_itself
from tests.torture.house import house
from tests.torture.mutants import MUTANTS
from tests.torture.run import Result, quiet, run
from tests.torture.sweep import sweep

console = Console(width=150, soft_wrap=True, highlight=False)
KINDS = ("redis", "valkey")


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
    with house(folder / mutant, KINDS[0], server, mutant) as made:
        made.start()
        result = quiet(made)
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
        seeds = [each for each in range(seed, seed + runs) if each % len(KINDS) == parity]
        if seeds:
            with house(folder / kind, kind, server) as made:
                made.start()
                if seed in seeds and with_sweep:
                    yield from sweep(made)
                yield from (run(made, each) for each in seeds)


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
