"""Differences as pictures: more than chance, in two colours."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from heatmap import difference
from heatmap.crowd import Crowd, crowd
from heatmap.sheet import blank
from tests.heatmap.samples import tally

PAGE = blank(400, 400)


def shown(sessions: int, spots: list[tuple[int, int, int]]) -> Crowd:
    """So many sessions at each spot (px)."""
    at = [(s, x, y) for many, x, y in spots for s in range(many)]
    session, x, y = np.array(sorted(at), np.int32).reshape(-1, 3).T
    return crowd(tally(session.astype(np.uint32), x, y, PAGE.shape), PAGE)


def pixels(data: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))


def test_more_is_orange_and_less_is_blue() -> None:
    """What rose, what fell and what stayed, in shares of different numbers of sessions."""
    before = shown(100, [(60, 100, 100), (10, 300, 100), (50, 200, 300)])
    after = shown(200, [(20, 100, 100), (120, 300, 100), (100, 200, 300)])

    signed = difference.difference(before, 100, after, 200)
    strongest, overlay = difference.draw(signed, PAGE)

    assert signed[25, 25] < 0 < signed[25, 75]
    assert 0 == signed[75, 50]
    assert 0 < strongest < 1
    fell, rose, same = (pixels(overlay)[y, x] for x, y in ((100, 100), (300, 100), (200, 300)))
    assert fell[2] > fell[0]
    assert rose[0] > rose[2]
    assert (0, True, True) == (same[3], fell[3] > 150, rose[3] > 150)


def test_what_chance_explains_is_not_drawn() -> None:
    """Ten and thirteen of a hundred are the same."""
    signed = difference.difference(shown(100, [(10, 100, 100)]), 100, shown(100, [(13, 100, 100)]), 100)

    assert 0 == np.abs(signed).sum()
    assert 0 == pixels(difference.draw(signed, PAGE)[1])[:, :, 3].max()
