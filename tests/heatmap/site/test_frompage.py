"""A background from the page itself, at the team's face: who gets a code, what it takes, and what it does not."""

import asyncio
import json
from typing import Any

import pytest
from aiohttp import ClientResponse, FormData

from heatmap.parts import Parts
from heatmap.site.access import LOOKS, USERS
from heatmap.site.frompage import FRAGMENT, PAGE_CODES
from heatmap.site.pagecodes import LIFE_MS
from heatmap.site.roles import EVERYWHERE, Role
from heatmap.snapshots import snapshots
from heatmap.snapshots.snapshots import Name
from recorder.recording import Recording, State
from recorder.views import now_ms
from tests.conftest import ORIGIN, a_recording
from tests.heatmap.site.api.test_snapshots import document, picture
from tests.heatmap.site.conftest import HTML, Client, become, send


async def code_for(member: Client, recording: Recording, made: int | None = None) -> str:
    """A code of the client's user, made now or at that time."""
    codes = member.app[PAGE_CODES]
    return await codes.make(recording.id, "ada", "https://team.example", now_ms() if made is None else made)


async def upload(
    member: Client, code: str, *, origin: str = ORIGIN, data: bytes | None = None, image: bytes | None = None
) -> ClientResponse:
    """As a page of the site sends it: from another origin, without cookies."""
    form = FormData(default_to_multipart=True)
    form.add_field("snapshot", document() if data is None else data, filename="snapshot.json")
    if image is not None:
        form.add_field("image", image, filename="page.png")
    headers = {"Authorization": f"Bearer {code}", "Origin": origin, "Cookie": ""}
    return await member.post("/background", data=form, headers=headers)


async def refused(response: ClientResponse) -> tuple[int, str]:
    return response.status, (await response.json())["error"]["code"]


async def kept(parts: Parts, recording: Recording) -> list[Name]:
    return await snapshots.names(parts.store, recording.id)


async def test_an_analyst_gets_a_link_to_a_page_of_the_site(member: Client, recording: Recording) -> None:
    """The code stands behind the `#`, in place of what stood there, and in the store it does not."""
    path = f"/recordings/{recording.id}/backgrounds/code"
    response = await send(member, path, address=f"{ORIGIN}/basket?a=b#old")

    link = (await response.json())["link"]
    address, _, code = link.partition(f"#{FRAGMENT}")
    assert (201, f"{ORIGIN}/basket?a=b", 43) == (response.status, address, len(code))
    assert "no-store" == response.headers["Cache-Control"]
    [key] = await member.app[PAGE_CODES]._store.keys("pagecodes/")
    assert code not in key
    await become(member, "eve", {EVERYWHERE: Role.VIEWER})
    assert 403 == (await send(member, path, address=f"{ORIGIN}/")).status


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        f"{ORIGIN}.evil.example/",
        f"{ORIGIN}@evil.example/",
        "javascript:alert(1)",
        "/basket",
        "https://[",
        "",
    ],
)
async def test_a_link_leads_to_no_other_site(member: Client, recording: Recording, address: str) -> None:
    """And no code is made for one."""
    response = await send(member, f"/recordings/{recording.id}/backgrounds/code", address=address)

    assert 400 == response.status
    assert [] == await member.app[PAGE_CODES]._store.keys("pagecodes/")


async def test_what_was_taken_is_kept_with_who_took_it(
    member: Client, opened_parts: Parts, recording: Recording
) -> None:
    """Its page may read the answer; the list says by whom, the access log has it, and the code is used up."""
    code = await code_for(member, recording)

    response = await upload(member, code, image=picture())

    assert (201, ORIGIN) == (response.status, response.headers["Access-Control-Allow-Origin"])
    assert "Access-Control-Allow-Credentials" not in response.headers
    [name] = await kept(opened_parts, recording)
    made = await snapshots.document(opened_parts.store, recording.id, name)
    assert ("ada", "Home", 1) == (made.by, made.page, len(made.elements))
    assert abs(now_ms() - made.at) < 60_000
    shown = await (await member.get(f"/recordings/{recording.id}/backgrounds", headers=HTML)).text()
    assert "taken from the page by ada" in shown
    await (looks := member.app[LOOKS]).write()
    [look, *_] = await looks.on((await looks.days())[0])
    assert ("ada", "background taken from the page", "Home, desktop") == (look.user, look.what, look.of)
    assert (404, "code") == await refused(await upload(member, code, image=picture()))


async def test_of_two_at_the_same_moment_one_is_taken(member: Client, recording: Recording) -> None:
    """Whoever comes second is told."""
    code = await code_for(member, recording)

    both = await asyncio.gather(*(upload(member, code) for _ in range(2)))

    assert [201, 404] == sorted(each.status for each in both)


