"""Pages that are filled with a recording's sessions, all of them in one pass."""

from collections.abc import Sequence
from dataclasses import dataclass

from heatmap.census import Place
from heatmap.page import Page, merged
from heatmap.raw import Slice

Pages = dict[Place, Page]


@dataclass
class Filling:
    """Slices of whole sessions add up, in any order and in any number of processes."""

    pages: Pages
    layers: Sequence[str]

    def add(self, part: Slice) -> None:
        for place, page in self.pages.items():
            page.add(part, place, self.layers)

    def merged(self, other: "Filling") -> "Filling":
        """With the sessions of both. ValueError when one is in two."""
        pages = {place: merged([page, other.pages[place]]) for place, page in self.pages.items()}
        return Filling(pages, self.layers)
