"""What somebody may try who is not one of us, or is one and wants more: one test each."""

import asyncio
import json
from pathlib import Path

import pytest

from heatmap.parts import Parts
from heatmap.site.access import COOKIE, FORM_FIELD, FORM_HEADER, SESSIONS, USERS
from heatmap.site.roles import EVERYWHERE, Role
from heatmap.site.sessions import Stage, form_token
from recorder.recording import Recording
from recorder.settings import Settings
from recorder.views import now_ms
from tests.conftest import a_recording
from tests.heatmap.conftest import visit
from tests.heatmap.site.conftest import HTML, Client, become, held, send

HOSTILE = "{{ 's'*9 }}\"'><script>alert(1)</script><img src=x onerror=alert(1)>"


async def test_no_form_is_taken_from_another_site(member: Client) -> None:
    """CSRF: every address that changes something wants the page's own token, and refuses another site's origin."""
    for route in member.app.router.routes():
        where = route.resource.canonical if route.resource else ""
        if route.method in {"GET", "HEAD", "OPTIONS"}:
            continue
        path = where.replace("{", "").replace("}", "")
        bare = await member.request(route.method, path, data={})
        wrong = await member.request(route.method, path, data={FORM_FIELD: form_token("another")})
        foreign = await member.request(
            route.method,
            path,
            data={FORM_FIELD: form_token(held(member))},
            headers={"Origin": "https://evil.example"},
        )
        codes = [(await each.json())["error"]["code"] for each in (bare, wrong, foreign)]
        assert ["form_token", "form_token", "cross_site"] == codes, where


async def test_the_token_of_a_form_is_of_use_to_its_session_only(face: Client) -> None:
    """Somebody's own token does not open somebody else's session."""
    await become(face, "eve", {EVERYWHERE: Role.VIEWER})
    theirs = form_token(held(face))
    await become(face, "ada", {EVERYWHERE: Role.MANAGER})

    response = await face.post("/users", data={FORM_FIELD: theirs}, headers={FORM_HEADER: theirs})

    assert "form_token" == (await response.json())["error"]["code"]


async def test_an_id_that_was_planted_signs_nobody_in(face: Client) -> None:
    """Fixation: a session begins under an id that the server makes, whatever the browser came with."""
    face.session.cookie_jar.update_cookies({COOKIE: "planted"}, face.make_url("/"))
    await face.get("/signin", headers=HTML)
    await face.app[SESSIONS].begin("ada", Stage.IN, now_ms())

    assert await face.app[SESSIONS].find("planted", now_ms()) is None
    assert 401 == (await face.get("/me")).status


@pytest.mark.parametrize(
    "path", ["/", "/signin", "/me", "/users", "/nothing", "/recordings/ID/setup", "/api"]
)
async def test_no_page_can_be_framed(member: Client, recording: Recording, path: str) -> None:
    """Clickjacking: neither by the policy of today nor by the header of yesterday; and no page runs foreign script."""
    response = await member.get(path.replace("ID", recording.id), headers=HTML)

    policy = response.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "DENY" == response.headers["X-Frame-Options"]


@pytest.mark.parametrize(
    "path", ["/static/none.js", "/static/api.css", "/signin", "/api/v1/recordings", "/x"]
)
async def test_every_answer_carries_the_security_headers(face: Client, path: str) -> None:
    """Files, JSON, pages and refusals."""
    headers = (await face.get(path)).headers

    assert ("Yesmap", "nosniff", "DENY", "same-origin") == (
        headers["Server"],
        headers["X-Content-Type-Options"],
        headers["X-Frame-Options"],
        headers["Referrer-Policy"],
    )


async def test_hostile_names_are_text_on_every_page(member: Client, opened_parts: Parts) -> None:
    """XSS: names of sites, pages, releases, variants, marks and users, wherever they are shown."""
    name = HOSTILE[:40]
    made = await opened_parts.registry.open(
        a_recording(
            site=HOSTILE[:80],
            origins=["https://evil.example"],
            pages=[{"name": HOSTILE[:80], "pattern": "/"}],
            variants=[name],
            marks=[name],
            notice=a_recording().notice.model_dump() | {"purpose": {"en": HOSTILE, "nl": HOSTILE}},
        )
    )
    await opened_parts.registry.change(made.id, lambda r: r.model_copy(update={"seen_releases": [name]}))
    for _ in range(6):
        await visit(opened_parts, made, release=1)
    paths = ["/", "/consents", "/access", "/users", f"/recordings/new?like={made.id}"]
    paths += [
        f"/recordings/{made.id}{tab}"
        for tab in ("", "/setup", "/consents", "/outlook?full", "/findings", "/flow")
    ]

    for path in paths:
        response = await member.get(path, headers=HTML)
        text = await response.text()
        assert 200 == response.status, path
        assert "<script>alert" not in text, path
        assert "<img src=x" not in text, path
        assert "s" * 9 not in text, path


@pytest.mark.parametrize(
    "where", ["https://evil.example/", "//evil.example/", "/\\evil.example", "/%09/evil.example"]
)
async def test_signing_in_leads_to_nobody_elses_page(member: Client, where: str) -> None:
    """Open redirect: whoever is in, and comes with such a link, stays here."""
    response = await member.get("/signin", params={"next": where}, headers=HTML, allow_redirects=False)

    assert 303 == response.status
    to = response.url.join(member.make_url(response.headers["Location"]))
    assert to.host == member.make_url("/").host


