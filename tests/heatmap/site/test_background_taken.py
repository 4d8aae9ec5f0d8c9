"""A background from the page itself, in Chromium: from the team's page to the site's and back, and who else comes."""

import base64
import contextlib
import io
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestClient, TestServer
from numpy.typing import NDArray
from PIL import Image
from playwright.async_api import Browser, Page, ViewportSize

from heatmap.parts import Parts
from heatmap.site import app as team
from heatmap.site.access import PARTS, USERS
from heatmap.site.roles import EVERYWHERE, Role
from heatmap.snapshots import snapshots
from heatmap.snapshots.snapshot import Snapshot
from heatmap.snapshots.snapshots import Name
from recorder import app as recorder_app
from recorder.recording import Recording
from recorder.settings import read
from tests.conftest import a_recording, chromium
from tests.heatmap.site.conftest import Client, Server, become, signed_in
from tests.heatmap.site.test_journeys import problems_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

#: Chromium shares the tab that asks, as somebody would choose it.
SHARES = "--auto-accept-this-tab-capture"
#: For what takes a moment on a machine that has nothing else to do, ms.
PATIENCE = 30_000
HOSTILE = '"><img src=x onerror=alert(1)>'
#: A page of three screens: a bar that stays, a block of its own colour on each screen, and "Hello" said in many ways.
BODY = """<style>
body > * { position: absolute; margin: 0 }
header { position: fixed; inset: 0 0 auto 0; height: 40px; background: #222 }
h1 { left: 100px; top: 100px }
.says { font: 30px/40px monospace; top: 200px }
.says p { margin: 0 }
.loud { -webkit-text-fill-color: #000 !important; transition: all 9s }
.hole { background: linear-gradient(90deg, #f00, #00f); background-clip: text; color: transparent }
.lines { text-shadow: 0 20px #000; -webkit-text-stroke: 1px #f00 }
.block { left: 100px; width: 200px; height: 100px; border: 0 }
</style>
<header></header>
<h1>Order 4711 of jane@shop.example</h1>
<div class="says" style="left:100px"><p class="loud">Hello</p><p class="hole">Hello</p><p class="lines">Hello</p></div>
<svg class="says" style="left:500px" width="300" height="50"><text y="30">Hello</text></svg>
<div class="says" id="host" style="left:800px"><template shadowrootmode="open"><p>Hello</p></template></div>
<iframe style="left:500px;top:260px" srcdoc="<p style='font:30px monospace'>Hello</p>"></iframe>
<button class="block" style="top:430px;background:#f00">Buy 3</button>
<div class="block" style="top:1000px;background:#00f"></div>
<div class="block" style="top:2000px;background:#080"></div>
<input style="left:900px;top:430px" value="secret of Jane" id="q"><label for="q" style="top:460px">Search</label>
<div style="top:0;height:2100px;width:1px"></div>"""
#: Says something else wherever the page says "Hello", in letters of one width.
SAY = """(text) => {
  const shadow = document.querySelector("#host").shadowRoot;
  for (const tree of [document, shadow, document.querySelector("iframe").contentDocument])
    for (const e of tree.querySelectorAll("p, text")) e.textContent = text;
}"""
IMAGE = """async (colour) => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 1280, height: 2100 });
  const pen = canvas.getContext("2d");
  for (let x = 0; x < 1280; x += 2) for (let y = 0; y < 20; y += 2) pen.fillRect(x, y, 1, 2);
  pen.fillStyle = colour;
  pen.fillRect(0, 20, 1280, 2080);
  const blob = await new Promise((done) => canvas.toBlob(done));
  await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
}"""


