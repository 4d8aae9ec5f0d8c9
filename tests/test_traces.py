"""What is known of a visitor's machine leaves no trace: after a journey every store and log is searched for it."""

import asyncio
import base64
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from recorder import events, settings
from recorder.app import stores
from recorder.embedded import event_store
from recorder.eventstore import connect
from recorder.recording import Recording
from recorder.registry import Registry
from tests.conftest import ORIGIN, a_recording
from tests.recorder.sample import batch
from tests.test_serve import environment, free_port

#: The address that the requests really come from, and those that a proxy would tell: as text and as bytes.
ADDRESS, FORWARDED, FORWARDED6 = "127.11.22.33", "203.57.58.59", "2a00:5758:595a:5b5c::5d5e"
MARKERS = {
    "address": ADDRESS,
    "X-Forwarded-For": FORWARDED,
    "X-Forwarded-For, version 6": FORWARDED6,
    "X-Real-IP": "203.67.68.69",
    "Forwarded": "203.77.78.79",
    "User-Agent": "marker-agent-4711",
    "Referer": "marker-referrer-4712",
    "Cookie": "marker-cookie-4713",
    "Accept-Language": "tlh-marker4714",
    "Sec-CH-UA": "marker-hints-4715",
    "query": "marker-query-4716",
    "path": "marker-path-4717",
    "body": "marker-body-4718",
    "header name": "x-marker-4719",
}
HEADERS = {
    "Origin": ORIGIN,
    "X-Forwarded-For": f"{FORWARDED6}, {FORWARDED}",
    "X-Real-IP": MARKERS["X-Real-IP"],
    "Forwarded": f"for={MARKERS['Forwarded']}",
    "User-Agent": MARKERS["User-Agent"],
    "Referer": f"{ORIGIN}/{MARKERS['Referer']}?{MARKERS['query']}",
    "Cookie": f"id={MARKERS['Cookie']}",
    "Accept-Language": MARKERS["Accept-Language"],
    "Sec-CH-UA": MARKERS["Sec-CH-UA"],
    MARKERS["header name"]: "1",
}


def spellings(marker: str) -> Iterator[bytes]:
    """A marker as it may stand in a file: plain, in base 64, in hex, and an address as its bytes."""
    plain = marker.encode()
    yield from (plain, plain.lower(), plain.hex().encode())
    yield from (base64.b64encode(b"x" * n + plain)[4 if n else 0 : -4] for n in range(3))
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            yield socket.inet_pton(family, marker)
        except OSError:
            continue


def found(what: dict[str, str], places: dict[str, bytes]) -> set[str]:
    """Names of the markers that are anywhere in these places, with the place."""
    return {
        f"{name} in {place}"
        for name, marker in what.items()
        for spelling in spellings(marker)
        for place, content in places.items()
        if spelling in content
    }


async def journey(port: int, recording: Recording) -> dict[str, Any]:
    """All that a visitor can send, right and wrong, with markers wherever there is room; gives what they hold.

    No answer sets a cookie.
    """
    local = aiohttp.TCPConnector(local_addr=(ADDRESS, 0))
    base = f"http://127.0.0.1:{port}"
    async with aiohttp.ClientSession(base, connector=local, headers=HEADERS) as http:

        async def post(path: str, data: bytes | dict[str, object], status: int) -> Any:
            body = data if isinstance(data, bytes) else json.dumps(data).encode()
            async with http.post(f"{path}?{MARKERS['query']}=1", data=body) as response:
                assert status == response.status, await response.text()
                assert "Set-Cookie" not in response.headers
                return await response.json() if response.content_type == "application/json" else None

        about: dict[str, object] = {"recording": recording.id, "device": "desktop"}
        yes = about | {"nv": recording.nv, "language": "en", "purposes": ["heatmap"]}
        for path in (
            "/v1/recording",
            f"/{MARKERS['path']}",
            f"/certificates/{MARKERS['path']}",
            "/yesmap.js",
        ):
            async with http.get(path, params={MARKERS["query"]: "1"}) as response:
                assert response.status < 500
                assert "Set-Cookie" not in response.headers
        await post("/v1/count", about | {"what": "asked"}, 204)
        await post("/v1/count", about | {"what": MARKERS["body"]}, 400)
        held = await post("/v1/consent", yes, 201)
        erased = await post("/v1/consent", yes, 201)
        await post("/v1/consent", yes | {MARKERS["body"]: MARKERS["body"]}, 400)
        for holder in (held, erased):
            await post("/v1/events", events.encode(holder["token"], batch(release="1.4.0")), 204)
        await post("/v1/events", MARKERS["body"].encode(), 400)
        await post("/v1/events", events.encode(MARKERS["body"], batch()), 401)
        await post(
            "/v1/events", events.encode(held["token"], batch(release=MARKERS["body"], sequence=1)), 400
        )
        await post("/v1/renew", {"token": held["token"]}, 200)
        proof = {"token": held["token"], "audit": held["audit"]}
        rights = (await post("/v1/rights", proof, 200))["rights"]
        await post("/v1/mine", {"rights": rights}, 200)
        await post("/v1/purposes", {"rights": rights, "purposes": ["replay"]}, 200)
        await post("/v1/pause", {"rights": rights, "paused": True}, 200)
        await post("/v1/withdraw", {"token": erased["token"], "audit": erased["audit"]}, 200)
    await _no_http(port)
    return {"token": held["token"], "rights": rights, "audit": held["audit"], "erased": erased["token"]}


