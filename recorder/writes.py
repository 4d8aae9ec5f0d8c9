"""Writes on their way into the event store. What arrives while a server is busy goes to it together.

One round trip and, in the store, one fsync are shared by all that wait: a write is acknowledged when the answer to its
own round is there, and refused when that answer does not come.

Of a cluster each primary has a lane of its own, and a round ends with `WAIT`: what is acknowledged has a replica too,
so nothing of it is lost when that takes over. `WAIT` waits for what its own connection has written, so a script whose
answer must hold writes something each time, also when there is nothing left to do.
"""

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from hiredis import pack_command
from redis.asyncio import Redis
from redis.asyncio.cluster import ClusterNode, RedisCluster
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import (
    AskError,
    ConnectionError,  # noqa: A004 - redis has its own
    MovedError,
    NoScriptError,
    ResponseError,
)

from recorder import eventstore, limits
from recorder.errors import Unavailable
from recorder.eventstore import Failed, Pool, Store

log = logging.getLogger("yesmap.recorder")

Call = Callable[[Sequence[str], Sequence[Any]], Awaitable[Any]]
Words = tuple[Any, ...]

_WAIT: Words = ("WAIT", limits.REPLICAS, int(1000 * limits.REPLICA_SECONDS))
#: How often a call follows a key that is on the move.
_REDIRECTIONS = 5


@dataclass(frozen=True)
class Script:
    """What runs inside the store.

    One with `shared` does several calls at once: it takes what they share, then the keys and arguments of each, and
    answers a list.
    """

    text: str
    shared: Callable[[], Words] | None = None

    @cached_property
    def name(self) -> str:
        return hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()

    @property
    def load(self) -> Words:
        return "SCRIPT", "LOAD", self.text


@dataclass(slots=True, eq=False)
class _Waiting:
    script: Script
    keys: Sequence[str]
    args: Sequence[Any]
    answer: asyncio.Future[Any]
    since: float
    redirected: int = 0

    def settle(self, answer: Any) -> None:
        """Give it to the request, which may have been given up."""
        if self.answer.done():
            return
        if isinstance(answer, Exception):
            self.answer.set_exception(_no_answer())
        else:
            self.answer.set_result(answer)


