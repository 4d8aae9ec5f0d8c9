"""Log lines: JSON for programs, with the request's id, without the visitor."""

import json
import subprocess
import sys

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from recorder import logs
from recorder.middlewares import errors

LINES = """
import asyncio, logging
from recorder import logs
logs.quiet_logs()
log = logging.getLogger("yesmap.recorder")
async def request(n):
    logs.begin_request()
    log.error("first of %d", n)
    log.info("second of %d", n)
async def main():
    log.info("outside")
    await asyncio.gather(request(1), request(2))
    try:
        1 / 0
    except ZeroDivisionError:
        log.exception("failed")
asyncio.run(main())
"""


def test_every_line_is_json_and_lines_of_one_request_have_its_id() -> None:
    """Another request's have another id, and what is no request's has none."""
    done = subprocess.run([sys.executable, "-c", LINES], check=True, capture_output=True, text=True)

    lines = [json.loads(line) for line in done.stderr.splitlines()]

    assert {"event", "level", "logger", "timestamp"} == lines[0].keys()
    first, second = ({each["request"] for each in lines if each["event"].endswith(f"of {n}")} for n in (1, 2))
    assert (1, 1) == (len(first), len(second))
    assert first != second
    assert "ZeroDivisionError" in lines[-1]["exception"]


async def test_a_failure_of_ours_is_told_with_the_id_of_its_line() -> None:
    """So that somebody who was told of it can be helped; the line itself says nothing of the request."""

    async def broken(_: web.Request) -> web.Response:
        told.append(logs.request_id())
        raise ZeroDivisionError

    told: list[str | None] = []
    app = web.Application(middlewares=[errors])
    app.router.add_get("/", broken)
    async with TestClient(TestServer(app)) as client:
        answer = await client.get("/")
        assert f"noted as {told[0]}." in (await answer.json())["error"]["message"]
