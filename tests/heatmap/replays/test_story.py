"""What happened, in sentences: each kind of event, and what is told together."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from heatmap.replays.story import DEAD_AFTER, LINES, Told, story
from heatmap.replays.tape import EVENT
from heatmap.replays.words import Words
from heatmap.sheet import ELEMENT
from heatmap.snapshots.agree import Element
from heatmap.snapshots.snapshot import Snapshot, named
from recorder.events import Kind, Pointer

BUTTON, PICTURE, LOOSE, UNKNOWN = 1, 2, 3, 0xABC
SCRIPT = named("/shop.js")


def a_snapshot() -> Snapshot:
    """A card with a name, and in it a button with one, a picture without; a picture by itself."""
    rows = [(1, 10, 10, 50, 20), (2, 10, 40, 50, 50), (3, 900, 900, 9, 9), (4, 0, 0, 100, 100)]
    elements = np.array([(*row, True, False, False) for row in rows], ELEMENT)
    tags, names = ["button", "svg", "img", "article"], ["Add to basket", "", "", "Sencha"]
    return Snapshot("Product", "desktop", 1280, 2000, elements, tags, names, scripts=("/a.js", "/shop.js"))


WORDS = Words("Product", ["Home", "Product"], ["added"], [a_snapshot()])


def told(*events: dict[str, Any], words: Words = WORDS) -> list[Told]:
    rows = np.zeros(len(events), EVENT)
    for row, (number, event) in zip(rows, enumerate(events), strict=True):
        row["t"] = 1000 + number
        for name, value in event.items():
            row[name] = value
    return story(rows, np.zeros(len(rows), np.int64), words)


@pytest.mark.parametrize(
    ("event", "text"),
    [
        ({"kind": Kind.CLICK, "el": BUTTON}, "Clicked “Add to basket”"),
        ({"kind": Kind.CLICK, "el": BUTTON, "pointer": Pointer.TOUCH}, "Tapped “Add to basket”"),
        ({"kind": Kind.CLICK, "el": BUTTON, "pointer": Pointer.KEY}, "Pressed, by a key, “Add to basket”"),
        ({"kind": Kind.CLICK, "el": PICTURE}, "Clicked a picture in “Sencha”"),
        ({"kind": Kind.CLICK, "el": LOOSE}, "Clicked a picture"),
        ({"kind": Kind.CLICK, "el": UNKNOWN}, "Clicked an element that no snapshot has (00000abc)"),
        ({"kind": Kind.CLICK}, "Clicked the page itself"),
        ({"kind": Kind.RAGE, "el": BUTTON}, "Rage clicks on “Add to basket”"),
        ({"kind": Kind.DEAD, "el": BUTTON}, "Dead click on “Add to basket”: nothing followed"),
        (
            {"kind": Kind.ERROR, "el": BUTTON, "x": 93, "y": 18, "fx": SCRIPT & 0xFFFF, "fy": SCRIPT >> 16},
            "Error after the click on “Add to basket” in /shop.js, line 93, column 18",
        ),
        ({"kind": Kind.ERROR, "fx": 1}, "Error in a script"),
        ({"kind": Kind.INVALID, "el": BUTTON}, "The form refused “Add to basket”"),
        ({"kind": Kind.SUBMIT, "el": BUTTON}, "Sent “Add to basket”"),
        ({"kind": Kind.SHOW, "el": PICTURE}, "A picture in “Sencha” appeared"),
        ({"kind": Kind.HIDE, "el": BUTTON}, "“Add to basket” disappeared"),
        ({"kind": Kind.RESIZE, "x": 800, "y": 600}, "The window is now 800 × 600 px"),
        ({"kind": Kind.MARK, "x": 0}, "Mark: added"),
        ({"kind": Kind.MARK, "x": 9}, "Mark: 9"),
        ({"kind": Kind.PAGE, "x": 910}, "Opened Product, loaded in 0.9 s"),
        ({"kind": Kind.PAGE, "y": 1}, "Reloaded Product"),
        ({"kind": Kind.PAGE, "y": 2}, "Went back or forward to Product"),
        ({"kind": Kind.VISIBLE}, "Came back to this tab"),
        ({"kind": Kind.BACK, "x": 0, "y": 2100}, "Quick back: left Home after 2.1 s"),
        ({"kind": Kind.BACK, "x": 7, "y": 900}, "Quick back: left a page after 0.9 s"),
    ],
)
def test_each_kind_has_its_sentence(event: dict[str, Any], text: str) -> None:
    """Things are called by their names, else by what they are and where."""
    assert [text] == [line.text for line in told(event, {"kind": Kind.HEIGHT})]


def test_what_is_seen_is_not_told() -> None:
    """The pointer's way and scrolling need no words; nor does the end of every page."""
    assert [] == told(
        {"kind": Kind.MOVE}, {"kind": Kind.SCROLL}, {"kind": Kind.HEIGHT}, {"kind": Kind.HIDDEN}
    )
    assert ["Went to another tab or window", "Came back to this tab"] == [
        line.text for line in told({"kind": Kind.HIDDEN}, {"kind": Kind.VISIBLE})
    ]


