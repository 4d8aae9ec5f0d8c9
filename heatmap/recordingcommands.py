"""`yesmap recording`, `yesmap heatmap`, `yesmap check`: into the stores or, with `--url`, through the team's face."""

import argparse
import contextlib
import re
import sys
import tomllib
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote

from rich.console import Console
from rich.table import Table

from heatmap import pictures, remote
from heatmap.end import end
from heatmap.findings import check, releases
from heatmap.palette import PALETTES
from heatmap.parts import Parts
from heatmap.remote import Refused, TeamFace
from heatmap.site.choice import OPACITY, STRENGTHS, Choice
from heatmap.site.heatmap import refuse_export
from heatmap.stores import with_parts
from recorder import notice, recording, texts
from recorder.errors import Conflict, Malformed, NotFound
from recorder.recording import DEVICES, Recording, State
from recorder.views import now_ms

console = Console(soft_wrap=True)

#: The exit status of a check that came to no verdict: whoever stops a release at 1 must not stop it for a wrong word.
NOT_ANSWERED = 3


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The words of the command line."""
    afar = remote.words()
    _recordings(commands, afar)
    _heatmaps(commands, afar)
    _checks(commands, afar)


def _recordings(commands: Any, afar: argparse.ArgumentParser) -> None:
    actions = commands.add_parser("recording", help="open, list and close recordings").add_subparsers(
        required=True, metavar="ACTION"
    )
    opening = actions.add_parser("open", help="open the recording that a TOML file describes", parents=[afar])
    opening.add_argument("file", type=Path)
    opening.add_argument(
        "--confirmed", action="store_true", help="no health, political or children's pages are covered"
    )
    opening.add_argument(
        "--dry-run",
        action="store_true",
        help="only say whether it could open, and what visitors would be asked",
    )
    opening.set_defaults(run=_open)
    listing = actions.add_parser("list", help="all recordings and their states", parents=[afar])
    listing.set_defaults(run=_list)
    closing = actions.add_parser(
        "close", help="end a recording now: draw, destroy, check, certify", parents=[afar]
    )
    closing.add_argument("id")
    closing.set_defaults(run=_close)


def _heatmaps(commands: Any, afar: argparse.ArgumentParser) -> None:
    getting = commands.add_parser("heatmap", help="get pictures and tables").add_subparsers(
        required=True, metavar="ACTION"
    )
    get = getting.add_parser("get", help="the pictures and tables of a page, as files", parents=[afar])
    get.add_argument("id", help="the recording")
    get.add_argument("page", help="the page's name in the recording")
    get.add_argument(
        "--device", choices=DEVICES, default="desktop", help="one device class (default: desktop alone)"
    )
    get.add_argument(
        "--segment",
        default="",
        help="of whom: r1, m1 or m1n (who reached the first mark or did not), d2to5 (days, while it runs)",
    )
    get.add_argument(
        "--file",
        action="append",
        help="such as click.png, click-composed.webp or r1/elements.csv (default: every layer and table)",
    )
    get.add_argument("--palette", choices=PALETTES, default=Choice.palette, help="the colours of pictures")
    get.add_argument(
        "--strength", choices=STRENGTHS, default=Choice.strength, help="how soon their colours are hot"
    )
    get.add_argument(
        "--opacity",
        type=int,
        choices=range(OPACITY[0], OPACITY[1] + 1),
        metavar="PERCENT",
        default=Choice.opacity,
        help=f"of what is usual, {OPACITY[0]} to {OPACITY[1]}",
    )
    get.add_argument("--out", type=Path, default=Path(), help="folder for the files (default: this one)")
    get.set_defaults(run=_get)


def _checks(commands: Any, afar: argparse.ArgumentParser) -> None:
    checking = commands.add_parser(
        "check",
        help="is a release worse than another? exit 0 = no, 1 = yes, 2 = too few sessions to say, 3 = not answered",
        parents=[afar],
    )
    checking.add_argument("--recording", required=True, metavar="ID")
    checking.add_argument("--before", required=True, metavar="RELEASE")
    checking.add_argument("--after", required=True, metavar="RELEASE")
    checking.add_argument(
        "--fail-on",
        required=True,
        nargs="+",
        metavar="CONDITION",
        help="such as 'rage>+1pp' or 'clicked<-5pp': points of the share of those who saw an element",
    )
    checking.add_argument("--markdown", type=Path, metavar="FILE", help="write the verdict there as well")
    checking.add_argument("--junit", type=Path, metavar="FILE", help="write it as a test report")
    checking.set_defaults(run=_check, refused=NOT_ANSWERED)
    checking.error = partial(_not_asked, checking)


def _not_asked(parser: argparse.ArgumentParser, message: str) -> NoReturn:
    """As argparse says what is wrong with a command line, but not by the exit status of a verdict."""
    parser.print_usage(sys.stderr)
    parser.exit(NOT_ANSWERED, f"{parser.prog}: error: {message}\n")


# --- recordings ----------------------------------------------------------------------------------


def _open(words: argparse.Namespace) -> None:
    if words.dry_run:
        _try(words)
        return
    if words.url:
        fields = _fields(words.file)

        async def send(face: TeamFace) -> None:
            body = fields | ({"confirmed": True} if words.confirmed else {})
            made = await face.ask("POST", "/api/recordings", json=body)
            _say_open(made["recording"]["id"], made["recording"]["origins"])
            print(made["tag"])

        remote.run(words.url, "the scope manage", send)
        return
    described_ = described(words.file)

    async def go(opened: Parts) -> None:
        found = await opened.registry.open(described_)
        _say_open(found.id, found.origins)
        told = ", ".join(f"/notices/{found.nv}/{language}" for language in found.languages)
        console.print(f"What visitors are told, at the visitors' face: {told}")

    with_parts(go)


def _try(words: argparse.Namespace) -> None:
    """Refuse what opening would refuse, and open nothing."""
    prompts: dict[str, Any] = {}

    async def ask(face: TeamFace) -> None:
        prompts.update(
            (await face.ask("POST", "/api/recordings/preview", json=_fields(words.file)))["prompts"]
        )

    async def go(opened: Parts) -> None:
        made = described(words.file)
        told = notice.compose(made, texts.defaults()).languages
        prompts.update({tag: each.first.model_dump() for tag, each in told.items()})
        for origin in made.origins:
            with contextlib.suppress(NotFound):
                await opened.registry.for_origin(origin)
                raise Conflict(f"A recording is open for {origin} already; close it first.")

    _either(words, "the scope manage", ask, go)
    console.print("It could be opened. Visitors would be asked:")
    for tag, first in prompts.items():
        console.print(f"{tag}: {first['title']} {first['purpose']}", markup=False)


def _say_open(id_: str, origins: list[str]) -> None:
    console.print(f"Recording {id_} is open for {', '.join(origins)}.")


def _list(words: argparse.Namespace) -> None:
    table, newer = Table("id", "site", "state", "ends"), list[str]()

    async def ask(face: TeamFace) -> None:
        following: str | None = ""
        while following is not None:
            part = await face.ask("GET", "/api/recordings", params={"after": following} if following else {})
            for each in part["items"]:
                table.add_row(each["id"], each["site"], each["state"], _when(each["end"]))
            following, newer[:] = part["next"], part.get("newer", [])

    async def go(opened: Parts) -> None:
        found, newer[:] = await opened.registry.readable()
        for each in found:
            table.add_row(each.id, each.site, each.state, _when(each.end))

    _either(words, "the scope read", ask, go)
    console.print(table)
    for sentence in newer:
        console.print(sentence)


def _close(words: argparse.Namespace) -> None:
    async def ask(face: TeamFace) -> None:
        closed = await face.ask("POST", f"/api/recordings/{words.id}/close")
        console.print(f"{closed['id']}: {closed['state']}; the team's face does the rest.")

    async def go(opened: Parts) -> None:
        await end.finish(opened, words.id, lambda r: console.print(_reached(r)))

    _either(words, "the scope manage", ask, go)


def _reached(current: Recording) -> str:
    """Which state a recording is in, and how long it took to get there from the one before."""
    times = sorted(current.reached.values())
    took = f", {(times[-1] - times[-2]) / 1000:.1f} s" if len(times) > 1 else ""
    return f"{current.id}: {current.state}{took}"


# --- heatmaps ------------------------------------------------------------------------------------


def _get(words: argparse.Namespace) -> None:
    chosen = Choice(palette=words.palette, strength=words.strength, opacity=words.opacity)

    async def ask(face: TeamFace) -> None:
        found = await face.ask("GET", f"/api/recordings/{words.id}")
        page = f"/api/recordings/{words.id}/pages/{_number(words.page, found['pages'])}"

        async def layers(device: str) -> Any:
            return (await face.ask("GET", f"{page}/{device}?segment={quote(words.segment)}"))["layers"]

        async def fetch(name: str) -> bytes:
            return await face.fetch(f"{page}/{words.device}/{name}{chosen.query}")

        await _fetch(words, found["state"], found["devices"], layers, fetch)

    async def go(opened: Parts) -> None:
        found = await opened.registry.read(words.id)
        number = _number(words.page, [{"name": page.name} for page in found.pages])

        async def layers(device: Any) -> Any:
            return (await pictures.view(opened, found, number, device, words.segment)).layers

        async def fetch(name: str) -> bytes:
            refuse_export(found, name)
            return await pictures.file(opened, found, number, words.device, name, chosen.look)

        await _fetch(words, found.state, found.devices, layers, fetch)

    words.out.mkdir(parents=True, exist_ok=True)
    _either(words, "the scope read", ask, go)


async def _fetch(
    words: argparse.Namespace,
    state: str,
    devices: Sequence[str],
    layers: Callable[[str], Awaitable[Any]],
    fetch: Callable[[str], Awaitable[bytes]],
) -> None:
    """The files that are asked for; where one is not there, it is said which device classes have pictures."""
    try:
        for name in words.file or _names(await layers(words.device), state, words.segment):
            _write(words, name, await fetch(name))
    except (NotFound, Refused) as error:
        if isinstance(error, Refused) and error.code != NotFound.code:
            raise
        others = [each for each in devices if each != words.device and await _any(layers, each)]
        raise NotFound(
            f"{error.message} Asked for was {words.device}; "
            f"{'there are pictures of ' + ' and '.join(others) if others else 'no other device class has any'}."
        ) from None


async def _any(layers: Callable[[str], Awaitable[Any]], device: str) -> bool:
    try:
        return bool(await layers(device))
    except (NotFound, Refused):
        return False


def _number(name: str, pages: list[dict[str, Any]]) -> int:
    names = [page["name"] for page in pages]
    if name not in names:
        raise NotFound(f"The recording has no page {name!r}; it has {', '.join(names)}.")
    return names.index(name)


def _names(layers: Any, state: str, segment: str) -> list[str]:
    """Every layer's overlay and picture, and the elements once they are final; `NotFound` when too few were there."""
    if not layers:
        raise NotFound("There is no picture of this page and device class: too few people were there.")
    tables = [] if state == State.OPEN else ["elements.csv"]
    folder = f"{segment}/" if segment else ""
    return [
        folder + name
        for name in [*(f"{layer}{kind}.png" for layer in layers for kind in ("", "-composed")), *tables]
    ]


