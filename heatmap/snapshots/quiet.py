"""Waiting until a page has loaded what it loads.

Chromium says once for each document that the network is idle, and not again when scrolling or a click makes it load
more. So requests are followed from the first on.
"""

import asyncio
import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.async_api import Page, Request

#: So long nothing is asked for by a page that is quiet, and so long that may take; with an open connection it never
#: is. s
STILL, LONGEST = 0.5, 5.0


class Traffic:
    """What a page is loading."""

    def __init__(self, page: "Page") -> None:
        """To be made before the page opens anything."""
        self._loading: set[Request] = set()
        self._begun, self._idle = asyncio.Event(), asyncio.Event()
        self._idle.set()
        page.on("request", self._begin)
        page.on("requestfinished", self._end)
        page.on("requestfailed", self._end)

    async def quiet(self) -> None:
        """Until everything that comes has come."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LONGEST):
                while not await self._still():
                    await self._idle.wait()

    async def _still(self) -> bool:
        """Whether nothing is loading, and nothing begins to for a while."""
        if self._loading:
            return False
        self._begun.clear()
        try:
            async with asyncio.timeout(STILL):
                await self._begun.wait()
        except TimeoutError:
            return True
        return False

    def _begin(self, request: "Request") -> None:
        self._loading.add(request)
        self._idle.clear()
        self._begun.set()

    def _end(self, request: "Request") -> None:
        self._loading.discard(request)
        if not self._loading:
            self._idle.set()
