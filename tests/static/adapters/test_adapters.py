"""The adapters with the real consent tools, the real loader and the real collector, in Chromium."""

import shutil
import subprocess
import tarfile
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from playwright.async_api import Browser, Page

from recorder import views
from recorder.eventlog import EventLog
from recorder.recording import Recording, State
from tests.conftest import a_recording, absent
from tests.static.adapters.pages import PAGES

Client = TestClient[web.Request, web.Application]

#: One browser and one collector for all of them; a site and a visitor for each.
pytestmark = pytest.mark.asyncio(loop_scope="module")
fresh = pytest_asyncio.fixture(loop_scope="module")

PACKAGES = ("vanilla-cookieconsent@3.1.0", "klaro@0.7.22")
FILES = {
    "cookieconsent.css": "vanilla-cookieconsent-3.1.0/package/dist/cookieconsent.css",
    "cookieconsent.esm.js": "vanilla-cookieconsent-3.1.0/package/dist/cookieconsent.esm.js",
    "klaro.js": "klaro-0.7.22/package/dist/klaro.js",
}


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tools as npm has them, unpacked, without what they say they depend on: their files for browsers need none."""
    npm, folder = shutil.which("npm") or absent("npm"), tmp_path_factory.mktemp("npm")
    done = subprocess.run([npm, "pack", "--silent", *PACKAGES], cwd=folder, capture_output=True, check=False)
    if done.returncode:
        absent(f"npm's registry ({', '.join(PACKAGES)})")
    for archive in folder.glob("*.tgz"):
        with tarfile.open(archive) as packed:
            packed.extractall(folder / archive.stem, filter="data")
    return folder


@pytest.fixture(params=list(PAGES))
def tool(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@fresh
async def site(collector: Client, packages: Path, tool: str) -> AsyncIterator[str]:
    """A site on an origin of its own that asks with the tool; gives its origin."""
    text = PAGES[tool].replace("COLLECTOR", str(collector.make_url("/")).rstrip("/"))

    async def page(request: web.Request) -> web.Response:
        return web.Response(text=text, content_type="text/html")

    async def file(request: web.Request) -> web.FileResponse:
        return web.FileResponse(packages / FILES[request.match_info["name"]])

    app = web.Application()
    app.router.add_get("/", page)
    app.router.add_get("/tool/{name}", file)
    async with TestServer(app) as server:
        yield str(server.make_url("/")).rstrip("/")


@fresh
async def recording(collector: Client, site: str) -> Recording:
    return await collector.app[views.REGISTRY].open(a_recording(origins=[site]))


@pytest.fixture
def log(collector: Client) -> EventLog:
    return collector.app[views.LOG]


@fresh
async def page(browser: Browser) -> AsyncIterator[Page]:
    """The browser of somebody who has never been on the site."""
    page = await browser.new_page(viewport={"width": 1280, "height": 800})
    yield page
    await page.close()


async def arrive(page: Page, site: str) -> None:
    await page.goto(site)
    await page.wait_for_function("globalThis.isReady")


async def state(page: Page, expected: str) -> None:
    await page.wait_for_function("(expected) => yesmap.state() === expected", arg=expected)


async def kept(page: Page) -> dict[str, object]:
    found: dict[str, object] = await page.evaluate("JSON.parse(localStorage.getItem('yesmap') ?? '{}')")
    return found


async def answered(log: EventLog, recording: Recording) -> tuple[int, int]:
    """How many said yes, and how many no: all device classes together."""
    counts = Counter[str]()
    for name, n in (await log.counts(recording.id)).items():
        counts[name.split(":")[0]] += n
    return counts["yes"], counts["no"]


async def test_a_yes_in_the_tool_starts_the_recording(
    page: Page, site: str, recording: Recording, collector: Client, log: EventLog
) -> None:
    """Both purposes, by the site's tool, to the notice that it showed; our own prompt stays away."""
    await arrive(page, site)
    await page.get_by_role("button", name="Accept all").click()
    await state(page, "on")

    assert ["heatmap", "replay"] == (await kept(page))["purposes"]
    assert (1, 0) == await answered(log, recording)
    assert 0 == await page.locator("yesmap-prompt").count()
    [name] = [key async for key in _consents(collector, recording)]
    assert "given" in name


