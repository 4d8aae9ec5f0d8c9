"""Consents by API: how visitors answered, where one of them stands, erasing one."""

from typing import Annotated, Literal

from aiohttp import web
from pydantic import Field

from heatmap.end import erasure
from heatmap.site.access import PARTS, RECORDING, USER, note
from heatmap.site.api.operation import answer, operation
from heatmap.site.api.recordings import Numbers
from heatmap.site.api.shapes import Shape
from heatmap.site.consents import days, found_by
from heatmap.site.counts import counts
from heatmap.site.roles import Role
from recorder import forms
from recorder.receipts import Receipt
from recorder.views import now_ms


class Day(Shape):
    """One day (UTC); `at` is its beginning, ms."""

    at: int
    asked: int
    yes: int
    no: int


class Answers(Shape):
    """How visitors answered, altogether and by day, and what they were shown."""

    notice: str
    languages: Annotated[dict[str, str], Field(description="SHA-256 of what was shown, by language.")]
    counts: Numbers
    days: list[Day]


class Audit(Shape):
    """Which consent."""

    audit: Annotated[str, Field(pattern=r"^[a-z2-7]{26}$", description="It stands in the visitor's panel.")]


class Erasing(Audit):
    """Which visit is erased, and who asked for it."""

    who: Literal["visitor", "parent"] = "visitor"


class Became(Shape):
    """What became of a consent; `at` says when it came to be withdrawn or destroyed."""

    recording: str
    site: str
    audit: str
    state: Literal["recording", "withdrawn", "ended", "destroyed"]
    at: int | None
    given: int
    language: str

    @classmethod
    def of(cls, found: Receipt) -> "Became":
        return cls(
            recording=found.recording.id,
            site=found.recording.site,
            audit=found.audit,
            state=found.state,
            at=found.at,
            given=found.given,
            language=found.language,
        )


@operation(
    "GET",
    "/api/recordings/{recording}/consents",
    "How visitors answered",
    role=Role.VIEWER,
    scope="read",
    answers={200: Answers},
)
async def answers(request: web.Request) -> web.Response:
    parts, recording = request.app[PARTS], request[RECORDING]
    told = await parts.registry.told(recording.nv)
    by_day = [
        Day(at=each.at, asked=each.asked, yes=each.yes, no=each.no) for each in await days(parts, recording)
    ]
    return answer(
        Answers(
            notice=recording.nv,
            languages={tag: each.sha256 for tag, each in told.languages.items()},
            counts=Numbers.of(await counts(parts, recording)),
            days=by_day,
        )
    )


@operation(
    "POST",
    "/api/consents/find",
    "Where a consent stands, by its audit id",
    role=Role.MANAGER,
    scope="manage",
    takes=Audit,
    answers={200: Became},
)
async def find(request: web.Request) -> web.Response:
    form = await forms.read(request, Audit)
    found = await found_by(request.app[PARTS], request[USER], form.audit)
    await note(request, "audit id looked up", of=found.recording.id, at=found.recording)
    return answer(Became.of(found))


@operation(
    "POST",
    "/api/consents/erase",
    "Erase a visit by its audit id, at its visitor's or a parent's request",
    role=Role.MANAGER,
    scope="manage",
    takes=Erasing,
    answers={200: Became},
)
async def erase(request: web.Request) -> web.Response:
    form = await forms.read(request, Erasing)
    found = await found_by(request.app[PARTS], request[USER], form.audit)
    await note(request, "visit erased", of=f"{found.recording.id}, {form.who}", at=found.recording)
    return answer(
        Became.of(await erasure.erase(request.app[PARTS], found.recording.id, form.audit, now_ms()))
    )
