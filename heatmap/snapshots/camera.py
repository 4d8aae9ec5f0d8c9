"""Pages in Chromium, opened as a visitor of a device class would see them: their size, elements and pictures."""

import contextlib
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from heatmap.snapshots import inside, steps
from heatmap.snapshots.quiet import Traffic
from heatmap.snapshots.steps import Step
from recorder.assets import STATIC
from recorder.errors import Unusable
from recorder.recording import REFERENCE_WIDTH, Device

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, JSHandle, Page

#: The viewport in which a page is laid out; its width is the device's reference width.
_VIEWPORT_HEIGHT: dict[Device, int] = {"desktop": 800, "tablet": 1100, "mobile": 760}
#: How long a page may take to open.
_OPEN_MS = 60_000
#: What comes when it is scrolled to may hold more that does: so often the page is walked while it gets longer.
_WALKS = 3
#: The hosts of the prompt and of the sign that recording is on: they are not part of the site's page.
_OURS = "yesmap-prompt, yesmap-sign"
#: What the site marks, and what was typed into fields, is on no picture; where it was stays as it is.
_HIDDEN = """
[data-yesmap-ignore], [data-yesmap-ignore] * { visibility: hidden !important; }
input:not([type=submit], [type=button], [type=reset]):not(:placeholder-shown), textarea:not(:placeholder-shown) {
  color: transparent !important; text-shadow: none !important; -webkit-text-fill-color: transparent !important;
}"""
#: Nobody is here to be asked: an earlier no keeps the prompt away and the count of asked visitors right.
_ANSWERED = 'try { localStorage.setItem("yesmap", JSON.stringify({ no: Date.now() + 864e5 })) } catch {}'
_MODULES = """async (sources) => {
  const url = (source) => URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const modules = Object.entries(sources).map(async ([name, source]) => [name, await import(url(source))]);
  return Object.fromEntries(await Promise.all(modules));
}"""
_WALK = """async ({ inside, element }) => {
  await inside.walk();
  return [await inside.redrawn(element), inside.extent()];
}"""
_MEASURE = """async ([{ element, survey, inside }, anew]) => ({
  width: innerWidth,
  height: document.documentElement.scrollHeight,
  rows: [...element.table(), ...inside.bodies(element)],
  cut: await inside.cut(element),
  anew: anew && { ...anew, hashes: inside.within(anew, element) },
  scripts: survey.scripts(),
  warnings: survey.warnings({ detailed: () => inside.detailed(element) }),
})"""


@dataclass(frozen=True)
class Shot:
    """What the camera saw, all at the same moment. Lengths in CSS px."""

    width: int
    height: int
    rows: list[dict[str, Any]]  #: as `table()` in static/element.js gives them, as far as they are to be seen
    png: bytes  #: the page from its top down to the height that was asked for
    scripts: list[str] = field(default_factory=list)  #: paths of what it loaded
    warnings: list[str] = field(default_factory=list)  #: sentences about what such a snapshot cannot show
    scroller: int | None = None  #: as in `Sheet`


