"""Which sessions a preview shows: never so that two previews of a page tell of a few people by their difference.

While a recording runs, pictures are drawn again and again, and who looks at two of them can subtract one from the
other. So a preview shows the sessions and batches of the one before until five sessions have changed: came, went on,
withdrew. Who withdrew is in none from that moment on; to leave out just them would show what they did, so until five
have changed there is no preview at all.

Releases and variants have pictures of their own, so all that holds of each of them: five new sessions of which one is
of a release would change the picture of that release by one.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from heatmap.recent import Recent
from heatmap.segments import CROWD, Atom, segments

#: The batches, by session, that a preview is made of.
Cohort = Mapping[str, frozenset[bytes]]
#: Release and variant of each session on a place.
Labels = Mapping[str, Atom]


def following(before: Cohort, now: Cohort) -> Cohort | None:
    """What may be shown after `before`, when `now` is there: one of the two, or nothing for the moment."""
    changed = [session for session in before.keys() | now.keys() if before.get(session) != now.get(session)]
    if not changed or len(changed) >= CROWD:
        return now
    if any(before.get(session, frozenset()) - now.get(session, frozenset()) for session in changed):
        return None
    return before


def following_apart(before: Cohort, now: Cohort, group: Mapping[str, Atom]) -> Cohort | None:
    """The same where sessions are shown in groups: each group by itself; nothing while one may show nothing."""
    found: defaultdict[Atom, tuple[dict[str, frozenset[bytes]], dict[str, frozenset[bytes]]]]
    found = defaultdict(lambda: ({}, {}))
    for side, cohort in enumerate((before, now)):
        for session, names in cohort.items():
            found[group[session]][side][session] = names
    shown = [following(*sides) for sides in found.values()]
    return (
        None
        if None in shown
        else {session: names for each in shown for session, names in (each or {}).items()}
    )


def _leaves(labels: Labels, minimum: int) -> dict[Atom, Atom]:
    """What of a place is shown apart now: the release and variant that each is shown under, 0 for the rest."""
    whole = segments(Counter(labels.values()), minimum)
    return {
        atom: (part.release, leaf.variant)
        for part in whole.parts or (whole,)
        for leaf in part.leaves()
        for atom in leaf.atoms
    }


@dataclass
class Previews:
    """What was shown last, by recording, page and device class; one preview is made at a time."""

    cohorts: dict[tuple[str, int, str], Cohort] = field(default_factory=dict)
    labels: dict[tuple[str, int, str], Labels] = field(default_factory=dict)  #: of those, as they were shown
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    recent: Recent = field(default_factory=Recent)

    def next(
        self, recording: str, place: tuple[int, str], now: Cohort, labels: Labels, minimum: int
    ) -> Cohort | None:
        """Whom a preview of a place shows now; remembered for the one after it. `labels` are of `now`."""
        name = recording, *place
        before, as_shown = self.cohorts.get(name, {}), self.labels.get(name, {})
        leaves = _leaves(labels, minimum)
        # Who is of another release by now still is, for the picture that would change, of the one that was shown.
        group = {session: leaves.get(atom, atom) for session, atom in {**labels, **as_shown}.items()}
        cohort = following_apart(before, now, group)
        if cohort is not None:
            self.cohorts[name] = cohort
            self.labels[name] = {
                session: as_shown[session] if names == before.get(session) else labels[session]
                for session, names in cohort.items()
            }
        return cohort

    def let_go(self, running: Collection[str]) -> None:
        """Keep nothing of recordings that do not run any more."""
        over = [name for name in self.cohorts if name[0] not in running]
        for name in over:
            del self.cohorts[name], self.labels[name]
        if over:
            self.recent.clear()
