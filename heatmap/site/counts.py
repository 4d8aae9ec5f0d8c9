"""How many visitors were asked, said yes or no, came where no rule was, took their yes back.

Numbers of people are told in fives, on every page and by API: beside a heatmap whose numbers are, one who said yes or
withdrew between two looks would be seen by an exact one.
"""

from dataclasses import dataclass

from heatmap.answered import totals
from heatmap.parts import Parts
from heatmap.told import fives
from recorder.recording import Recording, State


@dataclass(frozen=True)
class Counts:
    """Of one recording, over all device classes; people in fives, page views as they are."""

    asked: int = 0
    yes: int = 0
    no: int = 0
    signal: int = 0  #: their browser said no for them
    uncovered: int = 0  #: page views that no rule covered
    fault: int = 0  #: page views on which our own script failed
    withdrawn: int = 0
    seen: bool = False  #: whether the tag has been heard of at all
    at: int | None = None  #: when they were frozen, ms; None while they change

    @property
    def answered(self) -> int:
        return self.yes + self.no

    @property
    def ignored(self) -> int:
        """Who was asked and did not answer, by the numbers that are told: they are rounded, each by itself."""
        return max(0, self.asked - self.answered)

    @property
    def rate(self) -> float | None:
        """The share of yes among the answers, None without any."""
        return self.yes / self.answered if self.answered else None


async def counts(parts: Parts, recording: Recording) -> Counts:
    """Now, or as they were kept at the end: from then on they stay as they are."""
    asked, kept = recording.results.get("asked"), recording.results.get("answered")
    found = asked if isinstance(asked, dict) else await parts.log.counts(recording.id)
    return Counts(
        **(kept if isinstance(kept, dict) else totals(found)),
        withdrawn=await withdrawals(parts, recording),
        seen=any(int(n) for n in found.values()),
        at=recording.reached.get(State.CLOSING),
    )


async def withdrawals(parts: Parts, recording: Recording) -> int:
    """How many consents were withdrawn, in fives: those that the final pictures are without."""
    kept = recording.results.get("counts")
    if isinstance(kept, dict):
        return int(kept["withdrawn"])
    keys = await parts.store.keys(f"consents/{recording.id}/")
    return fives(sum(key.endswith("/withdrawn.json") for key in keys))
