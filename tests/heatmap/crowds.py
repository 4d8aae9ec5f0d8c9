"""A seeded crowd of the demo shop, as if it had come out of the event store."""

from functools import cache
from typing import Any

from heatmap.census import Place
from heatmap.demo import run, visitors
from heatmap.demo.shop import SNAPSHOTS
from heatmap.demo.visitors import Visitor
from heatmap.page import Page
from heatmap.parts import Parts
from heatmap.raw import Slice, unsealed
from heatmap.snapshots.snapshot import read
from recorder import eventlog, events, seal
from recorder.consent import new_audit
from recorder.eventlog import Session
from recorder.recording import Recording

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


@cache
def walked(size: int, seed: int) -> list[Visitor]:
    """A crowd that has been through the shop already."""
    return list(visitors.crowd(size, seed))


async def let_in(parts: Parts, recording: Recording, size: int, seed: int = 1) -> None:
    """Put a crowd into the event store as the collector leaves it there, all at once; its releases are rows 1 and 2."""
    key = await parts.registry.key(recording)
    async with parts.log.redis.pipeline() as pipe:
        for visitor in walked(size, seed):
            for what in ("asked", "no" if visitor.refuses else "yes"):
                pipe.hincrby(eventlog.counts_key(recording.id), f"{what}:{visitor.device}", 1)
            if visitor.refuses:
                continue
            session, release = seal.session_id(key, new_audit()), visitors.RELEASES.index(visitor.release) + 1
            pipe.sadd(eventlog.index(recording.id, session), session)
            fields: dict[Any, Any] = {
                batch.field: seal.seal(key, session, batch.field, events.pack(batch, release, 0))
                for batch in visitor.batches
            }
            fields |= {"open": 1, "yes": recording.start, "purposes": ",".join(visitor.purposes)}
            pipe.hset(eventlog.key(recording.id, session), mapping=fields | {"batches": len(visitor.batches)})
        await pipe.execute()


async def open_shop(parts: Parts, origin: str, **changes: object) -> Recording:
    """A recording of the demo shop with its snapshots and both of its releases seen."""
    made = await run.open_shop(parts, [origin])
    changes = {"seen_releases": list(visitors.RELEASES), **changes}
    return await parts.registry.change(made.id, lambda r: r.model_copy(update=changes))
