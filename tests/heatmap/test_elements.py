import json

import numpy as np

from heatmap import elements
from heatmap.columns import CLICK, DEAD, MOVE, Columns
from heatmap.sheet import ELEMENT
from heatmap.snapshot import Snapshot

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


def clicks(sessions: range, el: int, kind: int = CLICK) -> Columns:
    return Columns.of(session=np.arange(sessions.start, sessions.stop), kind=kind, el=el)


def test_a_session_counts_once_for_an_element_however_often_it_clicked() -> None:
    """Rows are numbers of sessions, not of clicks."""
    columns = Columns.concat([clicks(range(6), BUTTON), clicks(range(6), BUTTON), clicks(range(3), LINK)])

    assert [6, 3] == elements.count(columns, SNAPSHOT)["clicked"].tolist()


def test_slices_add_up() -> None:
    """Counting in two slices gives what counting at once gives."""
    parts = [elements.count(clicks(r, BUTTON), SNAPSHOT) for r in (range(4), range(4, 9))]

    assert [9, 0] == elements.add(parts)["clicked"].tolist()


def test_rows_and_numbers_below_five_sessions_are_not_shown() -> None:
    """Four sessions are no row; a row's other numbers below five are left out."""
    columns = Columns.concat(
        [clicks(range(8), BUTTON), clicks(range(4), BUTTON, DEAD), clicks(range(4), LINK)]
    )

    [row] = elements.table(elements.count(columns, SNAPSHOT), SNAPSHOT, ALL)

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
    [row] = elements.table(elements.count(clicks(range(18), BUTTON), SNAPSHOT), SNAPSHOT, ALL)

    assert 15 == row.clicked


def test_who_did_not_scroll_to_an_element_did_not_see_it() -> None:
    """An element far down was seen by those who got there; one that stays in view by everybody."""
    elements_ = np.array(
        [(BUTTON, 0, 400, 10, 8, True, False, False), (LINK, 0, 400, 10, 8, True, True, False)], ELEMENT
    )
    page = Snapshot("Home", "desktop", 1280, 800, elements_, SNAPSHOT.tags, SNAPSHOT.names)
    reached = np.where(np.arange(200) < 100, np.uint32(20), np.uint32(12))

    columns = Columns.concat([clicks(range(7), BUTTON), clicks(range(6), LINK)])
    rows = elements.table(elements.count(columns, page), page, reached)

    assert [(12, 7), (20, 6)] == [(row.saw, row.clicked) for row in rows]


def test_everybody_is_told_as_everybody() -> None:
    """All who saw it clicked it: nobody is left to stand out."""
    [row] = elements.table(elements.count(clicks(range(20), BUTTON), SNAPSHOT), SNAPSHOT, ALL)

    assert (20, 20, 1.0) == (row.saw, row.clicked, row.share)


def test_events_without_an_element_of_the_page_are_no_row() -> None:
    """Moves, unknown elements and no element at all count for nothing here."""
    columns = Columns.concat([clicks(range(9), BUTTON, MOVE), clicks(range(9), 1234), clicks(range(9), 0)])

    assert [] == elements.table(elements.count(columns, SNAPSHOT), SNAPSHOT, ALL)


def test_tables_are_written_for_programs_and_for_spreadsheets() -> None:
    """JSON says null for what is not shown; a name that looks like a formula is text in the CSV."""
    rows = elements.table(elements.count(clicks(range(8), BUTTON), SNAPSHOT), SNAPSHOT, ALL)

    assert [["=Buy", 8, None]] == [
        [r["name"], r["clicked"], r["rage"]] for r in json.loads(elements.as_json(rows))
    ]
    assert b"00000007,button,'=Buy,20,8,0.4,,,\r\n" in elements.as_csv(rows)


def test_a_page_without_elements_has_an_empty_table() -> None:
    """No snapshot row, no table row."""
    bare = Snapshot("Home", "desktop", 1280, 800, np.empty(0, ELEMENT), [], [])

    assert [] == elements.table(elements.count(clicks(range(8), BUTTON), bare), bare, ALL)
