"""What the load generator knows for certain, by itself: who was answered what."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from enum import StrEnum

#: Elements of the page by what clicks on them are for: to be counted; of visitors who may withdraw; of batches that
#: must be refused. Everybody of a first, quiet crowd clicks all of them, so that none is hidden by the crowd rule.
COUNTED, WITHDRAWN, REFUSED = range(20), range(20, 28), range(28, 32)
ELEMENTS = 32


class Outcome(StrEnum):
    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"  #: by every answer there was
    UNKNOWN = "unknown"  #: an answer got lost, and no later one said 204


@dataclass
class Session:
    """One visitor: for each batch the elements that it clicks and what became of it; what became of withdrawing."""

    batches: list[tuple[list[int], Outcome]] = field(default_factory=list)
    withdrawn: Outcome | None = None

    @property
    def must(self) -> Counter[int]:
        """Clicks that have to be in the pictures."""
        return Counter() if self.withdrawn else self._clicks(Outcome.ACKNOWLEDGED)

    @property
    def may(self) -> Counter[int]:
        """Clicks that nobody can say of whether they have to be."""
        if self.withdrawn == Outcome.ACKNOWLEDGED:
            return Counter()
        lost = self._clicks(Outcome.ACKNOWLEDGED) if self.withdrawn else Counter[int]()
        return lost + self._clicks(Outcome.UNKNOWN)

    def _clicks(self, outcome: Outcome) -> Counter[int]:
        return Counter(
            element for elements, found in self.batches if found == outcome for element in elements
        )


@dataclass
class Ledger:
    """All sessions of a run, and what was said that should never be: a batch taken after an acknowledged withdrawal."""

    sessions: list[Session] = field(default_factory=list)
    taken_wrongly: int = 0
    odd: dict[str, int] = field(default_factory=dict)  #: answers that nobody should get

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Ledger":
        read = json.loads(text)
        made = cls(taken_wrongly=read["taken_wrongly"], odd=read["odd"])
        for each in read["sessions"]:
            batches = [(elements, Outcome(outcome)) for elements, outcome in each["batches"]]
            withdrawn = Outcome(each["withdrawn"]) if each["withdrawn"] else None
            made.sessions.append(Session(batches, withdrawn))
        return made

    @property
    def must(self) -> Counter[int]:
        return _sum(session.must for session in self.sessions)

    @property
    def may(self) -> Counter[int]:
        return _sum(session.may for session in self.sessions)

    @property
    def acknowledged(self) -> int:
        """Batches."""
        return sum(
            outcome == Outcome.ACKNOWLEDGED for session in self.sessions for _, outcome in session.batches
        )


@dataclass(frozen=True)
class Verdict:
    """Clicks in the pictures against clicks in the ledger."""

    counted: int
    lost: int
    doubled: int
    leaked: int


def compare(ledger: Ledger, counted: Counter[int]) -> Verdict:
    """Element by element: what is missing, and what is too much where everybody counts, and where some must not."""
    must, may = ledger.must, ledger.may
    missing = {e: max(0, must[e] - counted[e]) for e in range(ELEMENTS)}
    surplus = {e: max(0, counted[e] - must[e] - may[e]) for e in range(ELEMENTS)}
    return Verdict(
        counted=counted.total(),
        lost=sum(missing.values()),
        doubled=sum(surplus[e] for e in COUNTED),
        leaked=sum(surplus[e] for e in (*WITHDRAWN, *REFUSED)) + ledger.taken_wrongly,
    )


def _sum(counts: Iterable[Counter[int]]) -> Counter[int]:
    total: Counter[int] = Counter()
    for each in counts:
        total.update(each)
    return total
