"""The `yesmap` command."""

import argparse
import asyncio
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
from rich.console import Console
from rich.table import Table

from heatmap import metrics, parts, recordingcommands
from heatmap.cluster import drawer
from heatmap.demo import run as demo
from heatmap.demo.visitors import CROWD, SEED
from heatmap.end import certificate, final, retention, verify
from heatmap.site import app as team
from heatmap.site import usercommands, welcome
from heatmap.snapshots import shooting
from heatmap.stores import with_event_store, with_parts
from recorder import app as visitors
from recorder import embedded, files, operator, settings
from recorder import metrics as visitors_metrics
from recorder.crew import Crew
from recorder.errors import Malformed, YesmapError
from recorder.keys import KeyRing
from recorder.logs import quiet_logs
from recorder.serving import Face, Serves, until_stopped
from recorder.settings import Settings
from recorder.views import now_ms

console = Console(soft_wrap=True)


def main(words: list[str] | None = None) -> None:
    """Run one command; a refusal is one sentence on stderr and exit status 1, or what the command has for that."""
    quiet_logs()
    chosen = _parser().parse_args(words)
    if getattr(chosen, "with_parent", False):
        embedded.die_with_parent(os.getppid())
    try:
        chosen.run(chosen)
    except YesmapError as error:
        if not hasattr(chosen, "refused"):
            sys.exit(f"yesmap: {error.message}")
        print(f"yesmap: {error.message}", file=sys.stderr)
        sys.exit(chosen.refused)
    except KeyboardInterrupt:
        sys.exit(130)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="yesmap", description="Opt-in session recording and heatmaps.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    serve = commands.add_parser(
        "serve", help="run both faces; without YESMAP_REDIS_URL with an event store of its own"
    )
    serve.add_argument(
        "--workers",
        type=_positive,
        default=1,
        help="processes that take batches, all on one port (default 1)",
    )
    serve.set_defaults(run=_serve)

    shop = commands.add_parser(
        "demo", help="run both faces with a demo shop, an open recording and a simulated crowd"
    )
    shop.add_argument(
        "--once", action="store_true", help="no person and no browser: record, end, purge, write, exit"
    )
    shop.add_argument("--out", type=Path, help="with --once: folder for pictures, tables and the certificate")
    shop.add_argument(
        "--visitors", type=_positive, default=CROWD, help=f"size of the crowd (default {CROWD})"
    )
    shop.add_argument(
        "--seed", type=int, default=SEED, help=f"the same seed gives the same crowd (default {SEED})"
    )
    shop.set_defaults(run=_demo)
    for face in (serve, shop):
        face.add_argument(
            "--with-parent", action="store_true", help="stop when the process that started this is gone"
        )

    tag = commands.add_parser("tag", help="print the tag for your site's pages, with its integrity")
    tag.add_argument("--url", help="where browsers reach the visitors' face (default: YESMAP_PUBLIC_URL)")
    tag.add_argument(
        "--release", default="", help="the site's version, so that pictures can be told apart by it"
    )
    tag.set_defaults(run=_tag)

    drawer.add_to(commands)
    recordingcommands.add_to(commands)
    shooting.add_to(commands)

    usercommands.add_to(commands)

    rings = commands.add_parser("keys", help="the keys that sign consent tokens").add_subparsers(
        required=True, metavar="ACTION"
    )
    rings.add_parser(
        "rotate", help="sign with a new key; retired ones verify while they are needed"
    ).set_defaults(run=_rotate)

    proofs = commands.add_parser("certificate", help="check certificates").add_subparsers(
        required=True, metavar="ACTION"
    )
    verifying = proofs.add_parser("verify", help="is this certificate as it was signed?")
    verifying.add_argument("certificate", metavar="FILE|URL")
    verifying.add_argument("--key", default="", help="the site's public key, as you know it from elsewhere")
    compared = verifying.add_mutually_exclusive_group()
    compared.add_argument(
        "--pictures", type=Path, metavar="DIR", help="are these the pictures that it names?"
    )
    compared.add_argument("--store", action="store_true", help="the same for those in the configured store")
    verifying.set_defaults(run=_verify)

    keeping = commands.add_parser(
        "retention", help="remove what has been kept for its time, as the worker does daily"
    )
    keeping.add_argument("--dry-run", action="store_true", help="only print what would go")
    keeping.set_defaults(run=_retention)
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def _serve(words: argparse.Namespace) -> None:
    with with_event_store(settings.read()) as chosen:
        running = faces(chosen, words.workers)
        asyncio.run(until_stopped(running, lambda ports: _say_where(chosen, running[1], ports)))


def _demo(words: argparse.Namespace) -> None:
    if not words.once:
        with with_event_store(settings.read(demo=True)) as chosen:
            asyncio.run(_demo_shop(chosen, words.visitors, words.seed))
        return
    if words.out is None:
        raise Malformed("`yesmap demo --once` needs --out DIR, a folder for what it makes.")
    demo.once(words.out, words.visitors, words.seed)


