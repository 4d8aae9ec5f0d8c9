"""Workers as processes of their own, killed (SIGKILL) in every state: the next one comes to the same pictures."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE
from typing import cast

import pytest

from heatmap.end import certificate, end, lease
from heatmap.parts import Parts
from recorder import forget
from recorder.recording import ENDING, Recording, State
from recorder.settings import Settings
from tests.conftest import a_recording
from tests.heatmap.conftest import crowd
from tests.heatmap.end.test_lease import Hand
from tests.heatmap.standstill import another

pytestmark = pytest.mark.also_on_a_cluster

#: Becomes a process for each recording and state that it is given; it ends the recording, and stands still in the
#: state. All of them are gone with their parent.
WORKERS = """
import asyncio, os, sys, threading
from heatmap.end import end
from heatmap import parts
from recorder import embedded, settings

def stand(recording):
    if recording.state == state:
        print(os.getpid(), flush=True)
        threading.Event().wait()

async def main():
    async with parts.opened(settings.read()) as opened:
        await end.finish(opened, name, stand)

parent = os.getpid()
for name, state in zip(sys.argv[1::2], sys.argv[2::2]):
    if os.fork() == 0:
        embedded.die_with_parent(parent)
        asyncio.run(main())
sys.stdin.read()
"""


async def kill_in(settings: Settings, where: list[tuple[Recording, State]]) -> None:
    """Workers that get as far as these states and no further."""
    words = [word for recording, state in where for word in (recording.id, state.value)]
    workers = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", WORKERS, *words),
        env=os.environ | settings.as_environment(),
        stdin=PIPE,
        stdout=PIPE,
    )
    assert workers.stdin
    assert workers.stdout
    for _ in where:
        os.kill(int(await workers.stdout.readline()), signal.SIGKILL)
    workers.stdin.close()
    await workers.wait()


async def test_a_worker_that_is_killed_in_any_state_is_followed_by_another(
    opened_parts: Parts, team_settings: Settings
) -> None:
    """The next one waits for the dead one's lease, and ends with the same pictures, certified, and nothing raw."""
    states = ENDING[:-1]
    recordings = []
    for number in range(len(states) + 1):
        recordings.append(
            await opened_parts.registry.open(a_recording(origins=[f"https://{number}.example"]))
        )
        await crowd(opened_parts, recordings[-1], 20)
    untouched = await end.finish(opened_parts, recordings.pop().id)
    where = list(zip(recordings, states, strict=True))

    await kill_in(team_settings, where)

    for recording, state in where:
        assert state == (await opened_parts.registry.read(recording.id)).state
        clock = Hand()
        following = another(opened_parts, clock)
        if state != State.CLOSING:  # there it had not taken the lease yet
            assert state == (await end.advance(following, recording.id)).state
        clock.now += lease.LEASE_SECONDS
        ended = await end.advance(following, recording.id)
        assert State.CERTIFIED == ended.state
        assert untouched.results["pictures"] == ended.results["pictures"]
        kept = await opened_parts.store.keys(f"pictures/{ended.id}/")
        assert {
            end.picture_key(ended, name) for name in cast(dict[str, str], ended.results["pictures"])
        } == set(kept)
        assert 0 == await forget.raw_keys_left(opened_parts.log, ended.id)
        stored = await opened_parts.store.get(f"certificates/{ended.id}.json")
        assert 20 == certificate.verify(stored.data)["counts"]["sessions"]
    assert [] == await opened_parts.store.keys("leases/")
