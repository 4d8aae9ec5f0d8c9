"""From the browser to the event store: several tabs, restarts, a collector that is away, and every way to the end."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page, Request, Route

from recorder import events, forget, limits, seal, views
from recorder.eventlog import EventLog
from recorder.events import Kind
from recorder.recording import Recording, State
from tests.static.conftest import Arrive, NewSite
from tests.static.hand import clicks
from tests.static.visitor import ALLOW, Site, Visitor, gapless, of

pytestmark = pytest.mark.asyncio(loop_scope="module")

BODY = '<button id="it" style="position:absolute;left:100px;top:100px">Buy</button>'
#: Longer than a batch is kept back, ms.
BATCH = 6000
#: Longer than any wait between two tries, ms.
LONGEST = 125_000


@pytest_asyncio.fixture(loop_scope="module")
async def shop(new_site: NewSite) -> Site:
    """A site whose recording is this test's own."""
    site = await new_site()
    site.show("/", BODY)
    site.show("/basket", BODY)
    return site


def requests(page: Page, path: str) -> list[Request]:
    """The requests to one address of the collector, from now on."""
    found: list[Request] = []
    page.on("request", lambda r: found.append(r) if r.url.endswith(path) else None)
    return found


async def kept(page: Page) -> str:
    """Everything that this browser keeps for the site."""
    return str(
        await page.evaluate("JSON.stringify({ ...localStorage, ...sessionStorage }) + document.cookie")
    )


async def answered(page: Page, path: str, act: Callable[[], Awaitable[object]]) -> int:
    """Do something that leads to a request; gives the answer's status."""
    async with page.expect_response(f"**{path}") as response:
        await act()
    return (await response.value).status


async def sign(page: Page) -> None:
    await page.get_by_text("Recording until").wait_for()


async def no_sign(page: Page) -> None:
    await page.get_by_text("Recording until").wait_for(state="detached")


async def a_batch(visitor: Visitor) -> None:
    """A click, and time for the batch to go."""
    await clicks()(visitor)
    await visitor.page.clock.run_for(BATCH)


def clicked(times: int) -> Callable[[list[Any]], bool]:
    return lambda found: len(of(found, Kind.CLICK)) >= times


# --- tabs and restarts


async def test_two_tabs_are_one_session(shop: Site, arrive: Arrive) -> None:
    """Both show the sign, and what is done in either arrives, each once."""
    visitor = await arrive(shop, "/")
    other = await visitor.page.context.new_page()
    await other.goto(shop.origin + "/basket")
    await sign(other)

    await clicks()(visitor)
    await other.mouse.click(110, 110)
    await other.goto("about:blank")
    await visitor.page.goto("about:blank")

    found = await visitor.until(clicked(2))
    assert [0, 1] == sorted(e.page for e in of(found, Kind.CLICK))
    assert 1 == len(await shop.sessions())


async def test_a_stop_in_one_tab_stops_the_other(shop: Site, arrive: Arrive) -> None:
    """Its sign goes, nothing more is sent from it, and nothing of the session is left."""
    visitor = await arrive(shop, "/")
    other = await visitor.page.context.new_page()
    await other.goto(shop.origin + "/basket")
    await sign(other)

    await visitor.page.bring_to_front()
    assert await visitor.page.evaluate("yesmap.stop()")
    await no_sign(other)
    sent = requests(other, "/v1/events")
    await other.mouse.click(110, 110)
    await other.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")
    await other.reload()

    assert [] == sent
    assert [] == await shop.sessions()
    assert "token" not in await kept(other)


async def test_a_yes_in_one_tab_is_a_yes_in_the_other(
    shop: Site, contexts: Callable[..., Awaitable[BrowserContext]]
) -> None:
    """The prompt goes there and the sign comes, and it is one session."""
    context = await contexts()
    first, second = await context.new_page(), await context.new_page()
    await first.goto(shop.origin + "/")
    await first.get_by_role("button", name="Allow").wait_for()
    await second.goto(shop.origin + "/basket")

    assert await second.evaluate(ALLOW)
    await sign(first)

    assert 0 == await first.get_by_role("button", name="Allow").count()
    assert 1 == len(await shop.sessions())


