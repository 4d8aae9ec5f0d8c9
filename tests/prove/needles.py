"""Many byte strings looked for at once, in gigabytes: a table of two bytes, then of eight, then the string itself."""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

#: Shorter ones would be found by chance in a gigabyte.
SHORTEST = 8
#: Bytes that are looked at in one go.
PIECE = 1 << 24


class Needles:
    """What is looked for, each under the name of its kind."""

    def __init__(self, named: Mapping[str, Iterable[bytes]]) -> None:
        self._kinds: dict[bytes, set[str]] = {}
        for kind, needles in named.items():
            for needle in needles:
                assert len(needle) >= SHORTEST, f"{kind}: {needle!r} is too short to be looked for"
                self._kinds.setdefault(needle, set()).add(kind)
        self._starts: dict[int, list[bytes]] = {}
        for needle in self._kinds:
            self._starts.setdefault(int.from_bytes(needle[:8], "little"), []).append(needle)
        self._eights = np.array(sorted(self._starts), np.uint64)
        self._twos = np.zeros(1 << 16, bool)
        self._twos[(self._eights & np.uint64(0xFFFF)).astype(np.uint16)] = True
        self._longest = max(map(len, self._kinds), default=SHORTEST)

    def __len__(self) -> int:
        return len(self._kinds)

    def found(self, data: bytes | memoryview) -> dict[str, set[bytes]]:
        """The needles that are in there, by kind."""
        hits: dict[str, set[bytes]] = {}
        for first in range(0, len(data), PIECE):
            piece = bytes(data[first : first + PIECE + self._longest - 1])
            for needle in self._in(piece):
                for kind in self._kinds[needle]:
                    hits.setdefault(kind, set()).add(needle)
        return hits

    def _in(self, piece: bytes) -> Iterable[bytes]:
        for place, eight in self._places(piece):
            for needle in self._starts[eight]:
                if piece.startswith(needle, place):
                    yield needle

    def _places(self, piece: bytes) -> Iterable[tuple[int, int]]:
        """Where eight bytes stand that a needle begins with."""
        many = np.frombuffer(piece, np.uint8)
        if len(many) < SHORTEST:
            return
        twos = many[:-1].astype(np.uint16) | many[1:].astype(np.uint16) << 8
        likely = np.flatnonzero(self._twos[twos[: len(many) - 7]])
        eights = _eights(many, likely)
        at = np.minimum(np.searchsorted(self._eights, eights), len(self._eights) - 1)
        same = self._eights[at] == eights
        yield from zip(likely[same].tolist(), eights[same].tolist(), strict=True)


def _eights(many: NDArray[np.uint8], places: NDArray[np.intp]) -> NDArray[np.uint64]:
    made = np.zeros(len(places), np.uint64)
    for n in range(8):
        made |= many[places + n].astype(np.uint64) << np.uint64(8 * n)
    return made
