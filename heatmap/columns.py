"""The events of one page and one device class as parallel arrays: what every layer is drawn from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

Mask = NDArray[np.bool_]

#: The kinds that the pictures look at: the low five bits of `kind`.
MOVE, CLICK, SCROLL, SHOW, HIDE, RAGE, DEAD, ERROR, INVALID = 0, 1, 2, 4, 5, 6, 7, 8, 9
MARK, PAGE, VISIBLE, HIDDEN, BACK = 11, 12, 13, 14, 16
KIND_BITS = 0b11111

DTYPES: dict[str, np.dtype[Any]] = {
    "session": np.dtype(np.uint32),
    "t": np.dtype(np.uint32),
    "kind": np.dtype(np.uint8),
    "el": np.dtype(np.uint32),
    **dict.fromkeys(("x", "y", "fx", "fy", "view_width", "view_height"), np.dtype(np.uint16)),
    **dict.fromkeys(("doc_width", "doc_height"), np.dtype(np.uint32)),
}

#: `el` of an event without an element.
NO_ELEMENT = 0

#: `x` of an event that has an element but no place of its own: it lies in no document.
NOWHERE = 0xFFFF


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """N events, one row each; every array has shape (N,).

    A slice of a page's events may hold them in any order, but holds a visitor session whole or not at all: that
    is what lets slices be counted apart and merged. A session that came in parts is joined with `concat` first.
    """

    session: NDArray[np.uint32]  #: number of the visitor session, the same in all slices of a recording
    t: NDArray[np.uint32]  #: ms since the yes
    kind: NDArray[np.uint8]  #: as on the wire, with the pointer in the high three bits
    el: NDArray[np.uint32]  #: hash of the element, or `NO_ELEMENT`
    x: NDArray[np.uint16]  #: page position, CSS px
    y: NDArray[np.uint16]
    fx: NDArray[np.uint16]  #: place in the element's box, 0..65535
    fy: NDArray[np.uint16]
    view_width: NDArray[np.uint16]  #: viewport, CSS px
    view_height: NDArray[np.uint16]
    doc_width: NDArray[np.uint32]  #: document, CSS px
    doc_height: NDArray[np.uint32]

    @classmethod
    def of(cls, **values: ArrayLike) -> Self:
        """Columns of the right types; a single number holds for every row, what is left out is 0."""
        arrays = {name: np.asarray(values.pop(name, 0)) for name in DTYPES}
        if values:
            raise TypeError(f"Columns have no {', '.join(values)}.")
        shape = np.broadcast_shapes(*(array.shape for array in arrays.values()), (1,))
        cast: dict[str, Any] = {
            name: np.ascontiguousarray(np.broadcast_to(array, shape), DTYPES[name])
            for name, array in arrays.items()
        }
        return cls(**cast)

    @classmethod
    def concat(cls, parts: Sequence["Columns"]) -> Self:
        """The rows of all parts, in that order."""
        joined: dict[str, Any] = {
            name: np.concatenate([np.empty(0, dtype), *(getattr(part, name) for part in parts)])
            for name, dtype in DTYPES.items()
        }
        return cls(**joined)

    def where(self, rows: Mask | NDArray[np.intp]) -> "Columns":
        """Only these rows; itself when a mask says all, since copying is what takes time."""
        if rows.dtype == bool:
            if rows.all():
                return self
            rows = np.flatnonzero(rows)
        return Columns(*(getattr(self, name)[rows] for name in DTYPES))

    def is_kind(self, kind: int) -> Mask:
        """Which rows are of this kind, whatever the pointer."""
        same: Mask = (self.kind & KIND_BITS) == kind
        return same

    def __len__(self) -> int:
        return len(self.kind)


def starts(values: NDArray[np.uint32]) -> NDArray[np.intp]:
    """Where each run of equal values (N,) begins."""
    return np.flatnonzero(np.diff(values, prepend=~values[:1]))
