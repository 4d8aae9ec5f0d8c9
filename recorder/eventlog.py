"""The event store: one Redis hash per visitor session, `ym:<recording>:{<session>}`.

The hash is the gate as well: a batch gets in only while its field `open` is `1`, and the check and the write are one
script, so nothing slips between them. A paused session's `open` is `paused`; withdrawn and closed ones have none.
Batches are fields of 12 bytes (document id and sequence number), which makes a repeated batch a no-op. Every key
expires at the recording's deadline, whoever is alive then.

The index of sessions is split over `SHARDS` sets. Beside each stands the recording's own gate, once it is closed: a
key `ym:…:closed` that stays behind when everything else of the recording is removed, so that nothing of it begins anew,
however late a collector comes with what it knew before. At the deadline, when nothing could begin any more, it goes.
"""

import asyncio
import hashlib
import logging
import time
import zlib
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from math import gcd, nan
from typing import Any

from redis.exceptions import ResponseError

from recorder import eventstore, limits, nodes
from recorder.errors import Gone, Paused, SessionFull, Unavailable, Unusable
from recorder.eventstore import Failed, Store
from recorder.recording import Recording
from recorder.writes import Writes

log = logging.getLogger("yesmap.recorder")

SHARDS = 16
FIELD_BYTES = 12
#: Keys that are looked for, and removed, in one go.
_TOGETHER = 1000

#: What makes an acknowledged batch stay: on disk before the answer, also during a rewrite, and never evicted.
_WANTED = {
    "appendonly": "yes",
    "appendfsync": "always",
    "no-appendfsync-on-rewrite": "no",
    "maxmemory-policy": "noeviction",
}

#: Of the servers' settings.
_ASKED = ("CONFIG GET", "*append*", "maxmemory-policy")

# KEYS: session. ARGV: deadline, then field and value in turn. Not of use to anybody before it is registered.
# 2: it is open already.
_OPEN = """
if redis.call('HEXISTS', KEYS[1], 'open') == 1 then
  redis.call('EXPIREAT', KEYS[1], ARGV[1])
  return 2
end
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'open', '1', unpack(ARGV, 2))
redis.call('EXPIREAT', KEYS[1], ARGV[1])
return 1
"""

# KEYS: index shard, gate. ARGV: session, deadline. No session begins once the recording is closed.
_REGISTER = """
if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
redis.call('SADD', KEYS[1], ARGV[1])
redis.call('EXPIREAT', KEYS[1], ARGV[2])
return 1
"""

# KEYS: counts, gate. ARGV: what, deadline, what by day.
_COUNT = """
if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
redis.call('HINCRBY', KEYS[1], ARGV[1], 1)
redis.call('HINCRBY', KEYS[1], ARGV[3], 1)
redis.call('EXPIREAT', KEYS[1], ARGV[2])
return 1
"""
#: Begins the fields that count by day, beside those of the whole recording.
_DAY = "day:"

# KEYS: session. ARGV: purposes, time. Only while open; of two changes at once the later one stays, in either order.
_CHANGE = """
if redis.call('HEXISTS', KEYS[1], 'open') == 0 then return 0 end
if (tonumber(redis.call('HGET', KEYS[1], 'changed')) or 0) <= tonumber(ARGV[2]) then
  redis.call('HSET', KEYS[1], 'purposes', ARGV[1], 'changed', ARGV[2])
end
return 1
"""

# KEYS: session. ARGV: `1` or `paused`. Never reopens a session that is shut.
_PAUSE = """
if redis.call('HEXISTS', KEYS[1], 'open') == 0 then return 0 end
redis.call('HSET', KEYS[1], 'open', ARGV[1])
return 1
"""

# KEYS: session. How many releases it has brought in, with this one; -1 when it is not open.
_INTRODUCE = """
if redis.call('HEXISTS', KEYS[1], 'open') == 0 then return -1 end
return redis.call('HINCRBY', KEYS[1], 'releases', 1)
"""


# KEYS: gate. ARGV: deadline. Also in a store that has no room: it is what makes room.
_CLOSE = """#!lua flags=allow-oom
redis.call('SET', KEYS[1], '1', 'EXAT', ARGV[1])
return 1
"""

