"""Files of a page: what changed from release to release, and from device class to device class."""

import io
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from heatmap import files
from heatmap.devices import Side, of_devices
from heatmap.files import Context
from heatmap.page import Page, Told
from heatmap.palette import EMBERS, Look
from heatmap.raw import unsealed
from heatmap.snapshots.snapshot import read
from recorder import events, seal
from recorder.eventlog import Session
from recorder.events import Kind
from recorder.recording import Device
from tests.conftest import a_recording
from tests.recorder.sample import batch

KEY = bytes(32)
#: Element, release, sessions that saw it, sessions that clicked it.
Clicks = list[tuple[int, int, int]]
BUY, HELP = 7, 9
ABOUT = Context(
    a_recording(seen_releases=["1.9.0", "1.10.0"], pages=[{"name": "Home", "pattern": "/"}]), 0, "desktop"
)


def snapshot(device: Device, width: int, hidden: int = 0) -> bytes:
    """Two buttons of 100 × 40 px, one under the other; one may be in a menu that is closed."""
    boxes = [
        {"hash": hash_, "tag": "button", "name": name, "x": 200, "y": y, "w": 100, "h": 40}
        | {"visible": hash_ != hidden, "fixed": False, "group": False}
        for hash_, name, y in ((BUY, "Buy", 80), (HELP, "Help", 400))
    ]
    document = {"version": 1, "page": "Home", "device": device, "width": width, "height": 600}
    return json.dumps(document | {"elements": boxes}).encode()


def told(device: Device, *releases: dict[int, int], each: int = 120, hidden: int = 0) -> Told:
    """`each` sessions of every release, of which so many click each element."""
    width, viewport = {"desktop": (1280, (1280, 720)), "mobile": (380, (380, 720))}[device]
    some: list[Session] = []
    for release, clicks in enumerate(releases, 1):
        for number in range(each):
            rows: list[dict[str, Any]] = [{"kind": Kind.SCROLL, "t": 1}]
            rows += [
                {"kind": Kind.CLICK, "t": 900, "el": row, "x": 250, "y": 100, "fx": 32768, "fy": 32768}
                for row, element in enumerate((BUY, HELP))
                if number < clicks[element]
            ]
            made = batch(*rows, elements=np.array([BUY, HELP], "<u4"), viewport=viewport, size=(width, 600))
            name = f"{release}-{number}"
            sealed = {made.field: seal.seal(KEY, name, made.field, events.pack(made, release, 0))}
            some.append(Session(name, 0, frozenset({"heatmap"}), sealed, 0, 0))
    seen = read(snapshot(device, width, hidden))
    page = Page(seen.sheet, seen)
    page.add(unsealed(some, range(len(some)), KEY), (0, device))
    return Told(page, 20, automated=3)


def pixels(data: bytes) -> NDArray[np.int16]:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"), np.int16)


@pytest.fixture(scope="module")
def changed() -> Told:
    """After the release twice as many click Help, and nearly nobody Buy."""
    return told("desktop", {BUY: 80, HELP: 30}, {BUY: 10, HELP: 90})


def test_facts_name_the_segments_and_count_what_looked_automated(changed: Told) -> None:
    """What stands beside a picture."""
    facts = json.loads(files.of_segment(ABOUT, changed, changed.all)["facts.json"]())

    assert [("", None, 240), ("r1", "1.9.0", 120), ("r2", "1.10.0", 120)] == [
        (each["name"], each["release"], each["sessions"]) for each in facts["segments"]
    ]
    assert (240, 3, "desktop") == (facts["sessions"], facts["automated"], facts["device"])


def test_a_caption_says_what_its_facts_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of whom it is, how they were placed, what was left out of it, and how many visitors were asked and said yes."""
    captions: list[str] = []
    monkeypatch.setattr(files, "composed", lambda page, drawing, caption: captions.append(caption))
    found = told("desktop", {BUY: 80, HELP: 30}, hidden=HELP)
    about = Context(ABOUT.recording, 0, "desktop", asked=500, yes=140)
    made = files.of_segment(about, found, found.all)
    made["click-composed.png"]()
    facts = json.loads(made["facts.json"]())["layers"]["click"]

    assert (80, 80, 0, 30) == tuple(
        facts[key] for key in ("sessions", "by_element", "by_position", "dropped")
    )
    said = (
        f"{ABOUT.recording.site} · Home · desktop · click · 80 visitor sessions · 100% placed by element · "
        "30 of 110 on what is not in the picture · 100% shown under the crowd rule · "
        "of about 500 visitors asked, 140 said yes"
    )
    assert [said] == captions


@pytest.mark.parametrize("shot", [None, 600, 200], ids=["no screenshot", "screenshot", "shorter screenshot"])
def test_what_is_kept_of_a_picture_is_enough_to_compose_it_anew(changed: Told, shot: int | None) -> None:
    """Every layer of every segment: the same bytes as before, and in another look those of that look."""
    screenshot = _screenshot(1280, shot) if shot else None
    again = Told(replace(changed.page, screenshot=screenshot), 20, automated=3)
    about, boxes = replace(ABOUT, asked=500, yes=140), json.loads(files.of_page(again)["boxes.json"]())

    for segment in again.published():
        usual = files.of_segment(about, again, segment)
        layers = json.loads(usual["facts.json"]())["layers"]
        assert {"click", "scroll"} <= set(layers)
        for look in (Look(), Look("embers", 2.5, 0.5)):
            wanted = files.of_segment(about, again, segment, look=look)
            for layer in layers:
                made = files.recomposed(
                    about,
                    segment.name,
                    layer,
                    look,
                    overlay=usual[f"{layer}.png"](),
                    facts=json.loads(usual["facts.json"]()),
                    boxes=boxes,
                    screenshot=screenshot,
                )
                assert made == wanted[f"{layer}-composed.png"]()
                assert (look == Look()) == (made == usual[f"{layer}-composed.png"]())


def _screenshot(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(out, "PNG")
    return out.getvalue()


def test_a_legend_is_that_of_the_look(changed: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice as strong is as hot at half of the sessions; thumbnails are always as usual."""
    legends = dict[str, Any]()
    monkeypatch.setattr(files, "composed", lambda page, drawing, caption: legends.setdefault("now", drawing))
    for strength in (1, 2):
        made = files.of_segment(ABOUT, changed, changed.all, look=Look("embers", strength))
        made["click-composed.png"]()
        legends[str(strength)] = legends.pop("now").legend

    hottest = [int(legends[name].hot.rpartition(" ")[2]) for name in ("1", "2")]
    assert hottest[0] == pytest.approx(2 * hottest[1], rel=0.1)
    assert np.array_equal(legends["1"].colours, EMBERS)
    monkeypatch.undo()
    small = [
        files.of_segment(ABOUT, changed, changed.all, look=look)["click-small.webp"]()
        for look in (Look(), Look("embers"))
    ]
    assert small[0] == small[1]


