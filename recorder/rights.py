"""The visitor's rights over HTTP: see, correct, pause, erase. For whoever holds a session's token and audit id.

Every answer may be asked for again; none of them opens a session that is shut.
"""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from recorder import answers, consent, forget, forms, limits, mine, seal, times, views
from recorder.consent import Claims
from recorder.errors import Conflict, Forbidden, Gone, Malformed, NotFound
from recorder.eventlog import EventLog, Session
from recorder.recording import Purpose, Recording, State
from recorder.registry import over

#: The event store by the user that may read one session and erase it.
LOG = web.AppKey("rights_log", EventLog)

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
    paused: bool


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
    await _session(request, owner)
    token, expires = request.app[views.TOKENS].issue_rights(
        owner.audit, owner.recording, claims.origin, now, claims.yes
    )
    return web.json_response(answers.Rights(rights=token, expires=expires * 1000), headers=NO_STORE)


async def own(request: web.Request) -> web.Response:
    """Everything that is kept of the session, readable: consent records, what the session is, every event."""
    form = await forms.read(request, Asked)
    owner = await _owner(request, form.rights)
    session, records = await _session(request, owner), await _records(request, owner)
    return web.Response(
        body=_written(owner, session, records), content_type="application/json", headers=NO_STORE
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
    if (await _session(request, owner)).purposes != wanted:
        await _write_change(request, owner, wanted, now)
    return web.json_response(answers.Chosen(purposes=sorted(wanted)), headers=NO_STORE)


async def pause(request: web.Request) -> web.Response:
    """Take nothing more until the visitor goes on. What was recorded stays theirs to see and to erase."""
    form = await forms.read(request, Pause)
    owner = await _owner(request, form.rights)
    if not owner.recording.takes(views.now_ms()):
        raise over(owner.recording)
    await _session(request, owner)
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
    async for session in request.app[LOG].read(owner.recording.id, [owner.session]):
        return session
    try:
        key = consent.record_key(owner.recording.id, owner.audit, "withdrawn")
        at = json.loads((await request.app[views.STORE].get(key)).data)["time"]
    except NotFound:
        raise Gone("There is nothing of this visitor session.", code="withdrawn") from None
    raise Gone(f"This visitor session was withdrawn at {times.stamp(at)}.", code="withdrawn")


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


async def _written(owner: Owner, session: Session, records: list[dict[str, Any]]) -> AsyncIterator[bytes]:
    """The copy as JSON text, a batch at a time: a session of 8 MB is never in memory as a whole in words."""
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
    yield json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}").encode() + b',\n "batches": ['
    opened = 0
    for opened, (_, plain) in enumerate(seal.unseal_all(owner.key, session.id, session.batches), 1):
        batch = json.dumps(mine.batch(plain, found), ensure_ascii=False)
        yield (",\n  " if opened > 1 else "\n  ").encode() + batch.encode()
    yield f'\n ],\n "unreadable": {len(session.batches) - opened}\n}}\n'.encode()
