"""The page behind a link that is good once: it sets the password of somebody who was added, or of the first user."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import web

from heatmap.site import entry, passwords
from heatmap.site.access import USERS, anybody
from heatmap.site.invites import Invites
from heatmap.site.render import render
from heatmap.site.roles import EVERYWHERE, Role
from heatmap.site.signin import go_on, greeted, refused
from heatmap.site.users import User, Users, plain_name
from recorder.errors import Malformed, NotFound
from recorder.views import now_ms

INVITES = web.AppKey("invites", Invites)


@anybody
async def show(request: web.Request) -> web.Response:
    """The form."""
    return greeted(request, "welcome.html", name=await _whom(request), problem="")


@anybody
async def take(request: web.Request) -> web.StreamResponse:
    """Set the password, use up the link, and go on with signing in."""
    token, form = request.match_info["token"], await request.post()
    name, password = await _whom(request), str(form.get("password", ""))
    try:
        new = plain_name(str(form.get("name", ""))) if name is None else name
        passwords.check(password, new)
    except Malformed as error:
        return refused(render(request, "welcome.html", name=name, problem=error.message), error)
    # Used up before it is of use: of two who come at once one comes too late.
    await request.app[INVITES].use(token, now_ms())
    user = (
        await _first(request, new, password)
        if name is None
        else await entry.set_password(request.app[USERS], name, password, now_ms())
    )
    return await go_on(request, user, entry.policy(request).first_stage(user, now_ms()))


async def _first(request: web.Request, name: str, password: str) -> User:
    """The first user, who may do everything."""
    kept, now = await passwords.hashed(password), now_ms()
    user = User(name=name, grants={EVERYWHERE: Role.MANAGER}, created=now, password=kept, password_set=now)
    await request.app[USERS].add(user)
    return user


async def _whom(request: web.Request) -> str | None:
    """Whose link it is, None for the first user's; `NotFound` for a link that is of no use."""
    invites, token = request.app[INVITES], request.match_info["token"]
    if not invites.is_first(token):
        return (await invites.find(token, now_ms())).user
    if not on_this_machine(request) or not await request.app[USERS].none_yet():
        raise NotFound("This link is for this machine, and for as long as there is no user.", code="link")
    return None


def on_this_machine(request: web.Request) -> bool:
    """Whether the browser itself runs here: a loopback address on both ends, and no proxy in between."""
    proxied = any(name in request.headers for name in ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"))
    return not proxied and is_loopback(request.remote or "") and is_loopback(request.url.host or "")


def is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def address(url: str, token: str) -> str:
    """Where a link leads."""
    return f"{url}/welcome/{token}"


async def prepare(invites: Invites, users: Users, host: str) -> None:
    """The link of the first user, where nobody but this machine can come to us."""
    invites.nobody = await users.none_yet()
    if invites.nobody and is_loopback(host):
        invites.make_first()


def said(app: web.Application, url: str) -> list[str]:
    """What the start prints about the way in."""
    invites = app[INVITES]
    lines = [f"team's face:     {address(url, invites.first) if invites.first else url}"]
    if invites.first:
        lines.append("(sets you up; good once, on this machine)")
    elif invites.nobody:
        lines.append("(no user yet: yesmap user add NAME)")
    if not url.startswith("https:") and not is_loopback(urlsplit(url).hostname or ""):
        lines.append(
            "(without TLS: passwords could be read on their way; put it behind https, see YESMAP_TEAM_URL)"
        )
    return [lines[0], *(f"{'':17}{line}" for line in lines[1:])]
