"""Waiting longer and longer."""

from heatmap.site import lockout
from heatmap.site.lockout import FREE, Strangers, Tries

DAY = 24 * 3600 * 1000


def test_the_wait_doubles_up_to_a_quarter_of_an_hour() -> None:
    """15 s after the fifth wrong try, then 30, 60 …; never longer than 15 min, so that nobody is kept out for good."""
    waits = [Tries(wrong=number, last=0).wait(0) for number in range(FREE - 1, FREE + 9)]

    assert [0, 15, 30, 60, 120, 240, 480, 900, 900, 900] == waits


def test_the_wait_runs_down() -> None:
    """In whole seconds, rounded up."""
    tries = Tries(wrong=FREE, last=1_000)

    assert [15, 14, 1, 0] == [tries.wait(at) for at in (1_000, 2_500, 15_999, 16_000)]


def test_after_a_day_it_is_forgotten() -> None:
    """The next wrong try is the first."""
    assert 0 == Tries(wrong=50, last=0).wait(DAY + 1)
    assert Tries(wrong=1, last=DAY + 1) == Tries(wrong=50, last=0).failed(DAY + 1)
    assert Tries(wrong=51, last=DAY) == Tries(wrong=50, last=0).failed(DAY)


def test_of_many_names_the_latest_are_remembered() -> None:
    """Who makes up names fills no memory."""
    strangers = Strangers()
    for number in range(lockout.NAMES + 1):
        strangers.failed(f"name {number}", 0)

    assert (0, 1) == (strangers.of("name 0").wrong, strangers.of(f"name {lockout.NAMES}").wrong)


def test_of_a_long_name_only_so_much_is_remembered() -> None:
    """Ten thousand of a quarter of a megabyte would be all the memory there is."""
    strangers = Strangers()
    strangers.failed("x" * 250_000, 0)

    assert [lockout.NAME_CHARS] == [len(name) for name in strangers._tries]
    assert 1 == strangers.of("x" * 300_000).wrong
