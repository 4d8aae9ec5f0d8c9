import asyncio
import contextlib
import itertools
import json
from typing import Any, cast

import pytest
import redis

from heatmap import parts, pictures, worker
from heatmap.end import certificate, end, final
from heatmap.palette import Look
from heatmap.parts import Parts
from heatmap.previews import Previews
from recorder import consent, forget, seal, views
from recorder.errors import Gone, NotFound, Unavailable
from recorder.eventlog import EventLog, key
from recorder.recording import ENDING, Recording, State
from recorder.registry import key_key
from recorder.settings import Settings
from tests import clusters
from tests.conftest import a_recording
from tests.heatmap.conftest import crowd, visit

pytestmark = pytest.mark.also_on_a_cluster


async def test_an_ended_recording_leaves_pictures_and_a_certificate_and_nothing_raw(
    opened_parts: Parts, recording: Recording
) -> None:
    """The whole way: every state in order, no raw key, no recording key, a genuine certificate."""
    await crowd(opened_parts, recording)
    seen: list[State] = []

    ended = await end.finish(opened_parts, recording.id, lambda r: seen.append(r.state))

    assert list(ENDING) == seen == list(ended.reached)
    assert 0 == await forget.raw_keys_left(opened_parts.log, recording.id)
    assert [] == await opened_parts.keys.remains(key_key(recording.id))
    stored = await opened_parts.store.get(f"certificates/{recording.id}.json")
    content = certificate.verify(stored.data)
    assert {
        "sessions": 25,
        "without_batches": 0,
        "missing": 0,
        "batches": 25,
        "events": 75,
        "dropped": 0,
        "automated": 0,
        "unreadable": 0,
        "withdrawn": 0,
    } == content["counts"]
    kept = sorted(name.removeprefix("0/desktop/") for name in content["pictures"] if "click" in name)
    assert ["click-composed.png", "click-small.webp", "click.npz", "click.png"] == kept
    assert content["checks"]["canary_opens"] is False


async def test_a_picture_looks_the_same_before_and_after_the_end(
    opened_parts: Parts, recording: Recording
) -> None:
    """In every look, overlay and composed, although only one of them was kept."""
    await crowd(opened_parts, recording)
    looks = [Look(), Look("embers", 2.5, 0.4)]
    names = [f"{layer}{end}" for layer in ("click", "scroll") for end in (".png", "-composed.png")]
    names.append("click-composed.webp")

    async def all_(now: Recording) -> list[bytes]:
        return [
            await pictures.file(opened_parts, now, 0, "desktop", name, look)
            for look in looks
            for name in names
        ]

    before = await all_(recording)
    ended = await end.finish(opened_parts, recording.id)

    assert before == await all_(ended)
    assert 2 * len(names) == len(set(before))


async def test_the_teams_user_of_the_event_store_can_end_a_recording(
    opened_parts: Parts, recording: Recording, team_settings: Settings, redis_url: str
) -> None:
    """Every step is within what docker-compose.yml lets it do there."""
    await crowd(opened_parts, recording)

    async with parts.opened(team_settings) as team:
        await forget.rewrite_if_erased(team.log)
        ended = await end.finish(team, recording.id)

    assert State.CERTIFIED == ended.state
    checks = cast(dict[str, Any], ended.results["checks"])
    expected = {"append_only_file": "rewritten", "snapshot_file": "not in use"}
    roles = ["primary"]
    if "+cluster" in redis_url:  # a replica begins with a snapshot of its primary
        roles, expected["snapshot_file"] = ["primary"] * 3 + ["replica"] * 3, "rewritten"
    seen = checks["event_store"]
    logs = {each.pop("slow_log") for each in seen}
    assert logs <= {"nothing of it", "emptied"}  # as busy as the machine is
    assert [{"role": role} | expected for role in roles] == seen


