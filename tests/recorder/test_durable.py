"""What was acknowledged is kept, whatever happens to the store; while it can keep nothing, it is said in time."""

import asyncio
import contextlib
import itertools
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import redis
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection

from recorder import app as recorder_app
from recorder import consent, events, forget, limits, views
from recorder.embedded import event_store
from recorder.errors import Gone, Unavailable, Unusable
from recorder.eventlog import EventLog
from recorder.eventstore import connect
from recorder.recording import Recording
from recorder.registry import Registry
from recorder.settings import Settings, read
from tests.conftest import Served, a_recording, absent
from tests.recorder.sample import batch, records
from tests.recorder.test_serving import process, rss
from tests.recorder.test_views import FROM, a_yes, refusal, say_yes, send

Client = TestClient[web.Request, web.Application]


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    """A store of the test's own, since it is stopped, filled and killed."""
    with event_store(tmp_path / "events") as url:
        yield url


@pytest.fixture
def settings(tmp_path: Path, redis_url: str) -> Settings:
    """As `yesmap serve` has them: the embedded store knows no users."""
    return read(data=tmp_path, redis_url=redis_url)


@pytest.fixture
def store(redis_url: str) -> Iterator["redis.Redis"]:
    with redis.from_url(redis_url) as client:
        yield client


def pid(store: "redis.Redis") -> int:
    return int(store.info("server")["process_id"])


async def kept(log: EventLog, recording: Recording) -> set[bytes]:
    sessions = await log.sessions(recording.id)
    return {field async for session in log.read(recording.id, sessions) for field in session.batches}


async def again(client: Client, body: bytes) -> aiohttp.ClientResponse:
    """Send until it is taken, as a browser does; the store needs a moment to come back."""
    async with asyncio.timeout(20):
        while (response := await send(client, body)).status == 503:
            await asyncio.sleep(0.1)
    return response


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("appendonly", "no"),
        ("appendfsync", "everysec"),
        ("no-appendfsync-on-rewrite", "yes"),
        ("maxmemory-policy", "volatile-lru"),
    ],
)
async def test_a_store_that_may_lose_what_it_acknowledged_stops_the_start(
    store: "redis.Redis", redis_url: str, tmp_path: Path, setting: str, value: str
) -> None:
    """The sentence names the setting and what it must be."""
    store.config_set(setting, value)

    with pytest.raises(Unusable, match=f"set {setting} "):
        await TestServer(recorder_app.build(read(data=tmp_path, redis_url=redis_url))).start_server()


async def test_a_store_that_does_not_show_its_settings_is_warned_of(
    store: "redis.Redis", log: EventLog, caplog: pytest.LogCaptureFixture
) -> None:
    """A managed store may hide them: then the operator is told what to make sure of."""
    store.acl_setuser("default", enabled=True, nopass=True, commands=["-config"])

    await log.check_durable()

    assert "make sure that it has appendonly yes, appendfsync always" in caplog.text


async def test_a_batch_is_on_disk_before_it_is_acknowledged(
    collector: Client, opened: Recording, store: "redis.Redis", tmp_path: Path
) -> None:
    """The store's system calls: written to its file, `fdatasync`, and only then the answer."""
    strace = shutil.which("strace") or absent("strace")
    held, trace = await say_yes(collector, opened), tmp_path / "trace"
    words = [
        "-f",
        "-y",
        "-qq",
        "-s",
        "8",
        "-e",
        "trace=write,fdatasync,fsync,sendto,writev",
        "-o",
        str(trace),
    ]
    tracer = await asyncio.create_subprocess_exec(
        strace, *words, "-p", str(pid(store)), stderr=asyncio.subprocess.DEVNULL
    )
    while not (trace.exists() and trace.stat().st_size):  # it has begun when the store's own timers show
        store.config_set("hz", 10)

    assert 204 == (await send(collector, events.encode(held["token"], batch()))).status
    tracer.terminate()
    await tracer.wait()

    kinds = [_kind(line) for line in trace.read_text().splitlines()]
    steps = "".join(kind for kind in kinds if kind)
    assert re.search("fsa", steps), steps
    assert "fa" not in steps