@dataclass
class Stand:
    """The three origins: the site's, its visitors' collector, and the team's face; and a browser in which ada is in."""

    member: Client
    parts: Parts
    origin: str = ""
    collector: str = ""
    team: str = ""
    recording: Recording = field(init=False)
    browser: Browser = field(init=False)
    allows: list[str] = field(default_factory=list)  #: where the site's policy lets its pages connect
    body: str = ""

    async def link(self, path: str = "/") -> str:
        """A link with a code, as the team's page makes it."""
        page = await signed_in(self.browser, self.member)
        await page.goto(f"{self.team}/recordings/{self.recording.id}/backgrounds")
        await page.get_by_label("Address of the page").fill(self.origin + path)
        await page.get_by_label("Window").select_option("0")
        async with page.context.expect_page():
            await page.get_by_role("button", name="Open the page").click()
        return str(await page.locator("#link").text_content())

    async def open(self, link: str, width: int = 1280, scale: int = 1) -> Page:
        """The page of a link in a browser that knows nothing of the team."""
        size: ViewportSize = {"width": width, "height": 800}
        context = await self.browser.new_context(viewport=size, device_scale_factor=scale)
        context.set_default_timeout(PATIENCE)
        page = await context.new_page()
        await page.goto(link)
        return page

    async def kept(self) -> list[tuple[Snapshot, NDArray[np.uint8] | None]]:
        """Every snapshot, with its picture."""
        found = []
        for name in await snapshots.names(self.parts.store, self.recording.id):
            made = await snapshots.document(self.parts.store, self.recording.id, name)
            found.append((made, await self._pixels(name)))
        return found

    async def _pixels(self, name: Name) -> NDArray[np.uint8] | None:
        picture = await snapshots.picture(self.parts.store, self.recording.id, name)
        return np.asarray(Image.open(io.BytesIO(picture)).convert("RGB")) if picture else None

    async def nobody_was_recorded(self) -> bool:
        """Neither a session nor a count of somebody who was asked."""
        log = self.parts.log
        return not await log.sessions(self.recording.id) and not await log.counts(self.recording.id)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(
    tmp_path_factory: pytest.TempPathFactory, users: dict[str, str], chromium_path: str
) -> AsyncIterator[Stand]:
    """All of it, for all tests here."""
    data = tmp_path_factory.mktemp("house")
    ours = read(data=data, redis_url=users["team"])
    asks = read(data=data, redis_url=users["collector"], redis_rights_url=users["rights"])
    async with contextlib.AsyncExitStack() as stack:
        member = await stack.enter_async_context(TestClient(Server(team.build(ours))))
        await become(member, "ada", {EVERYWHERE: Role.MANAGER})
        collector = await stack.enter_async_context(TestClient(TestServer(recorder_app.build(asks))))
        site, made = web.Application(), Stand(member=member, parts=member.app[PARTS])
        site.router.add_get("/{path:.*}", _page(made))
        server = await stack.enter_async_context(TestServer(site))
        made.origin, made.collector, made.team = (
            str(each.make_url("/")).rstrip("/") for each in (server, collector, member)
        )
        pages = [{"name": "Home", "pattern": "/"}, {"name": HOSTILE, "pattern": "/evil"}]
        made.recording = await made.parts.registry.open(a_recording(origins=[made.origin], pages=pages))
        made.browser = await stack.enter_async_context(chromium(chromium_path, SHARES))
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def stand(house: Stand) -> AsyncIterator[Stand]:
    """As if nobody had been here."""
    house.allows, house.body = [house.collector, house.team], BODY
    yield house
    for name in await snapshots.names(house.parts.store, house.recording.id):
        await snapshots.remove(house.parts.store, house.recording.id, name)
    for context in house.browser.contexts:
        await context.close()


def _page(stand: Stand) -> Any:
    async def page(_: web.Request) -> web.Response:
        text = (
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Site</title><style>body{{margin:0}}</style>'
            f'<script type="module" src="{stand.collector}/yesmap.js"></script>{stand.body}'
        )
        policy = f"default-src 'none'; script-src {stand.collector}; style-src 'unsafe-inline'"
        headers = {"Content-Security-Policy": f"{policy}; connect-src {' '.join(stand.allows)}"}
        return web.Response(text=text, content_type="text/html", headers=headers)

    return page


async def press(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name).click()


async def violations(page: Page, axe: str) -> list[str]:
    """What axe-core finds wrong with our bar on the page."""
    await page.evaluate(axe)
    found = await page.evaluate("axe.run('yesmap-background')")
    return [f"{each['id']}: {each['nodes'][0]['html']}" for each in found["violations"]]


