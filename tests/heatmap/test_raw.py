from collections.abc import Iterable

import numpy as np
import pytest

from heatmap import raw
from heatmap.raw import slices, unsealed
from recorder import events, seal
from recorder.eventlog import EventLog, Session
from recorder.events import Batch, Kind
from recorder.recording import DEVICES
from tests.conftest import a_recording
from tests.recorder.sample import batch

KEY = bytes(range(32))


def session(name: str, batches: Iterable[Batch], release: int = 0) -> Session:
    sealed = {b.field: seal.seal(KEY, name, b.field, events.pack(b, release, 0)) for b in batches}
    return Session(name, 1000, frozenset({"heatmap"}), sealed, 0, 2)


MOVE = {"kind": Kind.MOVE, "t": 5, "el": 1, "x": 7, "y": 8, "fx": 1, "fy": 2}
CLICK = {"kind": Kind.CLICK, "t": 9, "x": 10, "y": 20}


def test_events_of_all_batches_lie_side_by_side_with_what_holds_for_them() -> None:
    """Times count from the yes, elements are hashes, and each row knows its session, page, device and release."""
    one = session(
        "one", [batch(MOVE, CLICK), batch(CLICK, sequence=1, start_ms=4000, page=1, viewport=(390, 844))], 2
    )
    other = session("other", [batch(CLICK, elements=np.array([], "<u4"))])

    part = unsealed([one, other], [4, 9], KEY)

    assert [4, 4, 4, 9] == part.columns.session.tolist()
    assert [1005, 1009, 4009, 1009] == part.columns.t.tolist()
    assert [9, 0, 0, 0] == part.columns.el.tolist()
    assert [7, 10, 10, 10] == part.columns.x.tolist()
    of_events = part.visit_of(np.arange(4))
    assert [0, 0, 1, 0] == of_events["page"].tolist()
    assert ["desktop", "desktop", "mobile", "desktop"] == [DEVICES[d] for d in of_events["device"]]
    assert [2, 2, 2, 0] == of_events["release"].tolist()
    assert (2, 3, 4) == (part.sessions, len(part.batches), part.dropped)


def test_page_loads_follow_each_other_in_time() -> None:
    """Whatever they are called; the batches of one stay together, in their order."""
    loads = [(b"z", 0, 0), (b"z", 1, 5000), (b"a", 0, 3000), (b"m", 0, 9000)]
    one = session(
        "one",
        [batch(CLICK, document=name * 8, sequence=n, start_ms=start) for name, n, start in loads],
    )

    part = unsealed([one, session("two", [batch(MOVE)])], [0, 1], KEY)

    assert [9, 5009, 3009, 9009, 1005] == part.columns.t.tolist()
    assert [b"z", b"z", b"a", b"m"] == [field[:1] for _, field in part.batches[:4]]
    assert [0, 0, 0, 0, 1] == part.columns.session.tolist()


def test_one_page_and_device_are_picked_out() -> None:
    """`of` gives the rows of one page on one device class."""
    one = session("one", [batch(CLICK), batch(CLICK, CLICK, sequence=1, page=1)])

    part = unsealed([one], [0], KEY)

    assert [1, 2, 0] == [len(part.of(0, "desktop")), len(part.of(1, "desktop")), len(part.of(0, "mobile"))]


def test_releases_are_picked_out() -> None:
    """`of` with atoms gives the rows of these releases and variants."""
    part = unsealed(
        [session("one", [batch(CLICK)], 1), session("two", [batch(CLICK, CLICK)], 2)], [0, 1], KEY
    )

    one, two, none = ((release, 0, 0, 0) for release in (1, 2, 3))
    assert [1, 2, 3] == [len(part.of(0, "desktop", atoms)) for atoms in ([one], [two], [one, two, none])]


def test_a_session_counts_as_what_is_said_of_it() -> None:
    """On that page and device class, whatever it says of itself."""
    part = unsealed(
        [session("one", [batch(CLICK)], 1), session("two", [batch(CLICK, CLICK)], 2)], [0, 1], KEY
    )
    before = part.labels()[0, "desktop"]

    part.count_as(0, "desktop", {"two": (1, 0, 3, 5)})
    part.count_as(1, "desktop", {"one": (7, 0, 0, 0)})

    assert before | {"two": (1, 0, 3, 5)} == part.labels()[0, "desktop"]
    assert 2 == len(part.of(0, "desktop", [(1, 0, 3, 5)]))


def test_the_marks_of_a_session_count_on_all_of_its_pages() -> None:
    """The first three of the recording, a bit for each."""
    marks = [{"kind": Kind.MARK, "x": mark, "el": 255} for mark in (0, 2, 3)]
    some = [
        session("one", [batch(CLICK, page=1), batch(*marks, sequence=1)], 1),
        session("two", [batch(CLICK)], 2),
    ]

    found = unsealed(some, [4, 9], KEY).labels()

    assert {(0, "desktop"), (1, "desktop")} == found.keys()
    assert {(1, 0, 0b101, 0)} == {labels["one"] for labels in found.values()}
    assert (2, 0, 0, 0) == found[0, "desktop"]["two"]


def test_sessions_without_events_give_no_rows() -> None:
    """A yes without a batch, and a batch whose events were all dropped, are no error."""
    empty = session("empty", [batch(CLICK, size=(1, 1), records=np.zeros(0, events.RECORD))])

    assert 0 == len(unsealed([session("none", [])], [0], KEY).columns)
    assert 0 == len(unsealed([empty], [0], KEY).columns)


def test_another_key_opens_nothing() -> None:
    """Without the recording's key there is no column."""
    part = unsealed([session("one", [batch(CLICK)])], [0], bytes(32))

    assert (0, 0, 1) == (len(part.columns), len(part.batches), part.unreadable)


def test_a_damaged_batch_does_not_keep_the_others_away() -> None:
    """It is counted, and left out."""
    one = session("one", [batch(CLICK), batch(MOVE, CLICK, sequence=1)])
    first, second = sorted(one.batches)
    one.batches[first] = one.batches[first][:-1]

    part = unsealed([one, session("two", [batch(CLICK)])], [0, 1], KEY)

    assert [0, 0, 1] == part.columns.session.tolist()
    assert (("one", second), 2, 1) == (part.batches[0], len(part.batches), part.unreadable)


def test_the_widest_viewport_is_a_desktop() -> None:
    """The table of device classes has an end, viewports have not."""
    assert (
        "desktop"
        == DEVICES[unsealed([session("one", [batch(CLICK, viewport=(5000, 900))])], [0], KEY).device[0]]
    )


async def test_a_recording_is_read_in_slices_of_whole_sessions(
    log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every session with a yes to heatmaps is in exactly one slice, under one number; others are left out."""
    monkeypatch.setattr(raw, "SLICE", 2)
    recording = a_recording()
    for name, purposes in (
        ("a", ["heatmap"]),
        ("b", ["heatmap", "replay"]),
        ("c", ["replay"]),
        ("d", ["heatmap"]),
    ):
        await log.open_session(recording, name, 1000, purposes)
        for kept in session(name, [batch(CLICK), batch(CLICK, sequence=1)]).batches.items():
            await log.append(recording.id, name, *kept, 1, 0)

    parts = [part async for part in slices(log, KEY, recording.id)]

    assert [[0, 0, 1, 1], [3, 3]] == [sorted(part.columns.session.tolist()) for part in parts]

    field = batch(CLICK).field
    parts = [
        part async for part in slices(log, KEY, recording.id, only={"b": [field], "d": [], "c": [field]})
    ]

    assert [[1]] == [part.columns.session.tolist() for part in parts]
