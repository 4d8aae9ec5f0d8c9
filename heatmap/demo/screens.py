"""python -m heatmap.demo.screens: take the README's screenshots anew, of the demonstration shop and its crowd."""

import asyncio
import io
import os
import re
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from recorder.assets import STATIC
from recorder.errors import Unusable

if TYPE_CHECKING:
    from playwright.async_api import Page

OUT = STATIC / "readme"
WIDTH, HEIGHT = 1280, 860
#: Enough for both releases to be told apart.
VISITORS = 400
PASSWORD = "four words and a comma"  # noqa: S105 - of a data folder that is gone afterwards


async def main() -> None:
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        raise Unusable("Screenshots are taken in Chromium, and there is none on the path.")
    with tempfile.TemporaryDirectory(prefix="yesmap-screens-") as folder:
        async with _demo(Path(folder)) as welcome, _page(browser) as page:
            await _sign_in(page, welcome)
            await page.locator("a[href^='/recordings/']", has_text="Demo shop").click()
            recording = page.url.partition("?")[0]
            for name, act in _SCREENS.items():
                await act(page, recording)
                await page.wait_for_load_state("networkidle")
                _keep(name, await page.screenshot())


@asynccontextmanager
async def _demo(data: Path) -> AsyncIterator[str]:
    """The demo, once its crowd has left; gives the link for the first user."""
    where = {"YESMAP_DATA": str(data), "YESMAP_PORT": "0", "YESMAP_TEAM_PORT": "0"}
    command = [
        sys.executable,
        "-u",
        "-m",
        "heatmap.cli",
        "demo",
        "--with-parent",
        "--visitors",
        str(VISITORS),
    ]
    running = await asyncio.create_subprocess_exec(
        *command, env=os.environ | where, stdout=asyncio.subprocess.PIPE
    )
    try:
        said = ""
        while "crowd has left" not in said:
            line = await running.stdout.readline() if running.stdout else b""
            if not line:
                raise Unusable("The demo stopped before its crowd had left.")
            said += line.decode()
        [link] = re.findall(r"http\S+/welcome/\S+", said)
        yield link
    finally:
        running.terminate()
        await running.wait()


@asynccontextmanager
async def _page(browser: str) -> AsyncIterator["Page"]:
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        yield await chromium.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        await chromium.close()


async def _sign_in(page: "Page", welcome: str) -> None:
    await page.goto(welcome)
    await page.get_by_label("Your name").fill("ada")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Go on").click()
    await page.get_by_role("button", name="Later").click()
    await page.goto(re.sub(r"/welcome/.*", "/", welcome))


async def _heatmap(page: "Page", recording: str) -> None:
    await page.goto(f"{recording}?page=2&device=desktop&layer=click")
    await page.evaluate("scrollTo(0, 190)")


async def _findings(page: "Page", recording: str) -> None:
    await page.goto(f"{recording}/findings")


async def _flow(page: "Page", recording: str) -> None:
    await page.goto(f"{recording}/flow")


async def _replay(page: "Page", recording: str) -> None:
    await page.goto(f"{recording}/replays")
    await page.get_by_role("link").filter(has_text="Rage").first.click()
    await page.wait_for_load_state("networkidle")
    await page.get_by_role("button", name="Next problem").click()


async def _consent(page: "Page", recording: str) -> None:
    await page.goto(f"{recording}/consents")


_SCREENS: dict[str, Callable[["Page", str], Awaitable[None]]] = {
    "heatmaps": _heatmap,
    "findings": _findings,
    "flow": _flow,
    "replay": _replay,
    "consent": _consent,
}


def _keep(name: str, png: bytes) -> None:
    path = OUT / f"{name}.webp"
    Image.open(io.BytesIO(png)).convert("RGB").save(path, "WEBP", quality=80, method=6)
    sys.stdout.write(f"{path.name}: {path.stat().st_size} bytes\n")


if __name__ == "__main__":
    asyncio.run(main())
