"""A page in Chromium, opened as a visitor of a device class would see it: its size, its elements, its picture."""

import contextlib
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recorder.assets import STATIC
from recorder.errors import Unusable
from recorder.recording import REFERENCE_WIDTH, Device

if TYPE_CHECKING:
    from playwright.async_api import Page

#: The viewport in which a page is laid out; its width is the device's reference width.
_VIEWPORT_HEIGHT: dict[Device, int] = {"desktop": 800, "tablet": 1100, "mobile": 760}
#: How long a page may take to open, and how long to fall quiet; a page with an open connection never does.
_OPEN_MS, _QUIET_MS = 30_000, 5_000
#: The hosts of the prompt and of the sign that recording is on: they are not part of the site's page.
_OURS = "yesmap-prompt, yesmap-sign"
#: Nobody is here to be asked: an earlier no keeps the prompt away and the count of asked visitors right.
_ANSWERED = 'try { localStorage.setItem("yesmap", JSON.stringify({ no: Date.now() + 864e5 })) } catch {}'
#: Down the page and back up, a screen at a time, so that parts which load when they come near do load.
_SCROLL = """async () => {
  const rest = () => new Promise((done) => setTimeout(done, 80));
  for (let y = 0; y < document.documentElement.scrollHeight && y < 65536; y += innerHeight) {
    scrollTo({ top: y, behavior: "instant" });
    await rest();
  }
  scrollTo({ top: 0, behavior: "instant" });
  await document.fonts.ready;
  await rest();
}"""
_MEASURE = """async (source) => {
  const { table } = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  return [innerWidth, document.documentElement.scrollHeight, table()];
}"""


@dataclass(frozen=True)
class Shot:
    """What the camera saw, all at the same moment. Lengths in CSS px."""

    width: int
    height: int
    rows: list[dict[str, Any]]  #: as `table()` in static/element.js gives them
    png: bytes  #: the page from its top down to the height that was asked for


async def shoot(url: str, device: Device, *, browser: str, most: int) -> Shot:
    """Open a page at the device's reference width and take its picture, at most `most` px high.

    `browser` is the path of the program. Raises `Unusable` when Playwright is not installed or the page cannot
    be opened.
    """
    async with _opened(url, device, browser) as page:
        await _settle(page)
        width, height, rows = await page.evaluate(_MEASURE, (STATIC / "element.js").read_text("utf-8"))
        png = await page.screenshot(
            full_page=True,
            clip={"x": 0, "y": 0, "width": width, "height": min(height, most)},
            animations="disabled",
        )
    return Shot(width, height, rows, png)


@contextlib.asynccontextmanager
async def _opened(url: str, device: Device, browser: str) -> AsyncIterator["Page"]:
    try:
        from playwright.async_api import Error, async_playwright
    except ImportError:
        raise Unusable("Taking snapshots needs Playwright: pip install 'yesmap[snapshot]'.") from None
    # Chromium's sandbox does not start for root, as in most containers.
    args = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=browser, args=args)
        context = await chromium.new_context(
            viewport={"width": REFERENCE_WIDTH[device], "height": _VIEWPORT_HEIGHT[device]},
            has_touch=device != "desktop",
            reduced_motion="reduce",
            bypass_csp=True,  # or a strict site could not import element.js
        )
        await context.add_init_script(_ANSWERED)
        page = await context.new_page()
        try:
            await page.goto(url, timeout=_OPEN_MS)
        except Error as error:
            raise Unusable(f"{url} cannot be opened: {error.message.splitlines()[0]}.") from None
        yield page
        await chromium.close()


async def _settle(page: "Page") -> None:
    """Until everything that comes has come, then without what is ours."""
    from playwright.async_api import TimeoutError as TooLong

    await page.evaluate(_SCROLL)
    with contextlib.suppress(TooLong):
        await page.wait_for_load_state("networkidle", timeout=_QUIET_MS)
    await page.evaluate("(ours) => document.querySelectorAll(ours).forEach((e) => e.remove())", _OURS)