async def test_a_refusal_says_why_and_leaves_the_code(
    member: Client, opened_parts: Parts, recording: Recording
) -> None:
    """What is no picture, too small, not measured or of another page is refused like any other snapshot."""
    code = await code_for(member, recording)
    wrong: list[dict[str, Any]] = [
        {"image": b"no picture"},
        {"image": picture((1280, 100))},
        {"data": b"{}"},
        {"data": document().replace(b"Home", b"Nowhere")},
        {"data": document(by="eve", at=1)},
    ]
    for each in wrong:
        response = await upload(member, code, **each)
        assert (400, "malformed") == await refused(response)
        assert ORIGIN == response.headers["Access-Control-Allow-Origin"]
    assert [] == await kept(opened_parts, recording)

    assert 201 == (await upload(member, code)).status


async def test_a_code_ends_by_itself(member: Client, recording: Recording) -> None:
    """After ten minutes; the next one that is made removes it."""
    code = await code_for(member, recording, now_ms() - LIFE_MS)

    assert (404, "code") == await refused(await upload(member, code))

    await code_for(member, recording)
    assert 1 == len(await member.app[PAGE_CODES]._store.keys("pagecodes/"))


async def test_a_code_is_of_use_from_the_pages_of_its_recording_only(
    member: Client, opened_parts: Parts, recording: Recording
) -> None:
    """Where another recording is open its page is told so; where none is, nobody may read the answer."""
    other = await opened_parts.registry.open(a_recording(origins=["https://other.example"]))
    code = await code_for(member, recording)

    elsewhere = await upload(member, code, origin="https://other.example")
    nowhere = await upload(member, code, origin="https://evil.example")

    assert ((404, "code"), 404) == (await refused(elsewhere), nowhere.status)
    assert "https://other.example" == elsewhere.headers["Access-Control-Allow-Origin"]
    assert "Access-Control-Allow-Origin" not in nowhere.headers
    assert [] == await kept(opened_parts, recording) + await kept(opened_parts, other)


async def test_only_this_address_is_shared_and_only_with_recorded_origins(
    member: Client, recording: Recording
) -> None:
    """A browser that asks beforehand is told the same: no other method, address, origin or header."""
    ask = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}

    ours = await member.options("/background", headers={"Origin": ORIGIN} | ask)
    foreign = await member.options("/background", headers={"Origin": "https://evil.example"} | ask)
    others = await member.options(f"/api/recordings/{recording.id}", headers={"Origin": ORIGIN} | ask)

    shared = {name: value for name, value in ours.headers.items() if name.startswith("Access-Control")}
    assert {
        "Access-Control-Allow-Origin": ORIGIN,
        "Access-Control-Allow-Methods": "POST",
        "Access-Control-Allow-Headers": "authorization",
    } == shared
    for each in (foreign, others):
        assert [] == [name for name in each.headers if name.startswith("Access-Control")]


async def test_a_code_is_worth_what_its_user_may(
    member: Client, opened_parts: Parts, recording: Recording
) -> None:
    """Who is no analyst any more, or not there, takes nothing."""
    code = await code_for(member, recording)
    users = member.app[USERS]

    await users.change("ada", lambda user: user.model_copy(update={"grants": {"*": Role.VIEWER}}))
    assert (403, "forbidden") == await refused(await upload(member, code))
    await users.remove("ada")
    assert (401, "bad_token") == await refused(await upload(member, code))
    assert [] == await kept(opened_parts, recording)


async def test_once_the_recording_has_ended_nothing_is_taken(
    member: Client, opened_parts: Parts, recording: Recording
) -> None:
    """Nor is a code made: the pictures are what they are."""
    code = await code_for(member, recording)
    assert (
        204 == (await member.options("/background", headers={"Origin": ORIGIN})).status
    )  # it is known as open
    await opened_parts.registry.change(
        recording.id, lambda r: r.model_copy(update={"state": State.CLOSING, "reached": {State.CLOSING: 1}})
    )

    assert (409, "conflict") == await refused(await upload(member, code))
    path = f"/recordings/{recording.id}/backgrounds/code"
    assert 409 == (await send(member, path, address=f"{ORIGIN}/")).status
    assert [] == await kept(opened_parts, recording)


async def test_a_code_opens_nothing_else(member: Client, recording: Recording) -> None:
    """It is no API key."""
    held = {"Authorization": f"Bearer {await code_for(member, recording)}"}

    for path in ("/api/recordings", f"/api/recordings/{recording.id}", f"/recordings/{recording.id}"):
        assert (401, "bad_key") == await refused(await member.get(path, headers=held))
    body = json.dumps({"snapshot": json.loads(document())})
    sent = await member.post(
        f"/api/recordings/{recording.id}/snapshots",
        data=body,
        headers=held | {"Content-Type": "application/json"},
    )
    assert (401, "bad_key") == await refused(sent)
