"""Which page a visitor is on, how it was reached, and what release and variant of it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from recorder.events import Kind
from tests.conftest import chromium
from tests.static.conftest import Arrive, NewSite
from tests.static.hand import clicks
from tests.static.visitor import Event, Site, Visitor, of, say_yes

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOME, BASKET, CASE = range(3)
LOAD, RELOAD, BACK, INSIDE, RESTORED = range(5)
BODY = '<button id="it" style="position:absolute;left:100px;top:100px">Buy</button>'
#: Of a page that is left again, ms.
LOOK = 1500
#: So many steps of the history, until they are done.
GO = """(steps) => new Promise((done) => {
  addEventListener("popstate", done, { once: true });
  history.go(steps);
})"""


def views(found: list[Event]) -> list[tuple[int, int]]:
    """The page views in order: which page, and how it was reached."""
    return [(e.page, e.y) for e in of(found, Kind.PAGE)]


async def labels(visitor: Visitor, found: list[Event]) -> list[tuple[str | None, str | None]]:
    """Release and variant of each click."""
    recording = await visitor.site.as_it_stands()
    releases, variants = [None, *recording.seen_releases], [None, *recording.variants]
    clicked = [e.head for e in of(found, Kind.CLICK)]
    return [(releases[int(head["release"])], variants[int(head["variant"])]) for head in clicked]


# --- ways


async def test_a_load_takes_as_long_as_the_browser_says(site: Site, arrive: Arrive, place: str) -> None:
    site.show(place, BODY)
    visitor = await arrive(site, place)
    took = await visitor.page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")

    [page] = of(await visitor.events(), Kind.PAGE)

    assert LOAD == page.y
    assert pytest.approx(took, abs=1) == page.x


@pytest.mark.parametrize("call", ["pushState", "replaceState"])
async def test_another_address_without_a_load_is_another_page(
    regular: Visitor, place: str, call: str
) -> None:
    """What is done after it belongs to the page of the new address, by the recording's page rules."""
    regular.site.show(place, BODY)
    await regular.visit(place)

    await clicks()(regular)
    await regular.page.evaluate(f"history.{call}(0, '', '/basket?secret=1#part')")
    await clicks()(regular)

    found = await regular.events()
    assert [(CASE, LOAD), (BASKET, INSIDE)] == views(found)
    assert [CASE, BASKET] == [e.page for e in of(found, Kind.CLICK)]


async def test_the_way_of_the_pointer_belongs_to_the_page_it_was_made_on(
    regular: Visitor, place: str
) -> None:
    """Also where it is told only later, with what happens on the next page."""
    regular.site.show(place, BODY)
    await regular.visit(place)

    await regular.page.mouse.move(110, 110)
    await regular.page.mouse.move(120, 120)
    await regular.page.evaluate("history.pushState(0, '', '/basket')")
    await regular.page.mouse.move(400, 300)

    found = of(await regular.events(), Kind.MOVE)
    assert {(120, 120, CASE), (400, 300, BASKET)} <= {(e.x, e.y, e.page) for e in found}
    assert all((e.page == BASKET) == (e.x == 400) for e in found)


async def test_back_and_forth_without_a_load(regular: Visitor, place: str) -> None:
    regular.site.show(place, BODY)
    await regular.visit(place)

    await regular.page.evaluate("history.pushState(0, '', '/basket')")
    await regular.page.evaluate(GO, -1)
    await regular.page.evaluate(GO, 1)

    found = await regular.events()
    assert [(CASE, LOAD), (BASKET, INSIDE), (CASE, INSIDE), (BASKET, INSIDE)] == views(found)


@pytest.mark.parametrize("change", ["location.hash = 'part'", "history.pushState(0, '', '?secret=1')"])
async def test_query_and_fragment_make_no_other_page(regular: Visitor, place: str, change: str) -> None:
    regular.site.show(place, BODY)
    await regular.visit(place)

    await regular.page.evaluate(change)
    await clicks()(regular)

    found = await regular.events()
    assert [(CASE, LOAD)] == views(found)
    assert {CASE} == {e.page for e in found}


async def test_a_site_may_name_its_pages(regular: Visitor, place: str) -> None:
    """A declared name is a page view; after any other nothing is recorded until the next page."""
    regular.site.show(place, BODY)
    await regular.visit(place)

    await regular.page.evaluate("yesmap.page('Basket')")
    await clicks()(regular)
    await regular.page.evaluate("yesmap.page('Nowhere')")
    await clicks()(regular)
    await regular.page.evaluate("yesmap.page('Home')")

    found = await regular.events()
    assert [(CASE, LOAD), (BASKET, INSIDE), (HOME, INSIDE)] == views(found)
    assert [BASKET] == [e.page for e in of(found, Kind.CLICK)]


