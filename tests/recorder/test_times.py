import pytest

from recorder import times

#: 11 December 2026, 23:40:00 UTC: the next day already in Amsterdam.
MS = 1_797_032_400_000


@pytest.mark.parametrize(
    ("language", "day", "short"),
    [
        ("en", "December 12, 2026", "December 12"),
        ("nl", "12 december 2026", "12 december"),
        ("de", "12. Dezember 2026", "12. Dezember"),
        ("fr", "12 décembre 2026", "12 décembre"),
        ("es", "12 de diciembre de 2026", "12 de diciembre"),
        ("pt-BR", "12 de dezembro de 2026", "12 de dezembro"),
    ],
)
def test_a_day_is_written_as_its_language_writes_it(language: str, day: str, short: str) -> None:
    """In the time zone of the recording, not of the server."""
    assert day == times.day(MS, language, "Europe/Amsterdam")
    assert short == times.short_day(MS, language, "Europe/Amsterdam")


def test_a_moment_names_its_time_zone() -> None:
    """So that a reader elsewhere is not misled."""
    assert "12 december 2026, 00:40 (Europe/Amsterdam)" == times.moment(MS, "nl", "Europe/Amsterdam")
    assert "11 december 2026, 18:40 (America/New York)" == times.moment(MS, "nl", "America/New_York")


def test_a_stamp_is_in_utc() -> None:
    """As programs read it."""
    assert "2026-12-11T23:40:00Z" == times.stamp(MS)


@pytest.mark.parametrize("language", ["xx", "e", "en_US", "nl-XX", ""])
def test_a_language_that_nobody_knows_is_refused(language: str) -> None:
    """Its dates could not be written."""
    with pytest.raises(ValueError, match=r"language|letters|empty"):
        times.locale(language)
