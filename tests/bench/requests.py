"""`make bench-requests`: what a recording asks of its S3 server, counted at the client, against a real server.

The demo shop's recording twice, the second time with twice as many visitors, each from its opening to its certificate:
what grows with visitors is told from what does not. Also what a yes costs a collector, what such visitors leave in the
event store, and what stays of them. The last line is JSON.
"""

import asyncio
import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from aiobotocore.client import AioBaseClient
from pydantic import SecretStr
from rich.console import Console
from rich.table import Table

from heatmap import parts
from heatmap.demo.run import crowd, open_shop
from heatmap.end import end, final
from recorder import app
from recorder.embedded import event_store
from recorder.serving import Face, listening
from recorder.settings import read as settings
from tests import s3server
from tests.bench import consenting

VISITORS = (100, 200)


@dataclass(frozen=True)
class Counted:
    """Of one recording: requests by operation, while visitors came and at the end."""

    yes: int
    coming: Counter[str]
    ending: Counter[str]
    files: int
    bytes_kept: int
    events: int
    consent_bytes: int  #: of all consent records
    store_bytes: int  #: that the event store has for them before the end


def main() -> None:
    if lacking := s3server.missing():
        sys.exit(f"NOT MEASURED: {', '.join(lacking)} absent; .ci/run shows how to install them")
    with tempfile.TemporaryDirectory(prefix="yesmap-bench-") as name, s3server.running(Path(name)) as server:
        os.environ.update(server.environment())
        small, large = (asyncio.run(recorded(Path(name) / f"{n}", server, n)) for n in VISITORS)
        consent = asyncio.run(consenting.core_ms(_new(Path(name) / "consent"), server))
    tell(small, large, consent)


def _new(folder: Path) -> Path:
    folder.mkdir()
    return folder


async def recorded(folder: Path, server: s3server.Server, visitors: int) -> Counted:
    """From the opening to the certificate."""
    with event_store(folder / "events") as url:
        chosen = settings(
            **await server.new_store(),
            data=folder,
            redis_url=SecretStr(url),
            demo=True,
        )
        face = Face(app.build(chosen), chosen.host, 0, "-")
        async with listening([face]) as ports, parts.opened(chosen) as opened:
            origin = f"http://{chosen.host}:{ports[0]}"
            recording = await open_shop(opened, [origin])
            before, _ = await opened.log.memory()
            with counted() as coming:
                done = await crowd(origin, recording, visitors, 1, lambda: None)
            used, _ = await opened.log.memory()
            with counted() as ending:
                ended = await end.finish(opened, recording.id)
            names = final.names(ended)
            consents = await opened.store.keys(f"consents/{recording.id}/")
            records = sum([len((await opened.store.get(name)).data) for name in consents])
            sizes = [len((await opened.store.get(end.picture_key(ended, name))).data) for name in names]
    yes, counts = visitors - done["refused"], cast(dict[str, int], ended.results["counts"])
    kept = (len(sizes), sum(sizes), counts["events"], records)
    return Counted(yes, coming, ending, *kept, round(used - before))


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """Requests of all clients of this process, by operation."""
    found: Counter[str] = Counter()
    patched: Any = AioBaseClient
    call = patched._make_api_call

    async def counting(self: Any, operation: str, words: Any) -> Any:
        found[operation] += 1
        return await call(self, operation, words)

    patched._make_api_call = counting
    try:
        yield found
    finally:
        patched._make_api_call = call


def tell(small: Counted, large: Counted, consent: float) -> None:
    """A kept file costs what more of them cost more; in what a yes costs is what collectors look up by the clock."""
    table = Table("requests", "for a yes", "for a kept file at the end", "at the end besides")
    figures: dict[str, float] = {}
    for operation in sorted({*large.coming, *large.ending}):
        yes = large.coming[operation] / large.yes
        file = (large.ending[operation] - small.ending[operation]) / (large.files - small.files)
        besides = large.ending[operation] - file * large.files
        table.add_row(operation, f"{yes:.2f}", f"{file:.2f}", f"{besides:.0f}")
        of = {"yes": yes, "file": file, "besides": besides}
        figures |= {f"{operation}_{what}": round(n, 2) for what, n in of.items() if round(n, 2)}
    Console(width=120).print(table)
    figures |= {
        "core_ms_per_yes": round(consent, 2),
        "files": large.files,
        "kb_per_file": round(large.bytes_kept / large.files / 1000, 1),
        "consent_bytes_per_yes": round(large.consent_bytes / large.yes),
        "events_per_yes": round(large.events / large.yes),
        "store_kb_per_yes": round(
            (large.store_bytes - small.store_bytes) / (large.yes - small.yes) / 1000, 1
        ),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
