"""The visitor's rights over HTTP: see, correct, pause, erase. For whoever holds a session's token and audit id.

Every answer may be asked for again; none of them opens a session that is shut.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from recorder import answers, consent, eventstore, forget, forms, limits, mine, seal, times, views
from recorder.consent import Claims
from recorder.errors import Conflict, Forbidden, Gone, Malformed, NotFound, Unavailable
from recorder.eventlog import EventLog, Session
from recorder.recording import Purpose, Recording, State
from recorder.registry import over

#: The event store by the user that may read one session and erase it.
LOG = views.RIGHTS_LOG
#: Taken while a whole session is in memory.
READING = web.AppKey("reading", asyncio.Semaphore)

NO_STORE = {"Cache-Control": "no-store"}
Token = Annotated[str, Field(max_length=limits.TOKEN_BYTES)]


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", cache_strings="none")  # ids are not remembered


class Proof(_Form):
    """The session's token, expired or not, and the audit id that proves that the session is theirs."""

    token: Token
    audit: Annotated[str, Field(pattern=r"^[a-z2-7]{26}$")]


class Asked(_Form):
    rights: Token


class NewPurposes(_Form):
    rights: Token
    purposes: Annotated[list[Purpose], Field(min_length=1, max_length=2)]


class Pause(_Form):
    rights: Token
    paused: StrictBool


@dataclass(frozen=True)
class Owner:
    """Whose rights they are: the recording, the audit id, and the session that follows from it."""

    recording: Recording
    audit: str
    session: str
    key: bytes


async def rights(request: web.Request) -> web.Response:
    """A token for the rights below, for ten minutes."""
    form, now = await forms.read(request, Proof), views.now_ms()
    claims, owner = await _proven(request, form, now)
    await _purposes(request, owner)
    token, expires = request.app[views.TOKENS].issue_rights(
        owner.audit, owner.recording, claims.origin, now, claims.yes
    )
    return web.json_response(answers.Rights(rights=token, expires=expires * 1000), headers=NO_STORE)


async def own(request: web.Request) -> web.Response:
    """Everything that is kept of the session, readable: consent records, what the session is, every event."""
    form = await forms.read(request, Asked)
    owner = await _owner(request, form.rights)
    records, session = await _records(request, owner), await _session(request, owner)
    head, fields = _head(owner, session, records), sorted(session.batches)
    return web.Response(
        body=_written(request.app[LOG], owner, head, fields),
        content_type="application/json",
        headers=NO_STORE,
    )


async def purposes(request: web.Request) -> web.Response:
    """Other purposes for the session: written down first, then changed, and every reader follows at once."""
    form, now = await forms.read(request, NewPurposes), views.now_ms()
    owner = await _owner(request, form.rights)
    wanted, found = frozenset(form.purposes), owner.recording
    if not wanted <= set(found.purposes):
        raise Malformed(f"This recording offers {' and '.join(found.purposes)}: choose among these.")
    if not found.takes(now):
        raise over(found)
    held, written = await _purposes(request, owner), await _records(request, owner)
    # What was written down may never have come to the session: then going back to what it is for is a change as well.
    if not held == wanted == frozenset(written[-1].get("purposes", ())):
        await _write_change(request, owner, wanted, now)
    return web.json_response(answers.Chosen(purposes=sorted(wanted)), headers=NO_STORE)


async def pause(request: web.Request) -> web.Response:
    """Take nothing more until the visitor goes on. What was recorded stays theirs to see and to erase."""
    form = await forms.read(request, Pause)
    owner = await _owner(request, form.rights)
    if not owner.recording.takes(views.now_ms()):
        raise over(owner.recording)
    await _purposes(request, owner)
    await request.app[LOG].pause(owner.recording.id, owner.session, form.paused)
    return web.json_response(answers.Holds(paused=form.paused), headers=NO_STORE)


async def withdraw(request: web.Request) -> web.Response:
    """Stop and erase: everything of the session goes, at once. The same again is fine.

    `final` says whether the final pictures had been made by then; otherwise the visitor is in none of them.
    """
    form, now = await forms.read(request, Proof), views.now_ms()
    _, owner = await _proven(request, form, now)
    log, store = request.app[LOG], request.app[views.STORE]
    await forget.withdraw(store, log, owner.recording.id, owner.session, owner.audit, now)
    after = await request.app[views.REGISTRY].change(owner.recording.id, Recording.without_one_more)
    final = State.DRAWN in after.reached
    return web.json_response(answers.Withdrawn(audit=owner.audit, state="withdrawn", final=final))


# --- whose session it is -----------------------------------------------------------------------


