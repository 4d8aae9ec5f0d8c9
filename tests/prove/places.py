"""Every place that is searched, and what is in it."""

import asyncio
import contextlib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import redis

from tests.prove import memory
from tests.prove.bucket import Bucket
from tests.prove.house import House

#: What a place holds, piece by piece: the name of a file or object, and its bytes.
Pieces = Iterator[tuple[str, bytes]]


def on_disk(house: House) -> Iterator[tuple[str, Pieces]]:
    """Files and objects: places by name."""
    files = [*_files(house.events.folder)]
    yield "append-only file", (each for each in files if each[0].startswith("appendonlydir/"))
    yield "snapshot file", (each for each in files if each[0].endswith(".rdb"))
    yield "event store's folder", (each for each in files if "/" not in each[0] and ".rdb" not in each[0])
    yield "temporary files", _files(house.temporary)
    yield "logs", iter([*_files(house.logs), (house.events.log.name, house.events.log.read_bytes())])
    yield "data folder", _files(house.data)
    if house.object_store:
        yield "object store's logs", _files(house.object_store.logs)
    for number, bucket in enumerate(house.buckets):
        yield ("keys' bucket" if number else "bucket"), _objects(bucket)


def lasting(house: House) -> Pieces:
    """What the object store holds: a bucket, or the data folder; the keys' bucket is another one."""
    return _objects(house.buckets[0]) if house.buckets else _files(house.data)


def by_asking(house: House) -> Iterator[tuple[str, Pieces]]:
    """What the event store says to who may ask it anything."""
    with house.events.client() as client:
        yield "event store", _keys(client)
        yield "slow log", iter([("SLOWLOG", repr(client.slowlog_get(1_000_000)).encode() + _slow(client))])
        yield "command stats", _told(client)


def in_memory(house: House) -> Iterator[tuple[str, Pieces]]:
    """The memory of every process that handles a visitor's bytes or a key, with that of those that it has started."""
    for process in house.processes:
        yield f"memory of {process.name}", held(process.pid)
    yield "memory of event store", held(house.events.pid)
    if house.object_store:
        for program in house.object_store.programs:
            yield f"memory of {program.name}", held(program.pid)


def held(pid: int) -> Pieces:
    """By a process, and by those that it has started: they may end at any time, it may not."""
    yield from (("", piece) for piece in memory.pieces(pid))
    for child in memory.children(pid):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            yield from (("", piece) for piece in memory.pieces(child))


def _files(folder: Path) -> Pieces:
    """Names as well: a name can hold an id."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            name = path.relative_to(folder).as_posix()
            yield name, name.encode() + b"\n" + path.read_bytes()


def _objects(bucket: Bucket) -> Pieces:
    for name, data in asyncio.run(bucket.everything()):
        yield name, name.encode() + b"\n" + data


def _keys(client: "redis.Redis") -> Pieces:
    for name in client.scan_iter(count=1000):
        yield str(name), b"\n".join([name, *_values(client, name)])


def _values(client: "redis.Redis", name: bytes) -> Iterator[Any]:
    match client.type(name):
        case b"hash":
            yield from chain(*client.hgetall(name).items())
        case b"set":
            yield from client.smembers(name)
        case b"string":
            yield client.get(name)


def _slow(client: "redis.Redis") -> bytes:
    """The entries' words as bytes: as text they would be hidden by escapes."""
    return b"\n".join(entry["command"] for entry in client.slowlog_get(1_000_000))


def _told(client: "redis.Redis") -> Pieces:
    questions = ("INFO everything", "CLIENT LIST", "LATENCY LATEST", "ACL LOG", "CONFIG GET *")
    for question in questions:
        yield question, repr(client.execute_command(*question.split())).encode()  # type: ignore[no-untyped-call]
