from collections.abc import Iterable

import numpy as np
import pytest

from heatmap import raw
from heatmap.automated import BEATS, FLASHES, HURRY, LEAPS, automated
from heatmap.columns import Columns
from heatmap.demo import visitors
from recorder import events, seal
from recorder.eventlog import EventLog, Session
from recorder.events import Kind, Pointer
from tests.conftest import a_recording
from tests.recorder.sample import batch

#: t, kind, x, y
Event = tuple[int, int, int, int]


def columns(*sessions: Iterable[Event]) -> Columns:
    """These sessions, numbered from 0."""
    rows = [(number, *event) for number, session in enumerate(sessions) for event in session]
    table = np.array(rows, np.int64).reshape(-1, 5)
    return Columns.of(session=table[:, 0], t=table[:, 1], kind=table[:, 2], x=table[:, 3], y=table[:, 4])


def clicks(times: Iterable[int], kind: int = Kind.CLICK, apart: int = 300) -> list[Event]:
    """Clicks in turn on two targets, with no way between them."""
    return [(t, kind, 100 + apart * (n % 2), 200) for n, t in enumerate(times)]


def with_landing(events: list[Event]) -> list[Event]:
    """A pointer that is put on its target 2 ms before each click."""
    return [e for t, kind, x, y in events for e in ((t - 2, int(Kind.MOVE), x, y), (t, kind, x, y))]


def between(events: list[Event], kind: int) -> list[Event]:
    """The same with an event of this kind before each."""
    return [e for t, k, x, y in events for e in ((t - 1, kind, 0, 0), (t, k, x, y))]


