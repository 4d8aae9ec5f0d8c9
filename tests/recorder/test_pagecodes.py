"""What a one-time code opens at the visitors' face: an address, for whoever shows it on a page of its recording."""

import hashlib
import json

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient

from recorder import views
from recorder.pagecodes import PageCode, code_key
from recorder.recording import Recording
from recorder.views import now_ms
from tests.conftest import ORIGIN, a_recording
from tests.recorder.test_views import FROM, refusal

Client = TestClient[web.Request, web.Application]
CODE = "c" * 43
TEAM = "https://yesmap.example"


async def make(collector: Client, recording: Recording, until: int = 1000) -> None:
    """A code as the team's face keeps it, good for so many ms."""
    made = PageCode(recording=recording.id, user="ada", team=TEAM, until=now_ms() + until)
    await collector.app[views.STORE].put(code_key(CODE), made.model_dump_json().encode())


async def show(collector: Client, code: str, origin: str = ORIGIN) -> ClientResponse:
    return await collector.post("/v1/background", data=json.dumps({"code": code}), headers={"Origin": origin})


def test_of_a_code_only_a_hash_is_kept() -> None:
    """Whoever reads the store has no code."""
    assert f"pagecodes/{hashlib.sha256(CODE.encode()).hexdigest()}.json" == code_key(CODE)


async def test_a_good_code_leads_to_the_teams_face(collector: Client, opened: Recording) -> None:
    """The address that was kept with it, and nothing else; as often as it is shown, since it is used up elsewhere."""
    await make(collector, opened, 60_000)

    for _ in range(2):
        response = await show(collector, CODE)
        assert (200, {"team": TEAM}) == (response.status, await response.json())
    assert ORIGIN == response.headers["Access-Control-Allow-Origin"]
    assert "no-store" == response.headers["Cache-Control"]


@pytest.mark.parametrize("code", ["d" * 43, "..%2f..%2fkeys%2f" + "x" * 26, "x", ""])
async def test_any_other_leads_nowhere(collector: Client, opened: Recording, code: str) -> None:
    """Whatever somebody writes into a link."""
    await make(collector, opened, 60_000)

    status, name = await refusal(await show(collector, code))

    assert (status, name) in {(404, "code"), (400, "malformed")}


async def test_a_code_that_is_too_old_leads_nowhere(collector: Client, opened: Recording) -> None:
    """To the millisecond."""
    await make(collector, opened, 0)

    assert (404, "code") == await refusal(await show(collector, CODE))


async def test_a_code_is_of_use_on_the_pages_of_its_recording_only(
    collector: Client, opened: Recording
) -> None:
    """Neither where another recording is open, nor where none is, nor without an origin."""
    elsewhere = "https://other.example"
    await collector.app[views.REGISTRY].open(a_recording(origins=[elsewhere]))
    await make(collector, opened, 60_000)

    assert (404, "code") == await refusal(await show(collector, CODE, elsewhere))
    assert (404, "not_found") == await refusal(await show(collector, CODE, "https://none.example"))
    assert 200 == (await show(collector, CODE, FROM["Origin"])).status
    assert 403 == (await collector.post("/v1/background", data=json.dumps({"code": CODE}))).status