async def test_ending_again_changes_nothing(opened_parts: Parts, recording: Recording) -> None:
    """A second end finds the first one's work."""
    await crowd(opened_parts, recording)
    first = await end.finish(opened_parts, recording.id)

    assert first == await end.finish(opened_parts, recording.id)


async def test_several_workers_end_one_recording_once(opened_parts: Parts, recording: Recording) -> None:
    """Three at once come to one and the same end."""
    await crowd(opened_parts, recording)

    ended = await asyncio.gather(*(end.finish(opened_parts, recording.id) for _ in range(3)))

    assert ended[0] == ended[1] == ended[2]
    kept = await opened_parts.store.keys(f"pictures/{recording.id}/")
    assert {str(ended[0].results["attempt"])} == {name.split("/")[2] for name in kept}


async def test_who_withdraws_while_pictures_are_drawn_is_not_in_them(
    opened_parts: Parts, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pictures are drawn anew, and the attempt that showed the visitor is removed."""
    audits = await crowd(opened_parts, recording)
    key = await opened_parts.registry.key(recording)
    session = seal.session_id(key, audits[0])
    draw = pictures.final_pictures
    attempts = 0

    async def draw_and_withdraw(parts: Parts, current: Recording, keep: pictures.Keep) -> Any:
        nonlocal attempts
        attempts += 1
        made = await draw(parts, current, keep)
        await forget.withdraw(parts.store, parts.log, current.id, session, audits[0], recording.start)
        return made

    monkeypatch.setattr(final, "final_pictures", draw_and_withdraw)

    ended = await end.finish(opened_parts, recording.id)

    assert 2 == attempts
    counts = cast(dict[str, int], ended.results["counts"])
    assert (24, 20, 0) == (counts["events"] // 3, counts["sessions"], counts["withdrawn"])
    kept = await opened_parts.store.keys(f"pictures/{recording.id}/")
    assert {str(ended.results["attempt"])} == {name.split("/")[2] for name in kept}
    assert await opened_parts.store.get(consent.record_key(recording.id, audits[0], "withdrawn"))


async def test_a_page_with_too_few_people_has_no_final_picture(
    opened_parts: Parts, recording: Recording
) -> None:
    """Twenty sessions are a crowd by this recording's rule, nineteen are not."""
    for _ in range(19):
        await visit(opened_parts, recording, page=0)
    for _ in range(20):
        await visit(opened_parts, recording, page=1)

    ended = await end.finish(opened_parts, recording.id)

    names = cast(dict[str, str], ended.results["pictures"])
    assert {"1"} == {first for name in names if (first := name.split("/")[0]).isdecimal()}


async def test_a_key_that_is_still_there_is_not_certified(
    opened_parts: Parts, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the key was not destroyed, the check says so, the state stays, and there is no certificate."""
    await crowd(opened_parts, recording)

    async def careless(*_: object) -> None:
        pass

    monkeypatch.setattr(forget, "destroy_key", careless)

    with pytest.raises(end.NotDestroyed, match="canary opens: True"):
        await end.finish(opened_parts, recording.id)
    assert State.REMOVED == (await opened_parts.registry.read(recording.id)).state
    with pytest.raises(NotFound):
        await opened_parts.store.get(f"certificates/{recording.id}.json")


async def test_a_raw_key_that_is_still_there_is_not_certified(
    opened_parts: Parts, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the raw data was not removed, the check counts what is left."""
    await crowd(opened_parts, recording)

    async def careless(*_: object) -> dict[str, str]:
        return {}

    monkeypatch.setattr(forget, "remove_raw", careless)

    with pytest.raises(end.NotDestroyed, match=r"\d+ raw keys"):
        await end.finish(opened_parts, recording.id)


async def test_of_previews_nothing_is_left_in_memory(opened_parts: Parts, recording: Recording) -> None:
    """Somebody looked while it ran; the certificate says that it is gone here, and who else may have had it."""
    await crowd(opened_parts, recording)
    await pictures.view(opened_parts, recording, 0, "desktop")
    assert opened_parts.previews.left(recording.id)

    await end.finish(opened_parts, recording.id)

    assert 0 == opened_parts.previews.left(recording.id)
    said = certificate.verify((await opened_parts.store.get(f"certificates/{recording.id}.json")).data)
    assert 0 == said["checks"]["previews_left"]
    assert [
        each for each in said["checks"]["not_checked"] if "previews" in each and "other processes" in each
    ]


async def test_a_preview_that_is_still_in_memory_is_not_certified(
    opened_parts: Parts, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is looked for, and not taken for gone."""
    await crowd(opened_parts, recording)
    await pictures.view(opened_parts, recording, 0, "desktop")

    async def careless(*_: object) -> None:
        pass

    monkeypatch.setattr(Previews, "forget", careless)

    with pytest.raises(end.NotDestroyed, match=r"[1-9] previews"):
        await end.finish(opened_parts, recording.id)


async def test_what_the_object_store_writes_by_itself_is_said_to_be_unchecked(
    opened_parts: Parts, recording: Recording
) -> None:
    """Names of consent records have an audit id in them, and an access log has names."""
    ended = await end.finish(opened_parts, recording.id)

    checks = cast(dict[str, Any], ended.results["checks"])
    assert [each for each in checks["not_checked"] if "access logs" in each and "consent records" in each]


async def test_a_raw_key_on_any_primary_is_not_certified(
    opened_parts: Parts, recording: Recording, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a cluster each one is looked through; when nothing is left on any, there is a certificate."""
    await crowd(opened_parts, recording)
    remove_raw = forget.remove_raw
    for server in clusters.servers(redis_url):
        with redis.from_url(server) as primary:
            if b"master" != primary.execute_command("ROLE")[0]:
                continue
            left = key_on(primary, recording)

            async def careless(log: EventLog, name: str, on: Any = primary, left: str = left) -> Any:
                done = await remove_raw(log, name)
                on.set(left, "raw")
                return done

            monkeypatch.setattr(forget, "remove_raw", careless)
            with pytest.raises(end.NotDestroyed, match=r"[12] raw keys"):  # its replica may have it by then
                await end.finish(opened_parts, recording.id)
    with pytest.raises(NotFound):
        await opened_parts.store.get(f"certificates/{recording.id}.json")
    monkeypatch.setattr(forget, "remove_raw", remove_raw)

    ended = await end.finish(opened_parts, recording.id)

    assert State.CERTIFIED == ended.state


def key_on(primary: Any, recording: Recording) -> str:
    """A key of a visitor session that is this server's to keep."""
    for n in itertools.count():
        name = key(recording.id, f"visitor-{n}")
        with contextlib.suppress(redis.ResponseError):  # MOVED: it is another one's
            primary.exists(name)
            return name
    raise AssertionError


async def test_a_picture_that_was_changed_is_not_certified(opened_parts: Parts, recording: Recording) -> None:
    """What is in the certificate is what is in the store."""
    await crowd(opened_parts, recording)

    class Stopped(Exception):
        pass

    def stop(current: Recording) -> None:
        if current.state == State.REMOVED:
            raise Stopped

    with pytest.raises(Stopped):
        await end.finish(opened_parts, recording.id, stop)
    current = await opened_parts.registry.read(recording.id)
    await opened_parts.store.put(end.picture_key(current, "0/desktop/click.png"), b"another picture")

    with pytest.raises(end.NotDestroyed, match="1 changed pictures"):
        await end.finish(opened_parts, recording.id)


async def test_nothing_is_destroyed_before_the_pictures_are_safe(
    opened_parts: Parts, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While pictures cannot be stored, key and raw events stay."""
    await crowd(opened_parts, recording)
    put = type(opened_parts.store).put

    async def full(store: Any, key: str, data: bytes, **condition: Any) -> str:
        if key.startswith("pictures/"):
            raise Unavailable("The disk is full.")
        return await put(store, key, data, **condition)

    monkeypatch.setattr(type(opened_parts.store), "put", full)

    with pytest.raises(Unavailable):
        await end.finish(opened_parts, recording.id)
    assert State.CLOSING == (await opened_parts.registry.read(recording.id)).state
    assert [f"keys/{recording.id}"] == await opened_parts.keys.remains(key_key(recording.id))
    assert 25 == len(await opened_parts.log.sessions(recording.id))


async def test_nothing_is_destroyed_when_a_picture_is_not_read_back_as_it_was_written(
    opened_parts: Parts, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store took it and has something else: key and raw events stay, and it is drawn again the next time."""
    await crowd(opened_parts, recording)
    put = type(opened_parts.store).put
    damaged: list[str] = []

    async def careless(store: Any, key: str, data: bytes, **condition: Any) -> str:
        if key.endswith("/click.png") and not damaged:
            damaged.append(key)
            data = data[:-1]
        return await put(store, key, data, **condition)

    monkeypatch.setattr(type(opened_parts.store), "put", careless)

    with pytest.raises(Unavailable, match="gave back something else"):
        await end.finish(opened_parts, recording.id)
    assert State.CLOSING == (await opened_parts.registry.read(recording.id)).state
    assert [f"keys/{recording.id}"] == await opened_parts.keys.remains(key_key(recording.id))
    assert 25 == len(await opened_parts.log.sessions(recording.id))
    ended = await end.finish(opened_parts, recording.id)
    assert damaged[0] not in await opened_parts.store.keys(f"pictures/{recording.id}/")
    assert [] == await final.unsafe(opened_parts, ended)


async def test_after_the_end_the_site_can_have_another_recording(
    opened_parts: Parts, recording: Recording
) -> None:
    """The origin is free, and the old key opens nothing of the new recording."""
    await end.finish(opened_parts, recording.id)

    after = await opened_parts.registry.open(a_recording())

    assert after.id == (await opened_parts.registry.for_origin(after.origins[0])).id
    with pytest.raises(Gone):
        await opened_parts.registry.key(await opened_parts.registry.read(recording.id))


async def test_the_worker_ends_what_is_due_and_nothing_else(opened_parts: Parts) -> None:
    """Past its end a recording is certified, before it nothing happens."""
    now = views.now_ms()
    over = await opened_parts.registry.open(a_recording(start=now - 2000, end=now - 1000))
    running = await opened_parts.registry.open(a_recording(origins=["https://other.example"]))

    await worker.end_what_is_due(opened_parts)

    assert State.CERTIFIED == (await opened_parts.registry.read(over.id)).state
    assert State.OPEN == (await opened_parts.registry.read(running.id)).state


async def test_the_certificate_names_no_session_and_no_audit_id(
    opened_parts: Parts, recording: Recording
) -> None:
    """It is public: it holds counts and times only."""
    audits = await crowd(opened_parts, recording)
    key = await opened_parts.registry.key(recording)
    names = [*audits, *(seal.session_id(key, audit) for audit in audits)]

    await end.finish(opened_parts, recording.id)

    text = (await opened_parts.store.get(f"certificates/{recording.id}.json")).data.decode()
    assert not [name for name in names if name in text]
    assert json.loads(text)["content"]["told"]["deadline"] == recording.deadline


async def test_a_recording_that_cannot_end_does_not_keep_others(opened_parts: Parts) -> None:
    """One lost its key; the other, due later, is certified all the same."""
    now = views.now_ms()
    broken = await opened_parts.registry.open(a_recording(start=now - 3000, end=now - 2000))
    fine = await opened_parts.registry.open(
        a_recording(start=now - 2000, end=now - 1000, origins=["https://other.example"])
    )
    await opened_parts.keys.delete(key_key(broken.id))

    await worker.end_what_is_due(opened_parts)

    assert State.CERTIFIED == (await opened_parts.registry.read(fine.id)).state
    assert State.CLOSING == (await opened_parts.registry.read(broken.id)).state
