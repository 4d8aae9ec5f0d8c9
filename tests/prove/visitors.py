"""A crowd whose every byte can be told from all others, through the real HTTP interface."""

import asyncio
import base64
import json
import secrets
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import IPv6Address
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import numpy as np

from recorder import events
from recorder.events import RECORD, Batch, Hashes, Kind, Records
from tests.recorder.sample import batch

ORIGIN = "https://prove.example"
#: What the site's owner calls things.
PAGE, RELEASE, VARIANT = "Leaflet 7c1f0e52 page", "7.3519.80264", "variant-5e0b9a43"
SIZE, BATCHES, RECORDS = 40, 2, 60
#: Of these the first withdraw before the end, and the next pauses.
WITHDRAW, PAUSE = 3, 1


@dataclass
class Visitor:
    """One visitor, with all that they sent and were given."""

    rng: np.random.Generator
    peer: str  #: where their connection comes from, as if it were a proxy of ours
    address: str  #: where they are
    headers: Mapping[str, str]
    query: str
    audit: str = ""
    token: str = ""
    rights: str = ""
    sent: list[Batch] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    forms: list[bytes] = field(default_factory=list)
    refused: list[bytes] = field(default_factory=list)
    copy: list[list[Any]] = field(default_factory=list)  #: events, as they stand in the visitor's own copy


def crowd(elements: Hashes) -> list[Visitor]:
    """Visitors who differ in everything that a request has. `elements` are those of the page."""
    made = []
    for number in range(SIZE):
        rng = np.random.default_rng(secrets.randbits(64))
        address = str(IPv6Address(bytes.fromhex("20010db8") + rng.bytes(12)))
        headers = {
            "Origin": ORIGIN,
            "User-Agent": f"Agent/{rng.bytes(8).hex()}",
            "Referer": f"{ORIGIN}/referrer/{rng.bytes(8).hex()}",
            "Cookie": f"visitor={rng.bytes(8).hex()}",
            "Accept-Language": f"en, x-{rng.bytes(8).hex()}",
            "X-Forwarded-For": address,
        }
        peer = ".".join(["127", *map(str, rng.integers(100, 255, 3))])
        visitor = Visitor(rng, peer, address, headers, f"query={rng.bytes(8).hex()}")
        visitor.sent = [
            batch(
                document=rng.bytes(8),
                sequence=sequence,
                release=RELEASE if number % 2 else None,
                variant=VARIANT if number % 2 else None,
                elements=rng.permutation(elements),
                records=_walk(rng),
                start_ms=1000 + 30_000 * sequence,
            )
            for sequence in range(BATCHES)
        ]
        made.append(visitor)
    return made


def _walk(rng: np.random.Generator) -> Records:
    """A pointer that wanders and clicks as a hand does; where it is in the element's box is anybody's guess."""
    made = np.zeros(RECORDS, RECORD)
    made["t"] = np.cumsum(rng.integers(50, 400, RECORDS))
    made["kind"] = np.where(np.arange(RECORDS) % 20 == 19, Kind.CLICK, Kind.MOVE)
    made["el"] = rng.integers(0, 8, RECORDS)
    made["x"] = 640 + np.cumsum(rng.integers(-8, 9, RECORDS))
    made["y"] = 700 + np.cumsum(rng.integers(-8, 9, RECORDS))
    made["fx"], made["fy"] = rng.integers(0, 2**16, (2, RECORDS))
    return made


async def visit(url: str, recording: dict[str, Any], visitors: list[Visitor]) -> None:
    """Everybody says yes, sends, is refused what nobody may send, and looks at what is theirs."""
    for number, visitor in enumerate(visitors):
        connector = aiohttp.TCPConnector(local_addr=(visitor.peer, 0))
        async with aiohttp.ClientSession(url, connector=connector) as http:
            await _one(http, recording, visitor)
            if number < WITHDRAW:
                await _post(http, visitor, "withdraw", token=visitor.token, audit=visitor.audit)
            elif number < WITHDRAW + PAUSE:
                await _post(http, visitor, "pause", rights=visitor.rights, paused=True)


async def _one(http: aiohttp.ClientSession, recording: dict[str, Any], visitor: Visitor) -> None:
    about = {"recording": recording["id"], "device": "desktop"}
    await _post(http, visitor, "count", **about, what="asked")
    yes = {**about, "nv": recording["nv"], "language": "en", "purposes": ["heatmap", "replay"]}
    held = await _post(http, visitor, "consent", **yes)
    visitor.audit, visitor.token = held["audit"], held["token"]
    for sent in visitor.sent:
        visitor.bodies.append(events.encode(visitor.token, sent))
        assert await _send(http, visitor, visitor.bodies[-1]) == 204
    visitor.refused.append(b"refused " + visitor.rng.bytes(16))
    assert await _send(http, visitor, visitor.refused[0]) == 400
    proof = {"token": visitor.token, "audit": visitor.audit}
    visitor.rights = (await _post(http, visitor, "rights", **proof))["rights"]
    mine = await _post(http, visitor, "mine", rights=visitor.rights)
    assert len(mine["batches"]) == BATCHES
    visitor.copy = [event for batch in mine["batches"] for event in batch["events"]]


async def _send(http: aiohttp.ClientSession, visitor: Visitor, body: bytes) -> int:
    skip = ["Content-Type"]
    url = f"/v1/events?{visitor.query}"
    async with http.post(url, data=body, headers=visitor.headers, skip_auto_headers=skip) as answer:
        await answer.read()
        return answer.status


async def _post(http: aiohttp.ClientSession, visitor: Visitor, path: str, **form: object) -> Any:
    """A form whose white space nobody else's has."""
    space = "".join(" \t"[n] for n in visitor.rng.integers(0, 2, 64))
    body = (json.dumps(form)[:-1] + space + "}").encode()
    visitor.forms.append(body)
    url = f"/v1/{path}?{visitor.query}"
    async with http.post(url, data=body, headers=visitor.headers) as answer:
        assert answer.status < 300, await answer.text()
        return await answer.json() if answer.content_type == "application/json" else None


@contextmanager
def asking(url: str, visitor: Visitor) -> Iterator[None]:
    """Inside of the block they are in the middle of a request: what a request says is in memory for certain then."""
    head = "".join(f"{name}: {value}\r\n" for name, value in visitor.headers.items())
    to = urlsplit(url)
    with socket.create_connection(
        (str(to.hostname), to.port or 80), source_address=(visitor.peer, 0)
    ) as made:
        made.sendall(
            f"POST /v1/count?{visitor.query} HTTP/1.1\r\nHost: {to.netloc}\r\n{head}X-More:".encode()
        )
        yield


def run(url: str, recording: dict[str, Any], visitors: list[Visitor]) -> None:
    asyncio.run(visit(url, recording, visitors))


def payload(token: str) -> bytes:
    """The middle of a token, as it stands there."""
    return token.split(".")[1].encode()


def signature(token: str) -> bytes:
    return token.split(".")[2].encode()


def raw(text: str) -> bytes:
    """The bytes behind a session's name."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
