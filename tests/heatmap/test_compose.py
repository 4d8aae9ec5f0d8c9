"""Composed pictures: the page, muted, under its heat, with a caption."""

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from heatmap import png
from heatmap.compose import MARGIN, WEBP_MOST, Box, Legend, Line, compose, outline, thumbnail, webp
from heatmap.lettering import LEADING
from heatmap.palette import CLASSIC
from tests.heatmap.samples import sheet

COLD = png.overlay(np.zeros((40, 50), np.uint8), CLASSIC, 200, 160)
HOT = png.overlay(np.full((40, 50), 255, np.uint8), CLASSIC, 200, 160)


def _image(width: int, height: int, colour: tuple[int, int, int]) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, "PNG")
    return out.getvalue()


def _pixels(data: bytes) -> NDArray[np.uint8]:
    image = Image.open(io.BytesIO(data))
    assert image.mode == "RGB"
    assert image.info == {}
    return np.asarray(image)


def test_mutes_the_page() -> None:
    """Colours get greyer and less bright, but stay what they were."""
    red, green, blue = _pixels(compose(COLD, _image(200, 160, (250, 40, 40))))[80, 100].tolist()
    assert green == blue
    assert 40 < green < red < 250


def test_lays_heat_on_the_page() -> None:
    """The hottest tone is the palette's colour, at its opacity."""
    white = _pixels(compose(HOT, None))[80, 100]
    alpha = CLASSIC[255, 3] / 255
    expected = CLASSIC[255, :3] * alpha + 255 * (1 - alpha)
    assert np.abs(white - expected).max() <= 1


def test_scales_and_cuts_the_screenshot() -> None:
    """A screenshot in double resolution fits; a longer one is cut, a shorter one leaves white."""
    assert _pixels(compose(COLD, _image(400, 320, (0, 0, 0)))).shape == (160, 200, 3)
    assert _pixels(compose(COLD, _image(200, 500, (0, 0, 0)))).shape == (160, 200, 3)
    short = _pixels(compose(COLD, _image(200, 60, (0, 0, 0))))
    assert short[59, 0].max() < 50
    assert short[60, 0].tolist() == [255, 255, 255]


def test_draws_boxes_without_a_screenshot() -> None:
    """Frames where the elements are, labels where they fit."""
    plain = _pixels(compose(COLD, None, [Box(20, 20, 120, 60), Box(20, 20, 4, 4, "too small")]))
    assert plain[79, 139].tolist() != [255, 255, 255]
    assert plain[80, 140].tolist() == [255, 255, 255]
    named = _pixels(compose(COLD, None, [Box(20, 20, 120, 60, "Basket")]))
    assert (named[22:40, 24:80] < 100).any()
    assert not (plain[30:40, 30:80] < 100).any()


def test_where_the_screenshot_ends_the_elements_go_on_as_boxes() -> None:
    """A page may be longer than a picture of it can be: what lies below is still told apart; nothing else changes."""
    boxes = [Box(20, 20, 120, 30, "Above"), Box(20, 50, 120, 60, "Across"), Box(20, 120, 120, 30, "Below")]
    shot = _image(200, 80, (0, 0, 0))
    short, boxed = _pixels(compose(COLD, shot, boxes)), _pixels(compose(COLD, None, boxes))
    assert np.array_equal(short[80:], boxed[80:])
    assert np.array_equal(short[:80], _pixels(compose(COLD, shot))[:80])
    whole = _image(200, 160, (0, 0, 0))
    assert compose(COLD, whole, boxes) == compose(COLD, whole)


def test_boxes_are_the_visible_elements() -> None:
    """Hidden and empty ones are left out; labels stay beside their rows."""
    page = sheet(200, 160, {1: (0, 0, 10, 10, True), 2: (5, 5, 9, 9, False), 3: (7, 8, 20, 30, True)})
    assert outline(page, ["a", "b", "c"]) == [Box(0, 0, 10, 10, "a"), Box(7, 8, 20, 30, "c")]
    assert outline(page) == [Box(0, 0, 10, 10), Box(7, 8, 20, 30)]


def test_caption_stands_under_the_page() -> None:
    """Wrapped to the width, below the last line of the page."""
    one = _pixels(compose(COLD, None, caption="37 sessions"))
    assert one.shape == (160 + LEADING + 2 * MARGIN, 200, 3)
    assert (one[160:] < 100).any()
    assert (one[:160] == 255).all()
    assert len(_pixels(compose(COLD, None, caption="37 sessions " * 6))) > len(one)


def test_legend_shows_the_colours() -> None:
    """The bar ends in the hottest colour."""
    footer = _pixels(compose(COLD, None, legend=Legend(CLASSIC, "1", "9")))[160:]
    red = (footer[:, :, 0] > 180) & (footer[:, :, 1] < 110) & (footer[:, :, 2] < 110)
    assert red.any()


def test_a_legend_that_is_too_long_goes_on_below() -> None:
    """Telephones' pages are narrow; nothing is cut off."""
    wide = _image(600, 20, (9, 9, 9))
    beside, below = (
        _pixels(compose(page, None, legend=Legend(CLASSIC, "few", "about 120 visitor sessions")))[height:]
        for page, height in ((wide, 20), (COLD, 160))
    )
    assert [LEADING, 2 * LEADING] == [len(footer) - 2 * MARGIN for footer in (beside, below)]


def test_a_name_is_written_in_its_own_letters() -> None:
    """Marks and other scripts differ from what they would be without them."""
    texts = ("Größe", "Grose", "Купить", "Kupit")
    assert len(texts) == len({compose(COLD, None, caption=text) for text in texts})


def test_a_webp_is_the_same_picture_in_fewer_bytes() -> None:
    """To within what its compression takes; what is higher than one can be is said."""
    whole = compose(HOT, _image(200, 160, (250, 240, 230)), caption="37 sessions")
    small = Image.open(io.BytesIO(webp(whole)))
    assert "WEBP" == small.format
    assert np.abs(_pixels(whole).astype(int) - np.asarray(small)).mean() < 3
    with pytest.raises(ValueError, match="at most 16383 px high, the picture has 16384"):
        webp(_image(8, WEBP_MOST + 1, (0, 0, 0)))


def test_lines_cross_the_page() -> None:
    """From edge to edge, at their height, also at the very top."""
    drawn = _pixels(compose(COLD, None, lines=[Line(80, "average fold"), Line(0, "75 %")]))
    assert (drawn[80] < 100).all()
    assert (drawn[1, :20] < 100).all()
    assert (drawn[70, :40] == 255).all()


def test_same_input_same_bytes() -> None:
    """Nothing in it depends on when or where."""
    boxes = [Box(0, 0, 50, 30, "a"), Box(60, 0, 50, 30, "b")]
    made = compose(HOT, None, boxes, caption="x")
    assert made == compose(HOT, None, boxes[::-1], caption="x")


def test_a_thumbnail_is_the_whole_picture_small() -> None:
    """240 px wide, as high as it is for that; what is longer than a WebP can be is cut."""
    for size, small in (((480, 960), (240, 480)), ((12, 900), (240, 16_383))):
        made = Image.open(io.BytesIO(thumbnail(_image(*size, (9, 9, 9)))))
        assert ("WEBP", small) == (made.format, made.size)
    cut = Image.open(io.BytesIO(thumbnail(_image(480, 960, (9, 9, 9)), 480)))
    assert (240, 240) == cut.size
