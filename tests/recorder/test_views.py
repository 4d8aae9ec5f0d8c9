import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient
from multidict import CIMultiDict

from recorder import consent, events, limits, seal, views
from recorder.errors import Unavailable
from recorder.eventlog import EventLog, counts_key
from recorder.events import Batch
from recorder.pagecodes import PageCode, code_key
from recorder.recording import DAY_MS, Recording, State
from recorder.registry import Registry, recording_key
from tests.conftest import ORIGIN, a_recording
from tests.recorder.sample import batch

pytestmark = pytest.mark.also_on_a_cluster

Client = TestClient[web.Request, web.Application]
FROM = {"Origin": ORIGIN}


async def say_yes(client: Client, recording: Recording, **changes: object) -> dict[str, Any]:
    """A visitor's yes; gives the token and the audit id."""
    response = await client.post("/v1/consent", data=json.dumps(a_yes(recording, **changes)), headers=FROM)
    assert 201 == response.status, await response.text()
    answer: dict[str, Any] = await response.json()
    return answer


def a_yes(recording: Recording, /, **changes: object) -> dict[str, object]:
    form = {
        "recording": recording.id,
        "nv": recording.nv,
        "language": "en",
        "purposes": ["heatmap"],
        "device": "desktop",
    }
    return form | changes


async def send(client: Client, body: bytes, headers: Mapping[str, str] = FROM) -> ClientResponse:
    return await client.post("/v1/events", data=body, headers=headers, skip_auto_headers=["Content-Type"])


async def refusal(response: ClientResponse) -> tuple[int, str]:
    """Status and code of a refusal, which has the one shape and a sentence."""
    answer = await response.json()
    assert {"error"} == answer.keys()
    assert {"code", "message"} == answer["error"].keys()
    assert answer["error"]["message"].endswith(".")
    return response.status, answer["error"]["code"]


async def test_a_site_learns_what_is_recorded_on_it(collector: Client, opened: Recording) -> None:
    """Everything that the browser needs before it asks; the words are in the notice."""
    response = await collector.get("/v1/recording", headers=FROM)

    shown = await response.json()
    assert ORIGIN == response.headers["Access-Control-Allow-Origin"]
    assert (opened.id, opened.nv, opened.end, opened.deadline) == tuple(
        shown[k] for k in ("id", "nv", "until", "deadline")
    )
    assert ["en", "nl"] == shown["languages"]
    assert ["desktop", "tablet", "mobile"] == shown["devices"]
    assert {"name": "Home", "pattern": "/"} == shown["pages"][0]
    assert {
        *("id", "nv", "until", "deadline", "purposes", "languages", "devices", "pages", "releases"),
        *("variants", "marks", "share", "gpc", "signal"),
    } == shown.keys()


@pytest.mark.parametrize(
    ("headers", "signal"),
    [({}, False), ({"Sec-GPC": "1"}, True), ({"DNT": "1"}, True), ({"DNT": "0"}, False)],
)
async def test_a_browser_that_says_no_by_itself_is_told_that_we_heard_it(
    collector: Client, opened: Recording, headers: dict[str, str], signal: bool
) -> None:
    """Global Privacy Control and Do Not Track come as headers also where no script can see them."""
    shown = await (await collector.get("/v1/recording", headers=FROM | headers)).json()

    assert signal is shown["signal"]


async def test_a_page_rule_says_which_query_keys_take_part(collector: Client, registry: Registry) -> None:
    """The browser alone uses them."""
    rule = {"name": "Search", "kind": "path", "pattern": "/search?q=1", "query": ["q"]}
    await registry.open(a_recording(pages=[rule]))

    [told] = (await (await collector.get("/v1/recording", headers=FROM)).json())["pages"]
    assert {"name": "Search", "pattern": r"/search\?q\=1", "query": ["q"]} == told


@pytest.mark.parametrize(
    "origin", ["https://other.example", "http://shop.example", "https://shop.example:8443"]
)
async def test_another_site_is_told_nothing(collector: Client, opened: Recording, origin: str) -> None:
    """Scheme, host and port must be exactly those of the recording."""
    assert 204 == (await collector.get("/v1/recording", headers={"Origin": origin})).status


