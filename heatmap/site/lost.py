"""In place of pictures, findings and flow: that there are none, or none yet, and why."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from heatmap.site.access import RECORDING
from heatmap.site.nav import is_decided, is_lost
from heatmap.site.render import render
from recorder.recording import State

Page = Callable[[web.Request], Awaitable[web.Response]]


def unless_lost(page: Page) -> Page:
    """The page, of a recording that has anything to show."""

    async def either(request: web.Request) -> web.Response:
        recording = request[RECORDING]
        if is_lost(recording):
            return render(request, "lost.html", recording=recording, why=recording.results.get("lost", ""))
        if recording.state != State.OPEN and not is_decided(recording):
            return render(request, "waiting.html", recording=recording)
        return await page(request)

    return either
