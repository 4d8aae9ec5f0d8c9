import asyncio
import gc
import json
from typing import Any

import numpy as np
import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient

from heatmap import raw
from recorder import consent, events, forget, limits, mine, seal, views
from recorder.errors import Unavailable
from recorder.eventlog import EventLog, Session
from recorder.events import Kind, Pointer
from recorder.recording import Recording, State
from recorder.registry import Registry
from recorder.rights import READING
from tests.recorder import sample
from tests.recorder.sample import batch
from tests.recorder.test_views import FROM, refusal, say_yes, send

pytestmark = pytest.mark.also_on_a_cluster

Client = TestClient[web.Request, web.Application]
Held = dict[str, Any]


async def post(
    client: Client, path: str, headers: dict[str, str] = FROM, /, **form: object
) -> ClientResponse:
    return await client.post(path, data=json.dumps(form), headers=headers)


async def rights(client: Client, held: Held) -> str:
    """A token for the rights of whoever holds this."""
    response = await post(client, "/v1/rights", token=held["token"], audit=held["audit"])
    assert 200 == response.status, await response.text()
    return str((await response.json())["rights"])


async def records(client: Client, recording: Recording, held: Held) -> list[dict[str, Any]]:
    """The consent records, in the order of their names."""
    store = client.app[views.STORE]
    names = await store.keys(f"consents/{recording.id}/{held['audit']}/")
    return [json.loads((await store.get(name)).data) for name in names]