async def _no_http(port: int) -> None:
    """Bytes that are no request, and requests that are refused before anything looks at them."""
    marker, head = MARKERS["body"].encode(), b"POST /v1/events HTTP/1.1\r\nHost: c.example\r\n"
    for status, sent in (
        (b" 400 ", b"GET / HTTP/1.1\r\nX: \x00" + marker + b"\r\n\r\n"),
        (b" 400 ", head + b"Transfer-Encoding: chunked\r\n\r\n" + marker + b"\r\n"),
        (b" 413 ", head + b"Content-Length: 99999\r\n\r\n" + marker),
        (b" 417 ", head + b"Content-Length: 30\r\nExpect: " + marker + b"\r\n\r\n" + marker),
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(ADDRESS, 0))
        writer.write(sent)
        assert status in await reader.readline()
        writer.close()


async def opened(chosen: settings.Settings) -> Recording:
    async with stores(chosen) as (store, keys, _):
        return await Registry(store, keys).open(a_recording())


async def everything(url: str) -> dict[str, bytes]:
    """Every key of the event store with its value, its logs and its clients, as bytes."""
    redis = connect(url)
    places = {}
    async for name in redis.scan_iter():
        values: list[Any] = []
        match await redis.type(name):
            case b"hash":
                values = [part for pair in (await redis.hgetall(name)).items() for part in pair]
            case b"set":
                values = list(await redis.smembers(name))
            case _:
                values = [await redis.get(name)]
        places[f"key {name.decode()}"] = b"\n".join([name, *values])
    for command in ("SLOWLOG GET 999", "ACL LOG", "LATENCY LATEST"):
        places[command] = repr(await redis.execute_command(*command.split())).encode()
    await redis.aclose()
    return places


@pytest.mark.parametrize("proxies", ["", "127.0.0.0/8"], ids=["no proxy", "behind a proxy"])
def test_no_store_and_no_log_holds_a_trace_of_a_visitors_machine(tmp_path: Path, proxies: str) -> None:
    """Addresses, user agent, referrer, cookies, query, bodies, tokens: in no file, no key and no line of a log."""
    data, said = tmp_path / "data", tmp_path / "said"
    with event_store(data / "events") as url:
        env = environment(data, YESMAP_REDIS_URL=url, YESMAP_PROXIES=proxies, YESMAP_PORT=str(free_port()))
        recording = asyncio.run(opened(settings.read(data=data, redis_url=url)))
        with (
            said.open("wb") as log,
            subprocess.Popen([sys.executable, "-m", "recorder"], env=env, stdout=log, stderr=log) as face,
        ):
            try:
                held = asyncio.run(_when_ready(int(env["YESMAP_PORT"]), recording))
            finally:
                face.terminate()
        places = asyncio.run(everything(url))
    places |= {str(f.relative_to(tmp_path)): f.read_bytes() for f in tmp_path.rglob("*") if f.is_file()}

    tokens = {name: held[name] for name in ("token", "rights", "erased")}
    signatures = {f"signature of {name}": token.rpartition(".")[2] for name, token in tokens.items()}
    assert set() == found(MARKERS | tokens | signatures, places)

    # The search finds what is there: the origin and the audit id in the consent record, the session's facts, the log.
    known = {"audit": held["audit"], "origin": ORIGIN, "recording": recording.id, "started": "visitors' face"}
    everywhere = found(known, places)
    assert {"audit", "origin", "recording", "started"} == {each.split(" in ")[0] for each in everywhere}
    assert any(each.startswith("recording in key ym:") for each in everywhere)
    assert any(each.startswith("recording in data/events/appendonlydir/") for each in everywhere)
    assert "started in said" in everywhere


async def _when_ready(port: int, recording: Recording) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return await journey(port, recording)


@pytest.mark.parametrize("name", list(MARKERS))
def test_each_marker_would_be_found(name: str) -> None:
    """Control: plain, encoded or as bytes, at any offset."""
    marker = MARKERS[name]
    hidden = [
        f"…{marker}…".encode(),
        *(base64.b64encode(b"#" * n + marker.encode() + b"###") for n in range(3)),
    ]
    hidden.append(marker.encode().hex().encode())

    assert [{f"{name} in place"}] * len(hidden) == [found({name: marker}, {"place": each}) for each in hidden]
    assert {"address in place"} == found({"address": ADDRESS}, {"place": b"\x7f\x0b\x16\x21"})
    assert set() == found({name: marker}, {"place": b"nothing of the kind"})
