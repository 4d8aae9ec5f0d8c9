"""Yesmap with one of its promises broken, each by a patch of one thing: what the search must notice.

They exist here only. What is patched is as deep as possible, so that nothing else of the program knows of it.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

Patch = Callable[[], None]


def _patch(where: object, name: str, what: object) -> None:
    """Put something else in place of what is there."""
    assert hasattr(where, name), f"there is no {name} to patch"
    setattr(where, name, what)


def keep_the_key() -> None:
    """The recording's key is not destroyed."""
    from recorder import forget

    async def careless(*_: object) -> None:
        pass

    _patch(forget, "destroy_key", careless)


def copy_the_key() -> None:
    """The key is also where everything else is, until the end."""
    from heatmap.end import end
    from recorder.registry import Registry

    read, destroy = Registry.key, end._destroy

    async def careless(self: Any, recording: Any) -> Any:
        key = await read(self, recording)
        await self._store.put(f"copies/{recording.id}", key)
        return key

    async def tidy(parts: Any, recording: Any) -> None:
        await destroy(parts, recording)
        await parts.store.delete(f"copies/{recording.id}")

    _patch(Registry, "key", careless)
    _patch(end, "_destroy", tidy)


def keep_the_data() -> None:
    """Raw keys stay in the event store."""
    from recorder.eventlog import EventLog

    async def careless(*_: object) -> None:
        pass

    _patch(EventLog, "remove", careless)


def keep_the_files() -> None:
    """The event store's files are not rewritten, though its keys are removed."""
    from redis.asyncio import Redis

    execute = Redis.execute_command

    async def careless(self: Any, *words: Any, **options: Any) -> Any:
        if words[0] in {"BGREWRITEAOF", "BGSAVE"}:
            return b"OK"
        return await execute(self, *words, **options)  # type: ignore[no-untyped-call]

    _patch(Redis, "execute_command", careless)


def seal_nothing() -> None:
    """Batches are kept as they come."""
    from recorder import seal

    before, after = bytes(seal.NONCE_BYTES), bytes(seal.OVERHEAD - seal.NONCE_BYTES)
    _patch(seal, "seal", lambda _key, _session, _field, plain: before + plain + after)
    _patch(seal, "unseal", lambda _key, _session, _field, kept: kept[len(before) : -len(after)])
    _patch(
        seal,
        "unseal_all",
        lambda _key, _session, batches: [
            (f, kept[len(before) : -len(after)]) for f, kept in sorted(batches.items())
        ],
    )


def never_expire() -> None:
    """No key of the event store has an end of its own."""
    from recorder import eventlog

    scripts = [n for n, text in vars(eventlog).items() if n.isupper() and "EXPIREAT" in str(text)]
    assert scripts, "no script has an expiry to take away"
    for name in scripts:
        lines = str(getattr(eventlog, name)).splitlines()
        _patch(eventlog, name, "\n".join(line for line in lines if "EXPIREAT" not in line))


def log_requests() -> None:
    """The server writes its usual log, and what it is sent."""
    import logging
    import sys

    from aiohttp.streams import StreamReader
    from aiohttp.web_log import AccessLogger

    from recorder import protocol, serving

    class Runner(protocol.Runner):
        def __init__(self, app: Any, **options: Any) -> None:
            logging.getLogger("aiohttp.access").setLevel(logging.INFO)
            super().__init__(
                app,
                **options
                | {"access_log": logging.getLogger("aiohttp.access"), "access_log_class": AccessLogger},
            )

    feed = StreamReader.feed_data

    def talkative(self: Any, data: bytes, *rest: Any) -> Any:
        sys.stderr.buffer.write(data)
        sys.stderr.buffer.flush()
        return feed(self, data, *rest)

    _patch(serving, "Runner", Runner)
    _patch(StreamReader, "feed_data", talkative)


def overwrite_nothing() -> None:
    """What a process frees stays in its memory as it was."""
    from recorder import overwriting

    _patch(overwriting, "begin", lambda: None)


def keep_the_previews() -> None:
    """What was drawn for the team stays in memory."""
    from heatmap.previews import Previews
    from heatmap.recent import Recent

    async def careless(*_: object) -> None:
        pass

    _patch(Previews, "let_go", lambda *_: None)
    _patch(Previews, "forget", careless)
    _patch(Recent, "_forget", lambda *_: None)


def hurry() -> None:
    """No mutant: raw events expire some seconds after the end instead of a day, so that a test can wait for it."""
    from recorder import limits

    _patch(limits, "DRAWING", timedelta(seconds=HURRY_SECONDS))


def share_out() -> None:
    """No mutant: a few sessions are worth processes of their own, as many are."""
    from heatmap import crew

    _patch(crew, "WORTH", 10)


def look_often() -> None:
    """No mutant: both faces look for what is over every half second, so that many mutants take little time."""
    from heatmap import worker
    from recorder import limits

    _patch(worker, "ROUND_SECONDS", 0.5)
    _patch(limits, "KEYS_SECONDS", 0.5)


HURRY_SECONDS = 3
PATCHES: dict[str, Patch] = {
    patch.__name__: patch
    for patch in (
        *(keep_the_key, copy_the_key, keep_the_data, keep_the_files, seal_nothing, never_expire),
        *(log_requests, overwrite_nothing, keep_the_previews),
        *(hurry, look_often, share_out),
    )
}
