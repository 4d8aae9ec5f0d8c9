"""Recordings by API."""

import json
from typing import Any

import pytest

from heatmap.palette import PALETTES
from heatmap.parts import Parts
from heatmap.site.access import LOOKS
from heatmap.site.choice import STRENGTHS
from heatmap.site.roles import Role
from recorder.recording import DAY_MS, Recording, State
from recorder.views import now_ms
from tests.conftest import a_recording
from tests.heatmap.conftest import visit
from tests.heatmap.site.api.conftest import Headers, MakeKey
from tests.heatmap.site.conftest import Client, become

OPENING: dict[str, Any] = {
    "site": "Example shop",
    "origins": ["https://new.example"],
    "notice": {
        "purpose": {"en": "To see."},
        "controller": "Example Ltd",
        "recipients": "Nobody",
        "region": "EU",
        "authority": "The authority",
        "contact": "privacy@shop.example",
    },
    "pages": [{"name": "Home", "pattern": "/"}],
    "confirmed": True,
}


async def test_a_recording_is_opened_looked_at_and_ended(
    member: Client, opened_parts: Parts, key: Headers
) -> None:
    """Its whole life, by a program."""
    opened = await member.post(
        "/api/recordings", json=OPENING | {"days": 2, "devices": ["mobile"]}, headers=key
    )
    assert 201 == opened.status, await opened.text()
    made = (await opened.json())["recording"]
    added = await member.post(
        f"/api/recordings/{made['id']}/pages", json={"name": "Help", "pattern": "/help"}, headers=key
    )
    changed = await member.put(
        f"/api/recordings/{made['id']}/pages/1", json={"kind": "wildcard", "pattern": "/help/*"}, headers=key
    )
    looked = await (await member.get(f"/api/recordings/{made['id']}", headers=key)).json()
    closed = await member.post(f"/api/recordings/{made['id']}/close", headers=key)

    assert [201, 200, 202] == [added.status, changed.status, closed.status]
    assert ["Home", "Help"] == [page["name"] for page in looked["pages"]]
    assert "/help/*" == looked["pages"][1]["pattern"]
    assert ["mobile"] == looked["devices"]
    assert 2 * 86_400_000 == looked["end"] - looked["start"]
    assert "integrity=" in (await opened.json())["tag"]
    assert State.OPEN != (await opened_parts.registry.read(made["id"])).state


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"confirmed": False}, "confirmed must be True"),
        ({"state": "certified"}, "nobody asked for"),
        ({"id": "000000000000"}, "nobody asked for"),
        ({"results": {}}, "nobody asked for"),
        ({"pages": []}, "pages must have 1 or more entries"),
        ({"days": 31}, "days must be 30.0 or less"),
        ({"days": 1e308}, "days must be 30.0 or less"),
        ({"days": 0}, "days must be more than 0"),
        ({"end": 0}, "within 30 days"),
        ({"start": 10**18}, "start must be 100000000000000 or less"),
        ({"devices": ["mobile", "mobile"]}, "a device class is named twice"),
    ],
)
async def test_what_may_not_be_opened_is_refused(
    member: Client, opened_parts: Parts, key: Headers, changes: dict[str, Any], said: str
) -> None:
    """With one sentence; what is ours to set is not taken (mass assignment)."""
    response = await member.post("/api/recordings", json=OPENING | changes, headers=key)

    assert 400 == response.status
    assert said in (await response.json())["error"]["message"]
    assert [] == await opened_parts.registry.all()


async def test_a_preview_gives_what_would_be_shown_and_written_and_keeps_nothing(
    member: Client, opened_parts: Parts, key: Headers
) -> None:
    """The prompt that visitors get once it is open, and the documents that it has then, but for its id."""
    purpose = {"nl": "Om te zien.", "en": "To see."}
    body = OPENING | {"notice": OPENING["notice"] | {"purpose": purpose}, "start": now_ms() + DAY_MS}
    unconfirmed = {name: value for name, value in body.items() if name != "confirmed"}
    before = sorted(await opened_parts.store.keys(""))
    response = await member.post("/api/recordings/preview", json=unconfirmed, headers=key)
    assert 200 == response.status, await response.text()
    previewed = await response.json()
    assert before == sorted(await opened_parts.store.keys(""))

    made = (await (await member.post("/api/recordings", json=body, headers=key)).json())["recording"]
    shown = (await opened_parts.registry.told(made["notice"])).languages
    assert ["nl", "en"] == list(previewed["prompts"])
    assert previewed["prompts"] == {
        tag: json.loads(each.first.model_dump_json()) for tag, each in shown.items()
    }
    assert ["notice-nl.md", "notice-en.md", "record.md", "assessment.md"] == list(previewed["documents"])
    for name, text in previewed["documents"].items():
        there = await member.get(f"/api/recordings/{made['id']}/documents/{name}", headers=key)
        assert await there.text() == text.replace("[its id]", made["id"])


