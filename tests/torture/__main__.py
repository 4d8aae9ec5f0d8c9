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
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from tests import s3server
from tests.torture.house import house
from tests.torture.run import Result, run
from tests.torture.sweep import sweep

console = Console(width=150, soft_wrap=True, highlight=False)
KINDS = ("redis", "valkey")


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--runs", type=int, default=5)
    words.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    words.add_argument("--keep", type=Path, help="folder in which the logs of runs that failed are kept")
    chosen = words.parse_args()
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
    """First each state's deaths, then the runs: half of them on each kind of event store."""
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
                        console.print(f"{kind}: a worker dies in every state")
                        yield from sweep(made, seed)
                        yield from (run(made, each) for each in seeds)


def _say(result: Result) -> None:
    v, kinds = result.verdict, Counter(name.split()[0] for name in result.faults)
    what = "ok " if result.good else "[red]BAD[/red]"
    may = result.ledger.may.total()
    console.print(
        f"{what} seed {result.seed}: {len(result.faults)} faults, {len(result.ledger.sessions)} sessions, "
        f"{result.ledger.must.total()} clicks must count, {may} may, {v.counted} counted; lost {v.lost}, "
        f"doubled {v.doubled}, leaked {v.leaked + result.raw_left}, finished {result.finished}, "
        f"{result.seconds:.0f} s"
        + (f", answers that nobody should get: {result.ledger.odd}" if result.ledger.odd else "")
    )
    if not result.good or len(result.faults) == 1:
        console.print(f"    {dict(kinds)}" if result.good else f"    {result.faults}")


def _totals(results: list[Result]) -> dict[str, int]:
    return {
        "runs": len(results),
        "faults": sum(len(r.faults) for r in results),
        "acknowledged": sum(r.ledger.must.total() for r in results),
        "counted": sum(r.verdict.counted for r in results),
        "lost": sum(r.verdict.lost for r in results),
        "doubled": sum(r.verdict.doubled for r in results),
        "leaked": sum(r.verdict.leaked + r.raw_left for r in results),
        "unfinished": sum(not r.finished for r in results),
    }


if __name__ == "__main__":
    sys.exit(main())
