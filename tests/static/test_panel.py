"""The sign and the panel: everything that a visitor may do about their recording while it runs and after."""

import base64
import io
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from PIL import Image
from playwright.async_api import BrowserContext, Page

from heatmap import parts
from heatmap.end import end
from recorder import limits, views
from recorder.events import Kind
from tests.static.conftest import Arrive, NewSite
from tests.static.screen import details, everything_kept, focus, kept, panel, prompt, requests, settled, sign
from tests.static.visitor import Site, Visitor, of, say_yes

pytestmark = pytest.mark.asyncio(loop_scope="module")

Contexts = Callable[..., Awaitable[BrowserContext]]
BODY = '<button id="it" style="position:absolute;left:600px;top:100px">Buy</button>'
#: Longer than the recorder waits between two looks, ms.
LOOK = 1500
#: Longer than a batch is kept back, ms.
LONG = 60_000
#: Longer than the sign's last word stays, ms.
LAST_WORD = 7000


@pytest_asyncio.fixture(loop_scope="module")
async def shop(new_site: NewSite) -> Site:
    """A site whose recording is this test's own."""
    site = await new_site()
    site.show("/", BODY)
    site.show("/basket", BODY)
    return site


async def press(page: Page, name: str) -> None:
    await panel(page).get_by_role("button", name=name, exact=True).click()


async def said(page: Page, text: str) -> None:
    await panel(page).get_by_role("status").filter(has_text=text).wait_for()


async def click(page: Page) -> None:
    """Somewhere on the page, where nothing of ours is."""
    await page.mouse.click(620, 110)


# --- stop and erase


async def test_the_sign_is_on_every_page(shop: Site, arrive: Arrive) -> None:
    """It says until when, and both ways on it are one click."""
    visitor = await arrive(shop, "/")
    await visitor.page.goto(shop.origin + "/basket")
    await sign(visitor.page).wait_for()

    assert "Recording until" in await sign(visitor.page).get_by_role("status").inner_text()
    assert ["Details", "Stop and erase"] == await sign(visitor.page).get_by_role("button").all_inner_texts()


@pytest.mark.parametrize("state", ["on", "paused"])
async def test_a_page_that_draws_itself_anew_gets_the_sign_back(
    shop: Site, arrive: Arrive, state: str
) -> None:
    """Nobody is recorded without it; it says what it said, and its buttons work. After a stop it stays away."""
    visitor = await arrive(shop, "/", clock=True)
    if state == "paused":
        assert await visitor.page.evaluate("yesmap.pause()")
    before = await sign(visitor.page).inner_text()

    await visitor.page.evaluate("document.documentElement.replaceChildren(document.head, document.body)")
    assert 0 == await sign(visitor.page).count()
    await visitor.page.clock.run_for(LOOK)
    assert before == await sign(visitor.page).inner_text()

    await sign(visitor.page).get_by_role("button", name="Stop and erase").click()
    await sign(visitor.page).get_by_text("Stopped. What was recorded of you is erased.").wait_for()
    await visitor.page.clock.run_for(LAST_WORD)
    assert 0 == await sign(visitor.page).count()


async def test_one_click_on_the_sign_stops_and_erases(shop: Site, arrive: Arrive) -> None:
    """It says so, then goes; a no and the receipt's number are left, and nothing at the collector."""
    visitor = await arrive(shop, "/", clock=True)
    await sign(visitor.page).get_by_role("button", name="Stop and erase").click()
    await sign(visitor.page).get_by_text("Stopped. What was recorded of you is erased.").wait_for()

    assert [] == await shop.sessions()
    assert {"asked", "no", "receipt"} == set(await kept(visitor.page))
    await visitor.page.clock.run_for(LAST_WORD)
    await sign(visitor.page).wait_for(state="detached")
    await visitor.page.reload()
    await settled(visitor.page)
    assert 0 == await prompt(visitor.page).count() + await sign(visitor.page).count()


