"""Who may do what: every view says so with `@needs(...)` or `@anybody`; the guard lets nothing through that does not.

A view with `{recording}` in its address gets `request[RECORDING]`, loaded and granted; every guarded view gets
`request[USER]`. A look is taken down before the view runs.
"""

import contextlib
import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from aiohttp import web
from aiohttp.http_exceptions import BadHttpMessage
from aiohttp.typedefs import Handler

from heatmap.parts import Parts
from heatmap.site.apikeys import ApiKey, ApiKeys, Scope
from heatmap.site.looks import Look, Looks
from heatmap.site.nav import is_decided
from heatmap.site.roles import Role
from heatmap.site.sessions import Session, Sessions, Stage, form_token
from heatmap.site.users import User, Users
from recorder.errors import BadToken, Forbidden, Malformed, NotFound
from recorder.recording import Recording
from recorder.views import SETTINGS, now_ms

View = Callable[[web.Request], Awaitable[web.StreamResponse]]

PARTS = web.AppKey("parts", Parts)
USERS = web.AppKey("users", Users)
SESSIONS = web.AppKey("sessions", Sessions)
API_KEYS = web.AppKey("api_keys", ApiKeys)
LOOKS = web.AppKey("looks", Looks)

USER = web.RequestKey("user", User)
RECORDING = web.RequestKey("recording", Recording)
#: What the cookie holds; there from the first page on.
HELD = web.RequestKey("held", str)
SESSION = web.RequestKey("session", Session)
API_KEY = web.RequestKey("api_key", ApiKey)

#: What of an address may stand in the access log.
_OF_CHARS = 200


@dataclass(frozen=True)
class Access:
    """What a view asks for. `role` None: anybody may see it, signed in or not."""

    role: Role | None
    look: str | None = None
    #: The role while there are no final pictures, when that is another one.
    running: Role | None = None
    #: What an API key must be allowed; without one no key opens the view.
    scope: Scope | None = None

    def role_for(self, recording: Recording) -> Role:
        return (self.role if is_decided(recording) else self.running or self.role) or Role.MANAGER


def needs(
    role: Role, *, look: str | None = "page", running: Role | None = None, scope: Scope | None = None
) -> Callable[[View], View]:
    """Let in who has the role for the recording of the address, or on any site where it names none.

    `look` is what the access log says, None when it says nothing; `running` is the role that it takes as long as there
    are no final pictures; with `scope` an API key of that scope, made by somebody with the role, opens it too.
    """
    return _with(Access(role, look, running, scope))


def anybody(view: View) -> View:
    """Let in everybody: the way in, and what it looks like."""
    return _with(Access(None))(view)


def access_of(handler: object) -> Access | None:
    """What a view asks for, None when it does not say."""
    found = getattr(handler, "access", None)
    return found if isinstance(found, Access) else None