# KEYS: session. When it is gone already there is something to wait for all the same, as far as there is memory.
_ERASE = """
if redis.call('UNLINK', KEYS[1]) == 0 then
  redis.pcall('SET', KEYS[1], '')
  redis.call('UNLINK', KEYS[1])
end
return 1
"""

# KEYS: index shard. ARGV: session.
_UNLIST = """
return redis.call('SREM', KEYS[1], ARGV[1])
"""

# For many. KEYS: sessions. ARGV: most batches, most bytes, most ms; for each: field, sealed batch, events, dropped, ms.
# Answers for each: 1 kept, 0 was there, -1 not open, -2 full, -3 paused.
_APPEND = """
local answers, most_batches, most_bytes, most_ms = {}, tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
for i, session in ipairs(KEYS) do
  local at = 5 * i - 1
  local field, sealed = ARGV[at], ARGV[at + 1]
  local s = redis.call('HMGET', session, 'open', 'batches', 'bytes', 'events', 'dropped', 'ms', field)
  local batches, bytes, ms = (s[2] or 0) + 1, (s[3] or 0) + #sealed, (s[6] or 0) + ARGV[at + 4]
  if s[1] == 'paused' then answers[i] = -3
  elseif s[1] ~= '1' then answers[i] = -1
  elseif s[7] then
    redis.pcall('HSET', session, 'open', '1')
    answers[i] = 0
  elseif batches > most_batches or bytes > most_bytes or ms > most_ms then
    answers[i] = -2
  else
    redis.call('HSET', session, field, sealed, 'batches', batches, 'bytes', bytes,
      'events', (s[4] or 0) + ARGV[at + 2], 'dropped', (s[5] or 0) + ARGV[at + 3], 'ms', ms)
    answers[i] = 1
  end
end
return answers
"""
_KEPT, _NOT_OPEN, _FULL, _PAUSED = 1, -1, -2, -3


@dataclass(frozen=True)
class Session:
    """One visitor session as it is kept: when the yes was (ms), for what, and the sealed batches by field."""

    id: str
    yes: int
    purposes: frozenset[str]
    batches: dict[bytes, bytes]
    events: int
    dropped: int
    paused: bool = False


