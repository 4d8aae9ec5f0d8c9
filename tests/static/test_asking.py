"""When a visitor is asked, when not, and what is known of it: nothing but counts."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page

from recorder import views
from recorder.events import Kind
from recorder.recording import Recording, State
from tests.conftest import a_recording
from tests.static.conftest import PAGES, NewSite
from tests.static.screen import everything_kept, kept, prompt, requests, settled, sign
from tests.static.visitor import Site, Visitor, say_yes

pytestmark = pytest.mark.asyncio(loop_scope="module")

Contexts = Callable[..., Awaitable[BrowserContext]]

#: Longer than the loader waits between two looks, ms.
LOOK = 1500
#: How long a collector may go by what it read before, s.
PATIENCE = 30
#: The first visit, s since the epoch.
START = 1_800_000_000
DAY = 24 * 3600


@pytest_asyncio.fixture(loop_scope="module")
async def shop(new_site: NewSite) -> Site:
    """A site whose recording is this test's own."""
    site = await new_site()
    site.show("/", "<h1>Home</h1>")
    site.show("/basket", "<h1>Basket</h1>")
    site.show("/elsewhere", "<h1>Elsewhere</h1>")
    return site


async def come(context: BrowserContext, site: Site, path: str = "/") -> Page:
    page = await context.new_page()
    await page.goto(site.origin + path)
    return page


async def asked(page: Page) -> bool:
    await settled(page)
    return await prompt(page).count() == 1


# --- where, and what is loaded and kept


async def test_where_nothing_is_open_nothing_happens(new_site: NewSite, contexts: Contexts) -> None:
    """A recording of another origin is none here: two requests, no prompt, nothing kept."""
    site = await new_site(origins=["https://elsewhere.example"])
    site.show("/", "")
    page = await (await contexts()).new_page()
    made = requests(page, site)
    await page.goto(site.origin + "/")

    assert not await asked(page)
    assert ["GET /yesmap.js", "GET /v1/recording"] == made
    assert not await page.evaluate("yesmap.ready")
    assert [] == await everything_kept(page)


async def test_a_page_that_no_rule_covers_does_not_ask(shop: Site, contexts: Contexts) -> None:
    """Nothing more is loaded there, nothing is kept; the page that comes next in the same document asks."""
    context = await contexts()
    await context.clock.install()
    page = await context.new_page()
    made = requests(page, shop)
    await page.goto(shop.origin + "/elsewhere")
    await settled(page)
    await page.clock.run_for(LOOK)

    assert ["GET /yesmap.js", "GET /v1/recording"] == made
    assert [] == await everything_kept(page)

    await page.evaluate("history.pushState(0, '', '/basket')")
    await page.clock.run_for(LOOK)
    await prompt(page).wait_for()


async def test_the_question_does_not_follow_to_a_page_that_no_rule_covers(
    shop: Site, contexts: Contexts
) -> None:
    """It goes with the page that it was asked on, though the document stays; nobody has answered."""
    page = await (await contexts()).new_page()
    await page.goto(shop.origin + "/")
    await prompt(page).wait_for()

    await page.evaluate("history.pushState(0, '', '/elsewhere')")
    await prompt(page).wait_for(state="detached")
    assert "none" == await page.evaluate("yesmap.state()")
    assert ["asked"] == list(await kept(page))


@pytest.mark.parametrize(("width", "chosen"), [(400, True), (800, False), (1280, False)])
async def test_who_comes_on_another_device_class_is_not_asked(
    new_site: NewSite, contexts: Contexts, width: int, chosen: bool
) -> None:
    """Nothing more is loaded there and nothing is kept, nor does a consent tool of the site's own get a notice."""
    site = await new_site(devices=["mobile"])
    site.show("/", "<h1>Home</h1>")
    page = await (await contexts(viewport={"width": width, "height": 800})).new_page()
    made = requests(page, site)
    await page.goto(site.origin + "/")

    assert chosen == await asked(page)
    assert (["asked"] if chosen else []) == list(await kept(page))
    assert (len(made) == 2) != chosen
    assert chosen == await page.evaluate("yesmap.notice().then(Boolean)")


async def test_who_said_yes_is_recorded_on_the_chosen_device_classes_only(
    new_site: NewSite, contexts: Contexts
) -> None:
    """A window that is too narrow is a page that no rule covers, whatever the site calls it."""
    site = await new_site(devices=["desktop"])
    site.show("/", "<h1>Home</h1>")
    page = await (await contexts()).new_page()
    await page.goto(site.origin + "/")
    visitor = Visitor(page, site, await say_yes(page))
    await visitor.until(lambda found: any(event.kind == Kind.PAGE for event in found))

    await page.set_viewport_size({"width": 500, "height": 800})
    await page.goto(site.origin + "/?narrow")
    await sign(page).wait_for()
    assert await page.evaluate("yesmap.notice().then(Boolean)")
    await page.mouse.click(100, 100)
    await page.evaluate("yesmap.page('Home')")
    await page.mouse.click(100, 200)
    await page.set_viewport_size({"width": 1280, "height": 800})
    await visitor.until(lambda found: sum(event.kind == Kind.PAGE for event in found) == 2)

    heads = {int(event.head["width"]) for event in await visitor.events()}
    assert {1280} == heads


