"""The access log."""

from pathlib import Path

import pytest

from heatmap.site.looks import SAME_MS, Look, Looks
from recorder.errors import Unavailable
from recorder.objects import Folder

NOON = 1_795_000_000_000


def look(at: int = NOON, what: str = "page", user: str = "ada") -> Look:
    return Look(at, user, what, "0123456789ab", "Shop", "")


async def test_a_look_at_a_page_is_written_with_others(tmp_path: Path) -> None:
    """One object for many; lines are only ever added."""
    looks = Looks(Folder(tmp_path))
    for user in ("ada", "bob", "eve"):
        await looks.add(look(user=user))
    assert [] == await looks.days()

    await looks.write()
    await looks.add(look(NOON + 1, user="zoe"))
    await looks.write()

    [day] = await looks.days()
    assert 2 == len(list((tmp_path / "access" / day).iterdir()))
    assert ["zoe", "ada", "bob", "eve"] == [each.user for each in await looks.on(day)]


async def test_the_same_look_again_is_one(tmp_path: Path) -> None:
    """Within ten minutes; afterwards it is another, and a replay always is."""
    looks = Looks(Folder(tmp_path))
    for at in (NOON, NOON + SAME_MS - 1, NOON + SAME_MS):
        await looks.add(look(at))
    for _ in range(2):
        await looks.add(look(what="replay"))
    await looks.write()

    [day] = await looks.days()
    whats = [each.what for each in await looks.on(day)]
    assert (2, 2) == (whats.count("page"), whats.count("replay"))


async def test_every_deed_counts(tmp_path: Path) -> None:
    """Who erases two visits of a recording, or gives a role, takes it and gives it again, is in the log each time."""
    looks = Looks(Folder(tmp_path))
    for _ in range(3):
        await looks.add(look(what="visit erased"), deed=True)
    await looks.write()

    [day] = await looks.days()
    assert 3 == len(await looks.on(day))


async def test_a_replay_that_cannot_be_written_down_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The view never begins; and the look is written as soon as the store is back."""
    store = Folder(tmp_path)
    looks = Looks(store)
    with monkeypatch.context() as broken:

        async def full(*_: object, **__: object) -> str:
            raise Unavailable("full")

        broken.setattr(store, "put", full)
        with pytest.raises(Unavailable):
            await looks.add(look(what="replay"))
    await looks.write()

    [day] = await looks.days()
    assert ["replay"] == [each.what for each in await looks.on(day)]


async def test_what_waits_is_written_at_the_stop(tmp_path: Path) -> None:
    """Nothing is lost when the face is told to stop."""
    looks = Looks(Folder(tmp_path))
    async with looks.kept():
        await looks.add(look())

    assert 1 == len(await looks.days())
