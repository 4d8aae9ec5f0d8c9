"""Simulated visitors of the demo shop: the same crowd for the same seed. Pure, but for the shop's snapshots."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from heatmap.demo.habits import CLICKS, ENTRY, EXITS, LEAVE
from heatmap.demo.hand import Events, Person
from heatmap.demo.scene import Scene, scene
from heatmap.demo.shop import PAGES, SNAPSHOTS
from heatmap.demo.walk import Walk
from heatmap.snapshots.snapshot import read
from recorder.events import NO_ELEMENT, RECORD, Batch
from recorder.recording import DEVICES, Device, Purpose

RELEASES = ("1.4.0", "1.5.0")
#: So many are on home and product page, on a desktop, that their releases are drawn apart and compared.
CROWD, SEED = 640, 1
#: Shares of visitors.
REFUSE, WITHDRAW, REPEAT, REPLAY, TRACE = 0.1, 0.02, 0.05, 0.4, 0.3
DEVICE_SHARES = {"desktop": 0.6, "tablet": 0.15, "mobile": 0.25}
#: Viewports that many people have, CSS px, and device pixels per CSS px × 100.
VIEWPORTS: dict[Device, list[tuple[int, int, int]]] = {
    "desktop": [(1920, 945, 100), (1536, 730, 125), (1440, 789, 200), (1366, 657, 100), (1280, 720, 150)],
    "tablet": [(768, 954, 200), (800, 1180, 150), (834, 1075, 200), (1024, 698, 200)],
    "mobile": [(360, 660, 300), (375, 667, 200), (390, 664, 300), (393, 727, 275), (412, 785, 263), (430, 740, 300)],
}  # fmt: skip
#: A batch is sent every so many ms; a visit is at most so many pages.
BATCH_MS, MOST_PAGES = 5000, 5

Scenes = dict[tuple[int, Device], Scene]


@dataclass(frozen=True)
class Visitor:
    """What one visitor answers and sends. `repeats` are the rows of `batches` that are sent twice."""

    device: Device
    viewport: tuple[int, int]
    release: str
    refuses: bool
    withdraws: bool
    purposes: list[Purpose]
    batches: list[Batch]
    repeats: frozenset[int]


def crowd(size: int, seed: int) -> Iterator[Visitor]:
    """`size` visitors, one at a time; visitor n of a seed is the same in a crowd of any size."""
    known = scenes()
    for number in range(size):
        yield visitor(np.random.default_rng([seed, number]), known)


@cache
def scenes() -> Scenes:
    """Every page of the shop on every device class."""
    return {
        (page, device): scene(read((SNAPSHOTS / f"{page}-{device}.json").read_bytes()))
        for page in range(len(PAGES))
        for device in DEVICES
    }


def visitor(rng: np.random.Generator, known: Scenes) -> Visitor:
    """One visitor, from the question to the last batch."""
    device = DEVICES[rng.choice(len(DEVICES), p=[DEVICE_SHARES[d] for d in DEVICES])]
    width, height, density = VIEWPORTS[device][rng.integers(len(VIEWPORTS[device]))]
    release = RELEASES[rng.integers(len(RELEASES))]
    refuses, withdraws, repeats, replay, traces = rng.random(5) < (REFUSE, WITHDRAW, REPEAT, REPLAY, TRACE)
    person = Person(
        viewport=(width, height),
        touch=device != "desktop",
        release=release,
        pace=float(np.clip(rng.lognormal(0, 0.3), 0.6, 1.5)),
        patience=float(rng.beta(1.3, 1.6)),
        traces=bool(traces),
    )
    batches = [] if refuses else list(_visit(rng, known, person, device, density))
    twice = frozenset([int(rng.integers(len(batches)))]) if batches and repeats else frozenset[int]()
    purposes: list[Purpose] = ["heatmap", "replay"] if replay else ["heatmap"]
    return Visitor(device, (width, height), release, bool(refuses), bool(withdraws), purposes, batches, twice)


def _visit(
    rng: np.random.Generator, known: Scenes, person: Person, device: Device, density: int
) -> Iterator[Batch]:
    """From page to page until it is enough: two pages at least."""
    page, start = int(rng.choice(list(ENTRY), p=list(ENTRY.values()))), int(rng.uniform(200, 900))
    for number in range(MOST_PAGES):
        view = known[page, device]
        events, following = stroll(
            rng, view, person, page, may_leave=number > 0, may_stay=number < MOST_PAGES - 1
        )
        yield from _batches(rng, events, person, page, view.snapshot.height, density, start)
        if following == LEAVE:
            return
        page, start = following, start + int(events["t"][-1]) + int(rng.uniform(250, 900))


def stroll(
    rng: np.random.Generator, view: Scene, person: Person, page: int, *, may_leave: bool, may_stay: bool
) -> tuple[Events, int]:
    """One page view: what happens on it, and which page is next."""
    walk = Walk(rng, view, person)
    wanted = [habit for habit in CLICKS[page] if rng.random() < habit.of(person.release)]
    following = _following(rng, page, may_leave=may_leave) if may_stay else LEAVE
    walk.wait(500)
    depth = person.patience * max(view.snapshot.height - walk.view, 0)
    while True:
        walk.look_around(int(rng.integers(2, 5)))
        for habit in [h for h in wanted if walk.in_view(h.path)]:
            wanted.remove(habit)
            walk.do(habit)
        if walk.scroll >= depth:
            break
        walk.scroll_to(walk.scroll + walk.view * rng.uniform(0.5, 0.9))
    if following != LEAVE:
        ways = EXITS[page][following][1]
        weights = np.array([ways[way] for way in ways])
        for way in rng.choice(list(ways), len(ways), replace=False, p=weights / weights.sum()):
            if walk.click(str(way)):
                break
    return walk.done(), following


def _following(rng: np.random.Generator, page: int, *, may_leave: bool) -> int:
    ways = [following for following in EXITS[page] if may_leave or following != LEAVE]
    weights = np.array([EXITS[page][following][0] for following in ways])
    return ways[int(rng.choice(len(ways), p=weights / weights.sum()))]


def _batches(
    rng: np.random.Generator, events: Events, person: Person, page: int, height: int, density: int, start: int
) -> Iterator[Batch]:
    """The events of a page view as the browser sends them: what happened in each five seconds."""
    document, windows = rng.bytes(8), events["t"] // BATCH_MS
    for sequence, window in enumerate(np.unique(windows)):
        some = events[windows == window]
        named = some["el"] > 0
        elements, rows = np.unique(some["el"][named], return_inverse=True)
        records = np.zeros(len(some), RECORD)
        for name in ("kind", "x", "y", "fx", "fy"):
            records[name] = some[name]
        records["t"] = some["t"] - window * BATCH_MS
        records["el"] = NO_ELEMENT
        records["el"][named] = rows
        yield Batch(
            document=document,
            sequence=sequence,
            page=page,
            release=person.release,
            variant=None,
            visit=0,
            viewport=person.viewport,
            size=(person.viewport[0], height),
            ratio=(density, 100),
            start_ms=start + int(window) * BATCH_MS,
            table=elements.astype("<u4").tobytes(),
            block=records.tobytes(),
        )
