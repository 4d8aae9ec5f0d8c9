"""A recording with a crowd in it, and the parts that the team's side works with."""

from collections.abc import AsyncIterator

import numpy as np
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from pydantic import SecretStr

from heatmap import parts
from heatmap.parts import Parts
from recorder import events, seal
from recorder.consent import new_audit
from recorder.events import NO_ELEMENT, Kind
from recorder.recording import DAY_MS, Recording
from recorder.settings import Settings
from tests.conftest import a_recording
from tests.recorder.sample import batch

Client = TestClient[web.Request, web.Application]

#: Where everybody clicks, px.
SPOT = (640, 400)


@pytest.fixture
async def opened_parts(team_settings: Settings, redis_url: str) -> AsyncIterator[Parts]:
    """The team's parts, on an event store that lets visitors in too, for `visit`."""
    anybody = team_settings.model_copy(update={"redis_url": SecretStr(redis_url)})
    async with parts.opened(anybody) as opened:
        yield opened


@pytest.fixture
async def recording(opened_parts: Parts) -> Recording:
    """An open recording; its visitors come in with `visit`."""
    return await opened_parts.registry.open(a_recording())


async def visit(
    parts_: Parts,
    recording: Recording,
    x: int = SPOT[0],
    y: int = SPOT[1],
    page: int = 0,
    *,
    release: int = 0,
    viewport: tuple[int, int] = (1280, 720),
    height: int = 3000,
    element: int | None = None,
    day: int = 1,
    mark: int | None = None,
    opens: bool = False,
) -> str:
    """One visitor session that moves and clicks at one place, perhaps on an element; gives its audit id.

    On a later day, if that is wanted, or with a mark; `opens`: it also tells that it opened the page.
    """
    audit, key = new_audit(), await parts_.registry.key(recording)
    session = seal.session_id(key, audit)
    yes = recording.start + (day - 1) * DAY_MS
    await parts_.log.open_session(recording, session, yes, ["heatmap"])
    rows = [{"kind": kind, "t": 5, "x": x, "y": y} for kind in (Kind.SCROLL, Kind.MOVE, Kind.CLICK)]
    rows[0] |= {"x": 0, "y": 0}
    elements = np.array([] if element is None else [element], "<u4")
    if element is not None:
        rows[1:] = [{**row, "el": 0} for row in rows[1:]]
    if opens:
        rows.append({"kind": Kind.PAGE, "t": 0, "el": NO_ELEMENT})
    if mark is not None:
        rows.append({"kind": Kind.MARK, "t": 6, "x": mark, "y": 0, "el": NO_ELEMENT})
    made = batch(*rows, page=page, elements=elements, viewport=viewport, size=(viewport[0], height))
    sealed = seal.seal(key, session, made.field, events.pack(made, release, 0))
    await parts_.log.append(recording.id, session, made.field, sealed, len(rows), 0)
    return audit


async def crowd(parts_: Parts, recording: Recording, size: int = 25) -> list[str]:
    """So many visitor sessions in one place of a short page, which is drawn soon; gives their audit ids."""
    return [await visit(parts_, recording, 200, 100, height=400) for _ in range(size)]