async def test_one_click_on_the_panel_stops_and_erases(shop: Site, arrive: Arrive) -> None:
    """The sign goes; what is left on the panel is that it is done, and the way to the receipt."""
    visitor = await arrive(shop, "/")
    await details(visitor.page)
    await press(visitor.page, "Stop and erase")
    await panel(visitor.page).get_by_text("Stopped. What was recorded of you is erased.").wait_for()

    assert [] == await shop.sessions()
    assert 0 == await sign(visitor.page).count()
    assert ["Close"] == await panel(visitor.page).get_by_role("button").all_inner_texts()
    link = panel(visitor.page).get_by_role("link", name="Receipt: what became of it")
    assert (await link.get_attribute("href") or "").endswith(f"/{shop.recording.id}/{visitor.audit}")
    await press(visitor.page, "Close")
    assert 0 == await panel(visitor.page).count()


async def test_a_stop_without_a_network_is_made_good(shop: Site, arrive: Arrive) -> None:
    """It stops here at once and says that the rest follows; the next page erases."""
    visitor = await arrive(shop, "/")
    await visitor.page.route("**/v1/withdraw", lambda route: route.abort())
    await sign(visitor.page).get_by_role("button", name="Stop and erase").click()
    await sign(visitor.page).get_by_text("The rest is erased once you are online").wait_for()
    assert 1 == len(await shop.sessions())

    await visitor.page.unroute("**/v1/withdraw")
    async with visitor.page.expect_response("**/v1/withdraw"):
        await visitor.page.goto(shop.origin + "/basket")
    await settled(visitor.page)
    assert 0 == await sign(visitor.page).count()
    assert [] == await shop.sessions()


async def test_an_open_panel_follows_a_stop_elsewhere(shop: Site, arrive: Arrive) -> None:
    visitor = await arrive(shop, "/")
    other = await visitor.page.context.new_page()
    await other.goto(shop.origin + "/basket")
    await details(other)
    assert await visitor.page.evaluate("yesmap.stop()")

    await panel(other).get_by_text("Stopped. What was recorded of you is erased.").wait_for()
    assert ["Close"] == await panel(other).get_by_role("button").all_inner_texts()
    assert "off" == await other.evaluate("yesmap.state()")


# --- pause


async def test_while_paused_nothing_is_recorded(shop: Site, arrive: Arrive) -> None:
    """Nor is anything sent; afterwards it goes on, in the same session."""
    visitor = await arrive(shop, "/")
    await details(visitor.page)
    await click(visitor.page)
    await press(visitor.page, "Pause")
    await panel(visitor.page).get_by_text("Recording is paused").wait_for()
    for _ in range(3):
        await click(visitor.page)
    await press(visitor.page, "Go on")
    await panel(visitor.page).get_by_text("Recording until").wait_for()
    await click(visitor.page)

    assert 2 == len(of(await visitor.events(), Kind.CLICK))
    assert 1 == len(await shop.sessions())


async def test_another_page_while_paused_is_not_told(shop: Site, arrive: Arrive) -> None:
    """Neither by its address nor by the site's word; who goes on is on the page that they are on then."""
    visitor = await arrive(shop, "/")
    page = visitor.page
    assert await page.evaluate("yesmap.pause()")
    await page.evaluate("yesmap.page('Case')")
    await page.evaluate("history.pushState(null, '', '/basket')")
    await click(page)
    assert await page.evaluate("yesmap.pause(false)")
    await click(page)

    found = await visitor.events()
    assert [0, 1] == [e.page for e in of(found, Kind.PAGE)]
    assert [1] == [e.page for e in of(found, Kind.CLICK)]


async def test_a_pause_outlives_the_page_and_the_browser(
    shop: Site, arrive: Arrive, contexts: Contexts
) -> None:
    """And a second tab: the sign says it everywhere, nothing is sent from anywhere, until somebody goes on."""
    visitor = await arrive(shop, "/")
    other = await visitor.page.context.new_page()
    await other.goto(shop.origin + "/basket")
    await sign(other).wait_for()
    assert await visitor.page.evaluate("yesmap.pause()")
    await sign(other).get_by_text("Recording is paused").wait_for()
    assert "paused" == await other.evaluate("yesmap.state()")

    storage = await visitor.page.context.storage_state()
    await visitor.page.context.close()
    visitor.page = await (await contexts(storage_state=storage)).new_page()
    sent = requests(visitor.page, shop)
    await visitor.page.goto(shop.origin + "/")
    await sign(visitor.page).get_by_text("Recording is paused").wait_for()
    await click(visitor.page)
    await visitor.page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")
    await settled(visitor.page)
    assert "POST /v1/events" not in sent

    assert await visitor.page.evaluate("yesmap.pause(false)")
    await click(visitor.page)
    assert 1 == len([e for e in of(await visitor.events(), Kind.CLICK) if e.page == 0])


