"""Numbers of sessions of the whole site by release, device class and marks: whatever is chosen, no few stand out. Pure.

Sessions are a tree: those of a release, of these those on a device class, of these those who reached the same marks.
Each smallest part is told in fives, rounded down; what that leaves of several parts is told of them together, in fives
again, and so on up to the whole. So a number is a sum of fives of which no two share a session, and so is what remains
when one number is subtracted from another. Of a choice that cuts across parts, such as a device class in all releases,
just the parts that lie in it as a whole are added up, up to four sessions of each being left out.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from heatmap.segments import MARKS_APART
from heatmap.selection import Selection
from heatmap.told import MINIMUM, fives
from recorder.recording import DEVICES, Device

#: A session's release (its row, 0 = none or several), device class (its row in `DEVICES` from 1, 0 = several), and a
#: bit for each of the first `MARKS_APART` marks that it reached.
LABELS = ("release", "device", "marks")
RELEASE, DEVICE, MARKS = range(3)

#: A part of the tree, by as many labels as all in it share.
Node = tuple[int, ...]


@dataclass(frozen=True)
class Whom:
    """Visitors of the whole site: on a device class, and of a selection. Everybody, if neither is given."""

    device: Device | None = None
    selection: Selection = field(default_factory=Selection)

    @property
    def name(self) -> str:
        """How its files are called, such as `mobile-m1n`; nothing for everybody."""
        return "-".join(filter(None, (self.device, self.selection.name)))

    @property
    def exact(self) -> bool:
        """Whether nobody is left out for being in several parts: it is a part of the tree itself, or all of it."""
        chosen = self.selection
        return not chosen.mark and (bool(chosen.release) or not self.device)

    def holds(self, node: Sequence[int]) -> bool:
        """Whether a part lies in this as a whole. Days and variants are not told of the whole site."""
        wanted = self.selection
        if wanted.first or wanted.variant:
            return False
        return (
            (not wanted.release or (len(node) > RELEASE and node[RELEASE] == wanted.release))
            and (not self.device or (len(node) > DEVICE and node[DEVICE] == DEVICES.index(self.device) + 1))
            and (
                not wanted.mark
                or (len(node) > MARKS and bool(node[MARKS] >> (wanted.mark - 1) & 1) == wanted.reached)
            )
        )


EVERYBODY = Whom()


def widths(releases: int, marks: int) -> tuple[int, ...]:
    """Into how many parts each part may be divided: all, a release, a device class of it."""
    return releases + 1, len(DEVICES) + 1, 2 ** min(marks, MARKS_APART)


def divided(counts: Mapping[Node, int], wide: Sequence[int]) -> dict[Node, int]:
    """Sessions in fives by part, beside what is told of the parts of it; `counts` are those of the smallest.

    Were each of several parts short of five by one, their sum would say so of each: it is told lower.
    """
    told: dict[Node, int] = {}
    left = Counter(dict(counts))
    for depth in range(len(wide), -1, -1):
        above: Counter[Node] = Counter()
        for node, number in left.items():
            most = (MINIMUM - 1) * wide[depth] - 1 if depth < len(wide) else number
            told[node] = fives(min(number, most))
            above[node[:-1]] += number - told[node]
        left = above
    return {node: number for node, number in told.items() if number}
