"""`python -m tests.fuzz`: seeded mutations of the wire vectors, through the reader and through the whole application.

What must hold for any body: it is taken or refused, never answered with a 5xx; and what is taken obeys the format to
the last record. Reading it takes at most four times its size. Nothing of a refused body is in the event store.
"""

import argparse
import asyncio
import contextlib
import json
import random
import struct
import tempfile
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import aiohttp
import msgpack
import numpy as np
from pydantic import SecretStr

from recorder import app, events, limits, settings, views
from recorder.embedded import event_store
from recorder.errors import Malformed, TooLarge
from recorder.events import Batch, Kind, Pointer
from tests.conftest import ORIGIN, Served, a_recording

#: A body that the store does not take in so many tries is one that it cannot take.
TRIES = 5
#: Posted before the token would expire, on a slow machine too; then goes on with the next seed.
PORTION = 500_000
#: Tracing memory is slow: one body in so many is read once more, and measured.
MEASURED = 100
VECTORS = Path(__file__).parent / "wire" / "vectors.json"
#: Values at the edges of what msgpack and the format can say.
_EDGES = [
    0,
    1,
    2,
    7,
    8,
    39,
    40,
    41,
    127,
    128,
    254,
    255,
    256,
    59_999,
    60_000,
    65_535,
    65_536,
    2**32 - 1,
    2**32,
    -1,
]
_HEADERS = bytes(
    [
        0x80,
        0x8F,
        0x90,
        0x9F,
        0xA0,
        0xBF,
        0xC0,
        0xC1,
        0xC2,
        0xC4,
        0xC6,
        0xC7,
        0xCA,
        0xCB,
        0xD9,
        0xDC,
        0xDD,
        0xDF,
    ]
)


def bodies(seed: int, token: str) -> Iterator[bytes]:
    """Bodies without end, the same for the same seed: a vector with `token`, mutated one to four times."""
    chance = random.Random(seed)
    vectors = [msgpack.unpackb(bytes.fromhex(v["bytes"])) for v in json.loads(VECTORS.read_text())]
    while True:
        fields = chance.choice(vectors) | {"k": token, "d": chance.randbytes(8)}
        if chance.random() < 0.8:  # labels that the recording does not know are a refusal of their own
            fields = {name: value for name, value in fields.items() if name not in "ra"}
        body = bytes(msgpack.packb(fields))
        for _ in range(chance.choice((1, 1, 1, 2, 3, 4))):
            body = chance.choice(_MUTATIONS)(chance, body)[: limits.BODY_BYTES + 1] or b"\x80"
        yield body


# --- mutations: of bytes, then of fields --------------------------------------------------------


def _flip(chance: random.Random, body: bytes) -> bytes:
    place = chance.randrange(len(body))
    return body[:place] + bytes([body[place] ^ 1 << chance.randrange(8)]) + body[place + 1 :]


def _header(chance: random.Random, body: bytes) -> bytes:
    place = chance.randrange(len(body))
    return body[:place] + bytes([chance.choice(_HEADERS)]) + body[place + 1 :]


def _cut(chance: random.Random, body: bytes) -> bytes:
    return body[: chance.randrange(len(body))]


def _insert(chance: random.Random, body: bytes) -> bytes:
    place = chance.randrange(len(body))
    return body[:place] + chance.randbytes(chance.choice((1, 2, 4, 64))) + body[place:]


def _repeat(chance: random.Random, body: bytes) -> bytes:
    first, last = sorted(chance.choices(range(len(body) + 1), k=2))
    return body[:last] + body[first:last] * chance.choice((1, 2, 20)) + body[last:]


def _nest(chance: random.Random, body: bytes) -> bytes:
    return chance.choice((b"\x91", b"\x81\xa1v", b"\x81")) * chance.choice((1, 10, 5000)) + body


def _field(chance: random.Random, body: bytes) -> bytes:
    def change(fields: dict[str, object]) -> None:
        name = chance.choice([*fields, "q"])
        fields[name] = chance.choice(_VALUES)(chance)

    return _changed(body, change)


def _records(chance: random.Random, body: bytes) -> bytes:
    """One number of one record, or many records."""

    def change(fields: dict[str, object]) -> None:
        block = bytearray(fields["b"]) if isinstance(fields.get("b"), bytes) else bytearray(12)  # type: ignore[call-overload]
        if len(block) < 2:
            return
        struct.pack_into("<H", block, chance.randrange(len(block) - 1), chance.choice(_EDGES) & 0xFFFF)
        fields["b"] = (bytes(block) * chance.choice((1, 1, 1, 3, 150)))[: limits.BODY_BYTES]

    return _changed(body, change)


def _changed(body: bytes, change: Callable[[dict[str, object]], None]) -> bytes:
    try:
        fields = msgpack.unpackb(body, strict_map_key=False)
    except (ValueError, RecursionError, TypeError, msgpack.UnpackException):
        return body
    if isinstance(fields, dict):
        change(fields)
    try:
        return bytes(msgpack.packb(fields))
    except (ValueError, OverflowError, TypeError):
        return body