async def test_from_the_teams_page_to_the_site_and_back(stand: Stand, axe: str) -> None:
    """A window as wide as the device class, the elements without a picture, looked at, kept; nobody was recorded."""
    ours = await signed_in(stand.browser, stand.member)
    problems = problems_of(ours)
    await ours.goto(f"{stand.team}/recordings/{stand.recording.id}/backgrounds")
    assert f"{stand.origin}/" == await ours.get_by_label("Address of the page").input_value()
    await ours.get_by_label("Address of the page").fill(f"{stand.origin}/evil")
    async with ours.context.expect_page() as opened:
        await press(ours, "Open the page")
    page = await opened.value
    problems += problems_of(page)
    await page.get_by_text("it is taken for desktop").wait_for()
    assert f"{stand.origin}/evil" == page.url
    assert HOSTILE == await page.get_by_label("Page", exact=True).input_value()
    await page.get_by_label("State").fill("Menu open")
    assert [] == await violations(page, axe)

    await press(page, "Without a picture")
    await page.get_by_text("no picture: heatmaps lie on these boxes").wait_for()
    assert [] == await violations(page, axe)
    assert [] == await stand.kept()
    await press(page, "Save")
    await page.get_by_text("It is the background of").wait_for()

    async with page.expect_event("close"):
        await press(page, "Close this window")

    [(made, picture)] = await stand.kept()
    assert (HOSTILE, "menu-open", "ada", None) == (made.page, made.state, made.by, picture)
    names = dict(zip(made.tags, made.names, strict=True))
    assert ("Order 0000 of …", "Buy 0", "Search", "") == tuple(
        names[tag] for tag in ("h1", "button", "input", "p")
    )
    assert 2100 == made.height
    await ours.evaluate("dispatchEvent(new Event('focus'))")
    await ours.get_by_text("taken from the page by ada").wait_for()
    assert await stand.nobody_was_recorded()
    assert [] == problems


async def test_a_picture_of_the_tab_is_all_of_the_page_and_none_of_its_text(stand: Stand) -> None:
    """Elements are where the table says, what stays in the window is there once, and any other text looks the same."""
    page = await stand.open(await stand.link())
    seen = [await filmed(page, text) for text in ("IIIIIIII", "MWMWMWMW")]
    await press(page, "Save")
    await page.get_by_text("It is the background of").wait_for()

    [(made, pixels)] = await stand.kept()
    assert pixels is not None
    rows = [row for row in made.elements if (row["w"], row["h"]) == (200, 100)]
    colours = [(255, 0, 0), (0, 0, 255), (0, 136, 0)]
    for row, colour in zip(sorted(rows, key=lambda row: int(row["y"])), colours, strict=True):
        part = pixels[row["y"] + 4 : row["y"] + 30, row["x"] + 4 : row["x"] + 196]
        assert np.abs(part.astype(int) - colour).max() < 40, colour
    dark = (pixels[:, 1200] < 80).all(axis=1)
    assert int(dark.sum()) == pytest.approx(40, abs=2)
    one, other = (each.astype(int) for each in seen)
    assert one[200:240, 100:240].min() < 200  # a bar
    assert np.abs(one - other).max() < 24
    assert await stand.nobody_was_recorded()


async def filmed(page: Page, text: str) -> NDArray[np.uint8]:
    """The picture of the page with this text on it, as it is shown before it is kept."""
    await page.evaluate(SAY, text)
    if await page.get_by_role("button", name="Start over").count():
        await press(page, "Start over")
    await press(page, "Capture this tab")
    await page.get_by_text("a picture of 1280 × 2100 px").wait_for()
    url = await page.locator("yesmap-background canvas").first.evaluate("(canvas) => canvas.toDataURL()")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).convert("RGB"))


def _like(pixel: NDArray[np.uint8], colour: tuple[int, int, int]) -> bool:
    return bool(np.abs(pixel.astype(int) - colour).max() < 40)


async def test_a_window_of_another_width_is_brought_to_that_of_its_class(stand: Stand) -> None:
    """Picture and boxes alike, also where a CSS px is two; texts stay when one says so."""
    stand.body = """<style>h1 { position: absolute; left: 100px; top: 100px; width: 500px; height: 250px; margin: 0;
        background: #f00 }</style><h1>Order 4711</h1>"""
    page = await stand.open(await stand.link(), width=1000, scale=2)
    await page.get_by_text("heatmaps are drawn at 800 px").wait_for()
    await page.get_by_label("Make texts unreadable").uncheck()
    await press(page, "Capture this tab")
    await page.get_by_text("a picture of 800 × 640 px").wait_for()
    await press(page, "Save")
    await page.get_by_text("It is the background of").wait_for()

    [(made, pixels)] = await stand.kept()
    assert pixels is not None
    [(row, name)] = [
        (r, n) for r, n, tag in zip(made.elements, made.names, made.tags, strict=True) if tag == "h1"
    ]
    assert ("Order 4711", 80, 80, 400, 200) == (name, *(int(row[side]) for side in "xywh"))
    red = np.array([[_like(pixels[y, x], (255, 0, 0)) for x in (76, 84, 476, 484)] for y in (76, 270, 284)])
    assert [[False] * 4, [False, True, True, False], [False] * 4] == red.tolist()


