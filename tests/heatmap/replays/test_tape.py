"""A session in order of time, on a handful of events."""

from collections.abc import Iterable

import numpy as np
import pytest

from heatmap.replays.tape import CUT, LONG, Tape, tape, views
from recorder import events, seal
from recorder.eventlog import Session
from recorder.events import Batch, Kind
from tests.recorder.sample import batch

KEY = bytes(range(32))
PAGE = {"kind": Kind.PAGE, "x": 300}
MOVE = {"kind": Kind.MOVE, "x": 5, "y": 6}


def a_tape(*batches: Batch) -> Tape:
    return tape(a_session(batches), KEY)


def a_session(batches: Iterable[Batch], purposes: Iterable[str] = ("heatmap", "replay")) -> Session:
    sealed = {b.field: seal.seal(KEY, "one", b.field, events.pack(b, 1, 0)) for b in batches}
    return Session("one", 1000, frozenset(purposes), sealed, 0, 0)


def test_events_are_in_order_of_time_from_the_first_on() -> None:
    """Batches that came in any order, with kind and pointer told apart and elements by hash."""
    made = a_tape(
        batch({"kind": Kind.CLICK | 1 << 5, "t": 7, "el": 1}, sequence=1, start_ms=9000),
        batch(PAGE, MOVE | {"t": 40, "el": 0}, start_ms=8000),
    )
    assert [0, 40, 1007] == made.events["t"].tolist()
    assert [Kind.PAGE, Kind.MOVE, Kind.CLICK] == made.events["kind"].tolist()
    assert ([0, 0, 1], [0, 7, 9]) == (made.events["pointer"].tolist(), made.events["el"].tolist())
    assert 1007 == made.length


def test_a_long_pause_is_cut() -> None:
    """Its place and true length are told; a pause of just the limit stays."""
    made = a_tape(
        batch(MOVE, start_ms=0),
        batch(MOVE, sequence=1, start_ms=LONG),
        batch(MOVE, sequence=2, start_ms=9 * LONG),
    )
    assert [0, LONG, LONG + CUT] == made.events["t"].tolist()
    assert [(LONG + CUT, 8 * LONG)] == made.pauses


def test_a_session_without_events() -> None:
    """A yes with nothing after it has no view."""
    assert ([], 0, []) == (views(a_tape()), a_tape().length, a_tape().pauses)


def test_each_page_that_is_opened_is_a_view() -> None:
    """Another page, the same page anew, and the same page in another window."""
    made = views(
        a_tape(
            batch(PAGE, MOVE | {"t": 10}),
            batch(PAGE, MOVE | {"t": 10}, document=b"reloaded", start_ms=2000),
            batch(MOVE, document=b"reloaded", sequence=1, start_ms=3000, viewport=(800, 600)),
            batch(PAGE, document=b"the next", start_ms=4000, page=1),
        )
    )
    assert [(0, 1280, 2), (0, 1280, 2), (0, 800, 1), (1, 1280, 1)] == [
        (int(view.header["page"]), int(view.header["width"]), len(view.events)) for view in made
    ]


def test_what_happens_in_the_background_begins_no_view() -> None:
    """A page in another tab that grows or fails stays where it was; acting on it turns to it."""
    made = views(
        a_tape(
            batch(PAGE, MOVE | {"t": 10}),
            batch(PAGE, document=b"tab  two", start_ms=2000, page=1),
            batch({"kind": Kind.HEIGHT, "x": 9, "y": 9}, sequence=1, start_ms=2500),
            batch(MOVE, document=b"tab  two", sequence=1, start_ms=3000, page=1),
            batch(MOVE, sequence=2, start_ms=4000),
        )
    )
    assert [0, 1, 0] == [int(view.header["page"]) for view in made]
    assert [3, 2, 1] == [len(view.events) for view in made]


def test_a_view_is_as_large_as_its_document_became() -> None:
    """What loads later makes the page longer."""
    [view] = views(a_tape(batch(PAGE), batch(MOVE, sequence=1, start_ms=1500, size=(1280, 4000))))
    assert (1280, 4000) == view.document
    assert [4000, 4000] == view.columns.of_batch("doc_height").tolist()


def test_a_session_of_passive_events_only() -> None:
    """One view, whatever it is worth."""
    [view] = views(a_tape(batch({"kind": Kind.ERROR}, {"kind": Kind.HEIGHT})))
    assert 2 == len(view.events)
    assert np.all(view.events["t"] == 0)


def test_what_comes_before_its_page_goes_with_it() -> None:
    """An error that is told before the first thing a visitor does on a page belongs to that page."""
    made = views(
        a_tape(
            batch(PAGE, MOVE | {"t": 10}),
            batch({"kind": Kind.ERROR}, document=b"the next", start_ms=2000, page=1),
            batch(PAGE, document=b"the next", sequence=1, start_ms=2100, page=1),
        )
    )
    assert [(0, 2), (1, 2)] == [(int(view.header["page"]), len(view.events)) for view in made]


def test_no_more_views_than_a_person_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes after so many is left out."""
    monkeypatch.setattr("heatmap.replays.tape.VIEWS", 2)
    pages = [batch(PAGE, document=f"page {n:03}".encode(), start_ms=9000 * n) for n in range(4)]
    assert [0, 9000] == [int(view.events["t"][0]) for view in views(a_tape(*pages))]
