"""How visitors go from page to page, as a drawing: ribbons from each page to the next ones. Pure.

Pages stand twice, on the left as where from and on the right as where to; a ribbon is as thick as its sessions are
many. The table beside it says the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from heatmap.flow import ELSEWHERE, TableRow

#: Px of the drawing: its width, the columns of names, a page's least height, the room between two.
WIDTH, NAMES, LEAST, GAP = 900, 190, 18, 10
#: Px for all sessions of a side together.
HEIGHT = 380
#: Steps that are drawn: more than this is a tangle, and the table has them all.
MOST = 40
#: Characters of a name; the rest is in the table.
CHARS = 24


@dataclass(frozen=True)
class Node:
    """A page on one side."""

    name: str
    x: int
    y: float
    h: float
    sessions: int
    left: bool
    outside: bool  #: not one of ours: from elsewhere, or left

    @property
    def label(self) -> str:
        if self.outside:
            return "came in" if self.left else "left"
        return self.name if len(self.name) <= CHARS else f"{self.name[: CHARS - 1]}…"


@dataclass(frozen=True)
class Ribbon:
    """A step from a page to another."""

    path: str
    before: str
    after: str
    sessions: int
    outside: bool


@dataclass(frozen=True)
class Diagram:
    """Everything that is drawn."""

    nodes: Sequence[Node]
    ribbons: Sequence[Ribbon]
    height: int
    left_out: int


def diagram(rows: Sequence[TableRow], before: str = "page", after: str = "next") -> Diagram:
    """The drawing of a table of steps, the most used ones."""
    steps = [(str(row[before]), str(row[after]), int(row["sessions"])) for row in rows[:MOST]]
    total = sum(n for *_, n in steps) or 1
    left = _nodes(steps, 0, HEIGHT / total)
    right = _nodes(steps, 1, HEIGHT / total)
    height = max((node.y + node.h for node in (*left.values(), *right.values())), default=0)
    ribbons = _ribbons(steps, left, right, HEIGHT / total)
    return Diagram([*left.values(), *right.values()], ribbons, int(height) + 1, max(0, len(rows) - MOST))


def _nodes(steps: Sequence[tuple[str, str, int]], side: int, scale: float) -> dict[str, Node]:
    sizes: dict[str, int] = {}
    for before, after, n in steps:
        name = after if side else before
        sizes[name] = sizes.get(name, 0) + n
    ordered = sorted(sizes, key=lambda name: (_outside(name) and side == 1, -sizes[name]))
    made, y = dict[str, Node](), 0.0
    for name in ordered:
        h = max(LEAST, sizes[name] * scale)
        made[name] = Node(
            name, NAMES if side == 0 else WIDTH - NAMES, y, h, sizes[name], side == 0, _outside(name)
        )
        y += h + GAP
    return made


def _ribbons(
    steps: Sequence[tuple[str, str, int]], left: dict[str, Node], right: dict[str, Node], scale: float
) -> list[Ribbon]:
    """In the order of their ends, so that few cross."""
    made = []
    starts, stops = (
        _ends(steps, left, right, scale),
        _ends([(b, a, n) for a, b, n in steps], right, left, scale),
    )
    for before, after, n in steps:
        y1, y2, h = starts[before, after], stops[after, before], n * scale
        a, b = NAMES + 8, WIDTH - NAMES
        middle = (a + b) / 2
        path = (
            f"M{a} {y1:.1f}C{middle} {y1:.1f} {middle} {y2:.1f} {b} {y2:.1f}V{y2 + h:.1f}"
            f"C{middle} {y2 + h:.1f} {middle} {y1 + h:.1f} {a} {y1 + h:.1f}Z"
        )
        made.append(Ribbon(path, before, after, n, _outside(before) or _outside(after)))
    return made


def _ends(
    steps: Sequence[tuple[str, str, int]], here: dict[str, Node], there: dict[str, Node], scale: float
) -> dict[tuple[str, str], float]:
    """Where on this side each ribbon begins, by this page and the one there."""
    ends: dict[tuple[str, str], float] = {}
    at = {name: node.y for name, node in here.items()}
    for name, other, n in sorted(steps, key=lambda step: there[step[1]].y):
        ends[name, other] = at[name]
        at[name] += n * scale
    return ends


def _outside(name: str) -> bool:
    return name in (ELSEWHERE, "")