async def test_a_page_of_the_collectors_own_origin_is_known_by_the_browsers_word(
    collector: Client, registry: Registry
) -> None:
    """A same-origin GET carries no Origin; the browser says that it is same-origin."""
    own = str(collector.make_url("/")).rstrip("/")
    await registry.open(a_recording(origins=[own]))

    assert 200 == (await collector.get("/v1/recording", headers={"Sec-Fetch-Site": "same-origin"})).status


@pytest.mark.parametrize("headers", [{}, {"Origin": "null"}])
async def test_a_request_without_an_origin_is_refused(
    collector: Client, opened: Recording, headers: dict[str, str]
) -> None:
    """Nobody is recorded from a page that does not say where it is; whatever else is sent is good, at every path."""
    held = await say_yes(collector, opened)
    proof = {"token": held["token"], "audit": held["audit"]}
    answer = await collector.post("/v1/rights", data=json.dumps(proof), headers=FROM)
    asked, code = {"rights": (await answer.json())["rights"]}, "c" * 43
    about = PageCode(
        recording=opened.id, user="ada", team="https://team.example", until=views.now_ms() + DAY_MS
    )
    await collector.app[views.STORE].put(code_key(code), about.model_dump_json().encode())
    forms: dict[str, object] = {
        "/v1/count": a_count(opened),
        "/v1/consent": a_yes(opened),
        "/v1/events": events.encode(held["token"], batch()),
        "/v1/renew": {"token": held["token"]},
        "/v1/rights": proof,
        "/v1/mine": asked,
        "/v1/purposes": asked | {"purposes": ["replay"]},
        "/v1/pause": asked | {"paused": True},
        "/v1/background": {"code": code},
        "/v1/withdraw": proof,
    }
    assert forms.keys() == {
        route.resource.canonical
        for route in collector.app.router.routes()
        if route.method == "POST" and route.resource
    }

    async def post(path: str, form: object, headers: dict[str, str]) -> ClientResponse:
        body = form if isinstance(form, bytes) else json.dumps(form)
        return await collector.post(path, data=body, headers=headers, skip_auto_headers=["Content-Type"])

    for path, form in forms.items():
        assert (403, "no_origin") == await refusal(await post(path, form, headers)), path
    for path, form in forms.items():
        assert (await post(path, form, FROM)).status < 300, path


async def test_a_batch_travels_from_the_browser_into_the_sealed_hash(
    collector: Client, opened: Recording, log: EventLog
) -> None:
    """What is kept is sealed, opens with the recording's key, and holds the same records."""
    held = await say_yes(collector, opened)
    sent = batch(release="1.4.0")

    response = await send(collector, events.encode(held["token"], sent))

    assert 204 == response.status
    secret = await collector.app[views.REGISTRY].key(opened)
    session = seal.session_id(secret, held["audit"])
    [kept] = [s async for s in log.read(opened.id, [session])]
    header, _, records = events.unpack(seal.unseal(secret, session, sent.field, kept.batches[sent.field]))
    assert sent.records.tobytes() == records.tobytes()
    assert (1, 0) == (header["release"], header["variant"])
    assert ["1.4.0"] == (await collector.app[views.REGISTRY].read(opened.id)).seen_releases


async def test_the_consent_record_is_there_before_the_token(collector: Client, opened: Recording) -> None:
    """Who has a token has a record, with the hash of the words that were shown."""
    held = await say_yes(collector, opened, purposes=["heatmap", "replay"], language="nl")

    stored = await collector.app[views.STORE].get(consent.record_key(opened.id, held["audit"], "given"))

    record = json.loads(stored.data)
    assert (["heatmap", "replay"], "nl", "given") == (
        record["purposes"],
        record["notice"]["language"],
        record["state"],
    )
    told = await collector.app[views.REGISTRY].told(opened.nv)
    assert told.languages["nl"].sha256 == record["notice"]["sha256"]
    assert opened.nv == record["notice"]["version"]


