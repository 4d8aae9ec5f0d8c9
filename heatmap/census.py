"""A first look over a recording: how many sessions were on each page, in which segments, on how long documents."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from heatmap.segments import CROWD, Atom
from heatmap.visits import ATOM
from recorder.recording import DEVICES, Device

Place = tuple[int, Device]  #: page and device class


@dataclass
class Census:
    """What is added up over slices of whole sessions; a few numbers for each place, however many sessions there are."""

    sessions: defaultdict[Place, Counter[Atom]] = field(default_factory=lambda: defaultdict(Counter))
    heights: defaultdict[Place, list[int]] = field(default_factory=lambda: defaultdict(list))

    def add(self, visits: NDArray[np.void]) -> None:
        """Count these `VISIT` rows."""
        for page, device in np.unique(visits[["page", "device"]]).tolist():
            place = (page, DEVICES[device])
            here = visits[(visits["page"] == page) & (visits["device"] == device)]
            self.sessions[place].update(here[ATOM].tolist())
            self.heights[place] = sorted([*self.heights[place], *here["height"].tolist()])[-CROWD:]

    def merged(self, other: "Census") -> "Census":
        """Of both; no session is in two."""
        both = Census()
        for each in (self, other):
            for place, atoms in each.sessions.items():
                both.sessions[place].update(atoms)
                both.heights[place] = sorted(both.heights[place] + each.heights[place])[-CROWD:]
        return both

    def height(self, place: Place) -> int:
        """How high a page without a snapshot is drawn, px: what five sessions had; 1 for fewer sessions.

        One visitor who claims a document of the largest size makes no picture of that size.
        """
        tallest = self.heights[place]
        return max(1, min(tallest[0], 0xFFFF)) if len(tallest) == CROWD else 1
