"""The pages of a recording in a real Chromium: heatmaps, findings and flow of the demo shop, running and ended."""

import asyncio
import io
import json
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer
from PIL import Image
from playwright.async_api import Browser, Page, expect
from pydantic import SecretStr

from heatmap import parts
from heatmap.demo.shop import PAGES
from heatmap.end import end
from heatmap.site import app as team
from heatmap.site.access import LOOKS
from heatmap.site.roles import EVERYWHERE, Role
from recorder import limits, settings
from recorder.assets import STATIC
from recorder.settings import Settings
from tests.conftest import absent, chromium
from tests.heatmap import crowds
from tests.heatmap.site.conftest import HTML, Client, become, signed_in

pytestmark = pytest.mark.asyncio(loop_scope="module")

#: What a page may weigh without its pictures, bytes.
WEIGHT = 150_000
#: Visitors of the demo shop: enough for both releases to be told apart on desktops.
CROWD = 170
WIDTHS = (380, 800, 1440)
#: How much of a page a laptop shows, CSS px high.
LAPTOP = 800


@dataclass(frozen=True)
class Shop:
    """A data folder with a recording that runs and one that has ended."""

    settings: Settings
    running: str
    ended: str


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Shop:
    """Filled once."""
    folder = tmp_path_factory.mktemp("shop")
    chosen = settings.read(data=folder, redis_url=SecretStr(redis_url), demo=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "RECORDING_SECONDS", 0.0)
        running, ended = asyncio.run(filled(chosen))
    return Shop(chosen, running, ended)


async def filled(chosen: Settings) -> tuple[str, str]:
    async with parts.opened(chosen) as opened:
        first = await crowds.open_shop(opened, "http://ended.example")
        await crowds.let_in(opened, first, CROWD)
        await end.finish(opened, first.id)
        second = await crowds.open_shop(opened, "http://running.example")
        await crowds.let_in(opened, second, CROWD)
        return second.id, first.id


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(shop: Shop) -> AsyncIterator[Client]:
    """The team's face with a manager signed in."""
    async with TestClient(TestServer(team.build(shop.settings))) as face:
        yield await become(face, "ada", {EVERYWHERE: Role.MANAGER})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(chromium_path: str) -> AsyncIterator[Browser]:
    async with chromium(chromium_path) as started:
        yield started


@asynccontextmanager
async def shown(browser: Browser, client: Client, path: str, width: int = 1440) -> AsyncIterator[Page]:
    """A page at an address; afterwards its browser has complained of nothing."""
    page = await signed_in(browser, client)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    await page.set_viewport_size({"width": width, "height": 900})
    await page.goto(str(client.make_url(path)))
    await page.wait_for_load_state("networkidle")
    yield page
    await page.context.close()
    assert [] == problems


@pytest.fixture(scope="session")
def axe() -> str:
    """axe-core's source, pinned in static/package.json."""
    source = STATIC / "node_modules/axe-core/axe.min.js"
    return source.read_text("utf-8") if source.exists() else absent("axe-core (`make static` installs it)")


async def faults(page: Page, axe: str) -> list[tuple[str, list[str]]]:
    """What axe-core finds, and where."""
    client = await page.context.new_cdp_session(page)
    await client.send("Page.setBypassCSP", {"enabled": True})
    await page.evaluate(axe)
    found: dict[str, Any] = await page.evaluate("axe.run()")
    return [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in found["violations"]]


# --- heatmaps


async def test_the_legend_does_not_contradict_the_list(client: Client, shop: Shop) -> None:
    """Its ends are the fewest and the most; a spot may have fewer than five though whole elements have more."""
    for layer in ("click", "dead", "rage"):
        text = await (await client.get(f"/recordings/{shop.ended}?page=2&layer={layer}", headers=HTML)).text()
        told = re.search(r'class="legend">(.*?)</div>', text, re.DOTALL)
        if told is None:  # too few for a picture
            assert "click" != layer
            continue
        said = " ".join(re.sub(r"<[^>]*>", " ", told[1]).split())
        assert re.fullmatch(r"Visitor sessions near a spot fewest most( about \S+)?", said), said


