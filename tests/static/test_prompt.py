"""The prompt: what it says, and that a no is as easy as a yes."""

import json
from collections.abc import Awaitable, Callable

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, FloatRect, Locator, Page, Route

from recorder import times, views
from recorder.consent import record_key
from tests.static.conftest import NewSite
from tests.static.screen import (
    LANGUAGES,
    NOTICE,
    PURPOSES,
    focus,
    in_language,
    kept,
    prompt,
    settled,
    sign,
    texts,
)
from tests.static.visitor import Site

pytestmark = pytest.mark.asyncio(loop_scope="module")

Contexts = Callable[..., Awaitable[BrowserContext]]
#: The gap between two boxes that are side by side may differ by this from what is on the other side, CSS px.
EQUAL = 0.5


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def world(new_site: NewSite) -> Site:
    """A site that asks in every language that we have texts for."""
    return await new_site(notice=NOTICE)


async def shown(context: BrowserContext, site: Site, body: str = "<h1>Home</h1>", head: str = "") -> Page:
    """The site's home page with the prompt on it."""
    site.show("/", body, head=head)
    page = await context.new_page()
    await page.goto(site.origin + "/")
    await prompt(page).wait_for()
    return page


def button(page: Page, name: str) -> Locator:
    return prompt(page).get_by_role("button", name=name)


async def box(of: Locator) -> FloatRect:
    found = await of.bounding_box()
    assert found
    return found


# --- what it says


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_first_layer_says_everything(world: Site, contexts: Contexts, language: str) -> None:
    """Who, why, what, what not, until when, how to withdraw, that finished pictures stay, the age; and the notice."""
    in_language(world, "/case/said", language)
    page = await (await contexts()).new_page()
    await page.goto(world.origin + "/case/said")
    said = " ".join((await prompt(page).inner_text()).split())

    own, zone = texts(language), world.recording.timezone
    until, deadline = (
        times.day(at, language, zone) for at in (world.recording.end, world.recording.deadline)
    )
    filled = {
        "whatText": own["whatText"].replace("{site}", world.recording.site),
        "untilText": own["untilText"].replace("{until}", until).replace("{deadline}", deadline),
    }
    plain = ("title", "neverText", "changeText", "age", "replay", "more", "no", "yes")
    wanted = [NOTICE["controller"], PURPOSES[language], *filled.values(), *(own[key] for key in plain)]
    assert [] == [text for text in wanted if " ".join(text.split()) not in said]
    assert own["stop"] in own["changeText"]
    host = await page.locator("yesmap-prompt").evaluate("e => [e.lang, e.dir]")
    assert [language, "ltr"] == host


@pytest.mark.parametrize(
    ("page_language", "liked", "expected"),
    [("nl-BE", "fr-FR", "nl"), ("pt", "fr-FR", "fr"), ("pt", "da-DK", "en"), ("", "es-MX", "es")],
)
async def test_it_speaks_the_page_s_language(
    world: Site, contexts: Contexts, page_language: str, liked: str, expected: str
) -> None:
    """Else the browser's, else English."""
    in_language(world, "/case/speaks", page_language)
    page = await (await contexts(locale=liked)).new_page()
    await page.goto(world.origin + "/case/speaks")

    assert texts(expected)["title"] == await prompt(page).get_by_role("heading").inner_text()


async def test_the_site_s_own_words_replace_ours(new_site: NewSite, contexts: Contexts) -> None:
    """In the prompt as in the panel, and only those that it gives."""
    site = await new_site(texts={"nl": {"title": "Mogen we meekijken?", "panel": {"title": "Meekijken"}}})
    in_language(site, "/", "nl")
    page = await (await contexts()).new_page()
    await page.goto(site.origin + "/")

    assert "Mogen we meekijken?" == await prompt(page).get_by_role("heading").inner_text()
    await button(page, texts("nl")["yes"]).click()
    await sign(page).get_by_role("button", name="Details").click()
    await page.get_by_role("dialog", name="Meekijken").wait_for()


async def test_the_link_leads_to_the_full_notice(world: Site, contexts: Contexts) -> None:
    page = await shown(await contexts(), world)
    async with page.context.expect_page() as opened:
        await prompt(page).get_by_role("link", name="Full notice").click()
    notice = await opened.value

    said = await notice.locator("body").inner_text()
    wanted = ("Example Ltd", "European Union", "Your data protection authority", "privacy@shop.example")
    assert [] == [text for text in wanted if text not in said]
    assert await notice.evaluate("opener") is None
    await prompt(page).wait_for()


