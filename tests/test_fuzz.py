from pathlib import Path

from tests import fuzz


def test_no_body_is_answered_by_a_failure_of_ours(tmp_path: Path) -> None:
    """The reader takes or refuses each of 50,000 mutated bodies, and what it takes obeys the format."""
    done = fuzz.read(50_000, seed=7)

    assert 50_000 == done.total()
    assert min(done["taken"], done["refused"]) > 5_000


async def test_nothing_of_a_bad_batch_is_stored(tmp_path: Path, redis_url: str) -> None:
    """Of 3,000 mutated bodies with a good token exactly those that got a 204 are in the store, and none got a 5xx."""
    done = await fuzz.post(3_000, 7, tmp_path, redis_url)

    assert 3_000 == done.total()
    assert done["204"] > 100
