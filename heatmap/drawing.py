"""Every layer by name: how its events are gathered, merged and drawn, and what is said under the picture."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heatmap import attention, difference, draw, layers, png, reach
from heatmap.attention import Attention
from heatmap.columns import Columns
from heatmap.compose import Legend, Line
from heatmap.draw import Bands, Shown, Strip
from heatmap.palette import AS_USUAL, DIVERGING, VEIL, Look
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
    is seen of these parts alone, `draw` it. `draw` gives None when the crowd rule leaves nothing to show. `legend` says
    what its colours stand for, in any look.
    """

    gather: Callable[[Columns, Sheet], Any]
    merge: Callable[[Sequence[Any]], Any]
    show: Callable[[Any, Sheet, int], Any]
    join: Callable[[Sequence[Any], Sheet, int], Any]
    beside: Callable[[Sequence[Any]], Any]
    draw: Callable[[Any, Sheet], Drawing | None]
    legend: Callable[[Facts, Look], Legend]
    apart: int = 0  #: sessions from which a segment is drawn apart


def _heat(name: str) -> Layer:
    pick, crossing = layers.LAYERS[name], _crossing(name)
    return Layer(
        lambda columns, sheet: draw.gather(pick(columns), sheet),
        draw.merge,
        draw.show,
        draw.join,
        draw.beside,
        lambda shown, sheet: _draw_heat(shown, sheet, crossing),
        _heat_legend,
        APART,
    )


def _crossing(name: str) -> int:
    """Cells that a session touches on its way past a spot: a pointer's way leads through it, a click is in one."""
    return draw.CROSSING if name == "move" else 1


def _draw_heat(shown: Shown, sheet: Sheet, crossing: int) -> Drawing | None:
    made = draw.draw(shown, sheet)
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
        hottest=two_figures(made.hottest * draw.HILL / crossing),
    )
    return Drawing(made.png, made.grid, facts, _heat_legend(facts, AS_USUAL))


def _heat_legend(facts: Facts, look: Look) -> Legend:
    # A spot of fewer has no number: the list counts whole elements, which may have more.
    hottest = two_figures((facts.hottest or 0) / look.strength)
    about = f", about {hottest}" if hottest >= MINIMUM else ""
    return Legend(look.colours, "fewest", f"most visitor sessions{about}")


def two_figures(number: float) -> int:
    """What stands in one place is not known closer."""
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


def _draw_reach(bands: Bands, sheet: Sheet) -> Drawing | None:
    strip = draw.draw_reach(bands, sheet)
    facts = Facts(strip.sessions, hottest=strip.sessions)
    return _strip(strip, facts, _reach_legend, depths(strip.rows, strip.sessions, draw.fold(bands)))


def depths(rows: NDArray[np.uint32], sessions: int, fold: int) -> list[Line]:
    """What is marked of how far people got: see `draw.marks`, and how far they see without scrolling, px."""
    lines = [Line(y, f"{share} % got here") for share, y in draw.marks(rows, sessions).items()]
    return [*lines, Line(fold, "average fold")]


def _reach_legend(facts: Facts, look: Look) -> Legend:
    return Legend(look.bands, "nobody", f"all {facts.sessions} visitor sessions")


def _draw_attention(bands: Bands, sheet: Sheet) -> Drawing | None:
    strip = draw.draw_attention(bands, sheet)
    each = float(f"{strip.rows.max(initial=0) / max(strip.sessions, 1):.3g}")
    return _strip(strip, Facts(strip.sessions, hottest=each), _attention_legend)


def _attention_legend(facts: Facts, look: Look) -> Legend:
    return Legend(look.bands, "no time", f"{facts.hottest:g} s for each visitor session")


def _strip(
    strip: Strip, facts: Facts, legend: Callable[[Facts, Look], Legend], lines: Sequence[Line] = ()
) -> Drawing | None:
    if not np.any(strip.rows):
        return None
    return Drawing(strip.png, strip.rows, facts, legend(facts, AS_USUAL), lines)


def coloured(name: str, overlay: bytes, look: Look) -> bytes:
    """The overlay of a layer that was drawn as usual, in another look."""
    return png.recoloured(overlay, look.spots if LAYERS[name].apart else look.bands)


def looking(name: str, drawing: Drawing, look: Look) -> Drawing:
    """A layer that was drawn as usual, in another look: its overlay and its legend."""
    overlay, legend = coloured(name, drawing.png, look), LAYERS[name].legend(drawing.facts, look)
    return replace(drawing, png=overlay, legend=legend)


def _reach_bands(reached: Reach, sheet: Sheet, of: int) -> Bands:
    return draw.reach_bands(reached, sheet)


def _attention_bands(looked: Attention, sheet: Sheet, of: int) -> Bands:
    return draw.attention_bands(looked, sheet)


def _add(parts: Sequence[Bands], sheet: Sheet, of: int) -> Bands:
    return draw.add(parts)


LAYERS: Mapping[str, Layer] = {
    "move": _heat("move"),
    "click": _heat("click"),
    "scroll": Layer(reach.reach, reach.merge, _reach_bands, _add, draw.add, _draw_reach, _reach_legend),
    "attention": Layer(
        attention.attention,
        attention.merge,
        _attention_bands,
        _add,
        draw.add,
        _draw_attention,
        _attention_legend,
    ),
    "rage": _heat("rage"),
    "dead": _heat("dead"),
    "error": _heat("error"),
}
