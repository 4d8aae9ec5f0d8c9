"""The team's face, with nobody or somebody signed in."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from heatmap.site import app as team
from heatmap.site import signin
from recorder.settings import Settings

Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def face(team_settings: Settings) -> AsyncIterator[Client]:
    """The team's face, nobody signed in."""
    async with TestClient(TestServer(team.build(team_settings))) as client:
        yield client


@pytest.fixture
async def member(face: Client, team_settings: Settings) -> Client:
    """The team's face, with somebody signed in."""
    await face.get("/signin", params={"key": signin.team_key(team_settings)})
    return face
