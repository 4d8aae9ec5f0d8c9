"""Batches to test with."""

from typing import Any

import numpy as np
from msgspec.structs import replace

from recorder.events import RECORD, RECORD_BYTES, Batch, Kind, Records

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
    table=np.array([7, 9], "<u4").tobytes(),
    block=bytes(RECORD_BYTES),
)


def batch(*rows: dict[str, int], **changes: Any) -> Batch:
    """A batch of these records (one click when none is given); `changes` replace its other fields.

    `elements` and `records` may be given as columns.
    """
    made = {"records": records(*rows or ({"kind": Kind.CLICK, "x": 10, "y": 20},))} | changes
    for columns, name in (("elements", "table"), ("records", "block")):
        if columns in made:
            made[name] = made.pop(columns).tobytes()
    return replace(BATCH, **made)


def records(*rows: dict[str, int]) -> Records:
    made = np.zeros(len(rows), RECORD)
    made["el"] = 255
    for record, row in zip(made, rows, strict=True):
        for name, value in row.items():
            record[name] = value
    return made
