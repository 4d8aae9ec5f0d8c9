"""The days of a recording, in its own time zone: the first one is 1. Pure."""

from datetime import datetime, timedelta

import numpy as np
from babel.dates import get_timezone
from numpy.typing import NDArray

from recorder.recording import Recording


def days(recording: Recording, times: NDArray[np.int64]) -> NDArray[np.uint8]:
    """On which day each of these times (N,), ms, was; before the start is the first day, after the end the last."""
    found = 1 + np.searchsorted(midnights(recording), times, side="right")
    return found.astype(np.uint8)


def midnights(recording: Recording) -> NDArray[np.int64]:
    """When the second day began, the third, and so on to the last, ms."""
    return np.array([_ms(_midnight(recording, day)) for day in range(2, last(recording) + 1)], np.int64)


def last(recording: Recording) -> int:
    """The number of the last day."""
    begin, end = (_local(recording, ms).date() for ms in (recording.start, recording.end))
    return (end - begin).days + 1


def noon(recording: Recording, day: int) -> int:
    """A time on that day, ms, by which it can be told."""
    return _ms(_midnight(recording, day) + timedelta(hours=12))


def _midnight(recording: Recording, day: int) -> datetime:
    begin = _local(recording, recording.start) + timedelta(days=day - 1)
    return datetime(begin.year, begin.month, begin.day, tzinfo=begin.tzinfo)


def _local(recording: Recording, ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, get_timezone(recording.timezone))


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
