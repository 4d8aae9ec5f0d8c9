"""PNGs: the right size, the right colours, nothing else in them."""

import io
import struct

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from heatmap import png
from heatmap.palette import CLASSIC, EMBERS


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


def test_what_would_be_too_large_is_drawn_coarser() -> None:
    """Where it is guessed from some strips, and where the rest is larger than it was guessed from them."""
    noise = np.random.default_rng(5).integers(0, 256, (4 * png.STRIP * png.ONE_IN, 320), np.uint8)
    behind = noise * (np.arange(len(noise)) // png.STRIP % png.ONE_IN > 0).astype(np.uint8)[:, None]
    few = noise[:64]

    def lines(tones: NDArray[np.uint8]) -> int:
        """How many lines are alike, at the first that are not blank."""
        height = 4 * len(tones)
        pixels = np.asarray(_open(png.overlay(tones, CLASSIC, 1280, height))).astype(int)
        changes = np.flatnonzero(np.abs(np.diff(pixels, axis=0)).any(axis=1))
        return int(np.diff(changes).min())

    assert (8, 8, 2) == (lines(noise), lines(behind), lines(few))


def test_other_colours_are_another_palette_and_nothing_else() -> None:
    """As if it had been drawn in them; the dots stay as they are."""
    tones = np.arange(256, dtype=np.uint8).reshape(16, 16)

    made = png.recoloured(png.overlay(tones, CLASSIC, 64, 64), EMBERS)

    assert png.overlay(tones, EMBERS, 64, 64) == made
