"""A background from the page itself: the code that is made for it here, and what comes back with it from the page.

What comes is sent by a script in the site's page, so from the site's origin; `recorder/pagecodes.py` says what a code
is good for. The page may read our answer if something is recorded on its origin, and only here: that is all that is
shared with other origins, and never with cookies.
"""

import asyncio
from urllib.parse import urlsplit

from aiohttp import web

from heatmap.site.access import PARTS, RECORDING, USER, USERS, anybody, needs, note
from heatmap.site.api.operation import answer
from heatmap.site.api.shapes import Shape
from heatmap.site.api.snapshots import Kept, parts
from heatmap.site.pagecodes import PageCodes
from heatmap.site.roles import Role
from heatmap.snapshots import snapshot, snapshots
from recorder import views
from recorder.errors import BadToken, Conflict, Forbidden, Malformed, NotFound, YesmapError
from recorder.recording import Recording, State
from recorder.views import now_ms

PAGE_CODES = web.AppKey("page_codes", PageCodes)
#: What follows `#` in the address that a code is opened with; static/yesmap.js looks for it.
FRAGMENT = "yesmap-background="


class Link(Shape):
    """The page's address, with a new code."""

    link: str


@needs(Role.ANALYST, look=None)
async def make(request: web.Request) -> web.Response:
    """A link to a page of the site, with a code that is good for one background of it."""
    recording, form = request[RECORDING], await request.post()
    if recording.state != State.OPEN:
        raise Conflict("This recording has ended: its pictures are what they are.")
    address = _address(str(form.get("address", "")), recording)
    team = request.headers.get("Origin") or str(request.url.origin())  # ours, as the browser calls it
    code = await request.app[PAGE_CODES].make(recording.id, request[USER].name, team, now_ms())
    await note(request, "code for a background", of=urlsplit(address).path)
    return answer(Link(link=f"{address}#{FRAGMENT}{code}"), 201)


@anybody
async def before(request: web.Request) -> web.Response:
    """The browser's question whether a page may send something here."""
    may = {"Access-Control-Allow-Methods": "POST", "Access-Control-Allow-Headers": "authorization"}
    return web.Response(status=204, headers=await _shared(request) | may)


@anybody
async def take(request: web.Request) -> web.Response:
    """What was taken from a page, checked like any other snapshot; a refusal leaves the code as good as it was."""
    shared = await _shared(request)
    try:
        response = await _taken(request)
    except YesmapError as error:
        response = web.json_response(error.as_json(), status=error.status)
    response.headers.update(shared)
    return response


async def _taken(request: web.Request) -> web.Response:
    codes, code, site = request.app[PAGE_CODES], _code(request), views.origin(request)
    await _admit(request, (await codes.find(code, site, now_ms())).user)
    given = await parts(request)
    if "snapshot" not in given or not given.keys() <= {"snapshot", "image"}:
        raise Malformed("The form needs the part snapshot, and may have the part image.")
    found, picture = await asyncio.to_thread(snapshot.checked, given["snapshot"], given.get("image"))
    now = now_ms()
    async with codes.used(code, site, now) as good:
        data = snapshot.from_page(given["snapshot"], good.user, now)
        await snapshots.keep(request.app[PARTS].store, request[RECORDING], found, data, picture)
    await note(request, "background taken from the page", of=f"{found.page}, {found.device}")
    return answer(Kept.of(found, picture), 201)


async def _admit(request: web.Request, name: str) -> None:
    """The recording as it is now, which must run, and the user who made the code, with the role that it takes."""
    recording = request[RECORDING] = await request.app[PARTS].registry.read(request[RECORDING].id)
    if not recording.takes(now_ms()):
        raise Conflict("This recording has ended: its pictures are what they are.")
    try:
        user = request[USER] = await request.app[USERS].read(name)
    except NotFound:
        raise BadToken("Whoever made this code is not there any more.") from None
    if not user.may(Role.ANALYST, recording.site):
        raise Forbidden(f"Whoever made this code is no analyst of {recording.site} any more.")


async def _shared(request: web.Request) -> dict[str, str]:
    """What lets the page read our answer: its origin, for which a recording must be open."""
    origin = views.origin(request)
    request[RECORDING] = await request.app[PARTS].registry.for_origin(origin)
    return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}


def _code(request: web.Request) -> str:
    scheme, _, code = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not code:
        raise BadToken("The code is sent as Authorization: Bearer …")
    return code.strip()


def _address(text: str, recording: Recording) -> str:
    """The address of a page that the recording is about, without what follows `#`."""
    try:
        parts_ = urlsplit(text.strip())
        origin = f"{parts_.scheme}://{parts_.netloc}".lower()
    except ValueError:
        origin = ""
    if origin not in recording.origins:
        raise Malformed(
            f"This recording is about {', '.join(recording.origins)}: give the address of a page there."
        )
    return parts_._replace(fragment="").geturl()
