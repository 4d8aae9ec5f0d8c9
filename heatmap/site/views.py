"""The team's pages: which recordings there are, and what one of them shows."""

from aiohttp import web

from heatmap.parts import Parts
from heatmap.site.access import PARTS, RECORDING, USER, needs
from heatmap.site.render import HEADERS, render
from heatmap.site.roles import Role
from recorder.recording import Recording
from recorder.views import now_ms


@needs(Role.VIEWER)
async def recordings(request: web.Request) -> web.Response:
    """Every recording, the newest first, with its counts."""
    parts = request.app[PARTS]
    shown = [each for each in await parts.registry.all() if request[USER].role_on(each.site) is not None]
    rows = [(each, await _asked(parts, each)) for each in shown]
    return render(request, "recordings.html", rows=rows, now=now_ms())


@needs(Role.VIEWER, look="certificate")
async def certificate(request: web.Request) -> web.Response:
    recording = request[RECORDING]
    stored = await request.app[PARTS].store.get(f"certificates/{recording.id}.json")
    return web.Response(body=stored.data, content_type="application/json", headers=HEADERS)


async def _asked(parts: Parts, recording: Recording) -> dict[str, int]:
    """Asked, yes and no over all device classes."""
    kept = recording.results.get("asked")
    counts = kept if isinstance(kept, dict) else await parts.log.counts(recording.id)
    return {
        what: sum(n for name, n in counts.items() if name.startswith(f"{what}:"))
        for what in ("asked", "yes", "no")
    }
