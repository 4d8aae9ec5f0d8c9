"""What is wrong with the site, in order: the page that one reads in the morning after a release."""

import json
from dataclasses import asdict

from aiohttp import web

from heatmap.findings import surveys
from heatmap.findings.findings import Findings
from heatmap.findings.surveys import Found
from heatmap.site import sentences
from heatmap.site.access import PARTS, RECORDING, needs
from heatmap.site.lost import unless_lost
from heatmap.site.render import HEADERS, render
from heatmap.site.roles import Role
from recorder.errors import NotFound
from recorder.recording import Recording, State


@needs(Role.VIEWER, running=Role.ANALYST, look="findings")
@unless_lost
async def page(request: web.Request) -> web.Response:
    """Everything that is wrong, and what changed from one release to the next."""
    recording = request[RECORDING]
    try:
        found = await _found(request)
    except NotFound as error:
        return render(request, "findings.html", recording=recording, found=None, why=error.message)
    findings = found.findings
    return render(
        request,
        "findings.html",
        recording=recording,
        found=findings,
        pairs=found.pairs,
        pair=request.query.get("pair", "") or next(reversed(found.pairs), ""),
        worse=[f for f in findings.findings if f.verdict in ("worse", "likely")],
        sections=sentences.sections(findings.before, findings.after),
        say=sentences,
        scale=_scale(findings),
        has_replays=recording.state == State.OPEN and "replay" in recording.purposes,
    )


@needs(Role.VIEWER, running=Role.ANALYST, look="findings")
async def as_json(request: web.Request) -> web.Response:
    """The same for programs."""
    found = await _found(request)
    body = _described(found, request[RECORDING])
    return web.Response(
        body=json.dumps(body, ensure_ascii=False).encode(), content_type="application/json", headers=HEADERS
    )


def _scale(findings: Findings) -> float:
    """The difference that is as far as an interval is drawn: the largest of all, but a tenth at least."""
    ends = [abs(end or 0) for f in findings.findings for s in f.symptoms for end in (s.least, s.most)]
    return max([0.1, *ends])


async def _found(request: web.Request) -> Found:
    return await surveys.found(request.app[PARTS], request[RECORDING], request.query.get("pair", ""))


def _described(found: Found, recording: Recording) -> dict[str, object]:
    """Findings with the names of their pages, and which pairs of releases there are."""
    made = asdict(found.findings)
    for finding in made["findings"]:
        finding["subject"]["page_name"] = recording.pages[finding["subject"]["page"]].name
    return made | {"pairs": {name: list(pair) for name, pair in found.pairs.items()}}