async def _consents(collector: Client, recording: Recording) -> AsyncIterator[str]:
    for key in await collector.app[views.STORE].keys(f"consents/{recording.id}"):
        yield key


async def test_the_tool_shows_the_notice(page: Page, site: str, recording: Recording) -> None:
    """The purpose, every row and the link to the full notice stand in the tool's own dialog."""
    await arrive(page, site)
    await page.evaluate("more()")
    notice = await page.evaluate("yesmap.notice()")
    link = page.locator(f'a[href="{notice["url"]}"]').first

    await link.wait_for(state="attached")
    assert notice["version"] == recording.nv
    text = await page.evaluate("document.body.textContent")
    assert [] == [part for row in notice["rows"] for part in row if part not in text]
    assert notice["purpose"] in text


async def test_a_no_is_counted_once_and_keeps_nothing(
    page: Page, site: str, recording: Recording, log: EventLog
) -> None:
    """Declining is one no; the next page does not say it again, and nobody is recorded."""
    await arrive(page, site)
    await page.get_by_role("button", name="Decline").click()
    await state(page, "off")
    await arrive(page, site)

    assert (0, 1) == await answered(log, recording)
    assert "token" not in await kept(page)


async def test_a_yes_survives_the_next_page(
    page: Page, site: str, recording: Recording, log: EventLog
) -> None:
    """The recording goes on after a reload, the tool asks nothing, and it was one yes."""
    await arrive(page, site)
    await page.get_by_role("button", name="Accept all").click()
    await state(page, "on")
    await arrive(page, site)
    await state(page, "on")

    assert (1, 0) == await answered(log, recording)
    assert 0 == await page.get_by_role("button", name="Accept all").locator("visible=true").count()


async def test_a_late_yes_counts(page: Page, site: str, recording: Recording) -> None:
    """Who has said no on an earlier page can still say yes."""
    await arrive(page, site)
    await page.get_by_role("button", name="Decline").click()
    await state(page, "off")
    await arrive(page, site)
    await page.evaluate("choose('heatmap')")
    await state(page, "on")

    assert ["heatmap"] == (await kept(page))["purposes"]


async def test_taking_it_back_in_the_tool_erases(
    page: Page, site: str, recording: Recording, log: EventLog
) -> None:
    """What stood since an earlier page is withdrawn: the token goes and the session with it."""
    await arrive(page, site)
    await page.evaluate("choose('heatmap')")
    await state(page, "on")
    await arrive(page, site)
    await state(page, "on")
    await page.evaluate("choose()")
    await state(page, "off")
    await page.wait_for_function("!JSON.parse(localStorage.getItem('yesmap')).token")

    assert 0 == (await log.totals(recording.id))[0]


async def test_one_use_can_be_taken_back(page: Page, site: str, recording: Recording) -> None:
    """Without replay the recording goes on for heatmaps alone."""
    await arrive(page, site)
    await page.evaluate("choose('heatmap', 'replay')")
    await state(page, "on")
    await page.evaluate("choose('heatmap')")
    await page.wait_for_function("JSON.parse(localStorage.getItem('yesmap')).purposes.length === 1")

    assert ["heatmap"] == (await kept(page))["purposes"]
    await state(page, "on")


@pytest.mark.parametrize(("last", "expected"), [("choose()", False), ("choose('heatmap')", True)])
async def test_of_two_changes_of_mind_the_last_one_holds(
    page: Page, site: str, recording: Recording, log: EventLog, last: str, expected: bool
) -> None:
    """Yes, no and perhaps yes again, faster than the collector answers."""
    await arrive(page, site)
    await page.evaluate(f"choose('heatmap'); choose(); {last}")
    await page.wait_for_function("localStorage.getItem('yesmap') && !localStorage.getItem('yesmap-owed')")
    await state(page, "on" if expected else "off")
    await page.wait_for_function(
        "(expected) => expected === 'token' in JSON.parse(localStorage.yesmap)", arg=expected
    )
    await arrive(page, site)

    assert (1, 0) == await answered(log, recording)
    assert expected == ("token" in await kept(page))
    assert int(expected) == (await log.totals(recording.id))[0]