async def test_reload_and_back(site: Site, arrive: Arrive) -> None:
    """Each way to a page is told from the others."""
    site.show("/", BODY)
    site.show("/basket", BODY)
    visitor = await arrive(site, "/")

    await visitor.page.reload()
    await visitor.page.get_by_text("Recording until").wait_for()
    await visitor.page.goto(site.origin + "/basket")
    await visitor.page.get_by_text("Recording until").wait_for()
    await visitor.page.go_back()
    await visitor.page.get_by_text("Recording until").wait_for()

    expected = [(HOME, LOAD), (HOME, RELOAD), (BASKET, LOAD), (HOME, BACK)]
    assert expected == views(await visitor.events())


@pytest_asyncio.fixture(loop_scope="module")
async def keeping_browser(chromium_path: str) -> AsyncIterator[Browser]:
    """A browser with its back-forward cache, which the ones of tests are without."""
    async with chromium(chromium_path, ignore_default_args=["--disable-back-forward-cache"]) as started:
        yield started


async def test_a_page_that_comes_back_whole(keeping_browser: Browser, site: Site) -> None:
    """Out of the back-forward cache it goes on recording, as a page view of its own."""
    site.show(
        "/", BODY + "<script>addEventListener('pageshow', (e) => (window.whole = e.persisted))</script>"
    )
    site.show("/basket", BODY)
    page = await keeping_browser.new_page()
    await page.goto(site.origin + "/")
    visitor = Visitor(page, site, await say_yes(page))

    await page.goto(site.origin + "/basket")
    await page.get_by_text("Recording until").wait_for()
    await page.go_back(wait_until="commit")
    await page.wait_for_function("window.whole !== undefined")
    assert await page.evaluate("whole"), "the browser did not keep the page"
    await clicks()(visitor)

    found = await visitor.events()
    assert [(HOME, LOAD), (BASKET, LOAD), (HOME, RESTORED)] == views(found)
    assert [HOME] == [e.page for e in of(found, Kind.CLICK)]


async def test_a_page_that_comes_back_whole_after_a_stop_is_silent(
    keeping_browser: Browser, new_site: NewSite
) -> None:
    """The stop was in another tab, while the page lay in the back-forward cache: no sign, and nothing is kept."""
    site = await new_site()
    site.show(
        "/", BODY + "<script>addEventListener('pageshow', (e) => (window.whole = e.persisted))</script>"
    )
    site.show("/basket", BODY)
    context = await keeping_browser.new_context()
    page = await context.new_page()
    await page.goto(site.origin + "/")
    await say_yes(page)
    await page.goto(site.origin + "/basket")
    other = await context.new_page()
    await other.goto(site.origin + "/basket")
    await other.get_by_text("Recording until").wait_for()
    assert await other.evaluate("yesmap.stop()")

    await page.go_back(wait_until="commit")
    await page.wait_for_function("window.whole !== undefined")
    assert await page.evaluate("whole"), "the browser did not keep the page"
    await page.get_by_text("Recording until").wait_for(state="detached")
    assert "off" == await page.evaluate("yesmap.state()")
    assert [] == await site.sessions()


# --- quick back


async def test_a_short_look_and_back(site: Site, arrive: Arrive) -> None:
    """Told on the page that one comes back to: which was left so soon, and how long it was looked at."""
    site.show("/", BODY)
    site.show("/basket", BODY)
    visitor = await arrive(site, "/", clock=True)

    await visitor.page.goto(site.origin + "/basket")
    await visitor.page.get_by_text("Recording until").wait_for()
    await visitor.page.clock.run_for(LOOK)
    await visitor.page.go_back()
    await visitor.page.get_by_text("Recording until").wait_for()

    [back] = of(await visitor.events(), Kind.BACK)
    assert (HOME, BASKET, 0) == (back.page, back.x, back.element)
    assert LOOK <= back.y < 2 * LOOK


async def looking_at_the_basket(site: Site, arrive: Arrive, place: str) -> Visitor:
    """Somebody who came to a place, nowhere else before, and had a short look at the basket without a load."""
    site.show(place, BODY)
    visitor = await arrive(site, place, clock=True)
    await visitor.page.clock.pause_at((await visitor.now() + 1000) / 1000)
    await visitor.page.evaluate("history.pushState(0, '', '/basket')")
    await visitor.wait(LOOK)
    return visitor


async def test_a_short_look_and_back_without_a_load(site: Site, arrive: Arrive, place: str) -> None:
    visitor = await looking_at_the_basket(site, arrive, place)

    await visitor.page.evaluate(GO, -1)
    await visitor.wait(100)

    [back] = of(await visitor.events(), Kind.BACK)
    assert (CASE, BASKET) == (back.page, back.x)
    assert pytest.approx(LOOK, abs=50) == back.y


