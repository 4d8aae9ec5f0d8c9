"""What a first pass over a recording tells of it as a whole: who was where, what they did, how many there were."""

from collections import Counter
from dataclasses import dataclass, field

from heatmap.census import Census
from heatmap.flow import Flow
from heatmap.raw import Slice

#: What a pass over the raw events finds: of the sessions some are without a batch, a yes and nothing that can be read;
#: events are dropped outside their document, sessions that look automated and batches that do not open are left out.
COUNTED = ("sessions", "without_batches", "batches", "events", "dropped", "automated", "unreadable")


@dataclass
class Overview:
    """Slices of whole sessions add up, in any order and in any number of processes."""

    census: Census = field(default_factory=Census)
    flow: Flow = field(default_factory=Flow)
    totals: Counter[str] = field(default_factory=Counter)

    def add(self, part: Slice) -> None:
        self.census.add(part.visits)
        self.flow.add(part)
        left_out = (part.dropped, part.automated, part.unreadable)
        silent = part.sessions - len({session for session, _ in part.batches})
        more = (part.sessions, silent, len(part.batches), len(part.columns), *left_out)
        self.totals.update(dict(zip(COUNTED, more, strict=True)))

    def merged(self, other: "Overview") -> "Overview":
        """Of both; no session is in two."""
        totals = Counter({name: self.totals[name] + other.totals[name] for name in COUNTED})
        return Overview(self.census.merged(other.census), self.flow.merged(other.flow), totals)

    def counts(self) -> dict[str, int]:
        return {name: self.totals[name] for name in COUNTED}
