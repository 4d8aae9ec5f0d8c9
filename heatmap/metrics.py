"""Figures of the team's side: how recordings come to their end, and how full the event store is."""

from aiohttp import web
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from heatmap import worker
from heatmap.parts import Parts
from heatmap.site.access import PARTS
from recorder.operator import Watched, reachable
from recorder.recording import State

REGISTRY = CollectorRegistry()

_RECORDINGS = Gauge("yesmap_recordings", "Recordings by state.", ["state"], registry=REGISTRY)
_OVERDUE = Gauge(
    "yesmap_overdue_seconds",
    "For how long raw events are kept beyond what visitors were told; of the worst recording, 0 when all is well.",
    registry=REGISTRY,
)
_NEWER = Gauge(
    "yesmap_recordings_newer",
    "Recordings that cannot be read, and so do not end: a newer release wrote them, or they are damaged.",
    registry=REGISTRY,
)
_SESSIONS = Gauge("yesmap_sessions_open", "Visitor sessions of recordings that are open.", registry=REGISTRY)
_STORE_BYTES = Gauge(
    "yesmap_event_store_bytes", "Memory that the event store has allocated.", registry=REGISTRY
)
_STORE_LIMIT = Gauge("yesmap_event_store_limit_bytes", "Its maxmemory, 0: none.", registry=REGISTRY)
_STEPS = Gauge("yesmap_purge_steps", "Recordings that have come so far.", ["state"], registry=REGISTRY)


def watched(app: web.Application) -> Watched:
    """The team's face in this process."""

    async def figures() -> bytes:
        await refresh(app[PARTS])
        return generate_latest(REGISTRY)

    parts = {
        "team: event store": lambda: app[PARTS].log.ping(),
        "team: object store": lambda: reachable(app[PARTS].store),
        "team: store of the recordings' keys": lambda: reachable(app[PARTS].keys, "keys"),
    }
    return Watched(parts, figures)


async def refresh(parts: Parts) -> None:
    """Look at the stores: whoever asks for the figures gets those of now."""
    (found, newer), now = await parts.registry.readable(), await parts.log.now_ms()
    _NEWER.set(len(newer))
    for state in State:
        _RECORDINGS.labels(state).set(sum(r.state == state for r in found))
        if state != State.OPEN:
            _STEPS.labels(state).set(sum(state in r.reached for r in found))
    _OVERDUE.set(worker.overdue_seconds(found, now))
    _SESSIONS.set(sum([await parts.log.how_many(r.id) for r in found if r.state == State.OPEN]))
    used, most = await parts.log.memory()
    _STORE_BYTES.set(used)
    _STORE_LIMIT.set(most)
