"""PNGs: the right size, the right colours, nothing else in them."""

import io
import struct

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from heatmap import png
from heatmap.blur import blur
from heatmap.palette import CLASSIC, EMBERS
from heatmap.tone import tone, top


def _open(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def _chunks(data: bytes) -> list[bytes]:
    names, at = [], 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        names.append(data[at + 4 : at + 8])
        at += 12 + length
    return names


@pytest.mark.parametrize(("width", "height"), [(12, 8), (11, 7), (9, 5)])
def test_has_the_sheets_size(width: int, height: int) -> None:
    """Cells that are cut by the edge are cut in the picture."""
    tones = np.full((2, 3), 200, np.uint8)
    image = _open(png.overlay(tones, CLASSIC, width, height))
    assert image.size == (width, height)
    assert image.mode == "P"
    assert (np.asarray(image) == 200).all()


def test_dots_are_the_tones_in_between() -> None:
    """Four px a cell, two px wide a dot, values halfway between the middles of cells."""
    image = _open(png.overlay(np.array([[0, 80]], np.uint8), CLASSIC, 8, 4))
    assert np.asarray(image).tolist() == [[0, 0, 20, 20, 60, 60, 80, 80]] * 4


def test_any_pixels_survive() -> None:
    """What is encoded is decoded, also where tones jump."""
    lines = np.random.default_rng(3).integers(0, 256, (9, 14), np.uint8)
    image = _open(png.encode(lines, CLASSIC, 35, 4))
    assert np.array_equal(np.asarray(image), lines.repeat(4, axis=0)[:35])


def test_colours_and_alpha_are_the_palettes() -> None:
    """RGBA as the palette has it, transparent at 0."""
    lines = np.array([[0, 128, 255]], np.uint8)
    rgba = np.asarray(_open(png.encode(lines, CLASSIC, 2)).convert("RGBA"))
    assert np.array_equal(rgba[0], CLASSIC[[0, 128, 255]])


def test_holds_no_metadata_and_is_the_same_each_time() -> None:
    """Only what a picture needs: no time, no software, no text."""
    tones = np.arange(12, dtype=np.uint8).reshape(3, 4)
    made = png.overlay(tones, CLASSIC, 16, 12)
    assert _chunks(made) == [b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"]
    assert made == png.overlay(tones, CLASSIC, 16, 12)


def test_full_colours_survive() -> None:
    """RGB pixels come back as they were."""
    pixels = np.random.default_rng(4).integers(0, 256, (7, 5, 3), np.uint8)
    made = png.encode_rgb(pixels, 4)
    assert np.array_equal(np.asarray(_open(made)), pixels)
    assert _chunks(made) == [b"IHDR", b"IDAT", b"IEND"]


#: Cells of a page of 1280×5000 px.
PAGE = (1250, 320)


def noise(seed: int, shape: tuple[int, int] = PAGE, high: int = 256) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, high, shape, np.uint8)


def blocks(tones: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Each tone in a block of so many cells."""
    return tones.repeat(side, axis=0).repeat(side, axis=1)[: PAGE[0], : PAGE[1]]


def spots(share: float) -> NDArray[np.uint8]:
    """Hills of different heights, strewn over so large a share of the cells."""
    chance = np.random.default_rng(6)
    grid = (chance.random(PAGE) < share) * chance.integers(5, 30, PAGE)
    heat = blur(grid, 3)
    return tone(heat, top(heat))


#: Tones of which each is a surprise, and heat as dense as there may be.
WORST = {
    "noise": noise(5),
    "noise in blocks of 8 px": blocks(noise(5, (625, 160)), 2),
    "noise in blocks of 16 px": blocks(noise(5, (313, 80)), 4),
    "all or nothing": noise(5, high=2) * np.uint8(255),
    **{f"spots in {share:.1%}": spots(share) for share in (0.001, 0.003, 0.01, 0.03, 0.1)},
}


@pytest.mark.parametrize("tones", WORST.values(), ids=WORST)
def test_an_overlay_is_small_whatever_is_on_it(tones: NDArray[np.uint8]) -> None:
    """150 kB for 1280×5000 px, and as much for each px of a page that is longer."""
    assert len(png.overlay(tones, CLASSIC, 1280, 5000)) <= 150_000
    assert len(png.overlay(np.concatenate([tones, tones]), CLASSIC, 1280, 10_000)) <= 300_000


def test_what_would_be_too_large_is_drawn_coarser() -> None:
    """Where it is guessed from some strips, and where the rest is larger than it was guessed from them."""
    behind = noise(5) * (np.arange(PAGE[0]) // png.STRIP % png.ONE_IN > 0).astype(np.uint8)[:, None]

    def dots(tones: NDArray[np.uint8]) -> tuple[int, int, int]:
        """How wide and how high the dots are, and the step from tone to tone."""
        pixels = np.asarray(_open(png.overlay(tones, CLASSIC, 1280, 4 * len(tones)))).astype(int)
        sides = [
            np.gcd.reduce(np.flatnonzero(np.diff(pixels, axis=axis).any(axis=1 - axis)) + 1)
            for axis in (1, 0)
        ]
        return int(sides[0]), int(sides[1]), int(np.gcd.reduce(pixels[pixels < 255]))

    assert (8, 8, 4) == dots(noise(5)) == dots(behind)
    assert (4, 8, 4) == dots(spots(0.003))
    assert (4, 4, 4) == dots(spots(0.001))
    assert (2, 2, 1) == dots(spots(0.0002)) == dots(noise(5, (64, 320)))


@pytest.mark.parametrize("share", [0.001, 0.003, 0.03])
def test_coarser_dots_look_the_same(share: float) -> None:
    """Tones are where they would be finely drawn, nearly all within a tenth of the scale; what is warm stays so."""
    tones = spots(share)
    coarse = np.asarray(_open(png.overlay(tones, CLASSIC, 1280, 5000))).astype(int)
    fine = np.asarray(Image.fromarray(tones).resize((1280, 5000), Image.Resampling.BILINEAR)).astype(int)

    away = np.abs(coarse - fine)[fine > 0]

    assert away.mean() < 8
    assert np.quantile(away, 0.99) < 25
    assert (coarse[fine >= 32] > 0).all()


def test_other_colours_are_another_palette_and_nothing_else() -> None:
    """As if it had been drawn in them; the dots stay as they are."""
    tones = np.arange(256, dtype=np.uint8).reshape(16, 16)

    made = png.recoloured(png.overlay(tones, CLASSIC, 64, 64), EMBERS)

    assert png.overlay(tones, EMBERS, 64, 64) == made
