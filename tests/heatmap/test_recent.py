"""What was worked out a moment ago: only of the same events, few, and not for long."""

import asyncio
import weakref

import pytest

from heatmap import recent
from heatmap.recent import Recent

HOME = ("r1", "home")


async def test_it_is_had_again_only_while_nothing_changed() -> None:
    """Another stamp is another question."""
    some = Recent()
    some.put(HOME, b"1", "picture")

    assert ("picture", None, None) == (
        some.get(HOME, b"1"),
        some.get(HOME, b"2"),
        some.get(("r1", "help"), b"1"),
    )


async def test_the_oldest_go_when_there_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is for a few pages."""
    monkeypatch.setattr(recent, "MOST", 2)
    some = Recent()
    names = [("r1", page) for page in "abc"]
    for name in names:
        some.put(name, b"", name)

    assert [None, *names[1:]] == [some.get(name, b"") for name in names]


async def test_it_is_gone_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks for it, or nobody; what came in its place has a time of its own."""
    monkeypatch.setattr(recent, "SECONDS", 0.0)
    some = Recent()
    some.put(HOME, b"", 1)
    monkeypatch.setattr(recent, "SECONDS", 60.0)
    some.put(("r2", "home"), b"", 2)
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    assert (None, 2) == (some.get(HOME, b""), some.get(("r2", "home"), b""))


async def test_what_is_let_go_is_not_in_memory_any_more() -> None:
    """Not until its while is over either: nothing else holds it, so that it is written over at once."""

    class Picture:
        """Something that can be referred to weakly."""

    some, made = Recent(), Picture()
    there = weakref.ref(made)
    some.put(HOME, b"", made)
    del made

    some.let_go(())

    assert there() is None
