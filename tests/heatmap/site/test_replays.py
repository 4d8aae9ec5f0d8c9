"""The pages of replays: who sees them, what they say, and that a visit is gone when its visitor says so."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.async_api import Browser, Page, expect

from heatmap.demo.shop import SNAPSHOTS
from heatmap.parts import Parts
from heatmap.site.access import LOOKS, SESSIONS
from heatmap.site.roles import EVERYWHERE, Role
from heatmap.site.sessions import Stage
from heatmap.snapshots import snapshots
from heatmap.snapshots.snapshot import checked, named
from recorder import forget
from recorder.events import Kind
from recorder.recording import Recording
from recorder.views import now_ms
from tests.conftest import a_recording
from tests.heatmap.replays.test_replays import visited
from tests.heatmap.site.conftest import HTML, Client, become, held, send, signed_in
from tests.recorder.sample import batch

PRODUCT, BASKET = "2-desktop", "3-desktop"
WISH, VOUCHER = named("@wish-list"), named("#apply-voucher")


async def listed(client: Client, recording: Recording, query: str = "") -> list[str]:
    """The addresses of the visits in the list."""
    response = await client.get(f"/recordings/{recording.id}/replays{query}", headers=HTML)
    assert 200 == response.status, await response.text()
    return re.findall(r'href="(/recordings/[^"]*/replays/[^"?]+)', await response.text())


async def refused(client: Client, path: str) -> tuple[int, str]:
    response = await client.get(path)
    return response.status, (await response.json())["error"]["message"]


async def test_a_viewer_sees_no_replay(member: Client, opened_parts: Parts, recording: Recording) -> None:
    """They are for analysts, and for nobody without a grant; the address of somebody else's is none."""
    session, _ = await visited(opened_parts, recording)
    [path] = await listed(member, recording)
    assert session not in path

    await become(member, "eve", {EVERYWHERE: Role.VIEWER})
    for address in (f"/recordings/{recording.id}/replays", path, f"{path}/data", f"{path}/there"):
        assert 403 == (await member.get(address)).status
    await become(member, "bob", {"Another site": Role.MANAGER})
    assert 404 == (await member.get(f"{path}/data")).status


async def test_an_address_is_good_for_one_sign_in(
    member: Client, opened_parts: Parts, recording: Recording
) -> None:
    """Sent to a colleague, or used after signing in anew, it says what to do; another list has other addresses."""
    await visited(opened_parts, recording)
    [path] = await listed(member, recording)
    assert 200 == (await member.get(f"{path}/data")).status

    before = held(member)
    await member.app[SESSIONS].begin("ada", Stage.IN, now_ms())
    await become(member, "ada", {EVERYWHERE: Role.MANAGER})

    assert before != held(member)
    assert (404, True) == (lambda found: (found[0], "list of replays" in found[1]))(
        await refused(member, f"{path}/data")
    )
    assert [path] != await listed(member, recording)


async def test_a_withdrawn_visit_is_gone(member: Client, opened_parts: Parts, recording: Recording) -> None:
    """From the list, and with a sentence from whatever was open."""
    session, audit = await visited(opened_parts, recording)
    [path] = await listed(member, recording)
    assert 204 == (await member.get(f"{path}/there")).status

    await forget.withdraw(opened_parts.store, opened_parts.log, recording.id, session, audit, now_ms())

    assert [] == await listed(member, recording)
    for address in (path, f"{path}/data", f"{path}/there"):
        status, said = await refused(member, address)
        assert (404, True) == (status, "took back their yes" in said)


async def test_each_look_at_a_replay_is_written_down(
    member: Client, opened_parts: Parts, recording: Recording
) -> None:
    """Who looked, before the answer; and never the event store's name of the visitor."""
    session, _ = await visited(opened_parts, recording)
    [path] = await listed(member, recording)

    await member.get(f"{path}/data")

    looks = member.app[LOOKS]
    [day] = await looks.days()
    found = [look for look in await looks.on(day) if look.what == "replay"]
    assert [("ada", recording.id)] == [(look.user, look.recording) for look in found]
    assert session not in str(found)


async def test_no_api_key_opens_replays(member: Client, opened_parts: Parts, recording: Recording) -> None:
    """Whatever it was made for: they are looked at by people, signed in."""
    await visited(opened_parts, recording)
    [path] = await listed(member, recording)
    for address in (f"/recordings/{recording.id}/replays", f"{path}/data"):
        response = await member.get(address, headers={"Authorization": "Bearer ym_x"})
        assert response.status in (401, 403)


