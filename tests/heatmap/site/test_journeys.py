"""The team's pages as somebody goes through them, in Chromium, with password and second factor; and for everybody."""

from typing import Any

import pyotp
import pytest
from playwright.async_api import Page, expect

from heatmap import worker
from heatmap.end import end
from heatmap.parts import Parts
from heatmap.site.access import USERS
from heatmap.site.roles import EVERYWHERE, Role
from heatmap.site.welcome import INVITES
from recorder.recording import Recording
from tests.conftest import chromium
from tests.heatmap.conftest import visit
from tests.heatmap.site.conftest import PASSWORD, Client, become, signed_in

#: What a page may weigh without its pictures, bytes.
WEIGHT = 150_000
#: axe-core's rules of WCAG 2.2, levels A and AA, and its best practices.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def problems_of(page: Page) -> list[str]:
    """Everything that the browser complains of, from now on."""
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    return problems


async def set_up(page: Page) -> str:
    """Password and second factor of a new user; gives the secret of the codes."""
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Go on").click()
    await page.get_by_text("No camera?").click()
    secret = str(await page.locator("#secret").text_content())
    await page.get_by_label("The code that it shows now").fill(pyotp.TOTP(secret).now())
    await page.get_by_role("button", name="Switch it on").click()
    assert 10 == await page.locator(".codes li").count()
    await page.get_by_role("link", name="I have kept them").click()
    return secret


async def test_from_the_first_link_to_an_open_recording(
    face: Client, opened_parts: Parts, chromium_path: str
) -> None:
    """The first user comes in, describes a recording, sees the prompt and which pages are meant, and opens it."""
    async with chromium(chromium_path) as browser:
        page = await browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(10_000)
        problems = problems_of(page)
        await page.goto(str(face.make_url(f"/welcome/{face.app[INVITES].first}")))
        await page.get_by_label("Your name").fill("ada@example.org")
        secret = await set_up(page)

        await page.get_by_role("link", name="Describe the first one").click()
        await page.get_by_label("Site", exact=True).fill("Example shop")
        await page.get_by_label("Where it is", exact=True).fill("https://www.shop.example")
        await page.get_by_label("Purpose, in plain words (English)").fill("To see whether the basket works.")
        await page.get_by_label("Offer replays too").check()
        await page.get_by_role("button", name="Add a page").click()
        names, kinds, patterns = (page.locator(f"[name=page_{what}]") for what in ("name", "kind", "pattern"))
        assert 4 == await names.count()
        for number, (name, kind, pattern) in enumerate(
            [("Home", "path", "/"), ("Product", "wildcard", "/product/*")]
        ):
            await names.nth(number).fill(name)
            await kinds.nth(number).select_option(kind)
            await patterns.nth(number).fill(pattern)
        for label, text in {
            "Controller": "Example Ltd",
            "Who gets to see it": "Nobody",
            "Where it is kept": "European Union",
            "Authority to complain to": "The authority",
            "Contact": "privacy@shop.example",
        }.items():
            await page.get_by_label(label, exact=True).fill(text)
        await page.locator("#prompts").get_by_text("The team may also replay my visit").wait_for()
        await page.get_by_text("Try it with addresses of yours").click()
        urls = "https://www.shop.example/product/42?a=b\n/product/42/more\n/\nhttps://other.example/"
        await page.get_by_label("Addresses, one a line").fill(urls)
        await page.locator("#matches").get_by_text("Product", exact=True).wait_for()
        badges = await page.locator("#matches .badge").all_text_contents()
        await page.get_by_role("button", name="Go on: read it once more").click()

        await page.get_by_role("heading", name="What has to be written down").wait_for()
        async with page.expect_download() as download:
            await page.get_by_role("link", name="Data protection impact assessment").click()
        await page.get_by_label("No health, political or children's pages are covered").check()
        await page.get_by_role("button", name="Open the recording").click()
        await page.get_by_text("The recording is open.").wait_for()
        await page.get_by_role("link", name="Recordings", exact=True).first.click()
        await page.get_by_text("Nothing was heard from this site yet.").wait_for()
        await page.locator("summary").first.click()
        await page.get_by_role("button", name="Sign out").click()
        await page.get_by_label("Name").fill("ada@example.org")
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Sign in").click()
        await page.get_by_label("Code").fill(pyotp.TOTP(secret).at(0))
        await page.get_by_role("button", name="Go on").click()
        await page.get_by_role("alert").wait_for()

    assert ["Product", "not recorded", "Home", "another site"] == badges
    assert (await download.value).suggested_filename.endswith("-assessment.md")
    [made] = await opened_parts.registry.all()
    assert (["Home", "Product"], ["heatmap", "replay"]) == ([p.name for p in made.pages], made.purposes)
    assert [] == [each for each in problems if "401" not in each]


