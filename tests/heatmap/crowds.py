"""A seeded crowd of the demo shop, as if it had come out of the event store."""

from functools import cache

from heatmap.census import Place
from heatmap.demo import visitors
from heatmap.demo.shop import SNAPSHOTS
from heatmap.page import Page
from heatmap.raw import Slice, unsealed
from heatmap.snapshot import read
from recorder import events, seal
from recorder.eventlog import Session

KEY = bytes(range(32))


@cache
def shop(size: int, seed: int = 1) -> Slice:
    """All events of a crowd that was asked; its releases are rows 1 and 2."""
    some: list[Session] = []
    for number, visitor in enumerate(visitors.crowd(size, seed)):
        if not visitor.refuses:
            name, release = f"{number:022}", visitors.RELEASES.index(visitor.release) + 1
            sealed = {
                batch.field: seal.seal(KEY, name, batch.field, events.pack(batch, release, 0))
                for batch in visitor.batches
            }
            some.append(Session(name, 0, frozenset({"heatmap"}), sealed, 0, 0))
    return unsealed(some, range(len(some)), KEY)


def page(part: Slice, place: Place) -> Page:
    """A page of the shop with everybody in it."""
    snapshot = read((SNAPSHOTS / f"{place[0]}-{place[1]}.json").read_bytes())
    made = Page(snapshot.sheet, snapshot)
    made.add(part, place)
    return made
