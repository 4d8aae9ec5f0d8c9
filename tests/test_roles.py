"""What each role may do in the object store: a real S3 server keeps the policies of recorder/operate.

Each does all of its work under its own, and is refused what it has no business with.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr

from heatmap import parts
from heatmap.cluster.crew import DaskCrew
from heatmap.crew import Crew
from heatmap.end import certificate, end, retention
from heatmap.parts import Parts
from heatmap.site.pagecodes import PageCodes
from recorder import app as recorder_app
from recorder import events, limits, metrics, objects, operator
from recorder.errors import NotFound, Unavailable
from recorder.recording import DAY_MS, Recording
from recorder.registry import key_key
from recorder.settings import Settings
from recorder.views import now_ms
from tests import compose, drawers, s3server
from tests.conftest import ORIGIN, a_recording
from tests.heatmap.cluster.conftest import said
from tests.heatmap.conftest import crowd
from tests.recorder.sample import batch
from tests.recorder.test_receipts import ask, read, withdraw
from tests.recorder.test_rights import post, rights
from tests.recorder.test_views import FROM, refusal, say_yes, send

Results = dict[str, object]
Client = TestClient[web.Request, web.Application]
ROLES = ("collector", "team", "drawer")
#: For who looks at what the roles have done; whose the bucket is may not read what others write into it.
ANYTHING = """{"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "s3:*", "Resource": ["arn:aws:s3:::yesmap", "arn:aws:s3:::yesmap/*"]}]}"""
Become = Callable[[str], None]
NOBODY = "redis://127.0.0.1:9/0"


@pytest.fixture(scope="module")
def store(s3: s3server.Server) -> dict[str, str]:
    """The bucket and the prefix of docker-compose.yml, on a server of ours."""
    url = compose.store_url()
    asyncio.run(s3.new_bucket(url.split("/")[2]))
    return {"store_url": url, "s3_endpoint": s3.url, "s3_region": "default"}


@pytest.fixture(scope="module")
def known(s3: s3server.Server, store: dict[str, str]) -> dict[str, dict[str, str]]:
    """Each role's credentials."""
    policies = {role: compose.policy(role) for role in ROLES} | {"anybody": ANYTHING}
    return {name: asyncio.run(s3.new_user(name, policy)) for name, policy in policies.items()}


@pytest.fixture
def become(known: dict[str, dict[str, str]], monkeypatch: pytest.MonkeyPatch) -> Become:
    """Says as whom a store is opened from now on."""

    def become(role: str) -> None:
        for name, value in known[role].items():
            monkeypatch.setenv(name, value)

    return become


@pytest.fixture
def chosen(settings: Settings, store: dict[str, str]) -> Settings:
    """The visitors' face's settings."""
    return settings.model_copy(update=store)


@pytest.fixture
async def team(
    become: Become, team_settings: Settings, redis_url: str, store: dict[str, str]
) -> AsyncIterator[Parts]:
    """The team's parts, on an event store that lets a crowd in too."""
    become("team")
    anybody = team_settings.model_copy(update={**store, "redis_url": SecretStr(redis_url)})
    async with parts.opened(anybody) as opened:
        yield opened


@pytest.fixture
async def opened(team: Parts) -> AsyncIterator[Recording]:
    """A recording that the team has opened, and ends."""
    made = await team.registry.open(a_recording())
    yield made
    await end.close(team, made.id)


@pytest.fixture
async def collector(
    become: Become, chosen: Settings, opened: Recording, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Client]:
    """The visitors' face, which looks at each request anew what has become of the recording."""
    monkeypatch.setattr(limits, "RECORDING_SECONDS", 0.0)
    become("collector")
    async with TestClient(TestServer(recorder_app.build(chosen))) as client:
        yield client


async def test_the_visitors_face_serves_a_visitor_from_the_question_to_the_certificate(
    collector: Client, opened: Recording, team: Parts
) -> None:
    """All that it does with the object store, under its own policy."""
    assert 200 == (await collector.get("/v1/recording", headers=FROM)).status
    assert 200 == (await collector.get(f"/notices/{opened.nv}/en")).status
    held, other = await say_yes(collector, opened), await say_yes(collector, opened)
    assert 204 == (await send(collector, events.encode(held["token"], batch(release="1.4.0")))).status
    assert ["1.4.0"] == (await team.registry.read(opened.id)).seen_releases

    right = await rights(collector, held)
    assert 200 == (await post(collector, "/v1/purposes", rights=right, purposes=["replay"])).status
    assert 200 == (await post(collector, "/v1/pause", rights=right, paused=True)).status
    own = await (await post(collector, "/v1/mine", rights=right)).json()
    assert ["given", "changed"] == [record["state"] for record in own["consent"]]
    await withdraw(collector, held)
    assert (410, "withdrawn") == await refusal(await post(collector, "/v1/mine", rights=right))
    assert "withdrawn" == (await read(collector, opened, held["audit"]))["state"]

    await end.finish(team, opened.id)
    assert 204 == (await collector.get("/v1/recording", headers=FROM)).status
    assert "destroyed" == (await read(collector, opened, other["audit"]))["state"]
    assert 200 == (await collector.get(f"/certificates/{opened.id}")).status
    assert (410, "destroyed") == await refusal(
        await post(collector, "/v1/rights", token=other["token"], audit=other["audit"])
    )


async def test_the_visitors_face_leads_the_team_onto_its_page(
    collector: Client, opened: Recording, team: Parts
) -> None:
    """With a code that the team's face has made, which is used up there."""
    codes = PageCodes(team.store, team.registry)
    code = await codes.make(opened.id, "ada", "https://yesmap.example", now_ms())

    response = await collector.post("/v1/background", data=json.dumps({"code": code}), headers=FROM)

    assert {"team": "https://yesmap.example"} == await response.json()
    async with codes.used(code, ORIGIN, now_ms()):
        pass


async def test_what_is_not_there_is_not_found_either_by_who_may_not_list_it(
    collector: Client, opened: Recording
) -> None:
    """Servers refuse it to them, which is no failure of the store; and the face can work."""
    assert 204 == (await collector.get("/v1/recording", headers={"Origin": "https://other.example"})).status
    assert 404 == (await collector.get("/notices/000000000000/en")).status
    assert 404 == (await collector.get(f"/certificates/{opened.id}")).status
    assert 404 == (await collector.get("/certificates/none")).status
    for audit in ("a" * 26, "short"):
        assert 404 == (await ask(collector, opened, audit)).status
    shown = await collector.post("/v1/background", data=json.dumps({"code": "c" * 43}), headers=FROM)
    assert (404, "code") == await refusal(shown)

    async with TestClient(TestServer(operator.build([metrics.watched(collector.app)]))) as watching:
        assert 200 == (ready := await watching.get("/readyz")).status, await ready.text()


async def test_the_team_ends_a_recording_with_a_drawer_and_removes_what_is_over(
    team: Parts,
    opened: Recording,
    become: Become,
    store: dict[str, str],
    team_settings: Settings,
    users: dict[str, str],
    tmp_path: Path,
) -> None:
    """The drawer reads keys by itself; everything else is the team's, to the end of what is kept for years."""
    await crowd(team, opened)
    become("drawer")
    drawer = team_settings.model_copy(update={**store, "redis_url": SecretStr(users["drawer"])})
    with drawers.cluster(tmp_path, drawer) as cluster:
        await said(cluster.drawer(), "drawing for")
        drawn = replace(team, crew=DaskCrew(cluster.settings, Crew(NOBODY)))
        ended = await end.finish(drawn, opened.id)

    certified = await team.store.get(f"certificates/{opened.id}.json")
    assert 25 == certificate.verify(certified.data)["counts"]["sessions"]
    assert {"versions": "none", "object_lock": "none"} == cast(Results, ended.results["checks"])[
        "object_store"
    ]
    over = await retention.over(team, now_ms() + 4 * 365 * DAY_MS, 365)
    assert "pictures" in {each.what for each in over}
    await retention.forget(team, over)
    assert [] == await team.store.keys(f"pictures/{opened.id}/")
    async with objects.opened(drawer.objects_url, drawer) as keys:
        with pytest.raises(NotFound):
            await keys.get(key_key(opened.id))


#: What somebody has there.
THERE = (
    *(
        "recordings/r.json",
        "origins/o",
        "notices/n.json",
        "keys/k",
        "certificates/c.json",
        "pagecodes/p.json",
    ),
    *(f"consents/0123456789ab/{'a' * 26}/given.json", "pictures/r/1/click.png", "snapshots/r/s.json"),
    *("notes/r/n.json", "leases/r.json", "users/u.json", "apikeys/a.json", "sessions/s.json"),
    *("invites/i.json", "drafts/d.json", "access/2026-11-30/a.jsonl", "proof/p"),
)


def below(*folders: str) -> set[str]:
    return {name for name in THERE if name.split("/")[0] in folders}


EVERYTHING = set(THERE)
MAY_READ = {
    "collector": below(
        *("recordings", "origins", "notices", "keys", "consents", "certificates", "pagecodes", "proof")
    ),
    "team": EVERYTHING,
    "drawer": below("keys"),
}
MAY_WRITE = {"collector": below("recordings", "consents", "proof"), "team": EVERYTHING, "drawer": set[str]()}
MAY_REMOVE = {
    "collector": below("proof"),
    "team": EVERYTHING - below("notices", "certificates"),
    "drawer": set[str](),
}
MAY_LIST = {
    "collector": {"origins", "keys", "proof"},
    "team": {name.split("/")[0] for name in THERE},
    "drawer": {"keys"},
}


@pytest.mark.parametrize("role", ROLES)
async def test_no_role_may_do_more_than_its_part(become: Become, chosen: Settings, role: str) -> None:
    """Object by object: read, written, removed, listed; what is refused leaves everything as it was."""
    become("anybody")
    async with objects.opened(chosen.objects_url, chosen) as anybody:
        for name in THERE:
            await anybody.put(name, b"there")
        become(role)
        async with objects.opened(chosen.objects_url, chosen) as store:
            assert MAY_READ[role] == {name for name in THERE if await may(store.get(name))}
            folders = {name.split("/")[0] for name in THERE}
            assert MAY_LIST[role] == {each for each in folders if await may(store.keys(f"{each}/"))}
            for prefix in ("", "consents/0123456789ab/", "consents/0123456789ab/a", "pictures/r/"):
                assert (role == "team") is await may(store.keys(prefix)), prefix
            assert MAY_WRITE[role] == {name for name in THERE if await may(store.put(name, b"written"))}
            written = {name for name in THERE if (await anybody.get(name)).data == b"written"}
            assert MAY_WRITE[role] == written
            assert MAY_REMOVE[role] == {name for name in THERE if await may(store.delete(name))}
            assert EVERYTHING - MAY_REMOVE[role] == EVERYTHING & set(await anybody.keys(""))
        for name in THERE:
            await anybody.delete(name)


async def may(asked: Awaitable[object]) -> bool:
    """Whether the store does not refuse it."""
    try:
        await asked
    except Unavailable as error:
        if "AccessDenied" not in error.message:
            raise
        return False
    return True