class EventLog:
    """All that is said to the event store about recordings and sessions."""

    def __init__(self, redis: Store) -> None:
        self.redis = redis
        writes = Writes(redis)
        self._register = writes.script(_REGISTER)
        self._open = writes.script(_OPEN)
        self._count = writes.script(_COUNT)
        self._append = writes.script(_APPEND, _most)
        self._introduce = writes.script(_INTRODUCE)
        self._change = writes.script(_CHANGE)
        self._pause = writes.script(_PAUSE)
        self._close = writes.script(_CLOSE)
        self._erase = writes.script(_ERASE)
        self._unlist = writes.script(_UNLIST)

    async def check_durable(self) -> None:
        """`Unusable` unless what the store acknowledges is on its disk and stays.

        `WAITAOF` is no way out: with `appendfsync everysec` it waits for the next second.
        """
        try:
            every = await eventstore.answers(self.redis, *_ASKED, replicas=True)
        except ResponseError:  # a managed store, or a user who may not ask
            log.warning(
                "The event store does not show its settings: make sure that it has %s.", _said(_WANTED)
            )
            return
        except Failed as error:
            raise Unusable("The event store of YESMAP_REDIS_URL does not answer.") from error
        wrong = {n: wanted for n, wanted in _WANTED.items() if {each.get(n) for each in every} != {wanted}}
        if wrong:
            raise Unusable(f"The event store may lose what it acknowledged: set {_said(wrong)} there.")

    async def check_answers(self) -> None:
        """`Unusable` when the store does not answer, or does not know us."""
        try:
            await self.ping()
        except Unavailable as error:
            raise Unusable("The event store does not answer.") from error

    async def ping(self) -> None:
        """`Unavailable` when the store does not answer, with each of its shards."""
        await _ask(eventstore.answers(self.redis, "PING"))

    async def let_go(self) -> None:
        """Nothing of what was read last stays in this process: names of sessions, sealed batches."""
        await eventstore.let_go(self.redis)

    async def memory(self) -> tuple[float, float]:
        """Bytes that the store has allocated, and how many it may; 0: as many as there are. Of the fullest shard.

        No numbers where it does not tell us.
        """
        try:
            found = await _ask(eventstore.answers(self.redis, "INFO", "memory"))
        except Unavailable as error:
            if isinstance(error.__cause__, ResponseError):  # a managed store, or a user who may not ask
                return nan, nan
            raise
        return max((int(each["used_memory"]), int(each.get("maxmemory", 0))) for each in found)

    async def open_session(
        self, recording: Recording, session: str, yes_ms: int, purposes: Iterable[str]
    ) -> bool:
        """Begin a session; False when it is open already. `Gone` when the recording was closed in the meantime."""
        deadline = recording.deadline // 1000
        fields: list[str | int] = ["yes", yes_ms, "purposes", ",".join(sorted(purposes))]
        began = await self._open([key(recording.id, session)], [deadline, *fields])
        shard, gate = index(recording.id, session), _gate(recording.id, _shard(session))
        registered = began and await self._register([shard, gate], [session, deadline])
        if began == 1 and not registered:
            await self.shut(recording.id, session)
        if not registered:
            raise Gone("This recording has ended.", code="ended")
        return bool(began == 1)

    async def shut(self, recording: str, session: str) -> None:
        """Let a session that has just begun be over: its key has expired. Who lets in may not remove."""
        await _ask(self.redis.expireat(key(recording, session), 1))

    async def append(
        self,
        recording: str,
        session: str,
        field: bytes,
        sealed: bytes,
        events: int,
        dropped: int,
        lasts_ms: int = 0,
    ) -> bool:
        """Keep a sealed batch; False when it was there already. `Gone` and `SessionFull` keep nothing."""
        answer = await self._append((key(recording, session),), (field, sealed, events, dropped, lasts_ms))
        if answer == _KEPT:
            return True
        if answer == _NOT_OPEN:
            raise _shut()
        if answer == _FULL:
            raise SessionFull("This visitor session has sent as much as one session may.")
        if answer == _PAUSED:
            raise Paused("This visitor session is paused: nothing is taken until it goes on.")
        return False

    async def is_open(self, recording: str, session: str) -> bool:
        return bool(await _ask(self.redis.hexists(key(recording, session), "open")))

    async def introduce(self, recording: str, session: str) -> int:
        """How many releases the session has brought in, with one more now; `Gone` when it is not open."""
        count = int(await self._introduce([key(recording, session)], []))
        if count < 0:
            raise _shut()
        return count

    async def change_purposes(
        self, recording: str, session: str, purposes: Iterable[str], now_ms: int
    ) -> None:
        """From now on the session is for these purposes; `Gone` when it is not open."""
        if not await self._change([key(recording, session)], [",".join(sorted(purposes)), now_ms]):
            raise _shut()

    async def pause(self, recording: str, session: str, paused: bool) -> None:
        """Take nothing more for a while, or go on; `Gone` when the session is not open. Idempotent."""
        if not await self._pause([key(recording, session)], ["paused" if paused else "1"]):
            raise _shut()

    async def count(self, recording: Recording, what: str, now: float | None = None) -> None:
        """One more of asked, no, yes … without saying who. After the closing nobody is counted.

        `what` is followed by a device class: `asked:mobile`; by day (UTC, `now` in seconds) it is counted without it.
        """
        keys = [counts_key(recording.id), _gate(recording.id, 0)]
        day = int(time.time() if now is None else now) // 86_400
        by_day = f"{_DAY}{day}:{what.partition(':')[0]}"
        await self._count(keys, [what, recording.deadline // 1000, by_day])

    async def counts(self, recording: str) -> dict[str, int]:
        """How many, by what they did and their device class."""
        found = await self._counted(recording)
        return {name: n for name, n in found.items() if not name.startswith(_DAY)}

    async def days(self, recording: str) -> dict[int, dict[str, int]]:
        """How many, by day since the epoch (UTC) and what they did."""
        days: dict[int, dict[str, int]] = {}
        for name, n in (await self._counted(recording)).items():
            if name.startswith(_DAY):
                day, _, what = name.removeprefix(_DAY).partition(":")
                days.setdefault(int(day), {})[what] = n
        return dict(sorted(days.items()))

    async def _counted(self, recording: str) -> dict[str, int]:
        found = await _ask(self.redis.hgetall(counts_key(recording)))
        return {name.decode(): int(value) for name, value in sorted(found.items())}

    async def now_ms(self) -> int:
        """The store's clock, by which its keys expire: the same for everybody who asks."""
        seconds, micro = await _ask(eventstore.clock(self.redis))
        return int(seconds) * 1000 + int(micro) // 1000

    async def sessions(self, recording: str, share: tuple[int, int] = (0, 1)) -> list[str]:
        """Ids of all sessions that began and were not erased, in order; or one of so many shares of them.

        A session is always in the same share, whatever becomes of others. Each share of a shard asks for all of it.
        """
        which, count = share
        step = gcd(count, SHARDS)
        async with self.redis.pipeline(transaction=False) as pipe:
            for shard in range(which % step, SHARDS, step):
                pipe.smembers(_index_key(recording, shard))
            members = await _ask(pipe.execute())
        names = sorted(m.decode() for shard in members for m in shard)
        return [name for name in names if _place(name) % count == which] if count > step else names

    async def how_many(self, recording: str) -> int:
        """How many sessions there are, without their ids."""
        async with self.redis.pipeline(transaction=False) as pipe:
            for shard in _index_keys(recording):
                pipe.scard(shard)
            return sum(await _ask(pipe.execute()))

    async def read(self, recording: str, sessions: Sequence[str], size: int = 64) -> AsyncIterator[Session]:
        """These sessions, `size` at a time; one that was erased in the meantime is left out."""
        for first in range(0, len(sessions), size):
            some = sessions[first : first + size]
            async with self.redis.pipeline(transaction=False) as pipe:
                for session in some:
                    pipe.hgetall(key(recording, session))
                hashes = await _ask(pipe.execute())
            for session, fields in zip(some, hashes, strict=True):
                if b"yes" in fields:
                    yield _session(session, fields)

    async def purposes(self, recording: str, session: str) -> frozenset[str] | None:
        """What a session is for now; None when it is not there."""
        found = await _ask(self.redis.hget(key(recording, session), "purposes"))
        return None if found is None else frozenset(found.decode().split(","))

    async def batches(self, recording: str, session: str, fields: Sequence[bytes]) -> dict[bytes, bytes]:
        """These sealed batches of a session, as far as they are still there."""
        async with self.redis.pipeline(transaction=False) as pipe:
            for field in fields:
                pipe.hget(key(recording, session), field)
            found = await _ask(pipe.execute())
        return {field: sealed for field, sealed in zip(fields, found, strict=True) if sealed is not None}

    async def newest(self, recording: str, purpose: str, most: int) -> list[str]:
        """The ids of the sessions that are for a purpose now, the newest yes first, so many at most."""
        names = await self.sessions(recording)
        async with self.redis.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.hget(key(recording, name), "yes")
                pipe.hget(key(recording, name), "purposes")
            heads = await _ask(pipe.execute()) if names else []
        found = [
            (-int(yes), name)
            for name, yes, purposes in zip(names, heads[::2], heads[1::2], strict=True)
            if yes and purposes and purpose in purposes.decode().split(",")
        ]
        return [name for _, name in sorted(found)[:most]]

    async def totals(self, recording: str) -> tuple[int, int]:
        """How many sessions there are, and how many batches they sent."""
        sessions = await self.sessions(recording)
        async with self.redis.pipeline(transaction=False) as pipe:
            for session in sessions:
                pipe.hget(key(recording, session), "batches")
            batches = await _ask(pipe.execute()) if sessions else []
        return len(sessions), sum(int(n) for n in batches if n)

    async def whole(self, recording: str) -> set[str]:
        """Ids of the sessions of which more is there than their name."""
        sessions = await self.sessions(recording)
        async with self.redis.pipeline(transaction=False) as pipe:
            for session in sessions:
                pipe.hget(key(recording, session), "yes")
            found = await _ask(pipe.execute()) if sessions else []
        return {session for session, yes in zip(sessions, found, strict=True) if yes}

    async def stamp(self, recording: str) -> bytes:
        """Another one whenever a session came, went on, changed its mind or was erased."""
        sessions = await self.sessions(recording)
        async with self.redis.pipeline(transaction=False) as pipe:
            for session in sessions:
                pipe.hget(key(recording, session), "batches")
                pipe.hget(key(recording, session), "purposes")
            fields = await _ask(pipe.execute()) if sessions else []
        return hashlib.sha256(repr((sessions, fields)).encode()).digest()

    async def close(self, recording: Recording) -> None:
        """Let nothing more in: first no new session, then no new batch; also after a failover. Idempotent."""
        gates = [_gate(recording.id, shard) for shard in range(SHARDS)]
        await asyncio.gather(*(self._close([gate], [recording.deadline // 1000]) for gate in gates))
        sessions = await self.sessions(recording.id)
        for first in range(0, len(sessions), 500):
            async with self.redis.pipeline(transaction=False) as pipe:
                for session in sessions[first : first + 500]:
                    pipe.hdel(key(recording.id, session), "open")
                await _ask(pipe.execute())
        await nodes.followed(self.redis)

    async def erase(self, recording: str, session: str) -> None:
        """Remove one session: its gate and its batches at once, then its name. Idempotent."""
        await self._erase([key(recording, session)], [])
        await self._unlist([index(recording, session)], [session])

    async def remove(self, recording: str) -> None:
        """Remove every key of a recording."""
        some: list[bytes] = []
        async for name in self.left(recording):
            some.append(name)
            if len(some) >= _TOGETHER:
                await self._unlink(some)
                some = []
        await self._unlink(some)

    async def _unlink(self, names: Sequence[bytes]) -> None:
        async with self.redis.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.execute_command("UNLINK", name)
            await _ask(pipe.execute())

    async def left(self, recording: str) -> AsyncIterator[bytes]:
        """Every key of a recording that is in the store now, found by SCAN."""
        try:
            async for name in self.redis.scan_iter(match=f"ym:{recording}:*", count=_TOGETHER):
                yield name
        except Failed as error:
            raise Unavailable("The event store did not answer.") from error


def _most() -> tuple[int, int, int]:
    """What one session may send at most: batches, bytes, ms."""
    return limits.BATCHES_PER_SESSION, limits.BYTES_PER_SESSION, limits.MINUTES_PER_SESSION * 60_000


def _said(settings: dict[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in settings.items())


def key(recording: str, session: str) -> str:
    return f"ym:{recording}:{{{session}}}"


def index(recording: str, session: str) -> str:
    return _index_key(recording, _shard(session))


def counts_key(recording: str) -> str:
    return f"ym:{recording}:{{{recording}:0}}:counts"


def _shard(session: str) -> int:
    return sum(session.encode()) % SHARDS


def _place(session: str) -> int:
    """A number of which the rest by `SHARDS` is its shard."""
    return SHARDS * zlib.crc32(session.encode()) + _shard(session)


def _index_key(recording: str, shard: int) -> str:
    return f"ym:{recording}:index:{{{recording}:{shard}}}"


def _index_keys(recording: str) -> list[str]:
    return [_index_key(recording, shard) for shard in range(SHARDS)]


def _gate(recording: str, shard: int) -> str:
    """In the slot of the index shard of this number, and, for shard 0, of the counts."""
    return f"ym:{{{recording}:{shard}}}:closed"


def _session(session: str, fields: dict[bytes, bytes]) -> Session:
    return Session(
        id=session,
        yes=int(fields[b"yes"]),
        purposes=frozenset(fields[b"purposes"].decode().split(",")),
        batches={name: value for name, value in fields.items() if len(name) == FIELD_BYTES},
        events=int(fields.get(b"events", 0)),
        dropped=int(fields.get(b"dropped", 0)),
        paused=fields.get(b"open") == b"paused",
    )


def _shut() -> Gone:
    return Gone("This visitor session was withdrawn, or its recording has ended.", code="withdrawn")


async def _ask(answer: Any) -> Any:
    """The store's answer, or `Unavailable`: nothing was kept, try again."""
    try:
        async with eventstore.in_time():
            return await answer
    except Failed as error:
        raise Unavailable(
            "The event store did not answer, or is full. Nothing was kept; try again."
        ) from error
