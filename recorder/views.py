"""The visitors' interface: what is recorded here, a yes, batches, renewing, withdrawing."""

import json
import time

from aiohttp import web
from msgspec.structs import replace
from pydantic import BaseModel, ConfigDict, Field

from recorder import answers, consent, events, eventstore, forms, labels, limits, seal
from recorder.consent import Claims, Count, Tokens, Yes
from recorder.errors import (
    Conflict,
    Forbidden,
    Gone,
    Malformed,
    NotFound,
    TokenExpired,
    Unavailable,
    WrongType,
)
from recorder.eventlog import EventLog
from recorder.events import Batch
from recorder.middlewares import acknowledged, read_limited
from recorder.objects import Objects
from recorder.recording import DAY_MS, Recording, State
from recorder.registry import Registry, over
from recorder.settings import Settings

SETTINGS = web.AppKey("settings", Settings)
STORE = web.AppKey("store", Objects)
KEY_STORE = web.AppKey("key_store", Objects)
REGISTRY = web.AppKey("registry", Registry)
LOG = web.AppKey("log", EventLog)
#: The same by a user who may read a session, for its visitor.
RIGHTS_LOG = web.AppKey("rights_log", EventLog)
TOKENS = web.AppKey("tokens", Tokens)


class Held(BaseModel):
    """The body of a request by someone who holds a token."""

    model_config = ConfigDict(frozen=True, extra="forbid", cache_strings="none")  # no token is remembered

    token: str = Field(max_length=limits.TOKEN_BYTES)


async def recording(request: web.Request) -> web.Response:
    """What is recorded on the site that asks; 204 when nothing is."""
    try:
        found = await request.app[REGISTRY].for_origin(origin(request))
    except NotFound:
        return web.Response(status=204, headers={"Cache-Control": "no-store"})
    if not found.takes(now_ms()):
        return web.Response(status=204, headers={"Cache-Control": "no-store"})
    shown: answers.Shown = {
        "id": found.id,
        "nv": found.nv,
        "until": found.end,
        "deadline": found.deadline,
        "purposes": found.purposes,
        "languages": found.languages,
        "devices": found.devices,
        "pages": [page.rule for page in found.pages],
        "releases": found.releases,
        "variants": found.variants,
        "marks": found.marks,
        "share": found.share,
        "gpc": found.gpc,
        "signal": "1" in (request.headers.get("Sec-GPC"), request.headers.get("DNT")),
    }
    return web.json_response(shown, headers={"Cache-Control": "no-store"})


async def count(request: web.Request) -> web.Response:
    """One more visitor who was asked, or said no. The only request without a yes; it says nothing about who."""
    form = await forms.read(request, Count)
    found = await _taking(request, form.recording)
    # In a window of another device class nothing is recorded: no rule is missing there.
    if form.what != "uncovered" or form.device in found.devices:
        await request.app[LOG].count(found, f"{form.what}:{form.device}")
    return web.Response(status=204)


async def yes(request: web.Request) -> web.Response:
    """A yes, answered in time or not at all: whoever sends it again finds what was done."""
    form = await forms.read(request, Yes)
    try:
        async with eventstore.in_time():
            return await _yes(request, form)
    except TimeoutError:
        raise Unavailable("Our stores are slow. Say it again in a moment: it is one yes.") from None


async def _yes(request: web.Request, form: Yes) -> web.Response:
    """Write the consent record, open the session, give the token. In this order, and again for the same yes."""
    app, found, site, now = request.app, await _taking(request, form.recording), origin(request), now_ms()
    if form.nv != found.nv:
        raise Conflict("The notice has changed since it was shown: ask again.", code="notice_changed")
    if not set(form.purposes) <= set(found.purposes):
        raise Malformed(f"This recording offers {' and '.join(found.purposes)}: choose among these.")
    if form.device not in found.devices:
        raise Malformed(f"This recording is made on {' and '.join(found.devices)}, not on {form.device}.")
    told = (await app[REGISTRY].told(found.nv)).languages.get(form.language)
    if told is None:
        raise Malformed(f"The notice is offered in {', '.join(found.languages)}; say which one was shown.")
    key = await app[REGISTRY].key(found)
    audit = consent.audit_of(key, form.nonce, form.purposes) if form.nonce else consent.new_audit()
    session = seal.session_id(key, audit)
    record = consent.given(found, form, audit, site, now, told.sha256)
    given = await _written_down(app[STORE], found.id, audit, record, now)
    began, purposes = await app[LOG].open_session(found, session, given, form.purposes), form.purposes
    if given != now:
        await _not_withdrawn(app, found.id, audit, session)
        changed = await app[RIGHTS_LOG].purposes(found.id, session)
        purposes = [each for each in found.purposes if each in changed] if changed else purposes
    if began:
        await app[LOG].count(found, f"yes:{form.device}")
        if form.by == "site":
            await app[LOG].count(found, f"asked:{form.device}")
    token, expires = app[TOKENS].issue(session, found, site, now, given)
    answer: answers.Allowed = {
        "recording": found.id,
        "audit": audit,
        "receipt": f"/receipts/{found.id}/{audit}",
        "purposes": purposes,
        "token": token,
        "yes": given,
        "now": now,
        "expires": expires * 1000,
        "until": found.end,
        "sign": told.sign.model_dump(),
    }
    return web.json_response(answer, status=201)