async def test_an_element_of_the_list_is_shown_in_the_picture(
    browser: Browser, client: Client, shop: Shop
) -> None:
    """It is scrolled to, framed, and told of; the address says so, and leads back to it."""
    async with shown(browser, client, f"/recordings/{shop.ended}?page=2") as page:
        row = page.locator(".ranks").get_by_role("button", name="Add to wish list")
        await row.click()

        await expect(page.locator(".tip")).to_contain_text("Add to wish list")
        await expect(page.locator(".tip")).to_contain_text("in vain")
        await expect(row).to_have_attribute("aria-pressed", "true")
        spot, room = (
            await page.locator(".spot").bounding_box(),
            await page.locator(".scroller").bounding_box(),
        )
        assert spot is not None
        assert room is not None
        assert room["y"] <= spot["y"] <= room["y"] + room["height"] - spot["height"]
        address = page.url
        await page.goto(address)
        await expect(page.locator(".tip")).to_contain_text("Add to wish list")


async def test_where_nothing_hot_is_in_view_the_way_to_it_is_offered(
    browser: Browser, client: Client, shop: Shop
) -> None:
    """One press shows the hottest place and frames it; while one is in view nothing is offered."""
    async with shown(browser, client, f"/recordings/{shop.ended}?page=2&layer=dead") as page:
        room, way = page.locator(".scroller"), page.locator(".hot")
        await room.evaluate("room => { room.style.height = '120px'; room.scrollTop = 0 }")
        await expect(way).to_have_text("The hottest place is below: show it")

        await way.click()

        await expect(page.locator(".tip")).to_contain_text("Add to wish list")
        await expect(page.locator(".spot")).to_be_in_viewport()
        await expect(way).to_be_hidden()
        await room.evaluate("room => { room.scrollTop = room.scrollHeight }")
        await expect(way).to_have_text("The hottest place is above: show it")
        await page.locator(".chooser").get_by_text("Scroll", exact=True).click()
        await expect(page.locator(".overlay")).to_have_attribute("alt", "Heatmap of Product, scroll, desktop")
        await expect(way).to_be_hidden()


#: Words that go on in another line, and what is cut off without a container that says that it scrolls.
BROKEN = r"""() => {
  const broken = [...document.querySelectorAll("tbody th, time")].flatMap((each) => {
    const text = document.createTreeWalker(each, NodeFilter.SHOW_TEXT), found = [];
    while (text.nextNode())
      for (const { index, 0: word } of text.currentNode.data.matchAll(each.matches("time") ? /\S.*/g : /\p{L}+/gu)) {
        const range = new Range();
        range.setStart(text.currentNode, index);
        range.setEnd(text.currentNode, index + word.length);
        if (new Set([...range.getClientRects()].map(({ top }) => top)).size > 1) found.push(word);
      }
    return found;
  });
  const menus = [...document.querySelectorAll(".main-nav, .tabs, .segmented > div")];
  const cut = menus.filter((each) => each.scrollWidth > each.clientWidth);
  return [...broken, ...cut.map((each) => each.className || each.outerHTML.slice(0, 80))];
}"""


@pytest.mark.parametrize("path", ["", "/flow", "/setup", "/consents", "/access", "/me"])
async def test_on_a_telephone_no_word_is_broken_and_no_menu_is_cut_off(
    browser: Browser, client: Client, shop: Shop, path: str
) -> None:
    """Menus go on in another line; tables scroll in themselves, the page does not."""
    address = path if path in ("/access", "/me") else f"/recordings/{shop.ended}{path}"
    async with shown(browser, client, address, width=390) as page:
        assert [] == await page.evaluate(BROKEN)
        assert 390 >= await page.evaluate("document.documentElement.scrollWidth")