@pytest.mark.parametrize("path", ["/api/recordings/preview", "/api/recordings"])
async def test_everything_that_keeps_a_recording_from_opening_is_in_one_error(
    member: Client, opened_parts: Parts, key: Headers, path: str
) -> None:
    """All fields at once; then what is wrong between them, with the addresses that another one has."""
    await opened_parts.registry.open(a_recording(site="Example shop", origins=["https://new.example"]))
    fields = {
        "origins": ["new.example"],
        "share": 2,
        "releases": "(?=a)a",
        "pages": [{"name": "Help", "pattern": "/help/*"}, {"name": "", "pattern": "/"}],
    }
    whole = {"end": 1, "texts": {"en": {"nonsense": "x"}}}

    said = []
    for changes in (fields, whole, {"texts": whole["texts"]}, {}):
        response = await member.post(path, json=OPENING | changes, headers=key)
        said.append((response.status, (await response.json())["error"]["message"]))

    assert [400, 400, 400, 409] == [status for status, _ in said]
    for part in (
        "is not an origin",
        "share must be",
        "take too long",
        "pages[0]: a star",
        "pages[1][name] must",
    ):
        assert part in said[0][1]
    assert "within 30 days" in said[1][1]
    assert "no text called nonsense" in said[2][1]
    for _, sentence in said[1:]:
        assert "an open recording has https://new.example until" in sentence
    assert 1 == len(await opened_parts.registry.all())


async def test_a_preview_is_for_those_who_may_open(
    member: Client, opened_parts: Parts, make_key: MakeKey
) -> None:
    """By a key with the scope manage, and of no addresses that belong to another site."""
    await opened_parts.registry.open(a_recording(site="Theirs", origins=["https://new.example"]))
    await become(member, "bob", {"Example shop": Role.MANAGER})
    reads, manages = await make_key("read", user="bob"), await make_key("manage", user="bob")
    member.session.cookie_jar.clear()

    for headers, code in ((reads, "scope"), (manages, "forbidden")):
        response = await member.post("/api/recordings/preview", json=OPENING, headers=headers)
        assert (403, code) == (response.status, (await response.json())["error"]["code"])


async def test_a_long_list_comes_in_parts(member: Client, opened_parts: Parts, key: Headers) -> None:
    """`next` leads on until it is null; what one may not see is in none of them."""
    for number in range(5):
        await opened_parts.registry.open(
            a_recording(site=f"Site {number % 2}", origins=[f"https://{number}.example"])
        )
    seen: list[str] = []
    following: str | None = None
    for _ in range(3):
        query = {"limit": "2"} | ({"after": following} if following else {})
        part = await (await member.get("/api/recordings", params=query, headers=key)).json()
        seen += [each["id"] for each in part["items"]]
        following = part["next"]

    only = await (await member.get("/api/recordings", params={"site": "Site 1"}, headers=key)).json()
    wrong = await member.get("/api/recordings", params={"limit": "0"}, headers=key)
    unknown = await member.get("/api/recordings", params={"sort": "x"}, headers=key)
    assert (5, None) == (len(set(seen)), following)
    assert 2 == len(only["items"])
    assert "limit must be 1 or more" in (await wrong.json())["error"]["message"]
    assert 400 == unknown.status


async def test_a_key_sees_no_more_than_its_maker(
    member: Client, opened_parts: Parts, recording: Recording, make_key: MakeKey
) -> None:
    """Neither other sites, nor what takes another role; and a key of one site stays there."""
    await opened_parts.registry.open(a_recording(site="Theirs", origins=["https://theirs.example"]))
    await become(member, "bob", {"Theirs": Role.VIEWER})
    viewer, ours = await make_key("read", "manage", user="bob"), await make_key("read", site="Theirs")
    member.session.cookie_jar.clear()

    listed = await (await member.get("/api/recordings", headers=viewer)).json()
    assert ["Theirs"] == [each["site"] for each in listed["items"]]
    assert 404 == (await member.get(f"/api/recordings/{recording.id}", headers=viewer)).status
    theirs = f"/api/recordings/{listed['items'][0]['id']}"
    assert 403 == (await member.post(f"{theirs}/close", headers=viewer)).status
    assert 403 == (await member.get(f"{theirs}/pages/0/desktop", headers=viewer)).status
    assert 404 == (await member.get(f"/api/recordings/{recording.id}", headers=ours)).status
    assert ["Theirs"] == [
        each["site"] for each in (await (await member.get("/api/recordings", headers=ours)).json())["items"]
    ]


