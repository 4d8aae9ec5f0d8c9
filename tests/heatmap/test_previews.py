"""Previews: two of them differ by five sessions or by nobody."""

from heatmap.previews import Previews, following


def cohort(*sessions: str, batches: int = 1) -> dict[str, frozenset[bytes]]:
    return {session: frozenset(b"%d" % n for n in range(batches)) for session in sessions}


FIVE = cohort(*"abcde")


def test_the_first_preview_has_five_sessions() -> None:
    """Four are shown as nobody, five as they are."""
    assert {} == following({}, cohort(*"abcd"))
    assert FIVE == following({}, FIVE)


def test_a_few_new_sessions_wait_for_each_other() -> None:
    """The preview stays as it was until the fifth has come."""
    assert FIVE == following(FIVE, cohort(*"abcdefghi"))
    assert cohort(*"abcdefghij") == following(FIVE, cohort(*"abcdefghij"))


def test_a_few_who_go_on_wait_too() -> None:
    """New batches of one session are not shown before five sessions have some."""
    assert FIVE == following(FIVE, FIVE | cohort("a", batches=2))
    assert cohort(*"abcde", batches=2) == following(FIVE, cohort(*"abcde", batches=2))


def test_who_withdrew_is_in_no_preview() -> None:
    """Nothing is shown until five have changed: one who left would be seen by what is missing."""
    assert following(FIVE, cohort(*"abcd")) is None
    assert following(FIVE, cohort(*"abcdxyz")) is None
    assert cohort(*"abcdwxyz") == following(FIVE, cohort(*"abcdwxyz"))


def test_nothing_changed() -> None:
    """The same again."""
    assert FIVE == following(FIVE, FIVE)


def test_nothing_is_kept_of_what_does_not_run() -> None:
    """Which sessions were shown is forgotten when their recording ends, and what was drawn from them."""
    previews = Previews()
    for recording in ("ended", "running"):
        previews.next(recording, (0, "desktop"), FIVE)
    previews.recent._values["ended", "survey"] = (b"stamp", "made of raw events")

    previews.let_go(["running"])

    assert ["running"] == [name for name, *_ in previews.cohorts]
    assert previews.recent.get(("ended", "survey"), b"stamp") is None
