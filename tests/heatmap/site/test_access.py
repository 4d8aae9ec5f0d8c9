"""Who may do what: every address, every role, every site."""

import json
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from heatmap.parts import Parts
from heatmap.site import app as team
from heatmap.site.access import API_KEYS, LOOKS, access_of, anybody, needs
from heatmap.site.apikeys import Scope
from heatmap.site.roles import Role
from recorder.objects import Folder
from recorder.recording import Recording, State
from recorder.settings import Settings
from recorder.views import now_ms
from tests.conftest import a_recording
from tests.heatmap.conftest import visit
from tests.heatmap.site.conftest import HTML, Client, become

#: Whoever they are.
OPEN = {
    "/rules.js",
    "/static/{name}",
    "/signin",
    "/signin/code",
    "/signin/factor",
    "/signin/password",
    "/signout",
    "/welcome/{token}",
    "/api/openapi.json",
    "/background",  # with a one-time code
}
SITE = "Example shop"


def routes(settings: Settings) -> list[web.AbstractRoute]:
    return [
        route
        for route in team.build(settings).router.routes()
        if route.resource is not None and route.method != "HEAD"
    ]


def test_every_address_says_who_may_see_it(team_settings: Settings) -> None:
    """A view is guarded, or stands on the short list of those that are open."""
    for route in routes(team_settings):
        access = access_of(route.handler)
        where = route.resource.canonical if route.resource else ""
        assert access is not None, f"{route.method} {where} does not say who may see it"
        assert (access.role is None) == (where in OPEN), f"{route.method} {where}"


def test_whatever_has_a_recording_names_it_so(team_settings: Settings) -> None:
    """The grant is looked up by the name `{recording}`: no address may call it otherwise."""
    for route in routes(team_settings):
        where = route.resource.canonical if route.resource else ""
        if "/recordings/{" in where:
            assert "/recordings/{recording}" in where


async def test_a_view_that_does_not_say_is_shown_to_nobody(team_settings: Settings) -> None:
    """Forgetting `@needs` closes a page; it never opens one."""

    async def forgotten(_: web.Request) -> web.Response:
        return web.Response(text="secret")

    app = team.build(team_settings)
    app.router.add_get("/forgotten", forgotten)
    async with web_client(app) as client:
        await become(client, "ada", {"*": Role.MANAGER})

        response = await client.get("/forgotten")

        assert 403 == response.status
        assert "secret" not in await response.text()


async def test_nobody_looks_without_signing_in(face: Client, recording: Recording) -> None:
    """A guarded page sends a browser to the way in; programs, what is for them, and forms are refused."""
    for route in face.app.router.routes():
        where = route.resource.canonical if route.resource else ""
        path = (
            where.replace("{recording}", recording.id).replace("{page}", "0").replace("{device}", "desktop")
        )
        if where in OPEN or "{" in path:
            continue
        browser = await face.request(route.method, path, headers=HTML, allow_redirects=False)
        program = await face.request(route.method, path)
        if route.method in {"GET", "HEAD"}:
            led = browser.headers.get("Location", "").startswith("/signin?next=/")
            expected = (401, False) if path.startswith("/api/") else (303, True)
            assert expected == (browser.status, led), path
            assert 401 == program.status, path
        else:
            assert {403} == {browser.status, program.status}, path


@pytest.mark.parametrize(
    ("role", "running", "ended"),
    [(Role.VIEWER, 403, 200), (Role.ANALYST, 200, 200), (Role.MANAGER, 200, 200)],
)
async def test_a_viewer_sees_final_pictures_only(
    face: Client, opened_parts: Parts, recording: Recording, role: Role, running: int, ended: int
) -> None:
    """Previews are for analysts; what is final is for everybody with a grant."""
    await become(face, "user", {SITE: role})
    address = f"/recordings/{recording.id}"

    before = (await face.get(address, headers=HTML)).status
    await opened_parts.registry.change(
        recording.id,
        lambda r: r.model_copy(
            update={
                "state": State.CERTIFIED,
                "reached": {State.CLOSING: 1, State.DRAWN: 1, State.SHREDDED: 1},
            }
        ),
    )
    after = (await face.get(address, headers=HTML)).status

    assert (running, ended) == (before, after)