@pytest.mark.parametrize(("which", "menu"), [("ended", "Export"), ("ended", "Look"), ("running", "Look")])
@pytest.mark.parametrize("width", [390, 900, 1280])
async def test_every_line_of_an_open_menu_can_be_pressed(
    browser: Browser, client: Client, shop: Shop, which: str, menu: str, width: int
) -> None:
    """Nothing lies over it, above all not what stays in sight while one scrolls, and it is not beyond an edge."""
    async with shown(browser, client, f"/recordings/{getattr(shop, which)}?page=2", width=width) as page:
        await page.locator(f"details.menu > summary:has-text('{menu}')").click()
        lines = page.locator("details.menu[open] .menu-list").locator("a, select")

        assert await lines.count() >= 2
        for line in await lines.all():
            await line.click(trial=True, timeout=3000)


async def test_the_opacity_that_is_chosen_is_that_of_what_is_exported(
    browser: Browser, client: Client, shop: Shop
) -> None:
    """It stays in the address, through other choices and a reload; pictures on the page are not faded twice."""
    async with shown(browser, client, f"/recordings/{shop.ended}?page=2&palette=embers") as page:
        await page.locator("details.look summary").click()
        await page.locator("#opacity").fill("40")
        await page.wait_for_url("**opacity=40**")
        await page.locator("#strength").select_option("strong")
        await page.wait_for_url("**strength=strong**")
        await page.reload()

        assert "40" == await page.locator("#opacity").input_value()
        assert "0.4" == await page.locator(".overlay").evaluate("each => getComputedStyle(each).opacity")
        assert "opacity" not in str(await page.locator(".overlay").get_attribute("src"))
        links = await page.locator("a[data-look]").evaluate_all("all => all.map((each) => each.search)")
        assert 3 * ["?palette=embers&strength=strong&opacity=40"] == links


async def test_at_first_sight_most_of_a_screen_is_picture(
    browser: Browser, client: Client, shop: Shop
) -> None:
    """On a laptop, without scrolling."""
    async with shown(browser, client, f"/recordings/{shop.ended}?page=2", width=1280) as page:
        box = await page.locator(".scroller").bounding_box()

        assert box
        assert box["y"] < LAPTOP / 2


async def test_a_pointer_over_the_picture_tells_of_the_element_under_it(
    browser: Browser, client: Client, shop: Shop
) -> None:
    """The smallest one; with its counts and shares; nothing any more when it has left."""
    async with shown(browser, client, f"/recordings/{shop.ended}?page=2") as page:
        answer = await client.get(f"/recordings/{shop.ended}/2/desktop/view.json")
        told = await answer.json()
        target = next(row for row in told["rows"] if row["name"] == "Add to basket")
        x, y, w, h = target["box"]
        scale = (await page.locator(".sheet").evaluate("sheet => sheet.clientWidth")) / told["width"]
        await page.locator(".scroller").evaluate("(room, y) => { room.scrollTop = y }", y * scale - 100)

        await page.locator(".sheet").hover(position={"x": (x + w / 2) * scale, "y": (y + h / 2) * scale})

        await expect(page.locator(".tip")).to_contain_text(f"{target['clicked']} clicked it")
        await page.locator(".ranks h2").hover()
        await expect(page.locator(".tip")).to_be_hidden()


