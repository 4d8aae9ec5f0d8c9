"""On real servers of Debian's: a primary with its append-only file and snapshots, and a replica that follows it."""

import asyncio
import contextlib
import math
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from redis.backoff import NoBackoff
from redis.exceptions import ResponseError
from redis.retry import Retry

from recorder import forget, nodes
from recorder.errors import Unavailable
from recorder.eventlog import EventLog
from recorder.eventstore import connect
from tests.conftest import a_recording, absent

FIELD = b"document0001"
#: What is sealed in these tests, so that it can be found in files.
SEALED = b"sealed-marker-5757"


@contextlib.contextmanager
def server(folder: Path, *options: str) -> Iterator[int]:
    """A Redis server on this folder; gives its port."""
    program = shutil.which("redis-server") or absent("redis-server")
    folder.mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    words = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--logfile", "log", *options]
    with subprocess.Popen([program, *words]) as child:
        try:
            client = redis.Redis(port=port, retry=Retry(NoBackoff(), 0))
            for _ in range(500):
                with contextlib.suppress(redis.ConnectionError), client:
                    if client.ping() and client.info("replication").get("master_link_status", "up") == "up":
                        break
                time.sleep(0.02)
            yield port
        finally:
            child.send_signal(signal.SIGKILL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("servers")


@pytest.fixture(scope="module")
def primary(folder: Path) -> Iterator[int]:
    """Everything that it keeps of what was written: append-only file, snapshots, a slow log of all commands."""
    kept = ["--appendonly", "yes", "--save", "3600", "1", "--slowlog-log-slower-than", "0"]
    with server(folder / "primary", *kept) as port:
        yield port


@pytest.fixture(scope="module")
def replica(folder: Path, primary: int) -> Iterator[int]:
    with server(folder / "replica", "--appendonly", "yes", "--replicaof", f"127.0.0.1 {primary}") as port:
        yield port


@pytest.fixture
async def log(primary: int) -> AsyncIterator[EventLog]:
    client = connect(f"redis://127.0.0.1:{primary}/0")
    yield EventLog(client)
    await client.aclose()


def files(folder: Path) -> set[str]:
    """The names of files that hold what was sealed."""
    return {str(f.relative_to(folder)) for f in folder.rglob("*") if f.is_file() and SEALED in f.read_bytes()}


async def test_what_is_removed_is_gone_from_every_file_of_every_server(
    log: EventLog, folder: Path, primary: int, replica: int
) -> None:
    """Append-only files and snapshots, also the one that a replica began with; and from the slow log."""
    recording = a_recording()
    await log.open_session(recording, "visitor", 1000, ["heatmap"])
    assert await log.append(recording.id, "visitor", FIELD, SEALED, 1, 0)
    await nodes.followed(log.redis)
    with redis.Redis(port=replica) as follower:
        for client in (log.redis, follower):
            saved = client.execute_command("SAVE")
            if client is log.redis:
                await saved
    assert {"primary", "replica"} == {name.split("/")[0] for name in files(folder)}
    assert 2 == len([name for name in files(folder) if name.endswith("dump.rdb")])

    done = await forget.remove_raw(log, recording.id)

    assert set() == files(folder)
    assert 0 == await forget.raw_keys_left(log, recording.id)
    written = {"append_only_file": "rewritten", "snapshot_file": "rewritten"}
    assert [
        {"role": "primary", **written, "slow_log": "emptied"},
        {"role": "replica", **written, "slow_log": "nothing of it"},
    ] == done


async def test_keys_of_a_replica_count_as_left(log: EventLog, replica: int) -> None:
    """A replica on which somebody wrote is looked at like its primary."""
    recording = a_recording()
    with redis.Redis(port=replica) as follower:
        follower.config_set("replica-read-only", "no")
        follower.set(f"ym:{recording.id}:stray", "1")

        assert 1 == await forget.raw_keys_left(log, recording.id)
        follower.delete(f"ym:{recording.id}:stray")


async def test_a_replica_that_does_not_answer_us_is_said(log: EventLog, replica: int) -> None:
    """It follows, but has another password: so the certificate says that it could not be asked."""
    with redis.Redis(port=replica) as follower:
        follower.config_set("requirepass", "other")
        follower.execute_command("AUTH", "other")
        try:
            done = await forget.remove_raw(log, a_recording().id)
        finally:
            follower.config_set("requirepass", "")

    assert {"role": "replica", "unreached": "could not be checked: it does not answer"} == done[1]


async def test_a_replica_that_does_not_follow_keeps_the_end_waiting(
    log: EventLog, replica: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it has not done what its primary did, nothing is said to be gone."""
    monkeypatch.setattr(nodes, "FOLLOW_SECONDS", 0.2)
    monkeypatch.setattr(nodes, "_followers", _behind)
    await log.redis.set("something", "to follow")

    with pytest.raises(Unavailable, match="does not follow"):
        await nodes.followed(log.redis)


async def _behind(_: object) -> list[dict[str, int]]:
    return [{"offset": 0}]


async def test_what_a_store_refuses_is_said(log: EventLog, primary: int) -> None:
    """A managed store takes none of these commands; that is in the results, not passed over."""
    [done, *_] = await _removed_as(log, primary, "+info")

    refused = dict.fromkeys(["append_only_file", "snapshot_file", "slow_log"], nodes.REFUSED)
    assert {"role": "primary", **refused} == done


async def test_replicas_that_we_may_not_ask_for_are_said(log: EventLog, primary: int) -> None:
    """There may be some, on whose disks it still is; where the store only says no, nobody says that there are none."""
    [_, *others] = await _removed_as(log, primary)

    assert [{"role": "replica", "unreached": nodes.REFUSED}] == others


async def test_memory_that_a_store_does_not_tell_is_no_outage(log: EventLog, primary: int) -> None:
    """So that the operator's other figures, what is overdue among them, are told as ever."""
    async with _managed(log, primary) as managed:
        assert all(map(math.isnan, await managed.memory()))


async def _removed_as(log: EventLog, primary: int, *more: str) -> list[dict[str, Any]]:
    """What is said of a removal by somebody who may do that, and `more`, and nothing else."""
    async with _managed(log, primary, *more) as managed:
        return await forget.remove_raw(managed, a_recording().id)


@contextlib.asynccontextmanager
async def _managed(log: EventLog, primary: int, *more: str) -> AsyncIterator[EventLog]:
    words = ["reset", "on", ">word", "~*", "-@all", "+ping", "+scan", "+unlink", *more]
    await log.redis.execute_command("ACL", "SETUSER", "managed", *words)
    client = connect(f"redis://managed:word@127.0.0.1:{primary}/0")
    yield EventLog(client)
    await client.aclose()


async def test_an_erasure_is_not_forgotten_by_a_worker_that_dies_over_it(
    log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files are rewritten by the next one."""
    await forget._mark_erased(log.redis)

    async def dies(_: object) -> dict[str, str]:
        raise Unavailable("It died.")

    with monkeypatch.context() as patched:
        patched.setattr(nodes, "rewritten", dies)
        with pytest.raises(Unavailable):
            await forget.rewrite_if_erased(log)

    assert await forget.rewrite_if_erased(log)
    assert not await forget.rewrite_if_erased(log)


async def test_a_server_that_could_not_save_takes_writes_again_once_it_can(tmp_path: Path) -> None:
    """Its snapshot failed, so it takes no writes, and by itself it would try in an hour."""
    in_its_way = tmp_path / "alone" / "dump.rdb"
    with server(tmp_path / "alone", "--save", "3600", "1") as port:
        client = connect(f"redis://127.0.0.1:{port}/0")
        in_its_way.mkdir()
        await client.set("name", "value")
        await client.execute_command("BGSAVE")
        await saved(client, "err")
        with pytest.raises(ResponseError, match="MISCONF"):
            await client.set("name", "value")
        in_its_way.rmdir()

        await nodes.save_again(client)

        await saved(client, "ok")
        assert await client.set("name", "value")
        await client.aclose()


async def saved(client: Any, how: str) -> None:
    """Wait until the latest snapshot ended like this."""
    while (info := await client.info("persistence"))["rdb_bgsave_in_progress"] or (
        info["rdb_last_bgsave_status"] != how
    ):
        await asyncio.sleep(0.02)


async def test_who_is_erased_during_a_rewrite_has_the_next(
    log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was erased after it began may still be in the file that it wrote."""
    rewritten = nodes.rewritten

    async def meanwhile(node: nodes.Node) -> dict[str, str]:
        await forget._mark_erased(log.redis)
        return await rewritten(node)

    await forget._mark_erased(log.redis)
    with monkeypatch.context() as patched:
        patched.setattr(nodes, "rewritten", meanwhile)
        assert await forget.rewrite_if_erased(log)

    assert await forget.rewrite_if_erased(log)
