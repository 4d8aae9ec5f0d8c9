"""The servers of the event store, one by one: raw events are gone when they are gone from memory and disk of each."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Literal

from redis.asyncio import Redis
from redis.asyncio.cluster import RedisCluster
from redis.exceptions import NoPermissionError, ResponseError

from recorder.errors import Unavailable
from recorder.eventstore import Failed, Store, beside

#: How long a replica may take until it has followed what its primary did.
FOLLOW_SECONDS = 10.0
#: How often a server is asked whether it is done.
_LOOK_SECONDS = 0.02
_MORE_THAN_THERE_ARE = 1000

REFUSED = "could not be checked: the event store refuses it"
SILENT = "could not be checked: it does not answer"


@dataclass(frozen=True)
class Node:
    """One server that answers us."""

    redis: Redis
    role: Literal["primary", "replica"]


@dataclass(frozen=True)
class Nodes:
    """All servers of an event store that answer us, and for each other why it could not be checked."""

    nodes: list[Node]
    unreached: list[str]


@contextlib.asynccontextmanager
async def reached(store: Store) -> AsyncIterator[Nodes]:
    """Every primary, and every replica that follows one or is known to the cluster; `Unavailable` without a primary."""
    async with _primaries(store) as (primaries, others), contextlib.AsyncExitStack() as stack:
        nodes = [Node(primary, "primary") for primary in primaries]
        known = [others] if others is not None else [await _replicas(primary) for primary in primaries]
        hidden = None in known or (others is None and isinstance(store, RedisCluster))
        unreached = [REFUSED] if hidden else []
        for host, port in (place for places in known for place in places or ()):
            replica = beside(store, host, port)
            stack.push_async_callback(replica.aclose)
            if await _answers(replica):
                nodes.append(Node(replica, "replica"))
            else:
                unreached.append(SILENT)
        yield Nodes(nodes, unreached)


async def followed(store: Store) -> None:
    """Wait until every replica has done what its primary has; `Unavailable` when one does not come along."""
    async with _primaries(store) as (primaries, _):
        await asyncio.gather(*map(_followed, primaries))


async def _followed(redis: Redis) -> None:
    try:
        done = int((await redis.info("replication"))["master_repl_offset"])
        async with asyncio.timeout(FOLLOW_SECONDS):
            while any(int(each["offset"]) < done for each in await _followers(redis)):
                await _hear(redis)
    except TimeoutError:
        raise Unavailable("A replica of the event store does not follow.") from None
    except (
        NoPermissionError,
        KeyError,
    ):  # a managed store; that its replicas are not known is said elsewhere
        return
    except Failed as error:
        raise Unavailable("The event store did not answer.") from error


async def rewritten(node: Node) -> dict[str, str]:
    """Make a server's files on disk hold only what is in its memory, and say what was done.

    A managed store may refuse these commands; that is said, not passed over.
    """
    return {
        "append_only_file": await _rewrite(
            node, "BGREWRITEAOF", "aof_rewrite_in_progress", "aof_last_bgrewrite_status"
        ),
        "snapshot_file": await _rewrite(node, "BGSAVE", "rdb_bgsave_in_progress", "rdb_last_bgsave_status"),
    }


async def save_again(store: Store) -> None:
    """Have each server that could not save its snapshot try now: until it has, it may take no writes.

    By itself it tries when its next snapshot is due, which may be in an hour (`stop-writes-on-bgsave-error`).
    """
    async with reached(store) as servers:
        for node in servers.nodes:
            with contextlib.suppress(ResponseError, KeyError):  # a managed store does that itself
                if (await node.redis.info("persistence"))["rdb_last_bgsave_status"] != "ok":
                    await _begun(node, "BGSAVE")


async def quiet(node: Node, recording: str) -> str:
    """Empty the server's slow log if it shows anything of a visitor session of this recording."""
    named = f"ym:{recording}:{{".encode()
    try:
        entries = await node.redis.slowlog_get(-1)
        if not any(named in entry["command"] for entry in entries):
            return "nothing of it"
        await node.redis.slowlog_reset()
    except ResponseError:
        return REFUSED
    except Failed as error:
        raise Unavailable("The event store did not answer.") from error
    return "emptied"