async def test_of_a_page_without_end_is_kept_what_can_be_recorded(stand: Stand) -> None:
    """And it says so before anything is sent."""
    stand.body = '<h1>Feed</h1><div style="height:70000px"></div><button>More</button>'
    page = await stand.open(await stand.link())
    await press(page, "Without a picture")
    await page.get_by_text("what is below 65535 px is not recorded").wait_for()
    await press(page, "Save")
    await page.get_by_text("It is the background of").wait_for()

    [(made, _)] = await stand.kept()
    assert 65_535 == made.height


async def test_a_picture_that_is_pasted_is_coarse(stand: Stand) -> None:
    """Of the whole page, in squares; with a real clipboard."""
    page = await stand.open(await stand.link())
    await page.get_by_text("it is taken for desktop").wait_for()
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.evaluate(IMAGE, "#0a0")

    await page.keyboard.press("Control+v")
    await page.get_by_text("a picture of 1280 × 2100 px").wait_for()
    await press(page, "Save")
    await page.get_by_text("It is the background of").wait_for()

    [(_, pixels)] = await stand.kept()
    assert pixels is not None
    assert (2100, 1280) == pixels.shape[:2]
    assert np.ptp(pixels[2:12, 2:12].astype(int)) < 40  # stripes, one square
    assert _like(pixels[1000, 600], (0, 170, 0))


async def test_who_is_sent_a_link_sees_a_sentence(stand: Stand) -> None:
    """With a code that is none, nothing is kept, nothing but the code is sent, nobody is asked or recorded."""
    page = await stand.open("about:blank")
    sent: list[tuple[str, str | None]] = []
    page.on("request", lambda r: sent.append((r.url, r.post_data)) if r.method == "POST" else None)
    await page.goto(f"{stand.origin}/#yesmap-background={'x' * 43}")

    await page.get_by_text("This link was made for the team of this site").wait_for()

    assert [
        (f"{stand.collector}/v1/background", json.dumps({"code": "x" * 43}, separators=(",", ":")))
    ] == sent
    assert f"{stand.origin}/" == page.url
    assert 0 == await page.evaluate("localStorage.length")
    assert ["Close"] == await page.locator("yesmap-background button").all_text_contents()
    assert await stand.nobody_was_recorded()


async def test_no_link_leads_to_another_address(stand: Stand) -> None:
    """Whatever stands behind the `#`: scripts come from the collector, and no request goes anywhere else."""
    page = await stand.open("about:blank")
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url))
    for evil in ("https://evil.example", "//evil.example/x.js", "../../x", "javascript:alert(1)", ""):
        await page.goto("about:blank")
        await page.goto(f"{stand.origin}/#yesmap-background={evil}")
        await page.get_by_text("made for the team").wait_for()

    hosts = {re.sub(r"^(https?://[^/]+).*", r"\1", url) for url in asked if url.startswith("http")}
    assert {stand.origin, stand.collector} == hosts


async def become_role(stand: Stand, role: Role) -> None:
    """What ada may do from now on."""
    users = stand.member.app[USERS]
    await users.change("ada", lambda user: user.model_copy(update={"grants": {EVERYWHERE: role}}))


async def test_what_fails_says_why_and_can_be_tried_again(stand: Stand) -> None:
    """A policy without the team's face, a face that refuses; then it is kept, once."""
    link = await stand.link()
    stand.allows.remove(stand.team)
    page = await stand.open(link)
    await press(page, "Without a picture")
    await press(page, "Save")
    await page.get_by_text(f"its connect-src needs {stand.team}").wait_for()

    stand.allows.append(stand.team)
    await page.goto("about:blank")
    await page.goto(link)
    await press(page, "Without a picture")
    await become_role(stand, Role.VIEWER)
    await press(page, "Save")
    await page.get_by_text("is no analyst of Example shop any more").wait_for()
    await become_role(stand, Role.MANAGER)
    await press(page, "Save")
    await page.get_by_text("It is the background of").wait_for()

    form = {"code": link.partition("=")[2]}
    async with (
        ClientSession() as http,
        http.post(f"{stand.collector}/v1/background", json=form, headers={"Origin": stand.origin}) as answer,
    ):
        assert 404 == answer.status
        assert "used already" in await answer.text()
    assert 1 == len(await stand.kept())
