"""The pictures of a recording: previews while it runs, files by segment at its end."""

import io
import json
from typing import Any

import numpy as np
import pytest

from heatmap import gather, pictures
from heatmap.parts import Parts
from heatmap.snapshots.snapshot import read
from heatmap.snapshots.snapshots import keep
from recorder import seal
from recorder.errors import NotFound
from recorder.recording import Recording
from tests.conftest import a_recording
from tests.heatmap.conftest import SPOT, visit
from tests.heatmap.snapshots.test_snapshot import a_document, a_row


async def kept(parts: Parts, recording: Recording) -> dict[str, bytes]:
    files: dict[str, bytes] = {}

    async def keep(name: str, data: bytes) -> None:
        files[name] = data

    await pictures.final_pictures(parts, recording, keep)
    return files


async def clicks(parts: Parts, recording: Recording) -> int | None:
    """Sessions at the spot that the preview shows."""
    try:
        data = await pictures.file(parts, recording, 0, "desktop", "click.npz")
    except NotFound:
        return None
    grid = np.load(io.BytesIO(data))
    return int(grid["grid"][SPOT[1] // 4, SPOT[0] // 4] // grid["unit"])


@pytest.mark.also_on_a_cluster
async def test_two_previews_differ_by_five_sessions(opened_parts: Parts, recording: Recording) -> None:
    """The sixth to ninth wait for the tenth."""
    shown = []
    for number in range(1, 11):
        await visit(opened_parts, recording)
        if number >= 4:
            shown.append(await clicks(opened_parts, recording))

    assert [None, 5, 5, 5, 5, 5, 10] == shown


@pytest.mark.also_on_a_cluster
async def test_who_withdrew_is_in_no_preview(opened_parts: Parts, recording: Recording) -> None:
    """Gone at once, and nothing is shown until it no longer tells who."""
    audits = [await visit(opened_parts, recording) for _ in range(8)]
    assert 8 == await clicks(opened_parts, recording)
    key = await opened_parts.registry.key(recording)

    await opened_parts.log.erase(recording.id, seal.session_id(key, audits[0]))

    assert await clicks(opened_parts, recording) is None
    for _ in range(4):
        await visit(opened_parts, recording)
    assert 11 == await clicks(opened_parts, recording)


async def test_a_state_has_pictures_of_its_own_once_they_are_final(
    opened_parts: Parts, recording: Recording
) -> None:
    """What was done in an open menu is on the picture of the page with its menu open, and on no other."""
    fields: dict[str, Any] = {"device": "desktop", "width": 1280, "height": 400}
    for visible, state in ((False, ""), (True, "menu")):
        menu = a_row(hash=9, x=100, y=80, w=200, h=40, visible=visible, name="Tables")
        document = a_document(menu, a_row(x=0, y=300, w=90, h=30), **fields, state=state)
        await keep(opened_parts.store, recording, read(document), document, None)
    for _ in range(20):
        await visit(opened_parts, recording, height=400, element=9)
    for _ in range(5):
        await visit(opened_parts, recording, 20, 310, height=400, element=7)

    with pytest.raises(NotFound, match="once they are final"):
        await pictures.file(opened_parts, recording, 0, "desktop", "state-menu/click.png")
    files = await kept(opened_parts, recording)

    def clicked(folder: str) -> dict[str, int | None]:
        return {row["name"]: row["clicked"] for row in json.loads(files[f"{folder}/elements.json"])}

    assert [{"name": "menu", "sessions": 20}] == json.loads(files["0/desktop/facts.json"])["states"]
    assert {"Shop": 5} == {name: n for name, n in clicked("0/desktop").items() if n}
    assert {"Tables": 20} == {name: n for name, n in clicked("0/desktop/state-menu").items() if n}
    assert files["0/desktop/state-menu/click.png"].startswith(b"\x89PNG")
    assert "0/desktop/state-menu/scroll.png" not in files


async def test_a_page_is_as_high_as_five_sessions_had_it(
    opened_parts: Parts, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One who claims a huge document does not make a huge picture, while it runs and at the end."""
    for _ in range(20):
        await visit(opened_parts, recording)
    await visit(opened_parts, recording, height=65_000)

    preview = await pictures.file(opened_parts, recording, 0, "desktop", "click.npz")
    final = (await kept(opened_parts, recording))["0/desktop/click.npz"]

    for data in (preview, final):
        assert (750, 320) == np.load(io.BytesIO(data))["grid"].shape


async def test_pages_are_drawn_in_as_many_passes_as_memory_asks_for(
    opened_parts: Parts, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same files, however many pages are gathered at once."""
    for page in (0, 1):
        for _ in range(20):
            await visit(opened_parts, recording, page=page)
    at_once = await kept(opened_parts, recording)
    monkeypatch.setattr(gather, "PASS_BYTES", 1)

    assert at_once == await kept(opened_parts, recording)
    assert {"0", "1"} == {first for name in at_once if (first := name.split("/")[0]).isdecimal()}


async def test_segments_have_folders_of_their_own(opened_parts: Parts, recording: Recording) -> None:
    """A release with enough sessions has its files and stands in the facts; one without is in the whole only."""
    recording = await opened_parts.registry.change(
        recording.id, lambda r: r.model_copy(update={"seen_releases": ["1.4.0", "1.5.0"]})
    )
    for release, size in ((1, 25), (2, 10)):
        for _ in range(size):
            await visit(opened_parts, recording, release=release)

    files = await kept(opened_parts, recording)

    facts: dict[str, Any] = json.loads(files["0/desktop/facts.json"])
    assert [("", None, 35), ("r1", "1.4.0", 25)] == [
        (each["name"], each["release"], each["sessions"]) for each in facts["segments"]
    ]
    assert "0/desktop/r1/scroll.png" in files
    assert not [name for name in files if "/r2/" in name]


async def test_device_classes_with_few_sessions_share_a_table(
    opened_parts: Parts, recording: Recording
) -> None:
    """Twelve and eleven sessions have no pictures, but a table of all devices, and its facts say whose."""
    for viewport, size in (((1280, 720), 12), ((390, 800), 11), ((800, 900), 4)):
        for _ in range(size):
            await visit(opened_parts, recording, viewport=viewport)

    files = await kept(opened_parts, recording)

    assert ["0/all/facts.json"] == [name for name in files if "/" in name]
    assert {"sessions": 23, "devices": {"desktop": None, "mobile": None}} == json.loads(
        files["0/all/facts.json"]
    )


async def test_tables_of_the_whole_site_are_kept(opened_parts: Parts, recording: Recording) -> None:
    """Page flow, quick backs, errors and marks, for programs and spreadsheets; not of fewer than twenty sessions."""
    for _ in range(19):
        await visit(opened_parts, recording)
    assert {} == await kept(opened_parts, recording)
    await visit(opened_parts, recording)

    tables = {name for name in await kept(opened_parts, recording) if "/" not in name}

    names = ("visits", "flow", "backs", "errors", "marks", "orders")
    assert {"findings.json", "divided.json"} | {
        f"{name}.{kind}" for name in names for kind in ("json", "csv")
    } == tables


async def test_there_are_pictures_of_the_chosen_device_classes_only(opened_parts: Parts) -> None:
    """Of a window that was made wider meanwhile there are none, however many did that."""
    recording = await opened_parts.registry.open(a_recording(devices=["mobile"], min_sessions=10))
    for viewport in ((1280, 720), (380, 720)):
        for _ in range(10):
            await visit(opened_parts, recording, viewport=viewport)

    drawn = {name.split("/")[1] for name in await kept(opened_parts, recording) if name.startswith("0/")}

    assert {"mobile", "all"} == drawn