async def test_everything_goes_by_keys(browser: Browser, client: Client, shop: Shop) -> None:
    """Elements, layers, pages, device classes, size, help; not while somebody types."""
    async with shown(browser, client, f"/recordings/{shop.ended}") as page:
        await page.keyboard.press("j")
        first = await page.locator(".tip strong").text_content()
        await page.keyboard.press("j")
        await expect(page.locator(".tip strong")).not_to_have_text(first or "")
        await page.keyboard.press("Escape")
        await expect(page.locator(".tip")).to_be_hidden()

        await page.keyboard.press("l")
        await expect(page).to_have_url(re.compile("layer=scroll"))
        await page.keyboard.press("p")
        await expect(page).to_have_url(re.compile("page=1"))
        await page.keyboard.press("d")
        await expect(page).to_have_url(re.compile("device=tablet"))
        await page.keyboard.press("d")
        await expect(page).to_have_url(re.compile("device=mobile"))
        await expect(page.locator(".overlay")).to_have_attribute(
            "alt", "Heatmap of Catalogue, scroll, mobile"
        )

        before = await page.locator(".sheet").evaluate("sheet => sheet.clientWidth")
        await page.keyboard.press("+")
        assert before < await page.locator(".sheet").evaluate("sheet => sheet.clientWidth")
        await page.keyboard.press("?")
        await expect(page.get_by_role("dialog", name="Keys")).to_be_visible()


async def test_another_choice_comes_without_leaving_the_page(
    browser: Browser, client: Client, shop: Shop
) -> None:
    """The address is the state; back leads back; the picture stays where it was."""
    async with shown(browser, client, f"/recordings/{shop.ended}") as page:
        await page.evaluate("window.stayed = true")
        await page.locator(".scroller").evaluate("room => { room.scrollTop = 300 }")

        await page.locator(".chooser").get_by_text("Move", exact=True).click()

        await expect(page.locator(".overlay")).to_have_attribute("alt", "Heatmap of Home, move, desktop")
        await expect(page).to_have_url(re.compile(r"\?layer=move$"))
        assert await page.evaluate("window.stayed")
        await expect(page.locator(".scroller")).to_have_js_property("scrollTop", 300)
        await page.go_back()
        await expect(page.locator(".overlay")).to_have_attribute("alt", "Heatmap of Home, click, desktop")


async def test_the_ruler_says_how_many_got_how_far(browser: Browser, client: Client, shop: Shop) -> None:
    """Marks in order from top to bottom, and the share at the lower edge of what is in view."""
    async with shown(browser, client, f"/recordings/{shop.ended}") as page:
        await expect(page.locator(".ruler .fold")).to_have_text("fold")
        marks = page.locator(".ruler span:not(.fold)")
        tops = await marks.evaluate_all("all => all.map(each => each.offsetTop)")
        shares = [int(text.split()[0]) for text in await marks.all_text_contents()]
        assert (sorted(tops), sorted(shares, reverse=True)) == (tops, shares)
        at_top = await page.locator(".here").text_content()
        await page.locator(".scroller").evaluate("room => { room.scrollTop = room.scrollHeight }")

        await expect(page.locator(".here")).not_to_have_text(at_top or "")
        await expect(page.locator(".here")).to_contain_text("got down to here")


async def test_a_picture_that_does_not_come_says_so(browser: Browser, client: Client, shop: Shop) -> None:
    """There is no broken image, but a sentence and a way to try again."""
    page = await signed_in(browser, client)
    await page.route("**/click.png*", lambda route: route.abort())
    await page.goto(str(client.make_url(f"/recordings/{shop.ended}")))

    await expect(page.get_by_role("alert")).to_contain_text("The picture did not come")
    await expect(page.locator(".overlay")).to_be_hidden()
    await page.context.close()


async def test_two_device_classes_stand_side_by_side(browser: Browser, client: Client, shop: Shop) -> None:
    """And scroll together; what changed lies over the second one's page, or it is said that nothing did."""
    async with shown(browser, client, f"/recordings/{shop.ended}?against=mobile&page=2") as page:
        left, right = page.locator(".scroller").nth(0), page.locator(".scroller").nth(1)
        await left.hover()
        await left.evaluate("room => { room.scrollTop = room.scrollHeight }")
        await expect(right).not_to_have_js_property("scrollTop", 0)

        await page.locator(".chooser").get_by_text("Difference", exact=True).click()
        await expect(page.locator(".stage[aria-label='What changed'], .stages > .empty")).to_be_visible()


