"""Visitors of one recording: their consent, and the requests that their browsers send."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from heatmap.parts import Parts
from recorder import events
from recorder.consent import Tokens
from recorder.eventlog import EventLog, index, key
from recorder.keys import KeyRing
from recorder.recording import Recording
from recorder.settings import Settings
from recorder.views import now_ms
from tests.bench import pictures

#: Batches of a session, and events of one.
BATCHES, EVENTS = pictures.SESSION // pictures.BATCH, pictures.BATCH


@dataclass(frozen=True)
class Crowd:
    """`size`: how many times as large as the smallest. `bodies`: by session, its batches in order."""

    size: int
    recording: Recording
    names: list[str]
    bodies: list[list[bytes]]

    @classmethod
    async def made(cls, parts: Parts, chosen: Settings, size: int, sessions: int) -> "Crowd":
        """A recording whose page has a snapshot, and so many visitors who said yes."""
        page = pictures.sheet()
        recording = await parts.registry.open(pictures.a_recording(f"https://{size}.example"))
        await pictures.dress(parts, recording, page)
        names = [f"visitor{size}{n:014d}" for n in range(sessions)]
        await enter(parts.log, recording, names)
        ring = KeyRing.read_or_make(chosen.keys_path)
        tokens, now = Tokens(ring.tokens, ring.since), now_ms()
        bodies = []
        for number, name in enumerate(names):
            token = tokens.issue(name, recording, recording.origins[0], now)[0]
            seeded = np.random.default_rng([size, number])
            bodies.append([events.encode(token, batch) for batch in pictures.batches(seeded, page)])
        return cls(size, recording, names, bodies)

    @property
    def sessions(self) -> int:
        return len(self.names)

    @property
    def events(self) -> int:
        return self.sessions * BATCHES * EVENTS

    @property
    def bytes_sent(self) -> int:
        """Bodies only."""
        return sum(len(body) for bodies in self.bodies for body in bodies)

    def requests(self, port: int, first: int, end: int) -> Iterator[bytearray]:
        """All sessions' batches of these numbers, as HTTP messages."""
        origin = self.recording.origins[0]
        head = f"POST /v1/events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: {origin}\r\n"
        for number in range(first, end):
            for body in (bodies[number] for bodies in self.bodies):
                yield bytearray(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)

    async def memory(self, log: EventLog) -> int:
        """Bytes that the event store has for the sessions and their names."""
        named = {index(self.recording.id, name) for name in self.names}
        keys = [*(key(self.recording.id, name) for name in self.names), *named]
        return sum([int(await log.redis.memory_usage(each, samples=0) or 0) for each in keys])


async def enter(log: EventLog, recording: Recording, names: list[str]) -> None:
    """They said yes."""
    for name in names:
        await log.open_session(recording, name, now_ms(), ["heatmap"])
