"""What is wrong with the site, in order: the page that one reads in the morning after a release."""

import json
from dataclasses import asdict

from aiohttp import web

from heatmap.divided import Whom
from heatmap.findings import surveys
from heatmap.findings.findings import Findings
from heatmap.findings.surveys import Found
from heatmap.site import sentences, whom
from heatmap.site.access import PARTS, RECORDING, needs
from heatmap.site.lost import unless_lost
from heatmap.site.render import HEADERS, render
from heatmap.site.roles import Role
from heatmap.site.written import number_in
from recorder.errors import NotFound
from recorder.recording import Recording, State


@needs(Role.VIEWER, running=Role.ANALYST, look="findings")
@unless_lost
async def page(request: web.Request) -> web.Response:
    """Everything that is wrong, and what changed from one release to the next."""
    parts, recording = request.app[PARTS], request[RECORDING]
    wanted, number = whom.read(request.query, recording, by_day=True), _page(request, recording)
    offered = await surveys.offered(parts, recording)
    shown = {
        "recording": recording,
        "chooser": whom.chooser(recording, wanted, offered, offered.marks),
        "offered": offered,
        "pair": request.query.get("pair", "") or next(reversed(offered.pairs), ""),
        "number": number,
        "query": request.query_string,
    }
    try:
        found = await _found(request, wanted)
    except NotFound as error:
        return render(request, "findings.html", found=None, why=error.message, **shown)
    findings = found.findings
    made = [f for f in findings.findings if number is None or f.subject.page == number]
    return render(
        request,
        "findings.html",
        found=findings,
        made=made,
        incomplete=found.incomplete,
        worse=[f for f in made if f.verdict in ("worse", "likely")],
        sections=sentences.sections(findings.before, findings.after),
        say=sentences,
        scale=_scale(findings),
        has_replays=recording.state == State.OPEN and "replay" in recording.purposes,
        **shown,
    )


@needs(Role.VIEWER, running=Role.ANALYST, look="findings")
async def as_json(request: web.Request) -> web.Response:
    """The same for programs."""
    recording = request[RECORDING]
    found = await _found(request, whom.read(request.query, recording, by_day=True))
    body = _described(found, recording)
    return web.Response(
        body=json.dumps(body, ensure_ascii=False).encode(), content_type="application/json", headers=HEADERS
    )


def _scale(findings: Findings) -> float:
    """The difference that is as far as an interval is drawn: the largest of all, but a tenth at least."""
    ends = [abs(end or 0) for f in findings.findings for s in f.symptoms for end in (s.least, s.most)]
    return max([0.1, *ends])


async def _found(request: web.Request, wanted: Whom) -> Found:
    """Of a selection there is no pair of releases, whatever the address says."""
    pair = "" if wanted.selection.name else request.query.get("pair", "")
    return await surveys.found(request.app[PARTS], request[RECORDING], pair, wanted)


def _page(request: web.Request, recording: Recording) -> int | None:
    """The page that findings are asked of; None for all of them."""
    number = number_in(request.query.get("page", ""))
    if number is not None and number >= len(recording.pages):
        raise NotFound("This recording has no such page.")
    return number


def _described(found: Found, recording: Recording) -> dict[str, object]:
    """Findings with the names of their pages, and which pairs of releases there are."""
    made = asdict(found.findings)
    for finding in made["findings"]:
        finding["subject"]["page_name"] = recording.pages[finding["subject"]["page"]].name
    return made | {"pairs": {name: list(pair) for name, pair in found.pairs.items()}}
