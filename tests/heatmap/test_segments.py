"""Segments: releases and variants are shown apart only where nobody is left over alone."""

from hypothesis import given
from hypothesis import strategies as st

from heatmap.segments import CROWD, DAY, MARKS, MOST, Atom, Segment, segments


def labelled(counts: dict[tuple[int, int], int]) -> dict[Atom, int]:
    """By release and variant, without marks and days."""
    return {(*pair, 0, 0): n for pair, n in counts.items()}


def names(counts: dict[tuple[int, int], int], minimum: int = 20) -> list[tuple[str, int]]:
    return [(s.name, s.sessions) for s in segments(labelled(counts), minimum).all() if s.published]


def test_releases_with_enough_sessions_are_published() -> None:
    """Two releases of twenty and more, and all of them."""
    assert [("", 70), ("r2", 40), ("r1", 30)] == names({(1, 0): 30, (2, 0): 40})


def test_a_small_release_is_pooled() -> None:
    """Nineteen sessions have no picture of their own; as a rest of five or more they are only in that of all."""
    assert [("", 59), ("r1", 40)] == names({(1, 0): 40, (2, 0): 19})


def test_a_rest_of_a_few_is_pooled_with_the_smallest_release() -> None:
    """Three without a release would be what is left: the smaller release is not published, and hides them."""
    assert [("", 73), ("r1", 40)] == names({(1, 0): 40, (2, 0): 30, (0, 0): 3})
    assert [("", 43)] == names({(1, 0): 40, (0, 0): 3})


def test_of_many_releases_the_largest_are_published() -> None:
    """The others are only in that of all."""
    counts = {(release, 0): 100 + release for release in range(1, MOST + 3)}

    made = names(counts)

    assert [("", sum(counts.values())), (f"r{MOST + 2}", MOST + 102)] == made[:2]
    assert (1 + MOST, "r3") == (len(made), made[-1][0])


def test_a_release_by_variant() -> None:
    """Within a release the same rule holds for variants."""
    assert [("", 90), ("r1", 60), ("r1v1", 31), ("r1v2", 29), ("r2", 30)] == names(
        {(1, 1): 31, (1, 2): 29, (2, 1): 27, (2, 2): 3}
    )


def test_variants_alone_where_there_is_no_release() -> None:
    """A site without releases still compares its variants."""
    assert [("", 50), ("v2", 30), ("v1", 20)] == names({(0, 1): 20, (0, 2): 30})


def test_nobody() -> None:
    """An empty page is one segment of nobody."""
    assert [("", 0)] == names({})


def cells(counts: dict[Atom, int]) -> list[tuple[set[int], set[int], int]]:
    """Marks, days and sessions of the smallest parts."""
    leaves = segments(counts, 20).leaves()
    return [({a[MARKS] for a in leaf.atoms}, {a[DAY] for a in leaf.atoms}, leaf.sessions) for leaf in leaves]


def test_a_mark_cuts_where_both_sides_are_large_enough() -> None:
    """Twenty who reached it and twenty who did not; else they stay together."""
    assert [({1}, {0}, 20), ({0}, {0}, 25)] == cells({(0, 0, 1, 0): 20, (0, 0, 0, 0): 25})
    assert [({0, 1}, {0}, 44)] == cells({(0, 0, 1, 0): 19, (0, 0, 0, 0): 25})


def test_two_marks_cut_one_after_the_other() -> None:
    """Those who reached the first by the second as well, as long as each part is large enough."""
    counts: dict[Atom, int] = {(0, 0, 0b00, 0): 60, (0, 0, 0b01, 0): 30, (0, 0, 0b11, 0): 20}

    assert [({0b11}, {0}, 20), ({0b01}, {0}, 30), ({0b00}, {0}, 60)] == cells(counts)


def test_days_are_put_together_until_they_are_a_hundred() -> None:
    """From the first one on; what is left at the end stays with the piece before it."""
    counts: dict[Atom, int] = {(0, 0, 0, day): n for day, n in enumerate([60, 50, 100, 70, 40, 30], 1)}

    assert [({0}, {1, 2}, 110), ({0}, {3}, 100), ({0}, {4, 5, 6}, 140)] == cells(counts)
    assert [({0}, {1, 2}, 199)] == cells({(0, 0, 0, 1): 100, (0, 0, 0, 2): 99})


ATOMS = st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 7), st.integers(1, 4))


@given(st.dictionaries(ATOMS, st.integers(1, 90), min_size=1, max_size=40))
def test_no_remainder_is_a_few(counts: dict[Atom, int]) -> None:
    """Parts hold every session once; every published part is large enough; what is left over is nobody or a crowd."""

    def least(part: Segment) -> int:
        return 20 if part.published or part.cell else CROWD

    for each in segments(counts, 20).all():
        assert each.sessions == sum(counts[atom] for atom in each.atoms)
        if each.parts:
            assert each.sessions == sum(part.sessions for part in each.parts)
            assert sorted(each.atoms) == sorted(atom for part in each.parts for atom in part.atoms)
            assert all(part.sessions >= least(part) for part in each.parts)
