"""Previews: two of them differ by five sessions or by nobody."""

from heatmap.previews import Previews, following


def cohort(*sessions: str, batches: int = 1) -> dict[str, frozenset[bytes]]:
    return {session: frozenset(b"%d" % n for n in range(batches)) for session in sessions}


FIVE = cohort(*"abcde")
PLACE = (0, "desktop")


def of_releases(**sizes: int) -> tuple[dict[str, frozenset[bytes]], dict[str, tuple[int, int]]]:
    """So many sessions of each release, such as `r1`, and whose each is."""
    named = {f"{name} {n}": (int(name[1:]), 0) for name, size in sizes.items() for n in range(size)}
    return cohort(*named), named


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


def test_a_release_that_is_shown_apart_changes_by_five_as_well() -> None:
    """One new session of it waits for four others, though there are enough new ones of another."""
    previews, first = Previews(), of_releases(r1=30, r2=30)
    assert first[0] == previews.next("id", PLACE, *first, 20)

    later = previews.next("id", PLACE, *of_releases(r1=31, r2=35), 20)
    assert of_releases(r1=30, r2=35)[0] == later

    assert of_releases(r1=35, r2=35)[0] == previews.next("id", PLACE, *of_releases(r1=35, r2=36), 20)


def test_who_leaves_a_release_is_seen_by_what_is_missing_there() -> None:
    """However many came to another one."""
    previews = Previews()
    previews.next("id", PLACE, *of_releases(r1=30, r2=30), 20)

    assert previews.next("id", PLACE, *of_releases(r1=29, r2=40), 20) is None


def test_who_sees_two_releases_stays_where_they_were_shown() -> None:
    """Until five have changed there: else the picture of that release would lose one visitor."""
    previews, (first, labels) = Previews(), of_releases(r1=30, r2=30)
    previews.next("id", PLACE, first, labels, 20)
    both = cohort("r1 0", batches=2)
    more, named = of_releases(r1=30, r2=30, r0=9)

    later = previews.next("id", PLACE, more | both, named | {"r1 0": (0, 0)}, 20)

    assert more == later


def test_releases_that_are_shown_together_wait_for_each_other() -> None:
    """Of few sessions each, they are one crowd."""
    previews, some = Previews(), of_releases(r1=2, r2=2, r3=2)

    assert some[0] == previews.next("id", PLACE, *some, 20)


def test_nothing_is_kept_of_what_does_not_run() -> None:
    """Which sessions were shown is forgotten when their recording ends, and what was drawn from them."""
    previews = Previews()
    for recording in ("ended", "running"):
        previews.next(recording, PLACE, FIVE, dict.fromkeys(FIVE, (0, 0)), 20)
    previews.recent._values["ended", "survey"] = (b"stamp", "made of raw events")

    previews.let_go(["running"])

    assert ["running"] == [name for name, *_ in previews.cohorts]
    assert previews.recent.get(("ended", "survey"), b"stamp") is None
