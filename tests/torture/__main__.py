"""`make torture`: seeded runs under every fault that we can cause; the last line is JSON.

Each run prints its seed; `SEED=` does the same faults again, as far as chance in the machine allows.
"""

import argparse
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
from tests.torture.run import Result, run
from tests.torture.sweep import sweep

console = Console(width=150, soft_wrap=True, highlight=False)
KINDS = ("redis", "valkey")


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--runs", type=int, default=5)
    words.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    words.add_argument("--keep", type=Path, help="folder in which the logs of runs that failed are kept")
    words.add_argument("--mutant", choices=MUTANTS, help="break a promise, to see that it is noticed")
    chosen = words.parse_args()
    if chosen.mutant:
        os.environ["TORTURE_MUTANT"] = chosen.mutant
    if lacking := s3server.missing():
        sys.exit(f"NOT TORTURED: {', '.join(lacking)} absent; .ci/run shows how to install them")
    results = []
    for result in _results(chosen.runs, chosen.seed):
        results.append(result)
        _say(result)
        if chosen.keep and not result.good:
            shutil.copytree(result.logs / "logs", chosen.keep / str(result.seed), dirs_exist_ok=True)
    totals = _totals(results)
    print(json.dumps(totals), flush=True)
    return 0 if all(result.good for result in results) else 1


def _results(runs: int, seed: int) -> Iterator[Result]:
    """First a death in each state, then the runs: a seed that is even is for Debian's Redis, an odd one for Valkey."""
    with tempfile.TemporaryDirectory(prefix="yesmap-torture-") as name:
        folder = Path(name)
        (folder / "s3").mkdir()
        with s3server.running(folder / "s3") as server:
            os.environ.update(server.environment())
            for parity, kind in enumerate(KINDS):
                seeds = [each for each in range(seed, seed + runs) if each % len(KINDS) == parity]
                if seeds:
                    with house(folder / kind, kind, server) as made:
                        made.start()
                        if seed in seeds:
                            yield from sweep(made, seed)
                        yield from (run(made, each) for each in seeds)


def _say(result: Result) -> None:
    v, ledger = result.verdict, result.ledger
    words = [
        "ok " if result.good else "[red]BAD[/red]",
        f"seed {result.seed}, {result.seconds:.0f} s:",
        result.faults[0] if len(result.faults) == 1 else f"{len(result.faults)} faults,",
        f"{len(ledger.sessions)} sessions, {v.counted} clicks counted,",
        f"{ledger.must.total()} must be and {ledger.may.total()} may be;",
        f"{v.exact} on elements of which all is known;",
        f"lost {v.lost}, doubled {v.doubled}, leaked {v.leaked}, raw keys left {result.raw_left},",
        "finished" if result.finished else "NOT FINISHED",
    ]
    console.print(*words)
    for sentence in v.wrong:
        console.print(f"    told: {sentence}")
    if ledger.odd:
        console.print(f"    answers that nobody should get: {ledger.odd}")
    if not result.good:
        console.print(f"    {result.faults}")


def _totals(results: list[Result]) -> dict[str, int]:
    return {
        "runs": len(results),
        "faults": sum(len(r.faults) for r in results),
        "acknowledged": sum(r.ledger.must.total() for r in results),
        "counted": sum(r.verdict.counted for r in results),
        # Clicks whose request was never answered may be counted or not: so much the comparison cannot tell.
        "unanswered": sum(r.ledger.may.total() for r in results),
        "lost": sum(r.verdict.lost for r in results),
        "doubled": sum(r.verdict.doubled for r in results),
        "leaked": sum(r.verdict.leaked + r.raw_left for r in results),
        "unfinished": sum(not r.finished for r in results),
    }


if __name__ == "__main__":
    end_by_itself()
    sys.exit(main())
