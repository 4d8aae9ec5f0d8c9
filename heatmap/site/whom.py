"""Of whom a page about the whole site tells: read from an address, and what there is to choose from. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from heatmap import days
from heatmap.divided import Whom
from heatmap.findings.surveys import Offered
from heatmap.segments import MARKS_APART
from heatmap.selection import Selection
from heatmap.site import choice as choices
from heatmap.site.written import number_in
from recorder import times
from recorder.errors import NotFound
from recorder.recording import Recording, State


@dataclass(frozen=True)
class Chooser:
    """What a page offers: visitors by their marks, releases, days; and what of it cannot be had, and why."""

    whom: Whom
    marks: Sequence[tuple[str, str]]  #: name of the selection, and what it is called
    untold: Mapping[str, str]  #: marks whose sides cannot be told apart, and why
    releases: Mapping[int, str]
    days: Mapping[int, str]  #: what the days are called at which visitors can be divided
    devices: Sequence[str]

    @property
    def narrowed(self) -> bool:
        return bool(self.whom.name)

    @property
    def mark(self) -> str:
        """The name of the side of a mark that was chosen."""
        return side(self.whom.selection).name

    @property
    def label(self) -> str:
        """Who it is, in words."""
        wanted = self.whom.selection
        said = [self.releases.get(wanted.release, "")]
        said += [
            f"those who {title[:1].lower()}{title[1:]}" for name, title in self.marks if name == self.mark
        ]
        if wanted.first:
            ends = dict.fromkeys(self.days.get(day, "today") for day in (wanted.first, wanted.last))
            said.append(" to ".join(ends))
        said.append(self.whom.device or "")
        return ", ".join(filter(None, said)) or "all visitors"


def read(
    query: Mapping[str, str], recording: Recording, *, releases: bool = False, by_day: bool = False
) -> Whom:
    """The visitors in an address; `NotFound` for a device class, mark or release that is not there."""
    device = choices.device(query["device"], recording) if query.get("device") else None
    mark = Selection.read(query["mark"]) if query.get("mark") else Selection()
    if mark is None or mark != side(mark) or mark.mark > len(recording.marks):
        raise NotFound("There is no such mark.")
    release = number_in(query.get("release", "") if releases else "") or 0
    if release > len(recording.seen_releases):
        raise NotFound("There is no such release.")
    first, last = choices.days_in(query, recording) if by_day else (0, 0)
    return Whom(device, replace(mark, release=release, first=first, last=last))


def side(selection: Selection) -> Selection:
    """What it says of a mark, and nothing else."""
    return Selection(mark=selection.mark, reached=selection.reached)


def chooser(
    recording: Recording, whom: Whom, offered: Offered, marks: Collection[Selection] | None = None
) -> Chooser:
    """What is offered, beside what was chosen. `marks`: the sides that can be told apart, if not all of them can."""
    sides = [Selection(mark=n + 1, reached=reached) for n in range(MARKS_APART) for reached in (True, False)]
    there = [each for each in sides if each.mark <= len(recording.marks) and (marks is None or each in marks)]
    return Chooser(
        whom,
        [(each.name, f"{_SIDES[each.reached]} {recording.marks[each.mark - 1]}") for each in there],
        untold(recording, {recording.marks[each.mark - 1] for each in there}),
        offered.releases,
        day_names(recording, offered.days),
        recording.devices,
    )


_SIDES = {True: "Reached", False: "Did not reach"}


def untold(recording: Recording, told: Collection[object]) -> dict[str, str]:
    """Marks whose sides cannot be told apart, and why."""
    why = {
        mark: "too few visitors to be told apart"
        if number < MARKS_APART
        else f"only the first {MARKS_APART} marks are told apart"
        for number, mark in enumerate(recording.marks)
    }
    return {mark: reason for mark, reason in why.items() if mark not in told}


def day_names(recording: Recording, some: Collection[int]) -> dict[int, str]:
    """What these days are called, in the recording's time zone; none once its pictures are final."""
    if recording.state != State.OPEN:
        return {}
    return {day: times.short_day(days.noon(recording, day), "en", recording.timezone) for day in sorted(some)}
