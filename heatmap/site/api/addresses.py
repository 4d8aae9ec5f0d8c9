"""Which page an address counts as, before a recording is opened and while it runs."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

from aiohttp import web
from pydantic import Field

from heatmap.site.access import RECORDING
from heatmap.site.api.operation import answer, operation
from heatmap.site.api.shapes import Shape
from heatmap.site.roles import Role
from heatmap.snapshots.addresses import Kind, try_out
from recorder import forms, limits
from recorder.recording import NEW, Origin
from recorder.recording import Page as Rule

#: Rules of five hundred pages, and as many addresses.
BYTES = 512 * 1024


class Addresses(Shape):
    """Addresses to try out."""

    urls: Annotated[
        list[Annotated[str, Field(max_length=2000)]],
        Field(
            min_length=1, max_length=200, description="Such as https://www.example.org/help, or /help alone."
        ),
    ]


class Trying(Addresses):
    """Addresses to try out with page rules that may still change."""

    pages: Annotated[list[Rule], Field(min_length=1, max_length=limits.PAGES)]
    origins: Annotated[
        list[Origin],
        Field(
            default_factory=list,
            max_length=20,
            description="Those of the site; every address is of it if none is given.",
        ),
    ]


class CountsAs(Shape):
    """What one address counts as."""

    url: str
    counts_as: Annotated[
        Kind,
        Field(description="A page of the recording; a page of the site that none is; or not of the site."),
    ]
    page: Annotated[str | None, Field(description="The name of the first page whose rule it fits.")]


class Tried(Shape):
    """What each address counts as, in the order in which they were given."""

    items: list[CountsAs]


@operation(
    "POST",
    "/api/addresses",
    "Which page of these rules each address counts as: another site's and no page's are told apart",
    role=Role.MANAGER,
    scope="manage",
    takes=Trying,
    answers={200: Tried},
)
async def before(request: web.Request) -> web.Response:
    form = await forms.read(request, Trying, BYTES, every=True, context=NEW)
    return await _tried(form.pages, form.origins, form.urls)


@operation(
    "POST",
    "/api/recordings/{recording}/addresses",
    "Which page of a recording each address counts as",
    role=Role.VIEWER,
    scope="read",
    takes=Addresses,
    answers={200: Tried},
)
async def of_recording(request: web.Request) -> web.Response:
    form = await forms.read(request, Addresses, BYTES)
    return await _tried(request[RECORDING].pages, request[RECORDING].origins, form.urls)


async def _tried(pages: Sequence[Rule], origins: Sequence[str], urls: Sequence[str]) -> web.Response:
    found = await asyncio.to_thread(try_out, pages, origins, urls)
    items = [
        CountsAs(url=url, counts_as=kind, page=page) for url, (kind, page) in zip(urls, found, strict=True)
    ]
    return answer(Tried(items=items))