async def _demo_shop(chosen: Settings, visitors_: int, seed: int) -> None:
    walking: list[asyncio.Task[None]] = []
    running = faces(chosen)

    def ready(ports: list[int]) -> None:
        _say_where(chosen, running[1], ports)
        walking.append(asyncio.create_task(_walk(chosen, ports[0], visitors_, seed)))

    await until_stopped(running, ready)
    for task in walking:
        task.cancel()
    await asyncio.wait(walking, timeout=5)


async def _walk(chosen: Settings, port: int, visitors_: int, seed: int) -> None:
    try:
        await demo.fill(chosen, port, visitors_, seed)
    except (YesmapError, OSError, aiohttp.ClientError) as error:
        print(f"yesmap: the simulated crowd stopped: {error}", file=sys.stderr)


def faces(chosen: Settings, workers: int = 1) -> tuple[Serves, Face, *tuple[Serves, ...]]:
    """Both faces and, if there shall be one, the operator's, in the order in which they start."""
    team_face = Face(team.build(chosen), chosen.team_host, chosen.team_port, "YESMAP_TEAM_PORT")
    if workers == 1:
        app = visitors.build(chosen)
        public: Serves = Face(app, chosen.host, chosen.port, "YESMAP_PORT")
        watched = visitors_metrics.watched(app)
    else:
        public = crew = Crew(chosen, workers)
        watched = crew.watched()
    watching = operator.faces(chosen, [watched, metrics.watched(team_face.app)])
    return public, team_face, *watching


def _tag(words: argparse.Namespace) -> None:
    url = settings.read(**({"public_url": words.url} if words.url else {})).public_url
    if url is None:
        raise Malformed("Say where browsers reach the visitors' face: --url https://ask.example.org.")
    print(files.tag(url, words.release))


def _rotate(_: argparse.Namespace) -> None:
    path = settings.read().keys_path
    before = KeyRing.read(path)
    after = before.rotated(now_ms())
    after.replace(path)
    dropped = len(before.tokens) + 1 - len(after.tokens)
    console.print(
        f"Key {list(after.tokens)[-1]} signs from {_when(max(after.since.values()))}; running collectors take it by "
        f"themselves. {len(after.tokens) - 1} retired ones still verify, {dropped} were not needed any more."
    )


def _verify(words: argparse.Namespace) -> None:
    where = str(words.certificate)
    published = named = ""
    if where.startswith(("http://", "https://")):
        document, published, named = asyncio.run(verify.fetched(where))
    else:
        document = _bytes(Path(where))
    found = verify.verified(document, words.key, published, named)
    if words.pictures:
        verify.compare(found, verify.folder(words.pictures, document))
    elif words.store:
        with_parts(lambda opened: _compare_kept(opened, found))
    _say_verified(found, compared=bool(words.pictures or words.store))


async def _compare_kept(opened: parts.Parts, found: verify.Verified) -> None:
    ended = await opened.registry.read(found.content["recording"])
    names = await final.unsafe(opened, ended, found.content["pictures"])
    found.changed += names
    found.unchanged += len(found.content["pictures"]) - len(names)


def _say_verified(found: verify.Verified, *, compared: bool) -> None:
    destroyed = _when(found.content["reached"]["shredded"])
    console.print(
        f"Genuine: the raw events of recording {found.content['recording']} were destroyed at {destroyed}."
    )
    vouched = found.vouched or "check with the site that it is theirs"
    console.print(f"Signed with the key {found.key}: {vouched}.")
    if compared:
        console.print(f"{found.unchanged} pictures and tables are as they were signed.")
    if found.changed:
        raise certificate.NotGenuine(f"These are not: {', '.join(found.changed)}.")


def _retention(words: argparse.Namespace) -> None:
    async def go(opened: parts.Parts) -> None:
        over = await retention.over(opened, await opened.log.now_ms(), opened.access_days)
        table = Table("what", "of", "objects", "over since")
        for each in over:
            table.add_row(each.what, each.of, str(len(each.names)), _when(each.until))
        console.print(table)
        if not words.dry_run:
            await retention.forget(opened, over)
        done = "would be removed" if words.dry_run else "were removed"
        console.print(f"{sum(len(each.names) for each in over)} objects {done}.")
        for sentence in (await opened.registry.readable())[1]:
            console.print(sentence)

    with_parts(go)


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Malformed(f"{file} cannot be read: {error.strerror}.") from None


def _say_where(chosen: Settings, team_face: Face, ports: list[int]) -> None:
    """Where to look."""
    visitors_, team_ = f"http://{chosen.host}:{ports[0]}", f"http://{chosen.team_host}:{ports[1]}"
    if chosen.demo:
        print(f"demo shop:       {visitors_}/demo/")
    else:
        print(f"visitors' face:  {visitors_}")
    print(*welcome.said(team_face.app, chosen.team_url or team_), sep="\n")
    print("Ctrl-C stops both.", flush=True)


def _when(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"
