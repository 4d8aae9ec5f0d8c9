"""Which elements of a page before a change are which after it: by tag and name, in the order of the document. Pure.

An element's hash says where it stands. Where something was put in before it, or it was moved, the hash names another
element, or none: what visitors did on the old page would land on a wrong element of the new one. The snapshots of
both say what each hash was called, so the two tables are laid beside each other as two versions of a text are. What is
found in both is the same; what is not is nothing, and its events fall back to their page position.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from heatmap.columns import NO_ELEMENT


class Element(NamedTuple):
    """An element as people know it."""

    hash: int
    tag: str
    name: str
    depth: int = 0  #: how many elements it is inside of


#: What an element is known by: its tag, its name, and, where others are called the same or it has no name, the first
#: name that stands once in the smallest part of the page around it which has one.
Key = tuple[str, str, str]

#: Longer stretches without one name that stands once are compared by hash alone: comparing takes their square.
STRETCH = 2_000


class Renaming(NamedTuple):
    """Hashes of the page before, sorted, and what they are after; `NO_ELEMENT` where nothing agrees."""

    before: NDArray[np.uint32]
    after: NDArray[np.uint32]

    def apply(self, hashes: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """The same elements (N,) on the page after. What the page before did not know either is left as it is."""
        if not len(self.before):
            return hashes
        row = np.searchsorted(self.before, hashes)
        row[row == len(self.before)] = 0
        return np.where(self.before[row] == hashes, self.after[row], hashes)


def renaming(before: Sequence[Element], after: Sequence[Element]) -> Renaming:
    """From the elements of two snapshots in document order."""
    times = [Counter((e.tag, e.name) for e in elements) for elements in (before, after)]
    common = {known for each in times for known, n in each.items() if n > 1}
    keys = _keys(before, common), _keys(after, common)
    found: dict[int, int] = {}
    for stretch in _between(*keys):
        found |= dict(_aligned(*keys, *stretch, before, after))
    found |= _moved(*keys, found)
    hashes = {e.hash: after[found[n]].hash if n in found else NO_ELEMENT for n, e in enumerate(before)}
    twice = {h for h, times in Counter(e.hash for e in before).items() if times > 1}
    known = sorted(hashes)
    to = [NO_ELEMENT if h in twice else hashes[h] for h in known]
    return Renaming(np.array(known, np.uint32), np.array(to, np.uint32))


def _keys(elements: Sequence[Element], common: set[tuple[str, str]]) -> list[Key]:
    """The parts of a card are told from those of the next by the heading of the card."""
    names = ["" if (e.tag, e.name) in common else e.name for e in elements]
    outer = _outer(elements)
    first = names.copy()  # the first name that stands once in each element and all that is in it
    for n in range(len(elements) - 1, 0, -1):
        if outer[n] >= 0 and not names[outer[n]]:
            first[outer[n]] = first[n] or first[outer[n]]
    around: list[str] = []
    for n in range(len(elements)):
        around.append(first[n] or (around[outer[n]] if outer[n] >= 0 else ""))
    return [
        (e.tag, e.name, "" if name else near) for e, name, near in zip(elements, names, around, strict=True)
    ]


def _outer(elements: Sequence[Element]) -> list[int]:
    """The row of the element that each is in; -1 for none."""
    outer: list[int] = []
    open_: list[int] = []
    for n, element in enumerate(elements):
        while open_ and elements[open_[-1]].depth >= element.depth:
            open_.pop()
        outer.append(open_[-1] if open_ else -1)
        open_.append(n)
    return outer


def _between(before: list[Key], after: list[Key]) -> Iterator[tuple[range, range]]:
    """The stretches that begin at keys which stand once in both, as far as these come in the same order."""
    a, b = 0, 0
    for i, j in _increasing(_single(before, after)):
        yield range(a, i), range(b, j)
        a, b = i, j
    yield range(a, len(before)), range(b, len(after))


def _single(before: list[Key], after: list[Key]) -> list[tuple[int, int]]:
    times = [Counter(before), Counter(after)]
    where = {key: n for n, key in enumerate(after)}
    return [(n, where[key]) for n, key in enumerate(before) if times[0][key] == times[1][key] == 1]


def _increasing(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest run of pairs, not necessarily neighbours, in which both numbers rise (patience sorting)."""
    tops: list[int] = []
    back: list[int] = []
    ends: list[int] = []
    for n, (_, j) in enumerate(pairs):
        pile = int(np.searchsorted(tops, j))
        back.append(ends[pile - 1] if pile else -1)
        tops[pile : pile + 1], ends[pile : pile + 1] = [j], [n]
    run, n = [], ends[-1] if ends else -1
    while n >= 0:
        run.append(pairs[n])
        n = back[n]
    return run[::-1]


def _aligned(
    keys: list[Key],
    keys_after: list[Key],
    here: range,
    there: range,
    before: Sequence[Element],
    after: Sequence[Element],
) -> Iterator[tuple[int, int]]:
    """What agrees in one stretch."""
    if len(here) > STRETCH or len(there) > STRETCH:
        at = {(after[j].hash, keys_after[j]): j for j in there}
        same = ((i, at.get((before[i].hash, keys[i]))) for i in here)
        yield from ((i, j) for i, j in same if j is not None)
        return
    some, others = keys[here.start : here.stop], keys_after[there.start : there.stop]
    for i, j, size in SequenceMatcher(None, some, others, autojunk=False).get_matching_blocks():
        yield from ((here.start + i + n, there.start + j + n) for n in range(size))


def _moved(before: list[Key], after: list[Key], found: dict[int, int]) -> dict[int, int]:
    """What is left over on both sides and can only be each other."""
    taken = set(found.values())
    left = [n for n in range(len(before)) if n not in found]
    right = [n for n in range(len(after)) if n not in taken]
    pairs = _single([before[n] for n in left], [after[n] for n in right])
    return {left[i]: right[j] for i, j in pairs}
