"""Builds the team's face. What it opens, it closes, here."""

from collections.abc import AsyncIterator

from aiohttp import web

from heatmap import parts, worker
from heatmap.site import render, routes, signin, views
from recorder.middlewares import errors
from recorder.settings import Settings
from recorder.views import SETTINGS


def build(settings: Settings) -> web.Application:
    """The application, not yet started; with it runs the worker that ends recordings in time."""
    app = web.Application(middlewares=[errors, signin.required], client_max_size=16 * 1024)
    app[SETTINGS] = settings
    app[signin.TEAM_KEY] = signin.team_key(settings)
    app[render.ENVIRONMENT] = render.environment()
    routes.add(app)
    app.cleanup_ctx.append(_parts)
    return app


async def _parts(app: web.Application) -> AsyncIterator[None]:
    async with parts.opened(app[SETTINGS]) as opened, worker.running(opened):
        app[views.PARTS] = opened
        yield