async def test_what_the_list_shows(member: Client, opened_parts: Parts, recording: Recording) -> None:
    """Pages in order, device, length, trouble and marks of each; the form says what was chosen."""
    await visited(opened_parts, recording)
    await visited(
        opened_parts,
        recording,
        batch({"kind": Kind.PAGE}, {"kind": Kind.DEAD, "t": 4000, "x": 1, "y": 1}, viewport=(390, 800)),
        batch({"kind": Kind.PAGE}, {"kind": Kind.MARK, "t": 100}, sequence=1, page=1, start_ms=20_000),
    )

    text = await (await member.get(f"/recordings/{recording.id}/replays", headers=HTML)).text()

    assert "Home → Basket" in text
    assert "0:19 min" in text
    assert all(word in text for word in ("Mobile", "Dead click", "added", "2 visits"))
    for query, count in {
        "?trouble=any": 1,
        "?trouble=rage": 0,
        "?device=desktop": 1,
        "?page=1": 1,
        "?mark=added&seconds=10": 1,
        "?seconds=60": 0,
        "?page=99&device=watch&trouble=x&at=99999999999": 2,
    }.items():
        assert count == len(await listed(member, recording, query)), query


async def test_only_what_went_wrong_in_some_visit_can_be_searched_for(
    member: Client, opened_parts: Parts, recording: Recording
) -> None:
    """And what is searched for already, so that the form says what it shows."""
    await visited(opened_parts, recording)
    path = f"/recordings/{recording.id}/replays"

    async def offered(query: str = "") -> list[str]:
        text = await (await member.get(path + query, headers=HTML)).text()
        [form] = re.findall(r'<select id="trouble".*?</select>', text, re.DOTALL)
        return re.findall(r'value="(\w+)"', form)

    assert [] == await offered()
    dead = batch({"kind": Kind.PAGE}, {"kind": Kind.DEAD, "t": 4000, "x": 1, "y": 1})
    await visited(opened_parts, recording, dead)
    assert ["any", "dead"] == await offered()
    assert ["any", "dead", "back"] == await offered("?trouble=back")