async def test_before_the_answer_only_the_question_is_loaded_and_kept(shop: Site, contexts: Contexts) -> None:
    """The loader, the card and its texts; one count; and of the visitor only that somebody was asked, and when."""
    page = await (await contexts()).new_page()
    made = requests(page, shop)
    await page.goto(shop.origin + "/")

    assert await asked(page)
    loaded = [
        "GET /yesmap.js",
        "GET /v1/recording",
        "GET /notices/nv/en.json",
        "POST /v1/count",
    ]
    assert loaded == made
    assert ["yesmap"] == await everything_kept(page)
    assert ["asked"] == list(await kept(page))


async def test_a_frame_leaves_asking_to_the_page_around_it(shop: Site, contexts: Contexts) -> None:
    shop.show("/case/around", '<iframe src="/"></iframe>')
    page = await come(await contexts(), shop, "/case/around")

    assert await asked(page)
    frame = page.frames[1]
    await frame.wait_for_function("window.yesmap")
    assert not await frame.evaluate("yesmap.ready")
    assert 0 == await frame.locator("yesmap-prompt").count()


# --- the moment


MOMENTS = {
    "a dialog": ("<dialog open>Newsletter?</dialog>", "document.querySelector('dialog').close()"),
    "a modal dialog": (
        "<dialog>Sure?</dialog><script>document.querySelector('dialog').showModal()</script>",
        "document.querySelector('dialog').close()",
    ),
    "an ARIA dialog": (
        '<div role="dialog">Cookies?</div>',
        "document.querySelector('[role=dialog]').remove()",
    ),
    "an alert": ('<p role="alertdialog">Sure?</p>', "document.querySelector('p').style.display = 'none'"),
    "a field": ("<input autofocus>", "document.querySelector('input').blur()"),
    "a list": ("<select autofocus><option>1</select>", "document.querySelector('select').blur()"),
    "a text": ("<textarea autofocus></textarea>", "document.querySelector('textarea').blur()"),
    "an editor": ("<p contenteditable autofocus>Dear</p>", "document.querySelector('p').blur()"),
    "a hidden page": (
        "<script>Object.defineProperty(document, 'hidden', { value: true, configurable: true })</script>",
        "Object.defineProperty(document, 'hidden', { value: false })",
    ),
}


@pytest.mark.parametrize(("body", "over"), MOMENTS.values(), ids=MOMENTS)
async def test_not_at_a_bad_moment(shop: Site, contexts: Contexts, body: str, over: str) -> None:
    """Not over another dialog, in the middle of a form or unseen; as soon as that is over, it asks."""
    shop.show("/case/moment", body)
    context = await contexts()
    await context.clock.install()
    page = await come(context, shop, "/case/moment")
    await settled(page)
    if "autofocus" in body:  # with the first frame, however late that is
        await page.locator(":focus").wait_for()
    await page.clock.run_for(4 * LOOK)
    assert 0 == await prompt(page).count()
    assert {} == await kept(page)

    await page.evaluate(over)
    await page.clock.run_for(LOOK)
    await prompt(page).wait_for()


async def test_what_is_no_open_dialog_hinders_nothing(shop: Site, contexts: Contexts) -> None:
    """Closed ones, however they are hidden, and the search in a page's header that says it is one."""
    closed = "".join(
        f'<div role="dialog" style="{style}">Later</div>' for style in ("display:none", "visibility:hidden")
    )
    search = '<header><div role="dialog"><input type="search"></div></header>'
    shop.show("/case/closed", f"<dialog>Later</dialog>{closed}{search}")

    assert await asked(await come(await contexts(), shop, "/case/closed"))


# --- how often


async def days_later(page: Page, days: float) -> bool:
    """Whether somebody who comes again so long after the first time is asked."""
    await page.clock.set_system_time(START + days * DAY)
    await page.reload()
    return await asked(page)


async def at_start(contexts: Contexts, site: Site) -> Page:
    context = await contexts()
    await context.clock.install(time=START)
    page = await come(context, site)
    await prompt(page).wait_for()
    return page


async def test_at_most_once_in_90_days(shop: Site, contexts: Contexts) -> None:
    """Who does not answer is left alone for 90 days, on every page."""
    page = await at_start(contexts, shop)

    assert not await days_later(page, 0.01)
    assert not await days_later(page, 89.9)
    assert await days_later(page, 90.1)


async def test_a_no_holds_for_six_months(shop: Site, contexts: Contexts) -> None:
    page = await at_start(contexts, shop)
    await prompt(page).get_by_role("button", name="No thanks").click()

    assert not await days_later(page, 91)
    assert not await days_later(page, 182.9)
    assert await days_later(page, 183.1)


