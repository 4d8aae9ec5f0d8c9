"""The collector as a process: idle connections, slow and hostile senders, several workers."""

import asyncio
import contextlib
import gzip
import json
import os
import re
import resource
import signal
import socket
import sys
import tracemalloc
from collections.abc import AsyncIterator
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import aiohttp
import pytest
from aiohttp import http_parser, web
from aiohttp.test_utils import TestClient
from aiohttp.typedefs import Handler

from recorder import app as recorder_app
from recorder import events, limits
from recorder.crew import Crew
from recorder.errors import Malformed, TooLarge, Unusable
from recorder.eventlog import EventLog
from recorder.middlewares import acknowledged
from recorder.protocol import Protocol
from recorder.recording import Recording
from recorder.registry import Registry
from recorder.serving import Face, listening
from recorder.settings import Settings
from recorder.views import now_ms
from tests.conftest import ORIGIN, a_recording
from tests.recorder.sample import batch, records
from tests.recorder.test_embedded import children
from tests.recorder.test_views import FROM, a_yes, refusal, say_yes, send

Client = TestClient[web.Request, web.Application]
CONNECTIONS = 10_000


def request(body: bytes, *headers: str) -> bytes:
    lines = ["POST /v1/events HTTP/1.1", "Host: ask.example", f"Origin: {ORIGIN}", *headers]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


async def statuses(client: Client, sent: bytes, answers: int = 1) -> list[int]:
    """What is answered to these bytes on one connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
    writer.write(sent)
    text = b""
    async with asyncio.timeout(20):
        while len(re.findall(rb"HTTP/1.1 \d+", text)) < answers and (more := await reader.read(65536)):
            text += more
    writer.close()
    return [int(status) for status in re.findall(rb"HTTP/1.1 (\d+)", text)]


async def test_pipelined_batches_are_answered_in_turn(collector: Client, opened: Recording) -> None:
    """Several requests in one packet are several requests."""
    held = await say_yes(collector, opened)
    good = [request(events.encode(held["token"], batch(sequence=n))) for n in range(20)]

    assert [204] * 10 + [400] + [204] * 10 == await statuses(
        collector, b"".join([*good[:10], request(b"\xc1"), *good[10:]]), 21
    )


@pytest.mark.parametrize("count", [1, 3, 40])
async def test_who_says_that_nothing_more_will_come_has_every_answer(
    collector: Client, opened: Recording, count: int
) -> None:
    """The sending side is shut behind whole requests: each is answered, then the connection is closed."""
    held = await say_yes(collector, opened)
    sent = b"".join(request(events.encode(held["token"], batch(sequence=n))) for n in range(count))

    assert count == (await until_closed(collector, sent)).count(b"HTTP/1.1 204")


async def test_a_large_answer_reaches_who_says_that_nothing_more_will_come(collector: Client) -> None:
    answer = await until_closed(collector, b"GET /openapi.json HTTP/1.1\r\nHost: ask.example\r\n\r\n")

    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    assert json.loads(body)


async def test_half_a_request_behind_which_nothing_comes_is_let_go(collector: Client) -> None:
    """Who has gone in the middle of a request holds nothing, and there is nobody to answer."""
    assert b"" == await until_closed(collector, request(bytes(100))[:-50])


async def until_closed(client: Client, sent: bytes) -> bytes:
    """All that is answered to these bytes, behind which the sending side is shut at once."""
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
    writer.write(sent)
    writer.write_eof()
    async with asyncio.timeout(20):
        answer = await reader.read()
    writer.close()
    return answer


@pytest.mark.parametrize("path", ["/v1/events", "/v1/consent"])
@pytest.mark.parametrize("comes", [0, 50], ids=["nothing", "half"])
async def test_a_body_that_does_not_come_is_not_waited_for(
    collector: Client, opened: Recording, monkeypatch: pytest.MonkeyPatch, path: str, comes: int
) -> None:
    """The head announces a body, and then nothing: refused after `BODY_SECONDS`."""
    monkeypatch.setattr(limits, "BODY_SECONDS", 0.1)
    whole = request(bytes(100)).replace(b"/v1/events", path.encode())

    assert [408] == await statuses(collector, whole[: len(whole) - 100 + comes])


async def test_a_chunk_that_does_not_come_is_not_waited_for(
    collector: Client, opened: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "BODY_SECONDS", 0.1)
    head = request(b"").replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
    assert b"chunked" in head

    assert [408] == await statuses(collector, head)


async def test_half_a_head_is_not_waited_for(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that never finishes its head is closed after `IDLE_SECONDS`."""
    monkeypatch.setattr(limits, "IDLE_SECONDS", 0.2)
    async with listening([Face(web.Application(), "127.0.0.1", 0, "-")]) as [port]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /v1/events HTTP/1.1\r\nHost: a\r\nX-Slow: ")
        async with asyncio.timeout(20):
            assert b"" == await reader.read()
        writer.close()


