"""Recordings by API: list, open, look at, end."""

from typing import Annotated, Literal

from aiohttp import web
from pydantic import Field

from heatmap.end import end
from heatmap.site import documents
from heatmap.site.access import PARTS, RECORDING, USER, note
from heatmap.site.api.operation import answer, asked, operation
from heatmap.site.api.shapes import Page, Paged, Shape, page
from heatmap.site.counts import Counts, counts
from heatmap.site.opening import in_the_way, refuse_foreign, tag, taken
from heatmap.site.recordings import looked_ahead, seen
from heatmap.site.roles import Role
from heatmap.site.setup import with_page, with_rule
from recorder import forms, limits, notice, recording, texts
from recorder.errors import Conflict, Malformed, NotFound
from recorder.notice import Document, First
from recorder.recording import DAY_MS, NEW, Described, Device, Moment, QueryKey, Recording, State
from recorder.recording import Page as Rule
from recorder.views import now_ms

#: A recording in forty languages, with texts of its own.
BYTES = 512 * 1024


class Matching(Shape):
    """Which addresses are of a page: as in a page, which keeps its name."""

    kind: Literal["path", "wildcard", "regex"] = "path"
    pattern: Annotated[str, Field(min_length=1, max_length=300)]
    query: Annotated[list[QueryKey], Field(default_factory=list, max_length=limits.QUERY_KEYS)]


class Numbers(Shape):
    """How visitors answered."""

    asked: int
    yes: int
    no: int
    ignored: Annotated[int, Field(description="Who was asked and did not answer.")]
    signal: Annotated[int, Field(description="Whose browser said no for them.")]
    uncovered: Annotated[int, Field(description="Page views that no rule covered.")]
    fault: Annotated[int, Field(description="Page views on which our own script failed.")]
    withdrawn: int

    @classmethod
    def of(cls, found: Counts) -> "Numbers":
        return cls(**{name: getattr(found, name) for name in cls.model_fields})


class Told(Shape):
    """A recording. Times are ms since the epoch."""

    id: str
    site: str
    state: State
    origins: list[str]
    purpose: dict[str, str]
    purposes: list[str]
    devices: list[Device]
    pages: list[Rule]
    releases: Annotated[list[str], Field(description="That were seen.")]
    variants: list[str]
    marks: list[str]
    languages: list[str]
    notice: str
    share: float
    min_sessions: int
    start: int
    end: int
    deadline: Annotated[int, Field(description="By when everything raw is destroyed.")]
    reached: Annotated[dict[str, int], Field(description="When it came to each state of its end.")]
    counts: Numbers


class Recordings(Page[Told]):
    """A part of the list, the newest first."""

    newer: Annotated[
        list[str],
        Field(description="Sentences about those that a newer release wrote and this one cannot read."),
    ]


class Wanted(Paged):
    """Which recordings."""

    state: State | None = None
    site: Annotated[str | None, Field(max_length=80)] = None


class Previewing(Described):
    """A recording that may be opened; the fields are those of `recording.toml`."""

    start: Annotated[Moment | None, Field(description="Now, unless it is given.")] = None
    end: Annotated[Moment | None, Field(description="Or `days`.")] = None
    days: Annotated[
        Annotated[float, Field(gt=0, le=limits.RECORDING_DAYS)] | None,
        Field(description="14, unless `end` is given."),
    ] = None
    confirmed: Annotated[bool, Field(description="Not before it is opened.")] = False


class Opening(Previewing):
    """A recording to open; the fields are those of `recording.toml`."""

    confirmed: Annotated[
        Literal[True], Field(description="That no health, political or children's pages are covered.")
    ]


class Preview(Shape):
    """What would be shown to visitors, and what has to be written down."""

    prompts: Annotated[dict[str, First], Field(description="What visitors are asked, by language.")]
    documents: Annotated[
        dict[str, str],
        Field(
            description="Markdown by name: `notice-en.md` for the privacy page, one in each language; `record.md` for "
            "the records of processing (Article 30 GDPR); `assessment.md`, a draft of the impact assessment."
        ),
    ]


class Opened(Shape):
    """The recording that is open now, and the tag for the site's pages."""

    recording: Told
    tag: str


class Outlook(Shape):
    """A page on a device class; sessions in fives, None before enough time has passed to say."""

    page: str
    device: str
    sessions: int
    by_the_end: int | None
    needed: int
    likely: bool


class Ahead(Shape):
    """Which pictures will be there if visitors go on coming as they have."""

    early: Annotated[bool, Field(description="Too early to say.")]
    warn: Annotated[bool, Field(description="The end is near, and some will not be there.")]
    outlooks: list[Outlook]


@operation(
    "GET",
    "/api/recordings",
    "List recordings",
    role=Role.VIEWER,
    scope="read",
    asks=Wanted,
    answers={200: Recordings},
)
async def listed(request: web.Request) -> web.Response:
    wanted, parts = asked(request, Wanted), request.app[PARTS]
    mine, newer = await seen(parts, request[USER])
    found = [each for each in mine if wanted.state in (None, each.state) and wanted.site in (None, each.site)]
    part, following = page(found, [each.id for each in found], wanted)
    items = [await told(request, each) for each in part]
    return answer(Recordings(items=items, next=following, newer=newer))


@operation(
    "POST",
    "/api/recordings",
    "Open a recording",
    role=Role.MANAGER,
    scope="manage",
    takes=Opening,
    answers={201: Opened},
)
async def open_(request: web.Request) -> web.Response:
    made, _ = await _described(request, Opening)
    opened = await request.app[PARTS].registry.open(made)
    await note(request, "recording opened", of=opened.id, at=opened)
    return answer(Opened(recording=await told(request, opened), tag=tag(request)), 201)


