"""One recording from its first visitor to what is left of it, searched before and after its end."""

import asyncio
import contextlib
import json
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from heatmap import parts
from heatmap.end import end
from heatmap.gather import look_over
from heatmap.snapshots import snapshots
from recorder.events import Hashes
from recorder.recording import Recording
from recorder.registry import key_key
from tests.prove import places, team, thief, visitors
from tests.prove.findings import Findings, search
from tests.prove.house import House
from tests.prove.legitimate import AFTER, UNTIL_RESTART
from tests.prove.markers import markers
from tests.prove.memory import pieces
from tests.prove.needles import Needles
from tests.prove.places import Pieces
from tests.prove.pool import PLACE, Pool, held

#: A worker looks every 10 s; drawing, destroying and checking take a few more.
END_SECONDS = 60
#: Both faces look every 10 s.
LET_GO_SECONDS = 30
#: Mutants look every half second, and one of them never lets go.
MUTANT_SECONDS = 5
DESCRIBED = """
site = "Prove"
origins = ["{origin}"]
days = 1
purposes = ["heatmap", "replay"]
releases = '\\d+\\.\\d+\\.\\d+'
variants = ["{variant}"]
min_sessions = 10
[notice]
purpose = {{ en = "To see." }}
controller = "Example Ltd"
recipients = "Nobody"
region = "European Union"
authority = "The authority"
contact = "privacy@prove.example"
[[pages]]
name = "{page}"
pattern = "/"
"""


@dataclass
class Outcome:
    """What one trial found."""

    markers: int
    kinds: frozenset[str]
    certified: bool
    before: Findings
    after: Findings
    restarted: Findings
    stolen: int  #: sealed batches that the thief has
    with_key: int  #: of these, how many open with a copy of the key: all, or the thief cannot do it
    back: int  #: how many open with all that is left

    @property
    def places(self) -> list[str]:
        return list(dict.fromkeys(self.before.places + self.restarted.places))

    @property
    def hits_after(self) -> int:
        return self.after.hits + self.restarted.hits + self.back

    @property
    def clean(self) -> bool:
        return self.certified and self.hits_after == 0


def run(
    house: House, *, memory: bool = True, windows: bool = True, restart: bool = True, pool: bool = False
) -> Outcome:
    """The whole way. The house has been started.

    `memory`: whether processes' memory is searched; `restart`: whether all is, once more after a restart. `windows`:
    whether the thief tries all that was copied and is left; what lies open in the copy is found anyway. `pool`:
    whether processes that the team's face starts to draw are searched, while they draw and as far as they stay.
    """
    recording, crowd = opened(house)
    visitors.run(house.url, shown(house), crowd)
    _settled(house)
    cookie = asyncio.run(team.signed_in(house))
    key = asyncio.run(_key(house, recording))
    taken = thief.copied(house, house.folder / "stolen")
    copy, stolen = taken.everything(), thief.batches(taken, house.name)
    previews = team.previews(house, recording.id, cookie)
    named = markers(key, crowd, [each.data for each in stolen], previews)
    needles = Needles(named)
    with _drawers_read(house, recording), visitors.asking(house.url, crowd[-1]):
        before = search(_everywhere(house, memory=memory), needles)
    drawing = Pool(house, needles)
    if pool:
        drawing.start()
    asyncio.run(_close(house, recording))
    certified = _until_certified(house, recording, again=pool)
    if pool:
        drawing.stop()
        before.add(drawing.found)
    if memory:
        _until_let_go(house, named, LET_GO_SECONDS if restart else MUTANT_SECONDS)
    left = [(PLACE, held(drawing.ids))] if pool else []
    after = search(chain(left, _everywhere(house, memory=memory)), needles, (*AFTER, *UNTIL_RESTART))
    restarted = Findings()
    if restart:
        house.restart()
        restarted = search(_everywhere(house, memory=memory), needles, AFTER)
    had = [*copy, *(piece for _, pieces in places.on_disk(house) for _, piece in pieces)] if windows else []
    return Outcome(
        markers=len(needles),
        kinds=frozenset(named),
        certified=certified,
        before=before,
        after=after,
        restarted=restarted,
        stolen=len(stolen),
        with_key=thief.opened(stolen, [bytes(100) + key + bytes(100)]),
        back=thief.opened(stolen, had) + _in_plain(copy, named),
    )


