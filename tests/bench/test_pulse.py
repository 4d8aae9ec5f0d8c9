"""What was slow is told from what was usual, and by when it was."""

from tests.bench.pulse import Pulse, pulse, slow


def test_beats_that_take_a_multiple_are_slow() -> None:
    """Measured by what is usual on this machine, whatever that is."""
    beats = [(n / 100, 2e-5) for n in range(20)] + [(0.2, 5e-5), (0.21, 7e-5), (0.22, 9e-4)]

    assert [0.21, 0.22] == slow(beats)


def test_a_second_is_steady_unless_several_beats_were_slow_in_it() -> None:
    """One alone may be chance."""
    felt = Pulse()
    felt.slow = [0.5, 3.1, 3.2, 3.3]

    assert [True, True, True, False] == [felt.steady(second, second + 1) for second in range(4)]


def test_it_is_felt_by_a_process_of_its_own() -> None:
    """Until the block ends; then it has told what it felt."""
    with pulse() as felt:
        pass

    assert all(isinstance(at, float) for at in felt.slow)
