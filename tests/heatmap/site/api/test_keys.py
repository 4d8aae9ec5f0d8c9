"""API keys by API."""

from heatmap.site.access import API_KEYS
from heatmap.site.roles import Role
from tests.heatmap.site.api.conftest import MakeKey
from tests.heatmap.site.conftest import Client, become


async def test_a_key_makes_keys_that_do_no_more(member: Client, make_key: MakeKey) -> None:
    """Not in scopes, not on other sites, not for longer; one ends one's own, and those of whom one manages."""
    await become(member, "bob", {"Mine": Role.MANAGER})
    await become(member, "eve", {"Mine": Role.VIEWER})
    await become(member, "mal", {"Mine": Role.VIEWER, "Theirs": Role.VIEWER})
    headers = await make_key("manage", "read", user="bob", site="Mine")
    for user in ("eve", "mal"):
        await make_key("read", user=user)
    member.session.cookie_jar.clear()

    async def make(**new: object) -> tuple[int, dict[str, dict[str, object]]]:
        answer = await member.post("/api/keys", json={"name": "more", **new}, headers=headers)
        return answer.status, await answer.json()

    status, made = await make(scopes=["read"], days=365)
    refused = [
        (await make(**new))[0] for new in ({"scopes": ["check"]}, {"scopes": ["read"], "site": "Theirs"})
    ]
    listed = (await (await member.get("/api/keys", headers=headers)).json())["items"]
    ended = [
        (await member.delete(f"/api/keys/{each['id']}", headers=headers)).status
        for each in listed
        if each["user"] == "eve"
    ]
    [mals] = [each.id for each in await member.app[API_KEYS].of("mal")]

    assert (201, "Mine", ["read"]) == (status, made["key"]["site"], made["key"]["scopes"])
    assert listed[0]["until"] == next(
        each["until"] for each in listed if each["name"] == "CI" and each["user"] == "bob"
    )
    assert [403, 404] == refused
    assert {"bob", "eve"} == {each["user"] for each in listed}
    assert [204] == ended
    assert 404 == (await member.delete(f"/api/keys/{mals}", headers=headers)).status
    token = {"Authorization": f"Bearer {made['token']}"}
    assert 200 == (await member.get("/api/recordings", headers=token)).status
    assert 403 == (await member.get("/api/keys", headers=token)).status
