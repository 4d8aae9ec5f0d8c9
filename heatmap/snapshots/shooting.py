"""`yesmap snapshot`: pages as they are now, into the stores of this machine or through the team's interface."""

import argparse
import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console

from heatmap.parts import Parts
from heatmap.snapshots import camera, screenshot, sending, snapshot, snapshots, steps
from heatmap.snapshots.addresses import page_of
from heatmap.snapshots.camera import Camera, Shot
from heatmap.snapshots.steps import Step
from heatmap.stores import with_parts
from recorder.errors import Malformed, Unusable
from recorder.recording import DEVICES, Device, Page

console = Console(soft_wrap=True)

#: Keeps a snapshot (JSON and PNG) wherever it goes.
Keep = Callable[[bytes, bytes], Awaitable[None]]


@dataclass(frozen=True)
class Job:
    """What is to be taken."""

    urls: list[str]
    devices: list[Device]
    page: str | None
    state: str
    release: str
    do: list[Step]
    login: list[Step]
    browser: str


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The words of the command line."""
    parser = commands.add_parser(
        "snapshot",
        help="take pages' snapshots with Chromium",
        epilog="STEPS are a file, or the steps themselves: goto, click, fill … with $VARIABLE, press, wait.",
    )
    parser.add_argument("urls", nargs="+", metavar="URL", help="where to see the pages now")
    parser.add_argument("--recording", required=True, metavar="ID")
    parser.add_argument("--page", help="the page's name, where its address fits no rule of the recording")
    parser.add_argument(
        "--device",
        default=",".join(DEVICES),
        help=f"which of {', '.join(DEVICES)}, with commas between (default: all)",
    )
    parser.add_argument("--release", default="", help="the release that is shown (default: any)")
    parser.add_argument("--state", default="", help="a name for what the steps open, such as menu-open")
    parser.add_argument("--do", default="", metavar="STEPS", help="what to do on each page first")
    parser.add_argument("--login", default="", metavar="STEPS", help="what to do once before, to sign in")
    parser.add_argument(
        "--url", dest="to", metavar="URL", help="the team's face; its API key is in YESMAP_API_KEY"
    )
    parser.add_argument("--browser", help="path of Chromium (default: the one that is installed)")
    parser.set_defaults(run=_run)


def _run(words: argparse.Namespace) -> None:
    job = _job(words)
    if words.to:
        asyncio.run(_send(words.to, words.recording, job))
        return

    async def go(parts: Parts) -> None:
        found = await parts.registry.read(words.recording)

        async def keep(data: bytes, png: bytes) -> None:
            checked, picture = await asyncio.to_thread(snapshot.checked, data, png)
            await snapshots.keep(parts.store, found, checked, data, picture)

        await take(job, found.pages, keep)

    with_parts(go)


async def _send(url: str, recording: str, job: Job) -> None:
    async with sending.opened(url, os.environ) as api:
        pages = [] if job.page else await api.pages(recording)
        await take(job, pages, lambda data, png: api.keep(recording, data, png))


async def take(job: Job, pages: list[Page], keep: Keep) -> None:
    """Take and keep every snapshot of a job, and say what it is worth."""
    named = [(url, job.page or _page(url, pages)) for url in job.urls]
    async with camera.started(job.browser) as browser:
        for device in job.devices:
            async with camera.camera(browser, device, os.environ) as one:
                async for page, shot in _shots(one, named, job):
                    data = snapshot.of_shot(shot, page, device, job.state, job.release)
                    await keep(data, shot.png)
                    _say(page, device, job, shot)


async def _shots(one: Camera, named: list[tuple[str, str]], job: Job) -> AsyncIterator[tuple[str, Shot]]:
    if job.login:
        await one.do(job.urls[0], job.login)
    for url, page in named:
        yield page, await one.shoot(url, most=screenshot.HEIGHT, todo=job.do)


def _say(page: str, device: Device, job: Job, shot: Shot) -> None:
    what = " ".join(filter(None, (page, job.state and f"({job.state})", job.release)))
    console.print(f"{what}, {device}: {len(shot.rows)} elements", markup=False)
    for warning in shot.warnings:
        console.print(f"  {warning}.", markup=False)


def _job(words: argparse.Namespace) -> Job:
    browser = words.browser or shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        raise Unusable(
            "Snapshots are taken in Chromium, and there is none on the path: install it, or say --browser."
        )
    if bool(words.state) != bool(words.do):
        raise Malformed(
            "A state has a name and steps that lead to it: --state menu-open --do 'click \"Menu\"'."
        )
    if not re.fullmatch(snapshot.STATE, words.state):
        raise Malformed("The name of a state has small letters, digits and dashes, at most 39.")
    if wrong := [url for url in words.urls if urlsplit(url).scheme not in {"http", "https"}]:
        raise Malformed(f"{wrong[0]!r} is no address of a web page: https://…")
    if words.page and len(words.urls) > 1:
        raise Malformed("--page names the page of one address; give the addresses one by one.")
    return Job(
        words.urls,
        _devices(words.device),
        words.page,
        words.state,
        words.release,
        _steps(words.do),
        _steps(words.login),
        browser,
    )


def _devices(text: str) -> list[Device]:
    names = [name.strip() for name in text.split(",")]
    if wrong := [name for name in names if name not in DEVICES]:
        raise Malformed(f"There is no device class {wrong[0]!r}; there are {', '.join(DEVICES)}.")
    return [device for device in DEVICES if device in names]


def _steps(given: str) -> list[Step]:
    """The steps of a file, if there is one of that name, else those that are given."""
    try:
        text = (
            Path(given).read_text("utf-8") if given and "\n" not in given and Path(given).is_file() else given
        )
    except (OSError, UnicodeDecodeError):
        text = given
    return steps.parse(text)


def _page(url: str, pages: list[Page]) -> str:
    number = page_of(pages, url)
    if number is None:
        names = ", ".join(page.name for page in pages)
        raise Malformed(f"{url} fits none of the recording's pages ({names}); say which it is with --page.")
    return pages[number].name
