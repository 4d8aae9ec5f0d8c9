"""Numbers and times as the pages write them. Pure."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from heatmap.segments import CROWD

#: A billion of anything is more than there is; and the longest numbers are no numbers to Python.
DIGITS = 9
_MINUTE, _HOUR, _DAY = 60_000, 3_600_000, 86_400_000


def moment(ms: int) -> str:
    """11 Dec 2026, 14:40 UTC."""
    return f"{_utc(ms):%-d %b %Y, %H:%M} UTC"


def date(ms: int) -> str:
    """11 Dec 2026."""
    return f"{_utc(ms):%-d %b %Y}"


def machine_time(ms: int) -> str:
    """2026-12-11T14:40:00Z, for `datetime` attributes."""
    return f"{_utc(ms):%Y-%m-%dT%H:%M:%SZ}"


def hour(ms: int) -> str:
    """14–15 h UTC: for what must not be told more closely."""
    return f"{_utc(ms):%-H}–{(_utc(ms).hour + 1)} h UTC"


def clock(ms: int) -> str:
    """1:04 min: how long something plays."""
    return f"{ms // _MINUTE}:{ms // 1000 % 60:02} min"


def span(ms: int) -> str:
    """How long, in the largest unit that says enough: 3 days, 5 hours, 12 minutes."""
    for size, word in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")):
        if ms >= 2 * size or (ms >= size and size == _MINUTE):
            number = ms // size
            return f"{number} {word}{'' if number == 1 else 's'}"
    return "less than a minute"


def number_in(text: str) -> int | None:
    """The number that somebody gave; None for anything else, also for one that nothing has."""
    return int(text) if text.isdecimal() and len(text) <= DIGITS else None


def number(value: int) -> str:
    return f"{value:,}".replace(",", "\u202f")


def few(value: int) -> str:
    """A number of people in fives, of which the smallest says that there are few, or none."""
    return number(value) if value >= CROWD else f"< {CROWD}"


def percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def plural(value: int, word: str, many: str | None = None) -> str:
    """1 page, 3 pages."""
    return f"{number(value)} {word if value == 1 else many or word + 's'}"


def slug(text: str) -> str:
    """demo-shop-product: for the name of a file."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "recording"


def _utc(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


FILTERS: dict[str, Callable[..., Any]] = {
    "day": moment,
    "date": date,
    "machine_time": machine_time,
    "hour": hour,
    "clock": clock,
    "span": span,
    "number": number,
    "few": few,
    "percent": percent,
    "plural": plural,
    "slug": slug,
}
