"""Which pictures will be there at the end, if visitors go on coming as they have. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from heatmap.told import MINIMUM, fives
from recorder.recording import DAY_MS, Device, Recording

#: So many days before the end there is still time to do something about it.
WARN_DAYS = 3
#: The first visitors of a recording say little about the others.
EARLY = 0.02


@dataclass(frozen=True)
class Outlook:
    """A page on a device class: sessions so far and by the end, told in fives."""

    page: str
    device: Device
    now: int
    end: int
    needed: int

    @property
    def passed(self) -> bool:
        return self.now >= self.needed

    @property
    def likely(self) -> bool:
        return self.passed or self.end >= self.needed


@dataclass(frozen=True)
class Forecast:
    """All of them; `early` when too little time has passed to say, `warn` when the end is near and some will miss."""

    outlooks: list[Outlook]
    early: bool
    warn: bool

    @property
    def passing(self) -> list[Outlook]:
        return [each for each in self.outlooks if each.likely]

    @property
    def unsure(self) -> bool:
        """Too early to say, and not every picture has its sessions already."""
        return self.early and not all(each.passed for each in self.outlooks)

    @property
    def missing(self) -> list[Outlook]:
        return [each for each in self.outlooks if not each.likely]


def forecast(
    recording: Recording, sessions: Mapping[tuple[int, Device], int], total: int, now_ms: int
) -> Forecast:
    """From the sessions of each page and device class that had any; a page that nobody came to stands for itself.

    `total`: all sessions, of which so many may end the recording before its time.
    """
    share = (now_ms - recording.start) / (recording.end - recording.start)
    share = min(1.0, max(share, 0.0))
    early = share < EARLY
    growth = 1.0 if early else _growth(recording, sessions, total, share)
    outlooks = []
    for number, page in enumerate(recording.pages):
        there = [device for device in recording.devices if sessions.get((number, device), 0) >= MINIMUM]
        for device in there or recording.devices[:1]:
            count = fives(sessions.get((number, device), 0))
            by_end = fives(round(count * growth))  # of more than is told, it would tell that
            outlooks.append(Outlook(page.name, device, count, by_end, recording.min_sessions))
    near = not early and (now_ms - recording.start) * (growth - 1) <= WARN_DAYS * DAY_MS
    missing = any(not each.likely for each in outlooks)
    return Forecast(outlooks, early, near and missing)


def _growth(
    recording: Recording, sessions: Mapping[tuple[int, Device], int], total: int, share: float
) -> float:
    """How many times as many sessions there will be at the end: by the time that is left, or by what ends it sooner."""
    found = [1 / share]
    if recording.max_sessions and fives(total):
        found.append(recording.max_sessions / fives(total))
    by_page = [
        sum(fives(sessions.get((page, device), 0)) for device in recording.devices)
        for page in range(len(recording.pages))
    ]
    if recording.page_sessions and min(by_page):
        found.append(recording.page_sessions / min(by_page))
    return max(1.0, min(found))