class Writes:
    """Takes calls from many requests at once, and brings each to the server that has its key."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._only = None if isinstance(store, RedisCluster) else _Lane(self, None)
        self._lanes: dict[str, _Lane] = {}  #: of a cluster, by the name of the server

    def script(self, text: str, shared: Callable[[], Words] | None = None) -> Call:
        """A function that runs the script; its answer, or `Unavailable` within `ANSWER_SECONDS`: then ask again."""
        made = Script(text, shared)

        def call(keys: Sequence[str], args: Sequence[Any] = ()) -> Awaitable[Any]:
            first = eventstore.first_of_request()
            if self._only and first:  # its round sees to it that it does not wait for too long
                return self._only.add(made, keys, args)
            return self._in_time(made, keys, args, first)

        return call

    async def _in_time(self, script: Script, keys: Sequence[str], args: Sequence[Any], first: bool) -> Any:
        lane = self._only or await self._lane(keys[0])
        if first:
            return await lane.add(script, keys, args)
        try:
            async with eventstore.in_time():
                return await lane.add(script, keys, args)
        except TimeoutError as error:
            raise _no_answer() from error

    async def redirect(self, each: _Waiting, error: AskError) -> None:
        """Send it on to the server that has its key by now, or will have it soon."""
        each.redirected += 1
        if each.redirected > _REDIRECTIONS:
            each.settle(error)
        elif isinstance(error, MovedError):
            await self.look_again()
            self._of(self._node(error)).put(each)
        else:
            await self._of(self._node(error)).ask(each)

    async def look_again(self) -> None:
        """Ask which server has what; while none of them answers we go on with what we know."""
        if isinstance(self.store, RedisCluster):
            with contextlib.suppress(*Failed):
                async with asyncio.timeout(limits.STORE_SECONDS):
                    await self.store.nodes_manager.initialize()

    async def _lane(self, key: str) -> "_Lane":
        """Of the server of a cluster that has this key, as far as we know."""
        store = cast(RedisCluster, self.store)
        try:
            async with asyncio.timeout(limits.STORE_SECONDS):
                await store.initialize()
            return self._of(cast(ClusterNode, store.get_node_from_key(key)))
        except Failed as error:
            raise Unavailable("The event store did not answer. Nothing was kept; try again.") from error

    def _of(self, node: ClusterNode) -> "_Lane":
        found = self._lanes.get(node.name)
        if found is None or found.node is not node:
            found = self._lanes[node.name] = _Lane(self, node)
        return found

    def _node(self, error: AskError) -> ClusterNode:
        """The server that an answer points to; one that has no slot yet is new to us."""
        store = cast(RedisCluster, self.store)
        made = ClusterNode(error.host, error.port, **store.connection_kwargs)
        return store.nodes_manager.nodes_cache.setdefault(made.name, made)


class _Lane:
    """Writes to one server, one round at a time. `node` is the server of a cluster, None the only one."""

    def __init__(self, writes: Writes, node: ClusterNode | None) -> None:
        self._writes, self.node = writes, node
        self.waiting: list[_Waiting] = []
        self._connection: AbstractConnection | None = None
        self._sender: asyncio.Task[None] | None = None

    def add(self, script: Script, keys: Sequence[str], args: Sequence[Any]) -> asyncio.Future[Any]:
        """The answer, once there is one; `Unavailable` when too many wait already."""
        if len(self.waiting) >= limits.BATCHES_WAITING:
            raise Unavailable("The event store is slow. Nothing was kept; try again.")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Any] = loop.create_future()
        self.put(_Waiting(script, keys, args, answer, loop.time()))
        return answer

    def put(self, each: _Waiting) -> None:
        self.waiting.append(each)
        if self._sender is None:
            self._sender = asyncio.create_task(self._send())

    async def ask(self, each: _Waiting) -> None:
        """Write what this server does not own yet."""
        try:
            async with asyncio.timeout(limits.STORE_SECONDS):
                calls = [each.script.load, ("ASKING",), _words([each]), _WAIT]
                *_, answer, replicas = await self._exchange(calls)
        except Failed as error:
            each.settle(error)
        else:
            each.settle(*_of_each([each], _safe(answer, replicas)))

    async def _send(self) -> None:
        try:
            while self.waiting:
                await asyncio.sleep(0)  # what has arrived by now comes along
                round_ = self.waiting[: limits.BATCHES_A_ROUND]
                del self.waiting[: limits.BATCHES_A_ROUND]
                await self._send_round(round_)
        finally:
            self._sender = None

    async def _send_round(self, sent: list[_Waiting]) -> None:
        groups = _together(sent) if self.node is None else [[each] for each in sent]
        left = min(each.since for each in sent) + limits.ANSWER_SECONDS - asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(min(limits.STORE_SECONDS, left)):
                answers = await self._run(groups)
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody waits for an answer that does not come
            if not isinstance(error, Failed):
                log.error("%s on the way to the event store", type(error).__name__)  # noqa: TRY400 - it may hold a batch
            # Also what waits behind a round that failed: it would wait as long again.
            refused, self.waiting = sent + self.waiting, []
            for each in refused:
                each.settle(error)
            await self._writes.look_again()
            return
        for group, answer in zip(groups, answers, strict=True):
            for each, own in zip(group, _of_each(group, answer), strict=True):
                if isinstance(own, AskError):
                    await self._writes.redirect(each, own)
                else:
                    each.settle(own)

    async def _run(self, groups: list[list[_Waiting]]) -> list[Any]:
        """The answers to calls, or errors instead; a script that the server does not know is loaded first."""
        answers = await self._acknowledged(groups)
        unknown = [group for group, answer in zip(groups, answers, strict=True) if _unknown(answer)]
        if unknown:
            await self._exchange([script.load for script in {group[0].script for group in unknown}])
            later = iter(await self._acknowledged(unknown))
            answers = [next(later) if _unknown(answer) else answer for answer in answers]
        return answers

    async def _acknowledged(self, groups: list[list[_Waiting]]) -> list[Any]:
        calls = [_words(group) for group in groups]
        if self.node is None:
            return await self._exchange(calls)
        *answers, replicas = await self._exchange([*calls, _WAIT])
        return [_safe(answer, replicas) for answer in answers]

    async def _exchange(self, calls: Sequence[Words]) -> list[Any]:
        """Packed by hiredis: the client's own packing is a tenth of all that a batch costs."""
        packed = b"".join(map(pack_command, cast(Any, calls)))
        try:
            return await self._exchanged(packed, len(calls))
        except ConnectionError:  # closed while it was idle; a batch that got in after all is there, not twice
            return await self._exchanged(packed, len(calls))

    async def _exchanged(self, packed: bytes, count: int) -> list[Any]:
        async with self._connected() as connection:
            await connection.send_packed_command(packed, check_health=False)
            return [await _answer(connection) for _ in range(count)]

    @contextlib.asynccontextmanager
    async def _connected(self) -> AsyncIterator[AbstractConnection]:
        """A connection that is closed with its client; after a failure it connects by itself."""
        if self.node is None:
            pool = cast(Redis, self._writes.store).connection_pool
            if isinstance(pool, Pool) and pool.closed:  # it would open itself again, and be nobody's
                raise ConnectionError("The client was closed.")
            if self._connection is None:
                self._connection = await pool.get_connection()  # type: ignore[no-untyped-call]
                self._connection.socket_timeout = None  # the round has one, and two cost twice
            yield self._connection
            return
        connection = self.node.acquire_connection()
        try:
            await self.node.disconnect_if_needed(connection)
            yield connection
        finally:
            self.node.release(connection)


def _no_answer() -> Unavailable:
    return Unavailable("The event store did not answer, or is full. Nothing was kept; try again.")


def _together(sent: list[_Waiting]) -> list[list[_Waiting]]:
    """What one call may do, side by side: the same script, if it does several at once."""
    groups: dict[Any, list[_Waiting]] = {}
    for each in sent:
        groups.setdefault(id(each.script if each.script.shared else each), []).append(each)
    return list(groups.values())


def _words(group: list[_Waiting]) -> Words:
    script = group[0].script
    keys: list[str] = []
    args: list[Any] = [*script.shared()] if script.shared else []
    for each in group:
        keys += each.keys
        args += each.args
    return "EVALSHA", script.name, len(keys), *keys, *args


def _of_each(group: list[_Waiting], answer: Any) -> list[Any]:
    if isinstance(answer, Exception) or not group[0].script.shared:
        return [answer] * len(group)
    return cast(list[Any], answer)


def _safe(answer: Any, replicas: Any) -> Any:
    """The answer, unless a replica lacks what it is about."""
    if isinstance(answer, Exception) or (isinstance(replicas, int) and replicas >= limits.REPLICAS):
        return answer
    return Unavailable("No replica has it.")


def _unknown(answer: Any) -> bool:
    return isinstance(answer, NoScriptError)


async def _answer(connection: AbstractConnection) -> Any:
    try:
        return await connection.read_response()
    except ResponseError as error:
        return error