async def test_a_head_that_goes_on_and_on_is_not_put_aside(settings: Settings) -> None:
    """Past `HEAD_BYTES` the connection is closed, however short each header is; large heads that end are answered."""
    first = b"GET /nothing HTTP/1.1\r\nHost: a\r\n"
    some = b"".join(b"X-%d: " % n + b"y" * 8000 + b"\r\n" for n in range(6))
    async with (
        listening([Face(recorder_app.build(settings), "127.0.0.1", 0, "-")]) as [port],
        asyncio.timeout(20),
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(3):
            writer.write(first + some + b"\r\n")
            assert (await reader.readuntil(b"}}")).startswith(b"HTTP/1.1 404")
        writer.write(first + 2 * some)
        with contextlib.suppress(ConnectionError):
            assert b"" == await reader.read()
        writer.close()


@pytest.fixture
def lost(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Set once the collector has let go of a connection."""
    over, connection_lost = asyncio.Event(), Protocol.connection_lost

    def noted(protocol: Protocol, error: BaseException | None) -> None:
        connection_lost(protocol, error)
        over.set()

    monkeypatch.setattr(Protocol, "connection_lost", noted)
    return over


ASKED = b"GET / HTTP/1.1\r\nHost: c.example\r\n\r\n"


@contextlib.asynccontextmanager
async def unheard(answer: Handler) -> AsyncIterator[asyncio.StreamWriter]:
    """Somebody has asked, has seen how the answer begins, and does not listen any more; they could ask on."""
    app = web.Application()
    app.router.add_get("/", answer)
    async with listening([Face(app, "127.0.0.1", 0, "-")]) as [port]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(ASKED)
        await reader.readline()
        reader._transport.pause_reading()  # type: ignore[attr-defined]
        yield writer
        writer.close()


async def test_an_answer_that_nobody_reads_is_let_go(
    lost: asyncio.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than what fits on the way: the collector holds neither it nor its connection for ever."""
    monkeypatch.setattr(limits, "READ_SECONDS", 0.2)
    over = asyncio.Event()

    async def pieces() -> AsyncIterator[bytes]:
        try:
            while True:
                yield bytes(65536)
        finally:
            over.set()

    async def endless(request: web.Request) -> web.Response:
        return web.Response(body=pieces())

    async with unheard(endless), asyncio.timeout(10):
        await over.wait()
        await lost.wait()


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="NOT TESTED: only Linux counts this time")
async def test_a_connection_that_is_closed_is_not_kept_by_who_does_not_read(
    lost: asyncio.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is still on the way to them is given up, however little it is."""
    monkeypatch.setattr(limits, "READ_SECONDS", 0.2)

    async def large(request: web.Request) -> web.Response:
        assert request.transport
        request.transport.set_write_buffer_limits(high=2**30)  # nobody waits for it
        return web.Response(body=bytes(2**25), headers={"Connection": "close"})

    async with unheard(large), asyncio.timeout(20):
        await lost.wait()


async def test_acknowledgements_that_nobody_reads_are_let_go(
    lost: asyncio.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who sends batch after batch and never listens fills no memory: they are not heard any more, and let go of."""
    monkeypatch.setattr(limits, "READ_SECONDS", 0.2)

    async def taken(request: web.Request) -> web.StreamResponse:
        return acknowledged(request)

    async with unheard(taken) as writer:
        with contextlib.suppress(ConnectionError):
            async with asyncio.timeout(20):
                while not lost.is_set():
                    writer.write(ASKED * 100)
                    await writer.drain()
        async with asyncio.timeout(20):
            await lost.wait()


@pytest.mark.parametrize("path", ["/v1/events", "/v1/consent"])
async def test_a_body_that_is_announced_too_large_is_not_waited_for(
    collector: Client, opened: Recording, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """413 to the head alone: the clock for the body does not run yet, and nothing is put aside for it."""
    monkeypatch.setattr(limits, "BODY_SECONDS", 3600)
    head = request(b"").replace(b"Content-Length: 0", b"Content-Length: %d" % 10**9)

    assert [413] == await statuses(collector, head.replace(b"/v1/events", path.encode()))


async def test_a_gzip_bomb_is_refused_unopened(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it would become, it stays what it is: refused by its header, as the program is run."""
    unpacked = list[object]()
    monkeypatch.setattr(http_parser, "ZLibDecompressor", lambda **about: unpacked.append(about))
    bomb = gzip.compress(bytes(10_000_000))
    faces = [Face(recorder_app.build(settings), "127.0.0.1", 0, "-")]
    headers = FROM | {"Content-Encoding": "gzip"}

    async with listening(faces) as [port], aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http:
        for path in ("/v1/events", "/v1/consent"):
            sent = http.post(path, data=bomb, headers=headers, skip_auto_headers=["Content-Type"])
            assert (400, "wrong_encoding") == await refusal(await sent)
    assert [] == unpacked


DEEP, WIDE = b"\x91" * limits.BODY_BYTES, b"\xdc\x3f\xff" + b"\xc0" * (limits.BODY_BYTES - 3)


@pytest.mark.parametrize(
    "body",
    [
        DEEP,
        WIDE,
        b"\xdd\xff\xff\xff\xff" + bytes(limits.BODY_BYTES - 5),
        b"\xdf\xff\xff\xff\xff" + b"\xa1v\x01" * 5000,
        b"\x81\xa1v" + DEEP[3:],
        b"\x81\xa1q" + WIDE[3:],
        b"\x81\xa1k\xdb\x7f\xff\xff\xff" + bytes(1000),
        b"\x81\xa1b\xc6\x00\x00\x3f\x00" + bytes(0x3F00),
    ],
    ids=["deep", "wide", "long array", "long map", "deep value", "wide value", "long string", "all binary"],
)
def test_no_body_takes_more_than_four_times_its_size(body: bytes) -> None:
    """Nothing is allocated for what a header announces, and little for what is there."""
    with pytest.raises((Malformed, TooLarge)):
        events.decode(body)  # what is made once is made now
    tracemalloc.start()
    try:
        with pytest.raises((Malformed, TooLarge)):
            events.decode(body)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak <= 4 * max(len(body), 4096)


def test_a_good_body_takes_at_most_four_times_its_size() -> None:
    """The largest batch that is taken, with positions that have to be looked at one by one."""
    made = records(*[{"t": 30_000, "x": 1281 * (n % 2)} for n in range(1300)])
    body = events.encode("token", batch(records=made))
    events.decode(body)
    tracemalloc.start()
    try:
        read = events.decode(body)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert 650 == read[1].dropped
    assert peak <= 4 * len(body)


@contextlib.asynccontextmanager
async def process(settings: Settings, *words: str) -> AsyncIterator[tuple[int, int]]:
    """A collector process of its own, or what other words run; gives its port and process id."""
    started = await asyncio.create_subprocess_exec(
        sys.executable,
        *(words or ("-m", "recorder")),
        env={**os.environ, **settings.as_environment(), "YESMAP_PORT": "0", "YESMAP_TEAM_PORT": "0"},
        stdout=asyncio.subprocess.PIPE,
    )
    assert started.stdout
    try:
        said = re.search(r"//127\.0\.0\.1:(\d+)", (await started.stdout.readline()).decode())
        assert said
        yield int(said[1]), started.pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            started.terminate()
        await started.wait()


@pytest.fixture
async def alone(settings: Settings) -> AsyncIterator[tuple[int, int]]:
    async with process(settings) as told:
        yield told


async def test_ten_thousand_idle_connections_keep_nobody_out(alone: tuple[int, int]) -> None:
    """While they are open, somebody else is answered at once; each costs less than 32 KB."""
    port, pid = alone
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert hard > CONNECTIONS + 1000, f"this machine allows {hard} open files"
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    before, idle = rss(pid), list[socket.socket]()
    try:
        for _ in range(CONNECTIONS):
            idle.append(socket.create_connection(("127.0.0.1", port)))
        async with asyncio.timeout(20), aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http:
            assert 204 == (await http.get("/v1/recording", headers=FROM)).status
        assert CONNECTIONS <= _open_files(pid)
        assert rss(pid) - before < CONNECTIONS * 32 * 1024
    finally:
        for each in idle:
            each.close()


def _open_files(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def rss(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()


@contextlib.asynccontextmanager
async def two_workers(settings: Settings) -> AsyncIterator[tuple[list[int], aiohttp.ClientSession]]:
    """The ids of two collectors on one port, and a client that connects to either of them anew each time."""
    async with (
        Crew(settings.model_copy(update={"port": 0}), 2).serving() as port,
        aiohttp.ClientSession(
            f"http://127.0.0.1:{port}",
            headers=FROM,
            connector=aiohttp.TCPConnector(force_close=True),
            timeout=aiohttp.ClientTimeout(60),
        ) as http,
    ):
        workers = _workers()
        assert 2 == len(workers)
        yield workers, http


async def test_workers_share_one_port_and_one_gate(
    collector: Client, opened: Recording, settings: Settings, log: EventLog
) -> None:
    """Every worker takes batches of every session; all refuse it once it is withdrawn, and all once all is closed."""
    async with two_workers(settings) as (workers, http):
        held = await _allow(http, opened)
        bodies = [events.encode(held["token"], batch(sequence=n)) for n in range(10)]
        taken = [await _post_without(resting, http, bodies) for resting in workers]
        form = {"token": held["token"], "audit": held["audit"]}
        async with http.post("/v1/withdraw", data=json.dumps(form)) as answer:
            assert 200 == answer.status
        after = [await _post_without(resting, http, bodies) for resting in workers]
        token = (await _allow(http, opened))["token"]
        bodies = [events.encode(token, batch(sequence=n)) for n in range(10)]
        assert 204 == await _post(http, bodies[0])
        await log.close(opened)
        closed = [await _post_without(resting, http, bodies) for resting in workers]
    assert ([{204}, {204}], [{410}, {410}], [{410}, {410}]) == (taken, after, closed)
    assert [] == _workers()


async def test_every_worker_refuses_what_comes_after_the_end(
    collector: Client, registry: Registry, settings: Settings
) -> None:
    """Nobody has closed the recording yet: its time is over, and so is that of every token."""
    async with two_workers(settings) as (workers, http):
        brief = await registry.open(a_recording(end=now_ms() + 3000))
        held = await _allow(http, brief)
        bodies = [events.encode(held["token"], batch(sequence=n)) for n in range(10)]
        assert 204 == await _post(http, bodies[0])
        asked = now_ms()
        while (
            await _post(http, bodies[0]) != 410
        ):  # tokens count whole seconds, so they are over a little before
            assert asked < brief.end
            asked = now_ms()
        over = [await _post_without(resting, http, bodies) for resting in workers]
    assert [{410}, {410}] == over


async def _allow(http: aiohttp.ClientSession, recording: Recording) -> dict[str, str]:
    async with http.post("/v1/consent", data=json.dumps(a_yes(recording))) as answer:
        assert 201 == answer.status
        held: dict[str, str] = await answer.json()
    return held


async def _post_without(resting: int, http: aiohttp.ClientSession, bodies: list[bytes]) -> set[int]:
    """What the others answer while one process rests."""
    os.kill(resting, signal.SIGSTOP)
    try:
        return {await _post(http, body) for body in bodies}
    finally:
        os.kill(resting, signal.SIGCONT)


async def _post(http: aiohttp.ClientSession, body: bytes) -> int:
    async with http.post("/v1/events", data=body, skip_auto_headers=["Content-Type"]) as answer:
        return answer.status


async def test_a_worker_that_dies_is_replaced(settings: Settings) -> None:
    """The others go on meanwhile."""
    async with Crew(settings.model_copy(update={"port": 0}), 2).serving():
        first = _workers()
        os.kill(first[0], 9)
        async with asyncio.timeout(30):
            while len(_workers()) < 2 or first[0] in _workers():
                await asyncio.sleep(0.1)
        assert first[1] in _workers()


async def test_a_taken_port_stops_a_crew_with_one_sentence(settings: Settings) -> None:
    """Also where several processes listen on it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        crew = Crew(settings.model_copy(update={"port": taken.getsockname()[1]}), 2)
        with pytest.raises(Unusable, match="is taken: stop what listens there, or set YESMAP_PORT"):
            async with crew.serving():
                pass


def _workers() -> list[int]:
    """Our children that are collectors."""
    return [p for p in children(os.getpid()) if b"recorder" in Path(f"/proc/{p}/cmdline").read_bytes()]


async def test_bodies_in_pieces_are_put_together(collector: Client, opened: Recording) -> None:
    """A batch that comes in two packets is a batch."""
    held = await say_yes(collector, opened)
    reader, writer = await asyncio.open_connection("127.0.0.1", collector.port)
    whole = request(events.encode(held["token"], batch()))
    writer.write(whole[:-20])
    await writer.drain()
    assert 204 == (await send(collector, events.encode(held["token"], batch(sequence=1)))).status
    writer.write(whole[-20:])

    assert (await reader.readline()).startswith(b"HTTP/1.1 204")
    writer.close()


@pytest.mark.parametrize("closing", ["Connection: close", "HTTP/1.0"])
async def test_an_acknowledgement_says_the_same_on_every_connection(
    collector: Client, opened: Recording, closing: str
) -> None:
    """On one that stays its bytes are ready; on one that is closed they are composed, and it is closed."""
    held = await say_yes(collector, opened)
    bodies = [events.encode(held["token"], batch(sequence=n)) for n in range(2)]
    stays = await send(collector, bodies[0])
    reader, writer = await asyncio.open_connection("127.0.0.1", collector.port)
    old = request(bodies[1]).replace(b"HTTP/1.1", b"HTTP/1.0")
    writer.write(old if closing == "HTTP/1.0" else request(bodies[1], closing))
    async with asyncio.timeout(20):
        status, *lines = (await reader.read()).decode().strip().split("\r\n")  # to its end: it is closed
    writer.close()

    closed, ours = dict(line.split(": ", 1) for line in lines), dict(stays.headers)
    assert (204, "204") == (stays.status, status.split()[1])
    assert closed.pop("Connection", "close") == "close"
    dates = [parsedate_to_datetime(each.pop("Date")) for each in (closed, ours)]
    assert abs(dates[0] - dates[1]) < timedelta(seconds=20)
    assert ours == {name: value for name, value in closed.items() if name != "Content-Length"}
    assert "Yesmap" == ours["Server"]
    assert ORIGIN == ours["Access-Control-Allow-Origin"]


async def test_who_is_told_to_stop_lets_requests_in_flight_finish(
    collector: Client, opened: Recording, settings: Settings
) -> None:
    """A batch whose body is half there gets its 204 after SIGTERM; nobody new is let in meanwhile."""
    held = await say_yes(collector, opened)
    whole = request(events.encode(held["token"], batch()), "Expect: 100-continue")
    async with process(settings) as (port, number):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(whole[:-20])
        async with asyncio.timeout(20):  # the head was read
            assert b"HTTP/1.1 100 Continue\r\n\r\n" == await reader.readuntil(b"\r\n\r\n")
        os.kill(number, 15)
        async with asyncio.timeout(20):
            while await listens(port):
                await asyncio.sleep(0.01)
            writer.write(whole[-20:])
            assert (await reader.read()).startswith(b"HTTP/1.1 204")
        writer.close()


async def listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionError:  # refused, or reset: taken by a listener that closes
        return False
    writer.close()
    return True
