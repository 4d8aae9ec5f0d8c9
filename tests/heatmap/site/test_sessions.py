"""Who is signed in, and for how long."""

from pathlib import Path

import pytest

from heatmap.site.sessions import HALF_WAY_MS, IDLE_MS, LIFE_MS, SEEN_MS, Sessions, Stage, digest
from recorder.objects import Folder


@pytest.fixture
def sessions(tmp_path: Path) -> Sessions:
    return Sessions(Folder(tmp_path))


async def test_left_alone_it_ends(sessions: Sessions) -> None:
    """After two hours; and what has ended is removed."""
    held = await sessions.begin("ada", Stage.IN, 0)

    assert await sessions.find(held, IDLE_MS - 1)
    assert await sessions.find(held, 2 * IDLE_MS - 2)
    assert await sessions.find(held, 4 * IDLE_MS) is None
    assert {} == await sessions.of("ada", 0)


async def test_after_a_working_day_it_ends(sessions: Sessions) -> None:
    """However busy one is."""
    held, at = await sessions.begin("ada", Stage.IN, 0), 0
    while at < LIFE_MS - SEEN_MS - 1:
        at += SEEN_MS + 1
        assert await sessions.find(held, min(at, LIFE_MS - 1))

    assert await sessions.find(held, LIFE_MS) is None


async def test_signing_in_is_done_in_one_go(sessions: Sessions) -> None:
    """Half way there is no time to guess codes."""
    held = await sessions.begin("ada", Stage.CODE, 0)

    assert await sessions.find(held, HALF_WAY_MS - 1)
    assert await sessions.find(held, HALF_WAY_MS) is None


async def test_an_ended_one_stays_ended(sessions: Sessions) -> None:
    """Whoever was about to write that it was seen does not bring it back."""
    held = await sessions.begin("ada", Stage.IN, 0)
    await sessions.end(digest(held))

    assert await sessions.change(held, seen=5) is None
    assert await sessions.find(held, 5) is None


async def test_all_others_are_ended(sessions: Sessions) -> None:
    """One's own: not those of somebody else, not this one."""
    mine = [await sessions.begin("ada", Stage.IN, at) for at in (1, 2, 3)]
    theirs = await sessions.begin("bob", Stage.IN, 1)

    assert [digest(each) for each in reversed(mine)] == list(await sessions.of("ada", 4))
    await sessions.end_all("ada", 4, but=digest(mine[1]))

    assert [None, True, None, True] == [await sessions.find(each, 4) and True for each in (*mine, theirs)]
