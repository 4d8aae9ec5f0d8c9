"""One page on one device class: its events as they come in, and everything that is drawn of them."""

import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heatmap import elements
from heatmap.census import Place
from heatmap.columns import Columns
from heatmap.compose import compose, outline, plain
from heatmap.crowd import UNIT
from heatmap.draw import Bands, fold
from heatmap.drawing import LAYERS, Drawing, draw_difference
from heatmap.elements import Counts, Row, Table
from heatmap.raw import Slice
from heatmap.segments import APART, CROWD, RELEASE, Atom, Segment, segments
from heatmap.selection import Selection, Span, selected, selections, spans
from heatmap.sheet import CELL, Sheet
from heatmap.snapshots.agree import Renaming
from heatmap.snapshots.snapshot import Snapshot
from heatmap.states import PLAIN, states
from heatmap.visits import ATOM
from recorder.recording import DEVICES

#: Of a state all sessions are shown together.
ANY: Atom = (0, 0, 0, 0)


@dataclass
class Group:
    """What is gathered about the sessions of one release and variant, or of several that are shown together."""

    layers: dict[str, Any] = field(default_factory=dict)  #: what each layer's `gather` gave, merged
    clicked: Counts | None = None


@dataclass
class Page:
    """Filled by slices of whole sessions, in any order; then told and drawn."""

    sheet: Sheet
    snapshot: Snapshot | None = None
    screenshot: bytes | None = None
    pools: Mapping[Atom, Atom] = field(default_factory=dict)  #: which are gathered together, under which name
    #: What elements are on this sheet that visitors of a release (its row) saw on a snapshot of their own.
    renamings: Mapping[int, Renaming] = field(default_factory=dict)
    #: By name the same page with something open on it: a picture of its own, of all sessions that saw it so.
    states: Mapping[str, "Page"] = field(default_factory=dict)
    groups: dict[Atom, Group] = field(default_factory=lambda: defaultdict(Group))
    sessions: Counter[Atom] = field(default_factory=Counter)

    def add(self, part: Slice, place: Place, layers: Iterable[str] = tuple(LAYERS)) -> None:
        page, device = place
        here = part.visits[(part.visits["page"] == page) & (part.visits["device"] == DEVICES.index(device))]
        counts = Counter(here[ATOM].tolist())
        self.sessions += counts
        pooled: defaultdict[Atom, list[Atom]] = defaultdict(list)
        for atom in counts:
            pooled[self.pools.get(atom, atom)].append(atom)
        for name, atoms in pooled.items():
            columns = self._renamed(part, place, atoms, all_=len(pooled) == 1)
            self._add(self.groups[name], self._plain(columns, layers), layers, visit=columns)

    def _plain(self, columns: Columns, layers: Iterable[str]) -> Columns:
        """The events that are no state's; those of the others go to their own pages."""
        if not self.states:
            return columns
        landed = states(columns, [self.sheet, *(page.sheet for page in self.states.values())])
        for number, page in enumerate(self.states.values(), 1):
            events = columns.where(landed == number)
            if sessions := len(np.unique(events.session)):
                page.sessions[ANY] += sessions
                # Not how far they got: those of the page who never saw the state could be told from it by subtraction.
                page._add(page.groups[ANY], events, [name for name in layers if LAYERS[name].apart])
        return columns.where(landed == PLAIN)

    def _renamed(self, part: Slice, place: Place, atoms: list[Atom], *, all_: bool) -> Columns:
        """The events of these releases and variants, on elements of this sheet."""
        if not self.renamings:
            return part.of(*place, None if all_ else atoms)
        found = []
        for release in {atom[RELEASE] for atom in atoms}:
            columns = part.of(*place, [atom for atom in atoms if atom[RELEASE] == release])
            known = self.renamings.get(release)
            found.append(replace(columns, el=known.apply(columns.el)) if known else columns)
        return Columns.concat(found)

    def _add(
        self, group: Group, columns: Columns, layers: Iterable[str], visit: Columns | None = None
    ) -> None:
        """`visit`: all that these sessions did on the page, whatever was open: how far they got, and for how long."""
        for name in layers:
            layer = LAYERS[name]
            more = layer.gather(columns if layer.apart or visit is None else visit, self.sheet)
            group.layers[name] = layer.merge([group.layers[name], more]) if name in group.layers else more
        if self.snapshot:
            clicks = elements.count(columns, self.snapshot)
            group.clicked = elements.add([group.clicked, clicks]) if group.clicked else clicks


def merged(pages: Sequence[Page]) -> Page:
    """What several processes made of one page and device class as one, in any order; no session is in two."""
    out = replace(
        pages[0], groups=defaultdict(Group), sessions=sum((page.sessions for page in pages), Counter())
    )
    out.states = {name: merged([page.states[name] for page in pages]) for name in pages[0].states}
    for atom in sorted({atom for page in pages for atom in page.groups}):
        some = [page.groups[atom] for page in pages if atom in page.groups]
        layers = {name: LAYERS[name].merge([each.layers[name] for each in some]) for name in some[0].layers}
        clicked = [each.clicked for each in some if each.clicked]
        out.groups[atom] = Group(layers, elements.add(clicked) if clicked else None)
    return out


