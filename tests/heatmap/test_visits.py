"""Visits: every session is on a page once, so that segments add up."""

import numpy as np
from numpy.typing import NDArray

from heatmap.visits import ELSEWHERE, visits
from recorder.events import HEADER

Batch = dict[str, int]
WIDE, NARROW = {"width": 1280}, {"width": 390}


def headers(*batches: Batch) -> NDArray[np.void]:
    made = np.zeros(len(batches), HEADER)
    for row, batch in zip(made, batches, strict=True):
        for name, value in batch.items():
            row[name] = value
    return made


def test_a_session_is_on_a_page_once() -> None:
    """Batches of one session on one page are one visit, with its highest document."""
    found = visits(
        np.array([3, 3, 3, 5], np.uint32),
        headers(
            {"page": 1, "start": 9, "doc_height": 700, **WIDE},
            {"page": 0, "start": 5, **WIDE},
            {"page": 1, "start": 2, "doc_height": 900, **WIDE},
            {"page": 1, **NARROW},
        ),
    )

    assert [(3, 0, 0, 0), (3, 1, 0, 900), (5, 1, 2, 0)] == [
        tuple(row) for row in found.rows[["session", "page", "device", "height"]].tolist()
    ]
    assert [1, 0, 1, 2] == found.of.tolist()


def test_who_changes_the_device_class_stays_in_the_first() -> None:
    """What happens after a telephone was turned is in no picture: else one person would count in two."""
    found = visits(
        np.array([1, 1, 1], np.uint32),
        headers({"start": 9, **WIDE}, {"start": 1, **NARROW}, {"start": 5, **NARROW}),
    )

    assert [2] == found.rows["device"].tolist()
    assert [ELSEWHERE, 2, 2] == found.device.tolist()


def test_who_sees_two_releases_of_a_page_is_in_neither() -> None:
    """One release is it, two are none; on another page it is the one that was there."""
    found = visits(
        np.array([1, 1, 1], np.uint32),
        headers({"release": 1, "variant": 4}, {"release": 2, "variant": 4}, {"release": 2, "page": 1}),
    )

    assert [(0, 4), (2, 0)] == found.rows[["release", "variant"]].tolist()


def test_nothing() -> None:
    """No batch is no visit."""
    assert 0 == len(visits(np.array([], np.uint32), headers()).rows)
