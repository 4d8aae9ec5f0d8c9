"""The collector's own pages in a real Chromium, as visitors see them."""

from itertools import product

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from playwright.async_api import Browser, Page

from recorder import texts
from recorder.recording import Recording
from recorder.registry import Registry
from tests.conftest import a_recording
from tests.recorder.test_views import say_yes

Client = TestClient[web.Request, web.Application]
#: A phone of the smallest size, or any page at 400 % zoom, and a wide screen.
WIDTHS = (320, 1280)
#: WCAG 2.2, 1.4.3.
CONTRAST_LEAST = 4.5

#: The smallest ratio of any text to what it stands on, and the text.
CONTRAST = """() => {
  const light = (rgb) => rgb.map((c) => (c /= 255) <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
  const parse = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const [r, g, b, a = 1] = parse(getComputedStyle(e).backgroundColor);
      if (a === 1) return [r, g, b];
    }
    throw Error("no ground");
  };
  const speaks = (e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
  return [...document.querySelectorAll("body *")].filter(speaks).map((e) => {
    const pair = [parse(getComputedStyle(e).color).slice(0, 3), ground(e)].map(light).sort((a, b) => b - a);
    return [(pair[0] + .05) / (pair[1] + .05), e.textContent];
  }).sort((a, b) => a[0] - b[0])[0];
}"""


async def readable(browser: Browser, address: str) -> None:
    """Whatever the width and the colours: no complaint, no sideways scrolling, no text below a contrast of 4.5."""
    for width, scheme in product(WIDTHS, ("light", "dark")):
        page, complaints = await look(browser, address, width, scheme)
        assert [] == complaints
        assert width == await page.evaluate("document.documentElement.scrollWidth")
        ratio, text = await page.evaluate(CONTRAST)
        assert ratio >= CONTRAST_LEAST, text
        await page.context.close()


@pytest.fixture
async def arabic(registry: Registry) -> Recording:
    """A recording that is offered in English and in a language from right to left, with the site's own texts."""
    about = a_recording().notice.model_dump() | {
        "purpose": {"en": "To see.", "ar": "لمعرفة ما إذا كانت السلة تعمل."}
    }
    return await registry.open(a_recording(notice=about, texts={"ar": texts.defaults()["en"]}))


async def look(browser: Browser, address: str, width: int, scheme: str) -> tuple[Page, list[str]]:
    """The page, and what Chromium complained of."""
    context = await browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page, complaints = await context.new_page(), list[str]()
    page.on("console", lambda message: complaints.append(message.text))
    await page.goto(address)
    return page, complaints


async def test_the_notice_can_be_read_everywhere(
    collector: Client, arabic: Recording, browser: Browser
) -> None:
    """On a small phone and a wide screen, light and dark, from either side: nothing cut off, nothing faint."""
    for language in ("en", "ar"):
        await readable(browser, str(collector.make_url(f"/notices/{arabic.nv}/{language}")))


async def test_the_notice_is_read_from_the_right_where_its_language_is(
    collector: Client, arabic: Recording, browser: Browser
) -> None:
    """Headings stand at the right of their texts."""
    page, _ = await look(browser, str(collector.make_url(f"/notices/{arabic.nv}/ar")), 1280, "light")

    heading, text = [await page.locator(f"#why {tag}").first.bounding_box() for tag in ("h2", "p")]

    assert heading
    assert text
    assert heading["x"] > text["x"]


async def test_a_receipt_can_be_read_everywhere(
    collector: Client, opened: Recording, browser: Browser
) -> None:
    """The long audit id breaks rather than runs out of the page; the state stands first."""
    held = await say_yes(collector, opened)
    address = str(collector.make_url(f"/receipts/{opened.id}/{held['audit']}"))

    await readable(browser, address)

    page, _ = await look(browser, address, 320, "light")
    assert "Being recorded" == await page.locator("main p").first.inner_text()
