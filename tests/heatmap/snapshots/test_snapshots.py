"""Where snapshots are kept, and which of them shows a page."""

import pytest

from heatmap.snapshots import snapshots
from heatmap.snapshots.snapshot import Snapshot, checked
from heatmap.snapshots.snapshots import Name, digest, keep, names, picture
from recorder.errors import Malformed
from recorder.objects import Objects
from recorder.recording import Recording
from tests.conftest import a_recording
from tests.heatmap.snapshots.test_screenshot import a_picture
from tests.heatmap.snapshots.test_snapshot import a_document, a_row


@pytest.fixture
def recording() -> Recording:
    return a_recording()


def test_a_name_is_read_as_it_was_written() -> None:
    """Page, device, state and release of a snapshot stand in its name."""
    some = [
        Name(0, "mobile"),
        Name(12, "desktop", "menu-open"),
        Name(3, "tablet", "", digest("1.5.0")),
        Name(3, "tablet", "menu", digest("1.5.0")),
    ]
    assert ["0-mobile", "12-desktop_menu-open"] == [str(name) for name in some[:2]]
    assert some == [snapshots._name(str(name)) for name in some]


@pytest.mark.parametrize("text", ["", "x", "0-watch", "a-mobile", "notes/0-mobile"])
def test_what_is_no_snapshot_is_passed_over(text: str) -> None:
    """Whatever else lies there is not taken for one."""
    assert snapshots._name(text) is None


async def test_a_snapshot_is_kept_with_its_picture(objects: Objects, recording: Recording) -> None:
    """Table and picture of each page, state and release; a second one takes the first one's place."""
    plain, menu = a_document(a_row()), a_document(a_row(), state="menu", release="1.5.0")
    for data, image in ((plain, None), (menu, a_picture(380, 900)), (plain, a_picture(380, 901))):
        await keep(objects, recording, *_kept(data, image))

    there = await names(objects, recording.id)

    assert [Name(0, "mobile"), Name(0, "mobile", "menu", digest("1.5.0"))] == there
    assert b"WEBP" == (await picture(objects, recording.id, there[0]) or b"")[8:12]
    assert "menu" == (await snapshots.document(objects, recording.id, there[1])).state

    await keep(objects, recording, *_kept(plain, None))
    assert await picture(objects, recording.id, there[0]) is None

    await snapshots.remove(objects, recording.id, there[1])
    assert there[:1] == await names(objects, recording.id)
    assert [] == [key for key in await objects.keys(f"snapshots/{recording.id}/") if "menu" in key]


async def test_a_page_that_the_recording_has_not_is_refused(objects: Objects, recording: Recording) -> None:
    """The sentence says which pages there are."""
    with pytest.raises(Malformed, match="it has Home, Basket"):
        await keep(objects, recording, *_kept(a_document(page="Nowhere"), None))


async def test_no_more_than_so_many_snapshots(
    objects: Objects, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is there already may be replaced, another one is too much."""
    monkeypatch.setattr(snapshots, "MOST", 1)
    await keep(objects, recording, *_kept(a_document(), None))
    await keep(objects, recording, *_kept(a_document(a_row()), None))
    with pytest.raises(Malformed, match="no more"):
        await keep(objects, recording, *_kept(a_document(page="Basket"), None))


def _kept(data: bytes, image: bytes | None) -> tuple[Snapshot, bytes, bytes | None]:
    snapshot, webp = checked(data, image)
    return snapshot, data, webp
