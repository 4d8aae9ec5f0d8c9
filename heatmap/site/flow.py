"""How visitors go through the site: from page to page, and from mark to mark."""

from collections.abc import Sequence

from aiohttp import web

from heatmap.divided import EVERYBODY
from heatmap.findings import surveys
from heatmap.findings.survey import ALL
from heatmap.findings.surveys import Tables
from heatmap.flow import ELSEWHERE, TableRow
from heatmap.site import whom
from heatmap.site.access import PARTS, RECORDING, needs
from heatmap.site.diagram import diagram
from heatmap.site.lost import unless_lost
from heatmap.site.render import HEADERS, render
from heatmap.site.roles import Role


@needs(Role.VIEWER, running=Role.ANALYST, look="flow")
@unless_lost
async def page(request: web.Request) -> web.Response:
    """Pages with where people came from and went to; marks in their order."""
    parts, recording = request.app[PARTS], request[RECORDING]
    wanted = whom.read(request.query, recording, releases=True)
    offered = await surveys.offered(parts, recording)
    # Of a recording that ended before there were others, nothing is kept but the tables of everybody.
    chosen = wanted if offered.divided else EVERYBODY
    tables = await surveys.tables(parts, recording, chosen)
    return render(
        request,
        "flow.html",
        recording=recording,
        chooser=whom.chooser(recording, chosen, offered),
        offered=offered,
        query=request.query_string,
        tables=tables,
        rows=by_page([page.name for page in recording.pages], tables),
        diagram=diagram(tables["flow"]),
        orders=diagram(tables["orders"], "mark"),
        elsewhere=ELSEWHERE,
    )


@needs(Role.VIEWER, running=Role.ANALYST, look="flow")
async def as_json(request: web.Request) -> web.Response:
    """The tables, for programs."""
    recording = request[RECORDING]
    wanted = whom.read(request.query, recording, releases=True)
    return web.json_response(await surveys.tables(request.app[PARTS], recording, wanted), headers=HEADERS)


def by_page(pages: Sequence[str], tables: Tables) -> list[TableRow]:
    """Of each page: sessions, how many came in and left there, how many left it at once, where most went next."""
    made = list[TableRow]()
    for name in pages:
        nexts = [row for row in tables["flow"] if row["page"] == name and row["next"] != ELSEWHERE]
        made.append(
            {
                "page": name,
                "sessions": _sum(tables["visits"], page=name, release=ALL),
                "entries": _sum(tables["flow"], page=ELSEWHERE, next=name),
                "exits": _sum(tables["flow"], page=name, next=ELSEWHERE),
                "backs": _sum(tables["backs"], page=name),
                "next": str(nexts[0]["next"]) if nexts else "",
                "nexts": int(nexts[0]["sessions"]) if nexts else 0,
            }
        )
    return made


def _sum(rows: Sequence[TableRow], **wanted: str) -> int:
    fit = (row for row in rows if all(row[name] == value for name, value in wanted.items()))
    return sum(int(row["sessions"]) for row in fit)
