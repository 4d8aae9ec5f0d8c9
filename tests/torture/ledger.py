"""What the load generator knows for certain, by itself: who was answered what.

Where every answer came, what is counted has to be exactly that, in clicks, in sessions and in batches. Where one got
lost and nothing was learnt later, nobody can say more than from where to where.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from enum import StrEnum

import numpy as np

from heatmap.told import fives, fives_up, most

#: Elements of the page by what clicks on them are for: to be counted; of visitors who may withdraw; of batches that
#: must be refused. Everybody of a first, quiet crowd clicks all of them, so that none is hidden by the crowd rule;
#: later visitors click one after the other as time goes by, so that what is not answered at the end is about the last.
COUNTED, WITHDRAWN, REFUSED = range(48), range(48, 60), range(60, 64)
ELEMENTS = 64


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

    @property
    def kept(self) -> "Range":
        """How many of its batches are kept in the end."""
        acknowledged, unknown = (
            sum(found == outcome for _, found in self.batches)
            for outcome in (Outcome.ACKNOWLEDGED, Outcome.UNKNOWN)
        )
        match self.withdrawn:
            case Outcome.ACKNOWLEDGED:
                return Range()
            case None:
                return Range(acknowledged, acknowledged + unknown)
            case _:
                return Range(0, acknowledged + unknown)

    def _clicks(self, outcome: Outcome) -> Counter[int]:
        return Counter(
            element for elements, found in self.batches if found == outcome for element in elements
        )


@dataclass(frozen=True)
class Range:
    """What a number has to be, from least to most."""

    least: int = 0
    most: int = 0

    def __add__(self, other: "Range") -> "Range":
        return Range(self.least + other.least, self.most + other.most)

    def after(self, rule: Callable[[int], int]) -> "Range":
        """What it has to be as it is told."""
        return Range(rule(self.least), rule(self.most))

    def __contains__(self, number: int) -> bool:
        return self.least <= number <= self.most


@dataclass
class Ledger:
    """All sessions of a run, and what was said that should never be: a batch taken after an acknowledged withdrawal."""

    sessions: list[Session] = field(default_factory=list)
    taken_wrongly: int = 0
    late: int = 0  #: a yes that came after the end: it may have been written down, and is no session
    nobodys: int = 0  #: a yes whose answer got lost: it may be a session, without a batch
    odd: dict[str, int] = field(default_factory=dict)  #: answers that nobody should get

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Ledger":
        read = json.loads(text)
        made = cls(**{name: read[name] for name in ("taken_wrongly", "late", "nobodys", "odd")})
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
    def batches(self) -> Range:
        """Batches that are kept in the end."""
        return sum((session.kept for session in self.sessions), Range())

    @property
    def consents(self) -> Range:
        """Sessions with or without a batch."""
        stayed = sum(session.withdrawn is None for session in self.sessions)
        perhaps = sum(session.withdrawn == Outcome.UNKNOWN for session in self.sessions)
        return Range(stayed, stayed + perhaps + self.nobodys)

    @property
    def missing(self) -> Range:
        """Consents that stand, and have no session."""
        perhaps = sum(session.withdrawn == Outcome.UNKNOWN for session in self.sessions)
        return Range(0, self.late + self.nobodys + perhaps)

    @property
    def visitors(self) -> Range:
        """Sessions with a batch."""
        return sum((_there(bool(s.must), bool(s.may)) for s in self.sessions), Range())

    def clicked(self, element: int) -> Range:
        """Sessions that clicked an element."""
        return sum((_there(element in s.must, element in s.may) for s in self.sessions), Range())


def _there(surely: bool, perhaps: bool) -> Range:
    return Range(int(surely), int(surely or perhaps))


@dataclass(frozen=True)
class Told:
    """What a recording says when it has ended: pictures' numbers by element, and those of its certificate."""

    clicks: Counter[int] = field(default_factory=Counter)
    clicked: Counter[int] = field(default_factory=Counter)  #: sessions
    saw: int = 0  #: sessions, of every element
    sessions: int = 0
    certified_sessions: int = 0  #: in fives
    certified_batches: int = 0
    certified_missing: int = 0  #: in fives, rounded up
    keys_lost: bool = False


@dataclass(frozen=True)
class Verdict:
    """What is told against the ledger."""

    counted: int
    exact: int  #: clicks of these on elements where the ledger knows everything
    lost: int
    doubled: int
    leaked: int
    wrong: list[str] = field(default_factory=list)  #: numbers of sessions and batches that cannot be

    @property
    def good(self) -> bool:
        return not (self.lost or self.doubled or self.leaked or self.wrong)


def compare(ledger: Ledger, told: Told) -> Verdict:
    """Element by element: what is missing, and what is too much where everybody counts, and where some must not."""
    must, may, counted = ledger.must, ledger.may, told.clicks
    missing = {e: max(0, must[e] - counted[e]) for e in range(ELEMENTS)}
    surplus = {e: max(0, counted[e] - must[e] - may[e]) for e in range(ELEMENTS)}
    return Verdict(
        counted=counted.total(),
        exact=sum(counted[e] for e in range(ELEMENTS) if not may[e]),
        lost=sum(missing.values()),
        doubled=sum(surplus[e] for e in COUNTED),
        leaked=sum(surplus[e] for e in (*WITHDRAWN, *REFUSED)) + ledger.taken_wrongly,
        wrong=list(_wrong(ledger, told)),
    )


def _wrong(ledger: Ledger, told: Told) -> Iterator[str]:
    """Numbers that are not what the rules for telling them make of the ledger's."""
    visitors = ledger.visitors
    numbers = [
        ("sessions", told.sessions, visitors),
        ("sessions that saw it", told.saw, visitors),
        ("sessions in the certificate", told.certified_sessions, ledger.consents.after(fives)),
        ("batches in the certificate", told.certified_batches, ledger.batches),
        ("missing in the certificate", told.certified_missing, ledger.missing.after(fives_up)),
    ]
    for element in range(ELEMENTS):
        clicked = ledger.clicked(element).after(lambda n: _beside(n, told.saw))
        numbers.append((f"sessions that clicked element {element}", told.clicked[element], clicked))
    for name, number, right in numbers:
        if number not in right:
            yield f"{number} {name}, not {right.least} to {right.most}"


def _beside(number: int, of: int) -> int:
    return int(most(np.array([number]), np.array([of]))[0])


def _sum(counts: Iterable[Counter[int]]) -> Counter[int]:
    total: Counter[int] = Counter()
    for each in counts:
        total.update(each)
    return total