async def test_where_everything_was_lost_a_viewer_reads_so(
    face: Client, opened_parts: Parts, recording: Recording
) -> None:
    """Pictures, findings and flow: there are none, and will be none; the list leads there, and there is no report."""
    await become(face, "user", {SITE: Role.VIEWER})
    why = "The recording's key is not where it was kept."
    lost = {
        "state": State.CERTIFIED,
        "reached": {State.CLOSING: 1, State.KEYS_LOST: 1},
        "results": {"lost": why},
    }
    await opened_parts.registry.change(recording.id, lambda r: r.model_copy(update=lost))
    address = f"/recordings/{recording.id}"

    for tab in ("", "/findings", "/flow"):
        answer = await face.get(address + tab, headers=HTML)
        assert 200 == answer.status
        assert "key is not where it was kept" in await answer.text()
    assert f'href="{address}"' in await (await face.get("/", headers=HTML)).text()
    assert 409 == (await face.get(f"{address}/report.html")).status


async def test_other_sites_are_not_there(face: Client, recording: Recording) -> None:
    """Somebody without a grant for a site does not even learn that it has a recording."""
    await become(face, "user", {"Another site": Role.MANAGER})

    unknown = await face.get("/recordings/000000000000")
    foreign = await face.get(f"/recordings/{recording.id}")

    assert 404 == foreign.status
    assert await unknown.json() == await foreign.json()
    assert SITE not in await (await face.get("/", headers=HTML)).text()


async def test_a_user_who_is_removed_is_out_at_once(member: Client, team_settings: Settings) -> None:
    """A session outlives nobody."""
    folder = Path(team_settings.objects_url) / "users"
    for file in folder.iterdir():
        file.unlink()

    assert 401 == (await member.get("/")).status


async def test_a_key_opens_what_it_was_made_for(member: Client, recording: Recording) -> None:
    """A page that names no scope is opened by no key, whatever it may do."""
    scopes: list[Scope] = ["snapshot", "check", "read", "manage"]
    _, token = await member.app[API_KEYS].make("ada", "CI", scopes, None, now_ms(), now_ms() + 1000)
    member.session.cookie_jar.clear()

    refused = await member.get("/", headers={"Authorization": f"Bearer {token}"})
    wrong = await member.get("/", headers={"Authorization": f"Bearer {token[:-1]}"})

    assert (403, "not_by_key") == (refused.status, (await refused.json())["error"]["code"])
    assert (401, "bad_key") == (wrong.status, (await wrong.json())["error"]["code"])


async def test_every_look_is_written_down(member: Client, opened_parts: Parts, recording: Recording) -> None:
    """Who, when, which recording and what; the same page again within ten minutes is one look."""
    for _ in range(6):
        await visit(opened_parts, recording)
    before = now_ms()
    for _ in range(2):
        await member.get(f"/recordings/{recording.id}")
        await member.get(f"/recordings/{recording.id}/0/desktop/click.png")

    looks = member.app[LOOKS]
    await looks.write()
    [day] = await looks.days()
    found = [look for look in await looks.on(day) if look.recording]

    assert [("ada", "page", SITE, ""), ("ada", "picture", SITE, "0/desktop/click.png")] == sorted(
        (look.user, look.what, look.site, look.of) for look in found
    )
    assert all(before <= look.at <= now_ms() for look in found)


async def test_a_replay_is_written_down_before_it_is_shown(
    team_settings: Settings, recording: Recording
) -> None:
    """Whatever happens afterwards, the look is in the store when the view begins."""
    kept = Folder(Path(team_settings.objects_url))
    seen: list[dict[str, object]] = []

    @needs(Role.ANALYST, look="replay")
    async def replay(_: web.Request) -> web.Response:
        for key in await kept.keys("access/"):
            seen.extend(json.loads(line) for line in (await kept.get(key)).data.splitlines())
        return web.Response()

    app = team.build(team_settings)
    app.router.add_get("/recordings/{recording}/looked-at/{replay}", replay)
    async with web_client(app) as client:
        await become(client, "ada", {SITE: Role.ANALYST})
        await client.get(f"/recordings/{recording.id}/looked-at/7")

    assert [("ada", "replay", "looked-at/7")] == [(look["user"], look["what"], look["of"]) for look in seen]


def test_anybody_is_what_it_says() -> None:
    """The mark of an open view names no role."""

    @anybody
    async def door(_: web.Request) -> web.Response:
        return web.Response()

    access = access_of(door)
    assert access is not None
    assert access.role is None


def web_client(app: web.Application) -> Client:
    return TestClient(TestServer(app))


async def test_a_recording_of_no_grant_is_not_listed(face: Client, opened_parts: Parts) -> None:
    """The list shows what one may see, and nothing else."""
    for site in ("Mine", "Theirs"):
        await opened_parts.registry.open(a_recording(site=site, origins=[f"https://{site.lower()}.example"]))
    await become(face, "user", {"Mine": Role.ANALYST})

    text = await (await face.get("/", headers=HTML)).text()

    assert ("Mine" in text, "Theirs" in text) == (True, False)
