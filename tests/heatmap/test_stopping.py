"""The team's face as a process that is told to stop."""

import asyncio
import json
import os

from heatmap.parts import Parts
from heatmap.site.apikeys import ApiKeys
from heatmap.site.roles import EVERYWHERE, Role
from heatmap.site.users import User, Users
from recorder.settings import Settings
from recorder.views import now_ms
from tests.heatmap.site.api.test_recordings import OPENING
from tests.recorder.test_serving import listens, process


async def test_who_is_told_to_stop_lets_requests_in_flight_finish(
    opened_parts: Parts, team_settings: Settings
) -> None:
    """A recording whose description is half there is open after SIGTERM; nobody new is let in meanwhile."""
    body, now = json.dumps(OPENING).encode(), now_ms()
    await Users(opened_parts.store).add(User(name="ada", grants={EVERYWHERE: Role.MANAGER}, created=now))
    _, token = await ApiKeys(opened_parts.store).make("ada", "CI", ["manage"], None, now, now + 600_000)
    async with process(team_settings, "-m", "heatmap") as (port, number), asyncio.timeout(60):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = [
            "POST /api/recordings HTTP/1.1",
            f"Host: 127.0.0.1:{port}",
            f"Authorization: Bearer {token}",
            f"Content-Length: {len(body)}",
            "Expect: 100-continue",
        ]
        writer.write("\r\n".join([*head, "", ""]).encode() + body[:-20])
        assert b"HTTP/1.1 100 Continue\r\n\r\n" == await reader.readuntil(b"\r\n\r\n")  # the head was read
        os.kill(number, 15)
        while await listens(port):
            await asyncio.sleep(0.01)
        writer.write(body[-20:])
        answer = await reader.read()
        writer.close()

    assert answer.startswith(b"HTTP/1.1 201"), answer
    [made] = await opened_parts.registry.all()
    assert made.id == json.loads(answer.partition(b"\r\n\r\n")[2])["recording"]["id"]
