"""Many byte strings looked for at once, in gigabytes: by a hash of eight bytes, the eight, then the string itself."""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

#: Shorter ones would be found by chance in a gigabyte.
SHORTEST = 8
#: A table of a million: few places are likely by chance.
HASH_BITS = 20
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
        self._likely = np.zeros(1 << HASH_BITS, bool)
        self._likely[_hash(self._eights)] = True
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
        for shift in range(min(8, len(piece) - 7)):
            eights = np.frombuffer(piece, "<u8", (len(piece) - shift) // 8, shift)
            likely = np.flatnonzero(self._likely[_hash(eights)])
            eights = eights[likely]
            at = np.minimum(np.searchsorted(self._eights, eights), len(self._eights) - 1)
            same = self._eights[at] == eights
            yield from zip((likely[same] * 8 + shift).tolist(), eights[same].tolist(), strict=True)


def _hash(eights: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread evenly (Fibonacci hashing): memory is full of zeros, and of what it is overwritten with."""
    return eights * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(64 - HASH_BITS)
