"""One visit in Chromium with one tool on the page: what it loads, sends and costs."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from aiohttp import ClientSession
from playwright.async_api import Browser, CDPSession, Page

from tests.bench.mouse import Input, play
from tests.bench.site import Site

VIEWPORT = (1440, 900)
#: A page that was loaded is left alone so long before the hand moves: what is sent until then is sent at the start, s.
SETTLE = 2.0
#: Requests that outlive their page have arrived so long after it is gone, s.
LINGER = 1.0


@dataclass(frozen=True)
class Answer:
    """What being asked costs, once a visitor: bytes sent and ms of script until the recording is on.

    Loaded is what was loaded by then, `before` what of it came before the answer.
    """

    sent: int
    script_ms: float
    before: frozenset[str]
    loaded: frozenset[str]


@dataclass(frozen=True)
class Visit:
    """A page view: bytes of the bodies that were sent before the hand moved and from then on, and ms of script.

    What a tool does while its page goes is in its bytes, not in its ms.
    """

    start: int
    stream: int
    script_ms: float
    loaded: frozenset[str]


async def visit(
    browser: Browser, site: Site, tool: str, session: Sequence[Input]
) -> tuple[Answer | None, Visit]:
    """A browser that was here before, so that scripts come from its cache; with Yesmap, it also said yes then."""
    async with _tab(browser) as (page, cdp):
        site.sent.take()
        first = await _answer(page, cdp, site) if tool == "yesmap" else None
        if first is None:
            await page.goto(f"{site.origin}/{tool}")
            await asyncio.sleep(SETTLE)
        await _leave(page, site)
        # Clarity would go on with the other view, at an address that it garbles.
        await page.context.clear_cookies()
        site.sent.take()
        return first, await _measured(page, cdp, site, tool, session)


async def asked(browser: Browser, site: Site) -> Answer:
    """A browser that has never been here is asked, and its visitor says yes."""
    async with _tab(browser) as (page, cdp):
        return await _answer(page, cdp, site)


async def gzip_bytes(addresses: frozenset[str]) -> int:
    """The sum of what a browser that takes gzip gets at these addresses, bodies only."""
    async with ClientSession(auto_decompress=False, headers={"Accept-Encoding": "gzip"}) as http:
        total = 0
        for address in addresses:
            async with http.get(address) as response:
                response.raise_for_status()
                total += len(await response.read())
        return total


@contextlib.asynccontextmanager
async def _tab(browser: Browser) -> AsyncIterator[tuple[Page, CDPSession]]:
    """A page in a browser profile of its own, with its time being taken."""
    context = await browser.new_context(viewport={"width": VIEWPORT[0], "height": VIEWPORT[1]})
    try:
        page = await context.new_page()
        cdp = await context.new_cdp_session(page)
        await cdp.send("Performance.enable", {"timeDomain": "threadTicks"})
        yield page, cdp
    finally:
        await context.close()


async def _answer(page: Page, cdp: CDPSession, site: Site) -> Answer:
    loads = _loads(page, site)
    await page.goto(f"{site.origin}/yesmap")
    allow = page.get_by_role("button", name="Allow")
    await allow.wait_for()
    before = frozenset(loads)
    await allow.click()
    await page.get_by_text("Recording until").wait_for()
    return Answer(site.sent.take(), await _script_ms(cdp), before, frozenset(loads))


async def _measured(page: Page, cdp: CDPSession, site: Site, tool: str, session: Sequence[Input]) -> Visit:
    loads = _loads(page, site)
    await page.goto(f"{site.origin}/{tool}")
    await asyncio.sleep(SETTLE)
    start = site.sent.take()
    await play(session, cdp)
    script = await _script_ms(cdp)
    await _leave(page, site)
    return Visit(start, site.sent.take(), script, frozenset(loads))


def _loads(page: Page, site: Site) -> set[str]:
    """The addresses of files that are loaded from now on: not the pages themselves, nor what is recorded here."""
    found = set[str]()
    files = (f"{site.origin}/files/", f"{site.collector}/")
    page.on(
        "request",
        lambda r: (
            found.add(r.url)
            if r.method == "GET" and r.url.startswith(files) and not r.url.endswith("/v1/recording")
            else None
        ),
    )
    return found


async def _script_ms(cdp: CDPSession) -> float:
    """CPU ms of the main thread in script since the page was loaded, without the layout that script asks for."""
    answer = await cdp.send("Performance.getMetrics")
    return next(1000 * float(m["value"]) for m in answer["metrics"] if m["name"] == "ScriptDuration")


async def _leave(page: Page, site: Site) -> None:
    await page.goto(f"{site.origin}/blank")
    await asyncio.sleep(LINGER)
