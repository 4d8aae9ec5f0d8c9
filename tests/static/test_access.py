"""The prompt, the sign and the panel for everybody: whatever one sees with, types with or reads from right to left."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Locator, Page

from tests.static.conftest import NewSite
from tests.static.screen import NOTICE, PURPOSES, details, in_language, panel, prompt, sign
from tests.static.visitor import Site

pytestmark = pytest.mark.asyncio(loop_scope="module")

Contexts = Callable[..., Awaitable[BrowserContext]]
Reach = Callable[[Page], Awaitable[None]]

#: The smallest target, CSS px (WCAG 2.2, 2.5.8).
TARGET = 24
HOSTILE = """<style>
  * { color: #777 !important; background: #888 !important; font: 9px cursive !important; outline: 0 !important;
    letter-spacing: 9px !important }
  html * { opacity: .3 !important; width: 10px !important; transform: rotate(3deg) !important }
</style>"""
#: What somebody may set who reads better so (WCAG 2.2, 1.4.12).
SPACING = """* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
  p { margin-bottom: 2em !important }"""
ARABIC = json.loads((Path(__file__).parent / "arabic.json").read_text("utf-8"))
ARABIC_PURPOSE = "لنرى هل تعمل سلة التسوق الجديدة."


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def world(new_site: NewSite) -> Site:
    notice = NOTICE | {"purpose": PURPOSES | {"ar": ARABIC_PURPOSE}}
    site = await new_site(notice=notice, texts={"ar": ARABIC})
    site.show("/", "<main><h1>Home</h1></main>")
    site.show("/case/hostile", "<main><h1>Home</h1></main>", head=HOSTILE)
    in_language(site, "/case/ar", "ar")
    in_language(site, "/case/de", "de")
    return site


async def come(context: BrowserContext, site: Site, path: str = "/") -> Page:
    page = await context.new_page()
    await page.goto(site.origin + path)
    await prompt(page).wait_for()
    return page


# --- the states that a visitor may see


async def nothing(page: Page) -> None:
    """The prompt, as it comes."""


async def failed(page: Page) -> None:
    await page.route("**/v1/consent", lambda route: route.abort())
    await prompt(page).get_by_role("button").last.click()
    await prompt(page).get_by_role("status").filter(has_text=".").wait_for()


async def replay(page: Page) -> None:
    await prompt(page).get_by_role("checkbox").check()


async def on(page: Page) -> None:
    await prompt(page).get_by_role("button").last.click()
    await sign(page).wait_for()


async def paused(page: Page) -> None:
    await on(page)
    await page.evaluate("yesmap.pause()")


async def stopped(page: Page) -> None:
    await on(page)
    await sign(page).get_by_role("button").last.click()
    await sign(page).get_by_role("button").first.wait_for(state="detached")


async def opened(page: Page) -> None:
    await on(page)
    await sign(page).get_by_role("button").first.click()
    await panel(page).wait_for()


async def trail(page: Page) -> None:
    await on(page)
    await page.mouse.move(100, 100)
    await page.mouse.click(120, 140)
    async with page.expect_response("**/v1/events"):
        await sign(page).get_by_role("button").first.click()
    await panel(page).get_by_role("button").nth(3).click()
    await panel(page).locator("canvas").wait_for()


async def erased(page: Page) -> None:
    """The panel after a stop."""
    await opened(page)
    await panel(page).get_by_role("button").nth(1).click()
    await panel(page).get_by_role("button").nth(1).wait_for(state="detached")


STATES: list[Reach] = [nothing, failed, replay, on, paused, stopped, opened, trail, erased]
NAMES = [reach.__name__ for reach in STATES]


@pytest.mark.parametrize("path", ["/", "/case/hostile"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("reach", STATES, ids=NAMES)
async def test_axe_finds_nothing(
    world: Site, contexts: Contexts, axe: str, reach: Reach, scheme: str, path: str
) -> None:
    """No violation of any rule, best practices included, in any state, whatever the page's own style."""
    page = await come(await contexts(color_scheme=scheme), world, path)
    if scheme == "dark":
        await page.add_style_tag(content=":root { color-scheme: dark }")
    await reach(page)
    await page.evaluate(axe)

    found = await page.evaluate(
        """async () => {
          const include = [...document.querySelectorAll("yesmap-prompt, yesmap-sign, yesmap-panel")];
          return (await axe.run({ include })).violations.map(({ id, nodes }) => [id, nodes.map((n) => n.html)]);
        }"""
    )
    assert [] == found


