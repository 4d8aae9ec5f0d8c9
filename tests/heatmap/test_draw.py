"""Drawing: the whole order, the same bytes for the same events."""

import io
from pathlib import Path
from random import Random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from heatmap import attention, reach
from heatmap.columns import MOVE, PAGE, SCROLL, Columns
from heatmap.crowd import UNIT
from heatmap.draw import (
    Heat,
    Picture,
    add,
    attention_bands,
    draw_attention,
    draw_reach,
    fold,
    gather,
    join,
    marks,
    merge,
    paint,
    reach_bands,
    show,
)
from heatmap.draw import draw as draw_shown
from heatmap.palette import CLASSIC
from heatmap.project import Counts
from heatmap.sheet import Sheet, blank
from tests.heatmap.samples import at, sheet

GOLDEN = Path(__file__).with_name("golden.png")

PLACES = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 70), st.integers(0, 100)), max_size=150)


def draw(heat: Heat, page: Sheet) -> Picture:
    return draw_shown(show(heat, page, 100), page)


def _alpha(data: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))[:, :, 3]


def _crowd() -> tuple[Columns, Sheet]:
    """Sixty sessions around three buttons of a small page, seeded."""
    page = sheet(
        200, 240, {1: (20, 20, 80, 24, True), 2: (120, 60, 60, 24, True), 3: (20, 150, 160, 60, True)}
    )
    chance = np.random.default_rng(7)
    size = 60 * 20
    el = chance.choice([1, 2, 3, 0], size, p=[0.5, 0.2, 0.2, 0.1])
    middle = chance.normal(32768, 9000, (2, size)).clip(0, 65535)
    return Columns.of(
        session=np.arange(size) % 60,
        el=el,
        x=chance.integers(0, 400, size),
        y=chance.integers(0, 240, size),
        fx=middle[0],
        fy=middle[1],
        doc_width=400,
    ), page


@settings(max_examples=40, deadline=None)
@given(PLACES, st.integers(1, 4), st.randoms(use_true_random=False))
def test_order_and_slices_do_not_matter(
    places: list[tuple[int, int, int]], slices: int, random: Random
) -> None:
    """The same events in any order and any slices of whole sessions are the same bytes and the same figures."""
    page = sheet(64, 90, {1: (0, 0, 64, 90, True)})
    shuffled = list(places)
    random.shuffle(shuffled)
    parts = [gather(at(p for p in shuffled if p[0] % slices == n), page) for n in range(slices)]
    whole, sliced = gather(at(places), page), merge(parts)
    assert draw(sliced, page).png == draw(whole, page).png
    assert np.array_equal(draw(sliced, page).grid, draw(whole, page).grid)
    assert (sliced.counts, sliced.tally.sessions.tolist()) == (whole.counts, whole.tally.sessions.tolist())


def test_an_erased_session_was_never_there() -> None:
    """Everybody without one is the same bytes as if that one had never come."""
    events, page = _crowd()
    without = events.where(events.session != 17)
    rest = [gather(events.where(events.session == s), page) for s in range(60) if s != 17]
    assert draw(merge(rest), page).png == draw(gather(without, page), page).png


def test_figures() -> None:
    """What became of the events stands beside the picture."""
    page = sheet(64, 64, {9: (8, 8, 8, 8, True), 10: (0, 0, 9, 9, False)})
    here = Columns.of(session=np.arange(5), el=9, fx=1, fy=1, doc_width=64)
    others = Columns.of(session=5, el=[10, 0, 0], x=[1, 40, 63], y=[1, 40, 64], doc_width=64)
    shown = show(gather(Columns.concat([here, others]), page), page, 20)
    assert shown.counts == Counts(by_element=5, by_position=1, hidden=1, outside=1)
    assert shown.sessions.shown.tolist() == [6]
    picture = draw_shown(shown, page)
    assert picture.visible == 0.83
    assert picture.grid[2, 2] == 5 * UNIT
    assert picture.grid.sum() == 5 * UNIT


def test_hot_where_the_crowd_was() -> None:
    """Opaque around the spot, nothing far from it, as large as the sheet."""
    page = blank(400, 300)
    alpha = _alpha(draw(gather(at(((s, 200, 100) for s in range(9)), 400), page), page).png)
    assert alpha.shape == (300, 400)
    assert alpha[100, 200] == CLASSIC[255, 3]
    assert (alpha[90:112, 190:212] > 60).all()
    assert not alpha[160:].any()
    assert not alpha[:, 260:].any()