async def test_a_purpose_that_is_named_twice_is_agreed_to_once(collector: Client, opened: Recording) -> None:
    """In the answer, in the record, and for whoever sends the same yes with the purpose named once."""
    twice = await say_yes(collector, opened, purposes=["replay", "replay"], nonce=NONCE)
    once = await say_yes(collector, opened, purposes=["replay"], nonce=NONCE)

    stored = await collector.app[views.STORE].get(consent.record_key(opened.id, twice["audit"], "given"))
    assert ["replay"] == twice["purposes"] == json.loads(stored.data)["purposes"]
    assert twice["audit"] == once["audit"]


async def test_neither_session_nor_token_is_there_before_the_consent_record(
    collector: Client, opened: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the session opens and when the token is made, the record lies in the object store."""
    app = collector.app
    folder = app[views.SETTINGS].data / "objects"
    lying: list[Path] = []

    def noted(step: Any) -> Any:
        def after_a_look(*about: Any) -> Any:
            lying.extend(folder.glob(f"consents/{opened.id}/*/given.json"))
            return step(*about)

        return after_a_look

    for part, step in ((app[views.LOG], "open_session"), (app[views.TOKENS], "issue")):
        monkeypatch.setattr(part, step, noted(getattr(part, step)))

    held = await say_yes(collector, opened)

    assert [folder / consent.record_key(opened.id, held["audit"], "given")] * 2 == lying


async def test_without_a_consent_record_there_is_neither_session_nor_token(
    collector: Client, opened: Recording, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the object store takes nothing, a yes is asked to come again, and nothing follows from it."""

    async def refuse(*_: Any, **__: Any) -> str:
        raise Unavailable("The object store did not answer.")

    monkeypatch.setattr(collector.app[views.STORE], "put", refuse)

    response = await collector.post("/v1/consent", data=json.dumps(a_yes(opened)), headers=FROM)

    assert (503, "unavailable") == await refusal(response)
    assert int(response.headers["Retry-After"]) > 0
    assert "token" not in await response.text()
    assert [] == await log.sessions(opened.id)
    assert {} == await log.counts(opened.id)


async def test_a_yes_does_not_wait_for_an_object_store_that_hangs(
    collector: Client, opened: Recording, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 in time; what was written down after all is the same yes when it is said again."""
    held, put = asyncio.Event(), collector.app[views.STORE].put

    async def late(*words: Any, **how: Any) -> str:
        await held.wait()
        return await put(*words, **how)

    body = json.dumps(a_yes(opened, nonce=NONCE))
    with monkeypatch.context() as hanging:
        hanging.setattr(collector.app[views.STORE], "put", late)
        hanging.setattr(limits, "ANSWER_SECONDS", 0.2)
        response = await collector.post("/v1/consent", data=body, headers=FROM)

    assert (503, "unavailable") == await refusal(response)
    assert int(response.headers["Retry-After"]) > 0
    assert [] == await log.sessions(opened.id)
    assert 201 == (await collector.post("/v1/consent", data=body, headers=FROM)).status


NONCE = "1-22-333-4444-55555"


async def test_the_same_yes_again_is_the_same_consent(
    collector: Client, opened: Recording, log: EventLog
) -> None:
    """Whose answer was lost sends it again, or twice at once: one record, one session, one yes that is counted."""
    again = [await say_yes(collector, opened, nonce=NONCE)]
    again += await asyncio.gather(*(say_yes(collector, opened, nonce=NONCE) for _ in range(3)))

    assert 1 == len({(held["audit"], held["yes"]) for held in again})
    assert again[0]["yes"] == again[0]["now"] < again[-1]["now"]
    assert 1 == len(await collector.app[views.STORE].keys(f"consents/{opened.id}/"))
    assert 1 == len(await log.sessions(opened.id))
    assert {"yes:desktop": 1} == await log.counts(opened.id)
    for held in again:
        assert 204 == (await send(collector, events.encode(held["token"], batch()))).status


@pytest.mark.parametrize("changes", [{"nonce": NONCE + "6"}, {"nonce": NONCE, "purposes": ["replay"]}])
async def test_another_yes_is_another_consent(
    collector: Client, opened: Recording, changes: dict[str, object]
) -> None:
    """By another browser, or for something else."""
    held = [await say_yes(collector, opened, nonce=NONCE), await say_yes(collector, opened, **changes)]

    assert 2 == len({one["audit"] for one in held})


async def test_a_yes_that_was_withdrawn_does_not_come_back(
    collector: Client, opened: Recording, log: EventLog
) -> None:
    """Also when it is sent once more: withdrawn wins."""
    held = await say_yes(collector, opened, nonce=NONCE)
    proof = {name: held[name] for name in ("token", "audit")}
    assert 200 == (await collector.post("/v1/withdraw", data=json.dumps(proof), headers=FROM)).status

    body = json.dumps(a_yes(opened, nonce=NONCE))
    assert (410, "withdrawn") == await refusal(await collector.post("/v1/consent", data=body, headers=FROM))
    assert [] == await log.sessions(opened.id)


@pytest.mark.parametrize("first", ["the session", "the record"])
async def test_a_yes_that_is_withdrawn_while_it_is_repeated_stays_withdrawn(
    collector: Client, opened: Recording, log: EventLog, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    """Whichever is first: the repeated yes opens the session, or the withdrawal is written down."""
    held = await say_yes(collector, opened, nonce=NONCE)
    proof, body = (
        json.dumps({name: held[name] for name in ("token", "audit")}),
        json.dumps(a_yes(opened, nonce=NONCE)),
    )
    store, begin = collector.app[views.STORE], collector.app[views.LOG].open_session
    put, answers = store.put, []

    async def withdraw() -> None:
        assert 200 == (await collector.post("/v1/withdraw", data=proof, headers=FROM)).status

    async def begin_later(*about: Any) -> bool:
        monkeypatch.undo()
        await withdraw()
        return await begin(*about)

    async def put_later(name: str, *about: Any, **more: Any) -> str:
        if name.endswith("/withdrawn.json"):
            monkeypatch.undo()
            answers.append(await collector.post("/v1/consent", data=body, headers=FROM))
        return await put(name, *about, **more)

    if first == "the record":
        monkeypatch.setattr(collector.app[views.LOG], "open_session", begin_later)
        answers.append(await collector.post("/v1/consent", data=body, headers=FROM))
    else:
        monkeypatch.setattr(store, "put", put_later)
        await withdraw()

    assert [410 if first == "the record" else 201] == [answer.status for answer in answers]
    if first == "the record":
        assert {"yes:desktop": 1} == await log.counts(opened.id)
    assert (410, "withdrawn") == await refusal(await send(collector, events.encode(held["token"], batch())))
    assert [] == [session async for session in log.read(opened.id, await log.sessions(opened.id))]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"nonce": "short"}, (400, "malformed")),
        ({"nv": "another"}, (409, "notice_changed")),
        ({"purposes": []}, (400, "malformed")),
        ({"purposes": ["ads"]}, (400, "malformed")),
        ({"device": "watch"}, (400, "malformed")),
        ({"by": "chance"}, (400, "malformed")),
        ({"language": "<script>"}, (400, "malformed")),
        ({"language": "fr"}, (400, "malformed")),
        ({"name": "Jane"}, (400, "malformed")),
        ({"recording": "nothing"}, (410, "ended")),
    ],
)
async def test_a_yes_that_is_none_is_refused(
    collector: Client, opened: Recording, changes: dict[str, object], expected: tuple[int, str]
) -> None:
    """Another notice, other purposes or more about the visitor than asked: no session, no record."""
    body = json.dumps(a_yes(opened, **changes))

    assert expected == await refusal(await collector.post("/v1/consent", data=body, headers=FROM))
    assert [] == await collector.app[views.STORE].keys("consents/")


async def test_a_yes_on_a_device_class_that_is_not_recorded_is_refused(
    collector: Client, registry: Registry
) -> None:
    """With a sentence that says where it is recorded; there a yes is taken."""
    found = await registry.open(a_recording(devices=["tablet", "mobile"]))

    refused = await collector.post("/v1/consent", data=json.dumps(a_yes(found)), headers=FROM)

    said = (await refused.json())["error"]["message"]
    assert 400 == refused.status
    assert "This recording is made on tablet and mobile, not on desktop." == said
    assert [] == await collector.app[views.STORE].keys("consents/")
    await say_yes(collector, found, device="mobile")


async def test_a_refused_form_does_not_echo_what_was_sent(collector: Client, opened: Recording) -> None:
    """The refusal names the field, not its value."""
    body = json.dumps(a_yes(opened, device="secret-value"))

    response = await collector.post("/v1/consent", data=body, headers=FROM)

    assert "secret-value" not in await response.text()


async def test_a_session_is_recorded_for_so_many_minutes_and_keeps_its_rights(
    collector: Client, opened: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The minutes are those of the records, counted at the edge; what would be too much is not kept."""
    monkeypatch.setattr(limits, "MINUTES_PER_SESSION", 1)
    held = await say_yes(collector, opened)
    answers = [
        await send(collector, events.encode(held["token"], batch({"t": 29_000}, {"t": 100}, sequence=n)))
        for n in range(3)
    ]

    assert [204, 204, 409] == [answer.status for answer in answers]
    assert (409, "session_full") == await refusal(answers[2])
    renewed = await collector.post("/v1/renew", data=json.dumps({"token": held["token"]}), headers=FROM)
    assert 200 == renewed.status


async def test_a_batch_without_a_good_token_is_refused(collector: Client, opened: Recording) -> None:
    """No token of ours, no event."""
    assert (401, "bad_token") == await refusal(await send(collector, events.encode("none", batch())))


async def test_a_token_is_good_for_its_own_site_only(collector: Client, registry: Registry) -> None:
    """A token that leaks to another site lets nothing in from there, even where the recording is for both."""
    other = "https://shop.example.org"
    held = await say_yes(collector, await registry.open(a_recording(origins=[ORIGIN, other])))
    body = events.encode(held["token"], batch())

    response = await send(collector, body, {"Origin": other})
    assert (403, "wrong_origin") == await refusal(response)
    assert "Access-Control-Allow-Origin" not in response.headers
    assert 204 == (await send(collector, body)).status


async def test_a_recording_is_for_its_own_sites_only(
    collector: Client, opened: Recording, log: EventLog
) -> None:
    """Neither a yes nor a no of another site's visitor is taken; nor is a token, were there one for that site."""
    other = {"Origin": "https://other.example"}
    for path, form in (("/v1/consent", a_yes(opened)), ("/v1/count", a_count(opened))):
        response = await collector.post(path, data=json.dumps(form), headers=other)
        assert (403, "wrong_origin") == await refusal(response)
    token, _ = collector.app[views.TOKENS].issue("visitor", opened, other["Origin"], views.now_ms())

    assert (403, "wrong_origin") == await refusal(await send(collector, events.encode(token, batch()), other))
    assert [] == await log.sessions(opened.id)
    assert {} == await log.counts(opened.id)


async def test_after_the_end_a_batch_is_told_that_it_is_over(
    collector: Client, opened: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The token has ended with the recording: there is nothing to renew it for."""
    held = await say_yes(collector, opened)
    monkeypatch.setattr(views, "now_ms", lambda: opened.end + 1)

    assert (410, "ended") == await refusal(await send(collector, events.encode(held["token"], batch())))


async def test_an_old_token_of_a_session_that_was_withdrawn_is_told_so(
    collector: Client, opened: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = await say_yes(collector, opened)
    proof = {name: held[name] for name in ("token", "audit")}
    assert 200 == (await collector.post("/v1/withdraw", data=json.dumps(proof), headers=FROM)).status
    later = views.now_ms() + 31 * 60_000
    monkeypatch.setattr(views, "now_ms", lambda: later)

    assert (410, "withdrawn") == await refusal(await send(collector, events.encode(held["token"], batch())))


async def test_an_expired_token_is_renewed_while_the_session_is_open(
    collector: Client, opened: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After half an hour the token is refused; renewing gives another one that is taken."""
    held = await say_yes(collector, opened)
    later = views.now_ms() + 31 * 60_000
    monkeypatch.setattr(views, "now_ms", lambda: later)
    assert (401, "token_expired") == await refusal(
        await send(collector, events.encode(held["token"], batch()))
    )

    response = await collector.post("/v1/renew", data=json.dumps({"token": held["token"]}), headers=FROM)

    renewed = await response.json()
    assert 204 == (await send(collector, events.encode(renewed["token"], batch()))).status


async def test_withdrawing_erases_everything_and_shuts_the_gate(
    collector: Client, opened: Recording, log: EventLog
) -> None:
    """After a withdrawal there is no raw byte of the session, no way to send or renew, and a record that says so."""
    held = await say_yes(collector, opened)
    await send(collector, events.encode(held["token"], batch()))
    body = json.dumps({"token": held["token"], "audit": held["audit"]})

    first = await collector.post("/v1/withdraw", data=body, headers=FROM)
    again = await collector.post("/v1/withdraw", data=body, headers=FROM)

    expected = {"audit": held["audit"], "state": "withdrawn", "final": False}
    assert expected == await first.json() == await again.json()
    assert [] == await log.sessions(opened.id)
    assert (410, "withdrawn") == await refusal(await send(collector, events.encode(held["token"], batch())))
    renewed = await collector.post("/v1/renew", data=json.dumps({"token": held["token"]}), headers=FROM)
    assert (410, "withdrawn") == await refusal(renewed)
    stored = await collector.app[views.STORE].get(consent.record_key(opened.id, held["audit"], "withdrawn"))
    assert "withdrawn" == json.loads(stored.data)["state"]


async def test_nobody_withdraws_for_somebody_else(
    collector: Client, opened: Recording, log: EventLog
) -> None:
    """A token and an audit id that do not belong together erase nothing."""
    one, other = await say_yes(collector, opened), await say_yes(collector, opened)
    body = json.dumps({"token": one["token"], "audit": other["audit"]})

    assert (403, "wrong_audit") == await refusal(
        await collector.post("/v1/withdraw", data=body, headers=FROM)
    )
    assert 2 == len(await log.sessions(opened.id))


async def test_after_the_end_nothing_is_taken(
    collector: Client, opened: Recording, log: EventLog, registry: Registry
) -> None:
    """A closed recording answers 410 to batches, to a yes and to counts."""
    held = await say_yes(collector, opened)
    await registry.change(opened.id, lambda r: r.model_copy(update={"state": State.CLOSING}))
    await log.close(opened)

    assert (410, "ended") == await refusal(await send(collector, events.encode(held["token"], batch())))
    for path, form in (("/v1/consent", a_yes(opened)), ("/v1/count", a_count(opened))):
        assert (410, "ended") == await refusal(
            await collector.post(path, data=json.dumps(form), headers=FROM)
        )


async def test_a_collector_whose_clock_is_behind_costs_nobody_a_token(
    collector: Client, opened: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its clock the recording has not begun: 503, so that the browser tries again, at another collector perhaps."""
    held = await say_yes(collector, opened)
    now = views.now_ms

    with monkeypatch.context() as behind:
        behind.setattr(views, "now_ms", lambda: now() - 3_600_000)
        assert (503, "unavailable") == await refusal(
            await send(collector, events.encode(held["token"], batch()))
        )

    assert 204 == (await send(collector, events.encode(held["token"], batch()))).status


def a_count(recording: Recording) -> dict[str, object]:
    return {"recording": recording.id, "what": "no", "device": "mobile"}


async def test_a_closed_gate_holds_even_while_a_collector_remembers_an_open_recording(
    collector: Client, opened: Recording, log: EventLog
) -> None:
    """What a collector remembers for two seconds does not let a batch in: the store decides."""
    held = await say_yes(collector, opened)
    await log.close(opened)

    assert (410, "withdrawn") == await refusal(await send(collector, events.encode(held["token"], batch())))


async def test_a_no_only_moves_a_counter(collector: Client, opened: Recording, log: EventLog) -> None:
    """After a no there is one number, and nothing that says who."""
    await collector.post("/v1/count", data=json.dumps(a_count(opened)), headers=FROM)

    assert {"no:mobile": 1} == await log.counts(opened.id)
    assert [counts_key(opened.id).encode()] == [name async for name in log.left(opened.id)]
    assert [] == await collector.app[views.STORE].keys("consents/")


async def test_a_page_view_on_a_device_class_that_is_not_recorded_is_not_uncovered(
    collector: Client, registry: Registry, log: EventLog
) -> None:
    """No rule could cover it; on those that are recorded it counts."""
    found = await registry.open(a_recording(devices=["desktop"]))

    for device in ("mobile", "desktop"):
        form = {"recording": found.id, "what": "uncovered", "device": device}
        assert 204 == (await collector.post("/v1/count", data=json.dumps(form), headers=FROM)).status

    assert {"uncovered:desktop": 1} == await log.counts(found.id)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"page": 2}, (400, "malformed")),
        ({"release": "2.0.0"}, (400, "malformed")),
        ({"variant": "blue"}, (400, "malformed")),
    ],
)
async def test_a_batch_about_something_that_is_not_recorded_is_refused(
    collector: Client, opened: Recording, change: dict[str, Any], expected: tuple[int, str]
) -> None:
    """Unknown pages, releases outside the pattern and undeclared variants are not kept."""
    held = await say_yes(collector, opened)

    assert expected == await refusal(await send(collector, events.encode(held["token"], batch(**change))))


async def start_kept(client: Client, log: EventLog, held: dict[str, Any], sent: Batch) -> int:
    """The start of a batch as it is kept, ms since the yes."""
    found = await client.app[views.REGISTRY].read(client.app[views.TOKENS].verify(held["token"], 0).recording)
    secret = await client.app[views.REGISTRY].key(found)
    session = seal.session_id(secret, held["audit"])
    [kept] = [s async for s in log.read(found.id, [session])]
    header, _, _ = events.unpack(seal.unseal(secret, session, sent.field, kept.batches[sent.field]))
    return int(header["start"])


async def test_a_start_after_the_end_of_the_recording_is_brought_back(
    collector: Client, opened: Recording, log: EventLog
) -> None:
    """A visitor's clock that is months ahead puts no event beyond the recording, also not the last of a batch."""
    held = await say_yes(collector, opened)
    sent = batch({"kind": events.Kind.CLICK}, {"kind": events.Kind.CLICK, "t": 900}, start_ms=2**32 - 1)

    assert 204 == (await send(collector, events.encode(held["token"], sent))).status

    assert opened.end - held["yes"] - 900 == await start_kept(collector, log, held, sent)


async def test_who_comes_back_days_later_is_still_timed_from_the_yes(
    collector: Client, opened: Recording, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten days after the yes a renewed token lets events in, and they are kept as ten days after the yes."""
    held = await say_yes(collector, opened)
    later = held["yes"] + 10 * DAY_MS
    monkeypatch.setattr(views, "now_ms", lambda: later)
    response = await collector.post("/v1/renew", data=json.dumps({"token": held["token"]}), headers=FROM)
    renewed = held | await response.json()
    sent = batch(start_ms=10 * DAY_MS)

    assert 204 == (await send(collector, events.encode(renewed["token"], sent))).status

    assert 10 * DAY_MS == await start_kept(collector, log, renewed, sent)


async def test_a_repeated_batch_is_acknowledged_and_kept_once(
    collector: Client, opened: Recording, log: EventLog
) -> None:
    """Also when both come at once."""
    held = await say_yes(collector, opened)
    body = events.encode(held["token"], batch())

    answers = await asyncio.gather(*(send(collector, body) for _ in range(8)))

    assert {204} == {answer.status for answer in answers}
    [session] = [s async for s in log.read(opened.id, await log.sessions(opened.id))]
    assert (1, 1) == (len(session.batches), session.events)


@pytest.mark.parametrize(
    ("body", "headers", "expected"),
    [
        (b"\xc1", {}, (400, "malformed")),
        (bytes(limits.BODY_BYTES + 1), {}, (413, "too_large")),
        (b"{}", {"Content-Type": "application/json"}, (415, "wrong_type")),
        (b"\x1f\x8b", {"Content-Encoding": "gzip"}, (400, "wrong_encoding")),
    ],
)
async def test_a_malformed_batch_is_refused_with_its_own_status(
    collector: Client, opened: Recording, body: bytes, headers: dict[str, str], expected: tuple[int, str]
) -> None:
    """Wrong bytes, too many, of another type or compressed: each says what was wrong."""
    assert expected == await refusal(await send(collector, body, FROM | headers))


@pytest.mark.parametrize("said", ["Application/Octet-Stream", "application/octet-stream; v=1"])
async def test_the_type_of_a_body_is_known_however_it_is_said(
    collector: Client, opened: Recording, said: str
) -> None:
    """Media types have no case, and may have parameters."""
    held = await say_yes(collector, opened)

    sent = await send(collector, events.encode(held["token"], batch()), FROM | {"Content-Type": said})

    assert 204 == sent.status


async def test_what_a_body_is_packed_with_is_known_however_it_is_said(
    collector: Client, opened: Recording
) -> None:
    """`Identity` is none, and a second header counts like the first."""
    held = await say_yes(collector, opened)
    body, plain = events.encode(held["token"], batch()), FROM | {"Content-Encoding": "Identity"}
    twice = CIMultiDict(plain)
    twice.add("Content-Encoding", "gzip")

    assert 204 == (await send(collector, body, plain)).status
    assert (400, "wrong_encoding") == await refusal(await send(collector, body, twice))


async def test_a_body_of_unknown_length_is_cut_off_at_the_cap(collector: Client, opened: Recording) -> None:
    """A chunked body that never ends is refused when it passes the cap."""

    async def endless() -> Any:
        for _ in range(100):
            yield bytes(1024)

    response = await collector.post(
        "/v1/events", data=endless(), headers=FROM | {"Content-Type": "application/octet-stream"}
    )

    assert (413, "too_large") == await refusal(response)


@pytest.mark.parametrize(
    "path", ["/nothing", "/demo/../../pyproject.toml", "/dist/../package.json", "/certificates/none"]
)
async def test_what_is_not_there_is_not_found(collector: Client, path: str) -> None:
    """Unknown addresses, and those that try to walk out, have the one error shape."""
    assert (404, "not_found") == await refusal(await collector.get(path))


async def test_a_failure_of_ours_says_so_and_nothing_else(
    collector: Client, opened: Recording, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A bug answers 500 in the one shape; the log names the kind and the place, nothing of the request."""

    async def broken(*_: object) -> None:
        raise ValueError("marker-in-the-error")

    monkeypatch.setattr(Registry, "for_origin", broken)

    response = await collector.get(
        "/v1/recording?marker=1", headers=FROM | {"User-Agent": "marker", "Referer": "http://marker/"}
    )

    assert (500, "internal") == await refusal(response)
    assert "ValueError at" in caplog.text
    assert "marker" not in caplog.text.replace("broken", "")


async def test_no_cookie_is_ever_set(collector: Client, opened: Recording) -> None:
    """Visitors are told apart by what they hold after a yes, never by a cookie."""
    response = await collector.get("/v1/recording", headers=FROM | {"Cookie": "a=b"})

    assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize("path", ["/v1/recording", "/nothing"])
async def test_every_answer_carries_the_security_headers(
    collector: Client, opened: Recording, path: str
) -> None:
    """Refusals as well as answers."""
    headers = (await collector.get(path, headers=FROM)).headers

    assert ("nosniff", "no-referrer", "Origin") == (
        headers["X-Content-Type-Options"],
        headers["Referrer-Policy"],
        headers["Vary"],
    )


async def test_who_comes_to_a_recording_of_a_newer_release_is_asked_to_come_again(
    collector: Client, opened: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While collectors are updated one by one, or went back to a former release: browsers keep what is told 503."""
    held = await say_yes(collector, opened)
    monkeypatch.setattr(limits, "RECORDING_SECONDS", 0)
    newer = json.loads(opened.to_json()) | {"version": 2}
    await collector.app[views.STORE].put(recording_key(opened.id), json.dumps(newer).encode())

    sent = await send(collector, events.encode(held["token"], batch()))
    again = await collector.post("/v1/consent", data=json.dumps(a_yes(opened)), headers=FROM)

    for answer in (sent, again):
        assert (503, "unavailable") == await refusal(answer)
        assert "60" == answer.headers["Retry-After"]