def _kind(line: str) -> str:
    """f: bytes to the append-only file, s: sync of it, a: an answer to a client."""
    if "appendonly.aof" in line:
        return "s" if "sync(" in line else "f"
    return "a" if "<UNIX" in line or "<socket:" in line else ""


async def test_killing_store_and_collector_right_after_the_answer_loses_nothing(tmp_path: Path) -> None:
    """What got a 204 is there when both are started again."""
    acknowledged = set()
    with event_store(tmp_path / "events") as url:
        env = {**os.environ, "YESMAP_REDIS_URL": url, "YESMAP_DATA": str(tmp_path), "YESMAP_PORT": "0"}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "recorder"), env=env, stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout
        address = (await process.stdout.readline()).decode().split()[-1]
        recording = await _open(tmp_path, url)
        async with aiohttp.ClientSession(address, headers=FROM) as http:
            async with http.post("/v1/consent", data=json.dumps(a_yes(recording))) as answer:
                token = (await answer.json())["token"]
            for number in range(20):
                sent = batch(sequence=number)
                body = events.encode(token, sent)
                async with http.post("/v1/events", data=body, skip_auto_headers=["Content-Type"]) as answer:
                    assert 204 == answer.status
                    acknowledged.add(sent.field)
            with redis.from_url(url) as client:
                os.kill(pid(client), signal.SIGKILL)
            process.kill()
            await process.wait()

    with event_store(tmp_path / "events") as url:
        log = EventLog(connect(url))
        assert acknowledged == await kept(log, recording)
        await log.redis.aclose()


async def _open(folder: Path, url: str) -> Recording:
    async with recorder_app.stores(read(data=folder, redis_url=url)) as (objects, keys, _):
        return await Registry(objects, keys).open(a_recording())


async def test_a_store_that_dies_comes_back_with_all_that_was_acknowledged(
    collector: Client, opened: Recording, store: "redis.Redis", log: EventLog
) -> None:
    """The embedded store is started again, and the collector finds it by itself."""
    held = await say_yes(collector, opened)
    for number in range(5):
        assert 204 == (await again(collector, events.encode(held["token"], batch(sequence=number)))).status
        os.kill(pid(store), signal.SIGKILL)
        with contextlib.suppress(redis.ConnectionError):
            store.ping()
        assert 204 == (await again(collector, events.encode(held["token"], batch(sequence=99)))).status

    assert {batch(sequence=n).field for n in (*range(5), 99)} == await kept(log, opened)