# --- files ---------------------------------------------------------------------------------------


async def _rewrite(node: Node, command: str, running: str, status: str) -> str:
    try:
        if not await _in_use(node, command):
            return "not in use"
        while not await _begun(node, command):
            await asyncio.sleep(_LOOK_SECONDS)
        while (info := await node.redis.info("persistence"))[running] or info.get("aof_rewrite_scheduled"):
            await asyncio.sleep(_LOOK_SECONDS)
    except (ResponseError, KeyError):
        return REFUSED
    except Failed as error:
        raise Unavailable("The event store did not answer.") from error
    if info[status] != "ok":
        raise Unavailable(f"The event store could not rewrite its files ({command}: {info[status]}).")
    return "rewritten"


async def _in_use(node: Node, command: str) -> bool:
    info = await node.redis.info("persistence")
    if command == "BGREWRITEAOF":
        return bool(info["aof_enabled"])
    # What a replica got from its primary when it began to follow, it got as such a file.
    if node.role == "replica" or info.get("rdb_saves") or await _followers(node.redis):
        return True
    return bool((await node.redis.config_get("save")).get("save"))


async def _begun(node: Node, command: str) -> bool:
    """Begin once nothing of the kind is going on: that may have begun before what we removed was gone."""
    info = await node.redis.info("persistence")
    if info["aof_rewrite_in_progress"] or info["rdb_bgsave_in_progress"] or info.get("aof_rewrite_scheduled"):
        return False
    try:
        await node.redis.execute_command(command)  # type: ignore[no-untyped-call]
    except ResponseError as error:
        if "in progress" in str(error) or "child process" in str(error):  # another one began in between
            return False
        raise
    return True


# --- primaries -----------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def _primaries(store: Store) -> AsyncIterator[tuple[list[Redis], list[tuple[str, int]] | None]]:
    """A client for each primary, and where all other servers of a cluster are, also those that are down.

    None for the others where they have to be asked for one by one.
    """
    if not isinstance(store, RedisCluster):
        yield [store], None
        return
    serving, others = await _members(store)
    async with contextlib.AsyncExitStack() as stack:
        primaries: list[Redis] = []
        for host, port in serving:
            primaries.append(beside(store, host, port))
            stack.push_async_callback(primaries[-1].aclose)
        yield primaries, others


async def _members(store: RedisCluster) -> tuple[list[tuple[str, int]], list[tuple[str, int]] | None]:
    """Where the servers with slots are, and all others; None where we may not ask for these.

    One that was replaced may have raw events on its disk all the same.
    """
    try:
        known = (await store.cluster_nodes()).items()
    except NoPermissionError:
        return [(node.host, int(node.port)) for node in store.get_primaries()], None
    except Failed as error:
        raise Unavailable("The event store did not answer.") from error
    return [_place(a) for a, of in known if of["slots"]], [_place(a) for a, of in known if not of["slots"]]


def _place(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host, int(port)


# --- replicas ------------------------------------------------------------------------------------


async def _followers(redis: Redis) -> list[dict[str, Any]]:
    info = await redis.info("replication")
    return [value for name, value in info.items() if name.startswith("slave") and isinstance(value, dict)]


async def _replicas(redis: Redis) -> list[tuple[str, int]] | None:
    """None when we may not ask: there may be some, and the certificate says so."""
    try:
        return [(str(each["ip"]), int(each["port"])) for each in await _followers(redis)]
    except ResponseError:
        return None
    except Failed as error:
        raise Unavailable("The event store did not answer.") from error


async def _hear(redis: Redis) -> None:
    """Wait a little, and have the replicas say how far they are, which they do by themselves once a second."""
    try:
        await redis.wait(_MORE_THAN_THERE_ARE, int(1000 * _LOOK_SECONDS))
    except NoPermissionError:
        await asyncio.sleep(_LOOK_SECONDS)


async def _answers(redis: Redis) -> bool:
    try:
        await redis.ping()
    except Failed:
        return False
    return True
