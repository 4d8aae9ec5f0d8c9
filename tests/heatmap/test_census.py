"""The census: how many sessions were where, and how high a page without a snapshot is."""

import numpy as np
from numpy.typing import NDArray

from heatmap.census import Census
from heatmap.visits import VISIT


def visits(*rows: tuple[int, ...]) -> NDArray[np.void]:
    """Session, page, device, release, variant and height."""
    return np.array([(*row[:5], 0, 0, row[5], 0) for row in rows], VISIT)


def test_sessions_are_counted_by_place_and_segment() -> None:
    """Slices add up."""
    census = Census()

    census.add(visits((0, 0, 0, 1, 0, 9), (1, 0, 0, 1, 0, 9), (1, 4, 2, 1, 3, 9)))
    census.add(visits((2, 0, 0, 2, 0, 9)))

    assert {(1, 0, 0, 0): 2, (2, 0, 0, 0): 1} == census.sessions[0, "desktop"]
    assert {(1, 3, 0, 0): 1} == census.sessions[4, "mobile"]


def test_one_visitor_does_not_make_a_page_long() -> None:
    """As high as five sessions had it, in any order of slices; with fewer there is nothing to draw on."""
    census = Census()

    for session, height in enumerate([65_000, 3000, 3100, 2000]):
        census.add(visits((session, 0, 0, 0, 0, height)))
    assert 1 == census.height((0, "desktop"))
    census.add(visits((5, 0, 0, 0, 0, 2900), (6, 0, 0, 0, 0, 100)))

    assert 2000 == census.height((0, "desktop"))
    census.add(visits(*((s, 0, 0, 0, 0, 4_000_000) for s in range(7, 12))))
    assert 0xFFFF == census.height((0, "desktop"))
