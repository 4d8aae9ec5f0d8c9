"""Forgetting: one visitor session, or everything raw of a recording; and looking for what is left."""

import asyncio
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from recorder import consent
from recorder.errors import NotFound, Unavailable
from recorder.eventlog import EventLog
from recorder.objects import Objects
from recorder.registry import key_key

#: Set when something was erased, so that the append-only file is rewritten within the hour.
ERASED = "yesmap:erased"


async def withdraw(
    store: Objects, log: EventLog, recording: str, session: str, audit: str, now_ms: int
) -> None:
    """Erase a visitor session at once; then write down that its consent was withdrawn. Idempotent."""
    await log.erase(recording, session)
    await _mark_erased(log.redis)
    key = consent.record_key(recording, audit, "withdrawn")
    try:
        await store.get(key)
    except NotFound:
        await store.put(key, consent.withdrawn(recording, audit, now_ms))


async def destroy_key(keys: Objects, recording: str) -> None:
    """Destroy the recording's key, in every version: all raw data turns into noise."""
    await keys.delete(key_key(recording))


async def remove_raw(log: EventLog, recording: str) -> dict[str, str]:
    """Remove every key of the recording from the event store, then from its files on disk; say what was done."""
    await log.remove(recording)
    return await rewrite(log.redis)


async def raw_keys_left(log: EventLog, recording: str) -> int:
    """How many keys of the recording are in the event store now."""
    return len([name async for name in log.left(recording)])


async def rewrite_if_erased(log: EventLog) -> bool:
    """Rewrite the files on disk if something was erased since the last time."""
    if not await _command(log.redis, "GETDEL", ERASED):
        return False
    await rewrite(log.redis)
    return True


async def rewrite(redis: Redis) -> dict[str, str]:
    """Make the store's files on disk hold only what is in memory, and say what was done.

    A managed store may refuse these commands; that is said, not passed over.
    """
    return {
        "append_only_file": await _rewrite(
            redis, "aof_enabled", "BGREWRITEAOF", "aof_rewrite_in_progress", "aof_last_bgrewrite_status"
        ),
        "snapshot_file": await _rewrite(
            redis, "", "BGSAVE", "rdb_bgsave_in_progress", "rdb_last_bgsave_status"
        ),
    }


async def _rewrite(redis: Redis, needed: str, command: str, running: str, status: str) -> str:
    try:
        before = await redis.info("persistence")
        if needed and not before[needed]:
            return "not in use"
        if not needed and not await _saves_snapshots(redis):
            return "not in use"
        while await _busy(redis):
            await asyncio.sleep(0.02)
        await redis.execute_command(command)  # type: ignore[no-untyped-call]
        while (await redis.info("persistence"))[running] or await _scheduled(redis):
            await asyncio.sleep(0.02)
        done = (await redis.info("persistence"))[status]
    except ResponseError as error:
        return f"could not be checked: {error}"
    except (RedisError, OSError) as error:
        raise Unavailable("The event store did not answer.") from error
    if done != "ok":
        raise Unavailable(f"The event store could not rewrite its files ({command}: {done}).")
    return "rewritten"


async def _busy(redis: Redis) -> bool:
    info = await redis.info("persistence")
    return bool(
        info["aof_rewrite_in_progress"] or info["rdb_bgsave_in_progress"] or info.get("aof_rewrite_scheduled")
    )


async def _scheduled(redis: Redis) -> bool:
    return bool((await redis.info("persistence")).get("aof_rewrite_scheduled"))


async def _saves_snapshots(redis: Redis) -> bool:
    config = await redis.config_get("save")
    return bool(config.get("save"))


async def _mark_erased(redis: Redis) -> None:
    await _command(redis, "SET", ERASED, "1")


async def _command(redis: Redis, *words: Any) -> Any:
    try:
        return await redis.execute_command(*words)  # type: ignore[no-untyped-call]
    except (RedisError, OSError) as error:
        raise Unavailable("The event store did not answer.") from error