async def test_rights_are_given_for_ten_minutes_also_with_an_expired_token(
    collector: Client, opened: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who comes back with an old token may still look, correct and erase; the new token works only here."""
    held = await say_yes(collector, opened)
    later = held["yes"] + 3 * 3600 * 1000
    monkeypatch.setattr(views, "now_ms", lambda: later)

    response = await post(collector, "/v1/rights", token=held["token"], audit=held["audit"])

    answer = await response.json()
    assert (later + 600_000) // 1000 * 1000 == answer["expires"]
    assert "no-store" == response.headers["Cache-Control"]
    assert (401, "bad_token") == await refusal(
        await send(collector, events.encode(answer["rights"], batch()))
    )
    monkeypatch.setattr(views, "now_ms", lambda: later + 600_001)
    assert (401, "token_expired") == await refusal(await post(collector, "/v1/mine", rights=answer["rights"]))


async def test_rights_need_the_token_and_its_own_audit_id(collector: Client, opened: Recording) -> None:
    """Somebody else's audit id, none, another site, or a token that is none: no rights."""
    one, other = await say_yes(collector, opened), await say_yes(collector, opened)
    form = {"token": one["token"], "audit": one["audit"]}

    for changes, headers, expected in (
        ({"audit": other["audit"]}, FROM, (403, "wrong_audit")),
        ({"audit": "x"}, FROM, (400, "malformed")),
        ({"token": "none"}, FROM, (401, "bad_token")),
        ({}, {"Origin": "https://other.example"}, (403, "wrong_origin")),
    ):
        response = await post(collector, "/v1/rights", headers, **(form | changes))
        assert expected == await refusal(response)


@pytest.mark.parametrize("path", ["/v1/mine", "/v1/purposes", "/v1/pause"])
async def test_a_collector_token_gives_no_right(collector: Client, opened: Recording, path: str) -> None:
    """What lets events in does not let them out."""
    held = await say_yes(collector, opened)
    forms: dict[str, dict[str, object]] = {
        "/v1/mine": {},
        "/v1/purposes": {"purposes": ["heatmap"]},
        "/v1/pause": {"paused": True},
    }

    assert (401, "bad_token") == await refusal(
        await post(collector, path, rights=held["token"], **forms[path])
    )


async def test_a_visitor_sees_everything_that_is_kept_of_them_and_nothing_else(
    collector: Client, opened: Recording
) -> None:
    """Consent records, the session, and every own event in words; nobody else's."""
    held, other = await say_yes(collector, opened), await say_yes(collector, opened)
    move = {"kind": Kind.MOVE, "t": 5, "el": 1, "x": 7, "y": 8, "fx": 1, "fy": 2}
    tap = {"kind": Kind.CLICK | Pointer.TOUCH << 5, "t": 9, "x": 10, "y": 20}
    await send(collector, events.encode(held["token"], batch(move, tap, release="1.4.0")))
    await send(collector, events.encode(held["token"], batch(tap, sequence=1, page=1, start_ms=6000)))
    await send(collector, events.encode(other["token"], batch({"kind": Kind.CLICK, "x": 777, "y": 777})))

    response = await post(collector, "/v1/mine", rights=await rights(collector, held))

    own = await response.json()
    assert "no-store" == response.headers["Cache-Control"]
    assert held["audit"] == own["audit"]
    assert ["given"] == [record["state"] for record in own["consent"]]
    assert {
        "yes": held["yes"],
        "purposes": ["heatmap"],
        "paused": False,
        "batches": 2,
        "events": 3,
        "dropped": 0,
    } == own["session"]
    assert [
        {
            "page": "Home",
            "release": "1.4.0",
            "variant": None,
            "start": 1000,
            "visit": 0,
            "viewport": [1280, 720],
            "document": [1280, 3000],
            "ratio": [100, 100],
            "events": [[5, "move", "mouse", 7, 8, 9, 1, 2], [9, "click", "touch", 10, 20, None, 0, 0]],
        },
        {
            "page": "Basket",
            "release": None,
            "variant": None,
            "start": 6000,
            "visit": 0,
            "viewport": [1280, 720],
            "document": [1280, 3000],
            "ratio": [100, 100],
            "events": [[9, "click", "touch", 10, 20, None, 0, 0]],
        },
    ] == own["batches"]
    assert 0 == own["unreadable"]
    assert "777" not in json.dumps(own["batches"])


def test_the_legend_explains_every_kind_and_every_place_of_an_event() -> None:
    """A kind that is added to the format is explained too."""
    assert [kind.name.lower() for kind in Kind] == list(mine.LEGEND["kinds"])
    assert 8 == len(mine.LEGEND["events"])


async def test_a_full_session_is_shown_whole(collector: Client, opened: Recording) -> None:
    """As many batches as it takes: none is left out, and the answer is JSON to its end."""
    held = await say_yes(collector, opened)
    rows = [{"kind": Kind.MOVE, "t": n, "x": n, "y": n} for n in range(200)]
    for n in range(60):
        await send(collector, events.encode(held["token"], batch(*rows, sequence=n)))

    own = await (await post(collector, "/v1/mine", rights=await rights(collector, held))).json()

    assert 60 * 200 == sum(len(b["events"]) for b in own["batches"]) == own["session"]["events"]


async def test_a_copy_that_is_not_read_holds_no_session_in_memory(
    collector: Client, opened: Recording, log: EventLog
) -> None:
    """More than the sockets take, to somebody who reads a little and then waits."""
    held = await say_yes(collector, opened)
    key, [session] = await collector.app[views.REGISTRY].key(opened), await log.sessions(opened.id)
    made = sample.records(*[{"t": 30 * n, "kind": Kind.MOVE} for n in range(1250)])
    for n in range(200):
        one = batch(records=made, sequence=n)
        sealed = seal.seal(key, session, one.field, events.pack(one, 0, 0))
        await log.append(opened.id, session, one.field, sealed, len(made), 0)

    def in_memory() -> int:
        found = [each for each in gc.get_objects() if isinstance(each, Session) and each.id == session]
        return sum(len(each.batches) for each in found)

    response = await post(collector, "/v1/mine", rights=await rights(collector, held))
    assert held["audit"] in (await response.content.read(200)).decode()

    assert 0 == in_memory()
    kept = [each async for each in log.read(opened.id, [session])]
    assert len(kept[0].batches) == in_memory() == 200  # the look itself finds them
    response.close()


async def test_who_is_erased_while_they_read_their_copy_is_shown_no_more(
    collector: Client, opened: Recording, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not there any longer is left out."""
    held = await say_yes(collector, opened)
    for n in range(3):
        await send(collector, events.encode(held["token"], batch(sequence=n)))
    token, [session] = await rights(collector, held), await log.sessions(opened.id)
    monkeypatch.setattr(limits, "BATCHES_IN_HAND", 1)
    ask = EventLog.batches

    async def erased_after_the_first(log: EventLog, *words: Any) -> dict[bytes, bytes]:
        found = await ask(log, *words)
        await log.erase(opened.id, session)
        return found

    monkeypatch.setattr(EventLog, "batches", erased_after_the_first)

    own = await (await post(collector, "/v1/mine", rights=token)).json()

    assert (3, 1, 0) == (own["session"]["batches"], len(own["batches"]), own["unreadable"])


async def test_so_many_sessions_are_in_memory_and_no_more(
    collector: Client, opened: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next one who wants a copy is asked to come again; other rights go on."""
    held = await say_yes(collector, opened)
    token, reading = await rights(collector, held), collector.app[READING]
    for _ in range(limits.SESSIONS_READ):
        await reading.acquire()

    with monkeypatch.context() as hasty:
        hasty.setattr(limits, "ANSWER_SECONDS", 0.2)
        response = await post(collector, "/v1/mine", rights=token)
    assert ("5", (503, "unavailable")) == (response.headers["Retry-After"], await refusal(response))
    assert 200 == (await post(collector, "/v1/pause", rights=token, paused=True)).status
    reading.release()
    assert 200 == (await post(collector, "/v1/mine", rights=token)).status


async def readers(log: EventLog, registry: Registry, recording: Recording) -> dict[str, int]:
    """How many sessions each purpose's reader finds."""
    key = await registry.key(recording)
    found: dict[str, int] = {}
    for purpose in recording.purposes:
        parts = [part async for part in raw.slices(log, key, recording.id, purpose)]
        found[purpose] = sum(len(np.unique(part.columns.session)) for part in parts)
    return found


async def test_every_reader_follows_the_purposes_of_now(
    collector: Client, opened: Recording, log: EventLog, registry: Registry
) -> None:
    """Pictures read only sessions with `heatmap`, replays only those with `replay`, whatever the yes was for."""
    held = await say_yes(collector, opened, purposes=["replay"])
    await send(collector, events.encode(held["token"], batch()))
    token = await rights(collector, held)
    seen = [await readers(log, registry, opened)]

    for wanted in (["heatmap", "replay"], ["heatmap"]):
        response = await post(collector, "/v1/purposes", rights=token, purposes=wanted)
        assert {"purposes": wanted} == await response.json()
        seen.append(await readers(log, registry, opened))

    assert [
        {"heatmap": 0, "replay": 1},
        {"heatmap": 1, "replay": 1},
        {"heatmap": 1, "replay": 0},
    ] == seen


async def test_a_yes_that_is_said_again_says_the_purposes_of_now(
    collector: Client, opened: Recording
) -> None:
    """Also when its visitor has changed them since."""
    said = {"purposes": ["heatmap", "replay"], "nonce": "1-22-333-4444-55555"}
    held = await say_yes(collector, opened, **said)
    token = await rights(collector, held)
    await post(collector, "/v1/purposes", rights=token, purposes=["heatmap"])

    again = await say_yes(collector, opened, **said)

    assert (held["audit"], ["heatmap"]) == (again["audit"], again["purposes"])


async def test_a_change_of_purposes_is_written_down_and_the_same_again_is_not(
    collector: Client, opened: Recording
) -> None:
    """One record for each change, beside the first; asking for what holds already changes nothing."""
    held = await say_yes(collector, opened)
    token = await rights(collector, held)

    for _ in range(3):
        await post(collector, "/v1/purposes", rights=token, purposes=["replay"])

    changed, given = await records(collector, opened, held)
    assert (["heatmap"], ["replay"]) == (given["purposes"], changed["purposes"])
    assert ("given", "changed", held["audit"]) == (given["state"], changed["state"], changed["audit"])


async def test_no_purpose_changes_without_its_record(
    collector: Client, opened: Recording, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the object store takes nothing, the session stays as it was."""
    held = await say_yes(collector, opened)
    token = await rights(collector, held)

    async def down(*_: object, **__: object) -> None:
        raise Unavailable("The disk is full.")

    monkeypatch.setattr(type(collector.app[views.STORE]), "put", down)

    response = await post(collector, "/v1/purposes", rights=token, purposes=["replay"])

    assert (503, "unavailable") == await refusal(response)
    [session] = [s async for s in log.read(opened.id, await log.sessions(opened.id))]
    assert {"heatmap"} == session.purposes


async def test_a_change_that_failed_halfway_is_not_the_last_word(
    collector: Client, opened: Recording, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Written down, but the event store did not answer: who then wants what there was before has it in writing."""
    held = await say_yes(collector, opened)
    token = await rights(collector, held)

    async def down(*_: object) -> None:
        raise Unavailable("The event store did not answer.")

    with monkeypatch.context() as failing:
        failing.setattr(EventLog, "change_purposes", down)
        response = await post(collector, "/v1/purposes", rights=token, purposes=["replay"])
    assert (503, "unavailable") == await refusal(response)

    assert 200 == (await post(collector, "/v1/purposes", rights=token, purposes=["heatmap"])).status

    last = max(await records(collector, opened, held), key=lambda record: int(record["time"]))
    [session] = [s async for s in log.read(opened.id, await log.sessions(opened.id))]
    assert ["heatmap"] == sorted(session.purposes) == last["purposes"]


async def test_of_two_changes_at_once_the_later_record_holds(
    collector: Client, opened: Recording, log: EventLog
) -> None:
    """Whichever reaches the session first: it ends as the latest record says."""
    await say_yes(collector, opened)
    [session] = await log.sessions(opened.id)

    await log.change_purposes(opened.id, session, ["replay"], 2000)
    await log.change_purposes(opened.id, session, ["heatmap"], 1000)

    [kept] = [s async for s in log.read(opened.id, [session])]
    assert {"replay"} == kept.purposes


@pytest.mark.parametrize("wanted", [[], ["ads"], ["heatmap", "replay", "heatmap"]])
async def test_purposes_that_are_not_offered_are_refused(
    collector: Client, opened: Recording, wanted: list[str]
) -> None:
    """None at all is a withdrawal, which has a way of its own."""
    token = await rights(collector, await say_yes(collector, opened))

    response = await post(collector, "/v1/purposes", rights=token, purposes=wanted)

    assert (400, "malformed") == await refusal(response)


async def test_while_paused_nothing_is_taken_and_everything_is_kept(
    collector: Client, opened: Recording, log: EventLog
) -> None:
    """A batch is refused with a reason of its own, renewing goes on, and after the pause batches come in again."""
    held = await say_yes(collector, opened)
    token = await rights(collector, held)
    await send(collector, events.encode(held["token"], batch()))

    for _ in range(2):
        paused = await post(collector, "/v1/pause", rights=token, paused=True)
        assert {"paused": True} == await paused.json()
    refused = await send(collector, events.encode(held["token"], batch(sequence=1)))
    renewed = await post(collector, "/v1/renew", token=held["token"])
    own = await (await post(collector, "/v1/mine", rights=token)).json()
    await post(collector, "/v1/pause", rights=token, paused=False)
    taken = await send(collector, events.encode(held["token"], batch(sequence=1)))

    assert (409, "paused") == await refusal(refused)
    assert (200, True, 1, 204) == (
        renewed.status,
        own["session"]["paused"],
        own["session"]["batches"],
        taken.status,
    )


async def test_a_withdrawn_session_has_no_rights_left_and_says_since_when(
    collector: Client, opened: Recording
) -> None:
    """Also with a token for rights from before; and withdrawing again is fine."""
    held = await say_yes(collector, opened)
    token = await rights(collector, held)
    proof = {"token": held["token"], "audit": held["audit"]}
    await post(collector, "/v1/withdraw", **proof)

    response = await post(collector, "/v1/mine", rights=token)

    assert "was withdrawn at 20" in await response.text()
    for path, form in (
        ("/v1/rights", proof),
        ("/v1/mine", {"rights": token}),
        ("/v1/purposes", {"rights": token, "purposes": ["replay"]}),
        ("/v1/pause", {"rights": token, "paused": False}),
    ):
        assert (410, "withdrawn") == await refusal(await post(collector, path, **form))
    assert 200 == (await post(collector, "/v1/withdraw", **proof)).status


async def test_of_two_withdrawals_at_once_the_first_time_stays(
    collector: Client, opened: Recording, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one is written down right before this one would be."""
    held = await say_yes(collector, opened)
    store, [session] = collector.app[views.STORE], await log.sessions(opened.id)
    about, put = (store, log, opened.id, session, held["audit"]), store.put

    async def overtaken(*words: Any, **condition: Any) -> str:
        monkeypatch.undo()
        await forget.withdraw(*about, 1000)
        return await put(*words, **condition)

    monkeypatch.setattr(store, "put", overtaken)

    await forget.withdraw(*about, 2000)

    kept = await store.get(consent.record_key(opened.id, held["audit"], "withdrawn"))
    assert 1000 == consent.read(kept.data)["time"]


async def test_what_is_erased_after_a_rewrite_has_the_next(
    collector: Client, opened: Recording, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The event store's files are rewritten before the withdrawal is written down, and its last step erases again."""
    held = await say_yes(collector, opened)
    store, [session] = collector.app[views.STORE], await log.sessions(opened.id)
    put = store.put

    async def rewritten(*words: Any, **condition: Any) -> str:
        assert await forget.rewrite_if_erased(log)
        return await put(*words, **condition)

    monkeypatch.setattr(store, "put", rewritten)

    await forget.withdraw(store, log, opened.id, session, held["audit"], 1000)

    assert await forget.rewrite_if_erased(log)


async def test_withdrawn_wins_over_a_change_on_its_way(
    collector: Client, opened: Recording, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The session is erased between the record of a change and the change: it stays erased."""
    held = await say_yes(collector, opened)
    token, app = await rights(collector, held), collector.app
    [session] = await log.sessions(opened.id)
    put = type(app[views.STORE]).put

    async def put_and_withdraw(store: Any, key: str, data: bytes, **condition: Any) -> str:
        done = await put(store, key, data, **condition)
        if "/changed-" in key:
            await forget.withdraw(app[views.STORE], log, opened.id, session, held["audit"], views.now_ms())
        return done

    monkeypatch.setattr(type(app[views.STORE]), "put", put_and_withdraw)

    response = await post(collector, "/v1/purposes", rights=token, purposes=["replay"])

    assert (410, "withdrawn") == await refusal(response)
    assert ["changed", "given", "withdrawn"] == [r["state"] for r in await records(collector, opened, held)]
    assert [] == await log.sessions(opened.id)


async def test_while_the_pictures_are_made_a_visitor_may_look_and_erase_but_change_nothing(
    collector: Client, opened: Recording, registry: Registry, log: EventLog
) -> None:
    """After the closing purposes and pause say that it has ended."""
    held = await say_yes(collector, opened)
    await registry.change(opened.id, lambda r: r.model_copy(update={"state": State.CLOSING}))
    await log.close(opened)

    token = await rights(collector, held)

    assert 200 == (await post(collector, "/v1/mine", rights=token)).status
    for path, form in (("/v1/purposes", {"purposes": ["replay"]}), ("/v1/pause", {"paused": True})):
        assert (410, "ended") == await refusal(await post(collector, path, rights=token, **form))
    proof = {"token": held["token"], "audit": held["audit"]}
    assert 200 == (await post(collector, "/v1/withdraw", **proof)).status


async def test_after_the_purge_every_right_says_when_it_was_and_where_the_proof_is(
    collector: Client, opened: Recording, registry: Registry, log: EventLog
) -> None:
    """Destroyed at T, and the certificate: for rights, for a withdrawal and for a batch."""
    held = await say_yes(collector, opened)
    token = await rights(collector, held)
    purged = {"state": State.SHREDDED, "reached": {State.SHREDDED: 1_800_000_000_000}}
    await forget.destroy_key(collector.app[views.KEY_STORE], opened.id)
    await registry.change(opened.id, lambda r: r.model_copy(update=purged))
    proof = {"token": held["token"], "audit": held["audit"]}

    for path, form in (("/v1/rights", proof), ("/v1/withdraw", proof), ("/v1/mine", {"rights": token})):
        response = await post(collector, path, **form)
        told = (
            f"at 2027-01-15T08:00:00Z; a certificate will be at /certificates/{opened.id} of this collector."
        )
        assert told in await response.text()
        assert (410, "destroyed") == await refusal(response)
    refused = await send(collector, events.encode(held["token"], batch()))
    assert (410, "destroyed") == await refusal(refused)


async def test_a_session_that_is_not_known_is_said_so(
    collector: Client, opened: Recording, log: EventLog
) -> None:
    """A consent whose session never began, because the store was down, has nothing to show."""
    held = await say_yes(collector, opened)
    key = await collector.app[views.REGISTRY].key(opened)
    await log.erase(opened.id, seal.session_id(key, held["audit"]))

    response = await post(collector, "/v1/rights", token=held["token"], audit=held["audit"])

    assert (410, "withdrawn") == await refusal(response)


async def test_rights_used_at_once_all_answer(collector: Client, opened: Recording) -> None:
    """Eight tabs that pause, change and look at the same time: no failure, and one state at the end."""
    held = await say_yes(collector, opened)
    token = await rights(collector, held)
    forms: list[tuple[str, dict[str, object]]] = [
        ("/v1/pause", {"paused": True}),
        ("/v1/mine", {}),
        ("/v1/purposes", {"purposes": ["replay"]}),
    ]

    answers = await asyncio.gather(*(post(collector, path, rights=token, **form) for path, form in forms * 3))

    assert {200} == {a.status for a in answers if a.status != 409}
    own = await (await post(collector, "/v1/mine", rights=token)).json()
    assert (["replay"], True) == (own["session"]["purposes"], own["session"]["paused"])


def test_a_changed_record_is_named_by_its_time() -> None:
    """So that one change never writes over another."""
    assert "consents/r/a/changed-17.json" == consent.record_key("r", "a", "changed", 17)
    assert limits.RIGHTS_LIFE.total_seconds() == 600
