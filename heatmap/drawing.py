"""Every layer by name: how its events are gathered, merged and drawn, and what is said under the picture."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heatmap import attention, draw, layers, reach
from heatmap.columns import Columns
from heatmap.compose import Legend, Line
from heatmap.draw import Heat, Strip
from heatmap.palette import CLASSIC, even
from heatmap.reach import Reach
from heatmap.sheet import Sheet


@dataclass(frozen=True)
class Facts:
    """What stands under a picture. The placing and `visible` are None for layers that are not made of places."""

    sessions: int | None  #: None where the rest of the page's sessions would be too few to tell
    by_element: int | None = None
    by_position: int | None = None
    dropped: int | None = None
    visible: float | None = None  #: share of touches that the crowd rule shows

    @property
    def placed_share(self) -> float | None:
        """The share of placed events that were placed by element."""
        if self.by_element is None or self.by_position is None:
            return None
        placed = self.by_element + self.by_position
        return self.by_element / placed if placed else None


@dataclass(frozen=True)
class Drawing:
    """A finished layer of one page on one device class."""

    png: bytes  #: the overlay
    grid: NDArray[Any]  #: as shown: cells in 1/256 session, or rows of cells
    facts: Facts
    legend: Legend
    lines: Sequence[Line] = ()


@dataclass(frozen=True)
class Layer:
    """How a layer is made: `gather` a slice of whole sessions, `merge` slices in any order, `draw` what came of it.

    `draw` gives None when the crowd rule leaves nothing to show.
    """

    gather: Callable[[Columns, Sheet], Any]
    merge: Callable[[Sequence[Any]], Any]
    draw: Callable[[Any, Sheet], Drawing | None]


def _heat(name: str) -> Layer:
    pick = layers.LAYERS[name]
    return Layer(lambda columns, sheet: draw.gather(pick(columns), sheet), draw.merge, _draw_heat)


def _draw_heat(heat: Heat, sheet: Sheet) -> Drawing | None:
    made = draw.draw(heat, sheet)
    if not made.visible:
        return None
    counts = made.counts
    facts = Facts(
        made.sessions, counts.by_element, counts.by_position, counts.hidden + counts.outside, made.visible
    )
    return Drawing(made.png, made.grid, facts, Legend(CLASSIC, "few sessions", "many sessions"))


def _draw_scroll(reached: Reach, sheet: Sheet) -> Drawing | None:
    strip = draw.draw_reach(reached, sheet)
    lines = [Line(y, f"{share} % got here") for share, y in draw.marks(strip).items()]
    return _strip(
        strip, Legend(even(CLASSIC), "nobody", "everybody"), [*lines, Line(reached.fold, "average fold")]
    )


def _draw_attention(looked: attention.Attention, sheet: Sheet) -> Drawing | None:
    strip = draw.draw_attention(looked, sheet)
    each = strip.rows.max(initial=0) / max(strip.sessions, 1)
    return _strip(strip, Legend(even(CLASSIC), "no time", f"{each:.3g} s for each visitor session"))


def _strip(strip: Strip, legend: Legend, lines: Sequence[Line] = ()) -> Drawing | None:
    return (
        Drawing(strip.png, strip.rows, Facts(strip.sessions), legend, lines) if np.any(strip.rows) else None
    )


LAYERS: Mapping[str, Layer] = {
    "move": _heat("move"),
    "click": _heat("click"),
    "scroll": Layer(reach.reach, reach.merge, _draw_scroll),
    "attention": Layer(attention.attention, attention.merge, _draw_attention),
    "rage": _heat("rage"),
    "dead": _heat("dead"),
    "error": _heat("error"),
}
