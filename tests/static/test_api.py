"""`yesmap` in JavaScript: what a site and its own consent tool can do."""

import json
from collections.abc import Awaitable, Callable

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Error, Page

from tests.static.conftest import NewSite
from tests.static.screen import kept, prompt, requests, settled, sign
from tests.static.visitor import ALLOW, Site, say_yes

pytestmark = pytest.mark.asyncio(loop_scope="module")

Contexts = Callable[..., Awaitable[BrowserContext]]
LISTEN = "window.states = []; addEventListener('yesmap', ({ detail }) => states.push(detail.state))"


@pytest_asyncio.fixture(loop_scope="module")
async def shop(new_site: NewSite) -> Site:
    """A site whose recording is this test's own, and which asks by itself."""
    site = await new_site()
    site.show("/", "", tag='data-prompt="off"')
    site.show("/basket", "")
    return site


async def come(contexts: Contexts, site: Site, path: str = "/") -> Page:
    page = await (await contexts()).new_page()
    await page.add_init_script(LISTEN)
    await page.goto(site.origin + path)
    await settled(page)
    return page


async def test_the_prompt_can_be_left_to_the_site(shop: Site, contexts: Contexts) -> None:
    """With `data-prompt="off"` nothing is shown, kept, counted or loaded; `ready` says that it could be."""
    page = await come(contexts, shop)

    assert await page.evaluate("yesmap.ready") is True
    assert "none" == await page.evaluate("yesmap.state()")
    assert 0 == await prompt(page).count()
    assert {} == await kept(page)
    assert {} == await shop.counts()


async def test_the_notice_is_what_has_to_be_shown(shop: Site, contexts: Contexts) -> None:
    """Version, address, the purposes on offer, and every text of the first layer."""
    page = await come(contexts, shop)
    notice = await page.evaluate("yesmap.notice()")

    assert shop.recording.nv == notice["version"]
    assert f"{shop.address}/notices/{shop.recording.nv}/en" == notice["url"]
    assert ["heatmap", "replay"] == notice["purposes"]
    assert {"title", "purpose", "rows", "age", "replay", "no", "yes", "more"} <= notice.keys()


@pytest.mark.parametrize("answer", ["", "{}", "{ purposes: ['heatmap'] }", "{ notice: '000000000000' }"])
async def test_a_yes_without_the_notice_that_was_shown_is_refused(
    shop: Site, contexts: Contexts, answer: str
) -> None:
    page = await come(contexts, shop)

    with pytest.raises(Error, match=r"pass as `notice` the version of the notice that was shown"):
        await page.evaluate(f"yesmap.allow({answer})")
    assert {} == await kept(page)
    assert [] == await shop.sessions()


async def test_a_yes_of_the_site_s_own_tool(shop: Site, contexts: Contexts) -> None:
    """Recorded as given by the site, and true only when it was taken; again with other purposes changes these."""
    page = await come(contexts, shop)
    async with page.expect_request("**/v1/consent") as request:
        await say_yes(page)
    form: dict[str, object] = json.loads((await request.value).post_data or "")
    assert ("site", shop.recording.nv, ["heatmap"]) == (form["by"], form["nv"], form["purposes"])

    both = ALLOW.replace("['heatmap']", "['replay', 'heatmap']")
    assert await page.evaluate(both) is True
    assert {"heatmap", "replay"} == set((await kept(page))["purposes"])
    assert 1 == len(await shop.sessions())


async def test_a_yes_that_is_not_taken_is_false(shop: Site, contexts: Contexts) -> None:
    page = await come(contexts, shop)

    assert await page.evaluate(ALLOW.replace("['heatmap']", "[]")) is False
    assert {} == await kept(page)


async def test_a_no_of_the_site_s_own_tool(shop: Site, contexts: Contexts) -> None:
    """It is counted, holds on every page, and takes back a yes."""
    page = await come(contexts, shop)
    assert await page.evaluate("yesmap.refuse()") is True
    assert ["no"] == list(await kept(page))
    await page.goto(shop.origin + "/basket")
    await settled(page)
    assert 0 == await prompt(page).count()

    await say_yes(page)
    assert await page.evaluate("yesmap.refuse()") is True
    assert [] == await shop.sessions()
    assert 1 == (await shop.counts())["no:desktop"]


async def test_the_states_in_order(shop: Site, contexts: Contexts) -> None:
    """Each change is one event `yesmap` on the window, with the state that `state()` gives."""
    page = await come(contexts, shop, "/basket")
    await prompt(page).get_by_role("button", name="Allow").click()
    await sign(page).wait_for()
    for call in ("pause()", "pause(false)", "stop()"):
        assert await page.evaluate(f"yesmap.{call}") is True

    assert ["asking", "on", "paused", "on", "off"] == await page.evaluate("states")
    assert "off" == await page.evaluate("yesmap.state()")