def by_hand(times: Iterable[int], samples: int) -> list[Event]:
    """Clicks in turn on two targets, with so many samples of the way to each."""
    found: list[Event] = []
    for n, t in enumerate(times):
        to, way = 100 + 300 * (n % 2), 300 - 600 * (n % 2)
        found += [
            (t - 50 * s, int(Kind.MOVE), to + way * s // (samples + 1), 200) for s in range(samples, 0, -1)
        ]
        found.append((t, int(Kind.CLICK), to, 200))
    return found


FAST = range(100, 100 + 200 * 12, 200)
SLOW = range(1000, 1000 + 1000 * 12, 1000)
HUMAN = np.cumsum([900, 1400, 700, 2100, 1250, 800, 1900, 1100, 760, 1500, 930, 1210]).tolist()
#: Steps of a switch from one target to the next.
STEPS = [1, 3, 2, 5, 1, 4, 2, 3, 1, 2, 6, 2]
TOUCH, PEN, KEY = (Kind.CLICK | pointer << 5 for pointer in (Pointer.TOUCH, Pointer.PEN, Pointer.KEY))
FLICKS = [(50 * n, int(Kind.MOVE), 1100 * (n % 2), 300) for n in range(2 * FLASHES)]


@pytest.mark.parametrize(
    ("who", "events"),
    [
        ("clicks all over the page without a way or a pause", clicks(FAST)),
        ("the same, putting the pointer on each target first", with_landing(clicks(FAST))),
        ("the same, while the page tells what appears", between(clicks(FAST), Kind.SHOW)),
        ("as few of them as are enough", clicks(range(0, 200 * (LEAPS + 1), 200))),
        ("clicks once a second, like a clock", clicks(SLOW)),
        ("like a clock that is late now and then", clicks(t + 5 * (t % 3) for t in SLOW)),
        ("crosses the window between any two samples", FLICKS),
        ("a person's clicks among many more", by_hand([500, 2000], 4) + clicks(range(3000, 5400, 200))),
    ],
)  # fmt: skip
def test_who_does_what_no_person_can_is_marked(who: str, events: list[Event]) -> None:
    """Impossible pace, rhythm or speed, most of the time."""
    assert [1] == automated(columns(by_hand(HUMAN, 4), events)).tolist(), who


@pytest.mark.parametrize(
    ("who", "events"),
    [
        ("nobody", []),
        ("looks and never clicks", [(50 * n, int(Kind.MOVE), 7 * n, 300) for n in range(100)]),
        ("moves and clicks like a hand", by_hand(HUMAN, 5)),
        ("is very fast, with a way", by_hand(FAST, 2)),
        ("keyboard: presses Enter on link after link", clicks(FAST, KEY)),
        ("keyboard, in a steady rhythm", clicks(SLOW, KEY)),
        ("touch: taps on keys of a game", clicks(FAST, TOUCH)),
        ("pen: dots here and there", clicks(FAST, PEN)),
        ("touch and mouse in turn", [e for pair in zip(clicks(FAST), clicks(FAST, TOUCH), strict=True) for e in pair]),
        ("voice control: on target at once, then speaking", with_landing(clicks(HUMAN))),
        ("an eye tracker with a fixed time of rest", with_landing(clicks(n + 600 for n in HUMAN))),
        ("a switch that steps from field to field each second", clicks(np.cumsum(STEPS) * 1000)),
        ("a screen reader's clicks on headings", clicks(HUMAN)),
        ("a double click, and another one far away", clicks([100, 300, 5000, 5200], apart=0) + clicks([9000])),
        ("clicks quickly in one place", clicks(FAST, apart=20)),
        ("a resting mouse on a scrolling page", between(clicks(FAST), Kind.SCROLL)),
        ("a resting mouse from page to page", between(clicks(FAST), Kind.PAGE)),
        ("a mouse that comes back with the window", between(clicks(FAST), Kind.VISIBLE)),
        ("one leap less than it takes", clicks(range(0, 200 * LEAPS, 200))),
        ("one beat less than it takes", clicks(range(0, 1000 * BEATS, 1000))),
        ("just not in a hurry, not quite even", clicks([n * HURRY + 60 * (n % 2) for n in range(12)])),
        ("one flash less than it takes", FLICKS[:FLASHES]),
        ("flicks now and then", FLICKS[:4] + [(5000 + 50 * n, int(Kind.MOVE), 9 * n, 300) for n in range(60)]),
        ("leaps, but more often a way", clicks(range(0, 1600, 200)) + by_hand([3000 + t for t in HUMAN], 4)),
    ],
)  # fmt: skip
def test_nobody_is_marked_for_how_they_use_a_page(who: str, events: list[Event]) -> None:
    """Keys, touch, pens and assistive technology leave no way; that alone says nothing."""
    assert [] == automated(columns(by_hand(HUMAN, 4), events)).tolist(), who


def test_sessions_are_told_apart() -> None:
    """What one did is not held against the next, also where one's last event is far from the next one's first."""
    table = columns(
        clicks(FAST), by_hand(HUMAN, 4), clicks(FAST), clicks([10]), clicks([20], apart=900), FLICKS
    )

    assert [0, 2, 5] == automated(table).tolist()


def test_no_visitor_of_the_demo_is_marked() -> None:
    """A simulated crowd with mouse and touch, at every pace."""
    key = bytes(32)
    crowd = [v for v in visitors.crowd(150, 5) if v.batches]
    sessions = [
        Session(
            f"{n}",
            0,
            frozenset({"heatmap"}),
            {b.field: seal.seal(key, f"{n}", b.field, events.pack(b, 0, 0)) for b in visitor.batches},
            0,
            0,
        )
        for n, visitor in enumerate(crowd)
    ]

    part = raw.people(sessions, range(len(sessions)), key)

    assert (0, len(crowd)) == (part.automated, part.sessions)


async def test_automated_sessions_are_counted_and_not_in_pictures(log: EventLog) -> None:
    """Their events, batches and sessions are left out; replays of who chose them are not."""
    recording, key = a_recording(), bytes(32)
    program = [{"kind": int(k), "t": t, "x": x, "y": y} for t, k, x, y in clicks(FAST)]
    for name, rows in (("person", [{"kind": Kind.CLICK, "x": 5, "y": 5}]), ("program", program)):
        await log.open_session(recording, name, 1000, ["heatmap", "replay"])
        made = batch(*rows)
        sealed = seal.seal(key, name, made.field, events.pack(made, 0, 0))
        await log.append(recording.id, name, made.field, sealed, len(rows), 0)

    [drawn] = [part async for part in raw.slices(log, key, recording.id)]
    [replayed] = [part async for part in raw.slices(log, key, recording.id, "replay")]

    assert (1, 1, 1, 1) == (drawn.sessions, len(drawn.batches), len(drawn.columns), drawn.automated)
    assert (2, 13, 0) == (replayed.sessions, len(replayed.columns), replayed.automated)


def test_batches_that_were_kept_out_of_order_are_followed_in_order() -> None:
    """A hash has no order; a way that was told in two batches is one way."""
    key = bytes(32)
    rows = by_hand(FAST, 2)
    parts = [rows[:17], rows[17:]]
    made = [
        batch(*({"kind": k, "t": t % 60_000, "x": x, "y": y} for t, k, x, y in part), sequence=n, start_ms=0)
        for n, part in enumerate(parts)
    ]
    sealed = {b.field: seal.seal(key, "s", b.field, events.pack(b, 0, 0)) for b in reversed(made)}

    part = raw.people([Session("s", 0, frozenset({"heatmap"}), sealed, 0, 0)], [0], key)

    assert (0, sorted(t for t, *_ in rows)) == (part.automated, part.columns.t.tolist())
