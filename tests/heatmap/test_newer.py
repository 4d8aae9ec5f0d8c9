"""A recording that a newer release wrote, after a return to this one: it stops no other, and is told of everywhere."""

import asyncio
import json

import pytest
from aiohttp.test_utils import TestClient, TestServer

from heatmap import cli, metrics
from heatmap.end import retention
from heatmap.parts import Parts
from heatmap.site.roles import EVERYWHERE, Role
from recorder import operator
from recorder.errors import Malformed
from recorder.recording import Recording
from recorder.registry import Registry, recording_key
from recorder.settings import Settings
from recorder.views import now_ms
from tests.conftest import a_recording
from tests.heatmap.site.api.conftest import MakeKey, make_key
from tests.heatmap.site.api.test_recordings import OPENING
from tests.heatmap.site.conftest import HTML, Client, become, face, member
from tests.heatmap.test_recordingcommands import Yesmap, yesmap
from tests.recorder.test_operator import figures

__all__ = ["face", "make_key", "member", "yesmap"]

WHY = "has version 2; this release reads version 1: use a newer one."


@pytest.fixture
async def newer(opened_parts: Parts, recording: Recording) -> Recording:
    """One of two recordings, as this release left it and before a newer one wrote it."""
    made = await opened_parts.registry.open(a_recording(site="Theirs", origins=["https://theirs.example"]))
    await rewrite(opened_parts, made)
    return made


async def rewrite(parts: Parts, recording: Recording) -> None:
    stored = json.loads(recording.to_json()) | {"version": 2}
    await parts.store.put(recording_key(recording.id), json.dumps(stored).encode())


async def test_figures_count_it_apart(face: Client, recording: Recording, newer: Recording) -> None:
    """`/metrics` tells of the others as ever."""
    async with TestClient(TestServer(operator.build([metrics.watched(face.app)]))) as watching:
        told = await figures(watching)

    assert 1 == told["yesmap_recordings_newer"]
    assert 1 == told['yesmap_recordings{state="open"}']


async def test_the_list_has_the_others_and_a_sentence(
    member: Client, recording: Recording, newer: Recording
) -> None:
    """For those who may see every site, since nobody knows of which it is."""
    text = await (await member.get("/", headers=HTML)).text()
    theirs = await (
        await (await become(member, "bob", {recording.site: Role.VIEWER})).get("/", headers=HTML)
    ).text()

    assert f"/recordings/{recording.id}" in text
    assert f"Recording {newer.id} cannot be read" in text
    assert WHY in text
    assert f"/recordings/{recording.id}" in theirs
    assert newer.id not in theirs


@pytest.mark.parametrize("afar", [True, False])
async def test_the_command_lists_the_others_and_says_so(
    yesmap: Yesmap,
    recording: Recording,
    newer: Recording,
    team_settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    afar: bool,
) -> None:
    """`yesmap recording list`, from afar and beside the stores."""
    if afar:
        said = await yesmap("recording", "list")
    else:
        said = await beside(["recording", "list"], team_settings, monkeypatch, capsys)

    assert recording.id in said
    [line] = [line for line in said.splitlines() if newer.id in line]
    assert WHY in line


async def test_what_is_over_is_removed_beside_it(
    opened_parts: Parts,
    newer: Recording,
    team_settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`yesmap retention` says that of this one nothing goes; the worker says it in each of its rounds."""
    for name in ("access/2020-01-01/1-aa.jsonl", f"consents/{newer.id}/{'a' * 26}/given.json"):
        await opened_parts.store.put(name, b"{}\n")

    [over] = await retention.over(opened_parts, newer.end * 2, 365)
    said = await beside(["retention"], team_settings, monkeypatch, capsys)

    assert "access log" == over.what
    assert "1 objects were removed." in said
    assert f"Recording {newer.id} cannot be read" in said


async def beside(
    words: list[str], chosen: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> str:
    """What a command says that opens the stores itself."""
    monkeypatch.undo()
    for name, value in chosen.as_environment().items():
        monkeypatch.setenv(name, value)
    capsys.readouterr()
    await asyncio.to_thread(cli.main, words)
    return capsys.readouterr().out


async def test_others_are_opened_by_whoever_manages_every_site(
    member: Client, make_key: MakeKey, newer: Recording
) -> None:
    """Its addresses may be anybody's, so a manager of one site is told to ask."""
    everywhere = await make_key("manage")
    await become(member, "bob", {"Example shop": Role.MANAGER})
    of_one_site = await make_key("manage", user="bob")
    member.session.cookie_jar.clear()

    refused = await member.post("/api/recordings", json=OPENING, headers=of_one_site)
    opened = await member.post("/api/recordings", json=OPENING, headers=everywhere)

    assert (403, 201) == (refused.status, opened.status)
    assert "ask a manager of every site" in (await refused.json())["error"]["message"]


async def test_the_pages_of_users_accesses_and_consents_go_on(
    member: Client, opened_parts: Parts, recording: Recording, newer: Recording
) -> None:
    """Also where looks at it are listed."""
    await become(member, "ada", {EVERYWHERE: Role.MANAGER})
    await member.get(f"/recordings/{recording.id}/setup", headers=HTML)
    await rewrite(opened_parts, recording)

    for page in ("/", "/users", "/access", "/consents"):
        assert 200 == (await member.get(page, headers=HTML)).status, page


async def test_a_key_of_it_is_let_go_of_and_keeps_no_other(
    opened_parts: Parts, recording: Recording, newer: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a process that had it in memory while the newer release wrote."""
    monkeypatch.setattr("recorder.limits.RECORDING_SECONDS", 0)
    registry = Registry(opened_parts.store, opened_parts.keys)
    for each in (newer, recording):
        await registry.key(each)

    await registry.let_go(now_ms())

    assert [recording.id] == list(registry._secrets)
    with pytest.raises(Malformed):
        await registry.get(newer.id)