async def test_somebody_is_added_and_comes_in(
    member: Client, recording: Recording, chromium_path: str
) -> None:
    """By the link that is handed over; then they see what their role lets them."""
    async with chromium(chromium_path) as browser:
        page = await signed_in(browser, member)
        problems = problems_of(page)
        await page.goto(str(member.make_url("/users")))
        await page.locator("#new-name").fill("bob")
        await page.locator("#new-role").select_option("viewer")
        await page.locator("#new-site").select_option(recording.site)
        await page.get_by_role("button", name="Make a link for them").click()
        link = str(await page.locator("#link").text_content())

        theirs = await (await browser.new_context()).new_page()
        theirs.set_default_timeout(10_000)
        await theirs.goto(link)
        await set_up(theirs)
        await theirs.get_by_role("link", name=recording.site).click()
        await theirs.get_by_role("heading", name="Settings").wait_for()
        tabs = await theirs.locator(".tabs a").all_text_contents()
        nav = await theirs.locator(".main-nav a").all_text_contents()

    assert ["Consent", "Setup"] == tabs
    assert ["Recordings", "API"] == nav
    assert [] == problems


PAGES = [
    *("/", "/recordings/new", "/consents", "/access", "/users", "/me", "/api", "/nothing"),
    *(
        f"/recordings/ID{tab}"
        for tab in ("", "/findings", "/flow", "/replays", "/backgrounds", "/consents", "/setup")
    ),
    *("/recordings/ID/findings?device=tablet&page=1&first=1", "/recordings/ID/flow?device=mobile"),
]
#: While a recording ends, its pages and the list show how far it is.
ENDING = (
    "/",
    *(f"/recordings/ID{tab}" for tab in ("", "/flow", "/replays", "/backgrounds", "/consents", "/setup")),
)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
async def test_every_page_is_for_everybody(
    member: Client,
    opened_parts: Parts,
    recording: Recording,
    chromium_path: str,
    axe: str,
    scheme: Any,
    width: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """axe-core finds nothing, nothing stands out to the side, and no page weighs more than it may."""
    for number in range(8):
        await visit(opened_parts, recording, page=number % 2)
    for what in ("asked:desktop", "yes:desktop", "no:mobile", "uncovered:mobile"):
        await opened_parts.log.count(recording, what)
    monkeypatch.setattr(worker, "end_what_is_due", no_round)
    await become(member, "bob", {recording.site: Role.VIEWER})
    await become(member, "ada", {EVERYWHERE: Role.MANAGER})
    found: dict[str, object] = {}
    async with chromium(chromium_path) as browser:
        page = await signed_in(browser, member)
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        await page.set_viewport_size({"width": width, "height": 800})
        for path in (*PAGES, None, *ENDING):
            if path is None:
                await end.close(opened_parts, recording.id)
                continue
            weight = await _weighed(page, str(member.make_url(path.replace("ID", recording.id))))
            said = await _checked(page, axe)
            wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if said or wide > 0 or weight > WEIGHT:
                found[path] = (said, wide, weight)

    assert {} == found


async def no_round(*_: object) -> None:
    """A worker with nothing to do: what ends stays as far as it is."""


async def test_the_way_in_is_for_everybody(face: Client, chromium_path: str, axe: str) -> None:
    """Each step of signing in, with what was wrong."""
    found: dict[str, object] = {}
    async with chromium(chromium_path) as browser:
        page = await browser.new_page(viewport={"width": 390, "height": 800}, reduced_motion="reduce")
        await page.goto(str(face.make_url(f"/welcome/{face.app[INVITES].first}")))
        found["welcome"] = await _checked(page, axe)
        await page.get_by_label("Your name").fill("a b")
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Go on").click()
        found["refused"] = await _checked(page, axe)
        await page.get_by_label("Your name").fill("ada")
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Go on").click()
        await page.get_by_text("Set up your second factor").wait_for()
        found["factor"] = await _checked(page, axe)
        await page.get_by_role("button", name="Later").click()
        await page.get_by_role("heading", name="Recordings", exact=True).wait_for()
        await face.app[USERS].change(
            "ada", lambda user: user.model_copy(update={"secret": pyotp.random_base32()})
        )
        await page.context.clear_cookies()
        await page.goto(str(face.make_url("/signin")))
        found["sign in"] = await _checked(page, axe)
        await page.get_by_label("Name").fill("ada")
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Sign in").click()
        await page.get_by_label("Code").wait_for()
        found["code"] = await _checked(page, axe)

    assert {} == {name: said for name, said in found.items() if said}


_SENT = """["navigation", "resource"].flatMap((kind) => performance.getEntriesByType(kind))
    .filter(({ name }) => !/\\.(png|svg|webp)$/.test(name))
    .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)"""


async def _weighed(page: Page, url: str) -> int:
    """Open the page; gives the bytes of everything that it loads but for pictures, as they are sent."""
    await page.goto(url)
    await expect(page.locator("[data-load]:not([data-loaded])")).to_have_count(0)
    size: int = await page.evaluate(_SENT)
    return size


async def _checked(page: Page, axe: str) -> list[str]:
    """What axe-core finds wrong: rule, and where."""
    await page.evaluate(axe)
    found: dict[str, Any] = await page.evaluate(
        "(tags) => axe.run(document, { runOnly: { type: 'tag', values: tags } })", RULES
    )
    return [f"{each['id']}: {node['target']}" for each in found["violations"] for node in each["nodes"]]