# --- a no is as easy as a yes


async def test_no_and_yes_look_the_same(world: Site, contexts: Contexts) -> None:
    """Same size, weight, colour and distance: to the browser they differ in nothing but their place and text."""
    page = await shown(await contexts(), world)
    no, yes, card = button(page, "No thanks"), button(page, "Allow"), prompt(page)
    style = (
        "e => Object.fromEntries([...getComputedStyle(e)].map((name) => [name, getComputedStyle(e)[name]]))"
    )

    assert await no.evaluate(style) == await yes.evaluate(style)
    left, right, around = await box(no), await box(yes), await box(card)
    assert (left["y"], left["width"], left["height"]) == (right["y"], right["width"], right["height"])
    margins = left["x"] - around["x"], around["x"] + around["width"] - right["x"] - right["width"]
    assert abs(margins[0] - margins[1]) <= EQUAL


async def test_one_click_is_a_no(world: Site, contexts: Contexts) -> None:
    """Nothing is kept but the no."""
    page = await shown(await contexts(), world)
    await button(page, "No thanks").click()
    await prompt(page).wait_for(state="detached")

    assert ["asked", "no"] == list(await kept(page))
    assert "off" == await page.evaluate("yesmap.state()")


async def test_escape_is_a_no(world: Site, contexts: Contexts) -> None:
    """Wherever the focus is; but not where the page has used the key for something of its own."""
    page = await shown(await contexts(), world, "<button onkeydown='event.preventDefault()'>Menu</button>")
    await page.get_by_role("button", name="Menu").press("Escape")
    assert ["asked"] == list(await kept(page))

    await page.evaluate("document.activeElement.blur()")
    await page.keyboard.press("Escape")
    await prompt(page).wait_for(state="detached")
    assert ["asked", "no"] == list(await kept(page))


async def test_one_click_is_a_yes_to_heatmaps_alone(world: Site, contexts: Contexts) -> None:
    """Nothing is ticked beforehand."""
    page = await shown(await contexts(), world)
    assert not await prompt(page).get_by_role("checkbox").is_checked()
    await button(page, "Allow").click()
    await sign(page).wait_for()

    assert ["heatmap"] == (await kept(page))["purposes"]


async def test_replay_is_a_choice_of_its_own(world: Site, contexts: Contexts) -> None:
    page = await shown(await contexts(), world)
    await prompt(page).get_by_label("The team may also replay my visit").check()
    await button(page, "Allow").click()
    await sign(page).wait_for()

    assert ["heatmap", "replay"] == (await kept(page))["purposes"]


async def test_without_replay_there_is_nothing_to_tick(new_site: NewSite, contexts: Contexts) -> None:
    site = await new_site(purposes=["heatmap"])
    page = await shown(await contexts(), site)

    assert 0 == await prompt(page).get_by_role("checkbox").count()


async def test_it_is_no_wall(world: Site, contexts: Contexts) -> None:
    """The page behind it works as before, and scrolls."""
    page = await shown(
        await contexts(),
        world,
        "<button onclick='this.textContent = 1'>Go</button><p style='height: 3000px'>",
    )
    await page.get_by_role("button", name="Go").click()
    await page.mouse.wheel(0, 500)
    await page.wait_for_function("scrollY > 0")

    assert "1" == await page.locator("button").first.inner_text()
    await prompt(page).wait_for()


async def test_the_focus_of_somebody_at_work_is_left_alone(world: Site, contexts: Contexts) -> None:
    context = await contexts()
    page = await shown(context, world, "<button autofocus>Go</button>")
    assert "Go" == (await focus(page))["text"]


async def test_the_whole_answer_by_keyboard(world: Site, contexts: Contexts) -> None:
    """From the card in order: the notice, replay, no, yes; each seen to have the focus."""
    page = await shown(await contexts(), world)
    order = []
    for _ in range(4):
        await page.keyboard.press("Tab")
        found = await focus(page)
        order.append(found["text"])
        assert ("solid", "3px") == (found["outlineStyle"], found["outlineWidth"])
        assert found["outlineColor"] == await prompt(page).evaluate("e => getComputedStyle(e).color")
        if found["tag"] == "input":
            await page.keyboard.press("Space")
    assert ["Full notice", "The team may also replay my visit", "No thanks", "Allow"] == order

    await page.keyboard.press("Enter")
    await sign(page).wait_for()
    assert ["heatmap", "replay"] == (await kept(page))["purposes"]


# --- what was shown is what is consented to


