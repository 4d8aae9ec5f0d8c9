"""What the team's side works with: the stores, the recordings, the key that signs certificates."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from heatmap.cluster.crew import DaskCrew
from heatmap.crew import Crew
from heatmap.end.lease import Leases
from heatmap.previews import Previews
from recorder.app import stores
from recorder.eventlog import EventLog
from recorder.keys import KeyRing
from recorder.objects import Objects
from recorder.registry import Registry
from recorder.settings import Settings


@dataclass(frozen=True)
class Parts:
    """Opened together, closed together."""

    store: Objects
    keys: Objects
    log: EventLog
    registry: Registry
    signing: Ed25519PrivateKey
    crew: Crew | DaskCrew
    leases: Leases
    access_days: int = 365  #: how long the access log is kept
    previews: Previews = field(default_factory=Previews)
    closed: asyncio.Event = field(
        default_factory=asyncio.Event
    )  #: somebody ended a recording: no need to wait


@contextlib.asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Parts]:
    with settings.blamed("keys_file"):
        ring = KeyRing.read_or_make(settings.keys_path)
    async with stores(settings, makes_keys=True) as (store, keys, log):
        crew = crew_of(settings)
        registry, leases = Registry(store, keys, ring.signer), Leases(store)
        yield Parts(store, keys, log, registry, ring.certificate, crew, leases, settings.access_log_days)


def crew_of(settings: Settings) -> Crew | DaskCrew:
    """Who draws final pictures: processes of this machine, or the drawers of the Dask scheduler that is named."""
    url = settings.redis_url.get_secret_value() if settings.redis_url else ""
    here = Crew(url, len(os.sched_getaffinity(0)))
    return DaskCrew(settings, here) if settings.dask_scheduler else here
