"""Is a release worse than another? The same as `yesmap check`, by API."""

from typing import Annotated

from aiohttp import web
from pydantic import Field

from heatmap.findings import check, releases
from heatmap.site.access import PARTS, RECORDING
from heatmap.site.api.operation import answer, operation
from heatmap.site.api.shapes import Shape
from heatmap.site.roles import Role
from recorder import forms


class Asked(Shape):
    """Which releases, and what must not have happened from one to the other."""

    before: Annotated[str, Field(max_length=40)]
    after: Annotated[str, Field(max_length=40)]
    fail_on: Annotated[
        list[Annotated[str, Field(max_length=40)]],
        Field(min_length=1, max_length=20, description="Such as rage>+1pp or clicked<-5pp."),
    ]


class Judged(Shape):
    """What came of it."""

    status: Annotated[
        int, Field(description="0: nothing is worse; 1: something is; 2: too few sessions to say.")
    ]
    alarms: list[str]
    sessions: Annotated[list[int], Field(description="Of the place that has most, before and after.")]
    needed: int
    markdown: str
    junit: str


@operation(
    "POST",
    "/api/recordings/{recording}/check",
    "Is a release worse than another?",
    role=Role.VIEWER,
    running=Role.ANALYST,
    scope="check",
    look="check",
    takes=Asked,
    answers={200: Judged},
)
async def judge(request: web.Request) -> web.Response:
    form = await forms.read(request, Asked)
    conditions = [check.condition(text) for text in form.fail_on]
    compared = await releases.tables(request.app[PARTS], request[RECORDING], form.before, form.after)
    verdict = check.judge(form.before, form.after, compared, conditions)
    return answer(
        Judged(
            status=verdict.status,
            alarms=[
                f"{alarm.place}: {alarm.condition.text}, {alarm.change.name}" for alarm in verdict.alarms
            ],
            sessions=list(verdict.sessions),
            needed=verdict.needed,
            markdown=check.as_markdown(verdict),
            junit=check.as_junit(verdict).decode(),
        )
    )
