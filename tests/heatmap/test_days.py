"""The days of a recording are those of its own time zone."""

import numpy as np

from heatmap import days
from recorder.recording import DAY_MS, Recording
from tests.conftest import a_recording

HOUR = DAY_MS // 24
#: 28 March 2026, 12:00 in Amsterdam, where the clock is put forward in the night that follows.
START = 1_774_695_600_000


def recording() -> Recording:
    return a_recording(start=START, end=START + 3 * DAY_MS, timezone="Europe/Amsterdam")


def test_a_day_begins_at_midnight_there() -> None:
    """The first one with the recording; the one on which the clock is put forward has 23 hours."""
    second = START + 12 * HOUR
    times = [START, second - 1, second, second + 23 * HOUR - 1, second + 23 * HOUR, START + 3 * DAY_MS]

    assert [1, 1, 2, 2, 3, 4] == days.days(recording(), np.array(times)).tolist()
    assert 4 == days.last(recording())


def test_what_is_outside_belongs_to_the_nearest_day() -> None:
    """A clock that was wrong makes no day of its own."""
    found = days.days(recording(), np.array([0, START + 90 * DAY_MS]))

    assert [1, 4] == found.tolist()


def test_a_day_is_told_by_its_noon() -> None:
    """Which is on that day in every time zone that is near."""
    assert START == days.noon(recording(), 1)
    assert START + 23 * HOUR == days.noon(recording(), 2)
