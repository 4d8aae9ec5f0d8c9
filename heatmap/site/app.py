"""Builds the team's face. What it opens, it closes, here."""

from collections.abc import AsyncIterator

from aiohttp import web
from aiohttp.typedefs import Handler

from heatmap import parts, worker
from heatmap.replays.handles import Handles
from heatmap.site import access, entry, frompage, render, replays, routes, safe, welcome
from heatmap.site.apikeys import ApiKeys
from heatmap.site.drafts import DRAFTS, Drafts
from heatmap.site.invites import Invites
from heatmap.site.lockout import Strangers
from heatmap.site.looks import Looks
from heatmap.site.pagecodes import PageCodes
from heatmap.site.sessions import Sessions
from heatmap.site.users import Users
from recorder.errors import NotFound, YesmapError
from recorder.middlewares import errors, unforeseen
from recorder.settings import Settings
from recorder.views import SETTINGS

#: Forms of the pages: a recording in forty languages is the largest.
FORM_BYTES = 256 * 1024


def build(settings: Settings) -> web.Application:
    """The application, not yet started; with it runs the worker that ends recordings in time."""
    app = web.Application(
        middlewares=[errors, in_words, access.recognise, access.guard], client_max_size=FORM_BYTES
    )
    app[SETTINGS] = settings
    app[render.ENVIRONMENT] = render.environment()
    app[entry.STRANGERS] = Strangers()
    app[replays.HANDLES] = Handles()
    routes.add(app)
    app.cleanup_ctx.append(_parts)
    app.on_response_prepare.append(_guarded)
    return app


async def _guarded(_: web.Request, response: web.StreamResponse) -> None:
    """Every answer has these: pages bring them, files, JSON and refusals do not."""
    response.headers["Server"] = render.HEADERS["Server"]  # the library has named its version by now
    for name in ("X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy"):
        response.headers.setdefault(name, render.HEADERS[name])


@web.middleware
async def in_words(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A refusal, or that something went wrong, as a page for a person; programs get it as JSON."""
    try:
        return await handler(request)
    except web.HTTPNotFound:
        if not access.wants_page(request):
            raise
        await access.welcome_back(request)
        return render.problem(request, NotFound("There is nothing at this address."))
    except (web.HTTPException, ConnectionResetError):
        raise
    except Exception as error:
        if not access.wants_page(request):
            raise
        told = error if isinstance(error, YesmapError) else unforeseen(error)
        return render.problem(request, told)


async def _parts(app: web.Application) -> AsyncIterator[None]:
    async with parts.opened(app[SETTINGS]) as opened, worker.running(opened):
        store = opened.store
        app[access.PARTS] = opened
        app[access.USERS], app[access.SESSIONS] = Users(store), Sessions(store)
        app[safe.SAFE] = safe.Safe.under(opened.signing)
        app[access.API_KEYS], app[welcome.INVITES] = ApiKeys(store), Invites(store)
        app[DRAFTS] = Drafts(store)
        app[frompage.PAGE_CODES] = PageCodes(store, opened.registry)
        app[access.LOOKS] = looks = Looks(store)
        await welcome.prepare(app[welcome.INVITES], app[access.USERS], app[SETTINGS].team_host)
        async with looks.kept():
            yield