def test_nothing_is_an_empty_picture() -> None:
    """No events, and too few sessions, give a transparent picture."""
    page = blank(64, 64)
    for events in (at([]), at([(1, 5, 5), (2, 5, 5)])):
        picture = draw(gather(events, page), page)
        assert not _alpha(picture.png).any()
        assert (picture.hottest, picture.visible) == (0, 0)


def test_hottest_is_in_sessions() -> None:
    """An even crowd of seven is seven sessions a cell, smoothed or not."""
    page = blank(64, 64)
    hottest, _ = paint([np.full(page.shape, 7 * UNIT, np.uint32)], page)
    assert 7 == hottest


def test_looks_as_it_did() -> None:
    """The golden picture, to within 3 of 255 in any channel of any px (resampling may differ by release)."""
    events, page = _crowd()
    made = np.asarray(Image.open(io.BytesIO(draw(gather(events, page), page).png)).convert("RGBA")).astype(
        int
    )
    golden = np.asarray(Image.open(GOLDEN).convert("RGBA")).astype(int)
    assert made.shape == golden.shape
    assert np.abs(made - golden).max() <= 3


def test_reach_is_bands_down_to_the_last_five() -> None:
    """Full colour where all were, colder further down, nothing where fewer than five got."""
    page = blank(64, 400)
    depth = np.repeat([100, 200, 300, 396], [10, 4, 6, 4])
    events = Columns.of(session=np.arange(24), kind=SCROLL, y=depth - 50, view_height=50, doc_height=999)
    bands = reach_bands(reach.reach(events, page), page)
    strip = draw_reach(bands, page)
    assert strip.rows[[0, 24, 25, 49, 50, 74, 75, 99]].tolist() == [24, 24, 14, 14, 14, 14, 0, 0]
    assert strip.sessions == 24
    assert marks(strip.rows, strip.sessions) == {75: 100}
    assert fold(bands) == 50
    alpha = _alpha(strip.png)
    assert alpha[4, 4] == 150
    assert not alpha[310:].any()


def test_attention_is_bands_of_like_times() -> None:
    """Bands that fewer than five sessions saw differently are one; unseen ones are nothing."""
    page = blank(64, 256)
    stay = [Columns.of(session=s, kind=[PAGE, MOVE], t=[0, 9000], view_height=64) for s in range(6)]
    one_more = Columns.of(session=6, kind=[PAGE, MOVE], t=[0, 5000], view_height=128)
    bands = attention_bands(attention.attention(Columns.concat([*stay, one_more]), page), page)
    strip = draw_attention(bands, page)
    assert strip.rows.tolist() == [59] * 16 + [0] * 48
    assert strip.sessions == 7


def test_the_whole_is_its_parts_and_what_is_enough_of_the_rest() -> None:
    """Beside the pictures of two releases that of all shows theirs, and where only both together are a crowd."""
    page = blank(64, 64)
    one = [*((s, 2, 2) for s in range(6)), *((s, 34, 34) for s in range(3))]
    two = [*((s, 2, 2) for s in range(10, 17)), *((s, 34, 34) for s in range(10, 12)), (10, 60, 2)]
    parts = [show(gather(at(places), page), page, 50) for places in (one, two)]
    whole = join(parts, page, 100)
    rest = whole.crowd.grid.astype(int) - sum(part.crowd.grid.astype(int) for part in parts)
    assert [6, 7] == [part.crowd.grid[0, 0] // UNIT for part in parts]
    assert 13 * UNIT == whole.crowd.grid[0, 0]
    assert 5 * UNIT == rest[8, 8] == rest.sum()
    assert [13] == whole.sessions.shown.tolist()


def test_bands_of_segments_add_up() -> None:
    """Rows of all are the sums of those of each release."""
    page = blank(64, 40)
    parts = [
        reach_bands(reach.reach(Columns.of(session=np.arange(s), view_height=h, doc_height=99), page), page)
        for s, h in ((8, 40), (6, 20))
    ]
    whole = add(parts)
    assert [14] * 5 + [8] * 5 == whole.rows.tolist()
    assert (14, 31) == (whole.sessions, fold(whole))