def opened(house: House) -> tuple[Recording, list[visitors.Visitor]]:
    """A recording with its page's snapshot, and the crowd that will come."""
    described = house.folder / "recording.toml"
    words = {"origin": visitors.ORIGIN, "page": visitors.PAGE, "variant": visitors.VARIANT}
    described.write_text(DESCRIBED.format(**words))
    name = house.yesmap("recording", "open", str(described)).split()[1]
    elements = np.random.default_rng().integers(2**31, 2**32, 8, dtype=np.uint32)
    return asyncio.run(_dressed(house, name, elements)), visitors.crowd(elements)


async def shortened(house: House, recording: Recording, seconds: float) -> Recording:
    """The recording, ending so many seconds from now, as if it had been opened that way."""

    def sooner(current: Recording) -> Recording:
        return current.model_copy(update={"end": round((time.time() + seconds) * 1000)})

    async with parts.opened(house.settings) as opened_:
        return await opened_.registry.change(recording.id, sooner)


async def _dressed(house: House, name: str, elements: Hashes) -> Recording:
    async with parts.opened(house.settings) as opened_:
        snapshot = json.dumps(_snapshot(elements)).encode()
        await opened_.store.put(snapshots.key(name, snapshots.Name(0, "desktop"), "json"), snapshot)
        return await opened_.registry.read(name)


def _snapshot(elements: Hashes) -> dict[str, Any]:
    """A page of boxes, one below the other."""
    rows = [
        {"hash": int(hash_), "tag": "button", "x": 100, "y": 100 + 150 * n, "w": 900, "h": 100}
        | {"visible": True, "fixed": False, "group": False, "name": f"Box {n}"}
        for n, hash_ in enumerate(elements)
    ]
    about = {"version": 1, "page": visitors.PAGE, "device": "desktop", "width": 1280, "height": 1500}
    return about | {"elements": rows}


def _settled(house: House) -> None:
    """A snapshot that the event store has begun is written, so that it can be searched."""
    with house.events.client() as client:
        if client.config_get("save")["save"]:
            time.sleep(1.2)  # its own: after one second with one change
            while client.info("persistence")["rdb_bgsave_in_progress"]:
                time.sleep(0.05)


@contextlib.contextmanager
def _drawers_read(house: House, recording: Recording) -> Iterator[None]:
    """As they will at the end. They stand still in the block, or they let go of what they had within seconds."""
    if house.cluster:
        asyncio.run(_look_over(house, recording))
    for process in house.cluster:
        process.signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in house.cluster:
            process.signal(signal.SIGCONT)


async def _look_over(house: House, recording: Recording) -> None:
    async with parts.opened(house.settings) as opened_:
        await look_over(opened_, recording)


async def _key(house: House, recording: Recording) -> bytes:
    async with parts.opened(house.settings) as opened_:
        return (await opened_.keys.get(key_key(recording.id))).data


async def _close(house: House, recording: Recording) -> None:
    async with parts.opened(house.settings) as opened_:
        await end.close(opened_, recording.id)


def shown(house: House) -> dict[str, Any]:
    """What the collector says that is recorded."""
    request = urllib.request.Request(f"{house.url}/v1/recording")  # noqa: S310 - our own face
    request.add_header("Origin", visitors.ORIGIN)
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - our own face
        shown: dict[str, Any] = json.load(answer)
    return shown


def _until_certified(house: House, recording: Recording, *, again: bool = False) -> bool:
    """Until there is a certificate, or the worker says that there will be none; `again`: at its next round perhaps."""
    end_ = time.monotonic() + (2 if again else 1) * END_SECONDS
    while time.monotonic() < end_:
        try:
            with urllib.request.urlopen(f"{house.url}/certificates/{recording.id}", timeout=10):  # noqa: S310
                return True
        except urllib.error.HTTPError:
            time.sleep(0.1)
        if not again and b"does not end" in (house.logs / "heatmap.log").read_bytes():
            return False
    return False


def _until_let_go(house: House, named: dict[str, list[bytes]], seconds: float) -> None:
    """Until faces and drawers have seen that the recording has ended; if they do not, the search says so."""
    end_ = time.monotonic() + seconds
    held = Needles({kind: named[kind] for kind in ("recording key", "previews")})
    while time.monotonic() < end_ and any(
        held.found(piece) for process in house.processes for piece in pieces(process.pid)
    ):
        time.sleep(0.5)


def _everywhere(house: House, *, memory: bool) -> Iterator[tuple[str, Pieces]]:
    """Memory first: the team's face keeps what it drew for a minute."""
    if memory:
        yield from places.in_memory(house)
    yield from places.on_disk(house)
    yield from places.by_asking(house)


def _in_plain(copy: list[bytes], named: dict[str, list[bytes]]) -> int:
    """Events that lie open in the copied files."""
    plain = Needles({"events": named["events"]})
    return len({hit for piece in copy for hit in plain.found(piece).get("events", ())})
