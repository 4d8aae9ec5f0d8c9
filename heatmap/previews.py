"""Which sessions a preview shows: never so that two previews of a page tell of a few people by their difference.

While a recording runs, pictures are drawn again and again, and who looks at two of them can subtract one from the
other. So a preview shows the sessions and batches of the one before until five sessions have changed: came, went on,
withdrew. Who withdrew is in none from that moment on; to leave out just them would show what they did, so until five
have changed there is no preview at all.

Releases, variants, both sides of a mark and days have pictures of their own, so all that holds of each of them: five
new sessions of which one is of a release would change the picture of that release by one. And five must go from one to
another together, since both of them change:

- *days*: a session counts for one day, that of its yes, or the next on which it is one of five. So every preview is
  made of days that came whole, or in fives, and days can be cut out of it at any midnight, whenever that was. On a day
  that is over nobody comes any more: who withdrew from one takes with them as many others as make five, for good.
- *marks*: who reaches one stays with those who have not until five of them can change sides.
- *releases*: where one becomes large enough to be shown apart, the few of it that were shown before stay with the
  others.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from heatmap.recent import Recent
from heatmap.segments import CROWD, DAY, Atom, segments

#: The batches, by session, that a preview is made of.
Cohort = Mapping[str, frozenset[bytes]]
#: What each session on a place counts as.
Labels = Mapping[str, Atom]

#: What sessions are put together by.
Part = TypeVar("Part")

#: Who has to stay may make a part too small, and others have to stay as well: so often that is looked at.
TRIES = 5
#: What is taken back may leave others too few: far more often than that happens.
ROUNDS = 100


@dataclass(frozen=True)
class Shown:
    """The sessions of a preview, what each counts as, and who left with somebody that withdrew."""

    cohort: Cohort = field(default_factory=dict)
    labels: Labels = field(default_factory=dict)
    parts: Mapping[Atom, Atom] = field(default_factory=dict)  #: which were shown together, under which name
    left: frozenset[str] = frozenset()


@dataclass
class _Change:
    """What would change in one part of a preview, or of that on one day."""

    new: list[str] = field(default_factory=list)
    more: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)  #: withdrew, or took back batches

    def __len__(self) -> int:
        return len(self.new) + len(self.more) + len(self.gone)


def following(before: Shown, now: Cohort, labels: Labels, minimum: int) -> Shown | None:
    """What may be shown after `before` when `now` is there, whose `labels` these are; nothing for the moment.

    Whatever changes too little is taken back, until everything that is left does not.
    """
    left = set(before.left)
    cohort = {session: names for session, names in now.items() if session not in left}
    labels = {session: labels[session] for session in cohort}
    today = max((label[DAY] for label in labels.values()), default=0)
    for _ in range(ROUNDS):
        labels = _settled(before, {session: labels[session] for session in cohort}, minimum)
        if waiting := _by_day(before, cohort, labels, minimum):
            cohort = {session: names for session, names in cohort.items() if session not in waiting}
            continue
        parts = _parts(labels, minimum)
        few = {
            part: change
            for part, change in _changes(before, cohort, labels, parts, _home(before, labels, parts)).items()
            if len(change) < CROWD
        }
        if not few:
            return Shown(cohort, labels, parts, frozenset(left))
        for part, change in few.items():
            days = {atom[DAY] for atom, name in parts.items() if name == part}
            if change.gone and (today in days or not days):
                return None
            if change.gone:
                left.update(_company(part, change, before, cohort, labels, parts))
            for session in change.more:
                cohort[session] = before.cohort[session]
            for session in change.new:
                del cohort[session]
        cohort = {session: names for session, names in cohort.items() if session not in left}
    return None


def _by_day(before: Shown, cohort: Cohort, labels: dict[str, Atom], minimum: int) -> set[str]:
    """Let those who are too few on a day count for the next on which they are not; gives who has to wait for one."""
    waiting: set[str] = set()
    leaf = _parts({session: _on(label, 0) for session, label in labels.items()}, minimum)
    on_day, home = (
        {atom: (leaf.get(_on(atom, 0), atom), atom[DAY]) for atom in some}
        for some in (set(labels.values()), before.parts)
    )
    by_part: defaultdict[Atom, dict[int, _Change]] = defaultdict(dict)
    for (part, day), change in _changes(before, cohort, labels, on_day, home).items():
        by_part[part][day] = change
    for days in by_part.values():
        late: list[str] = []
        for day, change in sorted(days.items()):
            change.new += late
            late = change.new if len(change) < CROWD else []
            labels |= {session: _on(labels[session], day) for session in change.new}
        waiting.update(late)
    return waiting


def _changes(
    before: Shown, cohort: Cohort, labels: Labels, parts: Mapping[Atom, Part], home: Mapping[Atom, Part]
) -> dict[Part, _Change]:
    """What would change in each part; `home` is that of those who are not there any more, by what they counted as."""
    found: defaultdict[Part, _Change] = defaultdict(_Change)
    for session in before.cohort.keys() | cohort.keys():
        names, shown = cohort.get(session), before.cohort.get(session)
        if names == shown:
            continue
        change = found[parts[labels[session]] if session in labels else home[before.labels[session]]]
        kind = change.new if shown is None else change.more if names and shown < names else change.gone
        kind.append(session)
    return dict(found)


def _company(
    part: Atom, change: _Change, before: Shown, cohort: Cohort, labels: Labels, parts: Mapping[Atom, Atom]
) -> list[str]:
    """Who leaves a part with those who withdrew from it: as many as make five, or all if the rest would be a few."""
    same = sorted(
        session
        for session, names in cohort.items()
        if before.cohort.get(session) == names and parts[labels[session]] == part
    )
    enough = CROWD - len(change.gone)
    return [*change.gone, *(same[:enough] if len(same) >= enough + CROWD else same)]


def _settled(before: Shown, labels: dict[str, Atom], minimum: int) -> dict[str, Atom]:
    """What each session counts as: as many as are too few to leave a part, or to go to one, stay with the others of it.

    A session stays on the day on which it was shown first.
    """
    labels = {
        session: _on(label, before.labels[session][DAY]) if session in before.labels else label
        for session, label in labels.items()
    }
    for _ in range(TRIES):
        parts = _parts(labels, minimum)
        moves: defaultdict[Atom, defaultdict[Atom, list[str]]] = defaultdict(lambda: defaultdict(list))
        for session, label in labels.items():
            if session in before.labels:
                moves[before.parts[before.labels[session]]][parts[label]].append(session)
        few = [
            (session, labels[home[0]])
            for to in moves.values()
            for home in [max(to.values(), key=lambda some: (len(some), min(some)))]
            for some in to.values()
            if len(some) < CROWD and some is not home
            for session in some
        ]
        if not few:
            return labels
        labels |= dict(few)
    # There is no end of it: then nobody is shown apart.
    return dict.fromkeys(labels, (0, 0, 0, max(label[DAY] for label in labels.values())))


def _home(before: Shown, labels: Labels, parts: Mapping[Atom, Atom]) -> dict[Atom, Atom]:
    """To which part most of those went who were shown as this before; where nobody is left, the part that it was."""
    went: defaultdict[Atom, Counter[Atom]] = defaultdict(Counter)
    for session, label in labels.items():
        if session in before.labels:
            went[before.parts[before.labels[session]]][parts[label]] += 1
    return {
        atom: went[part].most_common(1)[0][0] if part in went else part for atom, part in before.parts.items()
    }


def _parts(labels: Labels, minimum: int) -> dict[Atom, Atom]:
    """What is shown apart: for each release, variant, marks and day the name of the part that it belongs to."""
    leaves = segments(Counter(labels.values()), minimum).leaves()
    return {atom: min(leaf.atoms) for leaf in leaves for atom in leaf.atoms}


def _on(label: Atom, day: int) -> Atom:
    release, variant, marks, _ = label
    return release, variant, marks, day


@dataclass
class Previews:
    """What was shown last, by recording, page and device class; of one recording one preview is made at a time."""

    shown: dict[tuple[str, int, str], Shown] = field(default_factory=dict)
    locks: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    recent: Recent = field(default_factory=Recent)

    def next(
        self, recording: str, place: tuple[int, str], now: Cohort, labels: Labels, minimum: int
    ) -> Shown | None:
        """What a preview of a place shows now; remembered for the one after it. `labels` are of `now`."""
        name = recording, *place
        found = following(self.shown.get(name, Shown()), now, labels, minimum)
        if found is not None:
            self.shown[name] = found
        return found

    def let_go(self, running: Collection[str]) -> None:
        """Keep nothing of recordings that do not run any more."""
        for name in [name for name in self.shown if name[0] not in running]:
            del self.shown[name]
        for recording in [name for name, lock in self.locks.items() if not lock.locked()]:
            if recording not in running:
                del self.locks[recording]
        self.recent.let_go(running)

    async def forget(self, recording: str) -> None:
        """Keep nothing of a recording; a preview that is being made is waited for, it would stay."""
        async with self.locks[recording]:
            for name in [name for name in self.shown if name[0] == recording]:
                del self.shown[name]
            self.recent.forget(recording)

    def left(self, recording: str) -> int:
        """How much there is of a recording."""
        return sum(name[0] == recording for name in self.shown) + len(self.recent.names(recording))
