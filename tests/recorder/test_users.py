"""The event store's users of docker-compose.yml: what each may not do. What they may is what all other tests run on."""

from collections.abc import AsyncIterator

import pytest
import redis
from redis.exceptions import NoPermissionError, ResponseError

from recorder.eventlog import EventLog, counts_key, index, key
from recorder.eventstore import connect
from recorder.recording import Recording
from tests import clusters, compose
from tests.conftest import a_recording, as_user

pytestmark = pytest.mark.also_on_a_cluster

FIELD = b"document0001"


@pytest.fixture
async def logs(users: dict[str, str]) -> AsyncIterator[dict[str, EventLog]]:
    clients = {name: connect(url) for name, url in users.items()}
    yield {name: EventLog(client) for name, client in clients.items()}
    for client in clients.values():
        await client.aclose()


@pytest.fixture
async def kept(logs: dict[str, EventLog]) -> Recording:
    """A recording with one session and one batch, which the collector brought in."""
    recording = a_recording()
    await logs["collector"].open_session(recording, "visitor", 1000, ["heatmap"])
    assert await logs["collector"].append(recording.id, "visitor", FIELD, b"sealed", 1, 0)
    return recording


LISTS = [
    "SCAN 0",
    "KEYS *",
    "RANDOMKEY",
    "SMEMBERS {index}",
    "SSCAN {index} 0",
    "SRANDMEMBER {index}",
    "SPOP {index}",
]
READS = [
    "HGETALL {key}",
    "HVALS {key}",
    "HKEYS {key}",
    "HSCAN {key} 0",
    "HRANDFIELD {key}",
    "DUMP {key}",
    "SORT {index}",
]
RULES = [
    "FLUSHALL",
    "CONFIG SET appendonly no",
    "MONITOR",
    "ACL LIST",
    "SHUTDOWN",
    "REPLICAOF a 1",
    "SAVE",
]
WRITES = ["SET other 1", "GET other", "COPY {key} other", "RENAME {key} other", "MIGRATE a 1 {key} 0 1"]
ENDS = ["UNLINK {key}", "DEL {key}", "HDEL {key} open", "PERSIST {key}", "EXPIRE {key} 1"]


@pytest.mark.parametrize(
    ("user", "command"),
    [
        *(("collector", command) for command in [*LISTS, *READS, *RULES, *WRITES, *ENDS, "BGREWRITEAOF"]),
        *(
            ("rights", command)
            for command in [*LISTS, *READS[1:], *RULES, *WRITES, *ENDS[1:], "HMGET {key} a"]
        ),
        *(
            ("rights", command)
            for command in (
                "HGETALL {counts}",
                "GET {gate}",
                "UNLINK {gate}",
                "EVAL return 0",
                "BGREWRITEAOF",
            )
        ),
        *(("drawer", command) for command in [*WRITES[:2], *ENDS, "SCAN 0", "EVAL return 0", "BGREWRITEAOF"]),
        *(("team", command) for command in [*RULES, *WRITES, "KEYS *", "DUMP {key}"]),
    ],
)
async def test_no_user_may_do_more_than_its_part(
    logs: dict[str, EventLog], kept: Recording, redis_url: str, user: str, command: str
) -> None:
    """Each server of the store refuses; what was kept is untouched."""
    if user == "default":
        assert (
            "user default on nopass resetkeys resetchannels -@all +ping" in compose.acl_file("p").splitlines()
        )
        return
    names = {
        "key": key(kept.id, "visitor"),
        "index": index(kept.id, "visitor"),
        "counts": counts_key(kept.id),
    }
    names["gate"] = f"ym:{{{kept.id}:0}}:closed"
    words = [word.format(**names) for word in command.split(" ")]

    for server in clusters.servers(redis_url):
        with redis.from_url(as_user(server, user)) as client, pytest.raises(NoPermissionError):
            client.execute_command(*words)

    [session] = [s async for s in logs["team"].read(kept.id, ["visitor"])]
    assert {FIELD: b"sealed"} == session.batches


def test_who_names_no_user_may_ping() -> None:
    """The health check of docker-compose.yml, and nothing else."""
    default = [line for line in compose.acl_file("p").splitlines() if line.startswith("user default ")]

    assert ["user default on nopass resetkeys resetchannels -@all +ping"] == default


async def test_a_script_of_ones_own_reaches_no_further(logs: dict[str, EventLog], kept: Recording) -> None:
    """The collector may run scripts, and inside of them it is still the collector."""
    for command in ("HGETALL", "UNLINK", "HKEYS"):
        script = f"return redis.call('{command}', KEYS[1])"
        with pytest.raises(ResponseError, match=r"(?i)permission|can't run this command"):
            await logs["collector"].redis.eval(script, 1, key(kept.id, "visitor"))


async def test_each_user_can_do_its_part(
    logs: dict[str, EventLog], kept: Recording, caplog: pytest.LogCaptureFixture
) -> None:
    """The collector adds, the rights user shows, pauses and erases, a drawer reads, the team ends and removes."""
    collector, rights, drawer, team = (logs[name] for name in ("collector", "rights", "drawer", "team"))

    await collector.check_durable()
    assert [] == caplog.records
    assert await collector.is_open(kept.id, "visitor")
    await collector.count(kept, "yes:mobile")
    await rights.pause(kept.id, "visitor", True)
    await rights.change_purposes(kept.id, "visitor", ["replay"], 1)
    assert [True] == [s.paused async for s in rights.read(kept.id, ["visitor"])]
    await collector.open_session(kept, "other", 1000, ["heatmap"])
    await rights.erase(kept.id, "visitor")
    assert ["other"] == await team.sessions(kept.id) == await drawer.sessions(kept.id)
    assert ["other"] == [s.id async for s in drawer.read(kept.id, ["other"])]
    await team.close(kept)
    await team.remove(kept.id)
    assert [] == [name async for name in team.left(kept.id)]
