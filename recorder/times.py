"""Times as people read them, in their language and a recording's time zone. Pure.

Times are ms since the epoch; a time zone is a name such as Europe/Amsterdam; a language is a tag such as nl or pt-BR.
"""

from babel import Locale, UnknownLocaleError
from babel.dates import format_datetime, format_skeleton, get_timezone


def locale(language: str) -> Locale:
    """What is known of a language; `ValueError` for one that nobody knows."""
    try:
        return Locale.parse(language, sep="-")
    except UnknownLocaleError:
        raise ValueError(f"{language!r} is no language that dates can be written in") from None


def zone(name: str) -> str:
    """The name itself, if it is one; `ValueError` otherwise."""
    try:
        get_timezone(name)
    except (LookupError, ValueError, OSError):
        raise ValueError(f"{name!r} is no time zone such as Europe/Amsterdam") from None
    return name


def own_name(language: str) -> str:
    """What a language calls itself: Nederlands."""
    name = locale(language).get_display_name() or language
    return name[0].upper() + name[1:]


def day(ms: int, language: str, timezone: str) -> str:
    """With the year: 11 december 2026."""
    known = locale(language)
    return _written(ms, known.date_formats["long"].pattern, known, timezone)


def short_day(ms: int, language: str, timezone: str) -> str:
    """Without the year: 11 december."""
    return format_skeleton(
        "MMMMd",
        ms / 1000,
        tzinfo=get_timezone(timezone),
        locale=locale(language),
    )


def moment(ms: int, language: str, timezone: str) -> str:
    """Day, time and the name of the zone: 11 december 2026, 15:40 (Europe/Amsterdam)."""
    known = locale(language)
    time = _written(ms, known.time_formats["short"].pattern, known, timezone)
    return f"{day(ms, language, timezone)}, {time} ({timezone.replace('_', ' ')})"


def stamp(ms: int) -> str:
    """As programs and logs write it: 2026-12-11T14:40:00Z."""
    return _written(ms, "yyyy-MM-dd'T'HH:mm:ss'Z'", locale("en"), "UTC")


def _written(ms: int, pattern: str, known: Locale, timezone: str) -> str:
    return format_datetime(ms / 1000, pattern, tzinfo=get_timezone(timezone), locale=known)
