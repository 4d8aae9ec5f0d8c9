"""Headers that no browser sends, over a bare socket: each is answered in the one shape, and none is our failure."""

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator

import pytest

from recorder import app as recorder_app
from recorder.recording import Recording
from recorder.serving import Face, listening
from recorder.settings import Settings
from tests.conftest import ORIGIN

NAMES = [
    *(
        "Origin",
        "Content-Type",
        "Content-Length",
        "Content-Encoding",
        "Transfer-Encoding",
        "Host",
        "Cookie",
        "Accept",
    ),
    *(
        "Accept-Encoding",
        "If-None-Match",
        "If-Modified-Since",
        "Range",
        "Expect",
        "Connection",
        "Upgrade",
        "X-Forwarded-For",
    ),
    *("Forwarded", "Sec-Fetch-Site", "User-Agent", "Referer", "Sec-GPC", "DNT", "Authorization"),
]
VALUES = [
    *(
        b"",
        b"\xff\xfe",
        b"\x00",
        b"a" * 9000,
        b"null",
        b"-1",
        b"1e3",
        b"9" * 20,
        b";;;",
        b"/",
        b"a/b/c",
        b"=;=;",
    ),
    *(b"text/plain; charset=\xff", b"text/plain; charset=nonsense", b"application/json; charset=utf-16"),
    *(b"multipart/form-data", b"gzip", b"br, gzip", b"chunked", b"100-continue", b"nonsense", b"same-origin"),
    *(
        b"http://[::1",
        b"https://shop.example:99999999",
        b"[",
        b"shop.example:abc",
        b"http://\xc3\xa9",
        b"::",
        b"%",
    ),
    *(b"\xed\xa0\x80", b'"', b'W/"x', b"*", b"bytes=0-5", b"\tx", b"x\x7fy", b"h2c", b"websocket", b"a:b@c"),
    *(b"keep-alive, upgrade", b"https://shop.example\x0bx", b"..", b"xn--a", b"xn--\xff", b"\xe2\x80\xae"),
]
#: Sent beside the strange header unless it is one of them.
USUAL = {"Host": b"c.example", "Origin": ORIGIN.encode(), "Connection": b"close"}


@pytest.fixture
async def port(settings: Settings) -> AsyncIterator[int]:
    async with listening([Face(recorder_app.build(settings), "127.0.0.1", 0, "YESMAP_PORT")]) as ports:
        yield ports[0]


async def talk(port: int, sent: bytes) -> bytes:
    """What comes back, until the collector closes; or nothing, when it waits for more."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    try:
        async with asyncio.timeout(0.5):
            return await reader.read(-1)
    except (TimeoutError, ConnectionError):
        return b""
    finally:
        writer.close()


def request(first: str, body: bytes, headers: dict[str, bytes]) -> bytes:
    length = {} if "Transfer-Encoding" in headers or not body else {"Content-Length": b"%d" % len(body)}
    lines = [
        name.encode() + b": " + value
        for name, value in ({**USUAL, **length} | headers).items()
        if value != b"-"
    ]
    return b"\r\n".join([first.encode(), *lines, b"", b""]) + body


def fault(answer: bytes) -> str:
    """What is wrong with an answer, or nothing."""
    if not answer:
        return ""
    *_, last = re.finditer(rb"HTTP/\d\.\d (\d{3}) ", answer)
    status, body = int(last[1]), answer[last.end() :].partition(b"\r\n\r\n")[2]
    if status >= 500:
        return f"status {status}"
    if status >= 400 and {"error"} != json.loads(body).keys():
        return f"shape of {status}"
    return ""


@pytest.mark.parametrize("path", ["GET /v1/recording", "POST /v1/count", "POST /v1/events", "GET /nothing"])
async def test_no_header_is_too_strange(port: int, opened: Recording, path: str) -> None:
    """Every value under every name: a refusal in the one shape, or an answer, never a failure of ours."""
    form = json.dumps({"recording": opened.id, "what": "no", "device": "mobile"}).encode()
    body = form if path.startswith("POST") else b""

    async def one(name: str, value: bytes) -> tuple[str, bytes, str]:
        return name, value, fault(await talk(port, request(f"{path} HTTP/1.1", body, {name: value})))

    tries = [one(name, value) for name in NAMES for value in VALUES]
    found = [await asyncio.gather(*tries[first : first + 100]) for first in range(0, len(tries), 100)]

    assert [] == [each for some in found for each in some if each[2]]
    assert len(NAMES) * len(VALUES) == sum(map(len, found)) > 1000


@pytest.mark.parametrize("host", VALUES)
async def test_no_host_is_too_strange_for_a_page_of_our_own(port: int, host: bytes) -> None:
    """Where the browser vouches for the origin, it is made from the Host header."""
    headers = {"Host": host, "Origin": b"-", "Sec-Fetch-Site": b"same-origin"}

    assert "" == fault(await talk(port, request("GET /v1/recording HTTP/1.1", b"", headers)))


@pytest.mark.parametrize(
    "sent", [b"\x16\x03\x01 hello\r\n\r\n", b"GET /\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"x" * 99_999]
)
async def test_what_is_no_http_is_refused_and_not_logged(
    port: int, caplog: pytest.LogCaptureFixture, sent: bytes
) -> None:
    """Neither the bytes nor the address that they came from are in a log."""
    caplog.set_level(logging.DEBUG)

    assert "" == fault(await talk(port, sent))

    assert "127.0.0.1" not in caplog.text
    assert "hello" not in caplog.text


async def test_a_fault_is_seen() -> None:
    """The check itself finds a failure and another shape."""
    assert "status 500" == fault(b'HTTP/1.1 500 No\r\n\r\n{"error": {}}')
    assert "shape of 404" == fault(b"HTTP/1.1 404 No\r\n\r\n{}")
