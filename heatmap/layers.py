"""Which events each layer of heat is made of."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from heatmap.columns import CLICK, DEAD, ERROR, INVALID, MOVE, NO_ELEMENT, NOWHERE, RAGE, Columns, Mask

Layer = Callable[[Columns], Columns]

#: The middle of an element's box.
MIDDLE = 0x8000


def move(columns: Columns) -> Columns:
    """Where the pointer was."""
    return columns.where(columns.is_kind(MOVE))


def click(columns: Columns) -> Columns:
    """What was clicked, tapped or pressed."""
    return columns.where(is_click(columns))


def is_click(columns: Columns) -> Mask:
    return columns.is_kind(CLICK)


def rage(columns: Columns) -> Columns:
    """What was clicked again and again, once for each burst."""
    return columns.where(columns.is_kind(RAGE))


def dead(columns: Columns) -> Columns:
    """What was clicked without any effect."""
    return columns.where(columns.is_kind(DEAD))


def invalid(columns: Columns) -> Columns:
    """Fields that were not taken as they were filled in: known by their element only, and no layer of its own."""
    return columns.where(columns.is_kind(INVALID) & (columns.el != NO_ELEMENT))


def error(columns: Columns) -> Columns:
    """What was clicked just before a script failed: the middle of the element.

    An error's own x, y, fx and fy say where in the script it was, so it has no place on the page but its element's.
    """
    errors = columns.where(columns.is_kind(ERROR) & (columns.el != NO_ELEMENT))
    size = len(errors)
    middle, nowhere = np.full(size, MIDDLE, np.uint16), np.full(size, NOWHERE, np.uint16)
    return replace(errors, x=nowhere, y=nowhere, fx=middle, fy=middle)


LAYERS: Mapping[str, Layer] = {"move": move, "click": click, "rage": rage, "dead": dead, "error": error}
