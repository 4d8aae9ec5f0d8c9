"""`python -m tests.torture.soak --minutes 30`: half of what the collector can do, for long, by hand.

Memory has to stay flat and answers have to stay quick: for each minute the 99th percentile of the time to an answer and
the collector's memory, then its slope. The last line is JSON.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from recorder.embedded import event_store
from tests.bench.batches import requests
from tests.bench.load import Load
from tests.conftest import ORIGIN

console = Console(soft_wrap=True, highlight=False)
#: Until everything has been seen once: caches fill, the interpreter's own pools settle.
WARM_SECONDS = 10.0
#: So many that none is full after hours.
SESSIONS = 8192
#: Tokens live for 30 minutes.
RENEW_MINUTES = 10


@dataclass
class Minutes:
    """One entry for each minute."""

    p50_ms: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)
    rss_mb: list[float] = field(default_factory=list)

    def said(self) -> str:
        return f"p50 {self.p50_ms[-1]} ms, p99 {self.p99_ms[-1]} ms, {self.rss_mb[-1]} MB"

    def slope(self) -> float:
        """MB a minute, by least squares over all but the first minute."""
        later = self.rss_mb[1:]
        return float(np.polyfit(np.arange(len(later)), later, 1)[0]) if len(later) > 1 else 0.0


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--minutes", type=int, default=30)
    minutes = words.parse_args().minutes
    with (
        tempfile.TemporaryDirectory(prefix="yesmap-soak-") as folder,
        _collector(Path(folder)) as (told, pid),
    ):
        port, tokens = told["ports"][1], told["tokens"]
        with Load(port, requests(tokens, port)) as load:
            rate = load.closed(WARM_SECONDS) / 2
        found, sent = Minutes(), load.acknowledged
        for minute in range(minutes):
            if minute % RENEW_MINUTES == 0:
                tokens = [_renewed(port, token) for token in tokens]
                load = Load(port, requests(tokens, port, seed=(minute + 1) * len(tokens)))
            _minute(found, load, rate, pid)
            console.print(f"minute {minute + 1}: {found.said()}")
            sent += round(60 * rate)
    figures = {
        "minutes": minutes,
        "requests_per_second": round(rate),
        "acknowledged": sent,
        "rss_mb_first": found.rss_mb[0],
        "rss_mb_last": found.rss_mb[-1],
        "rss_mb_per_minute": round(found.slope(), 3),
        "p99_ms_first": found.p99_ms[0],
        "p99_ms_last": found.p99_ms[-1],
        "p99_ms_worst": max(found.p99_ms),
    }
    print(json.dumps(figures))


def _minute(found: Minutes, load: Load, rate: float, pid: int) -> None:
    times = np.sort(load.open(60, rate)) * 1000
    found.p50_ms.append(round(float(np.percentile(times, 50)), 2))
    found.p99_ms.append(round(float(np.percentile(times, 99)), 2))
    found.rss_mb.append(_rss_mb(pid))


def _renewed(port: int, token: str) -> str:
    """As browsers do it, long before the old one expires."""
    body = json.dumps({"token": token}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/renew", body)
    for name, value in (("Origin", ORIGIN), ("Content-Type", "application/json")):
        request.add_header(name, value)
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        return str(json.load(answer)["token"])


@contextlib.contextmanager
def _collector(folder: Path) -> Iterator[tuple[dict[str, Any], int]]:
    """A collector process that syncs each batch to disk; its sessions are not full after so long a time."""
    with (
        event_store(folder / "events") as url,
        subprocess.Popen(
            [sys.executable, "-m", "tests.bench.server", str(folder), url, str(SESSIONS)],
            stdout=subprocess.PIPE,
            text=True,
        ) as server,
    ):
        try:
            assert server.stdout
            yield json.loads(server.stdout.readline()), server.pid
        finally:
            server.terminate()


def _rss_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1024**2, 1)


if __name__ == "__main__":
    main()