# --- little room


async def too_small(host: Locator) -> list[str]:
    """Buttons, boxes and links that are narrower or lower than a target may be; a box counts with its label."""
    found: list[str] = await host.evaluate(
        """(card, least) => [...card.querySelectorAll("button, input, a")]
           .map((e) => [e, (e.labels?.[0] ?? e).getBoundingClientRect()])
           .filter(([e, { width, height }]) => Math.min(width, height) < least)
           .map(([e]) => e.innerText || e.type)""",
        TARGET,
    )
    return found


async def outside(page: Page, host: Locator) -> list[str]:
    """What sticks out of the window sideways, or out of the card."""
    found: list[str] = await host.evaluate(
        """(card) => [card, ...card.querySelectorAll("*")]
           .filter((e) => e.getBoundingClientRect().left < 0 || e.getBoundingClientRect().right > innerWidth
             || (e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline" && e.clientWidth))
           .map((e) => e.outerHTML.slice(0, 80))"""
    )
    return found


SIZES = {"1280": (1280, 800), "320": (320, 568), "400 %": (320, 256)}


@pytest.mark.parametrize("path", ["/", "/case/de", "/case/ar"])
@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
async def test_everything_can_be_reached_in_little_room(
    world: Site, contexts: Contexts, size: tuple[int, int], path: str
) -> None:
    """Nothing sticks out sideways, targets are large enough, each text can be scrolled to."""
    page = await come(await contexts(viewport={"width": size[0], "height": size[1]}), world, path)
    for reach, host in ((nothing, prompt(page)), (on, sign(page)), (_details, panel(page))):
        await reach(page)
        assert ([], []) == (await outside(page, host), await too_small(host))
        for text in await host.locator("h2, h3, p, dd, label, button, a").all():
            if await text.is_visible():
                await text.scroll_into_view_if_needed()
                assert await text.evaluate(_SEEN), await text.inner_text()


@pytest.mark.parametrize("path", ["/", "/case/de", "/case/ar"])
async def test_the_answers_are_there_without_scrolling(world: Site, contexts: Contexts, path: str) -> None:
    """Also where the text has to be scrolled: both alike, and with a word below them when an answer was not taken."""
    page = await come(await contexts(viewport={"width": 320, "height": 568}), world, path)
    assert await prompt(page).evaluate(
        "(card) => card.scrollTop === 0 && card.scrollHeight > card.clientHeight"
    )
    for button in await prompt(page).get_by_role("button").all():
        assert await button.evaluate(_SEEN)
    await failed(page)
    assert await prompt(page).get_by_role("status").evaluate(_SEEN)


@pytest.mark.parametrize("path", ["/", "/case/de"])
async def test_on_a_phone_the_sign_is_two_lines(world: Site, contexts: Contexts, path: str) -> None:
    """What is said, and below it both buttons beside each other."""
    page = await come(await contexts(viewport={"width": 320, "height": 568}), world, path)
    await on(page)
    tops = "(aside) => [...aside.children].map((e) => Math.round(e.getBoundingClientRect().top))"
    said, more, stop = await sign(page).evaluate(tops)
    assert said < more == stop


async def _details(page: Page) -> None:
    await sign(page).get_by_role("button").first.click()
    await panel(page).wait_for()


