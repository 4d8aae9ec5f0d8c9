"""The event store's client: of one server or of a cluster. Whoever asks by key need not know which it is."""

import asyncio
import contextlib
import re
from contextvars import ContextVar
from typing import Any, TypeAlias, cast
from urllib.parse import urlsplit

from redis.asyncio import BlockingConnectionPool, ConnectionPool, Redis, UnixDomainSocketConnection
from redis.asyncio.cluster import ClusterNode, RedisCluster
from redis.asyncio.connection import AbstractConnection, Connection
from redis.backoff import NoBackoff
from redis.exceptions import NoPermissionError, RedisClusterException, RedisError
from redis.retry import Retry

from recorder import limits
from recorder.errors import Unusable

Store: TypeAlias = "Redis | RedisCluster"

#: What a store that is not there, or cannot do what it is asked, raises.
Failed = (RedisError, RedisClusterException, OSError)

#: Ends the scheme of a cluster's URL: `redis+cluster://`, `rediss+cluster://`.
CLUSTER = "+cluster"

_SCHEMES = ("redis", "rediss", "unix", f"redis{CLUSTER}", f"rediss{CLUSTER}")
_ELSEWHERE = ("host", "port", "path")


#: When the visitor's request that is being answered has waited enough; empty until it asks for something.
_enough: ContextVar[list[float] | None] = ContextVar("enough", default=None)


def begin_request() -> None:
    """From here on all that is asked is for one visitor's request, and has `ANSWER_SECONDS` together."""
    _enough.set([])


def first_of_request() -> bool:
    """Whether nothing was asked for this request yet. It begins to wait now."""
    found = _enough.get()
    if found is None or found:
        return False
    found.append(asyncio.get_running_loop().time() + limits.ANSWER_SECONDS)
    return True


def in_time() -> asyncio.Timeout:
    """As long as this request may still wait; for ever where there is none."""
    first_of_request()
    found = _enough.get()
    return asyncio.timeout_at(found[0] if found else None)


class Pool(BlockingConnectionPool):
    """The connections to one server. Once they were closed, nobody opens one of them anew."""

    closed = False

    async def disconnect(self, inuse_connections: bool = True) -> None:
        self.closed = True
        await super().disconnect(inuse_connections)

    async def let_go(self) -> None:
        """Close the connections that nobody uses now, and forget them: a closed one keeps what it read."""
        idle, self._available_connections = self._available_connections, []
        for connection in idle:
            with contextlib.suppress(*Failed):
                await connection.disconnect()


def check_url(url: str) -> None:
    """`ValueError` says what the URL must be instead. It is not repeated: there is a password in it."""
    scheme = url.partition("://")[0]
    if scheme not in _SCHEMES:
        raise ValueError(f"must begin with {'://, '.join(_SCHEMES[:-1])}:// or {_SCHEMES[-1]}://")
    try:
        connect(url)
        known = scheme == "unix" or re.fullmatch(r"/?|/\d+", urlsplit(url).path) is not None
    except (ValueError, RedisClusterException):
        known = False
    if not known:
        raise ValueError("must have a port and a database that there can be, such as redis://events:6379/0")


def connect(url: str) -> Store:
    """A client that answers within two seconds or says that the store does not."""
    scheme, _, rest = url.partition("://")
    timeouts = {"socket_timeout": limits.STORE_SECONDS, "socket_connect_timeout": limits.STORE_SECONDS}
    if scheme.endswith(CLUSTER):
        return _cluster(f"{scheme.removesuffix(CLUSTER)}://{rest}", timeouts)
    pool = Pool.from_url(
        url,
        max_connections=limits.STORE_CONNECTIONS,
        timeout=limits.STORE_SECONDS,
        retry=Retry(NoBackoff(), 0),
        **timeouts,
    )
    return Redis.from_pool(pool)


async def check_kind(store: Store) -> None:
    """`Unusable` when a cluster is named as one server, or the other way round. A store that is down is let pass."""
    try:
        if isinstance(store, RedisCluster):
            await store.initialize()
        elif (await store.execute_command("HELLO"))[b"mode"] == b"cluster":  # type: ignore[no-untyped-call]
            raise Unusable(
                "The event store is a cluster: its URL must begin with redis+cluster:// or rediss+cluster://."
            )
    except RedisClusterException as error:
        _explain(error)
    except (*Failed, KeyError, TypeError):
        return


async def answers(store: Store, *words: Any, replicas: bool = False) -> list[Any]:
    """What each primary answers, or each server that the store names; one that is not reached raises."""
    if not isinstance(store, RedisCluster):
        return [await store.execute_command(*words)]  # type: ignore[no-untyped-call]
    await store.initialize()
    servers = store.get_nodes() if replicas else store.get_primaries()
    return [await store.execute_command(*words, target_nodes=server) for server in servers]


async def let_go(store: Store) -> None:
    """Free what was read last: it stays in the buffer of its connection, until that is used again or closed."""
    if not isinstance(store, RedisCluster):
        await cast(Pool, store.connection_pool).let_go()
        return
    for server in store.get_nodes():
        while server._free:
            connection = server._free.pop()
            server._connections.remove(connection)
            with contextlib.suppress(*Failed):
                await connection.disconnect()


async def clock(store: Store) -> tuple[int, int]:
    """Seconds and microseconds, by one server's clock: the same for everybody who asks."""
    if not isinstance(store, RedisCluster):
        seconds, micro = await store.time()
    else:
        await store.initialize()
        seconds, micro = await store.time(target_nodes=store.nodes_manager.get_node_from_slot(0))
    return int(seconds), int(micro)


def beside(store: Store, host: str, port: int) -> Redis:
    """A client for one server of the store, as the same user."""
    kind: type[AbstractConnection]
    if isinstance(store, RedisCluster):
        node = ClusterNode(host, port, **store.connection_kwargs)
        kind, about = node.connection_class, node.connection_kwargs
    else:
        kind, about = store.connection_pool.connection_class, store.connection_pool.connection_kwargs
    if issubclass(kind, UnixDomainSocketConnection):
        kind = Connection
    about = {name: value for name, value in about.items() if name not in _ELSEWHERE}
    return Redis.from_pool(ConnectionPool(connection_class=kind, host=host, port=port, **about))


def _cluster(url: str, timeouts: dict[str, float]) -> RedisCluster:
    """Of a URL with one server or, between commas, several: each of them tells of all others."""
    parts = urlsplit(url)
    user, at, hosts = parts.netloc.rpartition("@")
    first, *others = hosts.split(",")
    seeds = [urlsplit(f"//{other}") for other in others]
    return RedisCluster.from_url(
        parts._replace(netloc=f"{user}{at}{first}").geturl(),
        startup_nodes=[ClusterNode(str(seed.hostname), seed.port or 6379) for seed in seeds],
        # A shard that is down leaves the others be; once more, with a new map, when a server is gone.
        require_full_coverage=False,
        retry=Retry(NoBackoff(), 1),
        **timeouts,
    )


def _explain(error: RedisClusterException) -> None:
    """Why a cluster cannot be asked for its servers, where it is not that none of them answers."""
    refused = error.__cause__.__context__ if error.__cause__ else None
    if isinstance(refused, NoPermissionError):
        raise Unusable("The event store's user may not use the cluster: give it +cluster|slots and +command.")
    if refused is not None and "cluster support disabled" in str(refused):
        raise Unusable("The event store is no cluster: its URL must begin with redis:// or rediss://.")