async def test_pictures_and_tables_are_files(
    member: Client, opened_parts: Parts, recording: Recording, key: Headers
) -> None:
    """What there is, each as it is made, and each export in the access log before it is sent."""
    for _ in range(6):
        await visit(opened_parts, recording)
    place = f"/api/recordings/{recording.id}/pages/0/desktop"

    there = await (await member.get(place, headers=key)).json()
    picture = await member.get(f"{place}/click.png", headers=key)
    tables = await member.get(f"/api/recordings/{recording.id}/tables", headers=key)
    wrong = await member.get(f"/api/recordings/{recording.id}/findings", headers=key)

    assert 6 == there["layers"]["click"]["sessions"]
    assert b"\x89PNG" == (await picture.read())[:4]
    assert [200, 200] == [tables.status, wrong.status]
    looks = member.app[LOOKS]
    [day] = await looks.days()
    assert ("export", "pages/0/desktop/click.png") in [(look.what, look.of) for look in await looks.on(day)]
    for path in ("pages/9/desktop", "pages/0/watch", "pages/0/desktop/..%2f..%2fkeys", "pages/0/all"):
        response = await member.get(f"/api/recordings/{recording.id}/{path}", headers=key)
        assert (404, "not_found") == (response.status, (await response.json())["error"]["code"])


@pytest.mark.parametrize(
    ("query", "file"),
    [
        *((f"palette={name}", "click.png") for name in PALETTES),
        *((f"strength={name}", "click.png") for name in STRENGTHS),
        ("palette=embers&strength=faint", "scroll.png"),
        *((f"opacity={share}", "click.png") for share in (10, 100)),
        ("palette=embers&opacity=50", "click-composed.png"),
        ("strength=strong", "click-composed.webp"),
        ("palette=embers", "click-small.webp"),
    ],
)
async def test_a_picture_looks_as_it_does_on_its_page(
    member: Client, opened_parts: Parts, recording: Recording, make_key: MakeKey, query: str, file: str
) -> None:
    """In the colours and strength that are asked for; those of the page's choosers and no others."""
    for _ in range(6):
        await visit(opened_parts, recording)
    place, headers = f"/api/recordings/{recording.id}/pages/0/desktop", await make_key("read")

    asked = await member.get(f"{place}/{file}?{query}", headers=headers)
    plain = await member.get(f"{place}/{file}", headers=headers)
    shown = await member.get(f"/recordings/{recording.id}/0/desktop/{file}?{query}")

    assert [200, 200] == [asked.status, shown.status]
    assert await asked.read() == await shown.read()
    usual = file == "click-small.webp" or query in ("palette=classic", "strength=usual", "opacity=100")
    assert usual == (await asked.read() == await plain.read())


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("palette=blue", "palette must be classic or embers"),
        ("strength=2", "strength must be faint, usual, strong or very-strong"),
        ("opacity=5", "opacity must be 10 or more"),
        ("colour=blue", "it may have palette, strength, opacity"),
    ],
)
async def test_a_look_that_there_is_not_is_refused(
    member: Client, recording: Recording, key: Headers, query: str, said: str
) -> None:
    """With what there is."""
    response = await member.get(
        f"/api/recordings/{recording.id}/pages/0/desktop/click.png?{query}", headers=key
    )

    assert 400 == response.status
    assert said in (await response.json())["error"]["message"]


async def test_a_release_is_compared_by_a_key_for_that(
    member: Client, opened_parts: Parts, recording: Recording, make_key: MakeKey
) -> None:
    """Too few sessions is an answer too; an unknown release is none."""
    await opened_parts.registry.change(
        recording.id, lambda r: r.model_copy(update={"seen_releases": ["1.4.0", "1.5.0"]})
    )
    headers, path = await make_key("check"), f"/api/recordings/{recording.id}/check"
    asked = {"before": "1.4.0", "after": "1.5.0", "fail_on": ["rage>+1pp"]}

    found = await (await member.post(path, json=asked, headers=headers)).json()
    unknown = await member.post(path, json=asked | {"after": "9.9"}, headers=headers)
    wrong = await member.post(path, json=asked | {"fail_on": ["rage"]}, headers=headers)

    assert (2, []) == (found["status"], found["alarms"])
    assert [404, 400] == [unknown.status, wrong.status]


async def test_a_session_opens_the_interface_as_well(member: Client, recording: Recording) -> None:
    """For our own pages; what changes something then needs the page's token."""
    assert 200 == (await member.get(f"/api/recordings/{recording.id}")).status
    response = await member.post(f"/api/recordings/{recording.id}/close")

    assert (403, "form_token") == (response.status, (await response.json())["error"]["code"])
