"""API keys of the member."""

from collections.abc import Awaitable, Callable

import pytest

from heatmap.site.access import API_KEYS
from heatmap.site.apikeys import SCOPES, Scope
from recorder.views import now_ms
from tests.heatmap.site.conftest import Client

Headers = dict[str, str]
MakeKey = Callable[..., Awaitable[Headers]]


@pytest.fixture
def make_key(member: Client) -> MakeKey:
    """Makes a key of these scopes, to send along; of all of them if none is named."""

    async def make(*scopes: Scope, user: str = "ada", site: str | None = None) -> Headers:
        now = now_ms()
        keys = member.app[API_KEYS]
        _, token = await keys.make(user, "CI", list(scopes or SCOPES), site, now, now + 60_000)
        return {"Authorization": f"Bearer {token}"}

    return make


@pytest.fixture
async def key(make_key: MakeKey, member: Client) -> Headers:
    """A key for everything; nobody is signed in beside it."""
    headers = await make_key()
    member.session.cookie_jar.clear()
    return headers