async def test_the_yes_outlives_the_browser(
    shop: Site, arrive: Arrive, contexts: Callable[..., Awaitable[BrowserContext]]
) -> None:
    """Started again, it shows the sign, asks nothing, and goes on with the same session."""
    visitor = await arrive(shop, "/")
    await clicks()(visitor)
    await visitor.page.goto("about:blank")
    await visitor.until(clicked(1))
    storage = await visitor.page.context.storage_state()
    await visitor.page.context.close()

    visitor.page = await (await contexts(storage_state=storage)).new_page()
    await visitor.page.goto(shop.origin + "/basket")
    await sign(visitor.page)
    await clicks()(visitor)

    found = await visitor.events()
    assert [0, 1] == [e.page for e in of(found, Kind.CLICK)]
    assert 0 == await visitor.page.get_by_role("button", name="Allow").count()
    assert 1 == len(await shop.sessions())


async def test_a_yes_in_two_tabs_at_once_is_one(
    shop: Site, contexts: Callable[..., Awaitable[BrowserContext]]
) -> None:
    """The second waits until the collector has answered the first, and then stands already.

    Tabs may be processes: what one has kept is there in the other a while after the lock is.
    """
    context = await contexts()
    await context.clock.install()
    first, second = await context.new_page(), await context.new_page()
    for tab in (first, second):
        await tab.goto(shop.origin + "/")
    await second.evaluate(
        """() => {
          const kept = localStorage;
          let seen = {};
          Object.defineProperty(window, "localStorage", { get: () => seen });
          addEventListener("storage", () => (window.late = setTimeout(() => (seen = kept), 20)));
        }"""
    )
    under_way, go = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        under_way.set()
        await go.wait()
        await route.continue_()

    async def until(what: str) -> None:
        while not await second.evaluate(what):
            await asyncio.sleep(0.02)

    await context.route("**/v1/consent", hold)
    yes = [asyncio.create_task(first.evaluate(ALLOW))]
    await until("navigator.locks.query().then(({ held }) => held.length)")
    await context.clock.run_for(100)
    await under_way.wait()
    yes.append(asyncio.create_task(second.evaluate(ALLOW)))
    await until("navigator.locks.query().then(({ pending }) => pending.length)")
    go.set()
    await until("navigator.locks.query().then(({ pending }) => window.late && !pending.length)")
    both = asyncio.gather(*yes)
    while not both.done():
        await context.clock.run_for(100)

    assert [True, True] == await both
    assert 1 == len(await shop.sessions())
    assert 1 == (await shop.counts())["yes:desktop"]


# --- tokens


