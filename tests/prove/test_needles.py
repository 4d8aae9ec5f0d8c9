import numpy as np

from tests.prove.needles import PIECE, Needles


def test_every_needle_is_found_wherever_it_lies() -> None:
    """At the first byte, at the last, at any offset, and across the pieces that are looked at in turn."""
    rng = np.random.default_rng(1)
    needles = [rng.bytes(size) for size in (8, 12, 24, 40, 12)]
    hay = bytearray(rng.bytes(PIECE + 100))
    for place, needle in zip((0, 777, 1001, PIECE - 5, PIECE + 88), needles, strict=True):
        hay[place : place + len(needle)] = needle

    assert {"hidden": set(needles)} == Needles({"hidden": needles}).found(bytes(hay))


def test_what_only_begins_like_a_needle_is_none() -> None:
    """All of its bytes must be there, also where the hay ends."""
    needles = Needles({"hidden": [b"0123456789ab"]})

    assert {} == needles.found(b"0123456789aX 0123456789a")
    assert {} == needles.found(b"0123")


def test_one_string_may_be_of_several_kinds() -> None:
    """It counts for each of them."""
    needles = Needles({"one": [b"the same"], "other": [b"the same"]})

    assert {"one": {b"the same"}, "other": {b"the same"}} == needles.found(b"it is the same")
