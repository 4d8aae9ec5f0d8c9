"""The ends of what is kept: consent records, pictures, the access log. What is over is removed, by its own list.

How long consent records and pictures stay is written in their recording, since its notice told visitors so.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from heatmap import final
from heatmap.parts import Parts
from recorder.consent import record_end
from recorder.recording import DAY_MS, Recording, State


@dataclass(frozen=True)
class Over:
    """Objects whose time is over, since `until` (ms); `of` is a recording or a day."""

    what: str
    of: str
    until: int
    names: list[str]


async def over(parts: Parts, now_ms: int, access_days: int) -> list[Over]:
    """Everything that is to go now."""
    found = []
    for recording in await parts.registry.all():
        for what, until, prefixes in _ends(recording):
            if until <= now_ms:
                names = [name for prefix in prefixes for name in await parts.store.keys(prefix)]
                found.append(Over(what, recording.id, until, names))
        found.append(await _strays(parts, recording))
    found += await _access(parts, now_ms, access_days)
    return [each for each in found if each.names]


async def forget(parts: Parts, some: list[Over]) -> None:
    """Remove it, in every version."""
    for each in some:
        for name in each.names:
            await parts.store.delete(name)


def _ends(recording: Recording) -> Iterator[tuple[str, int, list[str]]]:
    """What is kept of a recording, until when, and where."""
    yield "consent records", record_end(recording), [f"consents/{recording.id}/"]
    if recording.state == State.CERTIFIED:
        folders = [f"{kind}/{recording.id}/" for kind in ("pictures", "snapshots", "notes")]
        yield "pictures", recording.pictures_end, folders


async def _strays(parts: Parts, recording: Recording) -> Over:
    """Pictures of attempts that did not count, which a worker left behind that was killed over them."""
    ended = recording.reached.get(State.CERTIFIED, 0)
    return Over("attempts", recording.id, ended, await final.strays(parts, recording) if ended else [])


_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-([0-2]\d|3[01])")


async def _access(parts: Parts, now_ms: int, days: int) -> list[Over]:
    """The access log by day: `access/<day>/…`."""
    names: dict[str, list[str]] = {}
    for name in await parts.store.keys("access/"):
        day = name.split("/")[1]
        if _DAY.fullmatch(day):  # what somebody else has put there is not ours
            names.setdefault(day, []).append(name)
    ends = {day: _day_ms(day) + (days + 1) * DAY_MS for day in names}
    return [Over("access log", day, ends[day], names[day]) for day in names if ends[day] <= now_ms]


def _day_ms(day: str) -> int:
    return round(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000)