async def test_what_was_shown_is_what_is_consented_to(world: Site, contexts: Contexts) -> None:
    """The record names the notice, the language and the hash of the texts in it."""
    in_language(world, "/case/record", "nl")
    page = await (await contexts()).new_page()
    await page.goto(world.origin + "/case/record")
    await button(page, texts("nl")["yes"]).click()
    await sign(page).wait_for()

    store, audit = world.collector[views.STORE], (await kept(page))["audit"]
    record = json.loads((await store.get(record_key(world.recording.id, audit, "given"))).data)
    told = (await world.collector[views.REGISTRY].told(world.recording.nv)).languages["nl"]
    assert {"version": world.recording.nv, "language": "nl", "sha256": told.sha256}.items() <= record[
        "notice"
    ].items()


async def test_a_yes_to_another_notice_is_none(world: Site, contexts: Contexts) -> None:
    """The notice has changed since it was shown: nothing is kept, and the new one is shown, to be answered anew."""
    page = await shown(await contexts(), world)

    async def earlier(route: Route) -> None:
        form = json.loads(route.request.post_data or "") | {"nv": "0" * 12}
        await route.continue_(post_data=json.dumps(form))

    await page.route("**/v1/consent", earlier)
    await prompt(page).evaluate("card => void (window.earlier = card)")
    async with page.expect_response("**/v1/consent") as answer:
        await button(page, "Allow").click()
    assert 409 == (await answer.value).status
    await page.wait_for_function("!earlier.isConnected")
    await prompt(page).wait_for()
    assert ["asked"] == list(await kept(page))

    await page.unroute("**/v1/consent")
    await button(page, "Allow").click()
    await sign(page).wait_for()


async def test_a_yes_that_fails_can_be_given_again(world: Site, contexts: Contexts) -> None:
    """It says so where everybody hears it, and the second try is a yes."""
    page = await shown(await contexts(), world)
    await page.route("**/v1/consent", lambda route: route.abort())
    await button(page, "Allow").click()
    await prompt(page).get_by_role("status").filter(has_text="That did not work.").wait_for()
    assert 0 == await sign(page).count()

    await page.unroute("**/v1/consent")
    await button(page, "Allow").click()
    await sign(page).wait_for()
    assert 0 == await prompt(page).count()


async def test_a_yes_whose_answer_is_lost_is_the_same_when_it_is_given_again(
    world: Site, contexts: Contexts
) -> None:
    """The collector took it, the browser never heard of it: there is one session, and one yes is counted."""
    page = await shown(await contexts(), world)
    sessions, counts = len(await world.sessions()), await world.counts()

    async def lose(route: Route) -> None:
        assert (await route.fetch()).ok
        await route.abort("connectionreset")

    await page.route("**/v1/consent", lose)
    await button(page, "Allow").click()
    await prompt(page).get_by_role("status").filter(has_text="That did not work.").wait_for()
    assert sessions + 1 == len(await world.sessions())

    await page.unroute("**/v1/consent")
    await button(page, "Allow").click()
    await sign(page).wait_for()
    assert sessions + 1 == len(await world.sessions())
    assert counts.get("yes:desktop", 0) + 1 == (await world.counts())["yes:desktop"]


async def test_a_double_click_is_one_yes(world: Site, contexts: Contexts) -> None:
    page = await shown(await contexts(), world)
    before = len(await world.sessions())
    await button(page, "Allow").dblclick()
    await sign(page).wait_for()
    await settled(page)

    assert before + 1 == len(await world.sessions())


# --- the look


async def test_the_site_gives_it_its_look(world: Site, contexts: Contexts) -> None:
    """Five custom properties reach in; no other style of the page does."""
    head = """<style>
      :root { --yesmap-accent: rgb(1, 2, 3); --yesmap-on-accent: rgb(250, 251, 252); --yesmap-font: Georgia;
        --yesmap-background: rgb(20, 30, 40); --yesmap-text: rgb(240, 230, 220) }
      * { color: red !important; font: 40px cursive !important }
      html > * { display: none !important }
    </style>"""
    page = await shown(await contexts(), world, head=head)
    names = ("color", "backgroundColor", "fontFamily", "fontSize")
    read = f"e => {[*names]}.map((name) => getComputedStyle(e)[name])"

    card = await prompt(page).evaluate(read)
    assert ["rgb(240, 230, 220)", "rgb(20, 30, 40)", "Georgia", "14px"] == card
    answer = await button(page, "Allow").evaluate(read)
    assert ["rgb(250, 251, 252)", "rgb(1, 2, 3)", "Georgia", "14px"] == answer