#: Whether an element's first line is where somebody can see it: what is at its middle is the element.
_SEEN = """(e) => {
  const { left, right, top, bottom } = e.getClientRects()[0];
  const at = e.getRootNode().elementFromPoint((left + right) / 2, Math.min((top + bottom) / 2, top + 10));
  return !!at && (e.contains(at) || at.contains(e)) && top >= 0 && bottom <= innerHeight;
}"""


@pytest.mark.parametrize("path", ["/", "/case/de"])
async def test_wider_spacing_of_text_loses_nothing(world: Site, contexts: Contexts, path: str) -> None:
    page = await come(await contexts(viewport={"width": 320, "height": 568}), world, path)
    for reach, host in ((nothing, prompt(page)), (on, sign(page)), (_details, panel(page))):
        await reach(page)
        await host.evaluate(
            """(card, css) => {
              const sheet = new CSSStyleSheet();
              sheet.replaceSync(css);
              card.getRootNode().adoptedStyleSheets.push(sheet);
            }""",
            SPACING,
        )
        assert [] == await outside(page, host)


# --- from right to left


async def test_from_right_to_left_all_is_mirrored(world: Site, contexts: Contexts) -> None:
    """The card is at the other side, and so is all that is on it; the sign and the panel likewise."""
    left = await come(await contexts(), world)
    right = await come(await contexts(), world, "/case/ar")
    assert ARABIC["title"] == await prompt(right).get_by_role("heading").inner_text()
    for reach, host in ((nothing, prompt), (on, sign), (_details, panel)):
        await reach(left)
        await reach(right)
        mirrored = [await _edges(host(page)) for page in (left, right)]
        assert mirrored[0] == [[name, far, near] for name, near, far in mirrored[1]]


async def _edges(card: Locator) -> list[list[Any]]:
    """A card and its blocks and boxes: px from the window's left edge, and from its right. Texts differ in width."""
    found: list[list[Any]] = await card.evaluate(
        """(card) => [card, ...card.querySelectorAll("header, footer, dl, input, .body")].map((e) => {
          const { left, right } = e.getBoundingClientRect();
          return [e.localName, Math.round(left), Math.round(innerWidth - right)];
        })"""
    )
    # The sign is as wide as its text: what counts is the side that it is at.
    return [
        [name, min(near, 13), min(far, 13)] if name == "aside" else [name, near, far]
        for name, near, far in found
    ]


# --- as the visitor's system says


async def test_nothing_moves_by_itself(world: Site, contexts: Contexts) -> None:
    """There is no animation to reduce."""
    page = await come(await contexts(reduced_motion="no-preference"), world)
    for reach in (nothing, opened):
        await reach(page)
        assert 0 == await page.evaluate("document.getAnimations({ subtree: true }).length")


async def test_in_forced_colours_buttons_and_boxes_keep_their_edges(world: Site, contexts: Contexts) -> None:
    page = await come(await contexts(forced_colors="active"), world)
    edge = """(e) => {
      const { borderStyle, borderWidth, borderColor, backgroundColor } = getComputedStyle(e);
      return [borderStyle, borderWidth, borderColor !== backgroundColor];
    }"""
    for name in ("No thanks", "Allow"):
        assert ["solid", "1px", True] == await prompt(page).get_by_role("button", name=name).evaluate(edge)
    await on(page)
    for button in await (await details(page)).get_by_role("button").all():
        assert ["solid", "1px", True] == await button.evaluate(edge)


async def test_nothing_of_it_is_printed(world: Site, contexts: Contexts) -> None:
    page = await come(await contexts(), world)
    await page.emulate_media(media="print")
    assert not await prompt(page).is_visible()
    await page.emulate_media(media="screen")
    await on(page)
    await page.emulate_media(media="print")
    assert not await sign(page).is_visible()
    await page.emulate_media(media="screen")
    await _details(page)
    await page.emulate_media(media="print")
    assert not await panel(page).is_visible()
