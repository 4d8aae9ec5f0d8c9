"""Which sessions a preview shows: never so that two previews of a page tell of a few people by their difference.

While a recording runs, pictures are drawn again and again, and who looks at two of them can subtract one from the
other. So a preview shows the sessions and batches of the one before until five sessions have changed: came, went on,
withdrew. Who withdrew is in none from that moment on; to leave out just them would show what they did, so until five
have changed there is no preview at all.
"""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from heatmap.recent import Recent
from heatmap.segments import CROWD

#: The batches, by session, that a preview is made of.
Cohort = Mapping[str, frozenset[bytes]]


def following(before: Cohort, now: Cohort) -> Cohort | None:
    """What may be shown after `before`, when `now` is there: one of the two, or nothing for the moment."""
    changed = [session for session in before.keys() | now.keys() if before.get(session) != now.get(session)]
    if not changed or len(changed) >= CROWD:
        return now
    if any(before.get(session, frozenset()) - now.get(session, frozenset()) for session in changed):
        return None
    return before


@dataclass
class Previews:
    """What was shown last, by recording, page and device class; one preview is made at a time."""

    cohorts: dict[tuple[str, int, str], Cohort] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    recent: Recent = field(default_factory=Recent)

    def next(self, recording: str, place: tuple[int, str], now: Cohort) -> Cohort | None:
        """Whom a preview of a place shows now; remembered for the one after it."""
        cohort = following(self.cohorts.get((recording, *place), {}), now)
        if cohort is not None:
            self.cohorts[recording, *place] = cohort
        return cohort

    def let_go(self, running: Collection[str]) -> None:
        """Keep nothing of recordings that do not run any more."""
        over = [name for name in self.cohorts if name[0] not in running]
        for name in over:
            del self.cohorts[name]
        if over:
            self.recent.clear()
