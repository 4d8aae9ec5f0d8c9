"""Somebody of the team looks at a running recording, so that what was drawn for them is in the memory of their face."""

import urllib.request

from heatmap import parts
from heatmap.site.access import COOKIE
from heatmap.site.roles import Role
from heatmap.site.sessions import Sessions, Stage
from heatmap.site.users import User, Users
from recorder.views import now_ms
from tests.prove.house import House

NAME = "team"
LAYERS = ("click", "move")


async def signed_in(house: House) -> str:
    """The cookie of an analyst."""
    async with parts.opened(house.settings) as opened:
        await Users(opened.store).add(User(name=NAME, grants={"*": Role.ANALYST}, created=now_ms()))
        return f"{COOKIE}={await Sessions(opened.store).begin(NAME, Stage.IN, now_ms())}"


def previews(house: House, recording: str, cookie: str) -> list[bytes]:
    """The pictures of the recording's page as they are drawn now."""
    place = f"{house.team_url}/recordings/{recording}/0/desktop"
    return [_seen(f"{place}/{layer}.png", cookie) for layer in LAYERS]


def _seen(url: str, cookie: str) -> bytes:
    request = urllib.request.Request(url, headers={"Cookie": cookie})  # noqa: S310 - our own face
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - our own face
        seen: bytes = answer.read()
    return seen