async def test_a_full_disk_is_never_acknowledged(
    collector: Client, opened: Recording, store: "redis.Redis", log: EventLog
) -> None:
    """With no room for another byte of its file the store keeps nothing: 503, and what was acknowledged stays."""
    held, acknowledged, statuses = await say_yes(collector, opened), set(), list[int]()
    size = int(store.info("persistence")["aof_current_size"])
    resource.prlimit(pid(store), resource.RLIMIT_FSIZE, (size + 3000, size + 3000))

    for number in range(60):
        sent = batch(sequence=number)
        response = await send(collector, events.encode(held["token"], sent))
        statuses.append(response.status)
        if response.status == 204:
            acknowledged.add(sent.field)
        else:
            assert "5" == response.headers["Retry-After"]
            break

    assert 503 == statuses[-1]
    assert 204 == (await again(collector, events.encode(held["token"], batch(sequence=1000)))).status
    assert acknowledged | {batch(sequence=1000).field} <= await kept(log, opened)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a file system of its own, of 8 MB, which only root can make."""
    folder = tmp_path / "small"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)], check=False, capture_output=True
    )
    if made.returncode:
        pytest.skip(
            "NOT TESTED: a file system of its own needs root; a limit of the file's size is tested above"
        )
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


async def test_a_file_system_without_room_is_never_acknowledged(small_disk: Path, tmp_path: Path) -> None:
    """Full to the last block: 503, nothing acknowledged is lost, and it goes on by itself when there is room."""
    with event_store(small_disk / "events") as url:
        async with TestClient(Served(recorder_app.build(read(data=tmp_path, redis_url=url)))) as client:
            opened = await client.app[views.REGISTRY].open(a_recording())
            held, filler = await say_yes(client, opened), small_disk / "filler"
            with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
                while file.write(bytes(4096)):
                    pass

            acknowledged, last = set(), 0
            for number in range(60):
                sent = batch(sequence=number)
                last = (await send(client, events.encode(held["token"], sent))).status
                if last != 204:
                    break
                acknowledged.add(sent.field)
            assert 503 == last
            filler.unlink()

            assert 204 == (await again(client, events.encode(held["token"], batch(sequence=1000)))).status
            log = client.app[views.LOG]
            with redis.from_url(url) as store:
                [name] = store.keys(f"ym:{opened.id}:{{*}}")
                assert acknowledged | {batch(sequence=1000).field} <= set(store.hkeys(name))
            assert await log.is_open(opened.id, name.decode().partition("{")[2].rstrip("}"))


#: A collector that lets a tenth as many batches wait, so that a crowd of eight times as many is soon there.
FEW = limits.BATCHES_WAITING // 10
CROWD = 8 * FEW
_FEWER = f"""
from recorder import overwriting
overwriting.begin()
from recorder import __main__, limits
limits.BATCHES_WAITING = {FEW}
__main__.main()
"""


async def test_a_crowd_before_a_store_that_stands_still_costs_no_memory(
    opened: Recording, collector: Client, store: "redis.Redis", settings: Settings
) -> None:
    """A process of its own, posted to by more than may wait: 503, flat memory, and then it goes on by itself."""
    tokens, number = [(await say_yes(collector, opened))["token"] for _ in range(20)], pid(store)
    made, sequences, answers = records(*[{"t": 40 * n} for n in range(1250)]), itertools.count(), list[int]()

    async def post(http: aiohttp.ClientSession) -> int:
        sequence = next(sequences)
        body = events.encode(tokens[sequence % len(tokens)], batch(sequence=sequence, records=made))
        assert len(body) > limits.BODY_BYTES * 0.9
        async with http.post("/v1/events", data=body, skip_auto_headers=["Content-Type"]) as answer:
            answers.append(answer.status)
            assert answer.status == 204 or "5" == answer.headers["Retry-After"]
            return answer.status

    async def keep_posting(http: aiohttp.ClientSession, until: float) -> None:
        while time.monotonic() < until:
            await post(http)

    async with (
        process(settings, "-c", _FEWER) as (port, collecting),
        aiohttp.ClientSession(
            f"http://127.0.0.1:{port}", headers=FROM, connector=aiohttp.TCPConnector(limit=0)
        ) as http,
    ):
        while 204 not in answers:  # every connection has what it needs
            await asyncio.gather(*(post(http) for _ in range(CROWD)))
        answers.clear()
        for _ in range(2):  # what the first crowd needed is there for the second one
            before = rss(collecting)
            os.kill(number, signal.SIGSTOP)
            try:
                await asyncio.gather(*(keep_posting(http, time.monotonic() + 2) for _ in range(CROWD)))
                grown = rss(collecting) - before
            finally:
                os.kill(number, signal.SIGCONT)
            while await post(http) == 503:
                await asyncio.sleep(0.1)

    assert 503 in answers
    # A body that has arrived on each connection, and those that wait in a few shapes more: without a limit of those
    # that wait it is three to five times as much.
    assert grown < (CROWD + 4 * FEW) * limits.BODY_BYTES


async def test_a_store_at_its_memory_limit_refuses_and_goes_on_when_there_is_room(
    collector: Client, opened: Recording, store: "redis.Redis", log: EventLog
) -> None:
    """503 with Retry-After, nothing evicted, and the refused batch is taken later."""
    held = await say_yes(collector, opened)
    assert 204 == (await send(collector, events.encode(held["token"], batch()))).status
    store.config_set("maxmemory", 1)

    refused = await send(collector, events.encode(held["token"], batch(sequence=1)))

    assert ("5", (503, "unavailable")) == (refused.headers["Retry-After"], await refusal(refused))
    store.config_set("maxmemory", 0)
    assert 204 == (await send(collector, events.encode(held["token"], batch(sequence=1)))).status
    assert {batch().field, batch(sequence=1).field} == await kept(log, opened)


async def test_a_recording_ends_also_when_the_store_is_full(
    collector: Client, opened: Recording, store: "redis.Redis", log: EventLog
) -> None:
    """It is what makes room: the gates are shut, the batches can be read, and everything can be removed."""
    held = await say_yes(collector, opened)
    assert 204 == (await send(collector, events.encode(held["token"], batch()))).status
    store.config_set("maxmemory", 1)

    await log.close(opened)

    assert {batch().field} == await kept(log, opened)
    await forget.remove_raw(log, opened.id)
    assert 0 == await forget.raw_keys_left(log, opened.id)
    store.config_set("maxmemory", 0)
    assert 410 == (await send(collector, events.encode(held["token"], batch(sequence=1)))).status


async def test_who_withdraws_while_the_store_is_full_has_withdrawn(
    collector: Client, opened: Recording, store: "redis.Redis", log: EventLog
) -> None:
    """There is no room to note that the files are to be rewritten: 503, but all else is done and written down."""
    held = await say_yes(collector, opened)
    form = json.dumps({name: held[name] for name in ("token", "audit")})
    store.config_set("maxmemory", 1)

    refused = await collector.post("/v1/withdraw", data=form, headers=FROM)

    assert ("5", (503, "unavailable")) == (refused.headers["Retry-After"], await refusal(refused))
    assert [] == await log.sessions(opened.id)
    assert 410 == (await send(collector, events.encode(held["token"], batch()))).status
    await collector.app[views.STORE].get(consent.record_key(opened.id, held["audit"], "withdrawn"))
    store.config_set("maxmemory", 0)
    assert 200 == (await collector.post("/v1/withdraw", data=form, headers=FROM)).status
    assert store.exists(forget.ERASED)


async def test_a_store_that_hangs_is_not_waited_for(
    collector: Client, opened: Recording, store: "redis.Redis", log: EventLog
) -> None:
    """Every batch of a crowd gets its 503 by the collector's own clock; what was kept after all counts once."""
    held, number = await say_yes(collector, opened), pid(store)
    bodies = [events.encode(held["token"], batch(sequence=n)) for n in range(100)]
    os.kill(number, signal.SIGSTOP)
    try:
        answers = await asyncio.gather(*(send(collector, body) for body in bodies))
    finally:
        os.kill(number, signal.SIGCONT)

    assert {503} == {answer.status for answer in answers}
    assert limits.STORE_SECONDS <= limits.ANSWER_SECONDS < 2
    for body in bodies:
        assert 204 == (await again(collector, body)).status
    [session] = [s async for s in log.read(opened.id, await log.sessions(opened.id))]
    assert (100, 100) == (len(session.batches), session.events)


