"""The ends of what is kept: consent records, pictures, the access log, ways in. What is over is removed by its list.

How long consent records and pictures stay is written in their recording, since its notice told visitors so. What lets
somebody of the team in is of no use any more when its time is over, whether it is removed or not.
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import ValidationError

from heatmap.end import final
from heatmap.parts import Parts
from heatmap.site import drafts
from heatmap.site.apikeys import ApiKey
from heatmap.site.invites import Invite
from heatmap.site.sessions import Session
from recorder.consent import record_end
from recorder.errors import NotFound
from recorder.pagecodes import PageCode
from recorder.recording import DAY_MS, Recording, State

#: For so long after its end a key is told that it is too old, rather than that nobody knows it.
KEYS_DAYS = 30

#: Whose something is, and when it is over (ms).
Ending = tuple[str, int]


@dataclass(frozen=True)
class Over:
    """Objects whose time is over, since `until` (ms); `of` is a recording, a day or a user."""

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
    for kind in _TEAM:
        found += await _of_the_team(parts, now_ms, *kind)
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


def _draft(data: bytes) -> Ending:
    kept = drafts.Kept.model_validate_json(data)
    return kept.user, kept.made + drafts.KEPT_MS


def _link(data: bytes) -> Ending:
    invite = Invite.model_validate_json(data)
    return invite.user, invite.until


def _key(data: bytes) -> Ending:
    key = ApiKey.model_validate_json(data)
    return key.user, key.until + KEYS_DAYS * DAY_MS


def _sign_in(data: bytes) -> Ending:
    session = Session.model_validate_json(data)
    return session.user, session.ends()


def _code(data: bytes) -> Ending:
    code = PageCode.model_validate_json(data)
    return code.user, code.until


_TEAM: tuple[tuple[str, str, Callable[[bytes], Ending]], ...] = (
    ("drafts", "drafts/", _draft),
    ("links", "invites/", _link),
    ("API keys", "apikeys/", _key),
    ("sign-ins", "sessions/", _sign_in),
    ("codes of pages", "pagecodes/", _code),
)


async def _of_the_team(
    parts: Parts, now_ms: int, what: str, prefix: str, read: Callable[[bytes], Ending]
) -> list[Over]:
    """By user, as far as it is over; what cannot be read is not ours, and stays."""
    found: dict[str, tuple[int, list[str]]] = {}
    for name in await parts.store.keys(prefix):
        with contextlib.suppress(NotFound, ValidationError):
            user, until = read((await parts.store.get(name)).data)
            if until <= now_ms:
                latest, names = found.get(user, (0, []))
                found[user] = max(latest, until), [*names, name]
    return [Over(what, user, until, names) for user, (until, names) in found.items()]


def _day_ms(day: str) -> int | None:
    """When a day began; None for the name of something else, which somebody has put there and is not ours."""
    try:
        return round(datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC).timestamp() * 1000)
    except ValueError:
        return None
