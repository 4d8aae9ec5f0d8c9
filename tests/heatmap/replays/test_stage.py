"""Where events were in the visitor's window, on a tiny page."""

from dataclasses import replace
from typing import Any

import numpy as np

from heatmap.replays.stage import Stage, Way
from heatmap.replays.tape import View, views
from heatmap.replays.words import Words
from heatmap.sheet import ELEMENT, Sheet, blank
from heatmap.snapshots.snapshot import Snapshot
from heatmap.states import states
from recorder.events import Kind
from tests.heatmap.replays.test_tape import PAGE, a_tape
from tests.recorder.sample import batch

#: The elements of `sample.BATCH`, in its order.
LINK, DIALOG = 7, 9
HALF = 32768


def sheet(*rows: tuple[Any, ...], width: int = 1280, height: int = 2000) -> Sheet:
    """Rows of hash, x, y, w, h, visible, fixed."""
    return Sheet(width, height, np.array([(*row, False) for row in rows], ELEMENT))


def a_view(*rows: dict[str, int], **changes: Any) -> View:
    [view] = views(a_tape(batch(PAGE, *rows, **changes)))
    return view


def a_stage(view: View, *sheets: Sheet) -> Stage:
    columns = view.columns
    width, height = int(view.header["width"]), int(view.header["height"])
    size = (max(width, sheets[0].width), height)
    return Stage(view, columns, sheets, states(columns, sheets), size)


def test_a_page_without_events_is_stretched_evenly() -> None:
    """Only top and end are known then."""
    way = Way.through(np.zeros(0), np.zeros(0), (1000, 2000))
    assert [0, 500, 2000, 2000] == way.at(np.array([0, 250, 1000, 9000])).tolist()


def test_the_way_goes_through_what_events_tell() -> None:
    """Each band of the page once, by its median, and never back up."""
    page, picture = np.array([100, 110, 120, 600]), np.array([200, 210, 900, 150])
    way = Way.through(page, picture, (1000, 2000))
    assert [0, 210, 210, 2000] == way.at(np.array([0, 110, 600, 1000])).tolist()


def test_the_window_is_at_the_top_and_at_the_end_when_the_page_is() -> None:
    """However much longer or shorter the snapshot is."""
    way = Way.through(np.zeros(0), np.zeros(0), (1000, 3000))
    assert [0, 1400, 2800] == way.top(np.array([0, 400, 800]), 200).round().tolist()


def test_an_event_is_in_its_elements_box() -> None:
    """At the same share of it, wherever it was on the visitor's page."""
    click = {"kind": Kind.CLICK, "t": 9, "el": 0, "x": 90, "y": 80, "fx": HALF, "fy": HALF}
    stage = a_stage(a_view(click), sheet((LINK, 400, 300, 101, 41, True, False)))
    assert [450] == stage.points(Kind.CLICK)["x"]
    assert [320] == stage.points(Kind.CLICK)["y"]


def test_a_window_wider_than_the_snapshot_has_it_in_its_middle() -> None:
    """What has an element is beside it; what has none is where it was in the window."""
    in_box = {"kind": Kind.CLICK, "t": 9, "el": 0, "x": 90, "y": 80}
    beside = {"kind": Kind.CLICK, "t": 10, "x": 15, "y": 80}
    view = a_view(in_box, beside, viewport=(1480, 720), size=(1480, 2000))
    stage = a_stage(view, sheet((LINK, 400, 300, 100, 40, True, False)))
    assert [500, 15] == stage.points(Kind.CLICK)["x"]


def test_the_snapshot_is_scrolled_as_the_page_was() -> None:
    """The window's top on the snapshot, told only when it changes."""
    view = a_view(
        {"kind": Kind.SCROLL, "t": 1},
        {"kind": Kind.SCROLL, "t": 500, "y": 640},
        {"kind": Kind.SCROLL, "t": 600, "el": 0, "fx": 9, "fy": 9},
        size=(1280, 2000),
    )
    assert {"t": [0, 500], "y": [0, 640]} == a_stage(view, sheet()).scrolls()


def test_what_stays_in_the_window_is_where_the_visitor_saw_it() -> None:
    """A header that sticks is at the top, however far the page is scrolled."""
    view = a_view(
        {"kind": Kind.SCROLL, "t": 5, "y": 1000},
        {"kind": Kind.CLICK, "t": 9, "el": 0, "x": 90, "y": 1030, "fx": 0, "fy": HALF},
        size=(1280, 2000),
    )
    stage = a_stage(view, sheet((LINK, 0, 0, 1280, 60, True, True)))
    assert [30] == stage.points(Kind.CLICK)["y"]


