"""What a picture is drawn on: its size and the boxes of the page's elements."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Side of one cell of the grid, in px of the picture: 2 ** `CELL_BITS`.
CELL_BITS = 2
CELL = 1 << CELL_BITS

#: One row of the element table; rows are sorted by hash, boxes are px of the picture.
ELEMENT = np.dtype(
    [
        ("hash", "<u4"),
        ("x", "<i4"),
        ("y", "<i4"),
        ("w", "<i4"),
        ("h", "<i4"),
        ("visible", "?"),
        ("fixed", "?"),
        ("group", "?"),
    ]
)


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A page at the reference width of a device class, as its snapshot shows it."""

    width: int  #: px, the reference width
    height: int  #: px
    elements: NDArray[np.void]  #: `ELEMENT` rows sorted by hash; empty when there is no snapshot
    #: Where visitors scroll the page in a box, which the snapshot shows whole: its hash, 0 if no event tells of it.
    scroller: int | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of cells."""
        return -(-self.height // CELL), -(-self.width // CELL)


def blank(width: int, height: int) -> Sheet:
    """A page without a snapshot: everything is placed by its page position."""
    return Sheet(width, height, np.empty(0, ELEMENT))