class Told:
    """What may be told of a page, segment by segment; everything is worked out once, when it is asked for."""

    def __init__(self, page: Page, minimum: int, automated: int = 0, *, states: bool = True) -> None:
        self.page = page
        self.automated = automated  #: sessions of the recording that look automated: they are in nothing here
        self.all = segments(page.sessions, minimum)
        apart = {name: each for name, each in page.states.items() if states and self._apart(each)}
        self.states = {name: Told(each, minimum, automated) for name, each in apart.items()}
        self._shown: dict[tuple[str, Segment], Any] = {}
        self._tables: dict[Segment, Table | None] = {}
        self._drawings: dict[tuple[str, Segment], Drawing | None] = {}
        self._differences: dict[tuple[str, Segment, Segment], Drawing | None] = {}

    def _apart(self, state: Page) -> bool:
        """Whether a state may be told of: enough saw it, and who never did is nobody or a crowd as well."""
        sessions = sum(state.sessions.values())
        return sessions >= CROWD and not 0 < self.all.sessions - sessions < CROWD

    def published(self) -> list[Segment]:
        return [segment for segment in self.all.all() if segment.published]

    def selected(self, name: str) -> Segment | None:
        """The visitors of that name: a segment, one side of a mark, some days; None where nobody can be told apart."""
        for segment in self.published():
            if segment.name == name:
                return segment
        wanted = Selection.read(name)
        return selected(self.all, wanted) if wanted else None

    def by_mark(self) -> list[Segment]:
        """Both sides of each mark, where they can be told apart."""
        found = (selected(self.all, each) for each in selections(self.page.sessions))
        return [each for each in found if each is not None and each is not self.all]

    def drawn_apart(self, segment: Segment) -> int:
        """Of how many of its sessions spots are shown: of a selection, those in large parts."""
        if not segment.selection:
            return segment.sessions
        return sum(part.sessions for part in segment.parts if part.sessions >= APART)

    def placed(self, segment: Segment) -> float | None:
        """The share of a release's or variant's clicks that was placed by element, in hundredths, also where they are
        not drawn apart. Of nobody else: these are crowds, and so is what they leave of each other."""
        if not segment.published or segment is self.all or not self.gathered(["click"]):
            return None
        found = [group.layers["click"].counts for group in self._groups(segment)]
        by_element = sum(counts.by_element for counts in found)
        placed = by_element + sum(counts.by_position for counts in found)
        return round(by_element / placed, 2) if placed else None

    def days(self, name: str) -> list[Span]:
        """First and last day of what can be told apart of the visitors of that name, whatever days they are of."""
        wanted = Selection.read(name)
        whole = self.selected(replace(wanted, first=0, last=0).name if wanted else name)
        return spans(whole or self.all)

    def drawing(self, name: str, segment: Segment) -> Drawing | None:
        """A layer of a segment, or None when there is nothing that may be shown, or too few are in it."""
        if (name, segment) not in self._drawings:
            self._drawings[name, segment] = self._draw(name, segment)
        return self._drawings[name, segment]

    def _draw(self, name: str, segment: Segment) -> Drawing | None:
        layer = LAYERS[name]
        if not self.page.groups or (segment is not self.all and not self._is_apart(name, segment)):
            return None
        drawing = layer.draw(self._show(name, segment), self.page.sheet)
        if drawing is None or segment is self.all:
            return drawing
        facts = replace(drawing.facts, by_element=None, by_position=None, dropped=None)
        return replace(drawing, facts=facts)

    def drawings(self, segment: Segment, layers: Iterable[str] = tuple(LAYERS)) -> dict[str, Drawing]:
        made = {name: self.drawing(name, segment) for name in self.gathered(layers)}
        return {name: drawing for name, drawing in made.items() if drawing}

    def difference(self, name: str, before: Segment, after: Segment) -> Drawing | None:
        """What changed in a layer of spots, as a picture; None where both are not drawn apart, or nothing did."""
        if (name, before, after) not in self._differences:
            self._differences[name, before, after] = self._difference(name, before, after)
        return self._differences[name, before, after]

    def _difference(self, name: str, before: Segment, after: Segment) -> Drawing | None:
        if LAYERS[name].apart == 0 or min(before.sessions, after.sessions) < LAYERS[name].apart:
            return None
        sides = [self._show(name, segment) for segment in (before, after)]
        return draw_difference(name, (sides[0], before.sessions), (sides[1], after.sessions), self.page.sheet)

    def table(self, segment: Segment) -> Table | None:
        """The numbers of the page's elements; None without a snapshot or without anybody."""
        if segment not in self._tables:
            self._tables[segment] = self._table(segment)
        return self._tables[segment]

    def rows(self, segment: Segment, *, seen_too: bool = False, hidden_too: bool = False) -> list[Row]:
        table, snapshot = self.table(segment), self.page.snapshot
        if not table or not snapshot:
            return []
        return elements.rows(table, snapshot, seen_too=seen_too, hidden_too=hidden_too)

    def reach(self, segment: Segment) -> list[int]:
        """Sessions that got to each row of cells; none where it is not known how far they got."""
        reached = self._reached(segment)
        rows: list[int] = reached.rows.tolist() if reached else []
        return rows

    def fold(self, segment: Segment) -> int:
        """The average lower edge of what is seen without scrolling, px; 0 for nobody."""
        reached = self._reached(segment)
        return fold(reached) if reached else 0

    def _reached(self, segment: Segment) -> Bands | None:
        reached: Bands | None = self._show("scroll", segment) if self.gathered(["scroll"]) else None
        return reached if reached and reached.sessions else None

    def _table(self, segment: Segment) -> Table | None:
        snapshot = self.page.snapshot
        if not snapshot or not self.gathered():
            return None
        if segment.parts:
            parts = [table for part in segment.parts if (table := self.table(part))]
            return elements.beside(parts) if segment.selection else elements.together(parts)
        counts = elements.add([group.clicked for group in self._groups(segment) if group.clicked])
        return elements.table(counts, self._saw(snapshot, segment))

    def _saw(self, snapshot: Snapshot, segment: Segment) -> NDArray[np.int64]:
        """Sessions that saw each element: scrolled to its middle; all where how far they got is not told or known."""
        if reached := self._reached(segment):
            return elements.seen(snapshot, reached.rows)
        return np.where(snapshot.elements["visible"], segment.sessions, 0).astype(np.int64)

    def gathered(self, of: Iterable[str] = tuple(LAYERS)) -> list[str]:
        """Which of these layers the page was filled with."""
        layers = next(iter(self.page.groups.values())).layers if self.page.groups else {}
        return [name for name in of if name in layers]

    def _groups(self, segment: Segment) -> list[Group]:
        return [group for atom, group in self.page.groups.items() if atom in segment.atoms]

    def _show(self, name: str, segment: Segment) -> Any:
        """What may be seen of a segment: put together from the parts that are shown apart, and the others."""
        if (name, segment) not in self._shown:
            apart = [part for part in segment.parts if self._is_apart(name, part)]
            shown = [self._show(name, part) for part in apart]
            if segment.selection:
                self._shown[name, segment] = LAYERS[name].beside(shown)
                return self._shown[name, segment]
            others = segment.atoms.difference(*(part.atoms for part in apart))
            if others:
                shown.append(self._merged(name, Segment(self._count(others), others)))
            self._shown[name, segment] = LAYERS[name].join(shown, self.page.sheet, segment.sessions)
        return self._shown[name, segment]

    def _is_apart(self, name: str, segment: Segment) -> bool:
        """Whether a layer shows a segment apart; of a selection, any part of it."""
        if segment.selection:
            return any(self._is_apart(name, part) for part in segment.parts)
        return (segment.published or segment.cell) and segment.sessions >= LAYERS[name].apart

    def _merged(self, name: str, segment: Segment) -> Any:
        layer = LAYERS[name]
        merged = layer.merge([group.layers[name] for group in self._groups(segment)])
        return layer.show(merged, self.page.sheet, segment.sessions)

    def _count(self, atoms: Iterable[Atom]) -> int:
        return sum(self.page.sessions[atom] for atom in atoms)


