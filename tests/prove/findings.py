"""What a search found: kinds of needles by place, what of it may be there, and what may not."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.prove.legitimate import Left, allowed
from tests.prove.needles import Needles
from tests.prove.places import Pieces

#: A kind in a place.
Spot = tuple[str, str]


@dataclass
class Findings:
    """Numbers of different needles by kind and place."""

    wrong: Counter[Spot] = field(default_factory=Counter)
    allowed: Counter[tuple[Spot, str]] = field(default_factory=Counter)  #: with the reason
    places: list[str] = field(default_factory=list)

    def add(self, more: "Findings") -> None:
        """What was found in other places."""
        self.wrong.update(more.wrong)
        self.allowed.update(more.allowed)
        self.places += more.places

    @property
    def hits(self) -> int:
        return self.wrong.total()


def search(places: Iterable[tuple[str, Pieces]], needles: Needles, rules: tuple[Left, ...] = ()) -> Findings:
    """Look through places. Without `rules` whatever is there counts."""
    found = Findings()
    for place, pieces in places:
        found.places.append(place)
        wrong: dict[str, set[bytes]] = {}
        fine: dict[tuple[str, str], set[bytes]] = {}
        for name, data in pieces:
            for kind, hits in needles.found(data).items():
                rule = allowed(kind, place, name, rules)
                (fine.setdefault((kind, rule.why), set()) if rule else wrong.setdefault(kind, set())).update(
                    hits
                )
        found.wrong.update({(kind, place): len(hits) for kind, hits in wrong.items()})
        found.allowed.update({((kind, place), why): len(hits) for (kind, why), hits in fine.items()})
    return found