def test_changes_go_from_the_earlier_release_to_the_later(changed: Told) -> None:
    """1.9 comes before 1.10; the table has the share before, after, and the interval of the difference."""
    made = files.of_changes(ABOUT, changed)

    assert {"changes.json", "changes.csv", "click.png", "click-composed.png"} == {
        name.removeprefix("r1-r2/") for name in made
    }
    rows = {row["name"]: row for row in json.loads(made["r1-r2/changes.json"]()) if row["kind"] == "clicked"}
    assert (0.6667, 0.0833) == (rows["Buy"]["before"], rows["Buy"]["after"])
    assert rows["Buy"]["high"] < -0.4 < 0.3 < rows["Help"]["low"]
    assert 1 + len(json.loads(made["r1-r2/changes.json"]())) == made["r1-r2/changes.csv"]().count(b"\r\n")


def test_what_changed_is_seen(changed: Told) -> None:
    """Buy is blue, Help is orange, and between them is nothing."""
    made = files.of_changes(ABOUT, changed)
    overlay, whole = (pixels(made[f"r1-r2/click{end}.png"]()) for end in ("", "-composed"))
    (fell, rose, same) = (overlay[y, 250] for y in (100, 420, 260))

    assert (600, 1280) == overlay.shape[:2]
    assert fell[2] > fell[0] + 50
    assert rose[0] > rose[2] + 50
    assert (True, True, 0) == (fell[3] > 150, rose[3] > 150, same[3])
    assert whole.shape[0] > 600
    assert whole[420, 250, 0] > whole[420, 250, 2] + 50


def test_equal_releases_have_a_table_and_no_picture() -> None:
    """Nothing is drawn where chance may explain it."""
    made = files.of_changes(ABOUT, told("desktop", {BUY: 60, HELP: 30}, {BUY: 58, HELP: 33}))

    assert {"r1-r2/changes.json", "r1-r2/changes.csv"} == set(made)


def test_a_table_alone_is_made_of_scrolling_alone() -> None:
    """A preview of a file is filled with what the file needs: no picture is asked for then."""
    few = told("desktop", {BUY: 80, HELP: 30}, {BUY: 10, HELP: 90})
    for group in few.page.groups.values():
        group.layers = {"scroll": group.layers["scroll"]}

    assert {"r1-r2/changes.json", "r1-r2/changes.csv"} == set(files.of_changes(ABOUT, few))
    assert 4 <= len(json.loads(files.of_changes(ABOUT, few)["r1-r2/changes.json"]()))


def test_device_classes_are_compared_by_element() -> None:
    """On telephones fewer who see Buy click it; its box on the telephone's page is blue, the other's is clear."""
    desktop = Side("desktop", told("desktop", {BUY: 90, HELP: 30}))
    mobile = Side("mobile", told("mobile", {BUY: 20, HELP: 32}))

    made = of_devices(Context(ABOUT.recording, 0), desktop, mobile)

    assert {"changes.json", "changes.csv", "clicked.png", "clicked-composed.png"} == {
        name.removeprefix("desktop-mobile/") for name in made
    }
    [buy] = [
        row
        for row in json.loads(made["desktop-mobile/changes.json"]())
        if (row["name"], row["kind"]) == ("Buy", "clicked")
    ]
    assert (0.75, 0.1667) == (buy["before"], buy["after"])
    overlay = pixels(made["desktop-mobile/clicked.png"]())
    assert (600, 380) == overlay.shape[:2]
    assert overlay[100, 250, 2] > overlay[100, 250, 0] + 50
    assert (130, 0) == (overlay[100, 250, 3], overlay[420, 250, 3])
