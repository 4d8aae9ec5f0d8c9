"""A visitor in a real Chromium on a site of its own, and what of the visit came to the event store."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from aiohttp import web
from playwright.async_api import Frame, Page, Response

from recorder import events, seal, views
from recorder.assets import STATIC
from recorder.events import Kind, Pointer
from recorder.recording import Recording

#: The mark that says: everything before me has happened.
END = "end"
#: How long a batch may take to the event store on a busy machine, s.
PATIENCE = 15
#: Between one page and the next of somebody who stays, ms: enough to tell their events apart.
BETWEEN = 1000
#: How much time passes between two frames, ms, while time is the test's own.
STEP = 1000
#: The middle of a box.
CENTRE = 32768

TEMPLATE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Site</title>
<meta name="viewport" content="width=device-width">
<style>body{{margin:0;font:16px/24px sans-serif}}</style>
{head}<script type="module" src="{address}/yesmap.js" {tag}></script>
{body}"""

_TABLE = """async (source) => {
  const { table } = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  return table();
}"""
ALLOW = "yesmap.notice().then(({ version }) => yesmap.allow({ purposes: ['heatmap'], notice: version }))"
#: A frame of the browser's own, whatever the page's clock says: layout, scroll and size observers have run.
_FRAME = """() => new Promise((done) => new IntersectionObserver((_, observer) => {
  observer.disconnect();
  done();
}).observe(document.documentElement))"""
_LEAVE = """() => {
  dispatchEvent(new PageTransitionEvent("pagehide"));
  dispatchEvent(new PageTransitionEvent("pageshow"));
}"""


class Event(NamedTuple):
    """One event as it is kept. `at`: ms since the yes; `element`: its hash, 0 for none."""

    kind: Kind
    pointer: Pointer
    element: int
    x: int
    y: int
    fx: int
    fy: int
    at: int
    page: int
    head: np.void


class Row(NamedTuple):
    """One element of a page as the snapshot has it."""

    hash: int
    tag: str
    x: int
    y: int
    w: int
    h: int
    name: str
    group: bool


@dataclass
class Site:
    """A web site on an origin of its own: pages by path, each with the tag, and the recording that is open for it."""

    origin: str
    recording: Recording
    collector: web.Application
    address: str
    pages: dict[str, str]
    answers: dict[str, Callable[[web.Request], Awaitable[web.Response]]] = field(default_factory=dict)

    def show(self, path: str, body: str, *, head: str = "", tag: str = "") -> None:
        """Put a page there."""
        self.pages[path] = TEMPLATE.format(address=self.address, head=head, tag=tag, body=body)

    async def batches(self, audit: str) -> list[tuple[bytes, int, bytes]]:
        """The batches of one visitor, opened: document id, sequence number, header with elements and records."""
        key = await self.collector[views.REGISTRY].key(self.recording)
        name = seal.session_id(key, audit)
        return [
            (mark[:8], int.from_bytes(mark[8:], "big"), seal.unseal(key, name, mark, sealed))
            async for session in self.collector[views.LOG].read(self.recording.id, [name])
            for mark, sealed in session.batches.items()
        ]

    async def as_it_stands(self) -> Recording:
        """The recording as it stands now, with the releases and variants that were seen."""
        return await self.collector[views.REGISTRY].read(self.recording.id)

    async def counts(self) -> dict[str, int]:
        return await self.collector[views.LOG].counts(self.recording.id)

    async def sessions(self) -> list[str]:
        return await self.collector[views.LOG].sessions(self.recording.id)


