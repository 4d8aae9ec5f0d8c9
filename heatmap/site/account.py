"""One's own account: where one is signed in, password, second factor, API keys."""

from aiohttp import web

from heatmap.site import entry
from heatmap.site.access import API_KEYS, HELD, SESSIONS, USER, USERS, needs, note
from heatmap.site.apikeys import SCOPES, Scope
from heatmap.site.render import render
from heatmap.site.roles import Role
from heatmap.site.sessions import Stage, digest
from heatmap.site.signin import go_on, renewed, with_cookie
from heatmap.site.users import User
from recorder.errors import BadToken, Malformed, NotFound, TooOften
from recorder.recording import DAY_MS
from recorder.views import now_ms

#: A key that nobody thinks of any more should not work for ever.
KEY_DAYS = (30, 90, 365)
KEY_NAME_CHARS = 60


@needs(Role.VIEWER, look=None)
async def show(request: web.Request) -> web.Response:
    """Everything about oneself."""
    return await _page(request)


@needs(Role.VIEWER, look=None)
async def end_session(request: web.Request) -> web.Response:
    """End one of one's own sessions, or all the others."""
    form, sessions, name = await request.post(), request.app[SESSIONS], request[USER].name
    which = str(form.get("session", ""))
    if which == "others":
        await sessions.end_all(name, now_ms(), but=digest(request[HELD]))
    elif which in await sessions.of(name, now_ms()):
        await sessions.end(which)
    else:
        raise NotFound("This session has ended already.")
    await note(request, "session ended", of="")
    raise web.HTTPSeeOther("/me")


@needs(Role.VIEWER, look=None)
async def set_password(request: web.Request) -> web.StreamResponse:
    """Another password, for whoever knows the one that there is; all other sessions end."""
    form = await request.post()
    try:
        user = await _proven(request, str(form.get("current", "")))
        new = str(form.get("password", ""))
        await entry.refuse_same(user, new)
        await entry.set_password(request.app[USERS], user.name, new, now_ms())
    except (Malformed, BadToken, TooOften) as error:
        page = await _page(request, problem=error.message)
        page.set_status(error.status)
        return page
    await request.app[SESSIONS].end_all(user.name, now_ms(), but=digest(request[HELD]))
    await note(request, "password changed", of="")
    request[HELD] = await renewed(request, user, Stage.IN)
    page = await _page(request, done="Your password is changed. You are signed out everywhere else.")
    return with_cookie(request, page, request[HELD])


@needs(Role.VIEWER, look=None)
async def renew_factor(request: web.Request) -> web.StreamResponse:
    """Another second factor, for whoever knows the password: it is set up as at the first time."""
    form = await request.post()
    try:
        user = await _proven(request, str(form.get("current", "")))
    except (BadToken, TooOften) as error:
        page = await _page(request, problem=error.message)
        page.set_status(error.status)
        return page
    await note(request, "second factor renewed", of="")
    return await go_on(request, user, Stage.FACTOR)


@needs(Role.VIEWER, look=None)
async def make_key(request: web.Request) -> web.Response:
    """A key, which is shown this once."""
    form, me = await request.post(), request[USER]
    name = str(form.get("name", "")).strip()
    chosen: list[Scope] = [scope for scope in SCOPES if scope in form.getall("scopes", ())]
    days, site = str(form.get("days", "")), str(form.get("site", "")) or None
    if not 0 < len(name) <= KEY_NAME_CHARS or not chosen or days not in map(str, KEY_DAYS):
        raise Malformed("A key has a name, a scope or more, and one of the lives that are offered.")
    if site is not None and me.role_on(site) is None:
        raise NotFound("There is no such site.")
    now = now_ms()
    key, token = await request.app[API_KEYS].make(me.name, name, chosen, site, now, now + int(days) * DAY_MS)
    await note(request, "API key made", of=key.id)
    return await _page(request, token=token)


@needs(Role.VIEWER, look=None)
async def end_key(request: web.Request) -> web.StreamResponse:
    """End one of one's own keys."""
    id_ = str((await request.post()).get("key", ""))
    if id_ not in {key.id for key in await request.app[API_KEYS].of(request[USER].name)}:
        raise NotFound("There is no such key of yours.")
    await request.app[API_KEYS].end(id_)
    await note(request, "API key ended", of=id_)
    raise web.HTTPSeeOther("/me#keys")


async def _proven(request: web.Request, password: str) -> User:
    """Oneself, by the password: a browser that was left open changes nothing that lasts."""
    return await entry.by_password(request, request[USER].name, password)


async def _page(request: web.Request, *, token: str = "", problem: str = "", done: str = "") -> web.Response:
    me: User = request[USER]
    sessions = await request.app[SESSIONS].of(me.name, now_ms())
    return render(
        request,
        "account.html",
        sessions=sessions,
        here=digest(request[HELD]),
        keys=await request.app[API_KEYS].of(me.name),
        scopes=SCOPES,
        sites=[site for site in me.grants if site != "*"],
        lives=KEY_DAYS,
        token=token,
        problem=problem,
        done=done,
        now=now_ms(),
    )
