"""Addresses that are tried out, by API."""

import pytest

from heatmap.site.roles import Role
from recorder.recording import Recording
from tests.heatmap.site.api.conftest import Headers, MakeKey
from tests.heatmap.site.conftest import Client, become

PAGES = [{"name": "Home", "pattern": "/"}, {"name": "Help", "kind": "wildcard", "pattern": "/help/*"}]
URLS = ["https://new.example/help/1", "/", "https://new.example/about", "https://shop.example/"]


async def test_addresses_are_tried_out_with_rules_that_are_not_open(member: Client, key: Headers) -> None:
    """Each is a page, no page, or another site's; without origins every one is of the site."""
    said = []
    for origins in (["https://new.example"], []):
        body = {"pages": PAGES, "origins": origins, "urls": URLS}
        answer = await (await member.post("/api/addresses", json=body, headers=key)).json()
        said.append([(each["counts_as"], each["page"]) for each in answer["items"]])
        assert URLS == [each["url"] for each in answer["items"]]

    three = [("page", "Help"), ("page", "Home"), ("no page", None)]
    assert [[*three, ("another site", None)], [*three, ("page", "Home")]] == said


async def test_addresses_are_tried_out_with_an_open_recording(
    member: Client, recording: Recording, make_key: MakeKey
) -> None:
    """By whoever may look at it, with its own origins and rules."""
    await become(member, "bob", {recording.site: Role.VIEWER})
    reads = await make_key("read", user="bob")
    member.session.cookie_jar.clear()
    urls = [recording.origins[0] + "/", "https://another.example/", "/no/page/at/all"]

    found = await member.post(f"/api/recordings/{recording.id}/addresses", json={"urls": urls}, headers=reads)
    before = await member.post("/api/addresses", json={"pages": PAGES, "urls": URLS}, headers=reads)

    assert ["page", "another site", "no page"] == [
        each["counts_as"] for each in (await found.json())["items"]
    ]
    assert recording.pages[0].name == (await found.json())["items"][0]["page"]
    assert (403, "scope") == (before.status, (await before.json())["error"]["code"])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"urls": []}, "urls must have 1 or more entries"),
        ({"urls": ["/"] * 201}, "urls must have 200 or fewer entries"),
        ({"origins": ["https://a..b", "new.example"]}, "origins[1]: 'new.example' is not an origin"),
        ({"pages": [{"name": "Help", "pattern": "/help/*"}]}, "pages[0]: a star stands for nothing"),
        (
            {"pages": [{"name": "Odd", "kind": "regex", "pattern": "/(?=a)a"}]},
            "'Odd' cannot be tried out here",
        ),
    ],
)
async def test_what_cannot_be_tried_out_is_said(
    member: Client, key: Headers, changes: dict[str, object], said: str
) -> None:
    """In one sentence."""
    body = {"pages": PAGES, "urls": URLS} | changes
    response = await member.post("/api/addresses", json=body, headers=key)

    assert 400 == response.status
    assert said in (await response.json())["error"]["message"]
