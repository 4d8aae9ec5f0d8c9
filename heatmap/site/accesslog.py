"""The access log as a page: who looked at what, day by day."""

import contextlib
import re
from collections.abc import Iterable

from aiohttp import web

from heatmap.site import looked
from heatmap.site.access import LOOKS, PARTS, USER, needs
from heatmap.site.looks import PAGE, Look
from heatmap.site.render import render
from heatmap.site.roles import Role
from heatmap.site.users import User
from heatmap.site.written import number_in
from recorder.errors import Malformed, NotFound
from recorder.recording import Recording

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@needs(Role.MANAGER, look="access log")
async def show(request: web.Request) -> web.Response:
    """One day's looks, of one user or one recording if that is asked for."""
    looks, query = request.app[LOOKS], request.query
    await looks.write()
    days = await looks.days()
    day = query.get("day") or (days[0] if days else "")
    if day and not _DAY.fullmatch(day):
        raise Malformed("A day is written as 2026-11-25.")
    found = [look for look in await looks.on(day) if shown(look, request[USER])] if day else []
    who, recording = query.get("who", ""), query.get("recording", "")
    chosen = [
        look
        for look in found
        if (not who or look.user == who) and (not recording or look.recording == recording)
    ]
    start = number_in(query.get("from", "")) or 0
    part = chosen[start : start + PAGE]
    known = await _recordings(request, part)
    return render(
        request,
        "access.html",
        days=days,
        day=day,
        looks=[(look, looked.said(look, known.get(look.recording))) for look in part],
        recordings={look.recording: look.site for look in found if look.recording},
        start=start,
        more=start + PAGE if start + PAGE < len(chosen) else None,
        total=len(chosen),
        people=sorted({look.user for look in found}),
        who=who,
        only=recording,
    )


async def _recordings(request: web.Request, some: Iterable[Look]) -> dict[str, Recording]:
    """The recordings of these lines that are still there and can be read."""
    found: dict[str, Recording] = {}
    for name in {look.recording for look in some if look.recording}:
        with contextlib.suppress(NotFound, Malformed):
            found[name] = await request.app[PARTS].registry.read(name)
    return found


def shown(look: Look, user: User) -> bool:
    """A manager of a site sees the looks at it; what concerns no site is for managers of all."""
    return user.may(Role.MANAGER, look.site or "*")
