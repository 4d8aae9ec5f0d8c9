"""How many visitors were asked, said yes or no, came where no rule was, took their yes back."""

from dataclasses import dataclass

from heatmap.parts import Parts
from recorder.recording import Recording


@dataclass(frozen=True)
class Counts:
    """Of one recording, over all device classes."""

    asked: int = 0
    yes: int = 0
    no: int = 0
    signal: int = 0  #: their browser said no for them
    uncovered: int = 0  #: page views that no rule covered
    fault: int = 0  #: page views on which our own script failed
    withdrawn: int = 0

    @property
    def answered(self) -> int:
        return self.yes + self.no

    @property
    def rate(self) -> float | None:
        """The share of yes among the answers, None without any."""
        return self.yes / self.answered if self.answered else None

    @property
    def seen(self) -> bool:
        """Whether the tag has been heard of at all."""
        return any((self.asked, self.yes, self.no, self.signal, self.uncovered, self.fault))


async def counts(parts: Parts, recording: Recording) -> Counts:
    """Now, or as they were kept at the end."""
    kept = recording.results.get("asked")
    found = kept if isinstance(kept, dict) else await parts.log.counts(recording.id)
    totals = {
        what: sum(int(n) for name, n in found.items() if name.startswith(f"{what}:"))
        for what in ("asked", "yes", "no", "signal", "uncovered", "fault")
    }
    return Counts(**totals, withdrawn=await withdrawals(parts, recording))


async def withdrawals(parts: Parts, recording: Recording) -> int:
    """How many consents were withdrawn."""
    keys = await parts.store.keys(f"consents/{recording.id}/")
    return sum(key.endswith("/withdrawn.json") for key in keys)
