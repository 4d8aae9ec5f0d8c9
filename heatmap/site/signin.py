"""Who may look: whoever holds the team's key. A browser shows it once and gets a cookie for it."""

import hashlib
import hmac
import secrets

from aiohttp import web
from aiohttp.typedefs import Handler

from heatmap.site.render import render
from recorder.errors import Forbidden, Unusable
from recorder.settings import Settings

COOKIE = "yesmap-team"
#: A key that nobody guesses.
KEY_CHARS = 20
TEAM_KEY = web.AppKey("team_key", str)
#: Pages that need no key: the way in, and what it looks like.
_OPEN = ("/signin", "/static/")


def team_key(settings: Settings) -> str:
    """The configured key, or one that is made on the first start (file mode 0600)."""
    if settings.team_key:
        return settings.team_key.get_secret_value()
    path = settings.data / "team-key"
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f".team-key.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(24))
        draft.replace(path)
    key = path.read_text().strip()
    if len(key) < KEY_CHARS:
        raise Unusable(
            f"The team's key in {path} has less than {KEY_CHARS} characters: delete the file for a new one."
        )
    return key


@web.middleware
async def required(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let nobody in without the key."""
    if request.path.startswith(_OPEN) or _same(request.cookies.get(COOKIE, ""), _proof(request)):
        return await handler(request)
    if request.method == "GET" and "text/html" in request.headers.get("Accept", ""):
        raise web.HTTPSeeOther("/signin")
    raise Forbidden("Sign in with the team's key first.", code="not_signed_in")


async def enter(request: web.Request) -> web.StreamResponse:
    """Take the key from the form and answer with the cookie."""
    form = await request.post()
    return _admit(request, str(form.get("key", "")))


async def enter_by_link(request: web.Request) -> web.StreamResponse:
    """Take the key from the link that the start printed; without one, show the form."""
    if "key" not in request.query:
        return render(request, "signin.html", wrong="wrong" in request.query)
    return _admit(request, request.query["key"])


def _admit(request: web.Request, key: str) -> web.StreamResponse:
    if not _same(key, request.app[TEAM_KEY]):
        raise web.HTTPSeeOther("/signin?wrong=1")
    response = web.HTTPSeeOther("/")
    response.set_cookie(
        COOKIE,
        _proof(request),
        max_age=12 * 3600,
        httponly=True,
        samesite="Lax",
        secure=request.secure,
        path="/",
    )
    raise response


def _proof(request: web.Request) -> str:
    """What the cookie holds: made from the key, so a new key ends every visit; not the key itself."""
    return hmac.digest(request.app[TEAM_KEY].encode(), b"yesmap team cookie", hashlib.sha256).hex()


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())
