"""Every layer by name: how its events are gathered, merged and drawn, and what is said under the picture."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heatmap import attention, difference, draw, layers, reach
from heatmap.attention import Attention
from heatmap.columns import Columns
from heatmap.compose import Legend, Line
from heatmap.draw import Bands, Shown, Strip
from heatmap.palette import DIVERGING, VEIL, Look, even
from heatmap.reach import Reach
from heatmap.segments import APART
from heatmap.sheet import Sheet
from heatmap.told import MINIMUM


@dataclass(frozen=True)
class Facts:
    """What stands under a picture. All but the sessions is None for layers that are not made of places."""

    sessions: int | None  #: None where the rest of the page's sessions would be too few to tell
    by_element: int | None = (
        None  #: events; told of all sessions only, since those of a few would be the difference
    )
    by_position: int | None = None
    dropped: int | None = None
    placed_share: float | None = None  #: how many of the placed events were placed by element, in hundredths
    visible: float | None = None  #: share of touches that the crowd rule shows
    hottest: float | None = None  #: what a full colour stands for: sessions, or seconds of attention of each


@dataclass(frozen=True)
class Drawing:
    """A finished layer of one segment of a page on a device class."""

    png: bytes  #: the overlay
    grid: NDArray[Any]  #: as shown: cells in 1/256 session, or rows of cells
    facts: Facts
    legend: Legend
    lines: Sequence[Line] = ()


@dataclass(frozen=True)
class Layer:
    """How a layer is made.

    `gather` a slice of whole sessions, `merge` slices in any order, `show` what may be seen of a segment's, given how
    many sessions were on the page, `join` what may be seen of its parts and of what none of them shows, `beside` what
    is seen of these parts alone, `draw` it. `draw` gives None when the crowd rule leaves nothing to show.
    """

    gather: Callable[[Columns, Sheet], Any]
    merge: Callable[[Sequence[Any]], Any]
    show: Callable[[Any, Sheet, int], Any]
    join: Callable[[Sequence[Any], Sheet, int], Any]
    beside: Callable[[Sequence[Any]], Any]
    draw: Callable[[Any, Sheet, Look], Drawing | None]
    apart: int = 0  #: sessions from which a segment is drawn apart


def _heat(name: str) -> Layer:
    pick, crossing = layers.LAYERS[name], _crossing(name)
    return Layer(
        lambda columns, sheet: draw.gather(pick(columns), sheet),
        draw.merge,
        draw.show,
        draw.join,
        draw.beside,
        lambda shown, sheet, look: _draw_heat(shown, sheet, look, crossing),
        APART,
    )


def _crossing(name: str) -> int:
    """Cells that a session touches on its way past a spot: a pointer's way leads through it, a click is in one."""
    return draw.CROSSING if name == "move" else 1


def _draw_heat(shown: Shown, sheet: Sheet, look: Look, crossing: int) -> Drawing | None:
    made = draw.draw(shown, sheet, look)
    if not made.visible:
        return None
    counts = shown.counts
    placed = counts.by_element + counts.by_position
    facts = Facts(
        sessions=int(shown.sessions.shown[0]) or None,
        by_element=counts.by_element,
        by_position=counts.by_position,
        dropped=counts.dropped,
        placed_share=round(counts.by_element / placed, 2) if placed else None,
        visible=made.visible,
        hottest=_round(made.hottest * draw.HILL / crossing),
    )
    # A spot of fewer has no number: the list counts whole elements, which may have more.
    about = f", about {facts.hottest}" if (facts.hottest or 0) >= MINIMUM else ""
    return Drawing(
        made.png, made.grid, facts, Legend(look.colours, "fewest", f"most visitor sessions{about}")
    )


def _round(number: float) -> int:
    """Two figures: what stands in one place is not known closer."""
    return int(float(f"{number:.2g}"))


def draw_difference(
    name: str, before: tuple[Shown, int], after: tuple[Shown, int], sheet: Sheet
) -> Drawing | None:
    """A layer of two segments, each with its page's sessions: orange where the share rose, blue where it fell."""
    sides = (before[0].crowd, before[1], after[0].crowd, after[1])
    crossing = _crossing(name)
    signed = difference.difference(*sides, crossing)
    if not signed.any():
        return None
    strongest, overlay = difference.draw(signed, sheet)
    near = f"{100 * strongest * draw.HILL / crossing:.2g} points"
    facts = Facts(int(before[0].sessions.shown[0] + after[0].sessions.shown[0]) or None)
    return Drawing(overlay, signed, facts, Legend(DIVERGING, f"-{near}", f"+{near} of the sessions"))


def draw_change(values: NDArray[np.float64], sessions: int, sheet: Sheet) -> Drawing | None:
    """How much the share of each element rose or fell, (R,) beside the sheet's table, over its box."""
    signed = difference.boxes(values, sheet)
    if not signed.any():
        return None
    strongest, overlay = difference.draw(signed, sheet, VEIL)
    points = f"{100 * strongest:.2g} points"
    return Drawing(
        overlay, signed, Facts(sessions), Legend(VEIL, f"-{points}", f"+{points} of those who saw it")
    )


def _draw_reach(bands: Bands, sheet: Sheet, look: Look) -> Drawing | None:
    strip = draw.draw_reach(bands, sheet, look.colours)
    lines = [Line(y, f"{share} % got here") for share, y in draw.marks(strip).items()]
    legend = Legend(even(look.colours), "nobody", f"all {bands.sessions} visitor sessions")
    return _strip(strip, strip.sessions, legend, [*lines, Line(draw.fold(bands), "average fold")])


def _draw_attention(bands: Bands, sheet: Sheet, look: Look) -> Drawing | None:
    strip = draw.draw_attention(bands, sheet, look.colours)
    each = float(f"{strip.rows.max(initial=0) / max(strip.sessions, 1):.3g}")
    legend = Legend(even(look.colours), "no time", f"{each:g} s for each visitor session")
    return _strip(strip, each, legend)


def _strip(strip: Strip, hottest: float, legend: Legend, lines: Sequence[Line] = ()) -> Drawing | None:
    facts = Facts(strip.sessions, hottest=hottest)
    return Drawing(strip.png, strip.rows, facts, legend, lines) if np.any(strip.rows) else None


def _reach_bands(reached: Reach, sheet: Sheet, of: int) -> Bands:
    return draw.reach_bands(reached, sheet)


def _attention_bands(looked: Attention, sheet: Sheet, of: int) -> Bands:
    return draw.attention_bands(looked, sheet)


def _add(parts: Sequence[Bands], sheet: Sheet, of: int) -> Bands:
    return draw.add(parts)


LAYERS: Mapping[str, Layer] = {
    "move": _heat("move"),
    "click": _heat("click"),
    "scroll": Layer(reach.reach, reach.merge, _reach_bands, _add, draw.add, _draw_reach),
    "attention": Layer(
        attention.attention, attention.merge, _attention_bands, _add, draw.add, _draw_attention
    ),
    "rage": _heat("rage"),
    "dead": _heat("dead"),
    "error": _heat("error"),
}