@dataclass
class Visitor:
    """Somebody who said yes. Of page loads that began before `since`, ms since the yes, nothing is of interest."""

    page: Page
    site: Site
    audit: str
    yes: int = 0
    since: int = 0

    async def visit(self, path: str) -> None:
        """Go on to another page, whose events alone count from here on; there time stands still."""
        await self.page.goto("about:blank")
        await self.page.clock.resume()
        await self.page.clock.run_for(2 * BETWEEN)
        self.since = await self.now() - self.yes - BETWEEN
        await self.page.goto(self.site.origin + path)
        await self.page.get_by_text("Recording until").wait_for()
        await self.frame()
        await self.page.clock.pause_at((await self.now() + BETWEEN) / 1000)

    async def now(self) -> int:
        """By the page's clock, ms since the epoch."""
        return int(await self.page.evaluate("Date.now()"))

    async def wait(self, ms: int) -> None:
        """Let time pass, by the test's own clock, with a frame now and then."""
        await self.frame()
        while ms > 0:
            await self.page.clock.run_for(min(ms, STEP))
            await self.frame()
            ms -= STEP

    async def frame(self) -> None:
        for _ in range(2):
            await self.page.evaluate(_FRAME)

    async def events(self, *, leave: bool = True) -> list[Event]:
        """Everything that was recorded up to now, in order, once it is in the event store."""
        await self.page.evaluate("(end) => yesmap.mark(end)", END)
        if leave:
            await self.page.goto("about:blank")
        else:
            await self.page.evaluate(_LEAVE)
        row = self.site.recording.marks.index(END)
        return await self.until(lambda found: any((Kind.MARK, row) == (e.kind, e.x) for e in found))

    async def until(self, enough: Callable[[list[Event]], bool]) -> list[Event]:
        """What was recorded, as soon as it is enough and no batch before it is still under way."""
        found: list[Event] = []
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    batches = await self.batches()
                    found = [event for *_, kept in batches for event in read(kept)]
                    if enough(found) and gapless(batches):
                        return found
                    await asyncio.sleep(0.02)
        except TimeoutError:
            kinds = [e.kind.name for e in found]
            raise AssertionError(f"only this has come: {kinds}, gapless: {gapless(batches)}") from None

    async def batches(self) -> list[tuple[bytes, int, bytes]]:
        """The batches of page loads that are of interest, in order."""
        batches = sorted(await self.site.batches(self.audit), key=lambda b: (read(b[2])[0].at, b[1]))
        began: dict[bytes, int] = {}
        for document, _, kept in batches:
            began.setdefault(document, read(kept)[0].at)
        return [batch for batch in batches if began[batch[0]] >= self.since]


def gapless(batches: list[tuple[bytes, int, bytes]]) -> bool:
    """Whether each page load's batches are numbered 0, 1, 2 …"""
    loads: dict[bytes, list[int]] = {}
    for document, sequence, _ in batches:
        loads.setdefault(document, []).append(sequence)
    return all(sorted(numbers) == list(range(len(numbers))) for numbers in loads.values())


def read(kept: bytes) -> list[Event]:
    """The events of one batch."""
    head, elements, records = events.unpack(kept)
    start, page = int(head["start"]), int(head["page"])
    hashes = [*map(int, elements)]
    return [_event(record, hashes, start, page, head) for record in records]


def _event(record: np.void, hashes: list[int], start: int, page: int, head: np.void) -> Event:
    t, kind, el, x, y, fx, fy = (int(record[name]) for name in ("t", "kind", "el", "x", "y", "fx", "fy"))
    element = 0 if el == events.NO_ELEMENT else hashes[el]
    return Event(Kind(kind & 31), Pointer(kind >> 5), element, x, y, fx, fy, start + t, page, head)


def of(found: list[Event], *kinds: Kind) -> list[Event]:
    return [event for event in found if event.kind in kinds]


async def rows(frame: Page | Frame) -> list[Row]:
    """Every element of the page, as the snapshot's camera reads them."""
    found: list[dict[str, Any]] = await frame.evaluate(_TABLE, (STATIC / "element.js").read_text("utf-8"))
    return [Row(**{name: row[name] for name in Row._fields}) for row in found]


async def row(frame: Page | Frame, name: str) -> Row:
    """The one element that people read as this."""
    [found] = [r for r in await rows(frame) if r.name == name]
    return found


async def say_yes(page: Page) -> str:
    """A yes by the site's own hand; gives its audit id once the sign says that recording is on."""
    async with page.expect_response("**/v1/consent") as answered:
        assert await page.evaluate(ALLOW)
    answer: Response = await answered.value
    await page.get_by_text("Recording until").wait_for()
    return str((await answer.json())["audit"])
