"""The ends of what is kept: consent records, pictures, the access log. What is over is removed, by its own list.

How long consent records and pictures stay is written in their recording, since its notice told visitors so.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from heatmap.end import final
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


async def _access(parts: Parts, now_ms: int, days: int) -> list[Over]:
    """The access log by day: `access/<day>/…`."""
    names: dict[str, list[str]] = {}
    for name in await parts.store.keys("access/"):
        names.setdefault(name.split("/")[1], []).append(name)
    begins = {day: ms for day in names if (ms := _day_ms(day)) is not None}
    ends = {day: ms + (days + 1) * DAY_MS for day, ms in begins.items()}
    return [Over("access log", day, end, names[day]) for day, end in ends.items() if end <= now_ms]


def _day_ms(day: str) -> int | None:
    """When a day began; None for the name of something else, which somebody has put there and is not ours."""
    try:
        return round(datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC).timestamp() * 1000)
    except ValueError:
        return None