def test_trouble_is_marked() -> None:
    """Rage, dead, error, refused and back, and nothing else."""
    kinds = [Kind.CLICK, Kind.RAGE, Kind.DEAD, Kind.ERROR, Kind.INVALID, Kind.BACK, Kind.MARK]
    lines = told(*({"kind": kind, "t": 5000 + 9000 * n} for n, kind in enumerate(kinds)))
    assert ["", "rage", "dead", "error", "refused", "back", ""] == [line.trouble for line in lines]


def test_a_dead_click_is_told_when_it_was_clicked() -> None:
    """The browser waited that long to be sure."""
    [line] = told({"kind": Kind.DEAD, "t": 4000 + DEAD_AFTER})
    assert 4000 == line.t


def test_clicks_on_one_thing_are_told_together() -> None:
    """Others in between do not matter; another thing, or the same much later, is a line of its own."""
    click = {"kind": Kind.CLICK, "el": BUTTON}
    error = {"kind": Kind.ERROR, "el": BUTTON}
    lines = told(
        *(e | {"t": 1000 + 300 * n} for n in range(4) for e in (click, error)), click | {"t": 60_000}
    )
    assert [
        "Clicked “Add to basket”, 4 times",
        "Error after the click on “Add to basket” in a script, 4 times",
        "Clicked “Add to basket”",
    ] == [line.text for line in lines]
    assert 2 == len(told(click, {"kind": Kind.CLICK, "el": LOOSE}))


def test_without_a_snapshot_things_have_no_names() -> None:
    """The hash is what there is."""
    words = Words("Home", ["Home"], [], [None])
    assert ["Clicked an element that no snapshot has (00000001)"] == [
        line.text for line in told({"kind": Kind.CLICK, "el": 1}, words=words)
    ]


def test_what_has_no_name_is_called_after_what_is_in_it() -> None:
    """By the first name inside, where the document says so; a picture has nothing inside."""
    outline = [
        Element(LOOSE, "dialog", "", 1),
        Element(PICTURE, "svg", "", 2),
        Element(4, "h2", "Size guide", 2),
        Element(BUTTON, "button", "Close", 1),
    ]
    words = Words("Product", ["Product"], [], [replace(a_snapshot(), outline=tuple(outline))])
    assert ["a picture with “Size guide”", "a picture in “Sencha”"] == [
        words.element(LOOSE, 0),
        words.element(PICTURE, 0),
    ]


def test_a_state_names_what_only_it_has() -> None:
    """The snapshot of the state is looked at first, then the others."""
    opened = a_snapshot()
    opened.names[0] = "Added"
    words = Words("Product", ["Product"], [], [a_snapshot(), opened])
    rows = np.zeros(2, EVENT)
    rows["kind"], rows["el"], rows["t"] = Kind.CLICK, BUTTON, [0, 9000]
    assert ["Clicked “Add to basket”", "Clicked “Added”"] == [
        line.text for line in story(rows, np.array([0, 1]), words)
    ]


def test_no_more_lines_than_anybody_reads() -> None:
    """Whoever makes up a visit of a hundred thousand clicks at once costs a moment, not a minute."""
    rows = np.zeros(100_000, EVENT)
    rows["kind"], rows["el"] = Kind.CLICK, np.arange(len(rows)) % 7 + 100
    assert len(story(rows, np.zeros(len(rows), np.int64), WORDS)) <= LINES