@dataclass(frozen=True)
class Camera:
    """One device class in one browser: whoever signs in on a page stays so on the next."""

    context: "BrowserContext"
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)

    async def do(self, url: str, todo: Sequence[Step]) -> None:
        """Open a page and do some steps on it, such as signing in."""
        async with self._opened(url, elsewhere=True) as (page, traffic):
            await steps.run(page, list(todo), self.environment)
            await traffic.quiet()

    async def shoot(self, url: str, *, most: int, todo: Sequence[Step] = ()) -> Shot:
        """Open a page, do the steps, and take its picture, at most `most` px high.

        Raises `Unusable` when the page cannot be opened, leads elsewhere, or a step cannot be done.
        """
        async with self._opened(url) as (page, traffic):
            anew = await _walked(page, traffic)
            await steps.run(page, list(todo), self.environment)
            await traffic.quiet()
            await page.evaluate("(ours) => document.querySelectorAll(ours).forEach((e) => e.remove())", _OURS)
            modules = await _modules(page)
            scroller = await inside.unroll(page, modules, most)
            await traffic.quiet()
            seen = await page.evaluate(_MEASURE, [modules, anew])
            width, height = seen["width"], seen["height"]
            clip = {"x": 0, "y": 0, "width": width, "height": min(height, most)}
            png = await page.screenshot(full_page=True, clip=clip, animations="disabled", style=_HIDDEN)  # type: ignore[arg-type]
        warnings = [*seen["warnings"], *inside.said(seen, scroller)]
        if height > most:
            warnings.append(f"the page is {height} px high, its picture shows the upper {most}")
        return Shot(width, height, inside.fit(seen), png, seen["scripts"], warnings, scroller)

    @contextlib.asynccontextmanager
    async def _opened(self, url: str, *, elsewhere: bool = False) -> AsyncIterator[tuple["Page", Traffic]]:
        from playwright.async_api import Error

        page = await self.context.new_page()
        traffic = Traffic(page)
        try:
            answer = await page.goto(url, timeout=_OPEN_MS)
        except Error as error:
            raise Unusable(f"{url} cannot be opened: {error.message.splitlines()[0]}.") from None
        if answer is not None and answer.status >= 400:
            raise Unusable(f"{url} answers with {answer.status}.")
        if not elsewhere and _path(page.url) != _path(url):
            there = page.url.split("?")[0]
            raise Unusable(
                f"{url} leads to {there}: give that address, or if the page is behind sign-in, say how with --login."
            )
        try:
            yield page, traffic
        except Error as error:
            raise Unusable(f"{url} cannot be taken: {error.message.splitlines()[0]}") from None
        await page.close()


@contextlib.asynccontextmanager
async def started(browser: str) -> AsyncIterator["Browser"]:
    """Chromium, by the path of its program; `Unusable` when Playwright is not installed or it does not start."""
    try:
        from playwright.async_api import Error, async_playwright
    except ImportError:
        raise Unusable("Taking snapshots needs Playwright: pip install 'yesmap[snapshot]'.") from None
    # Chromium's sandbox does not start for root, as in most containers.
    args = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        try:
            chromium = await playwright.chromium.launch(executable_path=browser, args=args)
        except Error as error:
            raise Unusable(f"{browser} does not start: {error.message.splitlines()[0]}") from None
        yield chromium
        await chromium.close()


@contextlib.asynccontextmanager
async def camera(
    browser: "Browser", device: Device, environment: Mapping[str, str] | None = None
) -> AsyncIterator[Camera]:
    """A camera for one device class; `environment` has the values that steps name."""
    context = await browser.new_context(
        viewport={"width": REFERENCE_WIDTH[device], "height": _VIEWPORT_HEIGHT[device]},
        has_touch=device != "desktop",
        reduced_motion="reduce",
        bypass_csp=True,  # or a strict site could not import element.js
    )
    context.set_default_timeout(_OPEN_MS)
    await context.add_init_script(_ANSWERED)
    yield Camera(context, environment or {})
    await context.close()


async def shoot(url: str, device: Device, *, browser: str, most: int) -> Shot:
    """One page, with a browser of its own."""
    async with started(browser) as chromium, camera(chromium, device) as one:
        return await one.shoot(url, most=most)


async def _modules(page: "Page") -> "JSHandle":
    """What is done in the page: element.js, as visitors have it, and what only snapshots need."""
    files = {"element": STATIC / "element.js", "survey": STATIC / "survey.js", "inside": inside.SCRIPT}
    return await page.evaluate_handle(
        _MODULES, {name: file.read_text("utf-8") for name, file in files.items()}
    )


def _path(url: str) -> str:
    """Of web pages the path, which servers and browsers write with and without a slash at its end."""
    parts = urlsplit(url)
    return parts.path.rstrip("/") if parts.scheme in {"http", "https"} else ""


async def _walked(page: "Page", traffic: Traffic) -> Any:
    """Have everything loaded that loads when it is scrolled to; gives what `redrawn` in inside.js found."""
    modules = await _modules(page)
    for _ in range(_WALKS):
        anew, extent = await page.evaluate(_WALK, modules)
        await traffic.quiet()
        if extent == await page.evaluate("({ inside }) => inside.extent()", modules):
            break
    return anew
