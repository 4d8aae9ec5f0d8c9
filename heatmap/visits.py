"""Who was where: each visitor session on each page once, on one device class, in one release and variant. Pure."""

from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from heatmap.columns import starts
from recorder.recording import DEVICES, device_class

Integer = TypeVar("Integer", bound=np.integer[Any])

#: One session on one page. Release and variant are rows from 1; 0 where none was given, or several on this page. Marks
#: are those of the whole session, as in `segments.py`; the day, from 1, is 0 as long as nobody asks for it.
VISIT = np.dtype(
    [
        ("session", "u4"),
        ("page", "u2"),
        ("device", "u1"),
        ("release", "u1"),
        ("variant", "u1"),
        ("marks", "u1"),
        ("day", "u1"),
        ("height", "u4"),
        ("yes", "i8"),
    ]
)

#: The fields of an `Atom`.
ATOM = ["release", "variant", "marks", "day"]

#: The device of batches in another device class than the session's on that page: they are in no picture.
ELSEWHERE = 255

_DEVICE_OF_WIDTH = np.array([DEVICES.index(device_class(width)) for width in range(1026)], np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Visits:
    """The visits of a slice, and for each of its B batches the visit that it is a part of."""

    rows: NDArray[np.void]  #: (V,) `VISIT`; `height` is the largest document, px
    of: NDArray[np.intp]  #: (B,) row of the visit
    device: NDArray[np.uint8]  #: (B,) the visit's device class, or `ELSEWHERE`


def visits(session: NDArray[np.uint32], headers: NDArray[np.void]) -> Visits:
    """Put each of B batches in the visit of its session on its page.

    A session is on one device class for each page, that of its first batch there: who turns a telephone counts once,
    so that the sessions of device classes, releases and variants add up to all.
    """
    device = _DEVICE_OF_WIDTH[np.minimum(headers["width"], len(_DEVICE_OF_WIDTH) - 1)]
    key = session.astype(np.int64) << 16 | headers["page"]
    order = np.lexsort((device, headers["start"], key))
    heads = starts(key[order])
    rank = np.empty(len(order), np.intp)
    rank[order] = np.repeat(np.arange(len(heads)), np.diff(heads, append=len(order)))
    rows = np.zeros(len(heads), VISIT)
    first = order[heads]
    rows["session"], rows["page"], rows["device"] = session[first], headers["page"][first], device[first]
    for name in ("release", "variant"):
        rows[name] = only(headers[name][order], heads)
    rows["height"] = np.maximum.reduceat(headers["doc_height"][order], heads) if len(heads) else 0
    return Visits(rows, rank, np.where(device == rows["device"][rank], device, ELSEWHERE).astype(np.uint8))


def only(values: NDArray[Integer], heads: NDArray[np.intp]) -> NDArray[Integer]:
    """The one value of each run, or 0 where there are several."""
    if not len(heads):
        return values
    low, high = np.minimum.reduceat(values, heads), np.maximum.reduceat(values, heads)
    return np.where(low == high, low, 0).astype(values.dtype)
