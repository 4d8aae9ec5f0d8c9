"""One browser, one collector and one site for each module, and sites of their own for tests that need them."""

import contextlib
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from playwright.async_api import Browser, BrowserContext, Page

from recorder import app as recorder_app
from recorder import views
from recorder.settings import read
from tests.conftest import a_recording, chromium
from tests.static.visitor import END, Site, Visitor, say_yes

Client = TestClient[web.Request, web.Application]
NewSite = Callable[..., Awaitable[Site]]
Open = Callable[..., Awaitable[Page]]
Arrive = Callable[..., Awaitable[Visitor]]

PAGES = [
    {"name": "Home", "pattern": "/"},
    {"name": "Basket", "pattern": "/basket"},
    {"name": "Case", "kind": "wildcard", "pattern": "/case/*"},
]

#: Tests that one visitor serves.
VISITS = 12

module = pytest_asyncio.fixture(scope="module", loop_scope="module")
test = pytest_asyncio.fixture(scope="function", loop_scope="module")


@module
async def browser(chromium_path: str) -> AsyncIterator[Browser]:
    async with chromium(chromium_path) as started:
        yield started


@module
async def collector(tmp_path_factory: pytest.TempPathFactory, redis_url: str) -> AsyncIterator[Client]:
    """The visitors' face on a port of its own, for all tests of a module."""
    data: Path = tmp_path_factory.mktemp("collector")
    async with TestClient(TestServer(recorder_app.build(read(data=data, redis_url=redis_url)))) as client:
        yield client


@module
async def new_site(collector: Client) -> AsyncIterator[NewSite]:
    """Makes a site with a recording of its own; `changes` are the recording's fields."""
    async with contextlib.AsyncExitStack() as stack:

        async def make(**changes: Any) -> Site:
            app = web.Application()
            server = await stack.enter_async_context(TestServer(app_of(app)))
            origin = str(server.make_url("/")).rstrip("/")
            fields = {"origins": [origin], "pages": PAGES, "marks": ["added", END]} | changes
            recording = await collector.app[views.REGISTRY].open(a_recording(**fields))
            site = Site(origin, recording, collector.app, str(collector.make_url("/")).rstrip("/"), {})
            app[SITE].append(site)
            return site

        yield make


@module
async def site(new_site: NewSite) -> Site:
    """The module's site; each test shows pages of its own on it."""
    return await new_site()


@test
async def contexts(browser: Browser) -> AsyncIterator[Callable[..., Awaitable[BrowserContext]]]:
    """Makes browsers that know nothing of each other, and closes them."""
    made: list[BrowserContext] = []

    async def make(**options: Any) -> BrowserContext:
        context = await browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        context.set_default_timeout(10_000)
        made.append(context)
        return context

    yield make
    for context in made:
        await context.close()


@test
async def arrive(contexts: Callable[..., Awaitable[BrowserContext]]) -> Arrive:
    """Opens a page and says yes. `clock`: time is the test's own; `options` are the browser's."""

    async def visit(site: Site, path: str, *, clock: bool = False, **options: Any) -> Visitor:
        context = await contexts(**options)
        if clock:
            await context.clock.install()
        page = await context.new_page()
        await page.goto(site.origin + path)
        return Visitor(page, site, await say_yes(page))

    return visit


@test
async def look(contexts: Callable[..., Awaitable[BrowserContext]]) -> Open:
    """Opens a page at a width, without an answer."""

    async def open_(site: Site, path: str, width: int = 1280) -> Page:
        context = await contexts(viewport={"width": width, "height": 800})
        page = await context.new_page()
        await page.goto(site.origin + path)
        return page

    return open_


@module
async def regulars(browser: Browser, site: Site) -> AsyncIterator[Callable[[], Awaitable[Visitor]]]:
    """Gives somebody whose yes stands, for some tests the same: each page replays all that was done to the clock."""
    visitors: list[Visitor] = []
    visits = itertools.count()

    async def regular() -> Visitor:
        if next(visits) % VISITS == 0:
            if visitors:
                await visitors.pop().page.context.close()
            context = await browser.new_context(viewport={"width": 1280, "height": 800}, has_touch=True)
            context.set_default_timeout(10_000)
            await context.clock.install()
            page = await context.new_page()
            site.show("/", "")
            await page.goto(site.origin + "/")
            visitors.append(Visitor(page, site, await say_yes(page)))
            visitors[0].yes = await visitors[0].now()
        return visitors[0]

    yield regular
    for visitor in visitors:
        await visitor.page.context.close()


@test
async def regular(regulars: Callable[[], Awaitable[Visitor]]) -> Visitor:
    """Somebody who comes back for each test, with time that is the test's own."""
    return await regulars()


_number = itertools.count()


@pytest.fixture
def place() -> str:
    """A path on the site that no other test uses."""
    return f"/case/{next(_number)}"


SITE = web.AppKey("site", list[Site])


def app_of(app: web.Application) -> web.Application:
    """A web server that shows what its site has at a path."""

    async def page(request: web.Request) -> web.Response:
        [site] = app[SITE]
        if request.path in site.answers:
            return await site.answers[request.path](request)
        if request.path not in site.pages:
            raise web.HTTPNotFound
        return web.Response(text=site.pages[request.path], content_type="text/html")

    app[SITE] = []
    app.router.add_route("*", "/{tail:.*}", page)
    return app