async def test_a_long_look_is_no_short_one(regular: Visitor, place: str) -> None:
    regular.site.show(place, BODY)
    await regular.visit(place)

    await regular.page.evaluate("history.pushState(0, '', '/basket')")
    await regular.wait(60_000)
    await regular.page.evaluate("history.pushState(0, '', '/case/again')")

    assert [] == of(await regular.events(), Kind.BACK)


async def test_going_on_is_no_going_back(site: Site, arrive: Arrive, place: str) -> None:
    visitor = await looking_at_the_basket(site, arrive, place)

    await visitor.page.evaluate("history.pushState(0, '', '/')")
    await visitor.wait(100)

    assert [] == of(await visitor.events(), Kind.BACK)


# --- page rules


async def test_a_declared_key_of_the_query_takes_part(new_site: NewSite, arrive: Arrive) -> None:
    """Pages that differ by it are different pages; every other key counts for nothing."""
    pages = [
        {"name": "Offers", "pattern": "/list?tab=offers", "query": ["tab"]},
        {"name": "List", "pattern": "/list"},
    ]
    site = await new_site(pages=pages)
    site.show("/list", BODY)
    visitor = await arrive(site, "/list?secret=1&tab=offers&tab=more#part")

    await visitor.page.evaluate("history.pushState(0, '', '/list?tab=all&secret=1')")
    await clicks()(visitor)

    found = await visitor.events()
    assert [(0, LOAD), (1, INSIDE)] == views(found)
    assert [1] == [e.page for e in of(found, Kind.CLICK)]


async def test_a_page_that_no_rule_covers_is_counted_and_not_recorded(
    new_site: NewSite, arrive: Arrive
) -> None:
    """Somebody whose yes stands walks past the rules: one count, no event."""
    site = await new_site()
    site.show("/", BODY)
    site.show("/elsewhere", BODY)
    visitor = await arrive(site, "/")

    await visitor.page.goto(site.origin + "/elsewhere")
    await visitor.page.wait_for_function("window.yesmap")
    await visitor.page.mouse.move(50, 50)
    await clicks()(visitor)
    await visitor.page.goto(site.origin + "/")
    await visitor.page.get_by_text("Recording until").wait_for()

    found = await visitor.events()
    assert [(HOME, LOAD), (HOME, LOAD)] == views(found)
    assert [] == of(found, Kind.MOVE, Kind.CLICK)
    assert 1 == (await site.counts()).get("uncovered:desktop")


# --- release and variant


RELEASE_TAGS = {
    "tag": {"tag": 'data-release="1.4.2"'},
    "meta": {"head": '<meta name="yesmap-release" content="1.4.2">'},
}
VARIANT_TAGS = {
    "tag": {"tag": 'data-variant="blue"'},
    "meta": {"head": '<meta name="yesmap-variant" content="blue">'},
}


@pytest.mark.parametrize("given", RELEASE_TAGS.values(), ids=RELEASE_TAGS)
async def test_a_release_on_the_page(site: Site, arrive: Arrive, place: str, given: dict[str, str]) -> None:
    site.show(place, BODY, **given)
    visitor = await arrive(site, place)

    await clicks()(visitor)

    assert [("1.4.2", None)] == await labels(visitor, await visitor.events())


async def test_a_release_that_changes_while_it_runs(site: Site, arrive: Arrive, place: str) -> None:
    """What follows belongs to the new one; one that does not match the recording's pattern is none."""
    site.show(place, BODY)
    visitor = await arrive(site, place)

    await clicks()(visitor)
    for release in ("1.5.0", "Ann's own build"):
        await visitor.page.evaluate("(release) => yesmap.release(release)", release)
        await clicks()(visitor)

    assert [(None, None), ("1.5.0", None), (None, None)] == await labels(visitor, await visitor.events())


@pytest.mark.parametrize("given", VARIANT_TAGS.values(), ids=VARIANT_TAGS)
async def test_a_variant_on_the_page(new_site: NewSite, arrive: Arrive, given: dict[str, str]) -> None:
    site = await new_site(variants=["blue", "green"])
    site.show("/", BODY, **given)
    visitor = await arrive(site, "/")

    await clicks()(visitor)

    assert [(None, "blue")] == await labels(visitor, await visitor.events())


async def test_a_variant_that_changes_while_it_runs(new_site: NewSite, arrive: Arrive) -> None:
    """A declared one is taken, any other is none."""
    site = await new_site(variants=["blue", "green"])
    site.show("/", BODY)
    visitor = await arrive(site, "/")

    for variant in ("green", "Ann"):
        await visitor.page.evaluate("(variant) => yesmap.variant(variant)", variant)
        await clicks()(visitor)

    assert [(None, "green"), (None, None)] == await labels(visitor, await visitor.events())