async def test_a_page_that_begins_paused_tells_nothing(shop: Site, arrive: Arrive) -> None:
    """However long it is open, and though its address changes."""
    visitor = await arrive(shop, "/", clock=True)
    assert await visitor.page.evaluate("yesmap.pause()")
    await visitor.page.goto(shop.origin + "/basket")
    await sign(visitor.page).get_by_text("Recording is paused").wait_for()
    sent = requests(visitor.page, shop)

    await visitor.page.clock.run_for(2 * LOOK)
    await visitor.page.evaluate("history.pushState(null, '', '/')")
    await visitor.page.clock.run_for(LONG)
    await settled(visitor.page)

    assert "POST /v1/events" not in sent


async def test_a_pause_holds_without_a_network(shop: Site, arrive: Arrive) -> None:
    """It begins here; the panel says that the collector has not heard of it, and going on waits until it has."""
    visitor = await arrive(shop, "/")
    await details(visitor.page)
    await visitor.page.route("**/v1/rights", lambda route: route.abort())
    await press(visitor.page, "Pause")
    await said(visitor.page, "That did not work.")
    assert "paused" == await visitor.page.evaluate("yesmap.state()")

    await press(visitor.page, "Go on")
    await said(visitor.page, "That did not work.")
    assert "paused" == await visitor.page.evaluate("yesmap.state()")
    await visitor.page.unroute("**/v1/rights")
    await press(visitor.page, "Go on")
    await panel(visitor.page).get_by_role("button", name="Pause").wait_for()


# --- purposes


async def test_purposes_can_be_changed(shop: Site, arrive: Arrive) -> None:
    """Each on its own, and every reader follows; one must remain."""
    visitor = await arrive(shop, "/")
    card = await details(visitor.page)
    heatmaps, replay = card.get_by_label("Heatmaps of many visitors"), card.get_by_label("Replay of my visit")
    assert (True, False) == (await heatmaps.is_checked(), await replay.is_checked())

    await replay.check()
    await said(visitor.page, "Saved.")
    assert ["heatmap", "replay"] == (await kept(visitor.page))["purposes"]
    await heatmaps.uncheck()
    await said(visitor.page, "Saved.")
    await replay.click()
    await said(visitor.page, "One use must remain.")
    assert await replay.is_checked()

    [session] = [s async for s in shop.collector[views.LOG].read(shop.recording.id, await shop.sessions())]
    assert {"replay"} == set(session.purposes)


# --- my data


async def download(page: Page) -> tuple[str, dict[str, Any]]:
    async with page.expect_download() as saved:
        await press(page, "Download my data")
    file = await saved.value
    return file.suggested_filename, read(await file.path())


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


async def test_my_data_is_all_mine(shop: Site, arrive: Arrive) -> None:
    """As JSON: the consent record and every event of mine, and nothing of anybody else's."""
    stranger = await arrive(shop, "/")
    await stranger.page.mouse.click(777, 333)
    await stranger.events()
    visitor = await arrive(shop, "/")
    await click(visitor.page)
    async with visitor.page.expect_response("**/v1/events"):
        await details(visitor.page)
    name, found = await download(visitor.page)

    assert f"yesmap-{visitor.audit}.json" == name
    assert visitor.audit == found["audit"]
    assert [shop.recording.nv] == [record["notice"]["version"] for record in found["consent"]]
    clicks = [e for batch in found["batches"] for e in batch["events"] if e[1] == "click"]
    assert [(620, 110)] == [(x, y) for _, _, _, x, y, *_ in clicks]
    assert stranger.audit not in json.dumps(found)
    assert "777" not in json.dumps(clicks)


