"""The one page of a run, with a box for each element that can be clicked."""

import json
from typing import Any

import numpy as np

from recorder.events import Hashes
from tests.torture.ledger import ELEMENTS

ORIGIN = "https://torture.example"
FIRST_HASH = 0x10000000
#: As small as can be, px: what is drawn is not what is looked at here.
WIDTH, HEIGHT = 1280, 440


def hashes() -> Hashes:
    return np.arange(FIRST_HASH, FIRST_HASH + ELEMENTS, dtype="<u4")


def snapshot() -> bytes:
    """All boxes lie in the first window, so that everybody saw them."""
    rows: list[dict[str, Any]] = [
        {"hash": FIRST_HASH + n, "tag": "button", "x": 20 + 150 * (n % 8), "y": 20 + 50 * (n // 8)}
        | {"w": 120, "h": 30, "visible": True, "fixed": False, "group": False, "name": f"Box {n}"}
        for n in range(ELEMENTS)
    ]
    about = {"version": 1, "page": "Home", "device": "desktop", "width": WIDTH, "height": HEIGHT}
    return json.dumps(about | {"elements": rows}).encode()
