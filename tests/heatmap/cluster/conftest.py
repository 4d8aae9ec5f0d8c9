"""A cluster whose drawers come to the event store as their own user."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from recorder.settings import Settings
from tests import drawers
from tests.drawers import Cluster
from tests.heatmap.test_crew import crowd
from tests.processes import Process

__all__ = ["crowd"]


@pytest.fixture
def cluster(team_settings: Settings, users: dict[str, str], tmp_path: Path) -> Iterator[Cluster]:
    """A scheduler, and no drawer yet."""
    chosen = team_settings.model_copy(update={"redis_url": SecretStr(users["drawer"])})
    with drawers.cluster(tmp_path, chosen) as running:
        yield running


async def said(process: Process, what: str) -> None:
    """Until it has said so."""
    async with asyncio.timeout(60):
        while what not in process.log.read_text():
            assert process.alive or what in process.log.read_text(), process.log.read_text()
            await asyncio.sleep(0.02)