async def test_two_releases_lie_over_each_other(browser: Browser, client: Client, shop: Shop) -> None:
    """The slider divides one picture from the other."""
    path = f"/recordings/{shop.ended}?layer=scroll&segment=r2&against=r1&mode=slider"
    async with shown(browser, client, path) as page:
        await expect(page.locator(".overlay")).to_have_count(2)
        await page.locator("[data-divide]").fill("80")

        assert "80%" == await page.locator(".sheet").evaluate(
            "sheet => sheet.style.getPropertyValue('--part')"
        )


async def test_a_release_with_few_visitors_says_so(client: Client, shop: Shop) -> None:
    """There is no broken picture, but a sentence; the list is there."""
    answer = await client.get(f"/recordings/{shop.ended}?layer=rage&segment=r1&device=tablet", headers=HTML)
    text = await answer.text()

    assert 'class="overlay' not in text
    assert "Too few people for this picture" in text or "Too few visitor sessions" in text


async def test_colours_and_strength_change_the_palette_only(client: Client, shop: Shop) -> None:
    """The same picture in other colours; of what is no layer nothing changes."""
    path = f"/recordings/{shop.ended}/0/desktop"
    usual, ember, strong = [
        await (await client.get(f"{path}/click.png{query}")).read()
        for query in ("", "?palette=embers", "?strength=strong")
    ]

    assert 3 == len({usual, ember, strong})
    assert len(usual) == len(ember) == len(strong)
    assert (
        await (await client.get(f"{path}/boxes.json")).read()
        == await (await client.get(f"{path}/boxes.json?palette=embers")).read()
    )


async def test_a_download_is_called_so_that_one_knows_it_again(
    browser: Browser, client: Client, shop: Shop
) -> None:
    """By site, page, device and layer, also after another choice; the overlay in the colours that are shown."""
    async with shown(browser, client, f"/recordings/{shop.ended}?page=2&palette=embers", 1280) as page:
        await page.locator(".chooser").get_by_text("Move", exact=True).click()
        await page.get_by_role("img", name="Heatmap of Product, move, desktop").wait_for()
        await page.locator("summary", has_text="Export").click()
        link = page.get_by_role("link", name="Overlay alone (PNG)")
        async with page.expect_download() as download:
            await link.click()

        assert "demo-shop-product-desktop-move.png" == (await download.value).suggested_filename
        assert "palette=embers" in str(await link.get_attribute("href"))


async def test_an_export_is_in_the_access_log_each_time(client: Client, shop: Shop) -> None:
    """On disk before it is sent, and not as one more picture."""
    for _ in range(2):
        await client.get(f"/recordings/{shop.ended}/0/desktop/elements.csv")

    looks = client.app[LOOKS]
    [day, *_] = await looks.days()
    found = [look.of for look in await looks.on(day) if (look.what, look.recording) == ("export", shop.ended)]
    assert 2 <= found.count("0/desktop/elements.csv")


async def test_nothing_is_exported_while_it_runs(client: Client, shop: Shop) -> None:
    """Tables and grids for other programs, and the report, are for what has ended."""
    for name in ("elements.csv", "click.npz"):
        assert 403 == (await client.get(f"/recordings/{shop.running}/0/desktop/{name}")).status
        assert 200 == (await client.get(f"/recordings/{shop.ended}/0/desktop/{name}")).status
    assert 409 == (await client.get(f"/recordings/{shop.running}/report.html")).status
    assert 404 == (await client.get(f"/api/recordings/{shop.running}/report")).status


# --- findings and flow


async def test_what_got_worse_is_seen_in_one_look(browser: Browser, client: Client, shop: Shop) -> None:
    """The fault that came with the release is first, then the one that was always there; one click leads to it."""
    for recording in (shop.running, shop.ended):
        async with shown(browser, client, f"/recordings/{recording}/findings") as page:
            names = await page.locator(".finding h3").all_text_contents()
            faults_ = [name.split(" button")[0].strip() for name in names if "px down" not in name]
            assert {"Add to wish list", "Apply voucher"} <= set(faults_[:3])
            await expect(page.locator(".verdict strong")).to_contain_text("1.5.0")

            first = page.locator(".finding", has_text="Add to wish list")
            await first.get_by_role("link", name="Picture").click()

            await expect(page.locator(".tip")).to_contain_text("Add to wish list")