def _write(words: argparse.Namespace, name: str, data: bytes) -> None:
    """`product-desktop-click.png`: only letters, digits, dots and dashes, whatever the page is called."""
    plain = re.sub(r"[^a-z0-9.]+", "-", f"{words.page}-{words.device}-{name}".lower()).strip("-.")
    (words.out / plain).write_bytes(data)
    console.print(str(words.out / plain))


# --- checks --------------------------------------------------------------------------------------


def _check(words: argparse.Namespace) -> None:
    conditions = [check.condition(text) for text in words.fail_on]
    found: dict[str, Any] = {}

    async def ask(face: TeamFace) -> None:
        body = {"before": words.before, "after": words.after, "fail_on": words.fail_on}
        found.update(await face.ask("POST", f"/api/recordings/{words.recording}/check", json=body))

    async def go(opened: Parts) -> None:
        recorded = await opened.registry.read(words.recording)
        compared = await releases.tables(opened, recorded, words.before, words.after)
        verdict = check.judge(words.before, words.after, compared, conditions)
        found["status"], found["markdown"] = verdict.status, check.as_markdown(verdict)
        found["junit"] = check.as_junit(verdict).decode()

    _either(words, "the scope check", ask, go)
    print(found["markdown"], end="")
    if words.markdown:
        words.markdown.write_text(found["markdown"], "utf-8")
    if words.junit:
        words.junit.write_bytes(found["junit"].encode())
    sys.exit(found["status"])


# --- here or from afar ---------------------------------------------------------------------------


def _either(
    words: argparse.Namespace,
    scopes: str,
    ask: Callable[[TeamFace], Awaitable[None]],
    go: Callable[[Parts], Awaitable[None]],
) -> None:
    if words.url:
        remote.run(words.url, scopes, ask)
    else:
        with_parts(go)


def described(file: Path) -> Recording:
    """The recording that a TOML file describes: `days` from now on, or from `start` to `end`."""
    fields = _fields(file)
    days = fields.pop("days", 14)
    if not isinstance(days, int | float):
        raise Malformed(f"In {file}, days must be a number.")
    start = now_ms()
    return recording.new(**({"start": start, "end": start + round(days * recording.DAY_MS)} | fields))


def _fields(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise Malformed(f"{file} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Malformed(f"{file} is not TOML: {error}.") from None


def _when(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"