def _with(access: Access) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.access = access  # type: ignore[attr-defined]
        return view

    return mark


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Nobody comes to a view who may not, and to none that does not say who may."""
    if request.match_info.http_exception is not None:
        return await handler(request)
    access = access_of(request.match_info.handler)
    if access is None:
        raise Forbidden("Nobody may see this page: it does not say who may.")
    if access.role is not None:
        await _admit(request, access, access.role)
    return await handler(request)


async def _admit(request: web.Request, access: Access, role: Role) -> None:
    user = request[USER] = await _who(request, access)
    name = request.match_info.get("recording")
    if name is None:
        if not user.may(role):
            raise Forbidden(f"This is for {_plural(role)}: ask one of your managers for that role.")
    else:
        request[RECORDING] = await _granted(request, user, access, name)
    if access.look is not None:
        await _write(request, access.look)


async def _granted(request: web.Request, user: User, access: Access, name: str) -> Recording:
    """The recording, which is not there for somebody without a grant for its site."""
    found = await request.app[PARTS].registry.read(name)
    if user.role_on(found.site) is None:
        raise NotFound("There is no such recording.")
    role = access.role_for(found)
    if not user.may(role, found.site):
        raise Forbidden(
            f"This is for {_plural(role)} of {found.site}: ask one of its managers for that role."
        )
    return found


async def _who(request: web.Request, access: Access) -> User:
    if request.headers.get("Authorization"):
        return await _by_key(request, access)
    await welcome_back(request)
    if USER in request:
        return request[USER]
    if wants_page(request):
        raise web.HTTPSeeOther(f"/signin?next={quote(request.path_qs, safe='/')}")
    raise BadToken("Sign in first, or send an API key (Authorization: Bearer …).", code="not_signed_in")


async def welcome_back(request: web.Request) -> None:
    """Know who it is, if anybody, for a page that is for everybody."""
    with contextlib.suppress(NotFound):
        session: Session | None = request.get(SESSION)
        if session is not None and session.stage == Stage.IN:
            request[USER] = await request.app[USERS].read(session.user)


async def _by_key(request: web.Request, access: Access) -> User:
    """The user whose API key it is, with the roles that it was made for: a key of one site has none on another."""
    scheme, _, token = request.headers["Authorization"].partition(" ")
    if scheme.lower() != "bearer":
        raise BadToken("An API key is sent as Authorization: Bearer …")
    key = request[API_KEY] = await request.app[API_KEYS].find(token.strip(), now_ms())
    if access.scope is None:
        raise Forbidden("No API key opens this: sign in to see it.", code="not_by_key")
    if access.scope not in key.scopes:
        raise Forbidden(f"This API key has no scope {access.scope}: make one that has.", code="scope")
    try:
        user = await request.app[USERS].read(key.user)
    except NotFound:
        raise BadToken("Whoever made this API key is not there any more.") from None
    return user if key.site is None else user.only_on(key.site)


async def note(request: web.Request, what: str, of: str, at: Recording | None = None, site: str = "") -> None:
    """Take down that the user of the request does `what`, each time.

    `at` is a recording that the address does not name, `site` one of which no recording is meant.
    """
    await _write(request, what, of, at, site)


async def _write(
    request: web.Request, what: str, of: str | None = None, at: Recording | None = None, site: str = ""
) -> None:
    """A look at the address of the request or, with `of`, a deed."""
    recording = at or request.get(RECORDING)
    rest = request.path.partition(f"/{recording.id}")[2].strip("/") if recording else request.path
    look = Look(
        now_ms(),
        request[USER].name,
        what,
        recording.id if recording else "",
        recording.site if recording else site,
        (rest if of is None else of)[:_OF_CHARS],
    )
    await request.app[LOOKS].add(look, deed=of is not None)


def wants_page(request: web.Request) -> bool:
    """Whether a person with a browser asks, rather than a program."""
    return "text/html" in request.headers.get("Accept", "") and not request.path.startswith("/api/")


def _plural(role: Role) -> str:
    return {Role.VIEWER: "viewers", Role.ANALYST: "analysts", Role.MANAGER: "managers"}[role]


# --- the browser's side: who comes back, and whose forms are taken -------------------------------

#: Over https the browser itself sees to it that no other host sets this cookie.
COOKIE, SECURE_COOKIE = "yesmap-team", "__Host-yesmap-team"
FORM_FIELD, FORM_HEADER = "form_token", "X-Form-Token"
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


@web.middleware
async def recognise(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Find the session of the cookie, and take no form that another site may have sent."""
    held = request.cookies.get(cookie_name(request), "")
    held = request[HELD] = held if held.isascii() else ""  # what is none of ours need not be text at all
    found = await request.app[SESSIONS].find(held, now_ms()) if held else None
    if found is not None:
        request[SESSION] = found
    if request.method not in _READING and not request.headers.get("Authorization"):
        await _check_form(request, held)
    return await handler(request)


async def _check_form(request: web.Request, held: str) -> None:
    """The form must come from a page of ours: by its origin, and by the token that only our pages hold."""
    origin = request.headers.get("Origin")
    if origin is not None and _netloc(origin) != _host(request):
        raise Forbidden("This form comes from another site.", code="cross_site")
    given = request.headers.get(FORM_HEADER)
    if given is None and request.content_type in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        given = str((await _posted(request)).get(FORM_FIELD, ""))
    if not held or not _same(given or "", form_token(held)):
        raise Forbidden("This page was open for too long, or is not ours: load it again.", code="form_token")


async def _posted(request: web.Request) -> Mapping[str, object]:
    try:
        return await request.post()
    except (ValueError, AssertionError, KeyError, BadHttpMessage):
        raise Malformed("The form cannot be read: send it from a page of ours.") from None


def cookie_name(request: web.Request) -> str:
    return SECURE_COOKIE if is_secure(request) else COOKIE


def is_secure(request: web.Request) -> bool:
    """Whether browsers reach us by https, also when a reverse proxy does that for us."""
    url = request.app[SETTINGS].team_url
    return request.secure if url is None else url.startswith("https:")


def _host(request: web.Request) -> str:
    url = request.app[SETTINGS].team_url
    return request.host if url is None else urlsplit(url).netloc


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(errors="replace"), expected.encode())


def _netloc(origin: str) -> str:
    """Host and port; nothing of what is no address."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""
