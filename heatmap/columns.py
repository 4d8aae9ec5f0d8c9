"""The events of one page and one device class as parallel arrays: what every layer is drawn from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

Mask = NDArray[np.bool_]
Rows = NDArray[np.intp]

#: The kinds that the pictures look at: the low five bits of `kind`.
MOVE, CLICK, SCROLL, SHOW, HIDE, RAGE, DEAD, ERROR, INVALID = 0, 1, 2, 4, 5, 6, 7, 8, 9
MARK, PAGE, VISIBLE, HIDDEN, BACK = 11, 12, 13, 14, 16
KIND_BITS = 0b11111

#: What each event has of its own …
DTYPES: dict[str, np.dtype[Any]] = {
    "t": np.dtype(np.uint32),
    "kind": np.dtype(np.uint8),
    "el": np.dtype(np.uint32),
    **dict.fromkeys(("x", "y", "fx", "fy"), np.dtype(np.uint16)),
}
#: … and what holds for all events of a batch: the number of the visitor session, the same in all slices of a recording,
#: and the sizes of the viewport and the document, CSS px.
BATCH = np.dtype([("session", "u4"), ("view_height", "u2"), ("doc_width", "u4"), ("doc_height", "u4")])

#: `el` of an event without an element.
NO_ELEMENT = 0

#: `x` of an event that has an element but no place of its own: it lies in no document.
NOWHERE = 0xFFFF


@dataclass(frozen=True, eq=False)
class Columns:
    """N events of B batches, one row each; the arrays of events have shape (N,).

    A slice of a page's events may hold them in any order, but holds a visitor session whole or not at all: that
    is what lets slices be counted apart and merged. A session that came in parts is joined with `concat` first.
    """

    batches: NDArray[np.void]  #: (B,) `BATCH`
    batch: Rows  #: row in `batches`
    t: NDArray[np.uint32]  #: ms since the yes
    kind: NDArray[np.uint8]  #: as on the wire, with the pointer in the high three bits
    el: NDArray[np.uint32]  #: hash of the element, or `NO_ELEMENT`
    x: NDArray[np.uint16]  #: page position, CSS px
    y: NDArray[np.uint16]
    fx: NDArray[np.uint16]  #: place in the element's box, 0..65535
    fy: NDArray[np.uint16]

    @classmethod
    def of(cls, **values: ArrayLike) -> Self:
        """Columns of the right types; a single number holds for every row, what is left out is 0."""
        names = (*DTYPES, *(BATCH.names or ()))
        arrays = {name: np.asarray(values.pop(name, 0)) for name in names}
        if values:
            raise TypeError(f"Columns have no {', '.join(values)}.")
        (size,) = np.broadcast_shapes(*(array.shape for array in arrays.values()), (1,))
        own: dict[str, Any] = {name: np.empty(size, dtype) for name, dtype in DTYPES.items()}
        batches = np.empty(size, BATCH)
        for name, array in arrays.items():
            (own[name] if name in own else batches[name])[:] = array
        return cls(batches, np.arange(size), **own)

    @classmethod
    def concat(cls, parts: Sequence["Columns"]) -> Self:
        """The rows of all parts, in that order."""
        joined: dict[str, Any] = {
            name: np.concatenate([np.empty(0, dtype), *(getattr(part, name) for part in parts)])
            for name, dtype in DTYPES.items()
        }
        batches = np.concatenate([np.empty(0, BATCH), *(part.batches for part in parts)])
        first = np.cumsum([0, *(len(part.batches) for part in parts)])
        rows = [part.batch + before for part, before in zip(parts, first[:-1], strict=True)]
        return cls(batches, np.concatenate([np.empty(0, np.intp), *rows]), **joined)

    @cached_property
    def session(self) -> NDArray[np.uint32]:
        """(N,) the number of each event's visitor session."""
        return self.of_batch("session")

    def of_batch(self, name: str, rows: Mask | Rows | slice = slice(None)) -> NDArray[Any]:
        """For each event, or each of these rows, what holds for all of its batch."""
        found: NDArray[Any] = self.batches[name].take(self.batch[rows])
        return found

    def where(self, rows: Mask | Rows) -> "Columns":
        """Only these rows; itself when a mask says all, since copying is what takes time."""
        if rows.dtype == bool:
            if rows.all():
                return self
            rows = np.flatnonzero(rows)
        own: dict[str, Any] = {name: getattr(self, name).take(rows) for name in DTYPES}
        return Columns(self.batches, self.batch.take(rows), **own)

    def of_batches(self, chosen: Mask) -> "Columns":
        """Only the events of these batches, (B,)."""
        return self if chosen.all() else self.where(chosen.take(self.batch))

    def some(self, most: int) -> Iterator["Columns"]:
        """All rows, so many at a time; nothing is copied."""
        for start in range(0, len(self), most):
            rows = slice(start, start + most)
            own: dict[str, Any] = {name: getattr(self, name)[rows] for name in DTYPES}
            yield Columns(self.batches, self.batch[rows], **own)

    def is_kind(self, kind: int) -> Mask:
        """Which rows are of this kind, whatever the pointer."""
        same: Mask = (self.kind & KIND_BITS) == kind
        return same

    def __len__(self) -> int:
        return len(self.kind)


def starts(values: NDArray[np.integer[Any]]) -> Rows:
    """Where each run of equal values (N,) begins."""
    new = np.ones(len(values), bool)
    np.not_equal(values[1:], values[:-1], out=new[1:])
    return np.flatnonzero(new)