async def test_my_trail_as_a_picture(shop: Site, arrive: Arrive) -> None:
    """A line along the way of the pointer, a dot where there was a click, the part of the page that was seen."""
    visitor = await arrive(shop, "/")
    for x in range(500, 1000, 50):
        await visitor.page.mouse.move(x, 400)
    await click(visitor.page)
    async with visitor.page.expect_response("**/v1/events"):
        await details(visitor.page)
    await press(visitor.page, "Show my trail")
    canvas = panel(visitor.page).get_by_role("img", name="Your trail on this page of the site, Home. ")
    await canvas.wait_for()

    png = await canvas.evaluate("e => e.toDataURL('image/png').split(',')[1]")
    picture = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGBA")
    scale = picture.width / 1280
    dot = picture.getpixel((round(620 * scale) - 6, round(110 * scale)))
    line = picture.getpixel((round(700 * scale), round(400 * scale)))
    ground = picture.getpixel((round(300 * scale), round(600 * scale)))
    assert (210, 59, 59, 255) == dot
    assert isinstance(line, tuple)
    assert isinstance(ground, tuple)
    assert line[2] > line[0] + 50
    assert line[3] > 150 > ground[3] > 0
    [_, clicks, _] = await panel(visitor.page).get_by_role("listitem").all_inner_texts()
    assert "Clicks: 1" == clicks


async def test_where_nothing_is_recorded_yet_it_says_so(shop: Site, arrive: Arrive) -> None:
    visitor = await arrive(shop, "/")
    await visitor.page.route("**/v1/events", lambda route: route.abort())
    await details(visitor.page)
    await press(visitor.page, "Show my trail")

    await said(visitor.page, "Nothing has been recorded yet.")


async def test_rights_are_those_of_the_yes_that_stands(shop: Site, arrive: Arrive) -> None:
    """Who stops and says yes again on the same page has the rights of the second session, not of the first."""
    visitor = await arrive(shop, "/")
    assert await visitor.page.evaluate("yesmap.pause()")
    assert await visitor.page.evaluate("yesmap.stop()")
    again = await say_yes(visitor.page)
    await details(visitor.page)
    _, found = await download(visitor.page)

    assert again == found["audit"] != visitor.audit
    assert "on" == await visitor.page.evaluate("yesmap.state()")


async def test_under_the_strictest_policy_all_of_it_works(shop: Site, contexts: Contexts) -> None:
    """Scripts and requests to our origin only, nothing inline, no eval: from the question to one's own data."""
    ours = f"script-src {shop.address}; connect-src {shop.address}"
    policy = f"default-src 'none'; {ours}; require-trusted-types-for 'script'"
    text = f'<!doctype html><html lang="en"><title>Site</title><script type="module" src="{shop.address}/yesmap.js">'

    async def answer(_: web.Request) -> web.Response:
        return web.Response(
            text=text + "</script>", content_type="text/html", headers={"Content-Security-Policy": policy}
        )

    shop.answers["/"] = answer
    page = await (await contexts()).new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    await page.goto(shop.origin + "/")
    await prompt(page).get_by_role("button", name="Allow").click()
    await page.mouse.click(620, 110)
    async with page.expect_response("**/v1/events"):
        await details(page)
    await press(page, "Show my trail")
    await panel(page).locator("canvas").wait_for()
    _, found = await download(page)

    assert found["batches"]
    assert "fixed" == await panel(page).evaluate("e => getComputedStyle(e).position")
    assert [] == said


# --- audit id, receipt, certificate


async def test_the_audit_id_can_be_copied(shop: Site, arrive: Arrive) -> None:
    visitor = await arrive(shop, "/", permissions=["clipboard-read", "clipboard-write"])
    await details(visitor.page)
    await press(visitor.page, "Copy")
    await said(visitor.page, "Copied.")

    assert visitor.audit == await visitor.page.evaluate("navigator.clipboard.readText()")