_MUTATIONS = [_flip, _flip, _header, _cut, _insert, _repeat, _nest, _field, _field, _records, _records]
_VALUES: list[Callable[[random.Random], object]] = [
    lambda chance: chance.choice(_EDGES),
    lambda chance: chance.choice((None, True, 1.0, float("nan"), "", "x" * 41, {}, [])),
    lambda chance: chance.randbytes(chance.choice((0, 1, 4, 8, 12, 255, 1020, 1024))),
    lambda chance: [chance.choice(_EDGES) for _ in range(chance.randrange(4))],
]


# --- what must hold -----------------------------------------------------------------------------


def check(batch: Batch) -> None:
    """What was taken obeys the format, asked again one rule after the other."""
    kept, elements = batch.records, len(batch.elements)
    kinds, rows = kept["kind"] & 31, kept["el"]
    assert np.all(kinds <= max(Kind))
    assert np.all(kept["kind"] >> 5 <= max(Pointer))
    assert np.all((rows < elements) | (rows == events.NO_ELEMENT))
    assert np.all(kept["t"] < limits.BATCH_MS)
    positioned = events.POSITIONED[kinds]
    assert np.all(kept["x"][positioned] <= batch.size[0])
    assert np.all(kept["y"][positioned] <= batch.size[1])
    assert 12 == len(batch.field)
    assert elements <= limits.ELEMENTS
    packed = events.unpack(events.pack(batch, 0, 0))
    assert kept.tobytes() == packed[2].tobytes()


def read(count: int, seed: int) -> Counter[str]:
    """Give the reader `count` bodies; gives how many were taken and refused."""
    done: Counter[str] = Counter()
    for number, body in zip(range(count), bodies(seed, "token"), strict=False):
        try:
            _, batch = events.decode(body)
        except (Malformed, TooLarge) as error:
            done["refused" if error.message.endswith(".") else "refused without a sentence"] += 1
        else:
            check(batch)
            done["taken"] += 1
        if number % MEASURED == 0:
            assert peak(body) <= 4 * max(len(body), 4096), body.hex()
    return done


def peak(body: bytes) -> int:
    """How many bytes reading it takes at most; it was read before, so that what is made once is there."""
    tracemalloc.start()
    try:
        with contextlib.suppress(Malformed, TooLarge):
            events.decode(body)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


async def post(count: int, seed: int, folder: Path, url: str) -> Counter[str]:
    """Give the application `count` bodies with a good token; what is in the store afterwards must be what got a 204."""
    made = app.build(settings.read(data=folder, redis_url=SecretStr(url)))
    done: Counter[str] = Counter()
    pages = [{"name": f"Page {n}", "pattern": f"/{n}"} for n in range(limits.PAGES)]
    async with Served(made) as server, aiohttp.ClientSession(server.make_url("/")) as client:
        recording, now = (
            await made[views.REGISTRY].open(a_recording(releases=".*", pages=pages)),
            views.now_ms(),
        )
        await made[views.LOG].open_session(recording, "visitor", now, ["heatmap"])
        token, _ = made[views.TOKENS].issue("visitor", recording, ORIGIN, now)
        fields: set[bytes] = set()
        for _, body in zip(range(count), bodies(seed, token), strict=False):
            status = await _answered(client, body)
            assert status < 500, (status, body.hex())
            done[str(status)] += 1
            if status == 204:
                fields.add(events.decode(body)[1].field)
        [session] = [s async for s in made[views.LOG].read(recording.id, ["visitor"])]
        assert fields == set(session.batches)
    return done


async def _answered(client: aiohttp.ClientSession, body: bytes) -> int:
    """The status; when the event store is late, since the machine is busy, that of another try, as browsers do it."""
    for _ in range(TRIES):
        sent = client.post(
            "/v1/events", data=body, headers={"Origin": ORIGIN}, skip_auto_headers=["Content-Type"]
        )
        async with sent as answer:
            status = answer.status
        if status != 503:
            break
    return status


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--bodies", type=int, default=5_000_000, help="for the reader")
    words.add_argument(
        "--posted",
        type=int,
        help="for the whole application, about 1,500 in a second; a hundredth if left out",
    )
    words.add_argument("--seed", type=int, default=1)
    chosen = words.parse_args()
    began = time.monotonic()
    print("reader:", dict(read(chosen.bodies, chosen.seed)))
    posted = chosen.bodies // 100 if chosen.posted is None else chosen.posted
    for done in range(0, posted, PORTION):
        count, seed = min(PORTION, posted - done), chosen.seed + done // PORTION
        with (
            tempfile.TemporaryDirectory(prefix="yesmap-fuzz-") as folder,
            event_store(Path(folder) / "e") as url,
        ):
            told = asyncio.run(post(count, seed, Path(folder), url))
        print(f"application, seed {seed}:", dict(told), flush=True)
    print(f"{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
