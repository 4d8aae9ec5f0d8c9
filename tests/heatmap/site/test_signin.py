"""The way in: password, second factor, and what happens to those who guess."""

import asyncio
import re
from collections.abc import AsyncIterator

import pyotp
import pytest
from aiohttp.test_utils import TestClient, TestServer

from heatmap.site import app as team
from heatmap.site import entry, lockout, passwords
from heatmap.site.access import COOKIE, SESSIONS, USERS
from heatmap.site.invites import Invites
from heatmap.site.roles import EVERYWHERE, Role
from heatmap.site.safe import SAFE
from heatmap.site.sessions import digest
from heatmap.site.signin import our_page
from heatmap.site.users import User
from heatmap.site.welcome import INVITES, said
from recorder.errors import BadToken
from recorder.settings import Settings
from recorder.views import now_ms
from tests.heatmap.site.conftest import HTML, PASSWORD, Client, held, send


async def add(face: Client, name: str = "ada", **more: object) -> User:
    """A user with a password; `more` are fields of it."""
    kept = await passwords.hashed(PASSWORD)
    now = now_ms()
    user = User(name=name, grants={EVERYWHERE: Role.MANAGER}, created=now, password=kept, password_set=now)
    await face.app[USERS].add(user.model_copy(update=more))
    return user


async def open_door(face: Client) -> None:
    assert 200 == (await face.get("/signin", headers=HTML)).status


async def give_password(face: Client, name: str = "ada", password: str = PASSWORD) -> tuple[int, str]:
    """The status, and where it leads or what it says."""
    await open_door(face)
    response = await send(face, "/signin?next=/me", name=name, password=password)
    return response.status, response.headers.get("Location") or await response.text()


async def secret_shown(face: Client) -> str:
    text = await (await face.get("/signin", headers=HTML)).text()
    found = re.search(r'id="secret">([A-Z2-7]+)<', text)
    assert found, text
    return found[1]


@pytest.fixture
async def without_factor(team_settings: Settings) -> AsyncIterator[Client]:
    """A team that does without the second factor, and whose passwords last for 90 days."""
    chosen = team_settings.model_copy(update={"second_factor": False, "password_days": 90, "demo": False})
    async with TestClient(TestServer(team.build(chosen))) as client:
        yield client


async def test_the_second_factor_is_set_up_at_the_first_time_and_asked_for_ever_after(face: Client) -> None:
    """Password, QR code, a code of it, recovery codes; next time password and code; a recovery code once."""
    await add(face)
    assert (303, "/signin?next=/me") == await give_password(face)
    assert 401 == (await face.get("/me")).status
    secret = await secret_shown(face)
    code = pyotp.TOTP(secret).now()
    shown = await send(face, "/signin/factor?next=/me", code=code)
    codes = re.findall(r"<li>(\S+)", await shown.text())
    assert 10 == len(set(codes))
    assert 200 == (await face.get("/me")).status

    await send(face, "/signout")
    assert (303, "/signin?next=/me") == await give_password(face)
    again = await send(face, "/signin/code", code=code)
    by_recovery = await send(face, "/signin/code?next=/me", code=codes[3].upper())

    assert (401, 303, "/me") == (again.status, by_recovery.status, by_recovery.headers["Location"])
    await send(face, "/signout")
    await give_password(face)
    assert 401 == (await send(face, "/signin/code", code=codes[3])).status


async def test_a_code_of_the_app_lets_in(face: Client) -> None:
    """The one that it shows now."""
    secret = pyotp.random_base32()
    await add(face, secret=secret)
    await give_password(face)

    response = await send(face, "/signin/code?next=/me", code=pyotp.TOTP(secret).now())

    assert (303, "/me") == (response.status, response.headers["Location"])