async def test_findings_lead_to_replays_while_there_are_any(client: Client, shop: Shop) -> None:
    """Of that page, that device class and that trouble; not after the end."""
    texts = [
        await (await client.get(f"/recordings/{recording}/findings", headers=HTML)).text()
        for recording in (shop.running, shop.ended)
    ]

    assert re.search(
        rf"/recordings/{shop.running}/replays\?page=3&amp;trouble=error&amp;device=\w+", texts[0]
    )
    assert "/replays?" not in texts[1]


async def test_findings_are_the_same_for_programs(client: Client, shop: Shop) -> None:
    """With the releases that were compared, the pairs there are, and names of pages; kept at the end."""
    told = await (await client.get(f"/recordings/{shop.ended}/findings.json")).json()

    assert ("1.4.0", "1.5.0", {"r1-r2": ["1.4.0", "1.5.0"]}) == (told["before"], told["after"], told["pairs"])
    assert "Basket" in {each["subject"]["page_name"] for each in told["findings"]}
    assert 404 == (await client.get(f"/recordings/{shop.ended}/findings.json?pair=r7-r9")).status
    assert 404 == (await client.get(f"/recordings/{shop.ended}/findings.json?pair=../../0")).status


async def test_the_flow_is_a_table_and_a_drawing(browser: Browser, client: Client, shop: Shop) -> None:
    """Both say the same, in fives."""
    async with shown(browser, client, f"/recordings/{shop.running}/flow") as page:
        told = (await (await client.get(f"/recordings/{shop.running}/flow.json")).json())["flow"]

        assert len(told) == await page.locator(".flow path").count()
        assert all(row["sessions"] % 5 == 0 for row in told)
        await expect(page.get_by_role("link", name="Basket", exact=True)).to_be_visible()


async def test_the_report_needs_nothing_else(
    browser: Browser, client: Client, shop: Shop, tmp_path: Path
) -> None:
    """One file: opened from a disk it shows pictures of each layer, and asks nobody for anything."""
    answer = await client.get(f"/recordings/{shop.ended}/report.html")
    (tmp_path / "report.html").write_bytes(await answer.read())
    by_api = await client.get(f"/api/recordings/{shop.ended}/report")
    assert (tmp_path / "report.html").read_bytes() == await by_api.read()
    page = await (await browser.new_context()).new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto((tmp_path / "report.html").as_uri())

    assert "attachment" in answer.headers["Content-Disposition"]
    assert [] == [url for url in asked if not url.startswith(("data:", "file:"))]
    assert 0 == await page.locator("script").count()
    await page.get_by_text("Move", exact=True).first.click()
    moved = page.locator(".sheet").first.locator("img[alt='Heatmap: move']")
    await expect(moved).to_be_visible()
    assert await moved.evaluate("image => image.naturalWidth") > 0
    await expect(page.get_by_text("Add to wish list").first).to_be_visible()
    await page.context.close()


# --- all of them

PATHS = (
    "",
    "?page=2&segment=r2&against=r1&layer=scroll&mode=slider",
    "?against=tablet",
    "/findings",
    "/flow",
)


@pytest.mark.parametrize("path", PATHS)
async def test_for_everybody(browser: Browser, client: Client, shop: Shop, axe: str, path: str) -> None:
    """axe-core finds nothing, by day and by night; nothing is wider than a telephone; light enough for one."""
    address = f"/recordings/{shop.ended}{path}"
    async with shown(browser, client, address) as page:
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            assert [] == await faults(page, axe)
        for width in WIDTHS:
            await page.set_viewport_size({"width": width, "height": 900})
            assert width >= await page.evaluate("document.documentElement.scrollWidth")
        files = await page.evaluate(
            "performance.getEntriesByType('resource').map(r => [r.name, r.decodedBodySize])"
        )
    page_size = len(await (await client.get(address, headers=HTML)).read())
    assert WEIGHT > page_size + sum(
        size for name, size in files if not re.search(r"\.(png|webp)(\?|$)", name)
    )


