"""Whatever is alive: at the deadline the event store has let go of everything raw by itself."""

import asyncio
import time

from recorder.recording import Recording
from tests.prove import trial, visitors
from tests.prove.house import House
from tests.prove.mutants import HURRY_SECONDS

#: From the recording's start to its end: time for a few visitors to come.
LIFE_SECONDS = 6
#: Keys expire at whole seconds.
GRACE_SECONDS = 1.5


def left(house: House) -> int:
    """How many keys there are after the deadline. No worker has been started."""
    collector = house.faces[0]
    collector.start()
    collector.wait()
    recording, crowd = trial.opened(house)
    recording = asyncio.run(trial.shortened(house, recording, LIFE_SECONDS))
    visitors.run(house.url, trial.shown(house), crowd[: 2 * visitors.WITHDRAW])
    assert _keys(house) > 5, "there is nothing that could expire"
    time.sleep(max(0.0, _deadline(recording) + GRACE_SECONDS - time.time()))
    return _keys(house)


def _deadline(recording: Recording) -> float:
    return recording.end / 1000 + HURRY_SECONDS


def _keys(house: House) -> int:
    with house.events.client() as client:
        return len(list(client.scan_iter(match="ym:*", count=1000)))
