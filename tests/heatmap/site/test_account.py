"""One's own account: sessions, password, second factor, keys."""

import pyotp
import pytest

from heatmap.site import passwords
from heatmap.site.access import API_KEYS, SESSIONS, USERS
from heatmap.site.roles import EVERYWHERE, Role
from heatmap.site.sessions import Stage, digest
from recorder.views import now_ms
from tests.heatmap.site.conftest import HTML, PASSWORD, Client, become, held, send

NEW = "a better one, really"


@pytest.fixture
async def ada(member: Client) -> Client:
    """Signed in, with a password and a second factor."""
    kept = await passwords.hashed(PASSWORD)
    fields = {"password": kept, "password_set": now_ms(), "secret": pyotp.random_base32()}
    await member.app[USERS].change("ada", lambda user: user.model_copy(update=fields))
    return member


async def test_another_session_is_ended(ada: Client) -> None:
    """By its own button, or all others at once; somebody else's is not there."""
    sessions = ada.app[SESSIONS]
    other, third = [await sessions.begin("ada", Stage.IN, now_ms()) for _ in range(2)]
    theirs = await sessions.begin("bob", Stage.IN, now_ms())

    one = await send(ada, "/me/sessions", session=digest(other))
    foreign = await send(ada, "/me/sessions", session=digest(theirs))
    everyone = await send(ada, "/me/sessions", session="others")

    assert [303, 404, 303] == [one.status, foreign.status, everyone.status]
    left = [await sessions.find(each, now_ms()) is not None for each in (other, third, theirs, held(ada))]
    assert [False, False, True, True] == left


async def test_the_password_is_changed_by_who_knows_it(ada: Client) -> None:
    """All other sessions end, this one goes on under another id, and the page's own forms still work."""
    other = await ada.app[SESSIONS].begin("ada", Stage.IN, now_ms())
    before = held(ada)
    wrong = await send(ada, "/me/password", current="wrong", password=NEW)
    same = await send(ada, "/me/password", current=PASSWORD, password=PASSWORD)

    done = await send(ada, "/me/password", current=PASSWORD, password=NEW)

    assert [401, 400, 200] == [wrong.status, same.status, done.status]
    assert await passwords.right(NEW, (await ada.app[USERS].read("ada")).password)
    assert [None, None] == [await ada.app[SESSIONS].find(each, now_ms()) for each in (other, before)]
    assert 303 == (await send(ada, "/me/sessions", session="others")).status


async def test_a_new_second_factor_is_set_up_anew(ada: Client) -> None:
    """With the password; until it is proven by a code the old one stays."""
    old = (await ada.app[USERS].read("ada")).secret
    assert 401 == (await send(ada, "/me/factor", current="wrong")).status

    asked = await send(ada, "/me/factor", current=PASSWORD)

    assert (303, "/signin?next=/") == (asked.status, asked.headers["Location"])
    assert "Set up your second factor" in await (await ada.get("/signin", headers=HTML)).text()
    assert old == (await ada.app[USERS].read("ada")).secret


async def test_a_key_is_shown_once(ada: Client) -> None:
    """Then only its name; ended, it opens nothing any more."""
    made = await (await send(ada, "/me/keys", name="CI of <b>", scopes="read", days="30")).text()
    token = made.partition('id="token" tabindex="0">')[2].partition("<")[0]
    headers = {"Authorization": f"Bearer {token}"}
    assert 200 == (await ada.get("/api/recordings", headers=headers)).status
    page = await (await ada.get("/me", headers=HTML)).text()
    assert token not in page
    assert "CI of &lt;b&gt;" in page

    [key] = await ada.app[API_KEYS].of("ada")
    await send(ada, "/me/keys/end", key=key.id)

    assert 401 == (await ada.get("/api/recordings", headers=headers)).status


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "", "scopes": "read", "days": "30"},
        {"name": "x", "days": "30"},
        {"name": "x", "scopes": "everything", "days": "30"},
        {"name": "x", "scopes": "read", "days": "9999"},
    ],
)
async def test_a_key_without_an_end_or_a_scope_is_not_made(ada: Client, fields: dict[str, str]) -> None:
    """Nor one for a site of somebody else."""
    assert 400 == (await send(ada, "/me/keys", **fields)).status
    await become(ada, "bob", {"Mine": Role.VIEWER})
    assert 404 == (await send(ada, "/me/keys", name="x", scopes="read", days="30", site="Theirs")).status
    await become(ada, "ada", {EVERYWHERE: Role.MANAGER})
    assert [] == await ada.app[API_KEYS].of("ada")
