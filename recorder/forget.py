"""Forgetting: one visitor session, or everything raw of a recording; and looking for what is left."""

import asyncio
import contextlib
import secrets
from typing import Any

from recorder import consent, eventstore, nodes
from recorder.errors import Conflict, Unavailable
from recorder.eventlog import EventLog
from recorder.eventstore import Failed, Store
from recorder.objects import Objects
from recorder.registry import key_key

#: Set when something was erased, so that the append-only file is rewritten within the hour.
ERASED = "yesmap:erased"


async def withdraw(
    store: Objects, log: EventLog, recording: str, session: str, audit: str, now_ms: int
) -> None:
    """Erase a visitor session at once; then write down that its consent was withdrawn. Idempotent.

    Erased once more after that: the same yes, sent again in between, found no withdrawal yet and began it anew.
    """
    await log.erase(recording, session)
    with contextlib.suppress(Unavailable):  # a store that is full has no room for the mark: once more below
        await _mark_erased(log.redis)
    key = consent.record_key(recording, audit, "withdrawn")
    with contextlib.suppress(Conflict):  # withdrawn before: the first time stays
        await store.put(key, consent.withdrawn(recording, audit, now_ms), if_absent=True)
    await log.erase(recording, session)
    await _mark_erased(log.redis)


async def destroy_key(keys: Objects, recording: str) -> None:
    """Destroy the recording's key, in every version: all raw data turns into noise."""
    await keys.delete(key_key(recording))


async def remove_raw(log: EventLog, recording: str) -> list[dict[str, Any]]:
    """Remove every key of the recording from the event store, then from the files of each server; say what was done."""
    await log.remove(recording)
    await nodes.followed(log.redis)
    async with nodes.reached(log.redis) as servers:
        done = await asyncio.gather(*(_remove_files(node, recording) for node in servers.nodes))
    return [*done, *({"role": "replica", "unreached": why} for why in servers.unreached)]


async def _remove_files(node: nodes.Node, recording: str) -> dict[str, Any]:
    written = await nodes.rewritten(node)
    return {"role": node.role, **written, "slow_log": await nodes.quiet(node, recording)}


async def raw_keys_left(log: EventLog, recording: str) -> int:
    """How many keys of the recording are in the event store now, on all servers."""
    async with nodes.reached(log.redis) as servers:
        return sum([await _left(EventLog(node.redis), recording) for node in servers.nodes])


async def rewrite_if_erased(log: EventLog) -> bool:
    """Rewrite the files on disk if something was erased since the last time."""
    marked = await _command(log.redis, "GET", ERASED)
    if not marked:
        return False
    async with nodes.reached(log.redis) as servers:
        for node in servers.nodes:
            await nodes.rewritten(node)
    # Only now, or a worker that dies on the way would have it forgotten; who was erased meanwhile has the next turn.
    if (now := await _command(log.redis, "GETDEL", ERASED)) not in (marked, None):
        await _command(log.redis, "SET", ERASED, now)
    return True


async def _left(log: EventLog, recording: str) -> int:
    return len([name async for name in log.left(recording)])


async def _mark_erased(redis: Store) -> None:
    """What was erased goes from the files too, within the hour."""
    await _command(redis, "SET", ERASED, secrets.token_hex(8))


async def _command(redis: Store, *words: Any) -> Any:
    try:
        async with eventstore.in_time():
            return await redis.execute_command(*words)
    except Failed as error:
        raise Unavailable("The event store did not answer, or is full. Try again.") from error
