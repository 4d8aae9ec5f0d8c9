"""Users and the access log by API."""

from datetime import UTC, datetime

from heatmap.site.access import LOOKS, USERS
from heatmap.site.looks import Look
from heatmap.site.roles import EVERYWHERE, Role
from recorder.recording import Recording
from recorder.views import now_ms
from tests.heatmap.site.api.conftest import Headers, MakeKey
from tests.heatmap.site.conftest import HTML, Client, become


async def test_a_user_is_added_listed_and_removed(member: Client, key: Headers) -> None:
    """With a link to hand over; nobody removes themselves."""
    new = {"name": "Bob@Example.org", "role": "analyst", "site": "Example shop"}
    added = await member.post("/api/users", json=new, headers=key)
    again = await member.post("/api/users", json=new, headers=key)
    listed = await (await member.get("/api/users", headers=key)).json()
    link = (await added.json())["link"]
    assert 200 == (await member.get(link[link.index("/welcome") :], headers=HTML)).status
    removed = await member.delete("/api/users/bob@example.org", headers=key)
    oneself = await member.delete("/api/users/ada", headers=key)

    assert [201, 409, 204, 409] == [added.status, again.status, removed.status, oneself.status]
    assert [("ada", False), ("bob@example.org", False)] == [
        (u["name"], u["second_factor"]) for u in listed["items"]
    ]
    assert {"Example shop": "analyst"} == listed["items"][1]["roles"]
    assert 404 == (await member.get(link[link.index("/welcome") :], headers=HTML)).status


async def test_a_manager_of_a_site_gives_roles_there_only(member: Client, make_key: MakeKey) -> None:
    """Not for every site, not for another one, not to somebody who has more elsewhere."""
    await become(member, "bob", {"Mine": Role.MANAGER})
    await become(member, "eve", {"Mine": Role.VIEWER, "Theirs": Role.MANAGER})
    headers = await make_key("manage", user="bob")
    member.session.cookie_jar.clear()

    for site, status in (("Mine", 201), ("Theirs", 403), ("*", 403)):
        new = {"name": f"x{status}{len(site)}", "role": "viewer", "site": site}
        assert status == (await member.post("/api/users", json=new, headers=headers)).status
    assert 403 == (await member.delete("/api/users/eve", headers=headers)).status
    listed = await (await member.get("/api/users", headers=headers)).json()
    assert {"bob", "eve", "x2014"} == {user["name"] for user in listed["items"]}
    assert "ada" in {user.name for user in await member.app[USERS].all()}


async def test_a_key_of_one_site_is_of_no_use_on_another(
    member: Client, recording: Recording, make_key: MakeKey
) -> None:
    """Also where no address names a recording, and whatever its maker may do elsewhere."""
    await become(member, "bob", {"Theirs": Role.VIEWER})
    headers = await make_key("manage", site="Theirs")
    member.session.cookie_jar.clear()
    opening: dict[str, object] = {
        "notice": recording.notice.model_dump(),
        "pages": [{"name": "Home", "pattern": "/"}],
        "site": recording.site,
        "origins": ["https://new.example"],
        "confirmed": True,
    }

    for name, site in (("x", "*"), ("y", recording.site)):
        new = {"name": name, "role": "manager", "site": site}
        assert 403 == (await member.post("/api/users", json=new, headers=headers)).status
    assert 403 == (await member.post("/api/recordings", json=opening, headers=headers)).status
    await member.app[LOOKS].add(Look(now_ms(), "ada", "page", recording.id, recording.site))
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    looks = await (await member.get("/api/access", params={"day": day}, headers=headers)).json()
    assert set() == {look["site"] for look in looks["items"]} - {"Theirs"}
    listed = await (await member.get("/api/users", headers=headers)).json()
    assert ["bob"] == [user["name"] for user in listed["items"]]


async def test_a_user_is_given_another_role_and_set_up_anew(member: Client, key: Headers) -> None:
    """A role comes and goes by site; with a reset everything that let them in ends, and there is a link."""
    await become(member, "bob", {"Mine": Role.VIEWER, "Theirs": Role.ANALYST})
    held = await become(member, "bob", {})
    assert 200 == (await held.get("/me", headers=HTML, allow_redirects=False)).status
    roles = [
        (await (await member.post("/api/users/bob/roles", json=change, headers=key)).json())["roles"]
        for change in ({"role": "manager", "site": "Mine"}, {"role": None, "site": "Theirs"})
    ]
    oneself = await member.post("/api/users/ada/roles", json={"role": None}, headers=key)
    reset = await member.post("/api/users/bob/reset", headers=key)
    link = (await reset.json())["link"]

    assert [{"Mine": "manager", "Theirs": "analyst"}, {"Mine": "manager"}] == roles
    assert [409, 200, 409] == [
        oneself.status,
        reset.status,
        (await member.post("/api/users/ada/reset", headers=key)).status,
    ]
    assert 303 == (await member.get("/me", headers=HTML, allow_redirects=False)).status
    assert 200 == (await member.get(link[link.index("/welcome") :], headers=HTML)).status


async def test_the_access_log_comes_in_parts(member: Client, recording: Recording, key: Headers) -> None:
    """The latest first."""
    for page in ("", "/setup", "/consents"):
        await member.get(f"/recordings/{recording.id}{page}", headers=key)
    await become(member, "ada", {})
    for page in ("", "/setup", "/consents"):
        await member.get(f"/recordings/{recording.id}{page}", headers=HTML)
    day = f"{datetime.now(UTC):%Y-%m-%d}"

    first = await (await member.get("/api/access", params={"day": day, "limit": "2"}, headers=key)).json()
    rest = await (
        await member.get("/api/access", params={"day": day, "after": first["next"]}, headers=key)
    ).json()

    assert {"setup", "consents"} <= {look["of"] for look in first["items"] + rest["items"]}
    assert 2 == len(first["items"])
    assert [] == [look for look in rest["items"] if look in first["items"]]


async def test_the_access_log_is_that_of_a_moment_ago_and_of_whom_one_asks_for(
    member: Client, recording: Recording, key: Headers
) -> None:
    """By user and by recording, as on its page."""
    await become(member, "grace", {EVERYWHERE: Role.ANALYST})
    await member.get(f"/recordings/{recording.id}/setup", headers=HTML)
    await member.get("/", headers=HTML)
    member.session.cookie_jar.clear()
    day = f"{datetime.now(UTC):%Y-%m-%d}"

    told = [
        (await (await member.get(f"/api/access?day={day}{more}", headers=key)).json())["items"]
        for more in ("&user=grace", f"&user=grace&recording={recording.id}", "&user=nobody")
    ]

    assert [2, 1, 0] == [len(lines) for lines in told]
    assert "setup" == told[1][0]["of"]


async def test_who_manages_a_site_sees_who_was_given_a_role_on_it(member: Client, key: Headers) -> None:
    """By whomever, and nothing of other sites or of all."""
    for name, site in (("bob", "Example shop"), ("eve", "Elsewhere"), ("zoe", "*")):
        new = {"name": name, "role": "viewer", "site": site}
        assert 201 == (await member.post("/api/users", json=new, headers=key)).status
    await become(member, "grace", {"Example shop": Role.MANAGER})

    text = await (await member.get("/access", headers=HTML)).text()

    assert [True, False, False] == [f"Added the user {name}" in text for name in ("bob", "eve", "zoe")]
