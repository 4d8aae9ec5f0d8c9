"""Requests to send: whole HTTP messages, encoded beforehand; each sequence number is counted up in place."""

import itertools
import struct
from collections.abc import Callable

import numpy as np

from recorder import events
from recorder.events import RECORD, Kind, Records
from tests.conftest import ORIGIN
from tests.recorder.sample import batch

EVENTS = 100
#: Elements under the pointer in a batch: about what a simulated visitor of the demo shop touches in as many events.
ELEMENTS = 12
#: From here on msgpack writes a number in five bytes, so that it can be counted up in place.
FIRST_SEQUENCE = 2**16


def requests(tokens: list[str], port: int, seed: int = 0) -> Callable[[], bytearray]:
    """Each call gives the next request: the sessions in turn, and never the same batch twice for one `seed`."""
    made = [_Request(token, port, seed + number) for number, token in enumerate(tokens)]
    turns = itertools.cycle(made)
    return lambda: next(turns).next()


class _Request:
    """One session's request; `next` makes it a new batch."""

    def __init__(self, token: str, port: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        sent = batch(
            document=rng.bytes(8),
            sequence=FIRST_SEQUENCE,
            elements=rng.integers(0, 2**32, ELEMENTS, dtype=np.uint32),
            records=_moves(rng),
        )
        body = events.encode(token, sent)
        head = f"POST /v1/events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: {ORIGIN}\r\n"
        self._message = bytearray(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        self._place = self._message.index(b"\xa1n\xce") + 3
        self._sequence = FIRST_SEQUENCE

    def next(self) -> bytearray:
        self._sequence += 1
        struct.pack_into(">I", self._message, self._place, self._sequence)
        return self._message


def _moves(rng: np.random.Generator) -> Records:
    """A pointer that wanders over the page at 20 Hz, with a click now and then."""
    made = np.zeros(EVENTS, RECORD)
    made["t"] = np.arange(EVENTS) * 50
    made["kind"] = np.where(rng.random(EVENTS) < 0.03, Kind.CLICK, Kind.MOVE)
    made["el"] = np.sort(rng.integers(0, ELEMENTS, EVENTS))
    made["x"] = np.clip(600 + np.cumsum(rng.normal(0, 20, EVENTS)), 0, 1279)
    made["y"] = np.clip(900 + np.cumsum(rng.normal(0, 30, EVENTS)), 0, 2999)
    made["fx"], made["fy"] = rng.integers(0, 2**16, (2, EVENTS))
    return made