async def test_each_step_has_an_id_of_its_own(face: Client) -> None:
    """Session fixation: an id that somebody else knew before is worth nothing after."""
    secret = pyotp.random_base32()
    await add(face, secret=secret)
    await open_door(face)
    ids = [held(face)]
    await give_password(face)
    ids.append(held(face))
    await send(face, "/signin/code", code=pyotp.TOTP(secret).now())
    ids.append(held(face))

    assert 3 == len(set(ids))
    for earlier in ids[:2]:
        assert await face.app[SESSIONS].find(earlier, now_ms()) is None


async def test_the_cookie_is_for_our_pages_only_and_the_store_has_its_hash(face: Client) -> None:
    """No script reads it, no other site sends it, and what is stored signs nobody in."""
    await add(face, secret=pyotp.random_base32())
    await open_door(face)
    response = await send(face, "/signin", name="ada", password=PASSWORD)

    cookie = response.headers["Set-Cookie"]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=Lax", "Path=/", f"{COOKIE}="))
    stored = await face.app[SESSIONS]._store.keys("sessions/")
    assert [f"sessions/{digest(held(face))}.json"] == stored


async def test_behind_https_the_cookie_is_secure(team_settings: Settings) -> None:
    """And named so that no other host can set it."""
    chosen = team_settings.model_copy(update={"team_url": "https://yesmap.example"})
    async with TestClient(TestServer(team.build(chosen))) as client:
        cookie = (await client.get("/signin", headers=HTML)).headers["Set-Cookie"]

    assert "Secure" in cookie
    assert cookie.startswith("__Host-yesmap-team=")


@pytest.mark.parametrize(
    ("name", "password"), [("ada", "wrong"), ("nobody", PASSWORD), ("", ""), ("é" * 99, "x")]
)
async def test_a_wrong_name_looks_like_a_wrong_password(face: Client, name: str, password: str) -> None:
    """Nobody learns which names there are."""
    await add(face)

    status, text = await give_password(face, name, password)

    assert 401 == status
    assert "not the name and password" in text


