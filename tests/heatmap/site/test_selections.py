"""Whom a heatmap shows: those who reached a mark, those of some days, on the page and through the API."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer
from playwright.async_api import expect

from heatmap import parts, pictures
from heatmap.end import end
from heatmap.site import app as team
from heatmap.site.roles import EVERYWHERE, Role
from recorder import limits, settings
from recorder.recording import DAY_MS, Recording
from recorder.settings import Settings
from recorder.views import now_ms
from tests.conftest import a_recording, chromium
from tests.heatmap.conftest import visit
from tests.heatmap.site.conftest import HTML, Client, become, signed_in

pytestmark = pytest.mark.asyncio(loop_scope="module")

#: Sessions of each of three days, and how many more of the first reached the mark.
A_DAY, MARKED = 100, 30


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chosen(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> Settings:
    return settings.read(data=tmp_path_factory.mktemp("selections"), redis_url=redis_url, demo=True)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def recording(chosen: Settings) -> Recording:
    """It runs, and is in its fourth day."""
    async with parts.opened(chosen) as opened:
        begin = now_ms() - 3 * DAY_MS - DAY_MS // 2
        made = await opened.registry.open(a_recording(start=begin, marks=["added", "paid"]))
        for day in (1, 2, 3):
            for _ in range(A_DAY):
                await visit(opened, made, 200, 100, height=400, day=day, opens=True)
        for number in range(MARKED):
            await visit(opened, made, 300, 100, height=400, mark=0, day=1 + number % 3, opens=True)
        return made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(chosen: Settings, recording: Recording) -> AsyncIterator[Client]:
    async with TestClient(TestServer(team.build(chosen))) as face:
        yield await become(face, "ada", {EVERYWHERE: Role.MANAGER})


async def test_days_and_marks_are_chosen_on_the_page(
    client: Client, recording: Recording, chromium_path: str
) -> None:
    """By keys as well; the address says so; on a telephone too nothing stands out."""
    async with chromium(chromium_path) as browser:
        page = await signed_in(browser, client)
        await page.set_viewport_size({"width": 390, "height": 800})
        await page.goto(str(client.make_url(f"/recordings/{recording.id}")))
        sessions = page.locator(".strip dd").first
        await expect(sessions).to_have_text("330")

        await page.get_by_label("From").focus()
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("ArrowDown")
        await expect(page).to_have_url(re.compile(r"\?first=2$"))
        await expect(sessions).to_have_text("200")
        await page.get_by_label("To", exact=True).select_option(index=2)
        await expect(sessions).to_have_text("100")
        await expect(page.locator(".overlay")).to_have_count(1)

        await page.goto(str(client.make_url(f"/recordings/{recording.id}?layer=scroll")))
        await page.get_by_label("Visitors").select_option("m1")
        await expect(sessions).to_have_text(str(MARKED))
        await expect(page.locator(".stage h2").first).to_have_text("Reached added")
        assert 390 >= await page.evaluate("document.documentElement.scrollWidth")


async def test_who_is_left_out_is_told(client: Client, recording: Recording) -> None:
    """Those of the mark are too few a day; a mark that nobody reached, and days of a small page, are not offered."""
    texts = [
        await (await client.get(f"/recordings/{recording.id}{query}", headers=HTML)).text()
        for query in ("?first=2", "?page=1", "?segment=m2&layer=move", "?segment=m1&layer=move")
    ]

    findings = [
        await (await client.get(f"/recordings/{recording.id}/findings?{query}", headers=HTML)).text()
        for query in ("first=2", "mark=m1")
    ]

    assert ["too few were like them on each day" in text for text in findings] == [True, False]
    assert "they are left out" in texts[0]
    assert "paid: too few visitors to be told apart" in texts[0]
    assert "Days can be told apart once" in texts[1]
    assert "you see all of them" in texts[2]
    assert "Too few people for this picture" in texts[3]


async def test_findings_and_flow_are_of_those_who_were_chosen(
    client: Client, recording: Recording, chromium_path: str
) -> None:
    """By their forms; what cannot be had of some visitors only is said, and on a telephone nothing stands out."""
    async with chromium(chromium_path) as browser:
        page = await signed_in(browser, client)
        await page.set_viewport_size({"width": 390, "height": 800})
        await page.goto(str(client.make_url(f"/recordings/{recording.id}/findings")))
        await page.get_by_label("From").select_option(index=2)
        await page.get_by_label("Visitors").select_option("m1n")
        await page.get_by_role("button", name="Show").click()
        await expect(page.get_by_text("wrong for those who did not reach added")).to_be_visible()
        await expect(page.get_by_text("Releases are compared")).to_contain_text("of everybody only")
        assert 390 >= await page.evaluate("document.documentElement.scrollWidth")
        await expect(page.get_by_label("Visitors")).to_have_value("m1n")
        assert "paid: too few visitors" in await page.get_by_label("Visitors").inner_text()

        await page.goto(str(client.make_url(f"/recordings/{recording.id}/flow")))
        await page.get_by_label("Visitors").select_option("m1")
        await page.get_by_label("Desktop").check(force=True)
        await page.get_by_role("button", name="Show", exact=True).click()
        await expect(
            page.get_by_role("table", name="Page by page").or_(page.locator("table")).first
        ).to_contain_text(str(MARKED))
        await expect(page.get_by_text("up to four visitor sessions of each are left out")).to_be_visible()
        await page.get_by_label("Mobile").check(force=True)
        await page.get_by_role("button", name="Show", exact=True).click()
        await expect(page.get_by_text("No step was taken by five")).to_contain_text(
            "those who reached added, mobile"
        )
        assert 390 >= await page.evaluate("document.documentElement.scrollWidth")
        await page.get_by_role("link", name="Show all").click()
        await expect(page.get_by_label("All", exact=True).first).to_be_checked()


@pytest.mark.parametrize(
    "query", ["device=watch", "mark=m9", "mark=r1", "mark=x", "page=9", "first=1&mark=m1m2"]
)
async def test_of_whom_there_is_nothing(client: Client, recording: Recording, query: str) -> None:
    """Not a page of everybody under another name."""
    for name in ("findings", "findings.json"):
        if query != "page=9" or name == "findings":
            assert 404 == (await client.get(f"/recordings/{recording.id}/{name}?{query}")).status


async def test_programs_ask_for_the_same(client: Client, recording: Recording) -> None:
    """By the name of a selection, for what there is and for files."""
    place = f"/api/recordings/{recording.id}/pages/0/desktop"
    told = await (await client.get(place)).json()
    days = await (await client.get(f"{place}?segment=d2to3")).json()

    assert {"m1": MARKED, "m1n": 3 * A_DAY} == {
        each["name"]: each["sessions"] for each in told["segments"] if each["mark"] == "added"
    }
    assert [[1, 1], [1, 3], [2, 2], [3, 3]] == told["days"]
    assert 2 * A_DAY == days["sessions"]
    assert (await (await client.get(f"{place}/d2to3/click.png")).read()).startswith(b"\x89PNG")
    tables = (
        await (await client.get(f"/api/recordings/{recording.id}/tables?segment=m1&device=desktop")).json()
    )["tables"]
    assert [MARKED] == [row["sessions"] for row in tables["visits"]]
    found = await (await client.get(f"/api/recordings/{recording.id}/findings?segment=m1nd2to3")).json()
    assert {} == found["pairs"]
    for query in ("tables?segment=d2to3", "tables?segment=r1v1", "tables?segment=x", "findings?segment=m2"):
        assert 404 == (await client.get(f"/api/recordings/{recording.id}/{query}")).status
    for name in ("d2to2/../x", "m9", "d9to9", "d0to0"):
        assert 404 == (await client.get(f"{place}?segment={name}")).status


async def test_marks_stay_and_days_do_not(
    client: Client, chosen: Settings, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is final has pictures of both sides of a mark; of days it has none, and the page does not ask for any."""
    monkeypatch.setattr(limits, "RECORDING_SECONDS", 0.0)
    async with parts.opened(chosen) as opened:
        await end.finish(opened, recording.id)
        ended = await opened.registry.read(recording.id)
        view = await pictures.view(opened, ended, 0, "desktop", "m1")

    text = await (await client.get(f"/recordings/{recording.id}?first=1&last=2", headers=HTML)).text()

    assert MARKED == view.sessions
    assert {"0/desktop/m1/elements.json", "0/desktop/m1n/click.png"} <= set(ended.results["pictures"])  # type: ignore[call-overload]
    assert 'name="first"' not in text
    assert "<dd>330</dd>" in text
