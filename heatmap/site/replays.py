"""The pages of replays: the list, the player, and what the player asks for. None is for API keys or exports."""

from urllib.parse import urlencode

from aiohttp import web

from heatmap.replays import notes, replays
from heatmap.replays.handles import Handles, gone
from heatmap.replays.replays import Wanted
from heatmap.replays.summaries import Summary
from heatmap.site.access import HELD, PARTS, RECORDING, needs
from heatmap.site.render import HEADERS, render
from heatmap.site.roles import Role
from heatmap.site.written import number_in
from recorder.errors import NotFound
from recorder.recording import Recording
from recorder.views import now_ms

HANDLES = web.AppKey("handles", Handles)

#: Visits on one page of the list.
ROWS = 25
#: Pages of a visit that are named in the list.
TRAIL = 7
#: What may have gone wrong, in the words of the list.
TROUBLES = {
    "any": "Anything",
    "rage": "Rage clicks",
    "dead": "Dead click",
    "error": "Error",
    "refused": "Refused field",
    "back": "Quick back",
}
#: How long a visit may have to be, seconds.
LENGTHS = {
    0: "any length",
    10: "10 seconds",
    30: "30 seconds",
    60: "1 minute",
    180: "3 minutes",
    600: "10 minutes",
}


@needs(Role.ANALYST, look="replays")
async def listing(request: web.Request) -> web.Response:
    """The visits that may be replayed now, the newest first, as far as they are wanted."""
    parts, recording = request.app[PARTS], request[RECORDING]
    refusal, every = "", list[Summary]()
    try:
        replays.check_running(recording, now_ms())
        every = await replays.listed(parts, recording)
    except NotFound as error:
        refusal = error.message
    wanted = _wanted(request, recording)
    found = [each for each in every if wanted.fits(each)]
    number = _number(request.query.get("at", ""), 1, max(1, -(-len(found) // ROWS)))
    rows = found[(number - 1) * ROWS : number * ROWS]
    query = _query(wanted)
    pages = max(1, -(-len(found) // ROWS))
    return render(
        request,
        "replays.html",
        recording=recording,
        refusal=refusal,
        wanted=wanted,
        filtered=bool(query),
        devices=recording.devices,
        troubles=_offered(every, wanted),
        said=TROUBLES,
        lengths=LENGTHS,
        rows=[(each, _path(request, each, query), _trail(each, recording)) for each in rows],
        count=len(found),
        total=len(every),
        cut=len(every) == replays.MOST,
        number=number,
        pages_=pages,
        newer=_listing(recording, {**query, "at": number - 1}) if number > 1 else "",
        older=_listing(recording, {**query, "at": number + 1}) if number < pages else "",
        notes=await notes.listed(parts.store, recording.id),
    )


@needs(Role.ANALYST, look=None)  # the look is taken down where the visit itself is asked for
async def player(request: web.Request) -> web.Response:
    """One visit, with its neighbours in the list that it was chosen from."""
    parts, recording = request.app[PARTS], request[RECORDING]
    session = _session(request)
    wanted = _wanted(request, recording)
    every = await replays.listed(parts, recording)
    visit = next((each for each in every if each.session == session), None)
    if visit is None:
        raise gone()
    row = [each for each in every if wanted.fits(each) or each is visit]
    at, query = row.index(visit), _query(wanted)
    return render(
        request,
        "replay.html",
        recording=recording,
        visit=visit,
        place=f"{at + 1} of {len(row)}",
        address=request.path,
        list=_listing(recording, query),
        before=_path(request, row[at - 1], query) if at else "",
        after=_path(request, row[at + 1], query) if at + 1 < len(row) else "",
        notes=await notes.listed(parts.store, recording.id),
    )


@needs(Role.ANALYST, look="replay")
async def data(request: web.Request) -> web.Response:
    """What the player plays."""
    made = await replays.read(request.app[PARTS], request[RECORDING], _session(request))
    response = web.json_response(made, headers=HEADERS)
    response.enable_compression()
    return response


@needs(Role.ANALYST, look=None)
async def there(request: web.Request) -> web.Response:
    """Whether an open player may go on showing what it has."""
    await replays.still_there(request.app[PARTS], request[RECORDING], _session(request))
    return web.Response(status=204, headers=HEADERS)


def _session(request: web.Request) -> str:
    """The visitor session of the handle in the address, for whoever it was given to."""
    recording = request[RECORDING]
    replays.check_running(recording, now_ms())
    return request.app[HANDLES].session(recording.id, request[HELD], request.match_info["handle"])


def _path(request: web.Request, visit: Summary, query: dict[str, object]) -> str:
    recording = request[RECORDING]
    handle = request.app[HANDLES].give(recording.id, request[HELD], visit.session)
    return f"{_listing(recording)}/{handle}" + (f"?{urlencode(query)}" if query else "")


def _listing(recording: Recording, query: dict[str, object] | None = None) -> str:
    return f"/recordings/{recording.id}/replays" + (f"?{urlencode(query)}" if query else "")


def _wanted(request: web.Request, recording: Recording) -> Wanted:
    """What the address asks for; what makes no sense asks for nothing."""
    query = request.query
    page, trouble = number_in(query.get("page", "")), query.get("trouble", "")
    return Wanted(
        page=page if page is not None and page < len(recording.pages) else None,
        device=next((device for device in recording.devices if device == query.get("device")), None),
        release=_one_of(query.get("release", ""), recording.seen_releases),
        trouble=_one_of(trouble, list(TROUBLES)),
        mark=_one_of(query.get("mark", ""), recording.marks),
        seconds=_number(query.get("seconds", ""), 0, max(LENGTHS)),
    )


def _offered(every: list[Summary], wanted: Wanted) -> dict[str, str]:
    """What may be searched for: what went wrong in some visit, and what is searched for already."""
    there = {wanted.trouble, *(word for each in every for word in each.trouble)}
    if any(each.trouble for each in every):
        there.add("any")
    return {word: text for word, text in TROUBLES.items() if word in there}


def _trail(visit: Summary, recording: Recording) -> str:
    """The pages of a visit in order, the middle of a long one left out."""
    names = [recording.pages[page].name for page in visit.pages if page < len(recording.pages)]
    return " → ".join(names if len(names) <= TRAIL else [*names[: TRAIL - 2], "…", names[-1]])


def _one_of(text: str, known: list[str]) -> str:
    return text if text in known else ""


def _number(text: str, least: int, most: int) -> int:
    found = number_in(text)
    return least if found is None else min(max(found, least), most)


def _query(wanted: Wanted) -> dict[str, object]:
    """The address of a list or of a visit in it says the same as the form."""
    given = {name: getattr(wanted, name) for name in Wanted.__dataclass_fields__}
    return {
        name: value
        for name, value in given.items()
        if value not in (None, "", 0) or (name == "page" and value == 0)
    }