async def take(request: web.Request) -> web.StreamResponse:
    """A batch: token, format, recording, then sealed and kept, then acknowledged. In this order."""
    kind = request.headers.get("Content-Type", "application/octet-stream")
    if kind != "application/octet-stream" and request.content_type != "application/octet-stream":
        raise WrongType("A batch is sent without a content type, or as application/octet-stream.")
    app, body = request.app, await read_limited(request, limits.BODY_BYTES)
    token, batch = events.decode(body)
    try:
        claims = app[TOKENS].verify(token, now_ms())
    except TokenExpired:  # to be renewed, unless there is nothing to renew it for
        await _renewable(request, token)
        raise
    found, session = await _claimed(request, claims), claims.session
    if batch.page >= len(found.pages):
        raise Malformed(f"This recording has {len(found.pages)} pages; page {batch.page} is not one of them.")
    variant, release = labels.variant(found, batch), found.row(batch.release, found.seen_releases)
    if release is None:
        release = await labels.release(app[REGISTRY], app[LOG], found, session, str(batch.release))
    key = app[REGISTRY].known_key(found) or await app[REGISTRY].key(found)
    field, plain = batch.field, events.pack(_in_time(batch, claims, found), release, variant)
    sealed, counted = seal.seal(key, session, field, plain), (batch.events, batch.dropped, batch.lasts_ms)
    await app[LOG].append(found.id, session, field, sealed, *counted)
    return acknowledged(request)


async def renew(request: web.Request) -> web.Response:
    """A new token for an old one, expired or not, while the session is open. Never reopens one."""
    form = await forms.read(request, Held)
    claims, found = await _renewable(request, form.token)
    token, expires = request.app[TOKENS].issue(claims.session, found, claims.origin, now_ms(), claims.yes)
    return web.json_response(answers.Renewed(token=token, expires=expires * 1000))


async def _written_down(store: Objects, recording: str, audit: str, record: bytes, now: int) -> int:
    """When the yes was, ms: now, or when the same one was written down before. One that was withdrawn is `Gone`."""
    key = consent.record_key(recording, audit, "given")
    try:
        await store.put(key, record, if_absent=True)
    except Conflict:
        if await store.keys(consent.record_key(recording, audit, "withdrawn")):
            raise _withdrawn() from None
        return int(json.loads((await store.get(key)).data)["time"])
    return now


async def _not_withdrawn(app: web.Application, recording: str, audit: str, session: str) -> None:
    """Close the session of a repeated yes again, if it was withdrawn while it began."""
    if await app[STORE].keys(consent.record_key(recording, audit, "withdrawn")):
        await app[LOG].shut(recording, session)
        raise _withdrawn()


def _withdrawn() -> Gone:
    return Gone("This yes was withdrawn.", code="withdrawn")


# --- shared by the views above -----------------------------------------------------------------


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def origin(request: web.Request) -> str:
    """The origin of the page that asks. A same-origin GET does not say it, but the browser says that it is one."""
    named = request.headers.get("Origin")
    if named and not named.isascii():
        raise Malformed("The Origin of the request is not the address of a site.")
    if named is None and request.headers.get("Sec-Fetch-Site") == "same-origin":
        return request.app[SETTINGS].public_url or _own_origin(request)
    if named is None or named == "null":
        raise Forbidden("The request does not say which site it comes from (Origin).", code="no_origin")
    return named


def _own_origin(request: web.Request) -> str:
    """Ours, as the browser calls it."""
    try:
        return str(request.url.origin())
    except ValueError:
        raise Malformed("The Host of the request is not the address of a site.") from None


async def _taking(request: web.Request, name: str) -> Recording:
    """The recording of that name, which must be open now and for the origin of the request."""
    return await _taking_from(request.app[REGISTRY], name, origin(request))


async def _taking_from(registry: Registry, name: str, site: str) -> Recording:
    found = registry.known(name)
    if found is None:
        try:
            found = await registry.get(name)
        except NotFound:
            raise Gone("There is no such recording.", code="ended") from None
    if site not in found.origins:
        raise Forbidden("This recording is not for this site.", code="wrong_origin")
    now = now_ms()
    if found.takes(now):
        return found
    if (
        found.state == State.OPEN and now < found.start
    ):  # our clock is behind: a token must not be forgotten for that
        raise Unavailable("This recording has not begun yet, by our clock. Nothing was kept; try again.")
    raise over(found)


async def _claimed(request: web.Request, claims: Claims) -> Recording:
    """The recording that a token names; the origin must be the one that the token was given to."""
    site = origin(request)
    if site != claims.origin:
        raise Forbidden("This token was given to another site.", code="wrong_origin")
    return await _taking_from(request.app[REGISTRY], claims.recording, site)


async def _renewable(request: web.Request, token: str) -> tuple[Claims, Recording]:
    """What a token says, expired or not, and its recording; `Gone` unless both that and the session are open."""
    claims = request.app[TOKENS].verify(token, now_ms(), expired_too=True)
    found = await _claimed(request, claims)
    if not await request.app[LOG].is_open(found.id, claims.session):
        raise Gone("This visitor session was withdrawn.", code="withdrawn")
    return claims, found


def _in_time(batch: Batch, claims: Claims, found: Recording) -> Batch:
    """What lies beyond the recording, by a clock that is off, is brought back to its edge, to the last record."""
    most = min(found.end - claims.yes, limits.RECORDING_DAYS * DAY_MS)
    if batch.start_ms + limits.BATCH_MS <= most:
        return batch
    last = max(0, most - int(batch.records["t"].max(initial=0)))
    if batch.start_ms <= last:
        return batch
    return replace(batch, start_ms=last)
