"""Batches to test with."""

from typing import Any

import numpy as np
from msgspec.structs import replace

from recorder.events import RECORD, Batch, Kind, Records

BATCH = Batch(
    document=b"document",
    sequence=0,
    page=0,
    release=None,
    variant=None,
    visit=0,
    viewport=(1280, 720),
    size=(1280, 3000),
    ratio=(100, 100),
    start_ms=1000,
    elements=np.array([7, 9], "<u4"),
    records=np.zeros(1, RECORD),
)


def batch(*rows: dict[str, int], **changes: Any) -> Batch:
    """A batch of these records (one click when none is given); `changes` replace its other fields."""
    made = records(*rows or ({"kind": Kind.CLICK, "x": 10, "y": 20},))
    return replace(BATCH, **({"records": made} | changes))


def records(*rows: dict[str, int]) -> Records:
    made = np.zeros(len(rows), RECORD)
    made["el"] = 255
    for record, row in zip(made, rows, strict=True):
        for name, value in row.items():
            record[name] = value
    return made