async def _proven(request: web.Request, form: Proof, now_ms: int) -> tuple[Claims, Owner]:
    """The claims of the token, and its owner: the audit id must be the one that came with it."""
    claims = request.app[views.TOKENS].verify(form.token, now_ms, expired_too=True)
    owner = await _owner_of(request, claims, form.audit)
    if owner.session != claims.session:
        raise Forbidden("The audit id does not belong to this token.", code="wrong_audit")
    return claims, owner


async def _owner(request: web.Request, token: str) -> Owner:
    """The owner that a token for rights names."""
    claims = request.app[views.TOKENS].verify(token, views.now_ms(), audience="rights")
    return await _owner_of(request, claims, claims.session)


async def _owner_of(request: web.Request, claims: Claims, audit: str) -> Owner:
    if claims.origin != views.origin(request):
        raise Forbidden("This token was given to another site.", code="wrong_origin")
    found = await request.app[views.REGISTRY].read(claims.recording)
    if State.SHREDDED in found.reached:
        raise over(found)
    key = await request.app[views.REGISTRY].key(found)
    return Owner(found, audit, seal.session_id(key, audit), key)


async def _session(request: web.Request, owner: Owner) -> Session:
    """The session with its batches, or `Gone` that says when it was withdrawn."""
    try:
        async with eventstore.in_time(), request.app[READING]:
            async for session in request.app[LOG].read(owner.recording.id, [owner.session]):
                return session
    except TimeoutError:
        raise Unavailable("Many copies are being made at this moment: try again.") from None
    raise await _gone(request, owner)


async def _purposes(request: web.Request, owner: Owner) -> frozenset[str]:
    """What the session is for now, or `Gone` as above. Without its batches, which may be many."""
    found = await request.app[LOG].purposes(owner.recording.id, owner.session)
    if found is None:
        raise await _gone(request, owner)
    return found


async def _gone(request: web.Request, owner: Owner) -> Gone:
    """What is said of a session that is not there."""
    try:
        key = consent.record_key(owner.recording.id, owner.audit, "withdrawn")
        at = json.loads((await request.app[views.STORE].get(key)).data)["time"]
    except NotFound:
        return Gone("There is nothing of this visitor session.", code="withdrawn")
    return Gone(f"This visitor session was withdrawn at {times.stamp(at)}.", code="withdrawn")


# --- correcting and showing --------------------------------------------------------------------


async def _write_change(request: web.Request, owner: Owner, wanted: frozenset[Purpose], now_ms: int) -> None:
    """The record before the session. Two changes in the same ms: the second one is asked to try again."""
    key = consent.record_key(owner.recording.id, owner.audit, "changed", now_ms)
    record = consent.changed(owner.recording, owner.audit, wanted, now_ms)
    try:
        await request.app[views.STORE].put(key, record, if_absent=True)
    except Conflict:
        raise Conflict("The purposes were changed elsewhere at this very moment: try again.") from None
    await request.app[LOG].change_purposes(owner.recording.id, owner.session, wanted, now_ms)


async def _records(request: web.Request, owner: Owner) -> list[dict[str, Any]]:
    """The consent records as they stand, the oldest first."""
    store, prefix = request.app[views.STORE], f"consents/{owner.recording.id}/{owner.audit}/"
    found = [consent.read((await store.get(key)).data) for key in await store.keys(prefix)]
    return sorted(found, key=lambda record: int(record["time"]))


def _head(owner: Owner, session: Session, records: list[dict[str, Any]]) -> bytes:
    """All of the copy but the batches, as JSON text that goes on."""
    found = owner.recording
    head = {
        "audit": owner.audit,
        "recording": {"id": found.id, "site": found.site, "until": found.end, "deadline": found.deadline},
        "consent": records,
        "session": {
            "yes": session.yes,
            "purposes": sorted(session.purposes),
            "paused": session.paused,
            "batches": len(session.batches),
            "events": session.events,
            "dropped": session.dropped,
        },
        "legend": mine.LEGEND,
    }
    return json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}").encode()


async def _written(log: EventLog, owner: Owner, head: bytes, fields: Sequence[bytes]) -> AsyncIterator[bytes]:
    """The copy as JSON text, a few batches at a time: who reads it slowly, or not at all, holds no 8 MB in memory."""
    yield head + b',\n "batches": ['
    shown, unreadable = 0, 0
    for first in range(0, len(fields), limits.BATCHES_IN_HAND):
        eventstore.begin_request()  # the store's time alone, not the reader's
        some = await log.batches(
            owner.recording.id, owner.session, fields[first : first + limits.BATCHES_IN_HAND]
        )
        unreadable += len(some)
        for _, plain in seal.unseal_all(owner.key, owner.session, some):
            batch = json.dumps(mine.batch(plain, owner.recording), ensure_ascii=False)
            yield (",\n  " if shown else "\n  ").encode() + batch.encode()
            shown, unreadable = shown + 1, unreadable - 1
    yield f'\n ],\n "unreadable": {unreadable}\n}}\n'.encode()
