"""Looking ahead: which pictures will be there."""

from collections.abc import Mapping

import pytest

from heatmap.site.forecast import Forecast, forecast
from recorder.recording import DAY_MS, Device, Recording
from tests.conftest import a_recording


def over(sessions: Mapping[tuple[int, Device], int], days: float, **changes: object) -> Forecast:
    """The forecast after so many of ten days."""
    made: Recording = a_recording(start=0, end=10 * DAY_MS, **changes)
    return forecast(made, sessions, sum(sessions.values()), round(days * DAY_MS))


def test_visitors_go_on_coming_as_they_have() -> None:
    """A quarter of the time: four times as many by the end, told in fives."""
    [home, basket] = over({(0, "mobile"): 7, (1, "desktop"): 3}, 2.5).outlooks

    assert ("Home", "mobile", 5, 20, True, False) == (
        *(home.page, home.device, home.now, home.end),
        *(home.likely, home.passed),
    )
    assert ("Basket", "desktop", 0, 0, False) == (
        basket.page,
        basket.device,
        basket.now,
        basket.end,
        basket.likely,
    )


def test_what_is_to_come_tells_no_more_than_what_there_is() -> None:
    """A hundredth more of the time says nothing about one visitor more: both are told in fives of what is there."""
    [five, *_] = over({(0, "desktop"): 5}, 0.5).outlooks

    assert [five] * 4 == [over({(0, "desktop"): count}, 0.5).outlooks[0] for count in range(6, 10)]


def test_a_picture_that_has_its_sessions_is_there() -> None:
    """Whatever comes."""
    found = over({(0, "desktop"): 20, (1, "desktop"): 20}, 5)

    assert [True, True] == [each.passed for each in found.outlooks]
    assert [] == found.missing


def test_only_the_device_classes_of_the_recording_are_foreseen() -> None:
    """Who made the window wider meanwhile counts for no picture; a page that nobody came to stands for itself."""
    found = over({(0, "mobile"): 20, (0, "desktop"): 20}, 5, devices=["tablet", "mobile"])

    assert [("Home", "mobile"), ("Basket", "tablet")] == [(each.page, each.device) for each in found.outlooks]


@pytest.mark.parametrize(("days", "warn"), [(6.9, False), (7.1, True)])
def test_three_days_before_the_end_it_warns(days: float, warn: bool) -> None:
    """While there is time to do something about it."""
    assert warn == over({(0, "desktop"): 6}, days).warn


def test_nobody_is_warned_of_what_goes_well() -> None:
    """Not on the last day either."""
    assert not over({(0, "desktop"): 90, (1, "tablet"): 90}, 9.9).warn


def test_at_the_very_start_it_says_nothing() -> None:
    """One visitor in the first minutes would be a thousand by the end."""
    assert over({(0, "desktop"): 6}, 0.1).early


def test_it_is_not_too_early_to_say_what_is_there_already() -> None:
    """Once every picture has its sessions there is nothing left to foresee."""
    assert not over({(0, "desktop"): 20, (1, "desktop"): 20}, 0.1).unsure
    assert over({(0, "desktop"): 20, (1, "desktop"): 6}, 0.1).unsure
    assert not over({(0, "desktop"): 20, (1, "desktop"): 6}, 5).unsure


def test_what_ends_a_recording_early_is_seen_ahead() -> None:
    """With so many sessions in all, or so many on every page, there will be no more of anything."""
    there: dict[tuple[int, Device], int] = {(0, "desktop"): 20, (1, "desktop"): 10}

    ends = [
        [each.end for each in over(there, 1, **early).outlooks]
        for early in (
            {},
            {"max_sessions": 60},
            {"page_sessions": 15},
            {"max_sessions": 9000, "page_sessions": 9000},
        )
    ]

    assert [[200, 100], [40, 20], [30, 15], [200, 100]] == ends


def test_an_early_end_is_near_when_its_sessions_are() -> None:
    """Half of them came in a day, so it ends tomorrow, with a page that will miss its own."""
    there: dict[tuple[int, Device], int] = {(0, "desktop"): 20, (1, "mobile"): 5}

    assert over(there, 1, max_sessions=50).warn
    assert not over(there, 1, max_sessions=500).warn