async def test_a_client_that_is_closed_over_a_round_stays_closed(
    opened: Recording, redis_url: str, store: "redis.Redis"
) -> None:
    """What waits is refused; the connection does not open itself again, where nobody would close it."""
    client, number = connect(redis_url), pid(store)
    assert isinstance(client, Redis)
    log = EventLog(client)
    with contextlib.suppress(Gone):  # connects
        await log.append(opened.id, "s", bytes(12), b"", 1, 0)
    os.kill(number, signal.SIGSTOP)
    try:
        waiting = asyncio.ensure_future(log.append(opened.id, "s", bytes(12), b"", 1, 0))
        await asyncio.sleep(0.05)  # it has been sent
        await client.aclose()
    finally:
        os.kill(number, signal.SIGCONT)

    with pytest.raises(Unavailable):
        await waiting
    assert not any(each.is_connected for each in client.connection_pool._in_use_connections)


@contextlib.contextmanager
def slow() -> Iterator[asyncio.Event]:
    """Each call alone has its answer in time; two, one after the other, wait for too long. Set once one is asked."""
    send, asked = AbstractConnection.send_packed_command, asyncio.Event()

    async def later(connection: AbstractConnection, *words: Any, **how: Any) -> None:
        asked.set()
        await asyncio.sleep(0.5)
        await send(connection, *words, **how)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AbstractConnection, "send_packed_command", later)
        patch.setattr(limits, "ANSWER_SECONDS", 0.9)
        yield asked


