"""That one run in which the torture itself fails is no end of the others."""

import contextlib
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.processes import Process
from tests.s3server import Server
from tests.torture import __main__ as torture
from tests.torture import run as runs
from tests.torture.house import House
from tests.torture.ledger import Ledger, Told, compare
from tests.torture.run import Result

SERVER = cast(Server, None)


class Failing(RuntimeError):
    """What a step says that takes too long."""


@pytest.fixture
def houses(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was built, and what was taken down."""
    said: list[str] = []

    @contextlib.contextmanager
    def house(folder: Path, kind: str, server: Server) -> Iterator[Any]:
        said.append(f"up {folder.name}")
        try:
            yield SimpleNamespace(start=lambda: None, folder=folder)
        finally:
            said.append(f"down {folder.name}")

    monkeypatch.setattr(torture, "house", house)
    return said


def done(house: House, seed: int) -> Result:
    if seed == 3:
        raise Failing("the load generator did not stop")
    verdict = compare(Ledger(), Told())
    return Result(
        f"seed {seed}",
        verdict,
        Ledger(),
        [],
        finished=True,
        raw_left=0,
        seconds=1,
        logs=house.folder,
        seed=seed,
    )


def test_a_run_that_fails_is_unfinished_and_the_next_one_has_a_new_house(
    tmp_path: Path, houses: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its seed and its traceback are printed."""
    monkeypatch.setattr(torture, "run", done)

    found = list(torture._results(tmp_path, 6, 1, SERVER, with_sweep=False))

    assert [2, 4, 6, 1, 3, 5] == [result.seed for result in found]
    assert [3] == [result.seed for result in found if not result.finished]
    assert 1 == torture._totals(found, [])["unfinished"]
    assert [
        "up redis-0",
        "down redis-0",
        "up valkey-0",
        "down valkey-0",
        "up valkey-1",
        "down valkey-1",
    ] == houses
    said = capsys.readouterr().out
    assert "seed 3 failed" in said
    assert "Traceback" in said
    assert "Failing: the load generator did not stop" in said


def test_a_sweep_that_fails_is_unfinished_and_the_runs_come(
    tmp_path: Path, houses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told as what it is, and not as a run."""

    def sweep(house: House) -> list[Result]:
        raise Failing

    monkeypatch.setattr(torture, "run", done)
    monkeypatch.setattr(torture, "sweep", sweep)

    found = list(torture._results(tmp_path, 1, 2, SERVER, with_sweep=True))

    assert [("sweep", False), ("seed 2", True)] == [(result.name, result.finished) for result in found]


def test_a_mutant_that_cannot_be_tried_is_not_caught(tmp_path: Path, houses: list[str]) -> None:
    """Neither does it keep the others from being tried."""
    assert not torture._caught(tmp_path, "lose", SERVER)


def test_of_a_run_that_fails_nothing_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the load, nor who hunts drawers, nor a fault."""
    healed = Counter[str]()
    loads: list[Process] = []
    started = Process.start

    async def opened(*_: Any) -> Any:
        return SimpleNamespace(id="R", nv="N")

    def start(self: Process, stdin: int | None = None) -> None:
        loads.append(self)
        started(self, stdin)

    def fail(self: runs.Chaos, seconds: float) -> None:
        raise Failing

    (tmp_path / "logs").mkdir()
    (tmp_path / "deaths").mkdir()
    house = SimpleNamespace(
        folder=tmp_path,
        deaths=tmp_path / "deaths",
        ports=[],
        drawers=list,
        heal=lambda: healed.update(["healed"]),
    )
    monkeypatch.setattr(runs, "with_parts", opened)
    monkeypatch.setattr(runs, "module", lambda *_: ["sh", "-c", "echo quiet; exec cat"])
    monkeypatch.setattr(runs.Chaos, "for_", fail)
    monkeypatch.setattr(Process, "start", start)
    before = threading.active_count()

    with pytest.raises(Failing):
        runs.run(cast(House, house), 1)

    assert [False] == [load.alive for load in loads]
    assert before == threading.active_count()
    assert {"healed": 1} == healed