#: How the main pages look, a quarter as large. `YESMAP_GOLDENS=write` takes them anew; look at them before they stay.
GOLDENS = Path(__file__).parent / "goldens"
LOOKS_LIKE = {
    "recordings": "/",
    "wizard": "/recordings/new",
    "heatmap": "/recordings/{ended}?page=2",
    "slider": "/recordings/{ended}?page=2&segment=r2&against=r1&layer=scroll&mode=slider",
    "findings": "/recordings/{ended}/findings",
    "flow": "/recordings/{ended}/flow",
    "consents": "/recordings/{ended}/consents",
}
#: Days and numbers differ from run to run, and letters from machine to machine: so much of a picture may be another, by
#: more than a shade that is seen at once (of 255).
OTHER, SHADE = 0.01, 48


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
@pytest.mark.parametrize("name", LOOKS_LIKE)
async def test_a_page_looks_as_it_did(
    browser: Browser, client: Client, shop: Shop, name: str, scheme: Literal["light", "dark"], width: int
) -> None:
    """By day on a desk, by night on a telephone: whoever changes its looks is told, and looks at it."""
    golden = GOLDENS / f"{name}-{scheme}.png"
    async with shown(browser, client, LOOKS_LIKE[name].format(ended=shop.ended)) as page:
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        await page.set_viewport_size({"width": width, "height": 900})
        await page.wait_for_load_state("networkidle")
        taken = Image.open(io.BytesIO(await page.screenshot())).convert("RGB")
    small = taken.resize((taken.width // 4, taken.height // 4), Image.Resampling.BOX)
    if os.environ.get("YESMAP_GOLDENS") == "write":
        small.quantize(64).save(golden, optimize=True)
    before = np.asarray(Image.open(golden).convert("RGB")).astype(int)

    other = (np.abs(np.asarray(small) - before) > SHADE).any(axis=2).mean()

    assert other <= OTHER, f"{other:.1%} of it is another; YESMAP_GOLDENS=write, and look at {golden}"


async def test_hostile_names_are_text(browser: Browser, client: Client, shop: Shop) -> None:
    """Names of pages, releases, marks and elements that are scripts are read and not run, on every page."""
    hostile = "<img src=x onerror=\"document.title='taken'\">'\"&"
    async with parts.opened(shop.settings) as opened:
        made = await crowds.open_shop(
            opened, "http://hostile.example", seen_releases=[hostile, "1.5.0"], marks=[hostile], site=hostile
        )
        pages = [page.model_copy(update={"name": f"{hostile}{n}"}) for n, page in enumerate(made.pages)]
        await opened.registry.change(made.id, lambda r: r.model_copy(update={"pages": pages}))
        await rename(opened, made.id, hostile)
        await crowds.let_in(opened, made, CROWD)
    for path in ("?page=2&segment=r1&against=r2", "/findings", "/flow"):
        async with shown(browser, client, f"/recordings/{made.id}{path}") as page:
            if path.startswith("?"):
                await page.locator(".ranks button").first.click()
                await expect(page.locator(".tip").first).to_contain_text("onerror")
            assert "taken" != await page.title()
            assert 0 == await page.locator("img[src=x]").count()


async def rename(opened: parts.Parts, recording: str, name: str) -> None:
    """Give every element of the product page on desktops this name."""
    key = f"snapshots/{recording}/{len(PAGES) // 2}-desktop.json"
    document = json.loads((await opened.store.get(key)).data)
    for row in document["elements"]:
        row["name"] = name
    await opened.store.put(key, json.dumps(document).encode())
