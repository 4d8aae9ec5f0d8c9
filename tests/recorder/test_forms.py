import json

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from recorder.recording import Recording
from tests.recorder.test_views import FROM, a_count, a_yes

Client = TestClient[web.Request, web.Application]


async def said(client: Client, path: str, body: str) -> str:
    response = await client.post(path, data=body, headers=FROM)
    assert 400 == response.status
    answer = await response.json()
    return str(answer["error"]["message"])


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"device": "watch"}, "In the form, device must be desktop, tablet or mobile."),
        ({"device": None}, "In the form, device must be desktop, tablet or mobile."),
        ({"purposes": []}, "In the form, purposes must have 1 or more entries."),
        ({"purposes": ["ads"]}, "In the form, purposes[0] must be heatmap or replay."),
        ({"purposes": "heatmap"}, "In the form, purposes must be a list."),
        ({"nv": 5}, "In the form, nv must be a string."),
        ({"nv": "x" * 99}, "In the form, nv must have 12 characters or less."),
        ({"language": "<b>"}, "In the form, language is not written as it is asked for."),
        (
            {"marker": 1},
            (
                "The form has a field that nobody asked for: "
                "send recording, nv, language, purposes, device, by, nonce, nothing else."
            ),
        ),
    ],
)
async def test_a_form_is_refused_in_one_sentence_that_says_what_to_do(
    collector: Client, opened: Recording, changes: dict[str, object], sentence: str
) -> None:
    """The sentence names the field and what it must be; nothing that was sent comes back."""
    assert sentence == await said(collector, "/v1/consent", json.dumps(a_yes(opened, **changes)))


@pytest.mark.parametrize("body", ["", "{", "[]", "null", "7", '"text"', "\x00", '{"a": NaN', "[" * 2000])
async def test_what_is_no_form_is_said(collector: Client, body: str) -> None:
    """Nothing, half a form, something else: what is asked for is named."""
    assert "The body is not a form: send a JSON object with recording, what, device." == await said(
        collector, "/v1/count", body
    )


@pytest.mark.parametrize("what", ["asked", "no", "signal", "uncovered", "fault"])
async def test_every_count_of_the_contract_is_taken(collector: Client, opened: Recording, what: str) -> None:
    """Asked, no, not asked because of a signal, on a page without a rule, and a page that our own script failed on."""
    form = a_count(opened) | {"what": what}

    assert 204 == (await collector.post("/v1/count", data=json.dumps(form), headers=FROM)).status


async def test_a_missing_field_is_named(collector: Client, opened: Recording) -> None:
    """By the name that the interface has for it."""
    form = {name: value for name, value in a_count(opened).items() if name != "what"}

    assert "In the form, what is missing." == await said(collector, "/v1/count", json.dumps(form))
