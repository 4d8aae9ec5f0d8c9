from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from heatmap.told import fives
from tests.torture.__main__ import _totals
from tests.torture.ledger import COUNTED, REFUSED, WITHDRAWN, Ledger, Outcome, Session, Told, compare
from tests.torture.run import Result

ONE, OTHER = COUNTED[0], COUNTED[1]
GONE, NEVER = WITHDRAWN[0], REFUSED[0]
YES, LOST = Outcome.ACKNOWLEDGED, Outcome.UNKNOWN


def ledger(*sessions: Session) -> Ledger:
    return Ledger(list(sessions))


def clicks(**counted: int) -> Told:
    return Told(
        Counter(
            {{"one": ONE, "other": OTHER, "gone": GONE, "never": NEVER}[k]: n for k, n in counted.items()}
        )
    )


def crowd(size: int, *more: Session) -> Ledger:
    """So many who click one element, with two batches each."""
    return ledger(*(Session([([ONE], YES), ([ONE], YES)]) for _ in range(size)), *more)


def told(sessions: int, clicked: int, certified: int | None = None, batches: int = 0) -> Told:
    """What pictures and certificate say of such a crowd."""
    certified = fives(sessions) if certified is None else certified
    return Told(
        Counter({ONE: 2 * sessions}),
        Counter({ONE: clicked}),
        saw=sessions,
        sessions=sessions,
        certified_sessions=certified,
        certified_batches=batches or 2 * sessions,
    )


def test_what_was_acknowledged_and_not_withdrawn_must_be_counted() -> None:
    """A click that is missing is lost, one too many is doubled."""
    some = ledger(Session([([ONE], YES), ([ONE, OTHER], YES)]))

    exact = compare(some, clicks(one=2, other=1))
    assert (3, 3, 0, 0, 0) == (exact.counted, exact.exact, exact.lost, exact.doubled, exact.leaked)
    assert 1 == compare(some, clicks(one=1, other=1)).lost
    assert 1 == compare(some, clicks(one=3, other=1)).doubled


def test_who_withdrew_must_not_be_counted() -> None:
    """Nor what was refused; either would be leaked."""
    some = ledger(Session([([GONE], YES)], withdrawn=YES), Session([([NEVER], Outcome.REFUSED)]))

    assert 0 == compare(some, Told()).leaked
    assert 1 == compare(some, clicks(gone=1)).leaked
    assert 1 == compare(some, clicks(never=1)).leaked


def test_what_nobody_can_know_may_be_either() -> None:
    """A batch whose answer got lost, and all of a visitor whose withdrawal's answer got lost; but no more than that."""
    some = ledger(Session([([ONE], LOST)]), Session([([GONE], YES)], withdrawn=LOST))

    for counted in (Told(), clicks(one=1), clicks(one=1, gone=1)):
        found = compare(some, counted)
        assert (0, 0, 0) == (found.lost, found.doubled, found.leaked)
    assert 1 == compare(some, clicks(one=2)).doubled


def test_one_unanswered_batch_makes_no_other_element_less_exact() -> None:
    """Also not those that the same visitor clicked before."""
    some = ledger(Session([([ONE], YES), ([OTHER], LOST)]))

    for other in (0, 1):
        found = compare(some, clicks(one=1, other=other))
        assert (1, 0, 0) == (found.exact, found.lost, found.doubled)
    assert 1 == compare(some, clicks(one=0, other=1)).lost
    assert 1 == compare(some, clicks(one=2)).doubled


@pytest.mark.parametrize(
    "wrong",
    [told(24, 24), told(26, 26), told(25, 20), told(25, 25, 24), told(25, 25, 30), told(25, 25, 25, 49)],
)
def test_sessions_and_batches_must_be_as_many_as_they_were(wrong: Told) -> None:
    """In the pictures to the last one, in the certificate in fives; a session that clicked twice is one."""
    some = crowd(25)

    assert [] == compare(some, told(25, 25)).wrong
    assert [] != compare(some, wrong).wrong
    assert not compare(some, wrong).good


def test_who_clicked_is_told_five_lower_where_few_did_not() -> None:
    """By the rule of the tables, and by no other."""
    some = crowd(24, Session([([OTHER], YES), ([], YES)]))

    assert [] == compare(some, told(25, 20)).wrong
    assert [] != compare(some, told(25, 24)).wrong


def test_sessions_are_uncertain_by_those_whose_answers_got_lost() -> None:
    """A batch that may be there, a withdrawal that may have been, a yes that nobody was told of."""
    some = crowd(23, Session([([ONE], LOST)]), Session([([ONE], YES)], withdrawn=LOST))
    some.nobodys = 1

    for sessions in (23, 24, 25):
        assert [] == compare(some, told(sessions, sessions, 20, 46)).wrong
    assert [] == compare(some, told(25, 25, 25, 48)).wrong
    assert [] != compare(some, told(22, 22, 20, 46)).wrong
    assert [] != compare(some, told(26, 26, 25, 46)).wrong
    assert [] != compare(some, told(25, 25, 30, 46)).wrong
    assert [] != compare(some, told(25, 25, 25, 49)).wrong


def test_who_is_missing_without_a_reason_is_told_wrongly() -> None:
    """A yes may be written down without a session where its answer was lost, or came too late; no other."""
    some = crowd(25)
    missing = replace(told(25, 25), certified_missing=5)

    assert [] != compare(some, missing).wrong
    some.late = 1
    assert [] == compare(some, missing).wrong
    some.late, some.nobodys = 0, 1
    assert [] == compare(some, missing).wrong
    assert [] != compare(some, replace(missing, certified_missing=10)).wrong


def test_a_ledger_is_read_as_it_was_written() -> None:
    """From one process to another nothing changes."""
    some = ledger(Session([([ONE], Outcome.UNKNOWN)], withdrawn=Outcome.UNKNOWN), Session())
    some.nobodys, some.taken_wrongly, some.late = 2, 1, 3

    assert some == Ledger.from_json(some.to_json())


def test_the_deaths_of_the_sweep_are_no_runs() -> None:
    """They are told apart; what went wrong there counts all the same."""
    verdict = compare(crowd(25), told(25, 25))
    run, death = (
        Result(name, verdict, crowd(25), ["kill drawer"], finished, 0, 1.0, Path(), seed)
        for name, finished, seed in (("seed 1", True, 1), ("die after-drawn", False, None))
    )

    totals = _totals([run], [death])

    wanted = {"runs": 1, "faults": 1, "drawers_killed": 1, "sweep_deaths": 1, "counted": 50, "unfinished": 1}
    assert wanted.items() <= totals.items()


@pytest.mark.parametrize(("exact", "good"), [(50, True), (24, False)])
def test_a_run_in_which_too_little_is_known_is_not_good(exact: int, *, good: bool) -> None:
    """What is compared as an equality has to be most of it."""
    verdict = replace(compare(crowd(25), told(25, 25)), exact=exact)

    assert (
        good
        == Result("seed 1", verdict, crowd(25), [], finished=True, raw_left=0, seconds=1, logs=Path()).good
    )
