"""The whole way in a real Chromium: a site of its own, the tag, the question, a visit, the picture."""

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise

import numpy as np
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from playwright.async_api import Browser, Page

from heatmap import draw, layers, raw
from heatmap.crowd import UNIT
from heatmap.sheet import CELL, blank
from recorder import views
from recorder.eventlog import EventLog
from recorder.events import Kind
from recorder.recording import Recording
from recorder.registry import Registry
from tests.conftest import a_recording

Client = TestClient[web.Request, web.Application]

#: A way across the page, px: where a hand really went would do as well.
PATH = [(200 + 9 * n, 300 + round(120 * np.sin(n / 8))) for n in range(60)]
#: The middle of the button, and the link to the other page.
BUY, NEXT = (700, 550), (120, 650)
VISITORS = 6
#: How far from the mouse a hot cell may be, px.
NEAR = 16

HOME = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Site</title>
<meta name="viewport" content="width=device-width">
<style>body{margin:0;font:16px sans-serif} #tall{height:2400px}
button{position:absolute;left:600px;top:520px;width:200px;height:60px} a{position:absolute;left:100px;top:640px}</style>
<script type="module" src="COLLECTOR/yesmap.js" data-release="1.4.2"></script>
<h1>Home</h1><div id="tall"><button id="buy">Buy</button><a id="next" href="/basket?secret=1#part">Basket</a></div>"""
BASKET = HOME.replace("Home", "Basket", 1).replace('id="buy"', 'id="pay"')


@pytest.fixture
async def site(collector: Client) -> AsyncIterator[str]:
    """A site on an origin of its own that carries the tag; gives its origin."""
    address = str(collector.make_url("/")).rstrip("/")
    pages = {"/": HOME, "/basket": BASKET}

    async def page(request: web.Request) -> web.Response:
        text = pages[request.path].replace("COLLECTOR", address)
        return web.Response(text=text, content_type="text/html")

    app = web.Application()
    for path in pages:
        app.router.add_get(path, page)
    async with TestServer(app) as server:
        yield str(server.make_url("/")).rstrip("/")


@pytest.fixture
async def recording(registry: Registry, site: str) -> Recording:
    return await registry.open(a_recording(origins=[site]))


async def arrive(browser: Browser, site: str) -> Page:
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    page = await context.new_page()
    await page.goto(site + "/")
    return page


async def acknowledged(log: EventLog, recording: Recording, batches: int) -> None:
    """Wait until this many batches are in the event store."""
    async with asyncio.timeout(30):
        while (await log.totals(recording.id))[1] < batches:
            await asyncio.sleep(0.05)


async def events_of(log: EventLog, registry: Registry, recording: Recording) -> raw.Slice:
    [part] = [part async for part in raw.slices(log, await registry.key(recording), recording.id)]
    return part


async def visit(browser: Browser, site: str) -> None:
    """One visitor: yes, a way with the mouse, a click, another page, and away."""
    page = await arrive(browser, site)
    await page.get_by_role("button", name="Allow").click()
    await page.get_by_text("Recording until").wait_for()
    await page.mouse.move(*PATH[0])
    for x, y in PATH:
        await page.mouse.move(x, y)
        await page.wait_for_timeout(55)
    await page.mouse.click(*BUY)
    await page.mouse.click(*NEXT)
    await page.get_by_text("Recording until").wait_for()
    await page.mouse.move(640, 400)
    await page.wait_for_timeout(100)
    await page.context.close()


async def test_the_hot_cells_are_where_the_mouse_was(
    browser: Browser, site: str, recording: Recording, log: EventLog, registry: Registry
) -> None:
    """Six people go the same way: the picture is hot along it, to within 16 px, and nowhere else."""
    await asyncio.gather(*(visit(browser, site) for _ in range(VISITORS)))
    await acknowledged(log, recording, 2 * VISITORS)

    part = await events_of(log, registry, recording)
    home = part.of(0, "desktop")
    sheet = blank(1280, 2500)
    heat = draw.gather(layers.move(home), sheet)
    picture = draw.draw(draw.show(heat, sheet, VISITORS), sheet)

    assert VISITORS == len(heat.tally.sessions)
    rows, columns = np.nonzero(picture.grid >= 5 * UNIT)
    hot = np.stack([columns, rows], axis=1) * CELL + CELL // 2
    way = _dense([*PATH, BUY, NEXT])
    apart = np.sqrt(((hot[:, None, :] - way[None, :, :]) ** 2).sum(axis=2))
    assert apart.min(axis=1).max() <= NEAR
    assert np.mean(apart.min(axis=0)[: 9 * len(PATH)] <= NEAR) > 0.9


async def test_clicks_page_changes_and_the_release_arrive(
    browser: Browser, site: str, recording: Recording, log: EventLog, registry: Registry
) -> None:
    """A click falls on its element, the second page is recorded as such, and nothing of the query comes along."""
    await visit(browser, site)
    await acknowledged(log, recording, 2)

    part = await events_of(log, registry, recording)
    clicks = layers.click(part.of(0, "desktop"))
    assert [BUY, NEXT] == list(zip(clicks.x.tolist(), clicks.y.tolist(), strict=True))
    assert abs(int(clicks.fx[0]) - 32768) < 400
    assert {0, 1} == set(part.visits["page"].tolist())
    assert Kind.PAGE in part.columns.kind & 31
    assert {1} == set(part.visits["release"].tolist())
    assert ["1.4.2"] == (await registry.read(recording.id)).seen_releases


async def test_before_an_answer_nothing_is_kept_or_sent(
    browser: Browser, site: str, recording: Recording, log: EventLog
) -> None:
    """While the question stands, moves and clicks go nowhere: the only request is one count, without an identifier."""
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    page = await context.new_page()
    sent: list[tuple[str, str | None]] = []
    page.on(
        "request",
        lambda r: sent.append((r.url.removeprefix(site), r.post_data)) if r.method == "POST" else None,
    )
    await page.goto(site + "/")
    await page.get_by_role("button", name="Allow").wait_for()

    for x, y in PATH[:20]:
        await page.mouse.move(x, y)
    await page.locator("#buy").click()
    await page.wait_for_timeout(300)

    assert ["/v1/count"] == ["/" + url.split("/", 3)[3] for url, _ in sent]
    assert f'{{"recording":"{recording.id}","what":"asked","device":"desktop"}}' == sent[0][1]
    assert (0, 0) == await log.totals(recording.id)
    kept = await page.evaluate("JSON.stringify({...localStorage}) + document.cookie")
    assert "token" not in kept
    assert "audit" not in kept
    await context.close()


async def test_a_double_click_is_one_yes(
    browser: Browser, site: str, recording: Recording, log: EventLog
) -> None:
    """Impatience makes no second session."""
    page = await arrive(browser, site)
    await page.get_by_role("button", name="Allow").dblclick()
    await page.get_by_text("Recording until").wait_for()

    assert 1 == len(await log.sessions(recording.id))
    await page.context.close()


async def test_a_no_takes_back_a_yes_on_its_way(
    browser: Browser, site: str, recording: Recording, log: EventLog
) -> None:
    """Who clicks Allow and then Escape is not recorded."""
    page = await arrive(browser, site)
    allow = page.get_by_role("button", name="Allow")
    await allow.wait_for()
    await page.evaluate(
        "(async () => { const { version } = await yesmap.notice();"
        " await Promise.all([yesmap.allow({ notice: version }), yesmap.refuse()]); })()"
    )

    assert [] == await log.sessions(recording.id)
    assert "token" not in await page.evaluate("JSON.stringify({...localStorage})")
    await page.context.close()


async def test_a_no_is_kept_and_nothing_else(
    browser: Browser, site: str, recording: Recording, log: EventLog
) -> None:
    """After a no there is no session and no further question."""
    page = await arrive(browser, site)
    await page.get_by_role("button", name="No thanks").click()
    await page.locator("yesmap-prompt").wait_for(state="detached")

    await page.reload()
    await page.wait_for_load_state("networkidle")

    assert 0 == await page.locator("yesmap-prompt").count()
    assert (0, 0) == await log.totals(recording.id)
    async with asyncio.timeout(10):
        while await log.counts(recording.id) != {"asked:desktop": 1, "no:desktop": 1}:
            await asyncio.sleep(0.05)
    await page.context.close()


async def test_stop_and_erase_takes_one_click(
    browser: Browser, site: str, recording: Recording, log: EventLog, collector: Client
) -> None:
    """The sign's button stops at once, and nothing of the session is left."""
    page = await arrive(browser, site)
    await page.get_by_role("button", name="Allow").click()
    for x, y in PATH[:30]:
        await page.mouse.move(x, y)
        await page.wait_for_timeout(20)
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await page.get_by_role("button", name="Stop and erase").click()
    await page.get_by_text("is erased").wait_for()

    assert [] == await log.sessions(recording.id)
    store = collector.app[views.STORE]
    assert ["given", "withdrawn"] == [
        k.split("/")[-1].removesuffix(".json") for k in await store.keys("consents/")
    ]
    await page.context.close()


async def test_a_site_may_only_let_our_origin_in(
    browser: Browser, collector: Client, registry: Registry
) -> None:
    """Under a policy of `script-src` and `connect-src` with our origin only, the question comes all the same."""
    address = str(collector.make_url("/")).rstrip("/")
    policy = f"default-src 'none'; script-src {address}; connect-src {address}; style-src 'unsafe-inline'"

    async def page(_: web.Request) -> web.Response:
        text = HOME.replace("COLLECTOR", address)
        return web.Response(text=text, content_type="text/html", headers={"Content-Security-Policy": policy})

    app = web.Application()
    app.router.add_get("/", page)
    async with TestServer(app) as server:
        origin = str(server.make_url("/")).rstrip("/")
        await registry.open(a_recording(origins=[origin]))
        arrived = await arrive(browser, origin)
        await arrived.get_by_role("button", name="Allow").click()
        await arrived.get_by_text("Recording until").wait_for()
        await arrived.context.close()


def _dense(way: list[tuple[int, int]]) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    """The way with a point for each px between its points."""
    points = np.array(way, float)
    steps = [np.linspace(a, b, max(2, int(np.hypot(*(b - a))))) for a, b in pairwise(points)]
    return np.concatenate(steps)
