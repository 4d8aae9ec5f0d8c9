"""How much the crowd rule leaves to see: on the demo shop's seeded crowd, a hundred sessions on every page."""

import numpy as np

from heatmap import layers
from heatmap.crowd import crowd
from heatmap.demo.shop import PAGES, SNAPSHOTS
from heatmap.draw import gather
from heatmap.snapshots.snapshot import read
from recorder.recording import Device
from tests.heatmap import crowds

SESSIONS = 100


def visible(layer: str, device: Device) -> float:
    """The share of the mass of all pages together that is shown."""
    part, touches, shown = crowds.shop(1000), 0, 0.0
    for page in range(len(PAGES)):
        columns = layers.LAYERS[layer](part.of(page, device))
        some = np.isin(columns.session, np.unique(part.of(page, device).session)[:SESSIONS])
        sheet = read((SNAPSHOTS / f"{page}-{device}.json").read_bytes()).sheet
        made = crowd(gather(columns.where(some), sheet).tally, sheet)
        touches, shown = touches + made.touches, shown + made.visible * made.touches
    return shown / touches


def test_most_of_the_clicks_stay_visible() -> None:
    """At a hundred sessions at least 80 % of the click mass, on desktops and on telephones."""
    assert 0.8 <= visible("click", "desktop")
    assert 0.8 <= visible("click", "mobile")


def test_nearly_all_moves_stay_visible() -> None:
    """At a hundred sessions at least 90 % of the move mass, where there is a mouse."""
    assert 0.9 <= visible("move", "desktop")