@pytest.mark.parametrize("name", ["ada", "nobody"])
async def test_who_guesses_waits_longer_and_longer(
    face: Client, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After five wrong ones the right one is refused too, for 15 s, 30 s …; a name that nobody has is treated alike."""
    await add(face)
    now = now_ms()
    clock = [now]
    monkeypatch.setattr("heatmap.site.entry.now_ms", lambda: clock[0])
    for _ in range(lockout.FREE):
        assert 401 == (await give_password(face, name, "wrong"))[0]

    status, text = await give_password(face, name)
    assert 429 == status
    assert "15 seconds" in text
    clock[0] += 15_000
    assert 401 == (await give_password(face, name, "wrong"))[0]
    assert "30 seconds" in (await give_password(face, name))[1]
    clock[0] += 30_000
    assert (303 if name == "ada" else 401) == (await give_password(face, name))[0]


@pytest.mark.parametrize("name", ["ada", "nobody"])
async def test_who_guesses_many_at_once_has_no_more_tries(face: Client, name: str) -> None:
    """A try counts from its beginning on, so that the others see it."""
    await add(face)
    await open_door(face)

    answers = await asyncio.gather(*(send(face, "/signin", name=name, password="wrong") for _ in range(9)))

    assert [401] * lockout.FREE + [429] * 4 == sorted(each.status for each in answers)


async def test_nor_who_guesses_many_codes_at_once(face: Client) -> None:
    """Of a million codes three are right: only the wait keeps them from being tried."""
    await add(face, secret=pyotp.random_base32())
    await give_password(face)

    answers = await asyncio.gather(*(send(face, "/signin/code", code="no code") for _ in range(9)))

    assert [401] * lockout.FREE + [429] * 4 == sorted(each.status for each in answers)


async def test_the_right_password_does_not_make_up_for_wrong_codes(face: Client) -> None:
    """Who has the password cannot guess the code by starting again and again."""
    await add(face, secret=pyotp.random_base32())
    for _ in range(lockout.FREE):
        assert 303 == (await give_password(face))[0]
        assert 401 == (await send(face, "/signin/code", code="000000")).status

    assert 429 == (await give_password(face))[0]


async def test_no_address_is_kept_of_those_who_guess(face: Client, team_settings: Settings) -> None:
    """The lock-out counts by name: nothing in the store says where somebody came from."""
    await add(face)
    await give_password(face, "ada", "wrong")

    text = (await face.app[USERS].read("ada")).model_dump_json()

    assert '"tries":{"wrong":1' in text
    assert "127.0.0.1" not in text


async def test_without_the_second_factor_the_password_is_enough(without_factor: Client) -> None:
    """A setting of the team."""
    await add(without_factor)

    assert (303, "/me") == await give_password(without_factor)


async def test_a_password_that_is_too_old_is_replaced(without_factor: Client) -> None:
    """Not by itself, nor by a short one; then one is in, and the new one counts."""
    await add(without_factor, password_set=now_ms() - 91 * 24 * 3600 * 1000)
    assert (303, "/signin?next=/me") == await give_password(without_factor)
    assert 401 == (await without_factor.get("/me")).status

    for wrong in (PASSWORD, "short", "aaaaaaaaaaaaaaaa", "ada likes long ones"):
        assert 400 == (await send(without_factor, "/signin/password", password=wrong)).status
    done = await send(without_factor, "/signin/password?next=/me", password="a better one, really")

    assert (303, "/me") == (done.status, done.headers["Location"])
    await send(without_factor, "/signout")
    assert (303, "/me") == await give_password(without_factor, "ada", "a better one, really")


async def test_nobody_skips_a_step(face: Client) -> None:
    """A form of a later step leads back to the one that comes first."""
    await add(face, secret=pyotp.random_base32())
    await give_password(face)

    for step in ("factor", "password"):
        response = await send(face, f"/signin/{step}", code="1", password="a better one, really", later="1")
        assert (303, "/signin") == (response.status, response.headers["Location"])
    assert 401 == (await face.get("/me")).status


async def test_the_factor_may_wait_in_the_demo_only(face: Client, team_settings: Settings) -> None:
    """Its visitors are simulated; everywhere else the button is not there and does nothing."""
    chosen = team_settings.model_copy(update={"demo": False})
    await add(face)
    await give_password(face)
    assert (303, "/me") == _led(await send(face, "/signin/factor?next=/me", later="1"))

    async with TestClient(TestServer(team.build(chosen))) as real:
        await give_password(real)
        assert "later" not in await (await real.get("/signin", headers=HTML)).text()
        assert 401 == (await send(real, "/signin/factor", later="1")).status


def _led(response: object) -> tuple[int, str]:
    return response.status, response.headers["Location"]  # type: ignore[attr-defined]


async def test_the_first_user_comes_by_a_link_that_is_good_once(face: Client) -> None:
    """The start makes it; whoever opens it on this machine chooses name and password, and may do everything."""
    first = face.app[INVITES].first
    assert first
    path = f"/welcome/{first}"
    assert 200 == (await face.get(path, headers=HTML)).status
    assert 400 == (await send(face, path, name="a b", password=PASSWORD)).status
    assert 400 == (await send(face, path, name="Ada", password="short")).status

    done = await send(face, path, name=" Ada ", password=PASSWORD)

    assert 303 == done.status
    assert {EVERYWHERE: Role.MANAGER} == (await face.app[USERS].read("ada")).grants
    assert 404 == (await face.get(path, headers=HTML)).status
    assert 404 == (await send(face, path, name="eve", password=PASSWORD)).status


@pytest.mark.parametrize(
    "headers", [{"X-Forwarded-For": "127.0.0.1"}, {"Forwarded": "for=127.0.0.1"}, {"Host": "yesmap.example"}]
)
async def test_the_first_link_is_for_this_machine_only(face: Client, headers: dict[str, str]) -> None:
    """Neither through a proxy nor under another name."""
    response = await face.get(f"/welcome/{face.app[INVITES].first}", headers=HTML | headers)

    assert 404 == response.status


async def test_a_face_that_others_reach_makes_no_first_link(team_settings: Settings) -> None:
    """There, `yesmap user add` is the way."""
    chosen = team_settings.model_copy(update={"team_host": "0.0.0.0"})  # noqa: S104
    async with TestClient(TestServer(team.build(chosen))) as client:
        assert client.app is not None
        assert client.app[INVITES].first is None


async def test_the_start_says_when_passwords_could_be_read(face: Client) -> None:
    """Without TLS, on an address that others reach."""
    quiet = ["http://127.0.0.1:8100", "http://localhost:8100", "https://yesmap.example"]
    loud = ["http://0.0.0.0:8100", "http://yesmap.example"]

    warned = [url for url in quiet + loud if any("without TLS" in line for line in said(face.app, url))]

    assert loud == warned


async def test_an_invited_user_sets_a_password_once(face: Client) -> None:
    """The link is of no use afterwards, and none after three days."""
    await face.app[USERS].add(User(name="bob", created=now_ms()))
    invites: Invites = face.app[INVITES]
    late = await invites.make("bob", now_ms() - 4 * 24 * 3600 * 1000)
    assert 404 == (await face.get(f"/welcome/{late}", headers=HTML)).status
    token = await invites.make("bob", now_ms())
    await face.get(f"/welcome/{token}", headers=HTML)

    done = await send(face, f"/welcome/{token}", password=PASSWORD, name="eve")

    assert 303 == done.status
    assert 404 == (await send(face, f"/welcome/{token}", password="another long one")).status
    assert (await face.app[USERS].read("bob")).password
    assert ["bob"] == [user.name for user in await face.app[USERS].all()]


@pytest.mark.parametrize("first", [True, False], ids=["the first user", "an invited one"])
async def test_of_two_who_use_a_link_at_once_one_comes_too_late(face: Client, first: bool) -> None:
    """A password that is refused does not use it up."""
    token = face.app[INVITES].first
    if not first:
        await face.app[USERS].add(User(name="bob", created=now_ms()))
        token = await face.app[INVITES].make("bob", now_ms())
    path = f"/welcome/{token}"
    await face.get(path, headers=HTML)
    assert 400 == (await send(face, path, name="bob", password="short")).status

    taken = await asyncio.gather(*(send(face, path, name=name, password=PASSWORD) for name in ("bob", "eve")))

    assert [303, 404] == sorted(response.status for response in taken)
    assert 1 == len(await face.app[USERS].all())


async def test_a_factor_that_was_set_up_meanwhile_is_not_replaced(face: Client) -> None:
    """Of two who have given the password before there was one, the second cannot put theirs in its place."""
    user, secrets = await add(face), [pyotp.random_base32() for _ in range(2)]
    began = now_ms()
    first, second = [
        entry.set_factor(
            *(face.app[USERS], face.app[SAFE], user.name, secret),
            *(pyotp.TOTP(secret).now(), began + 1, began),
        )
        for secret in secrets
    ]
    await first

    with pytest.raises(BadToken, match="in the meantime"):
        await second

    kept = (await face.app[USERS].read(user.name)).secret
    assert secrets[0] == face.app[SAFE].open(kept or "", user.name)


@pytest.mark.parametrize(
    "where",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/%0d%0aSet-Cookie:x".replace("%0d%0a", "\r\n"),
        "///evil.example",
        "evil",
        "http://[",
        "",
    ],
)
async def test_signing_in_leads_to_our_own_pages_only(where: str) -> None:
    """Open redirect: an address of another site leads to the first page."""
    assert "/" == our_page(where)


def test_signing_in_leads_where_one_wanted_to_go() -> None:
    """With its query."""
    assert "/recordings/x?page=1&layer=move" == our_page("/recordings/x?page=1&layer=move")