async def receipt(visitor: Visitor) -> str:
    """What the receipt says; its address is the one that is known to the page now."""
    page = await visitor.page.context.new_page()
    await page.goto(await visitor.page.evaluate("yesmap.receipt()"))
    text = await page.locator("body").inner_text()
    await page.close()
    return text


async def test_the_receipt_while_it_runs_and_after_a_stop(shop: Site, arrive: Arrive) -> None:
    """It is linked from the panel, and its address stays known in the browser after the stop."""
    visitor = await arrive(shop, "/")
    card = await details(visitor.page)
    link = await card.get_by_role("link", name="Receipt: what became of it").get_attribute("href")
    assert link == await visitor.page.evaluate("yesmap.receipt()")
    assert "Being recorded" in await receipt(visitor)

    assert await visitor.page.evaluate("yesmap.stop()")
    assert link == await visitor.page.evaluate("yesmap.receipt()")
    assert "Withdrawn and erased" in await receipt(visitor)


async def test_the_receipt_after_the_purge(
    shop: Site, arrive: Arrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next page finds no recording, lets go of the token, and still knows where the certificate is."""
    visitor = await arrive(shop, "/")
    await click(visitor.page)
    await visitor.events()
    monkeypatch.setattr(limits, "RECORDING_SECONDS", 0.0)
    async with parts.opened(shop.collector[views.SETTINGS]) as opened:
        await end.finish(opened, shop.recording.id)

    await visitor.page.goto(shop.origin + "/")
    await visitor.page.wait_for_function("!JSON.parse(localStorage.yesmap).token")
    said = await receipt(visitor)
    assert "Destroyed" in said
    assert "The signed certificate of it" in said
    assert 0 == await sign(visitor.page).count()
    assert ["yesmap"] == await everything_kept(visitor.page)


# --- by keyboard


async def test_the_whole_flow_by_keyboard(shop: Site, contexts: Contexts) -> None:
    """Yes, details, pause, go on, close, stop: without a mouse, always seeing where one is; the focus comes back."""
    page = await (await contexts()).new_page()
    await page.goto(shop.origin + "/")
    await prompt(page).wait_for()
    await to(page, "Allow")
    await page.keyboard.press("Enter")
    await sign(page).wait_for()
    await to(page, "Details")
    await page.keyboard.press("Enter")
    await panel(page).wait_for()
    await to(page, "Pause")
    await page.keyboard.press("Space")
    await panel(page).get_by_text("Recording is paused").wait_for()
    assert "Go on" == (await focus(page))["text"]
    await page.keyboard.press("Space")
    await panel(page).get_by_text("Recording until").wait_for()
    await page.keyboard.press("Escape")
    await panel(page).wait_for(state="detached")
    assert "Details" == (await focus(page))["text"]

    await to(page, "Stop and erase")
    await page.keyboard.press("Enter")
    await sign(page).get_by_text("Stopped.").wait_for()
    assert [] == await shop.sessions()


async def to(page: Page, text: str) -> None:
    """Tab until there; what has the focus is seen to have it."""
    for _ in range(20):
        await page.keyboard.press("Tab")
        found = await focus(page)
        if found["tag"] != "body":
            assert "none" != found["outlineStyle"], found
        if found["text"] == text:
            return
    raise AssertionError(f"{text} cannot be reached by Tab")


async def test_the_panel_takes_the_place_of_the_sign(shop: Site, arrive: Arrive) -> None:
    """While it is open the sign is neither seen nor reached; Close brings it and the focus back."""
    visitor = await arrive(shop, "/")
    await details(visitor.page)
    assert not await sign(visitor.page).is_visible()
    await press(visitor.page, "Close")

    assert await sign(visitor.page).is_visible()
    assert "Details" == (await focus(visitor.page))["text"]


async def test_what_is_done_on_the_panel_is_not_recorded(shop: Site, arrive: Arrive) -> None:
    visitor = await arrive(shop, "/")
    await details(visitor.page)
    await panel(visitor.page).get_by_role("heading").first.click()
    await press(visitor.page, "Close")

    assert [] == of(await visitor.events(), Kind.CLICK, Kind.RAGE, Kind.DEAD, Kind.SHOW)
