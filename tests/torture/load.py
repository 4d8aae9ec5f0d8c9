"""The load generator, a process of its own: `python -m tests.torture.load CONFIG`.

It says `quiet` when a first crowd is in, while nothing is broken yet: so many that several processes draw them. Then
thousands of visitors come, each of whom asks again, at any collector, until the answer is certain, as browsers do. The
line `stop` on stdin ends that; the ledger is written to a file.
"""

import asyncio
import contextlib
import json
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from recorder import events
from recorder.events import Kind
from tests.recorder.sample import batch, records
from tests.torture.ledger import COUNTED, ELEMENTS, REFUSED, WITHDRAWN, Ledger, Outcome, Session
from tests.torture.page import HEIGHT, ORIGIN, WIDTH, hashes

#: Visitors at a time.
AT_ONCE = 64
#: Who clicks everything: what is clicked by so many is told to the last click.
FIRST = 12
#: For how long elements are clicked one after the other: longer than the recording runs under faults.
STORM_SECONDS = 24.0
#: Until an answer counts as lost. A browser's patience.
PATIENCE_SECONDS = 4.0
#: After the stop everything works again, and every answer comes.
GIVE_UP_SECONDS = 30.0
#: Shares of visitors who withdraw, pause, and send a batch from two places at once.
WITHDRAWING, PAUSING, TWICE = 0.15, 0.04, 0.1


class Over(Exception):
    """Said to be over by an answer that leaves no doubt: the visitor's browser forgets the token."""


@dataclass
class Load:
    """Who has come, and how they are doing."""

    http: aiohttp.ClientSession
    config: dict[str, Any]
    rng: random.Random
    ledger: Ledger = field(default_factory=Ledger)
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    storm: float = float("inf")  #: since when things go wrong
    until: float = float("inf")

    async def first(self) -> None:
        """A crowd that clicks everything, while all is well."""
        await asyncio.gather(*(self._first() for _ in range(FIRST)))

    async def _first(self) -> None:
        visitor = await self._come()
        assert visitor is not None
        assert Outcome.ACKNOWLEDGED == await visitor.send(list(range(ELEMENTS)))

    async def crowd(self, sessions: int) -> None:
        """As many as shall come, so many at a time."""
        left = iter(range(sessions))

        async def walk() -> None:
            for _ in left:
                if self.stopped.is_set():
                    return
                with contextlib.suppress(Over):
                    await self._visit()

        await asyncio.gather(*(walk() for _ in range(AT_ONCE)))

    def of_now(self, elements: Sequence[int]) -> int:
        """The element that is clicked now: any while all is well, then one after the other."""
        since = time.monotonic() - self.storm
        if since < 0:
            return self.rng.choice(elements)
        return elements[min(int(since / STORM_SECONDS * len(elements)), len(elements) - 1)]

    async def _visit(self) -> None:
        visitor = await self._come()
        if visitor is None:
            return
        chance = self.rng.random()
        if chance < WITHDRAWING:
            await self._until_withdrawn(visitor)
            return
        if chance < WITHDRAWING + PAUSING:
            await visitor.pause()
        for _ in range(self.rng.randint(1, 4)):
            await visitor.send([self.of_now(COUNTED)], twice=self.rng.random() < TWICE)

    async def _until_withdrawn(self, visitor: "Visitor") -> None:
        try:
            for _ in range(self.rng.randint(1, 3)):
                await visitor.send([self.of_now(WITHDRAWN)], twice=self.rng.random() < TWICE)
        finally:
            await visitor.withdraw()
        if visitor.session.withdrawn == Outcome.ACKNOWLEDGED:
            taken = await visitor.send([self.rng.choice(REFUSED)])
            self.ledger.taken_wrongly += taken == Outcome.ACKNOWLEDGED

    async def _come(self) -> "Visitor | None":
        """A yes; None when nobody takes it."""
        form = {name: self.config[name] for name in ("recording", "nv")}
        form |= {"language": "en", "purposes": ["heatmap"], "device": "desktop"}
        for _ in range(20):
            status, answer = await self.ask("consent", json.dumps(form).encode())
            if status == 201:
                visitor = Visitor(self, Session(), answer["token"], answer["audit"])
                self.ledger.sessions.append(visitor.session)
                return visitor
            if status == 410:
                self.ledger.late += 1
                return None
            self.ledger.nobodys += 1
            if self.stopped.is_set():
                return None
            await self.wait()
        return None

    async def ask(self, path: str, body: bytes) -> tuple[int, Any]:
        """Status and answer of any of the collectors; status 0 when no answer came, or not all of it."""
        port = self.rng.choice(self.config["ports"])
        try:
            async with self.http.post(
                f"http://127.0.0.1:{port}/v1/{path}", data=body, skip_auto_headers=["Content-Type"]
            ) as response:
                data = await response.read()
                return response.status, json.loads(data) if data else None
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            return 0, None

    def note(self, answer: str, *, expected: bool) -> None:
        """Count an answer that leaves a doubt, when it is one that nobody should ever get."""
        if not expected:
            self.ledger.odd[answer] = self.ledger.odd.get(answer, 0) + 1

    @property
    def given_up(self) -> bool:
        """Whether it is so long after the stop that no certain answer will come."""
        return time.monotonic() > self.until

    def stop(self) -> None:
        self.until = time.monotonic() + GIVE_UP_SECONDS
        self.stopped.set()

    async def wait(self) -> None:
        await asyncio.sleep(self.rng.uniform(0.05, 0.4))


