"""Batches on their way into the event store. What arrives while the store is busy goes to it together.

One round trip, one script call and, in the store, one fsync are shared by all that wait: a batch is acknowledged when
the answer to its own round is there, and refused when that answer does not come.
"""

import asyncio
from dataclasses import dataclass
from typing import Any, cast

from hiredis import pack_command
from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError, RedisError  # noqa: A004 - redis has its own

from recorder import limits
from recorder.errors import Unavailable

# KEYS: sessions. ARGV: most batches, most bytes; then for each session: field, sealed batch, events, dropped.
# Answers for each: 1 kept, 0 was there, -1 not open, -2 full, -3 paused.
_APPEND = """
local answers = {}
local most_batches, most_bytes = tonumber(ARGV[1]), tonumber(ARGV[2])
for i, session in ipairs(KEYS) do
  local at = 4 * i - 1
  local field, sealed = ARGV[at], ARGV[at + 1]
  local s = redis.call('HMGET', session, 'open', 'batches', 'bytes', 'events', 'dropped')
  local batches, bytes = (s[2] or 0) + 1, (s[3] or 0) + #sealed
  if s[1] == 'paused' then answers[i] = -3
  elseif s[1] ~= '1' then answers[i] = -1
  elseif redis.call('HEXISTS', session, field) == 1 then answers[i] = 0
  elseif batches > most_batches or bytes > most_bytes then answers[i] = -2
  else
    redis.call('HSET', session, field, sealed, 'batches', batches, 'bytes', bytes,
      'events', (s[4] or 0) + ARGV[at + 2], 'dropped', (s[5] or 0) + ARGV[at + 3])
    answers[i] = 1
  end
end
return answers
"""

KEPT, THERE, NOT_OPEN, FULL, PAUSED = 1, 0, -1, -2, -3


@dataclass(slots=True, eq=False)
class _Waiting:
    session: str
    fields: tuple[bytes, bytes, int, int]
    answer: asyncio.Future[int]


class Appends:
    """Takes batches from many requests at once, and sends them one round at a time."""

    def __init__(self, redis: "Redis") -> None:
        self._pool = redis.connection_pool
        self._connection: AbstractConnection | None = None
        self._waiting: list[_Waiting] = []
        self._sender: asyncio.Task[None] | None = None

    def add(
        self, session: str, field: bytes, sealed: bytes, events: int, dropped: int
    ) -> asyncio.Future[int]:
        """The store's answer for one batch, or `Unavailable` within `STORE_SECONDS`: then ask again."""
        if len(self._waiting) >= limits.BATCHES_WAITING:
            raise Unavailable("The event store is slow. Nothing was kept; try again.")
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(session, (field, sealed, events, dropped), answer))
        if self._sender is None:
            self._sender = asyncio.create_task(self._send())
        return answer

    async def _send(self) -> None:
        try:
            while self._waiting:
                round_ = self._waiting[: limits.BATCHES_A_ROUND]
                del self._waiting[: limits.BATCHES_A_ROUND]
                await self._send_round(round_)
        finally:
            self._sender = None

    async def _send_round(self, sent: list[_Waiting]) -> None:
        try:
            async with asyncio.timeout(limits.STORE_SECONDS):
                answers = await self._call(sent)
        except (RedisError, OSError, TimeoutError):
            self._refuse(sent)
            return
        for each, answer in zip(sent, answers, strict=True):
            if not each.answer.done():  # its request may have been given up
                each.answer.set_result(answer)

    async def _call(self, sent: list[_Waiting]) -> list[int]:
        """The script's answers. Packed by hiredis: the client's own packing is a tenth of all that a batch costs."""
        words: list[str | bytes | int] = ["EVAL", _APPEND, len(sent)]
        words += [each.session for each in sent]
        words += [limits.BATCHES_PER_SESSION, limits.BYTES_PER_SESSION]
        for each in sent:
            words += each.fields
        packed = pack_command(cast(Any, tuple(words)))
        try:
            return await self._exchange(packed)
        except ConnectionError:  # closed while it was idle; a batch that got in after all is there, not twice
            return await self._exchange(packed)

    async def _exchange(self, packed: bytes) -> list[int]:
        connection = await self._connected()
        await connection.send_packed_command(packed, check_health=False)
        return cast(list[int], await connection.read_response())

    async def _connected(self) -> AbstractConnection:
        """A connection that is kept, and closed with its pool; after a failure it connects by itself."""
        if self._connection is None:
            self._connection = await self._pool.get_connection()  # type: ignore[no-untyped-call]
            self._connection.socket_timeout = None  # the round has one, and two cost twice
        return self._connection

    def _refuse(self, sent: list[_Waiting]) -> None:
        """Also what waits behind a round that failed: it would wait as long again."""
        refused, self._waiting = sent + self._waiting, []
        for each in refused:
            if not each.answer.done():
                each.answer.set_exception(
                    Unavailable("The event store did not answer, or is full. Nothing was kept; try again.")
                )