async def test_two_answers_at_once_are_one_yes(shop: Site, contexts: Contexts) -> None:
    """A consent tool that calls twice has one session, with what it said last."""
    page = await come(contexts, shop)
    both = ALLOW.replace("['heatmap']", "['heatmap', 'replay']")

    assert [True, True] == await page.evaluate(f"Promise.all([{both}, {ALLOW}])")

    assert ["heatmap"] == (await kept(page))["purposes"]
    assert 1 == len(await shop.sessions())


@pytest.mark.parametrize("no", ["stop", "refuse"])
async def test_a_no_right_after_the_yes_is_what_holds(shop: Site, contexts: Contexts, no: str) -> None:
    """Though the yes was still on its way: nothing is recorded, and nothing of a session is left."""
    page = await come(contexts, shop)
    yes = (
        ALLOW.replace("yesmap.allow(", "Promise.all([yesmap.allow(").removesuffix(")") + f", yesmap.{no}()]))"
    )

    await page.evaluate(yes)

    assert "off" == await page.evaluate("yesmap.state()")
    assert 0 == await sign(page).count()
    assert [] == await shop.sessions()


async def test_the_recorder_may_fail_to_load(shop: Site, contexts: Contexts) -> None:
    """Then there is no yes, and the site is told; the next page tries again."""
    page = await come(contexts, shop)
    await page.route("**/dist/recorder.*", lambda route: route.abort())

    with pytest.raises(Error):
        await page.evaluate(ALLOW)
    assert {} == await kept(page)
    assert [] == await shop.sessions()

    await page.unroute("**/dist/recorder.*")
    await page.reload()
    await settled(page)
    await say_yes(page)
    assert 1 == len(await shop.sessions())


async def test_a_state_that_others_brought_about_is_told_too(shop: Site, contexts: Contexts) -> None:
    """A no in another tab is one here."""
    page = await come(contexts, shop, "/basket")
    await prompt(page).wait_for()
    other = await page.context.new_page()
    await other.goto(shop.origin + "/")
    await settled(other)
    assert await other.evaluate("yesmap.refuse()")
    await prompt(page).wait_for(state="detached")

    assert ["asking", "off"] == await page.evaluate("states")


async def test_without_a_yes_the_rest_does_nothing(shop: Site, contexts: Contexts) -> None:
    """No error, nothing sent, nothing kept: a site need not look first."""
    page = await come(contexts, shop)
    made = requests(page, shop)
    calls = "yesmap.page('Basket'); yesmap.mark('added'); yesmap.release('1.4.2'); yesmap.variant('blue')"
    await page.evaluate(calls)
    assert await page.evaluate("yesmap.pause()") is False
    assert await page.evaluate("yesmap.receipt()") is None
    assert await page.evaluate("yesmap.open()") is None
    assert await page.evaluate("yesmap.stop()") is True

    assert [] == [request for request in made if request.startswith("POST")]
    assert {} == await kept(page)


async def test_where_nothing_is_recorded_every_call_still_works(
    new_site: NewSite, contexts: Contexts
) -> None:
    """The tag can stay on the site between recordings."""
    site = await new_site(origins=["https://elsewhere.example"])
    site.show("/", "")
    page = await come(contexts, site)

    assert await page.evaluate("yesmap.ready") is False
    for call in ("notice()", "receipt()", "pause()", "open()", "allow({})"):
        assert await page.evaluate(f"yesmap.{call}") is None
    assert await page.evaluate("yesmap.stop()") is True
    assert "POST" not in " ".join(requests(page, site))


async def test_the_panel_opens_from_a_link_of_the_site_s_own(shop: Site, contexts: Contexts) -> None:
    """`open()` a second time closes it."""
    page = await come(contexts, shop)
    await say_yes(page)
    await page.evaluate("yesmap.open()")
    await page.get_by_role("dialog", name="Your recording").wait_for()
    await page.evaluate("yesmap.open()")

    assert 0 == await page.get_by_role("dialog").count()


async def test_there_is_one_global(shop: Site, contexts: Contexts) -> None:
    """A page's own code must not notice us: no name but `yesmap`, before and after a yes."""
    shop.show("/case/bare", "")
    shop.pages["/case/bare"] = "<!doctype html><title>Bare</title>"
    bare = await (await contexts()).new_page()
    await bare.goto(shop.origin + "/case/bare")
    names = "Object.getOwnPropertyNames(window).sort()"
    before = await bare.evaluate(names)
    page = await (await contexts()).new_page()
    await page.goto(shop.origin + "/")
    await settled(page)
    await say_yes(page)

    assert ["yesmap"] == sorted(set(await page.evaluate(names)) - set(before))