async def test_what_one_request_asks_of_a_slow_store_is_waited_for_once(
    collector: Client, opened: Recording
) -> None:
    """A yes begins a session and registers it; a new release is brought in before its batch is kept."""
    held = await say_yes(collector, opened)
    body = events.encode(held["token"], batch(release="1.4.0"))
    another = json.dumps(a_yes(opened))
    with slow():
        refused = await collector.post("/v1/consent", data=another, headers=FROM), await send(collector, body)

    assert [503, 503] == [answer.status for answer in refused]
    assert {"5"} == {answer.headers["Retry-After"] for answer in refused}
    assert 204 == (await again(collector, body)).status
    assert 201 == (await collector.post("/v1/consent", data=another, headers=FROM)).status


async def test_a_withdrawal_is_not_waited_for_to_its_last_step(
    collector: Client, opened: Recording, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store stands still before it notes that its files are to be rewritten: 503, and once more finishes it."""
    held = await say_yes(collector, opened)
    form, send = (
        json.dumps({name: held[name] for name in ("token", "audit")}),
        AbstractConnection.send_packed_command,
    )
    marks = itertools.count()

    async def stands_still(connection: AbstractConnection, words: Any, **how: Any) -> None:
        if not isinstance(words, bytes) and forget.ERASED.encode() in b"".join(words) and next(marks):
            await asyncio.sleep(2 * limits.ANSWER_SECONDS)
        await send(connection, words, **how)

    with monkeypatch.context() as patch:
        patch.setattr(AbstractConnection, "send_packed_command", stands_still)
        response = await collector.post("/v1/withdraw", data=form, headers=FROM)

    assert (503, "unavailable") == await refusal(response)
    assert [] == await log.sessions(opened.id)
    assert 200 == (await collector.post("/v1/withdraw", data=form, headers=FROM)).status


async def test_whatever_goes_wrong_on_the_way_to_the_store_nobody_waits_for_ever(
    collector: Client, opened: Recording, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A fault of ours in a round is a 503 for all who are in it and behind it, and a line in the log."""
    held = await say_yes(collector, opened)
    bodies = [events.encode(held["token"], batch(sequence=n)) for n in range(5)]

    async def broken(*_: Any, **__: Any) -> None:
        raise TypeError("marker-in-the-error")

    with monkeypatch.context() as patch:
        patch.setattr(limits, "BATCHES_A_ROUND", 2)
        patch.setattr(AbstractConnection, "send_packed_command", broken)
        async with asyncio.timeout(20):
            answers = await asyncio.gather(*(send(collector, body) for body in bodies))

    assert {503} == {answer.status for answer in answers}
    assert "TypeError" in caplog.text
    assert "marker" not in caplog.text
    assert 204 == (await again(collector, bodies[0])).status


async def test_who_waits_behind_another_in_a_slow_store_waits_no_longer(
    collector: Client, opened: Recording
) -> None:
    """The time of a round is that of the one in it who has waited longest."""
    held = await say_yes(collector, opened)
    bodies = [events.encode(held["token"], batch(sequence=n)) for n in range(3)]
    assert 204 == (await again(collector, bodies[0])).status  # the script is there
    with slow() as asked:
        first = asyncio.create_task(send(collector, bodies[1]))
        await asked.wait()
        assert 503 == (await send(collector, bodies[2])).status
        await first
    assert 204 == (await again(collector, bodies[2])).status


async def test_the_queue_before_a_slow_store_is_bounded(
    collector: Client, opened: Recording, store: "redis.Redis", monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than `BATCHES_WAITING` are refused at once, without waiting for anything."""
    monkeypatch.setattr(limits, "BATCHES_WAITING", 3)
    log, number = collector.app[views.LOG], pid(store)
    os.kill(number, signal.SIGSTOP)
    try:
        waiting: list[Any] = [
            asyncio.ensure_future(log.append(opened.id, "s", bytes([n]) * 12, b"", 1, 0)) for n in range(5)
        ]
        done, _ = await asyncio.wait(waiting, timeout=0.5)
        assert 2 == len(done)
        await asyncio.gather(*waiting, return_exceptions=True)
    finally:
        os.kill(number, signal.SIGCONT)


@pytest.fixture
async def second(redis_url: str, tmp_path: Path) -> AsyncIterator[Client]:
    """Another collector on the same stores."""
    app = recorder_app.build(read(data=tmp_path, redis_url=redis_url))
    async with TestClient(Served(app)) as client:
        yield client


async def test_two_collectors_two_tabs_retries_and_any_order_count_each_batch_once(
    collector: Client, second: Client, opened: Recording, log: EventLog
) -> None:
    """Each batch goes to both collectors twice, in another order each: all are acknowledged, each is there once."""
    held = await say_yes(collector, opened)
    tabs = [batch(document=tab, sequence=n) for tab in (b"tab-one.", b"tab-two.") for n in range(10)]
    bodies = [events.encode(held["token"], each) for each in tabs]
    orders = [(collector, bodies), (second, bodies[::-1]), (collector, bodies[1::2]), (second, bodies)]

    async def until_taken(client: Client, body: bytes) -> int:
        """As a browser does: a store that is too slow at the moment is asked again."""
        while (status := (await send(client, body)).status) == 503:
            pass
        return status

    answers = await asyncio.gather(*(until_taken(client, body) for client, some in orders for body in some))

    assert {204} == set(answers)
    [session] = [s async for s in log.read(opened.id, await log.sessions(opened.id))]
    assert ({each.field for each in tabs}, 20) == (set(session.batches), session.events)


@pytest.mark.parametrize("first", ["batch", "withdrawal"])
async def test_a_batch_and_a_withdrawal_at_once_leave_nothing(
    collector: Client, second: Client, opened: Recording, log: EventLog, first: str
) -> None:
    """Whichever the store sees first, when both have been answered there is nothing of the session."""
    held = await say_yes(collector, opened)
    form = json.dumps({"token": held["token"], "audit": held["audit"]})

    async def take() -> int:
        return (await send(collector, events.encode(held["token"], batch()))).status

    async def withdraw() -> int:
        return (await second.post("/v1/withdraw", data=form, headers=FROM)).status

    if first == "batch":
        assert (204, 200) == (await take(), await withdraw())
    else:
        assert (200, 410) == (await withdraw(), await take())
    together = await asyncio.gather(take(), withdraw(), take())

    assert [410, 200, 410] == list(together)
    assert set() == await kept(log, opened)
    assert not [name async for name in log.left(opened.id) if name.endswith(b"}")]


@pytest.mark.parametrize("first", ["batch", "closing"])
async def test_a_batch_and_a_closing_at_once_agree(
    collector: Client, opened: Recording, log: EventLog, first: str
) -> None:
    """A batch that the store saw before the closing is kept and acknowledged; one after it is refused and not kept."""
    held = await say_yes(collector, opened)
    body = events.encode(held["token"], batch())

    if first == "batch":
        assert 204 == (await send(collector, body)).status
        await log.close(opened)
        assert {batch().field} == await kept(log, opened)
    else:
        await log.close(opened)
        assert 410 == (await send(collector, body)).status
        assert set() == await kept(log, opened)