@dataclass
class Visitor:
    """One browser."""

    load: Load
    session: Session
    token: str
    audit: str
    sequence: int = 0

    async def send(self, elements: list[int], *, twice: bool = False) -> Outcome:
        """A batch of clicks, until it is certain what became of it. `Over` when nothing is taken any more."""
        self.sequence += 1
        body = self._body(elements)
        tries = [self._settled(body) for _ in range(2 if twice else 1)]
        found = await asyncio.gather(*tries)
        outcomes = [outcome for outcome, _ in found]
        certain = next(o for o in (Outcome.ACKNOWLEDGED, Outcome.UNKNOWN, Outcome.REFUSED) if o in outcomes)
        self.session.batches.append((elements, certain))
        if any(over for _, over in found):
            raise Over
        return certain

    async def _settled(self, body: bytes) -> tuple[Outcome, bool]:
        """What became of a batch, and whether it was said that all is over."""
        unsure = Outcome.REFUSED
        while True:
            status, _ = await self.load.ask("events", body)
            match status:
                case 204:
                    return Outcome.ACKNOWLEDGED, False
                case 410:
                    return unsure, True
                case 401 | 409:  # by a clock that is off; while the session is paused
                    pass
                case _:
                    self.load.note(f"events {status}", expected=status in (0, 503))
                    unsure = Outcome.UNKNOWN
            if self.load.given_up:
                return unsure, True
            await self.load.wait()

    async def withdraw(self) -> None:
        """Until it is certain, also when the token is of no use any more."""
        form = json.dumps({"token": self.token, "audit": self.audit}).encode()
        while True:
            status, answer = await self.load.ask("withdraw", form)
            match status:
                case 200:  # too late for pictures that are final by now, and that was said
                    self.session.withdrawn = Outcome.UNKNOWN if answer["final"] else Outcome.ACKNOWLEDGED
                    return
                case 410:
                    return
                case _:
                    self.load.note(f"withdraw {status}", expected=status in (0, 503))
                    self.session.withdrawn = Outcome.UNKNOWN
            if self.load.given_up:
                return
            await self.load.wait()

    async def pause(self) -> None:
        """Pause, and go on; while it is certain that the session is paused, a batch is refused."""
        rights = await self._certain("rights", {"token": self.token, "audit": self.audit})
        if rights is None:
            return
        if await self._certain("pause", {"rights": rights["rights"], "paused": True}):
            self.sequence += 1
            status, _ = await self.load.ask("events", self._body([self.load.rng.choice(REFUSED)]))
            self.load.ledger.taken_wrongly += status == 204
        await self._certain("pause", {"rights": rights["rights"], "paused": False})

    async def _certain(self, path: str, form: dict[str, Any]) -> Any:
        """The answer, or None when there is none to be had."""
        for _ in range(50):
            status, answer = await self.load.ask(path, json.dumps(form).encode())
            if status == 200:
                return answer
            if status == 410 or self.load.given_up:
                raise Over
            await self.load.wait()
        return None

    def _body(self, elements: list[int]) -> bytes:
        """Each click after a look at the page of its own: a hand goes from one to the other."""
        rows: list[dict[str, int]] = []
        for n, element in enumerate(elements):
            at = {"t": 900 * n, "x": 40, "y": 40}
            rows += [{"kind": Kind.PAGE, "t": 900 * n}, at | {"kind": Kind.CLICK, "el": element}]
        made = batch(elements=hashes(), records=records(*rows), sequence=self.sequence, size=(WIDTH, HEIGHT))
        return events.encode(self.token, made)


async def run(config: dict[str, Any]) -> Ledger:
    timeout = aiohttp.ClientTimeout(total=PATIENCE_SECONDS)
    connector = aiohttp.TCPConnector(limit=0, force_close=False)
    headers = {"Origin": ORIGIN}
    async with aiohttp.ClientSession(timeout=timeout, connector=connector, headers=headers) as http:
        load = Load(http, config, random.Random(config["seed"]))
        await load.first()
        await load.crowd(config["calm"])
        load.storm = time.monotonic()
        print("quiet", flush=True)
        coming = asyncio.create_task(load.crowd(config["sessions"]))
        await asyncio.to_thread(sys.stdin.readline)
        load.stop()
        await coming
    return load.ledger


if __name__ == "__main__":
    chosen = json.loads(sys.argv[1])
    Path(chosen["ledger"]).write_text(asyncio.run(run(chosen)).to_json())
