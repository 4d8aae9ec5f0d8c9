"""The page of users: who may do what, on which sites."""

from aiohttp import web

from heatmap.site import people
from heatmap.site.access import API_KEYS, PARTS, SESSIONS, USER, USERS, needs, note
from heatmap.site.people import refuse_beyond
from heatmap.site.render import render
from heatmap.site.roles import EVERYWHERE, Role, may_grant
from heatmap.site.users import User, plain_name
from heatmap.site.welcome import INVITES, address
from recorder.errors import Malformed
from recorder.views import SETTINGS, now_ms


@needs(Role.MANAGER, look="users")
async def show(request: web.Request) -> web.Response:
    """Everybody whom one may do something about."""
    return await _page(request)


@needs(Role.MANAGER, look=None)
async def add(request: web.Request) -> web.Response:
    """A new user, with a link to hand over."""
    form = await request.post()
    name, site = plain_name(str(form.get("name", ""))), _site(form.get("site"))
    grants = {site: _role(form.get("role"))}
    refuse_beyond(request[USER], grants)
    await request.app[USERS].add(User(name=name, grants=grants, created=now_ms()))
    await note(request, "user added", of=name, site=site)
    return await _page(request, name, await link(request, name))


@needs(Role.MANAGER, look=None)
async def grant(request: web.Request) -> web.StreamResponse:
    """Another role on a site; none takes it away."""
    form = await request.post()
    site, word = _site(form.get("site")), str(form.get("role", ""))
    role = None if word == "none" else _role(word)
    name = str(form.get("name", ""))
    user = await people.granted(request.app[USERS], request[USER], name, site, role)
    await note(request, "role changed", of=f"{user.name}: {word} of {site}", site=site)
    raise web.HTTPSeeOther("/users")


@needs(Role.MANAGER, look=None)
async def reset(request: web.Request) -> web.Response:
    """A new password and second factor: the old ones and API keys end at once; there is a link to hand over."""
    user, app = await _theirs(request), request.app
    await people.started_anew(app[USERS], app[SESSIONS], app[API_KEYS], user.name, now_ms())
    await note(request, "user reset", of=user.name)
    return await _page(request, user.name, await link(request, user.name))


@needs(Role.MANAGER, look=None)
async def remove(request: web.Request) -> web.StreamResponse:
    """Away with a user, and with everything that lets them in."""
    user, app = await _theirs(request), request.app
    await people.removed(app[USERS], app[SESSIONS], app[API_KEYS], app[INVITES], user.name, now_ms())
    await note(request, "user removed", of=user.name)
    raise web.HTTPSeeOther("/users")


async def _theirs(request: web.Request) -> User:
    """The user of the form, whose every site one must manage; never oneself."""
    name = str((await request.post()).get("name", ""))
    return await people.theirs(request.app[USERS], request[USER], name)


async def _page(request: web.Request, invited: str = "", where: str = "") -> web.Response:
    me: User = request[USER]
    everybody = await request.app[USERS].all()
    shown = [user for user in everybody if user.name == me.name or concerns(me, user)]
    sites = {each.site for each in await request.app[PARTS].registry.all()}
    sites |= {site for user in everybody for site in user.grants if site != EVERYWHERE}
    mine = sorted(site for site in sites if me.may(Role.MANAGER, site))
    return render(
        request,
        "users.html",
        users=[(user, may_grant(me.grants, user.grants)) for user in shown],
        sites=[EVERYWHERE, *mine] if me.may(Role.MANAGER, EVERYWHERE) else mine,
        roles=[role.word for role in Role],
        invited=invited,
        link=where,
    )


def concerns(me: User, user: User) -> bool:
    """Whether the user has a role on a site that one manages."""
    return any(me.may(Role.MANAGER, site) for site in user.grants) or me.may(Role.MANAGER, EVERYWHERE)


async def link(request: web.Request, name: str) -> str:
    """The address of a new link for a user."""
    token = await request.app[INVITES].make(name, now_ms())
    return address(request.app[SETTINGS].team_url or str(request.url.origin()), token)


def _role(word: object) -> Role:
    try:
        return Role.named(str(word))
    except ValueError as error:
        raise Malformed(f"A role {error}.") from None


def _site(text: object) -> str:
    site = str(text or "").strip()
    if not 0 < len(site) <= 80:
        raise Malformed("Say which site: the name that its recordings have.")
    return site
