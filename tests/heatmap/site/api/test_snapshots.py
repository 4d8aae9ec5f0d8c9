"""Snapshots from CI: taken with a key, checked, written anew."""

import base64
import io
import json
from typing import Any

import pytest
from aiohttp import ClientResponse, FormData
from PIL import Image, PngImagePlugin

from heatmap.parts import Parts
from heatmap.site.access import API_KEYS
from heatmap.site.apikeys import Scope
from heatmap.snapshots import snapshot, snapshots
from recorder.recording import Recording
from recorder.views import now_ms
from tests.heatmap.site.conftest import Client

ROW = {"hash": 7, "tag": "a", "x": 10, "y": 20, "w": 30, "h": 40} | {
    "visible": True,
    "fixed": False,
    "group": False,
    "name": "Basket",
}


def document(**changes: Any) -> bytes:
    return snapshot.written("Home", "desktop", 1280, 900, [ROW], **changes)


def picture(size: tuple[int, int] = (1280, 900), kind: str = "PNG") -> bytes:
    about = PngImagePlugin.PngInfo()
    about.add_text("Author", "somebody")
    out = io.BytesIO()
    Image.new("RGB", size, "#abc").save(out, kind, **({"pnginfo": about} if kind == "PNG" else {}))
    return out.getvalue()


async def key(member: Client, *scopes: Scope) -> dict[str, str]:
    """A key of these scopes, to send along."""
    _, token = await member.app[API_KEYS].make("ada", "CI", list(scopes), None, now_ms(), now_ms() + 60_000)
    return {"Authorization": f"Bearer {token}"}


async def upload(
    member: Client, recording: Recording, parts: dict[str, bytes], scope: Scope = "snapshot"
) -> ClientResponse:
    form = FormData(default_to_multipart=True)
    for name, content in parts.items():
        form.add_field(name, content, filename=name)
    headers = await key(member, scope)
    return await member.post(f"/api/recordings/{recording.id}/snapshots", data=form, headers=headers)


async def test_ci_sends_a_snapshot_with_a_key(
    member: Client, opened_parts: Parts, recording: Recording
) -> None:
    """It is kept as if it had been taken here; of the picture only the pixels."""
    response = await upload(member, recording, {"snapshot": document(), "image": picture()})

    assert 201 == response.status, await response.text()
    assert {
        "page": "Home",
        "device": "desktop",
        "state": "",
        "elements": 1,
        "picture": True,
    } == await response.json()
    [name] = await snapshots.names(opened_parts.store, recording.id)
    kept = await snapshots.picture(opened_parts.store, recording.id, name)
    assert kept is not None
    assert b"somebody" not in kept
    assert ("WEBP", (1280, 900)) == ((shown := Image.open(io.BytesIO(kept))).format, shown.size)


async def test_json_does_as_well(member: Client, opened_parts: Parts, recording: Recording) -> None:
    """The picture in base64."""
    body = {"snapshot": json.loads(document()), "image": base64.b64encode(picture(kind="JPEG")).decode()}
    headers = await key(member, "snapshot")

    response = await member.post(f"/api/recordings/{recording.id}/snapshots", json=body, headers=headers)

    assert 201 == response.status, await response.text()
    assert 1 == len(await snapshots.names(opened_parts.store, recording.id))


async def test_a_picture_alone_will_do(member: Client, recording: Recording) -> None:
    """With the page's name and its device class, for whoever has a screenshot only."""
    response = await upload(
        member, recording, {"page": b"Basket", "device": b"mobile", "image": picture((380, 700))}
    )

    assert 201 == response.status, await response.text()
    assert 0 == (await response.json())["elements"]


@pytest.mark.parametrize(
    ("parts", "status", "said"),
    [
        ({"snapshot": b"{}"}, 400, "cannot be read"),
        ({"snapshot": document(), "image": b"no picture"}, 400, "picture cannot be read"),
        ({"snapshot": document(), "image": picture((1280, 90))}, 400, "whole page"),
        ({"snapshot": document(), "image": b"<svg/>"}, 400, "PNG, JPEG, WEBP"),
        ({"snapshot": document(), "more": b"x"}, 400, "nothing else"),
        ({"page": b"Home"}, 400, "needs the part snapshot"),
        ({"page": b"Home", "device": b"watch", "image": picture()}, 400, "desktop, tablet or mobile"),
        ({"page": b"../../keys", "device": b"mobile", "image": picture((380, 700))}, 400, "no page"),
        ({"page": b"x" * 500, "device": b"mobile"}, 413, "more than 400 bytes"),
    ],
)
async def test_what_is_no_snapshot_is_refused(
    member: Client, opened_parts: Parts, recording: Recording, parts: dict[str, bytes], status: int, said: str
) -> None:
    """With one sentence, and nothing is kept."""
    response = await upload(member, recording, parts)

    assert status == response.status
    assert said in (await response.json())["error"]["message"]
    assert [] == await snapshots.names(opened_parts.store, recording.id)


async def test_a_key_for_something_else_sends_none(member: Client, recording: Recording) -> None:
    """A key may do what its scopes say."""
    response = await upload(member, recording, {"snapshot": document()}, "read")

    assert (403, "scope") == (response.status, (await response.json())["error"]["code"])


async def test_nothing_but_a_form_or_json_is_taken(member: Client, recording: Recording) -> None:
    """A bare picture does not say of which page it is."""
    headers = await key(member, "snapshot") | {"Content-Type": "image/png"}

    response = await member.post(f"/api/recordings/{recording.id}/snapshots", data=picture(), headers=headers)

    assert 415 == response.status


@pytest.mark.parametrize(
    "body", [b"--x\r\n52422--x--\r\n", b"--x\r\n\xff: 1\r\n\r\n--x--", b"", b"--y--\r\n"]
)
async def test_a_form_that_is_none_is_refused(member: Client, recording: Recording, body: bytes) -> None:
    """Also one whose parts have no heads, from a program with a key and from a page."""
    held = await key(member, "snapshot")
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    by_key = await member.post(
        f"/api/recordings/{recording.id}/snapshots", data=body, headers={**held, **kind}
    )
    by_page = await member.post("/signin", data=body, headers=kind)

    assert 400 == by_key.status
    assert by_page.status in {400, 403}


async def test_what_pages_look_like_is_listed_and_removed(
    member: Client, opened_parts: Parts, recording: Recording
) -> None:
    """As on their page, by keys of other scopes: who may send snapshots may take them away, and need not see them."""
    await upload(member, recording, {"snapshot": document(), "image": picture()})
    await upload(member, recording, {"snapshot": document(state="menu-open")})
    path, sends, reads = (
        f"/api/recordings/{recording.id}/snapshots",
        await key(member, "snapshot"),
        await key(member, "read"),
    )

    first = await (await member.get(f"{path}?limit=1", headers=reads)).json()
    rest = await (await member.get(f"{path}?after={first['next']}", headers=reads)).json()
    refused = [
        (await member.get(path, headers=sends)).status,
        (await member.delete(f"{path}/0-desktop", headers=reads)).status,
    ]
    removed = [(await member.delete(f"{path}/0-desktop", headers=sends)).status for _ in range(2)]

    [plain], [opened] = first["items"], rest["items"]
    assert ("0-desktop", "Home", "desktop", 1, True) == tuple(
        plain[n] for n in ("name", "page", "device", "elements", "picture")
    )
    assert ("menu-open", False, None) == (opened["state"], opened["picture"], rest["next"])
    assert ([403, 403], [204, 404]) == (refused, removed)
    assert [opened["name"]] == [str(name) for name in await snapshots.names(opened_parts.store, recording.id)]
