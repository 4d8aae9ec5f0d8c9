"""Page flow, errors and marks: sessions counted once, told in fives."""

import json
from dataclasses import replace
from typing import Any

from heatmap import flow
from heatmap.divided import Whom
from heatmap.flow import Flow
from heatmap.raw import Slice, unsealed
from heatmap.selection import Selection
from recorder.events import Kind
from tests.heatmap.test_raw import KEY, session
from tests.recorder.sample import batch

NAMES = (["Home", "Basket", "Help"], ["1.4.0", "1.5.0"], ["added"])


def visit(name: str, *pages: int, release: int = 0, **event: int) -> Any:
    """A session that opens these pages one after the other; on the last of them something happens."""
    rows: list[list[dict[str, int]]] = [[{"kind": Kind.PAGE}] for _ in pages]
    if event:
        rows[-1].append({"t": 9, **event})
    made = [
        batch(*each, page=page, sequence=n, start_ms=1000 * n)
        for n, (page, each) in enumerate(zip(pages, rows, strict=True))
    ]
    return session(name, made, release)


def in_two_releases(name: str, event: dict[str, int]) -> Any:
    """A session in which the same happens on a page in one release and on another page in the next."""
    made = [session(name, [batch(event, page=release - 1, sequence=release)], release) for release in (1, 2)]
    return replace(made[0], batches=made[0].batches | made[1].batches)


def crowd(*some: Any) -> Slice:
    return unsealed(some, range(len(some)), KEY)


def tables(*parts: Slice) -> dict[str, Any]:
    found = Flow()
    for part in parts:
        found.add(part)
    return {name: json.loads(data) for name, data in found.files(*NAMES).items() if name.endswith(".json")}


def test_pages_one_after_the_other() -> None:
    """Where sessions came in, went on and left; reloading is no step, and going twice is once."""
    some = [visit(f"a{n}", 0, 0, 1, 0, 1) for n in range(6)] + [visit(f"b{n}", 0) for n in range(5)]

    assert [
        ("elsewhere", "Home", 10),
        ("Home", "elsewhere", 5),
        ("Home", "Basket", 5),
        ("Basket", "elsewhere", 5),
        ("Basket", "Home", 5),
    ] == [(r["page"], r["next"], r["sessions"]) for r in tables(crowd(*some))["flow.json"]]


def test_slices_add_up_and_a_few_are_not_told() -> None:
    """Three and three are five; four are nobody."""
    parts = [crowd(*(visit(f"{k}{n}", 0) for n in range(3))) for k in "ab"]
    few = crowd(*(visit(f"c{n}", 2) for n in range(4)))

    assert {("elsewhere", "Home", 5), ("Home", "elsewhere", 5)} == {
        (r["page"], r["next"], r["sessions"]) for r in tables(*parts, few)["flow.json"]
    }


def test_errors_by_place_and_release() -> None:
    """Script, line and column, on the page and in the release where they happened."""
    error = {"kind": Kind.ERROR, "x": 93, "y": 18, "fx": 0x5678, "fy": 0x1234}
    some = [visit(f"{n}", 1, release=2, **error) for n in range(7)]

    assert [
        {"page": "Basket", "release": "1.5.0", "script": 0x12345678, "line": 93, "column": 18, "sessions": 5}
    ] == tables(crowd(*some))["errors.json"]


def test_marks_and_quick_backs() -> None:
    """What the site marked, and pages that were left at once."""
    marks = [visit(f"m{n}", 0, release=1, kind=Kind.MARK, x=0) for n in range(11)]
    backs = [visit(f"b{n}", 2, 0, kind=Kind.BACK, x=2, y=900) for n in range(5)]

    made = tables(crowd(*marks, *backs))

    assert [{"mark": "added", "release": "1.4.0", "sessions": 10}] == made["marks.json"]
    assert [{"page": "Help", "release": "", "sessions": 5}] == made["backs.json"]


def test_marks_in_their_order() -> None:
    """What was marked first, next and last; the same mark twice is no step."""
    rows = [{"kind": Kind.MARK, "t": n, "x": mark} for n, mark in enumerate((0, 0, 1))]
    some = [session(f"{n}", [batch(*rows, sequence=0, start_ms=0)]) for n in range(5)]
    found = Flow()
    found.add(crowd(*some))

    assert {("", "added"), ("added", "paid"), ("paid", "")} == {
        (r["mark"], r["next"]) for r in found.tables(["Home"], [], ["added", "paid"])["orders"]
    }


def test_made_up_errors_take_no_more_than_their_room(monkeypatch: Any) -> None:
    """A visitor who claims an error in every line does not fill the memory."""
    monkeypatch.setattr(flow, "ROWS", 3)
    found = Flow()
    for line in range(9):
        found.add(crowd(visit(f"{line}", 0, kind=Kind.ERROR, x=line)))

    assert 3 == len(found.errors)


def test_steps_of_some_visitors() -> None:
    """Of a release, a device class of it, those who reached a mark; who was in two releases is in none of them."""
    some = [visit(f"a{n}", 0, 1, release=1, kind=Kind.MARK, x=0) for n in range(10)]
    some += [visit(f"b{n}", 0, 2, release=2) for n in range(10)]
    mixed = [in_two_releases(f"c{n}", {"kind": Kind.PAGE}) for n in range(5)]
    found = Flow()
    found.add(crowd(*some, *mixed))
    rows = found.divided(2, 1)

    def entries(whom: Whom) -> int:
        told = flow.tables(rows, NAMES[0], NAMES[1], NAMES[2], whom)["flow"]
        return sum(int(row["sessions"]) for row in told if row["page"] == "elsewhere")

    first, second = Selection(release=1), Selection(release=2)
    assert [25, 10, 10] == [entries(Whom(None, each)) for each in (Selection(), first, second)]
    assert [10, 0] == [entries(Whom(device, first)) for device in ("desktop", "mobile")]
    assert [10, 15] == [entries(Whom(None, Selection(mark=1, reached=each))) for each in (True, False)]
    marks = flow.tables(rows, *NAMES, Whom(None, Selection(mark=1)))["marks"]
    assert [{"mark": "added", "release": "1.4.0", "sessions": 10}] == marks


def test_who_is_in_two_releases_is_not_told_of_twice() -> None:
    """Three who left a page at once in both are in neither, and not six of all."""
    some = [in_two_releases(f"{n}", {"kind": Kind.BACK, "x": 2}) for n in range(3)]

    assert [] == tables(crowd(*some))["backs.json"]


def test_nothing() -> None:
    """Empty tables."""
    found = Flow()
    found.add(crowd())
    assert {b"[]", b""} == set(found.files(*NAMES).values())
