"""Previews: two of them differ by five sessions or by nobody, whoever was asked for."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from random import Random

import pytest

from heatmap.previews import Previews, Shown, following
from heatmap.segments import DAY, MARKS, MARKS_APART, RELEASE, Atom, segments
from heatmap.selection import Selection, selected, spans

Sessions = dict[str, frozenset[bytes]]
Preview = Mapping[str, frozenset[bytes]]

PLACE = (0, "desktop")
PLAIN: Atom = (0, 0, 0, 1)


def cohort(*sessions: str, batches: int = 1) -> Sessions:
    return {session: frozenset(b"%d" % n for n in range(batches)) for session in sessions}


FIVE = cohort(*"abcde")


def after(before: Sessions, now: Sessions) -> Preview | None:
    """What follows the preview of `before`, where all are shown together."""
    everybody = dict.fromkeys([*before, *now], PLAIN)
    first = following(Shown(), before, everybody, 20) if before else Shown()
    assert first is not None
    assert before == first.cohort
    found = following(first, now, everybody, 20)
    return found.cohort if found else None


def of(*some: tuple[Atom, int], batches: int = 1) -> tuple[Sessions, dict[str, Atom]]:
    """So many sessions that count as this, and whose each is; the same names whenever it is asked for."""
    labels = {f"{atom} {n}": atom for atom, size in some for n in range(size)}
    return cohort(*labels, batches=batches), labels


R1, R2, R3, NONE = ((release, 0, 0, 1) for release in (1, 2, 3, 0))


def shown(found: Shown | None) -> Preview | None:
    return found.cohort if found else None


def test_the_first_preview_has_five_sessions() -> None:
    """Four are shown as nobody, five as they are."""
    assert {} == after({}, cohort(*"abcd"))
    assert FIVE == after({}, FIVE)


def test_a_few_new_sessions_wait_for_each_other() -> None:
    """The preview stays as it was until the fifth has come."""
    assert FIVE == after(FIVE, cohort(*"abcdefghi"))
    assert cohort(*"abcdefghij") == after(FIVE, cohort(*"abcdefghij"))


def test_a_few_who_go_on_wait_too() -> None:
    """New batches of one session are not shown before five sessions have some."""
    assert FIVE == after(FIVE, FIVE | cohort("a", batches=2))
    assert cohort(*"abcde", batches=2) == after(FIVE, cohort(*"abcde", batches=2))


def test_who_withdrew_is_in_no_preview() -> None:
    """Nothing is shown until five have changed: one who left would be seen by what is missing."""
    assert after(FIVE, cohort(*"abcd")) is None
    assert after(FIVE, cohort(*"abcdxyz")) is None
    assert cohort(*"abcdwxyz") == after(FIVE, cohort(*"abcdwxyz"))


def test_nothing_changed() -> None:
    """The same again."""
    assert FIVE == after(FIVE, FIVE)


def test_a_release_that_is_shown_apart_changes_by_five_as_well() -> None:
    """One new session of it waits for four others, though there are enough new ones of another."""
    previews, first = Previews(), of((R1, 30), (R2, 30))
    assert first[0] == shown(previews.next("id", PLACE, *first, 20))

    later = previews.next("id", PLACE, *of((R1, 31), (R2, 35)), 20)
    assert of((R1, 30), (R2, 35))[0] == shown(later)

    assert of((R1, 35), (R2, 35))[0] == shown(previews.next("id", PLACE, *of((R1, 35), (R2, 36)), 20))


def test_who_leaves_a_release_is_seen_by_what_is_missing_there() -> None:
    """However many came to another one."""
    previews = Previews()
    previews.next("id", PLACE, *of((R1, 30), (R2, 30)), 20)

    assert previews.next("id", PLACE, *of((R1, 29), (R2, 40)), 20) is None


def test_who_sees_two_releases_stays_where_they_were_shown() -> None:
    """Until five have changed there: else the picture of that release would lose one visitor."""
    previews, (first, labels) = Previews(), of((R1, 30), (R2, 30))
    previews.next("id", PLACE, first, labels, 20)
    both = cohort(f"{R1} 0", batches=2)
    more, named = of((R1, 30), (R2, 30), (NONE, 9))

    later = previews.next("id", PLACE, more | both, named | {f"{R1} 0": NONE}, 20)

    assert more == shown(later)


def test_releases_that_are_shown_together_wait_for_each_other() -> None:
    """Of few sessions each, they are one crowd."""
    previews, some = Previews(), of((R1, 2), (R2, 2), (R3, 2))

    assert some[0] == shown(previews.next("id", PLACE, *some, 20))


def test_the_few_of_a_new_release_that_were_shown_stay_with_the_others() -> None:
    """Three were in the picture of all; when the release has its own, they would be what that of all had more."""
    previews = Previews()
    previews.next("id", PLACE, *of((R1, 30), (R2, 3)), 20)

    found = previews.next("id", PLACE, *of((R1, 30), (R2, 30)), 20)

    assert found is not None
    assert {R1: 33, R2: 27} == {atom: list(found.labels.values()).count(atom) for atom in (R1, R2)}


def test_who_reaches_a_mark_changes_sides_with_four_others() -> None:
    """Until then they count as those who have not."""
    previews, marked = Previews(), (0, 0, 1, 1)
    first, labels = of((PLAIN, 60), (marked, 30))
    previews.next("id", PLACE, first, labels, 20)
    for reached in (4, 5):
        now = labels | {f"{PLAIN} {n}": marked for n in range(reached)}
        found = previews.next("id", PLACE, first, now, 20)
        assert found is not None
        assert (30 if reached < 5 else 35) == list(found.labels.values()).count(marked)


def test_the_last_of_a_day_count_for_the_next() -> None:
    """Four of an evening are shown when a fifth comes in the morning, and count for that day, now and always."""
    previews, next_day = Previews(), (0, 0, 0, 2)
    previews.next("id", PLACE, *of((PLAIN, 10)), 20)
    previews.next("id", PLACE, *of((PLAIN, 14)), 20)

    found = previews.next("id", PLACE, *of((PLAIN, 14), (next_day, 1)), 20)

    assert found is not None
    assert {PLAIN: 10, next_day: 5} == {
        atom: list(found.labels.values()).count(atom) for atom in (PLAIN, next_day)
    }


def test_who_withdraws_from_a_day_that_is_over_does_not_leave_alone() -> None:
    """Nobody comes to that day any more, so four others go too, and do not come back."""
    previews, next_day = Previews(), (0, 0, 0, 2)
    first, labels = of((PLAIN, 120), (next_day, 120))
    previews.next("id", PLACE, first, labels, 20)
    left = {session: names for session, names in first.items() if session != f"{PLAIN} 0"}
    for _ in range(2):
        found = previews.next("id", PLACE, left, labels, 20)
        assert found is not None
        assert {PLAIN: 115, next_day: 120} == {
            atom: list(found.labels.values()).count(atom) for atom in (PLAIN, next_day)
        }


async def test_nothing_is_kept_of_what_does_not_run() -> None:
    """Which sessions were shown is forgotten when their recording ends, and what was drawn from them."""
    previews = Previews()
    for recording in ("ended", "running"):
        previews.next(recording, PLACE, FIVE, dict.fromkeys(FIVE, PLAIN), 20)
    for recording in ("ended", "running", "looked through only"):
        previews.recent.put((recording, "survey"), b"stamp", "made of raw events")

    previews.let_go(["running"])

    assert ["running"] == [name for name, *_ in previews.shown]
    assert ["running"] == [recording for recording, _ in previews.recent._values]


async def test_a_slow_preview_of_one_recording_keeps_nobody_from_another() -> None:
    """Each has a lock of its own, which goes with it."""
    previews = Previews()
    previews.next("slow", PLACE, FIVE, dict.fromkeys(FIVE, PLAIN), 20)

    async with previews.locks["slow"], previews.locks["other"]:
        assert previews.locks["slow"].locked()

    previews.let_go([])
    assert "slow" not in previews.locks


async def test_a_preview_that_is_being_made_is_forgotten_too() -> None:
    """Whoever forgets waits until it is there; nothing of others is touched."""
    previews = Previews()
    previews.next("other", PLACE, FIVE, dict.fromkeys(FIVE, PLAIN), 20)

    async with previews.locks["ended"]:
        forgetting = asyncio.create_task(previews.forget("ended"))
        await asyncio.sleep(0)
        previews.next("ended", PLACE, FIVE, dict.fromkeys(FIVE, PLAIN), 20)
        previews.recent.put(("ended", "survey"), b"stamp", "made of raw events")
        assert 2 == previews.left("ended")
    await forgetting

    assert (0, 1) == (previews.left("ended"), previews.left("other"))


# --- everything at once


def visitors(random: Random) -> Iterator[tuple[Sessions, dict[str, Atom]]]:
    """Twelve days, a few looks on each: visitors come, go on, reach marks, see another release, withdraw."""
    now: Sessions = {}
    labels: dict[str, Atom] = {}
    for look in range(48):
        day, release = 1 + look // 4, 1 + look // 20
        for number in range(random.choice([1, 3, 8, 40])):
            name = f"{look} {number}"
            now[name], labels[name] = frozenset([b"0"]), (release, 0, int(random.random() < 0.2), day)
        for name in random.sample(sorted(now), min(len(now), random.choice([0, 0, 2, 7]))):
            now[name] = now[name] | {b"%d" % look}
            labels[name] = (labels[name][RELEASE], 0, labels[name][MARKS] | 1 << random.randrange(2), day)
        for name in random.sample(sorted(now), random.choice([0, 0, 0, 1, 2])):
            del now[name], labels[name]
        yield dict(now), dict(labels)


def offered(seen: Shown) -> dict[str, Preview]:
    """Whom each preview shows that may be asked for: by release, mark and days, and by all three."""
    counts: dict[Atom, int] = {}
    for label in seen.labels.values():
        counts[label] = counts.get(label, 0) + 1
    whole = segments(counts, 20)
    days = [
        (0, 0),
        *((first, last) for (first, _), (_, last) in product(spans(whole), repeat=2) if first <= last),
    ]
    sides = [(0, True), *product(range(1, MARKS_APART + 1), (True, False))]
    found: dict[str, Preview] = {"": seen.cohort}
    for release, side, range_ in product(range(3), sides, days):
        wanted = Selection(release, 0, *side, *range_)
        if part := selected(whole, wanted):
            found[wanted.name] = {s: b for s, b in seen.cohort.items() if seen.labels[s] in part.atoms}
            assert part.sessions == len(found[wanted.name])
    return found


def differing(one: Preview, other: Preview) -> int:
    """Sessions that are in one of them only, or with other batches."""
    return len({session for session, _ in one.items() ^ other.items()})


def differ(ones: Iterable[Preview], others: Iterable[Preview], random: Random, pairs: int) -> set[int]:
    """By how many sessions so many pairs of these differ."""
    left, right = list(ones), list(others)
    return {differing(random.choice(left), random.choice(right)) for _ in range(pairs)}


@pytest.mark.parametrize("seed", range(4))
def test_no_preview_less_any_other_is_a_few(seed: int) -> None:
    """Of the same moment, and of one look and the next; whatever was chosen."""
    random = Random(seed)
    before: dict[str, Preview] = {"": {}}
    last, most = Shown(), 0
    for now, labels in visitors(random):
        found = following(last, now, labels, 20)
        if found is None:
            continue
        assert found.cohort.keys() <= now.keys()
        last, mine = found, offered(found)
        most = max(most, len(mine))
        again = {differing(before[name], mine[name]) for name in before.keys() & mine.keys()}
        some = differ(mine.values(), [*mine.values(), *before.values()], random, 300)
        assert not (again | some) & {1, 2, 3, 4}
        before = mine
    assert most > 20


def test_days_can_be_cut_out_of_any_preview_that_was_ever_shown() -> None:
    """As long as nobody withdraws, reaches a mark or goes on: every preview is made of days that came in fives."""
    random, history, last = Random(7), list[Preview]([{}]), Shown()
    now, labels = dict[str, frozenset[bytes]](), dict[str, Atom]()
    for look in range(40):
        for number in range(random.choice([1, 2, 4, 9, 60])):
            name = f"{look} {number}"
            now[name], labels[name] = frozenset([b"0"]), (0, 0, 0, 1 + look // 4)
        found = following(last, now, labels, 20)
        assert found is not None
        last = found
        history += offered(found).values()
    assert {label[DAY] for label in last.labels.values()} == set(range(1, 11))
    assert not differ(history, history, random, 5000) & {1, 2, 3, 4}
