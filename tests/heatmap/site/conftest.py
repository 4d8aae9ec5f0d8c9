"""The team's face, with nobody or somebody signed in."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer
from playwright.async_api import Browser, Page

from heatmap.site import app as team
from heatmap.site.access import COOKIE, FORM_FIELD, SESSIONS, USERS
from heatmap.site.roles import EVERYWHERE, Grants, Role
from heatmap.site.sessions import Stage, form_token
from heatmap.site.users import User
from recorder.protocol import Runner
from recorder.settings import Settings
from recorder.views import now_ms

Client = TestClient[web.Request, web.Application]

#: What a browser's address bar asks for.
HTML = {"Accept": "text/html"}
PASSWORD = "four words and a comma"


class Server(TestServer):
    """Answers what is no request at all as the program does."""

    async def _make_runner(self, **options: Any) -> Runner:
        return Runner(self.app, access_log=None, **options)


@pytest.fixture
async def face(team_settings: Settings) -> AsyncIterator[Client]:
    """The team's face, nobody signed in."""
    async with TestClient(Server(team.build(team_settings))) as client:
        yield client


@pytest.fixture
async def member(face: Client) -> Client:
    """The team's face, with a manager of every site signed in."""
    return await become(face, "ada", {EVERYWHERE: Role.MANAGER})


async def become(face: Client, name: str, grants: Grants) -> Client:
    """From now on the client is this user, who is made if need be."""
    users = face.app[USERS]
    if name not in {user.name for user in await users.all()}:
        await users.add(User(name=name, grants=dict(grants), created=now_ms()))
    held = await face.app[SESSIONS].begin(name, Stage.IN, now_ms())
    face.session.cookie_jar.update_cookies({COOKIE: held}, face.make_url("/"))
    return face


def held(face: Client) -> str:
    """What the client's cookie holds."""
    cookie = face.session.cookie_jar.filter_cookies(face.make_url("/")).get(COOKIE)
    return cookie.value if cookie else ""


async def send(face: Client, path: str, **form: str) -> ClientResponse:
    """Send a form as a page of ours does; redirects are not followed."""
    data = {FORM_FIELD: form_token(held(face)), **form}
    return await face.post(path, data=data, headers=HTML, allow_redirects=False)


async def signed_in(browser: Browser, member: Client) -> Page:
    """A page of a browser in which the client's user is signed in."""
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(10_000)
    url = str(member.make_url("/"))
    await context.add_cookies([{"name": COOKIE, "value": held(member), "url": url}])
    return await context.new_page()
