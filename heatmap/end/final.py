"""The final pictures: made under an attempt of their own, read back, and drawn again if somebody withdrew meanwhile.

Which of the two is first, a withdrawal or the final pictures, is decided by one conditional write to the recording: a
withdrawal while it is `closing` changes the recording after the session is erased, and `drawn` can only be written
over the recording as it was before the sessions were listed. So either `drawn` fails, and the next attempt is without
the visitor; or the withdrawal finds `drawn`, and the visitor is told that the pictures were final.
"""

import contextlib
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any, cast

from heatmap.answered import totals
from heatmap.end import canary
from heatmap.overview import COUNTED
from heatmap.parts import Parts
from heatmap.pictures import final_pictures
from heatmap.told import fives, fives_up
from recorder import seal
from recorder.errors import Gone, NotFound, Unavailable, YesmapError
from recorder.recording import Recording, State

#: How long a key or events that are not there may still come back, from a disk that was not mounted or a store that
#: was misnamed, before the recording ends without pictures. All that while somebody is told.
PATIENCE_MS = 600_000

#: To be called before whatever cannot be undone; it raises when another worker is at it by now.
Check = Callable[[], object]
Outcome = tuple[State, dict[str, Any]]
_NOBODY = dict.fromkeys(COUNTED, 0)


class Missing(YesmapError):
    """Something that the pictures are made from is not there, and may come back."""

    code = "missing"


async def draw(parts: Parts, recording: Recording, now_ms: int, check: Check) -> Outcome:
    """Every final picture and what is to be remembered of it; or that there is nothing left to draw from."""
    if lost := await _lost(parts, recording):
        if now_ms < recording.reached[State.CLOSING] + PATIENCE_MS:
            raise Missing(f"{lost} It may come back: for ten minutes nothing is destroyed.")
        missing = len((await _consents(parts, recording)).standing)
        return State.KEYS_LOST, {
            "lost": lost,
            **await _remembered(parts, recording, "", {}, _NOBODY, missing),
        }
    while True:
        sessions = await parts.log.sessions(recording.id)
        made = await _attempt(parts, recording, check)
        if sessions == await parts.log.sessions(recording.id):
            return State.DRAWN, made
        # else they are not in the next attempt; who withdraws from here on is found by the conditional write


async def _attempt(parts: Parts, recording: Recording, check: Check) -> dict[str, Any]:
    """Draw everything once, with everybody who is there."""
    attempt, hashes = secrets.token_hex(8), dict[str, str]()

    async def keep(name: str, data: bytes) -> None:
        check()
        hashes[name] = await _keep(parts, f"pictures/{recording.id}/{attempt}/{name}", data)

    key = await parts.registry.key(recording)
    sealed = canary.sealed(key)
    counts = await final_pictures(parts, recording, keep)
    missing = await _missing(parts, recording, key)
    return {"canary": sealed, **await _remembered(parts, recording, attempt, hashes, counts, missing)}


async def unsafe(parts: Parts, recording: Recording, made: dict[str, str] | None = None) -> list[str]:
    """Names of the final pictures that are not in the store as they were drawn, or as a certificate names them."""
    made = names(recording) if made is None else made
    return [name for name, hash_ in made.items() if hash_ != await _hash(parts, picture_key(recording, name))]


def names(recording: Recording) -> dict[str, str]:
    """The final pictures and tables by name, with their SHA-256."""
    return cast(dict[str, str], recording.results["pictures"])


async def sweep(parts: Parts, recording: Recording) -> None:
    """Remove the pictures of attempts that did not count: they may show who withdrew in the meantime."""
    for name in await strays(parts, recording):
        await parts.store.delete(name)


async def strays(parts: Parts, recording: Recording) -> list[str]:
    """Pictures of attempts that did not count."""
    found = await parts.store.keys(f"pictures/{recording.id}/")
    final = picture_key(recording, "") if recording.results.get("attempt") else None
    return [name for name in found if final is None or not name.startswith(final)]


