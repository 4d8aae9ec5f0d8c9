"""The search finds what was put there on purpose, in every place it looks at."""

import asyncio
import secrets
import subprocess
import sys

import redis

from tests.prove import places
from tests.prove.bucket import Bucket
from tests.prove.findings import search
from tests.prove.house import House
from tests.prove.needles import Needles


def missed(house: House) -> list[str]:
    """Places where something was hidden and not found. The house's faces are not running."""
    needle = secrets.token_bytes(32)
    needles = Needles({"hidden": [needle, needle.hex().encode()]})
    house.temporary.joinpath("hidden").write_bytes(needle)
    house.data.joinpath(needle.hex()).touch()
    with house.logs.joinpath("hidden.log").open("ab") as log:
        log.write(b"before " + needle + b" after")
    house.events.folder.joinpath("temp-hidden").write_bytes(needle)
    for bucket in house.buckets:
        asyncio.run(_hide_in(bucket, needle))
    with house.events.client() as client:
        client.config_set("slowlog-max-len", 1000)
        client.config_set("slowlog-log-slower-than", 0)
        client.set("hidden", needle)
        client.client_setname(needle.hex())
        client.config_set("slowlog-log-slower-than", -1)
        while not _saved(client):
            pass
        found = search([*places.on_disk(house), *places.by_asking(house)], needles)
    lost = [place for place in found.places if ("hidden", place) not in found.wrong]
    if not _in_memory(house.events.pid, needles):
        lost.append("memory of event store")
    if house.object_store and not any(_in_memory(each.pid, needles) for each in house.object_store.programs):
        lost.append("memory of object store")
    return lost if _held_by_a_program(needle, needles) else [*lost, "memory of a program"]


def _saved(client: "redis.Redis") -> bool:
    """Whether there is a snapshot of now: not while the event store makes one of a moment ago by itself."""
    try:
        return bool(client.save())
    except redis.ResponseError:
        return False


async def _hide_in(bucket: Bucket, needle: bytes) -> None:
    """In an older version of an object that is deleted since, and in the name of an upload that nobody finished."""
    await bucket.keep_versions("Enabled")
    async with bucket.client() as s3:
        await s3.put_object(Bucket=bucket.name, Key="hidden", Body=needle)
        await s3.delete_object(Bucket=bucket.name, Key="hidden")
        await s3.create_multipart_upload(Bucket=bucket.name, Key=f"upload-{needle.hex()}")
    names = [name for name, data in await bucket.everything() if needle in data or needle.hex() in name]
    assert len(names) == 2, names


def _held_by_a_program(needle: bytes, needles: Needles) -> bool:
    """By one that another program has started."""
    program = "import sys; held = sys.stdin.buffer.read(32); print(flush=True); sys.stdin.read()"
    command = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {program!r}])"
    with subprocess.Popen(
        [sys.executable, "-c", command], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdin
        assert holder.stdout
        holder.stdin.write(needle)
        holder.stdin.flush()
        holder.stdout.readline()
        return _in_memory(holder.pid, needles)


def _in_memory(pid: int, needles: Needles) -> bool:
    return any(needles.found(piece) for _, piece in places.held(pid))
