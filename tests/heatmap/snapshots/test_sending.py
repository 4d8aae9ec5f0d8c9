"""Snapshots through the team's interface: with a key that may, and what is said when it may not."""

import json

import pytest

from heatmap import remote
from heatmap.parts import Parts
from heatmap.site.access import API_KEYS
from heatmap.site.apikeys import Scope
from heatmap.snapshots import sending, snapshots
from heatmap.snapshots.sending import KEY, Refused
from heatmap.snapshots.snapshots import Name
from recorder.errors import Malformed, Unavailable, Unusable
from recorder.recording import Recording
from recorder.views import now_ms
from tests.heatmap.site.conftest import Client, face, member
from tests.heatmap.snapshots.test_screenshot import a_picture
from tests.heatmap.snapshots.test_snapshot import a_document, a_row

__all__ = ["face", "member"]


async def environment(member: Client, scope: Scope = "snapshot") -> dict[str, str]:
    _, token = await member.app[API_KEYS].make("ada", "CI", [scope], None, now_ms(), now_ms() + 60_000)
    return {KEY: token}


async def test_a_snapshot_is_sent_and_kept(member: Client, opened_parts: Parts, recording: Recording) -> None:
    """Table and picture, as if it had been taken on the server."""
    url = str(member.make_url("/"))
    async with sending.opened(url, await environment(member)) as api:
        await api.keep(recording.id, a_document(a_row()), a_picture(380, 900))

    assert [Name(0, "mobile")] == await snapshots.names(opened_parts.store, recording.id)
    assert await snapshots.picture(opened_parts.store, recording.id, Name(0, "mobile"))


async def test_the_pages_of_a_recording_are_asked_for(member: Client, recording: Recording) -> None:
    """So that an address is found to be one of them; it takes the scope read."""
    async with sending.opened(str(member.make_url("/")), await environment(member, "read")) as api:
        assert recording.pages == await api.pages(recording.id)


async def test_what_the_teams_face_refuses_is_said(member: Client, recording: Recording) -> None:
    """In its own sentence: a key without the scope, a page that is not there, a recording that is not there."""
    url = str(member.make_url("/"))
    async with sending.opened(url, await environment(member, "read")) as api:
        with pytest.raises(Refused, match="scope snapshot"):
            await api.keep(recording.id, a_document(), a_picture(380, 900))
    async with sending.opened(url, await environment(member)) as api:
        with pytest.raises(Refused, match="no page 'Nowhere'"):
            await api.keep(recording.id, a_document(page="Nowhere"), a_picture(380, 900))
        with pytest.raises(Refused, match="no such recording"):
            await api.keep("0" * 12, a_document(), a_picture(380, 900))


@pytest.mark.parametrize(
    ("url", "env", "error"),
    [
        ("team.example.org", {KEY: "x"}, Malformed),
        ("https://team.example.org", {}, Unusable),
        ("http://127.0.0.1:1", {KEY: "x"}, Unavailable),
    ],
)
async def test_what_cannot_be_reached(url: str, env: dict[str, str], error: type[Exception]) -> None:
    """No address, no key, nobody there: each with its own sentence, and the key in none."""
    with pytest.raises(error) as refused:
        async with sending.opened(url, env) as api:
            await api.keep("0" * 12, a_document(), a_picture(380, 900))
    assert "x" not in str(refused.value).split()


def test_the_pages_of_a_recording_as_the_interface_tells_them() -> None:
    """Only what a page rule has is taken; what else is told does not matter."""
    told = {"name": "Home", "kind": "path", "pattern": "/", "query": [], "uncovered": 3}
    assert "Home" == sending._page(told).name
    assert {"a": 1} == remote.read(200, json.dumps({"a": 1}).encode())
    with pytest.raises(Refused, match="answers with 502"):
        remote.read(502, b"<html>Bad gateway</html>")
