"""Figures of the visitors' face. None says anything about a visitor."""

from collections.abc import Mapping
from pathlib import Path

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from recorder import rights, views
from recorder.keys import KeyRing
from recorder.operator import Check, Watched, reachable

REGISTRY = CollectorRegistry()
#: Told in the environment to each of several processes: where its figures are, for the one that sums them up.
FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5)

_BATCHES = Counter("yesmap_batches", "Batches by outcome.", ["outcome"], registry=REGISTRY)
_SECONDS = Histogram(
    "yesmap_batch_seconds", "Time from a batch's head to its answer.", registry=REGISTRY, buckets=_BUCKETS
)
_CONSENTS = Counter("yesmap_consents", "Requests for a consent, by outcome.", ["outcome"], registry=REGISTRY)
_CONSENT_SECONDS = Histogram(
    "yesmap_consent_seconds", "Time from a yes to its answer.", registry=REGISTRY, buckets=_BUCKETS
)
_ACKNOWLEDGED, _GIVEN = _BATCHES.labels("acknowledged"), _CONSENTS.labels("given")


def batch(refused: str | None, seconds: float) -> None:
    """A batch was acknowledged, or refused with this code, after so long."""
    _SECONDS.observe(seconds)
    (_BATCHES.labels(refused) if refused else _ACKNOWLEDGED).inc()


def consent(refused: str | None, seconds: float) -> None:
    """A consent was given, or refused with this code, after so long."""
    _CONSENT_SECONDS.observe(seconds)
    (_CONSENTS.labels(refused) if refused else _GIVEN).inc()


def watched(app: web.Application) -> Watched:
    """The visitors' face in this process."""

    async def figures() -> bytes:
        return generate_latest(REGISTRY)

    return Watched(_parts(app), figures)


def _parts(app: web.Application) -> Mapping[str, Check]:
    async def signing_keys() -> None:
        KeyRing.read(app[views.SETTINGS].keys_path)

    return {
        "visitors: event store": lambda: app[views.LOG].ping(),
        "visitors: event store, as the rights user": lambda: app[rights.LOG].ping(),
        "visitors: object store": lambda: reachable(app[views.STORE]),
        "visitors: store of the recordings' keys": lambda: reachable(app[views.KEY_STORE], "keys"),
        "visitors: signing keys": signing_keys,
    }


def summed(folder: Path) -> bytes:
    """The figures of all processes that write into this folder, those that have ended too."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(folder))  # type: ignore[no-untyped-call]
    return generate_latest(registry)
