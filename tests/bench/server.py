"""The process that is measured: an empty aiohttp handler and the visitors' face, side by side in one event loop.

Whoever starts it does so with `overwriting.NEEDED` in its environment, as the program runs.
"""

import asyncio
import json
import sys
from pathlib import Path

from aiohttp import web
from pydantic import SecretStr

from recorder import settings, views
from recorder.app import build
from recorder.logs import quiet_logs
from recorder.serving import Face, until_stopped
from tests.conftest import ORIGIN, a_recording

SESSIONS = 1024


async def empty(request: web.Request) -> web.Response:
    """What every collector on aiohttp has to do at least: read the body, answer."""
    await request.read()
    return web.Response(status=204)


def ceiling() -> web.Application:
    app = web.Application()
    app.router.add_post("/v1/events", empty)
    return app


async def serve(data: Path, redis_url: str, sessions: int = SESSIONS) -> None:
    """Print ports and tokens as one line of JSON, then serve until the signal."""
    app = build(settings.read(data=data, redis_url=SecretStr(redis_url), port=0))
    faces = [Face(ceiling(), "127.0.0.1", 0, "-"), Face(app, "127.0.0.1", 0, "-")]
    telling: list[asyncio.Task[None]] = []
    await until_stopped(faces, lambda ports: telling.append(asyncio.create_task(_tell(app, ports, sessions))))
    await telling[0]


async def _tell(app: web.Application, ports: list[int], sessions: int) -> None:
    recording, tokens = await _sessions(app, sessions)
    print(json.dumps({"ports": ports, "recording": recording, "tokens": tokens}), flush=True)


async def _sessions(app: web.Application, sessions: int = SESSIONS) -> tuple[str, list[str]]:
    """A recording with so many visitors who said yes; gives their tokens."""
    recording, now = await app[views.REGISTRY].open(a_recording()), views.now_ms()
    tokens = []
    for number in range(sessions):
        session = f"visitor{number:015d}"
        await app[views.LOG].open_session(recording, session, now, ["heatmap"])
        tokens.append(app[views.TOKENS].issue(session, recording, ORIGIN, now)[0])
    return recording.id, tokens


if __name__ == "__main__":
    quiet_logs()
    asyncio.run(serve(Path(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:])))