async def test_the_list_has_pages(
    member: Client, opened_parts: Parts, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each visit is on one of them, the newest first."""
    monkeypatch.setattr("heatmap.site.replays.ROWS", 2)
    for n in range(5):
        await visited(opened_parts, recording, yes=n * 1000)
    pages = [await listed(member, recording, f"?at={n}") for n in (1, 2, 3)]
    assert [2, 2, 1] == [len(page) for page in pages]
    assert 5 == len({path for page in pages for path in page})


async def test_without_replays_the_page_says_why(member: Client, opened_parts: Parts) -> None:
    """Nobody was asked, or nobody came yet."""
    asked = await opened_parts.registry.open(a_recording())
    unasked = await opened_parts.registry.open(
        a_recording(purposes=["heatmap"], origins=["https://other.example"])
    )
    texts = [
        await (await member.get(f"/recordings/{each.id}/replays", headers=HTML)).text()
        for each in (asked, unasked)
    ]
    assert "No visits yet" in texts[0]
    assert "does not ask visitors for replays" in texts[1]


async def test_notes_are_written_and_go(member: Client, recording: Recording) -> None:
    """As text, whatever is in it; from a page of ours only."""
    hostile = "<script>alert(1)</script>"
    base = f"/recordings/{recording.id}"
    assert 303 == (await send(member, f"{base}/notes", text=hostile, page="1")).status
    text = await (await member.get(f"{base}/replays", headers=HTML)).text()
    assert hostile not in text
    assert "&lt;script&gt;" in text
    assert "Basket ·" in text

    assert 403 == (await member.post(f"{base}/notes", data={"text": "x"})).status
    assert 400 == (await send(member, f"{base}/notes", text="", page="")).status
    [gone] = re.findall(r'action="([^"]*/delete)"', text)
    assert 303 == (await send(member, gone)).status
    assert 404 == (await send(member, gone)).status


# --- in a browser --------------------------------------------------------------------------------


@pytest.fixture
async def shop(opened_parts: Parts) -> Recording:
    """A recording of two pages of the demo shop, with their snapshots."""
    pages = [{"name": "Product", "pattern": "/product"}, {"name": "Basket", "pattern": "/basket"}]
    made = await opened_parts.registry.open(a_recording(pages=pages))
    for file in (PRODUCT, BASKET):
        data = (SNAPSHOTS / f"{file}.json").read_bytes()
        picture = (SNAPSHOTS / f"{file}.webp").read_bytes()
        await snapshots.keep(opened_parts.store, made, checked(data)[0], data, picture)
    return made


def on(file: str, el: int) -> dict[str, int]:
    """The middle of an element, as an event on the page would have it."""
    rows = json.loads(Path(SNAPSHOTS / f"{file}.json").read_bytes())["elements"]
    [row] = [row for row in rows if row["hash"] == el]
    return {"x": row["x"] + row["w"] // 2, "y": row["y"] + row["h"] // 2, "fx": 32768, "fy": 32768, "el": 0}


async def a_bad_visit(parts: Parts, recording: Recording) -> tuple[str, str]:
    """Somebody whose click on the wish list did nothing and whose voucher failed."""
    wish, voucher = on(PRODUCT, WISH), on(BASKET, VOUCHER)
    size = {"size": (1280, 3042), "viewport": (1280, 720)}
    moves = [{"kind": Kind.MOVE, "t": 100 * n, "x": 20 * n, "y": 300} for n in range(1, 12)]
    return await visited(
        parts,
        recording,
        batch(
            {"kind": Kind.PAGE, "x": 400},
            {"kind": Kind.SCROLL},
            *moves,
            {"kind": Kind.CLICK, "t": 1500, **wish},
            {"kind": Kind.DEAD, "t": 4000, **wish},
            elements=_hashes(WISH),
            **size,
        ),
        batch(
            {"kind": Kind.PAGE, "x": 300},
            {"kind": Kind.SCROLL},
            {"kind": Kind.CLICK, "t": 9000, **voucher},
            {"kind": Kind.ERROR, "t": 9010, "el": 0, "x": 93, "y": 18},
            elements=_hashes(VOUCHER),
            sequence=1,
            page=1,
            start_ms=7000,
            **size,
        ),
    )


def _hashes(*elements: int) -> NDArray[np.uint32]:
    return np.array(elements, "<u4")


async def opened(browser: Browser, member: Client, recording: Recording, nth: int = 0) -> Page:
    """The player of the nth visit in the list."""
    page = await signed_in(browser, member)
    await page.goto(str(member.make_url(f"/recordings/{recording.id}/replays")))
    await page.locator(".visits a").nth(nth).click()
    await page.locator(".player.ready").wait_for()
    return page


async def test_a_visit_tells_what_went_wrong(
    member: Client, opened_parts: Parts, shop: Recording, browser: Browser
) -> None:
    """In words beside the picture, each of which leads to its moment."""
    await a_bad_visit(opened_parts, shop)
    problems: list[str] = []
    page = await opened(browser, member, shop)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda said: problems.append(said.text) if said.type in ("error", "warning") else None)
    await page.reload()
    await page.locator(".player.ready").wait_for()

    summary = page.locator("#summary button")
    assert ["Dead click on “Add to wish list”: nothing followed", True] == [
        await summary.nth(0).text_content(),
        (await summary.nth(1).text_content() or "").startswith("Error after the click on “Apply voucher”"),
    ]
    await summary.nth(1).click()
    await expect(page.locator("#place")).to_contain_text("Basket")
    await expect(page.locator("#story [aria-current]")).to_contain_text("Error after the click")
    await page.keyboard.press("ArrowUp")
    await expect(page.locator("#said")).to_have_text("Clicked “Apply voucher”")
    shown = page.locator("#frame .page:not([hidden]) img").first
    assert "1-desktop.webp" in (await shown.get_attribute("src") or "")
    assert [] == problems


async def test_what_happens_now_is_in_view_in_its_list(
    member: Client, opened_parts: Parts, shop: Recording, browser: Browser
) -> None:
    """The list scrolls, the page stays where it is."""
    wish, size = on(PRODUCT, WISH), {"size": (1280, 3042), "viewport": (1280, 720)}
    beside = {"x": 3, "y": 3}
    clicks = [{"kind": Kind.CLICK, "t": 1000 * n, **(wish if n % 2 else beside)} for n in range(1, 60)]
    dead = {"kind": Kind.DEAD, "t": 30_500, **wish}
    await visited(
        opened_parts,
        shop,
        batch({"kind": Kind.PAGE}, *clicks[:30], dead, *clicks[30:], elements=_hashes(WISH), **size),
    )
    page = await opened(browser, member, shop)
    await page.set_viewport_size({"width": 1280, "height": 600})

    await page.keyboard.press("w")

    await expect(page.locator("#story [aria-current]")).to_contain_text("Dead click")
    line, room = await page.evaluate(
        "['#story [aria-current]', '#story'].map((s) => document.querySelector(s).getBoundingClientRect())"
        ".map(({top, bottom}) => [top, bottom])"
    )
    assert 60 <= await page.locator("#story li").count()
    assert room[0] <= line[0] < line[1] <= room[1]
    assert 0 == await page.evaluate("scrollY")


async def test_the_player_plays(
    member: Client, opened_parts: Parts, shop: Recording, browser: Browser
) -> None:
    """Play, pause, speed, keys; idle time is passed over; at the end it stops."""
    await a_bad_visit(opened_parts, shop)
    page = await opened(browser, member, shop)
    toggle, time = page.locator("#toggle"), page.locator("#time")
    await expect(time).to_have_text("0:00 / 0:15")

    await page.keyboard.press("8")
    await expect(page.locator("input[value='8']")).to_be_checked()
    await page.keyboard.press("Space")
    await expect(toggle).to_have_text("Pause")
    await expect(toggle).to_have_text("Play", timeout=8000)
    await expect(time).to_have_text("0:15 / 0:15")

    await page.keyboard.press("Home")
    await page.keyboard.press("ArrowRight")
    await expect(time).to_have_text("0:05 / 0:15")
    await page.keyboard.press("w")
    await expect(page.locator("#said")).to_contain_text("Error after the click on “Apply voucher”")
    await page.locator("#track input").fill("1500")
    await expect(page.locator("#place")).to_contain_text("Product")
    await expect(page.locator("#place")).to_contain_text("may show other things than this visitor saw")


async def test_the_pointer_is_drawn_where_it_was(
    member: Client, opened_parts: Parts, shop: Recording, browser: Browser
) -> None:
    """Something is on the canvas at its place, and nothing far from it."""
    await a_bad_visit(opened_parts, shop)
    page = await opened(browser, member, shop)
    await page.locator("#track input").fill("1100")

    inked = await page.evaluate(
        """() => {
          const canvas = document.querySelector("#hand");
          const scale = canvas.width / 1280;
          const seen = (x, y) => canvas.getContext("2d")
            .getImageData((x - 15) * scale, (y - 15) * scale, 30 * scale, 30 * scale).data.some((v) => v > 0);
          return [seen(220, 300), seen(900, 600)];
        }"""
    )

    assert [True, False] == inked


async def test_an_open_player_lets_go_of_a_withdrawn_visit(
    member: Client, opened_parts: Parts, shop: Recording, browser: Browser
) -> None:
    """Within its next question, and nothing of the visit is left on the page."""
    session, audit = await a_bad_visit(opened_parts, shop)
    page = await opened(browser, member, shop)

    async with page.expect_response(lambda answer: answer.url.endswith("/there") and answer.status == 404):
        await forget.withdraw(opened_parts.store, opened_parts.log, shop.id, session, audit, now_ms())

    await page.get_by_text("took back their yes").wait_for()
    assert 0 == await page.locator("#story, #stage, #frame img").count()


async def test_one_goes_from_visit_to_visit(
    member: Client, opened_parts: Parts, shop: Recording, browser: Browser
) -> None:
    """By keys, within what was chosen in the list; a note is kept without leaving."""
    for _ in range(2):
        await a_bad_visit(opened_parts, shop)
    page = await opened(browser, member, shop)
    first = page.url
    assert 0 == await page.locator("a[rel=prev]").count()

    assert (await page.title()).startswith("Visit 1 of 2 ")

    await page.keyboard.press("n")
    await page.locator("a[rel=prev]").wait_for()
    await expect(page.locator("h1")).to_contain_text("Visit 2 of 2")
    assert first != page.url
    await page.locator(".player.ready").wait_for()
    await page.get_by_label("Note", exact=True).fill("The voucher n fails.")
    await page.get_by_role("button", name="Keep the note").click()
    await page.locator(".note").get_by_text("The voucher n fails.").wait_for()
    await page.locator("h1").click()
    await page.keyboard.press("p")
    await page.wait_for_url(first)


@pytest.mark.parametrize("width", [390, 1280])
async def test_the_player_fits_and_axe_finds_nothing(
    member: Client, opened_parts: Parts, shop: Recording, browser: Browser, width: int
) -> None:
    """On a phone and a desk, list and player."""
    await a_bad_visit(opened_parts, shop)
    page = await opened(browser, member, shop)
    await page.set_viewport_size({"width": width, "height": 800})
    axe = (Path(__file__).parents[3] / "static/node_modules/axe-core/axe.min.js").read_text("utf-8")
    for _ in range(2):
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await page.evaluate(axe)
        found = await page.evaluate(
            "axe.run().then((r) => r.violations.map((v) => v.id + ' ' + v.nodes[0].html))"
        )
        assert [] == found
        await page.goto(str(member.make_url(f"/recordings/{shop.id}/replays")))