@pytest.mark.parametrize(
    "path",
    [
        "/static/..%2f..%2frecorder%2fsettings.py",
        "/static/../../pyproject.toml",
        "/static/%2e%2e/%2e%2e/pyproject.toml",
        "/static/site.css%00.js",
        "/recordings/..%2f..%2fkeys%2fx/setup",
        "/recordings/ID/documents/..%2f..%2f..%2fapp.py",
        "/recordings/ID/pages/0/desktop/..%2f..%2f..%2fkeys%2fID",
        "/recordings/ID/0/desktop/..%2f..%2f..%2fkeys%2fID",
        "/welcome/..%2f..%2fusers%2fx",
        "/drafts/..%2frecordings%2fID",
    ],
)
async def test_no_path_leads_out(member: Client, recording: Recording, settings: Settings, path: str) -> None:
    """Path traversal: what is not served is not there, on the disk or in the store."""
    response = await member.get(path.replace("ID", recording.id), headers=HTML)

    assert 404 == response.status
    key = (Path(settings.objects_url) / "keys" / recording.id).read_bytes()
    assert key not in await response.read()


@pytest.mark.parametrize(
    "path", ["/access?from=N", "/recordings/ID/N/desktop/view.json", "/recordings/ID/replays?page=N"]
)
async def test_a_number_without_end_is_no_number(member: Client, recording: Recording, path: str) -> None:
    """It is passed over or refused, and nothing fails."""
    response = await member.get(path.replace("ID", recording.id).replace("N", "9" * 5000), headers=HTML)

    assert response.status in {200, 404}
    note = await send(member, f"/recordings/{recording.id}/notes", text="x", page="9" * 5000)
    assert 400 == note.status


@pytest.mark.parametrize(
    "line",
    [b"Cookie: yesmap-team=\xff", b"Cookie: yesmap-team=a\r\nX-Form-Token: \xff", b"Origin: http://[x"],
)
async def test_a_head_of_noise_is_refused(face: Client, line: bytes) -> None:
    """Bytes that are no text, and an origin that is no address, are somebody else's form and not a failure."""
    reader, writer = await asyncio.open_connection("127.0.0.1", face.port)
    writer.write(b"POST /signout HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n" + line + b"\r\n\r\n")

    assert b"HTTP/1.1 403 Forbidden" == (await reader.readline()).strip()
    writer.close()


async def test_nobody_gives_themselves_more(face: Client) -> None:
    """Mass assignment: a form sets what it is for, whoever adds fields to it; and nobody changes their own roles."""
    await become(face, "bob", {"Mine": Role.MANAGER})
    more = {
        "grants": '{"*": "manager"}',
        "password": "x" * 20,
        "secret": "A" * 16,
        "created": "0",
        "user": "ada",
    }

    added = await send(face, "/users", name="eve", role="viewer", site="Mine", **more)
    oneself = await send(face, "/users/grant", name="bob", role="manager", site="Mine")
    beyond = await send(face, "/users/grant", name="eve", role="manager", site=EVERYWHERE)

    assert [200, 409, 403] == [added.status, oneself.status, beyond.status]
    eve = await face.app[USERS].read("eve")
    assert ({"Mine": Role.VIEWER}, None, None) == (eve.grants, eve.password, eve.secret)
    assert {"Mine": Role.MANAGER} == (await face.app[USERS].read("bob")).grants


async def test_what_is_stored_signs_nobody_in(member: Client, settings: Settings) -> None:
    """Whoever reads the object store finds hashes: of session ids, of links, of API keys, of passwords."""
    secrets = [held(member)]
    made = await (await send(member, "/me/keys", name="CI", scopes="read", days="30")).text()
    secrets.append(made.partition('id="token" tabindex="0">')[2].partition("<")[0])
    added = await (await send(member, "/users", name="eve", role="viewer", site="*")).text()
    secrets.append(added.partition("/welcome/")[2].partition("<")[0])

    secrets.append(secrets[1].split("_", 2)[2])

    assert all(len(secret) > 20 for secret in secrets)
    texts = everything(settings)
    assert [] == [secret for secret in secrets if any(secret in text for text in texts)]


def everything(settings: Settings) -> list[str]:
    """All that is in the object store, as text."""
    files = [path for path in Path(settings.objects_url).rglob("*") if path.is_file()]
    return [file.read_text("utf-8", "replace") for file in files]


async def test_nothing_of_where_somebody_comes_from_is_kept(member: Client, settings: Settings) -> None:
    """Neither address nor browser, in sessions, access log or lock-out."""
    await member.get(
        "/", headers=HTML | {"User-Agent": "a browser of mine", "X-Forwarded-For": "203.0.113.9"}
    )
    await send(member, "/me/password", current="wrong", password="a better one, really")
    await member.get("/access", headers=HTML)

    found = [
        text
        for text in everything(settings)
        for word in ("a browser of mine", "203.0.113.9", "127.0.0.1")
        if word in text
    ]
    assert [] == found


async def test_a_failure_tells_nothing_of_itself(face: Client) -> None:
    """A refusal is one sentence in the one shape: no trace, no path."""
    await become(face, "ada", {EVERYWHERE: Role.MANAGER})

    response = await face.post(
        "/api/recordings", data=b"{" * 100, headers={FORM_HEADER: form_token(held(face))}
    )

    text = await response.text()
    assert {"error"} == set(json.loads(text))
    assert not {"Traceback", "/heatmap/", ".py"} & set(text.split())
    assert isinstance(response.status, int)
    assert response.status in {400, 415}


async def test_there_is_nobody_before_somebody_is_added(face: Client) -> None:
    """No default user and no default password."""
    assert await face.app[USERS].none_yet()