def composed(page: Page, drawing: Drawing, caption: str) -> bytes:
    """A layer over the page: its screenshot, and where there is none, or no more of it, its elements as boxes."""
    boxes = outline(page.sheet, page.snapshot.names if page.snapshot else ())
    return compose(
        drawing.png, page.screenshot, boxes, lines=drawing.lines, caption=caption, legend=drawing.legend
    )


def background(page: Page) -> bytes:
    """What the page looked like, as a WebP picture; without a screenshot its elements as boxes, as a PNG."""
    if page.screenshot:
        return page.screenshot
    return plain(
        outline(page.sheet, page.snapshot.names if page.snapshot else ()),
        (page.sheet.width, page.sheet.height),
    )


def npz(drawing: Drawing) -> bytes:
    """The grid as shown, for numpy.

    `grid`: of layers of spots u4 (rows, columns), in 1/`unit` session; of scroll and attention u4 (rows,), sessions
    that got there or seconds in view of all sessions together, with a `unit` of 1. `cell`: side of a cell, px. The
    first row and column are the top left of the page at the width of its device class.
    """
    data = io.BytesIO()
    unit = UNIT if drawing.grid.ndim == 2 else 1
    np.savez_compressed(data, grid=drawing.grid, cell=np.uint16(CELL), unit=np.uint16(unit))
    return data.getvalue()