def picture_key(recording: Recording, name: str) -> str:
    """Where a final picture or table is kept."""
    return f"pictures/{recording.id}/{recording.results['attempt']}/{name}"


# --- what there is to draw from ----------------------------------------------------------------


async def _lost(parts: Parts, recording: Recording) -> str | None:
    """What is gone that the pictures would be made from, as a sentence; None when nothing is."""
    try:
        key = await parts.registry.key(recording)
    except Gone:
        return "The recording's key is not where it was kept."
    sessions = await parts.log.sessions(recording.id)
    if not sessions and (await _consents(parts, recording)).standing:
        return "There are consents, and no visitor session in the event store."
    return await _opens_nothing(parts, recording, key, sessions)


async def _opens_nothing(parts: Parts, recording: Recording, key: bytes, sessions: list[str]) -> str | None:
    """Whether the key is another one than that which sealed the events: a batch of each session, until one opens."""
    tried = 0
    async for session in parts.log.read(recording.id, sessions, 1):
        for field, sealed in islice(session.batches.items(), 1):
            tried += 1
            with contextlib.suppress(seal.CannotOpen):
                seal.unseal(key, session.id, field, sealed)
                return None
    return "The recording's key opens nothing of what was recorded." if tried else None


async def _missing(parts: Parts, recording: Recording, key: bytes) -> int:
    """Consents that stand and have no visitor session to draw from: it never began, or it was lost."""
    there = await parts.log.whole(recording.id)
    # In this order: who withdraws in between is in neither.
    standing = (await _consents(parts, recording)).standing
    return sum(seal.session_id(key, audit) not in there for audit in standing)


@dataclass(frozen=True)
class _Consents:
    """Audit ids."""

    given: set[str]
    withdrawn: set[str]

    @property
    def standing(self) -> set[str]:
        return self.given - self.withdrawn


async def _consents(parts: Parts, recording: Recording) -> _Consents:
    prefix = f"consents/{recording.id}/"
    names = [name.removeprefix(prefix).split("/") for name in await parts.store.keys(prefix)]
    given, withdrawn = (
        {audit for audit, record in names if record == f"{state}.json"} for state in ("given", "withdrawn")
    )
    return _Consents(given, withdrawn)


# --- what is remembered ------------------------------------------------------------------------


async def _remembered(
    parts: Parts,
    recording: Recording,
    attempt: str,
    hashes: dict[str, str],
    counts: dict[str, int],
    missing: int,
) -> dict[str, Any]:
    withdrawn = len((await _consents(parts, recording)).withdrawn)
    asked, days = await parts.log.counts(recording.id), await parts.log.days(recording.id)
    return {
        "attempt": attempt,
        "pictures": hashes,
        "counts": _told(counts) | {"withdrawn": fives(withdrawn), "missing": fives_up(missing)},
        "asked": {what: fives(n) for what, n in asked.items()},
        # Not their sum: that of fives is lower than what was told until now.
        "answered": totals(asked),
        "days": {str(day): {what: fives(n) for what, n in counts.items()} for day, counts in days.items()},
    }


def _told(counts: dict[str, int]) -> dict[str, int]:
    """Sessions in fives; what fewer than five sent is not told at all."""
    people = {name: fives(counts[name]) for name in ("sessions", "without_batches")}
    return {name: n if people["sessions"] else 0 for name, n in counts.items()} | people


async def _keep(parts: Parts, name: str, data: bytes) -> str:
    """Create a picture, read it back, give its SHA-256."""
    await parts.store.put(name, data, if_absent=True)
    back = await parts.store.get(name)
    if back.data != data:
        raise Unavailable(f"The object store gave back something else for {name}.")
    return hashlib.sha256(data).hexdigest()


async def _hash(parts: Parts, name: str) -> str | None:
    """SHA-256 of what is stored, None when nothing is."""
    try:
        return hashlib.sha256((await parts.store.get(name)).data).hexdigest()
    except NotFound:
        return None