@operation(
    "POST",
    "/api/recordings/preview",
    "Whether a recording could open, what visitors would be shown, and what has to be written down: nothing is kept",
    role=Role.MANAGER,
    scope="manage",
    look=None,
    takes=Previewing,
    answers={200: Preview},
)
async def preview(request: web.Request) -> web.Response:
    made, told = await _described(request, Previewing)
    unopened = made.model_copy(update={"id": "[its id]"})  # the one that is opened has another
    return answer(
        Preview(
            prompts={tag: each.first for tag, each in told.languages.items()},
            documents={each.name: documents.text(unopened, each.name) for each in documents.titles(made)},
        )
    )


@operation(
    "GET",
    "/api/recordings/{recording}",
    "Look at a recording",
    role=Role.VIEWER,
    scope="read",
    answers={200: Told},
)
async def one(request: web.Request) -> web.Response:
    return answer(await told(request, request[RECORDING]))


@operation(
    "POST",
    "/api/recordings/{recording}/close",
    "End a recording now: the worker draws, destroys, checks and certifies",
    role=Role.MANAGER,
    scope="manage",
    answers={202: Told},
)
async def close(request: web.Request) -> web.Response:
    await note(request, "recording closed", of="")
    closed = await end.close(request.app[PARTS], request[RECORDING].id)
    request.app[PARTS].closed.set()
    return answer(await told(request, closed), 202)


@operation(
    "POST",
    "/api/recordings/{recording}/pages",
    "Add a page for what comes next",
    role=Role.MANAGER,
    scope="manage",
    takes=Rule,
    answers={201: Told},
)
async def add_page(request: web.Request) -> web.Response:
    form = await forms.read(request, Rule)
    return answer(await told(request, await with_page(request, form.model_dump())), 201)


@operation(
    "PUT",
    "/api/recordings/{recording}/pages/{page:\\d+}",
    "Change the rule of a page for what comes next",
    role=Role.MANAGER,
    scope="manage",
    takes=Matching,
    answers={200: Told},
)
async def change_page(request: web.Request) -> web.Response:
    form = await forms.read(request, Matching)
    return answer(await told(request, await with_rule(request, form.model_dump())))


@operation(
    "GET",
    "/api/recordings/{recording}/outlook",
    "Which pictures will be there at the end",
    role=Role.VIEWER,
    scope="read",
    answers={200: Ahead},
)
async def outlook(request: web.Request) -> web.Response:
    if request[RECORDING].state != State.OPEN:
        raise NotFound("This recording has ended: what came of it is in its pictures.")
    found = await looked_ahead(request.app[PARTS], request[RECORDING])
    outlooks = [
        Outlook(
            page=each.page,
            device=each.device,
            sessions=each.now,
            by_the_end=None if found.early else each.end,
            needed=each.needed,
            likely=each.likely,
        )
        for each in found.outlooks
    ]
    return answer(Ahead(early=found.early, warn=found.warn, outlooks=outlooks))


@operation(
    "GET",
    "/api/recordings/{recording}/documents/{document}",
    "A document about a recording: notice-en.md, record.md, assessment.md",
    role=Role.VIEWER,
    scope="read",
    look="document",
    answers={200: "text/markdown"},
)
async def document(request: web.Request) -> web.Response:
    return documents.answer(request[RECORDING], request.match_info["document"])


@operation(
    "GET",
    "/api/recordings/{recording}/certificate",
    "The signed certificate of the purge",
    role=Role.VIEWER,
    scope="read",
    answers={200: "application/octet-stream"},
)
async def certificate(request: web.Request) -> web.Response:
    try:
        stored = await request.app[PARTS].store.get(f"certificates/{request[RECORDING].id}.json")
    except NotFound:
        raise NotFound("There is no certificate yet: the recording has not come to its end.") from None
    return web.Response(body=stored.data, content_type="application/octet-stream")


async def told(request: web.Request, found: Recording) -> Told:
    """A recording as the interface tells of it."""
    return Told(
        **{name: getattr(found, name) for name in _SAME},
        purpose=found.notice.purpose,
        releases=found.seen_releases,
        notice=found.nv,
        reached={state.value: at for state, at in found.reached.items()},
        counts=Numbers.of(await counts(request.app[PARTS], found)),
    )


_SAME = (
    *("id", "site", "state", "origins", "purposes", "devices", "pages", "variants", "marks"),
    *("languages", "share", "min_sessions", "start", "end", "deadline"),
)


async def _described(request: web.Request, model: type[Previewing]) -> tuple[Recording, Document]:
    """The recording of a form and its notice, or a refusal with everything that is wrong with it.

    What is wrong with single fields comes first: only when they are right can the rest be told.
    """
    form = await forms.read(request, model, BYTES, every=True, context=NEW)
    await refuse_foreign(request, form)
    start = max(form.start or 0, now_ms())
    fields = {name: getattr(form, name) for name in Described.model_fields}
    end_ = start + round((form.days or 14) * DAY_MS) if form.end is None else form.end
    wrong = [
        Conflict(f"In the form, {where}: {what}.")
        for where, what in taken(form.origins, await in_the_way(request, form.origins)).items()
    ]
    try:
        made = recording.new(**fields, start=start, end=end_)
        told = notice.compose(made, texts.defaults())
    except Malformed as error:
        raise Malformed(" ".join(each.message for each in (error, *wrong))) from None
    if wrong:
        raise wrong[0]
    return made, told