def test_a_page_that_scrolls_in_a_box_is_scrolled_as_its_events_tell() -> None:
    """Whatever is clicked in the box is where the visitor saw it, and so is what is beside the box."""
    click = {"kind": Kind.CLICK, "el": 0, "fx": HALF, "fy": HALF}
    clicks = [click | {"t": 9, "x": 700, "y": 650}, click | {"t": 30, "x": 640, "y": 350}]
    beside = {"kind": Kind.CLICK, "t": 20, "el": 1, "x": 50, "y": 80, "fx": HALF, "fy": HALF}
    nothing = {"kind": Kind.CLICK, "t": 25, "x": 640, "y": 20}
    box, menu = (5, 200, 0, 1080, 3000, True, False), (DIALOG, 0, 60, 101, 41, True, False)
    link = (LINK, 590, 1630, 101, 41, True, False)
    whole = replace(sheet(box, link, menu, height=3000), scroller=5)
    whole = replace(whole, elements=np.sort(whole.elements, order="hash"))

    stage = a_stage(a_view(clicks[0], beside, nothing, clicks[1], size=(1280, 720)), whole)

    assert [650, 80, 20, 350] == stage.points(Kind.CLICK)["y"]
    assert [0, 1000, 1300] == stage.scrolls()["y"]


def test_nothing_leaves_the_window() -> None:
    """A pointer that placing would put outside is at its edge."""
    stage = a_stage(
        a_view({"kind": Kind.MOVE, "t": 9, "el": 0, "x": 5, "y": 5}),
        sheet((LINK, 10, 1900, 9, 9, True, False)),
    )
    assert [720] == stage.points(Kind.MOVE)["y"]


def test_what_appeared_and_is_on_no_snapshot_is_a_box() -> None:
    """With its name, from when it appeared until it was gone."""
    view = a_view(
        {"kind": Kind.SCROLL, "t": 1, "y": 0},
        {"kind": Kind.SHOW, "t": 100, "el": 1, "x": 40, "y": 50, "fx": 300, "fy": 200},
        {"kind": Kind.HIDE, "t": 400, "el": 1, "x": 40, "y": 50, "fx": 300, "fy": 200},
        size=(1280, 2000),
    )
    closed = sheet((DIALOG, 0, 0, 0, 0, False, False))
    words = Words("Home", ["Home"], [], [_snapshot(closed, "dialog", "Size guide")])
    expected = {"from": 100, "to": 400, "box": [40, 50, 300, 200], "name": "“Size guide”"}

    assert [expected] == a_stage(view, closed).covers(words)


def test_what_a_state_shows_is_no_box() -> None:
    """Then the picture of that state has it, and what happens in it is in its box there."""
    view = a_view(
        {"kind": Kind.SHOW, "t": 100, "el": 1, "x": 40, "y": 50, "fx": 300, "fy": 200},
        {"kind": Kind.CLICK, "t": 200, "el": 1, "x": 60, "y": 60},
        size=(1280, 2000),
    )
    plain = sheet((LINK, 0, 0, 9, 9, True, False))
    opened = sheet((LINK, 0, 0, 9, 9, True, False), (DIALOG, 500, 100, 300, 200, True, False))
    stage = a_stage(view, plain, opened)

    assert [] == stage.covers(Words("Home", ["Home"], [], [None, None]))
    assert [500] == stage.points(Kind.CLICK)["x"]


def test_a_finger_is_told_from_a_mouse() -> None:
    """It has no pointer between two taps."""
    tap = {"kind": Kind.CLICK | 1 << 5, "t": 9, "x": 5, "y": 5}
    assert a_stage(a_view(tap), blank(1280, 2000)).points(Kind.CLICK)["touch"]
    assert not a_stage(a_view(tap | {"kind": Kind.CLICK}), blank(1280, 2000)).points(Kind.CLICK)["touch"]


def _snapshot(sheet_: Sheet, tag: str, name: str) -> Snapshot:
    made = Snapshot("Home", "desktop", sheet_.width, sheet_.height, sheet_.elements, [tag], [name])
    return replace(made, elements=np.sort(sheet_.elements, order="hash"))
