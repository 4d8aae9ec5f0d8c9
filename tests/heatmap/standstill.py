"""Stores that stand still before one call, as a process does that is stopped there, until they are told to go on."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from heatmap.end.lease import Clock, Leases
from heatmap.parts import Parts
from recorder.eventlog import EventLog
from recorder.registry import Registry

#: Whether to stand still before this call: its name, its key, its data if it has any.
Where = Callable[[str, str, bytes], bool]


class Standstill:
    """Where a worker stands: wait for `there`, then let it go on with `go`."""

    def __init__(self, where: Where) -> None:
        self._where = where
        self.there, self.go = asyncio.Event(), asyncio.Event()

    async def pass_(self, call: str, key: str, data: bytes = b"") -> None:
        if not self.there.is_set() and self._where(call, key, data):
            self.there.set()
            await self.go.wait()

    def worker(self, parts: Parts, clock: Clock) -> Parts:
        """A worker of its own on the same stores, which will stand still there."""
        store, keys = _Store(parts.store, self), _Store(parts.keys, self)
        return replace(
            parts,
            store=store,
            keys=keys,
            log=_Log(parts.log, self),
            registry=Registry(store, keys),
            leases=Leases(parts.store, clock),
        )


def another(parts: Parts, clock: Clock) -> Parts:
    """Another worker on the same stores."""
    return replace(parts, registry=Registry(parts.store, parts.keys), leases=Leases(parts.store, clock))


class _Store:
    def __init__(self, objects: Any, standstill: Standstill) -> None:
        self._objects, self._standstill = objects, standstill

    async def put(self, key: str, data: bytes, **condition: Any) -> Any:
        await self._standstill.pass_("put", key, data)
        return await self._objects.put(key, data, **condition)

    def __getattr__(self, call: str) -> Any:
        async def passed(*key: str) -> Any:
            await self._standstill.pass_(call, *key or [""])
            return await getattr(self._objects, call)(*key)

        return passed


class _Log(EventLog):
    def __init__(self, log: EventLog, standstill: Standstill) -> None:
        super().__init__(log.redis)
        self._standstill = standstill

    async def close(self, recording: Any) -> None:
        await self._standstill.pass_("close", recording.id)
        await super().close(recording)

    async def remove(self, recording: str) -> None:
        await self._standstill.pass_("remove", recording)
        await super().remove(recording)
