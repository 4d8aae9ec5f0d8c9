import json
from typing import Any

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient

from heatmap import parts
from heatmap.end import end
from recorder import events, limits, times, views
from recorder.recording import Recording, State
from recorder.registry import Registry
from recorder.settings import Settings
from tests.recorder.sample import batch
from tests.recorder.test_views import FROM, refusal, say_yes

Client = TestClient[web.Request, web.Application]
JSON = {"Accept": "application/json"}


async def ask(client: Client, recording: Recording, audit: str, **headers: str) -> ClientResponse:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return await client.get(f"/receipts/{recording.id}/{audit}", headers=given)


async def read(client: Client, recording: Recording, audit: str) -> dict[str, Any]:
    answer: dict[str, Any] = await (await ask(client, recording, audit, **JSON)).json()
    return answer


async def withdraw(client: Client, held: dict[str, Any]) -> None:
    body = json.dumps({"token": held["token"], "audit": held["audit"]})
    assert 200 == (await client.post("/v1/withdraw", data=body, headers=FROM)).status


async def purge(team: Settings, recording: Recording, monkeypatch: pytest.MonkeyPatch) -> Recording:
    """Bring a recording to its end; gives it as it is then."""
    monkeypatch.setattr(limits, "RECORDING_SECONDS", 0.0)
    async with parts.opened(team) as opened:
        return await end.finish(opened, recording.id)


async def test_while_it_runs_a_receipt_says_so(collector: Client, opened: Recording) -> None:
    """Since when, until when, by when it is destroyed."""
    held = await say_yes(collector, opened)

    assert {
        "recording": opened.id,
        "site": "Example shop",
        "audit": held["audit"],
        "state": "recording",
        "at": None,
        "given": held["yes"],
        "until": opened.end,
        "deadline": opened.deadline,
        "certificate": None,
    } == await read(collector, opened, held["audit"])


async def test_a_withdrawal_stands_in_the_receipt(
    collector: Client, opened: Recording, team_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its time, and still after the rest was destroyed."""
    held = await say_yes(collector, opened)
    await withdraw(collector, held)

    before = await read(collector, opened, held["audit"])
    await purge(team_settings, opened, monkeypatch)
    after = await read(collector, opened, held["audit"])

    assert "withdrawn" == before["state"] == after["state"]
    assert held["yes"] <= before["at"] == after["at"] <= views.now_ms()


async def test_after_the_purge_a_receipt_says_when_and_shows_the_certificate(
    collector: Client, opened: Recording, team_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its link leads to the certificate, in JSON and in words."""
    held = await say_yes(collector, opened)
    ended = await purge(team_settings, opened, monkeypatch)

    shown = await read(collector, opened, held["audit"])
    page = await (await ask(collector, opened, held["audit"])).text()

    assert ("destroyed", ended.reached[State.SHREDDED]) == (shown["state"], shown["at"])
    assert 200 == (await collector.get(shown["certificate"])).status
    assert f'<a href="{shown["certificate"]}">' in page
    assert times.moment(shown["at"], "en", "UTC") in page


@pytest.mark.parametrize("state", [State.CLOSING, State.DRAWN])
async def test_between_the_end_and_the_purge_a_receipt_says_ended(
    collector: Client, opened: Recording, registry: Registry, state: State
) -> None:
    """Nothing is recorded any more, and nothing is said to be destroyed that is not."""
    held = await say_yes(collector, opened)
    await registry.change(opened.id, lambda r: r.model_copy(update={"state": state, "reached": {state: 1}}))

    shown = await read(collector, opened, held["audit"])

    assert ("ended", None, None) == (shown["state"], shown["at"], shown["certificate"])


@pytest.mark.parametrize(("recording", "audit"), [(None, "a" * 26), ("0" * 12, "a" * 26), (None, "A1")])
async def test_an_id_that_is_not_known_has_the_same_page(
    collector: Client, opened: Recording, recording: str | None, audit: str
) -> None:
    """404; in JSON the one shape of refusals."""
    address = f"/receipts/{recording or opened.id}/{audit}"

    page = await collector.get(address, headers={"Accept": "text/html", "Accept-Language": "fr"})

    assert 404 == page.status
    assert "Ce qu’est devenu cet enregistrement" in await page.text()
    assert audit in await page.text()
    assert (404, "not_found") == await refusal(await collector.get(address, headers=JSON))


@pytest.mark.parametrize(
    ("headers", "language"),
    [
        ({}, "nl"),
        ({"Accept_Language": "en-GB,en;q=0.9"}, "en"),
        ({"Accept_Language": "fr"}, "nl"),
        ({"Accept_Language": "en;q=0,xx"}, "nl"),
    ],
)
async def test_a_receipt_speaks_the_readers_language(
    collector: Client, opened: Recording, headers: dict[str, str], language: str
) -> None:
    """Among those of the notice; else the one that the yes was given in."""
    held = await say_yes(collector, opened, language="nl")

    page = await (await ask(collector, opened, held["audit"], **headers)).text()

    assert f'<html lang="{language}" dir="ltr">' in page
    assert f'href="/notices/{opened.nv}/{language}"' in page


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", "text/html"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        ("*/*", "text/html"),
        ("application/json", "application/json"),
        ("application/json;q=0.2,text/html", "text/html"),
    ],
)
async def test_a_browser_reads_words_and_a_program_json(
    collector: Client, opened: Recording, accept: str, kind: str
) -> None:
    """By Accept, with words where nothing is said; never kept in a cache."""
    held = await say_yes(collector, opened)

    response = await ask(collector, opened, held["audit"], Accept=accept)

    assert (kind, "no-store") == (response.content_type, response.headers["Cache-Control"])
    assert {"Origin", "Accept", "Accept-Language"} == set(response.headers["Vary"].split(", "))


async def test_a_receipt_holds_nothing_that_says_who(collector: Client, opened: Recording) -> None:
    """Neither the session nor the origin, device or choices."""
    held = await say_yes(collector, opened)

    for headers in ({}, JSON):
        text = await (await ask(collector, opened, held["audit"], **headers)).text()
        for secret in (held["token"], "https://shop.example", "desktop", '"heatmap"'):
            assert secret not in text


@pytest.mark.parametrize("path", ["/v1/renew", "/v1/withdraw", "/v1/events"])
async def test_after_the_purge_a_token_is_told_when_and_where_the_certificate_is(
    collector: Client, opened: Recording, team_settings: Settings, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """410 `destroyed`, so that the browser forgets the token and can show the proof."""
    held = await say_yes(collector, opened)
    ended = await purge(team_settings, opened, monkeypatch)

    if path == "/v1/events":
        response = await collector.post(
            path, data=events.encode(held["token"], batch()), headers=FROM, skip_auto_headers=["Content-Type"]
        )
    else:
        asked = ("token",) if path == "/v1/renew" else ("token", "audit")
        form = {name: held[name] for name in asked}
        response = await collector.post(path, data=json.dumps(form), headers=FROM)

    message = (await response.json())["error"]["message"]
    assert (410, "destroyed") == await refusal(response)
    assert times.stamp(ended.reached[State.SHREDDED]) in message
    assert f"/certificates/{opened.id}" in message