async def another(site: Site) -> Recording:
    """Ends the site's recording and opens the next one."""
    registry = site.collector[views.REGISTRY]

    def closing(recording: Recording) -> Recording:
        return recording.model_copy(update={"state": State.CLOSING})

    await registry.release_origins(await registry.change(site.recording.id, closing))
    return await registry.open(a_recording(origins=[site.origin], pages=PAGES))


async def offered(page: Page, site: Site, recording: str) -> None:
    """Until the collector has noticed."""
    headers = {"Origin": site.origin}
    async with asyncio.timeout(PATIENCE):
        while True:
            answer = await page.context.request.get(site.address + "/v1/recording", headers=headers)
            if answer.status == 200 and (await answer.json())["id"] == recording:
                return
            await asyncio.sleep(0.1)


async def test_a_no_holds_whatever_is_opened_meanwhile(shop: Site, contexts: Contexts) -> None:
    """Another recording on the same site asks nobody who said no to the one before."""
    page = await at_start(contexts, shop)
    await prompt(page).get_by_role("button", name="No thanks").click()
    await prompt(page).wait_for(state="detached")
    other = await another(shop)
    await offered(page, shop, other.id)

    assert not await days_later(page, 91)


# --- signals


SIGNALS: dict[str, dict[str, Any]] = {
    "Sec-GPC": {"extra_http_headers": {"Sec-GPC": "1"}},
    "DNT": {"extra_http_headers": {"DNT": "1"}},
    "navigator.globalPrivacyControl": {"script": "navigator.globalPrivacyControl = true"},
    "navigator.doNotTrack": {
        "script": "Object.defineProperty(Navigator.prototype, 'doNotTrack', { get: () => '1' })"
    },
}


async def with_signal(contexts: Contexts, signal: dict[str, Any]) -> BrowserContext:
    context = await contexts(**{k: v for k, v in signal.items() if k != "script"})
    await context.add_init_script(signal.get("script", ""))
    return context


@pytest.mark.parametrize("signal", SIGNALS.values(), ids=SIGNALS)
async def test_a_signal_is_a_no(shop: Site, contexts: Contexts, signal: dict[str, Any]) -> None:
    """No prompt, and one count of it, however many pages follow."""
    context = await with_signal(contexts, signal)
    page = await come(context, shop)

    assert not await asked(page)
    await page.goto(shop.origin + "/basket")
    assert not await asked(page)
    assert {"signal:desktop": 1} == await shop.counts()
    assert [] == await shop.sessions()


@pytest.mark.parametrize("signal", SIGNALS.values(), ids=SIGNALS)
async def test_an_operator_may_ask_in_spite_of_a_signal(
    new_site: NewSite, contexts: Contexts, signal: dict[str, Any]
) -> None:
    site = await new_site(gpc="ask")
    site.show("/", "")

    assert await asked(await come(await with_signal(contexts, signal), site))
    assert {"asked:desktop": 1} == await site.counts()


# --- a share


@pytest.mark.parametrize(("chance", "expected"), [(0.49, True), (0.5, False)])
async def test_the_share_decides_who_is_asked(
    new_site: NewSite, contexts: Contexts, chance: float, expected: bool
) -> None:
    """Nobody else is recorded, and the dice are not thrown again on the next page."""
    site = await new_site(share=0.5)
    site.show("/", "")
    site.show("/basket", "")
    page = await (await contexts()).new_page()
    await page.add_init_script(f"Math.random = () => {chance}")

    await page.goto(site.origin + "/")
    assert expected is await asked(page)
    await page.add_init_script("Math.random = () => 0")
    await page.goto(site.origin + "/basket")
    assert not await asked(page)

    assert ({"asked:desktop": 1} if expected else {}) == await site.counts()
    assert 0 == await sign(page).count()
    assert [] == await site.sessions()


# --- counts


@pytest.mark.parametrize(("width", "device"), [(1280, "desktop"), (800, "tablet"), (390, "mobile")])
async def test_answers_are_counted_by_device_class(
    shop: Site, contexts: Contexts, width: int, device: str
) -> None:
    """Asked, yes, no: one each. Who does nothing is asked and neither."""
    for answer in ("Allow", "No thanks", None):
        page = await come(await contexts(viewport={"width": width, "height": 800}), shop)
        await prompt(page).wait_for()
        if answer:
            await prompt(page).get_by_role("button", name=answer).click()
            await prompt(page).wait_for(state="detached")
        await settled(page)

    assert {f"asked:{device}": 3, f"yes:{device}": 1, f"no:{device}": 1} == await shop.counts()


async def test_a_count_says_nothing_of_who(shop: Site, contexts: Contexts) -> None:
    """The same four fields from everybody: no identifier, no cookie, no referrer, no page."""
    sent = []
    for _ in range(2):
        page = await (await contexts()).new_page()
        async with page.expect_request("**/v1/count") as request:
            await page.goto(shop.origin + "/?secret=1#part")
        headers = await (await request.value).all_headers()
        assert [] == [name for name in ("cookie", "referer", "authorization") if name in headers]
        sent.append((await request.value).post_data_json)

    assert [{"recording": shop.recording.id, "what": "asked", "device": "desktop"}] * 2 == sent
