from collections import Counter

from tests.torture.ledger import COUNTED, REFUSED, WITHDRAWN, Ledger, Outcome, Session, compare

ONE, OTHER = COUNTED[0], COUNTED[1]
GONE, NEVER = WITHDRAWN[0], REFUSED[0]


def ledger(*sessions: Session) -> Ledger:
    return Ledger(list(sessions))


def test_what_was_acknowledged_and_not_withdrawn_must_be_counted() -> None:
    """A click that is missing is lost, one too many is doubled."""
    some = ledger(Session([([ONE], Outcome.ACKNOWLEDGED), ([ONE, OTHER], Outcome.ACKNOWLEDGED)]))

    exact = compare(some, Counter({ONE: 2, OTHER: 1}))
    assert (3, 0, 0, 0) == (exact.counted, exact.lost, exact.doubled, exact.leaked)
    assert 1 == compare(some, Counter({ONE: 1, OTHER: 1})).lost
    assert 1 == compare(some, Counter({ONE: 3, OTHER: 1})).doubled


def test_who_withdrew_must_not_be_counted() -> None:
    """Nor what was refused; either would be leaked."""
    some = ledger(
        Session([([GONE], Outcome.ACKNOWLEDGED)], withdrawn=Outcome.ACKNOWLEDGED),
        Session([([NEVER], Outcome.REFUSED)]),
    )

    assert 0 == compare(some, Counter()).leaked
    assert 1 == compare(some, Counter({GONE: 1})).leaked
    assert 1 == compare(some, Counter({NEVER: 1})).leaked


def test_what_nobody_can_know_may_be_either() -> None:
    """A batch whose answer got lost, and all of a visitor whose withdrawal's answer got lost; but no more than that."""
    some = ledger(
        Session([([ONE], Outcome.UNKNOWN)]),
        Session([([GONE], Outcome.ACKNOWLEDGED)], withdrawn=Outcome.UNKNOWN),
    )

    for counted in (Counter[int](), Counter({ONE: 1}), Counter({ONE: 1, GONE: 1})):
        found = compare(some, counted)
        assert (0, 0, 0) == (found.lost, found.doubled, found.leaked)
    assert 1 == compare(some, Counter({ONE: 2})).doubled


def test_a_ledger_is_read_as_it_was_written() -> None:
    """From one process to another nothing changes."""
    some = ledger(Session([([ONE], Outcome.UNKNOWN)], withdrawn=Outcome.UNKNOWN), Session())

    assert some == Ledger.from_json(some.to_json())
