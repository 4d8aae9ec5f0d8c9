"""One's own account: where one is signed in, password, second factor."""

from aiohttp import web

from heatmap.site.access import HELD, SESSIONS, USER, needs, note
from heatmap.site.render import render
from heatmap.site.roles import Role
from heatmap.site.sessions import digest
from recorder.errors import NotFound
from recorder.views import now_ms


@needs(Role.VIEWER, look=None)
async def show(request: web.Request) -> web.Response:
    """Everything about oneself."""
    sessions = await request.app[SESSIONS].of(request[USER].name, now_ms())
    return render(request, "account.html", sessions=sessions, here=digest(request[HELD]))


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
