"""In place of pictures, findings and flow: that there are none, and why."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from heatmap.site.access import RECORDING
from heatmap.site.nav import is_lost
from heatmap.site.render import render

Page = Callable[[web.Request], Awaitable[web.Response]]


def unless_lost(page: Page) -> Page:
    """The page, of a recording that has anything to show."""

    async def either(request: web.Request) -> web.Response:
        recording = request[RECORDING]
        if is_lost(recording):
            return render(request, "lost.html", recording=recording, why=recording.results.get("lost", ""))
        return await page(request)

    return either
