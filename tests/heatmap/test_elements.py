import json
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from heatmap import elements
from heatmap.columns import CLICK, DEAD, MOVE, RAGE, Columns
from heatmap.elements import Row
from heatmap.sheet import ELEMENT
from heatmap.snapshots.snapshot import Snapshot

BUTTON, LINK = 7, 9
SNAPSHOT = Snapshot(
    page="Home",
    device="desktop",
    width=1280,
    height=800,
    elements=np.array([(h, 0, 0, 10, 10, True, False, False) for h in (BUTTON, LINK)], ELEMENT),
    tags=["button", "a"],
    names=["=Buy", "Help"],
)

#: Twenty sessions came, and all got to the end.
ALL = np.full(200, 20, np.uint32)


def table(columns: Columns, snapshot: Snapshot = SNAPSHOT, reached: NDArray[np.uint32] = ALL) -> list[Row]:
    counts = elements.count(columns, snapshot)
    return elements.rows(elements.table(counts, elements.seen(snapshot, reached)), snapshot)


def clicks(sessions: range, el: int, kind: int = CLICK) -> Columns:
    return Columns.of(session=np.arange(sessions.start, sessions.stop), kind=kind, el=el)


def test_a_session_counts_once_for_an_element_however_often_it_clicked() -> None:
    """Rows are numbers of sessions, not of clicks."""
    columns = Columns.concat([clicks(range(6), BUTTON), clicks(range(6), BUTTON), clicks(range(3), LINK)])

    assert [6, 3] == elements.count(columns, SNAPSHOT).sessions["clicked"].tolist()


def test_slices_add_up() -> None:
    """Counting in two slices gives what counting at once gives."""
    parts = [elements.count(clicks(r, BUTTON), SNAPSHOT) for r in (range(4), range(4, 9))]

    assert [9, 0] == elements.add(parts).sessions["clicked"].tolist()


def test_rows_and_numbers_below_five_sessions_are_not_shown() -> None:
    """Four sessions are no row; a row's other numbers below five are left out."""
    columns = Columns.concat(
        [clicks(range(8), BUTTON), clicks(range(4), BUTTON, DEAD), clicks(range(4), LINK)]
    )

    [row] = table(columns)

    assert ("00000007", "button", 20, 8, 0.4, None) == (
        row.hash,
        row.tag,
        row.saw,
        row.clicked,
        row.share,
        row.dead,
    )


def test_when_all_but_a_few_clicked_the_few_do_not_stand_out() -> None:
    """Of twenty sessions eighteen clicked: the table says fifteen, so that the rest is five."""
    [row] = table(clicks(range(18), BUTTON))

    assert 15 == row.clicked


def test_who_did_not_scroll_to_an_element_did_not_see_it() -> None:
    """An element far down was seen by those who got there; one that stays in view by everybody."""
    elements_ = np.array(
        [(BUTTON, 0, 400, 10, 8, True, False, False), (LINK, 0, 400, 10, 8, True, True, False)], ELEMENT
    )
    page = Snapshot("Home", "desktop", 1280, 800, elements_, SNAPSHOT.tags, SNAPSHOT.names)
    reached = np.where(np.arange(200) < 100, np.uint32(20), np.uint32(12))

    columns = Columns.concat([clicks(range(7), BUTTON), clicks(range(6), LINK)])
    rows = table(columns, page, reached)

    assert [(12, 7), (20, 6)] == [(row.saw, row.clicked) for row in rows]


def test_what_the_page_hides_is_not_told_as_seen() -> None:
    """The link of a closed menu is a row once it is clicked, and beside the same table of another release."""
    boxes = SNAPSHOT.elements.copy()
    boxes["visible"] = [True, False]
    page = replace(SNAPSHOT, elements=boxes)

    def names(columns: Columns, **listed: bool) -> list[str]:
        counted = elements.table(elements.count(columns, page), elements.seen(page, ALL))
        return sorted(row.tag for row in elements.rows(counted, page, seen_too=True, **listed))

    assert ["button"] == names(clicks(range(8), BUTTON))
    assert ["a", "button"] == names(clicks(range(8), LINK))
    assert ["a", "button"] == names(clicks(range(8), BUTTON), hidden_too=True)


def test_everybody_is_told_as_everybody() -> None:
    """All who saw it clicked it: nobody is left to stand out."""
    [row] = table(clicks(range(20), BUTTON))

    assert (20, 20, 1.0) == (row.saw, row.clicked, row.share)


def test_events_without_an_element_of_the_page_are_no_row() -> None:
    """Moves, unknown elements and no element at all count for nothing here."""
    columns = Columns.concat([clicks(range(9), BUTTON, MOVE), clicks(range(9), 1234), clicks(range(9), 0)])

    assert [] == table(columns)


def test_first_clicks_and_how_long_they_took() -> None:
    """Of nine sessions six clicked the button first, half of them within 2.3 s; clicks are all clicks."""
    times = [1000, 1100, 2200, 2300, 9000, 9000]
    opened = Columns.of(session=np.arange(9), kind=MOVE, t=500)
    button = Columns.of(session=np.arange(6), kind=CLICK, el=BUTTON, t=np.array(times) + 500)
    later = Columns.of(session=np.arange(9), kind=CLICK, el=LINK, t=20_000)

    rows = table(Columns.concat([later, button, button, opened]))

    assert [("Help", 9, 9, None, None), ("=Buy", 6, 12, 6, 2.3)] == [
        (row.name, row.clicked, row.clicks, row.first, row.seconds) for row in rows
    ]


def test_what_went_wrong_is_among_the_clicks() -> None:
    """Eight clicked, six of them in rage: told as none, since six would leave two who did not, and three is too few."""
    columns = Columns.concat([clicks(range(8), BUTTON), clicks(range(6), BUTTON, RAGE)])

    [row] = table(columns)

    assert (8, None) == (row.clicked, row.rage)


def test_a_whole_and_its_parts_differ_by_five_or_nobody() -> None:
    """Of two releases one tells of its clicks; the other's four are in neither table."""
    one, other = (
        elements.table(elements.count(clicks(r, BUTTON), SNAPSHOT), elements.seen(SNAPSHOT, ALL))
        for r in (range(8), range(10, 14))
    )

    [row] = elements.rows(elements.together([one, other]), SNAPSHOT)

    assert (40, 8, 8) == (row.saw, row.clicked, row.clicks)


def test_tables_are_written_for_programs_and_for_spreadsheets() -> None:
    """JSON says null for what is not shown; a name that looks like a formula is text in the CSV."""
    rows = table(clicks(range(8), BUTTON))

    assert [["=Buy", 8, None]] == [
        [r["name"], r["clicked"], r["rage"]] for r in json.loads(elements.as_json(rows))
    ]
    assert b"00000007,button,'=Buy,20,8,0.4,8,8,0.2,,,,\r\n" in elements.as_csv(rows)


def test_a_page_without_elements_has_an_empty_table() -> None:
    """No snapshot row, no table row."""
    bare = Snapshot("Home", "desktop", 1280, 800, np.empty(0, ELEMENT), [], [])

    assert [] == table(clicks(range(8), BUTTON), bare)
