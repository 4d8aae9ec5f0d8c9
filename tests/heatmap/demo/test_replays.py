"""What replays of the demo shop's visitors say went wrong."""

from itertools import islice

import numpy as np

from heatmap.demo import shop, visitors
from heatmap.demo.habits import DEAD, THROWS
from heatmap.demo.shop import SNAPSHOTS
from heatmap.demo.visitors import Visitor
from heatmap.replays.replay import Backdrop, replay
from heatmap.replays.tape import tape
from heatmap.snapshots.snapshot import named, read
from recorder.events import Kind
from recorder.recording import Device
from tests.heatmap.replays.test_tape import KEY, a_session

#: What is wrong with the shop, as somebody would say it who has never seen it.
FAULTS = {named(DEAD): "“Add to wish list”", named(THROWS): "“Apply voucher”"}


def faults(visitor: Visitor) -> set[str]:
    """What went wrong in a visit, by its events."""
    found: set[str] = set()
    for batch in visitor.batches:
        kinds = batch.records["kind"] & 31
        bad = np.isin(kinds, [Kind.DEAD, Kind.ERROR, Kind.RAGE]) & (batch.records["el"] < len(batch.elements))
        found |= {FAULTS[el] for el in batch.elements[batch.records["el"][bad]].tolist()}
    return found


def backdrops(page: int, device: Device, _: str) -> list[Backdrop]:
    return [Backdrop("", read((SNAPSHOTS / f"{page}-{device}.json").read_bytes()))]


def test_the_player_names_what_went_wrong() -> None:
    """In each of ten seeded visits in which something did, every thing that did, and nothing else."""
    recording = shop.new(["https://shop.example"], 0)
    unhappy = list(islice((each for each in visitors.crowd(400, 7) if faults(each)), 10))
    assert 10 == len(unhappy)
    for visitor in unhappy:
        made = replay(tape(a_session(visitor.batches), KEY), recording, backdrops)
        said = [line["text"] for view in made["views"] for line in view["story"] if "trouble" in line]

        assert all(any(fault in text for text in said) for fault in faults(visitor))
        assert all(any(fault in text for fault in faults(visitor)) for text in said)
        assert all("at" in line for view in made["views"] for line in view["story"] if "trouble" in line)
