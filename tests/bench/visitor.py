"""What a recorder costs a visitor: Yesmap, rrweb and Clarity side by side in one Chromium.

`python -m tests.bench.visitor [--csv FILE] [--rounds N] [--seconds N]`, or `make bench-visitor CSV=FILE ROUNDS=N`.
Each round plays the same mouse session in real time to the same page with each tool and without any.
Prints a table and, last, the medians as one line of JSON.
"""

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from playwright.async_api import Browser, async_playwright
from rich.console import Console
from rich.progress import track
from rich.table import Table

from recorder.embedded import event_store
from tests.bench import mouse, peers
from tests.bench.site import Site, served
from tests.bench.visit import VIEWPORT, Answer, Visit, gzip_bytes, visit

TOOLS = ("none", "yesmap", "rrweb", "clarity")
#: Enough for a median, and done in about seven minutes.
ROUNDS = 3
SECONDS = 30.0


@dataclass(frozen=True)
class Figures:
    """The medians of one tool's visits; script beyond that of the page without a tool."""

    gzip: int
    start: int
    stream: int
    script_ms: float

    def named(self, prefix: str = "") -> dict[str, float]:
        return {
            f"{prefix}gzip_bytes": self.gzip,
            f"{prefix}start_bytes": self.start,
            f"{prefix}stream_bytes": self.stream,
            f"{prefix}script_ms": round(self.script_ms, 1),
        }


def main() -> None:
    wanted = _arguments()
    try:
        chromium = _chromium()
        session = (
            mouse.read(wanted.csv, wanted.seconds, VIEWPORT)
            if wanted.csv
            else mouse.synthetic(wanted.seconds, VIEWPORT)
        )
        with tempfile.TemporaryDirectory(prefix="yesmap-bench-") as folder:
            tools = peers.install(Path(folder) / "npm")
            with event_store(Path(folder) / "events") as redis_url:
                asyncio.run(_bench(chromium, redis_url, tools, session, wanted.rounds))
    except (peers.Absent, mouse.Unreadable) as error:
        sys.exit(f"NOT MEASURED: {error}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--csv", type=Path, help="mouse session to play; without, one is made from a seed")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how much of the session is played")
    return parser.parse_args()


def _chromium() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    raise peers.Absent("Chromium is absent")


async def _bench(
    chromium: str, redis_url: str, tools: Sequence[peers.Tool], session: Sequence[mouse.Input], rounds: int
) -> None:
    async with served(tools, redis_url) as site, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        answers, visits = await _rounds(browser, site, session, rounds)
        figures = {
            tool: await _figures(visits[tool], visits["none"], answers if tool == "yesmap" else [])
            for tool in TOOLS
        }
        before = await gzip_bytes(answers[-1].before)
        about = f"{len(session)} mouse events, {rounds} rounds, Chromium {browser.version}"
        await browser.close()
    _show(figures, before, answers, about)
    ours = {"before_consent_gzip_bytes": before, **figures["yesmap"].named()}
    every = ours | figures["rrweb"].named("rrweb_") | figures["clarity"].named("clarity_")
    sys.stdout.write(json.dumps(every) + "\n")


async def _rounds(
    browser: Browser, site: Site, session: Sequence[mouse.Input], rounds: int
) -> tuple[list[Answer], dict[str, list[Visit]]]:
    """Each tool in turn, each round beginning with another one, in a browser that is warm."""
    answers, visits = list[Answer](), defaultdict[str, list[Visit]](list)
    await visit(browser, site, "none", session[:1])
    turns = [TOOLS[(n + k) % len(TOOLS)] for n in range(rounds) for k in range(len(TOOLS))]
    for tool in track(turns, "visits", console=Console(stderr=True)):
        answer, measured = await visit(browser, site, tool, session)
        visits[tool].append(measured)
        answers += [answer] if answer else []
    return answers, visits


async def _figures(visits: Sequence[Visit], bare: Sequence[Visit], answers: Sequence[Answer]) -> Figures:
    loaded = frozenset().union(*(v.loaded for v in visits[-1:]), *(a.loaded for a in answers[-1:]))
    return Figures(
        await gzip_bytes(loaded),
        round(median(v.start for v in visits)),
        round(median(v.stream for v in visits)),
        median(v.script_ms for v in visits) - median(v.script_ms for v in bare),
    )


def _show(figures: dict[str, Figures], before: int, answers: Sequence[Answer], about: str) -> None:
    table = Table(title=f"What a visitor loads, sends and spends ({about}; medians)")
    table.add_column("tool")
    for column in ("loads, gzip B", "sends at start, B", "then sends, B", "script, ms"):
        table.add_column(column, justify="right")
    for tool in TOOLS[1:]:
        f = figures[tool]
        table.add_row(tool, f"{f.gzip:,}", f"{f.start:,}", f"{f.stream:,}", f"{f.script_ms:.1f}")
    console = Console(width=110)
    console.print(table)
    sent, script = median(a.sent for a in answers), median(a.script_ms for a in answers)
    console.print(
        f"Of what Yesmap loads, {before:,} B come before the answer. The question and the yes, once a visitor and not "
        f"in the table: {sent:,.0f} B sent, {script:.1f} ms of script."
    )


if __name__ == "__main__":
    main()