async def test_who_stopped_on_our_sign_has_stopped(
    page: Page, site: str, recording: Recording, log: EventLog
) -> None:
    """The tool still remembers a yes: neither the next page nor an answer about something else brings it back."""
    await arrive(page, site)
    await page.evaluate("choose('heatmap')")
    await state(page, "on")
    await page.evaluate("yesmap.stop()")
    await page.evaluate("other()")
    await arrive(page, site)
    await page.evaluate("other()")

    assert "token" not in await kept(page)
    assert (1, 0) == await answered(log, recording)


async def test_a_yes_that_did_not_arrive_is_passed_on_by_the_next_page(
    page: Page, site: str, recording: Recording
) -> None:
    """The collector was out of reach for a while; nobody is asked again."""
    await arrive(page, site)
    await page.route("**/v1/consent", lambda route: route.abort())
    async with page.expect_event("requestfailed", lambda request: "consent" in request.url):
        await page.evaluate("choose('heatmap')")
    await page.unroute("**/v1/consent")
    await arrive(page, site)
    await state(page, "on")

    assert ["heatmap"] == (await kept(page))["purposes"]


async def test_a_yes_to_another_notice_is_not_passed_on(
    page: Page, site: str, recording: Recording, log: EventLog
) -> None:
    """What was shown is what is consented to: a yes that is owed to an earlier notice lapses."""
    await arrive(page, site)
    await page.route("**/v1/consent", lambda route: route.abort())
    async with page.expect_event("requestfailed", lambda request: "consent" in request.url):
        await page.evaluate("choose('heatmap')")
    await page.unroute("**/v1/consent")
    owed = await page.evaluate("localStorage.getItem('yesmap-owed')")
    assert recording.nv in owed
    await page.evaluate(
        "(owed) => localStorage.setItem('yesmap-owed', owed)", owed.replace(recording.nv, "0" * 12)
    )
    await arrive(page, site)
    await page.wait_for_function("!localStorage.getItem('yesmap-owed')")

    assert (0, 0) == await answered(log, recording)
    assert "token" not in await kept(page)


async def test_a_new_notice_is_asked_about_anew(
    page: Page, site: str, recording: Recording, collector: Client, log: EventLog
) -> None:
    """Another recording is another question: the tool asks again, and the answer to the first is none to it."""
    await arrive(page, site)
    await page.get_by_role("button", name="Accept all").click()
    await state(page, "on")
    registry = collector.app[views.REGISTRY]
    await registry.change(recording.id, lambda it: it.model_copy(update={"state": State.CLOSING}))
    await registry.release_origins(recording)
    second = await registry.open(a_recording(origins=[site], site="Another shop"))
    await arrive(page, site)
    again = page.get_by_role("button", name="Accept all")
    await again.wait_for()
    assert (0, 0) == await answered(log, second)
    await again.click()
    await state(page, "on")

    assert (1, 0) == await answered(log, second)
    await arrive(page, site)
    await state(page, "on")
    assert 0 == await again.locator("visible=true").count()


async def test_where_nothing_is_recorded_the_tool_asks_without_us(page: Page, site: str) -> None:
    """No recording is open: there is no notice, the tool works, and nothing is kept."""
    await arrive(page, site)
    assert None is await page.evaluate("yesmap.notice()")
    await page.get_by_role("button", name="Accept all").click()
    await page.evaluate("other()")

    assert None is await page.evaluate("localStorage.getItem('yesmap-owed')")


async def test_without_our_loader_the_tool_asks_all_the_same(
    page: Page, site: str, recording: Recording
) -> None:
    """A blocker keeps the tag from loading: the tool is there within seconds."""
    await page.route("**/yesmap.js", lambda route: route.abort())
    await arrive(page, site)
    await page.get_by_role("button", name="Accept all").click()

    assert "undefined" == await page.evaluate("typeof yesmap")


@pytest.mark.parametrize("tool", ["klaro"], indirect=True)
async def test_a_tool_that_forgets_its_answer_takes_the_yes_back(
    page: Page, site: str, recording: Recording
) -> None:
    """Klaro's `resetConsents` ends the recording."""
    await arrive(page, site)
    await page.evaluate("choose('heatmap')")
    await state(page, "on")
    await page.evaluate("reset()")
    await state(page, "off")
    await page.wait_for_function("!JSON.parse(localStorage.getItem('yesmap')).token")