async def test_a_token_past_its_time_is_renewed_once(
    shop: Site, arrive: Arrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tab that slept goes on where it was: one new token, and nothing is lost or doubled."""
    monkeypatch.setattr(limits, "TOKEN_LIFE", timedelta(seconds=-5))
    visitor = await arrive(shop, "/", clock=True)
    monkeypatch.undo()
    renewed = requests(visitor.page, "/v1/renew")

    for _ in range(3):
        await a_batch(visitor)

    found = await visitor.until(clicked(3))
    assert 3 == len(of(found, Kind.CLICK))
    assert 1 == len(renewed)


async def test_a_token_that_stays_refused_is_not_renewed_for_ever(
    shop: Site, arrive: Arrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second refusal of the same batch is the end of sending."""
    monkeypatch.setattr(limits, "TOKEN_LIFE", timedelta(seconds=-5))
    visitor = await arrive(shop, "/", clock=True)
    renewed = requests(visitor.page, "/v1/renew")

    await answered(visitor.page, "/v1/renew", lambda: a_batch(visitor))
    for _ in range(3):
        await a_batch(visitor)
    await visitor.page.clock.run_for(LONGEST)

    assert 1 == len(renewed)


# --- the end


async def withdraw(visitor: Visitor) -> None:
    """As another browser with the same audit id would."""
    app, recording = visitor.site.collector, visitor.site.recording
    session = seal.session_id(await app[views.REGISTRY].key(recording), visitor.audit)
    await forget.withdraw(
        app[views.STORE], app[views.LOG], recording.id, session, visitor.audit, views.now_ms()
    )


async def end(visitor: Visitor) -> None:
    def closing(recording: Recording) -> Recording:
        return recording.model_copy(update={"state": State.CLOSING})

    await visitor.site.collector[views.REGISTRY].change(visitor.site.recording.id, closing)


@pytest.mark.parametrize("over", [withdraw, end], ids=["withdrawn elsewhere", "ended"])
async def test_a_collector_that_says_it_is_over_is_believed_at_once(
    shop: Site, arrive: Arrive, over: Callable[[Visitor], Awaitable[None]]
) -> None:
    """The sign goes, the token goes, and nothing more is sent."""
    visitor = await arrive(shop, "/", clock=True)
    await over(visitor)

    assert 410 == await answered(visitor.page, "/v1/events", lambda: a_batch(visitor))
    await no_sign(visitor.page)

    sent = requests(visitor.page, "/v1/events")
    await a_batch(visitor)
    await visitor.page.clock.run_for(LONGEST)
    assert [] == sent
    assert "token" not in await kept(visitor.page)


async def test_a_full_session_keeps_its_rights(
    shop: Site, arrive: Arrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the cap events stop, but the sign and the token stay, and stop and erase still works."""
    visitor = await arrive(shop, "/", clock=True)
    monkeypatch.setattr(limits, "BATCHES_PER_SESSION", 0)

    assert 409 == await answered(visitor.page, "/v1/events", lambda: a_batch(visitor))
    sent = requests(visitor.page, "/v1/events")
    await a_batch(visitor)
    await visitor.page.clock.run_for(LONGEST)

    assert [] == sent
    assert "token" in await kept(visitor.page)
    await sign(visitor.page)
    assert await visitor.page.evaluate("yesmap.stop()")
    assert [] == await shop.sessions()


async def test_a_stop_comes_before_everything_that_waits(shop: Site, arrive: Arrive) -> None:
    """What was queued is dropped and nothing more is taken in, before the collector has even been asked to erase."""
    visitor = await arrive(shop, "/", clock=True)
    sent = requests(visitor.page, "/v1/events")
    asked, go = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        asked.set()
        await go.wait()
        await route.continue_()

    await visitor.page.context.route("**/v1/withdraw", hold)
    await clicks()(visitor)
    await visitor.page.evaluate("window.stopped = yesmap.stop(), 0")
    async with asyncio.timeout(10):
        await asked.wait()
    await a_batch(visitor)
    await visitor.page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")
    go.set()

    assert await visitor.page.evaluate("stopped")
    assert [] == sent
    assert [] == await shop.sessions()


# --- a collector that is away


async def back(visitor: Visitor) -> None:
    """The collector can be reached again, and time passes until the browser has tried."""
    await visitor.page.context.unroute_all(behavior="wait")
    async with visitor.page.expect_response("**/v1/events") as answer:
        while not answer.is_done():
            await visitor.page.clock.run_for(BATCH)


async def test_while_the_collector_is_away_nothing_is_lost(shop: Site, arrive: Arrive) -> None:
    """Batches wait, come in order when it is back, and count once."""
    visitor = await arrive(shop, "/", clock=True)

    await visitor.page.context.route("**/v1/events", lambda route: route.abort("connectionrefused"))
    for _ in range(4):
        await a_batch(visitor)
    await back(visitor)

    found = await visitor.until(clicked(4))
    assert 4 == len(of(found, Kind.CLICK))
    assert 1 == len(of(found, Kind.PAGE))


async def test_an_answer_that_is_lost_doubles_nothing(shop: Site, arrive: Arrive) -> None:
    """The collector took the batch, the browser never heard of it and sends it again."""
    visitor = await arrive(shop, "/", clock=True)
    took = 0

    async def lose(route: Route) -> None:
        nonlocal took
        answer = await route.fetch()
        took += answer.status == 204
        await route.abort("connectionreset")

    await visitor.page.context.route("**/v1/events", lose)
    for _ in range(3):
        await a_batch(visitor)
    await visitor.until(clicked(1))
    await back(visitor)

    found = await visitor.until(clicked(3))
    assert took
    assert 3 == len(of(found, Kind.CLICK))


async def test_a_collector_that_asks_for_time_gets_it(shop: Site, arrive: Arrive) -> None:
    """After 503 with `Retry-After` nothing is sent before that, and then everything."""
    visitor = await arrive(shop, "/", clock=True)
    busy = {
        "Retry-After": "40",
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "Retry-After",
    }
    tries = requests(visitor.page, "/v1/events")

    await visitor.page.context.route("**/v1/events", lambda route: route.fulfill(status=503, headers=busy))
    assert 503 == await answered(visitor.page, "/v1/events", lambda: a_batch(visitor))
    await visitor.page.context.unroute_all(behavior="wait")
    first = len(tries)
    await visitor.page.clock.run_for(30_000)
    assert first == len(tries)

    await visitor.page.clock.run_for(LONGEST)
    assert 1 == len(of(await visitor.until(clicked(1)), Kind.CLICK))


@pytest_asyncio.fixture(loop_scope="module")
async def slow(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[asyncio.Event]:
    """An event store that keeps nothing until this is set."""
    go, append = asyncio.Event(), EventLog.append

    async def later(self: EventLog, *batch: Any) -> bool:
        await go.wait()
        return await append(self, *batch)

    monkeypatch.setattr(EventLog, "append", later)
    yield go
    go.set()


async def test_a_page_change_in_the_middle_of_sending(
    shop: Site, arrive: Arrive, slow: asyncio.Event
) -> None:
    """One batch is under way, one waits, one is open when the page goes: all arrive, each once, from both pages."""
    visitor = await arrive(shop, "/", clock=True)
    async with visitor.page.expect_request("**/v1/events"):
        await a_batch(visitor)
    await a_batch(visitor)
    await clicks()(visitor)

    await visitor.page.goto(shop.origin + "/basket")
    await sign(visitor.page)
    slow.set()
    await clicks()(visitor)

    found = await visitor.until(clicked(3))
    found = await visitor.events()
    assert [0, 0, 0, 1] == [e.page for e in of(found, Kind.CLICK)]
    assert gapless(await visitor.batches())


async def test_what_a_closing_page_may_not_send_does_not_hinder_the_rest(shop: Site, arrive: Arrive) -> None:
    """Requests that outlive their page share 64 KiB: the oldest batches go, as many as there is room for."""
    visitor = await arrive(shop, "/", clock=True)
    context = visitor.page.context
    await context.route("**/v1/events", lambda route: route.abort("connectionrefused"))
    for _ in range(40):
        await visitor.page.evaluate("for (let n = 0; n < 150; n++) yesmap.mark('added')")
        await visitor.page.clock.run_for(2 * BATCH)
    await context.unroute_all(behavior="wait")

    await visitor.page.goto("about:blank")

    found = await visitor.until(lambda found: len(of(found, Kind.MARK)) > 3000)
    assert events.RECORD.itemsize * len(found) < 64 * 1024 < events.RECORD.itemsize * 40 * 150
    assert gapless(await visitor.batches())


async def test_where_requests_end_with_their_page_the_last_batch_goes_by_beacon(
    shop: Site, arrive: Arrive
) -> None:
    """A browser whose fetch does not outlive the page: nothing of the visit is lost."""
    head = """<script>delete Request.prototype.keepalive; window.beacons = 0; const send = navigator.sendBeacon;
    navigator.sendBeacon = function (...what) { beacons++; return send.apply(this, what); }</script>"""
    shop.show("/", BODY, head=head)
    visitor = await arrive(shop, "/")
    await clicks()(visitor)

    assert 1 == len(of(await visitor.events(leave=False), Kind.CLICK))
    assert 1 == await visitor.page.evaluate("beacons")


async def test_a_recording_ends_in_a_page_that_stays_open(shop: Site, arrive: Arrive) -> None:
    """By the browser's own clock, asking nobody: the sign goes, and nothing is taken in any more."""
    visitor = await arrive(shop, "/", clock=True)
    until = int(json.loads(await visitor.page.evaluate("localStorage.yesmap"))["until"])

    await visitor.page.clock.pause_at(until / 1000 + 1)
    sent = requests(visitor.page, "/v1/events")
    await visitor.page.clock.run_for(2000)
    await no_sign(visitor.page)
    await a_batch(visitor)

    assert "off" == await visitor.page.evaluate("yesmap.state()")
    assert [] == sent


async def test_a_batch_is_numbers_and_a_token(shop: Site, arrive: Arrive) -> None:
    """No cookie, no referrer, no query or fragment, nothing of the page's text."""
    shop.show("/", '<button id="it">Ann Miller</button>')
    visitor = await arrive(shop, "/?secret=1#part", clock=True)

    async with visitor.page.expect_request("**/v1/events") as sent:
        await a_batch(visitor)

    request = await sent.value
    told = json.dumps(await request.all_headers()).encode() + (request.post_data_buffer or b"")
    assert b'"accept"' in told
    assert not [word for word in (b"secret", b"part", b"Ann", b"referer", b"cookie") if word in told]
