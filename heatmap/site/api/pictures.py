"""Pictures, tables and findings by API: what there is, and each as a file."""

import json
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import Field

from heatmap import pictures
from heatmap.divided import Whom
from heatmap.drawing import Facts
from heatmap.elements import Row
from heatmap.findings import findings, surveys
from heatmap.selection import Selection
from heatmap.site import choice as choices
from heatmap.site import report
from heatmap.site.access import PARTS, RECORDING
from heatmap.site.api.operation import answer, asked, operation
from heatmap.site.api.shapes import Shape
from heatmap.site.choice import OPACITY, Choice
from heatmap.site.heatmap import refuse_export
from heatmap.site.render import HEADERS
from heatmap.site.roles import Role
from recorder.errors import Conflict, NotFound
from recorder.recording import Device, Recording

_PLACE = "/api/recordings/{recording}/pages/{page:\\d+}/{device}"


class Segment(Shape):
    """Of which sessions: all, those of a release or variant, or how one release differs from another."""

    segment: Annotated[
        str,
        Field(
            max_length=40,
            description="Such as r1, or m1 for those who reached the first mark and m1n for those who did not; while "
            "the recording runs also days: d2to5, r1d2to5; nothing for all sessions.",
        ),
    ] = ""


class Colours(Shape):
    """How a picture looks, as the choosers of its page have it."""

    palette: Annotated[
        Literal["classic", "embers"],
        Field(
            description="The colours of a layer's overlay and of its picture with the page, such as click.png and "
            "click-composed.png; other files stay as they are."
        ),
    ] = "classic"
    strength: Annotated[
        Literal["faint", "usual", "strong", "very-strong"],
        Field(
            description="How soon its colours are hot; bands that fill the page, as of scroll, have one strength."
        ),
    ] = "usual"
    opacity: Annotated[
        int, Field(ge=OPACITY[0], le=OPACITY[1], description="In hundredths of what is usual.")
    ] = 100


class Picture(Shape):
    """A page on a device class: the layers that have a picture, what there is by segment, its elements."""

    sessions: int
    automated: Annotated[int, Field(description="Sessions that look automated, and are in none of this.")]
    layers: dict[str, Facts]
    segments: list[dict[str, Any]]
    days: Annotated[
        list[tuple[int, int]],
        Field(description="First and last day of what can be told apart, while the recording runs."),
    ]
    elements: list[Row]


class Visitors(Shape):
    """Of whom something is told for the whole site: everybody, unless a device class or a segment is given."""

    device: Device | None = None
    segment: Annotated[
        str,
        Field(
            max_length=40,
            description="Such as m1 for those who reached the first mark and m1n for those who did not. Tables can be "
            "had of a release as well: r1, r1m1n; findings of days, while the recording runs: d2to5, m1d2to5.",
        ),
    ] = ""

    @property
    def whom(self) -> Whom:
        selection = Selection.read(self.segment) if self.segment else Selection()
        if selection is None:
            raise NotFound("There is no such segment.")
        return Whom(self.device, selection)


class Pair(Visitors):
    """Which two releases are compared. Of a segment none are."""

    pair: Annotated[
        str, Field(max_length=20, description="Such as r1-r2; the last two if none is given.")
    ] = ""


class Found(Shape):
    """What is wrong, in order, and what became worse from release to release."""

    pairs: dict[str, list[str]]
    findings: dict[str, Any]


class Tables(Shape):
    """Visits, flow from page to page, quick backs, errors, marks and their order."""

    tables: dict[str, list[dict[str, Any]]]


@operation(
    "GET",
    _PLACE,
    "What there is of a page on a device class",
    role=Role.VIEWER,
    running=Role.ANALYST,
    scope="read",
    look="picture",
    asks=Segment,
    answers={200: Picture},
)
async def place(request: web.Request) -> web.Response:
    recording, segment = request[RECORDING], asked(request, Segment).segment
    number, device = _place(request, recording)
    view = await pictures.view(request.app[PARTS], recording, number, device, segment)
    return answer(
        Picture(
            sessions=view.sessions,
            automated=view.automated,
            layers=view.layers,
            segments=view.segments,
            days=list(view.days),
            elements=view.rows,
        )
    )


@operation(
    "GET",
    _PLACE + "/{file:.+}",
    "A picture or table as a file, such as click.png, r1/elements.csv, m1/click.png or r1-r2/changes.json",
    role=Role.VIEWER,
    running=Role.ANALYST,
    scope="read",
    look="export",
    asks=Colours,
    answers={200: ", ".join(pictures.TYPES)},
)
async def file(request: web.Request) -> web.Response:
    recording, name, wanted = request[RECORDING], request.match_info["file"], asked(request, Colours)
    number, device = _place(request, recording, all_too=True)
    refuse_export(recording, name)
    look = Choice(palette=wanted.palette, strength=wanted.strength, opacity=wanted.opacity).look
    data = await pictures.file(request.app[PARTS], recording, number, device, name, look)
    return web.Response(body=data, content_type=pictures.content_type(name), headers=HEADERS)


@operation(
    "GET",
    "/api/recordings/{recording}/report",
    "The whole of a finished recording as one HTML file",
    role=Role.VIEWER,
    running=Role.ANALYST,
    scope="read",
    look="report",
    answers={200: "text/html"},
)
async def whole(request: web.Request) -> web.StreamResponse:
    """Of one that runs there is none."""
    try:
        return await report.report(request)
    except Conflict as error:
        raise NotFound(error.message) from None


@operation(
    "GET",
    "/api/recordings/{recording}/findings",
    "What is wrong, in order",
    role=Role.VIEWER,
    running=Role.ANALYST,
    scope="read",
    look="findings",
    asks=Pair,
    answers={200: Found},
)
async def found(request: web.Request) -> web.Response:
    wanted = asked(request, Pair)
    now = await surveys.found(request.app[PARTS], request[RECORDING], wanted.pair, wanted.whom)
    return answer(
        Found(
            pairs={name: list(pair) for name, pair in now.pairs.items()},
            findings=json.loads(findings.as_json(now.findings)),
        )
    )


@operation(
    "GET",
    "/api/recordings/{recording}/tables",
    "How visitors went from page to page",
    role=Role.VIEWER,
    running=Role.ANALYST,
    scope="read",
    look="tables",
    asks=Visitors,
    answers={200: Tables},
)
async def tables(request: web.Request) -> web.Response:
    whom = asked(request, Visitors).whom
    if whom.selection.variant or whom.selection.first:
        raise NotFound("Variants and days are not told apart in tables of the whole site.")
    now = await surveys.tables(request.app[PARTS], request[RECORDING], whom)
    return answer(Tables(tables={name: [dict(row) for row in rows] for name, rows in now.items()}))


def _place(request: web.Request, recording: Recording, *, all_too: bool = False) -> tuple[int, Any]:
    """Page and device class of the address; None for all of them, where that may be."""
    number, name = int(request.match_info["page"][:6]), request.match_info["device"]
    if number >= len(recording.pages):
        raise NotFound("This recording has no such page.")
    if all_too and name == pictures.ALL:
        return number, None
    return number, choices.device(name, recording)
