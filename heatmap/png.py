"""Tones to a PNG that can be laid over the page."""

import struct
import zlib
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from heatmap.palette import Palette
from heatmap.sheet import CELL

Tones = NDArray[np.uint8]

#: Bytes that an overlay has at most: it is loaded with a page, over which it then lies. A page of `AREA` px or less has
#: them, a larger one so many times as much.
SMALL, AREA = 150_000, 1280 * 5000


class Dots(NamedTuple):
    """What a picture is made of."""

    width: int  #: px
    height: int  #: px
    step: int  #: from one tone to the next that is used


#: To choose from, fine to coarse. Heat is smooth over some 33 px and 64 tones look as smooth as 256, so the second and
#: third are hard to tell from the first; the last is small enough for whatever tones there are.
DOTS = (Dots(2, 2, 1), Dots(CELL, CELL, 4), Dots(CELL, 2 * CELL, 4), Dots(2 * CELL, 2 * CELL, 4))

#: From the PNG specification (ISO/IEC 15948): how a file begins, two colour types, and the filter that stores a line
#: as its difference to the one above. It makes the smallest files of heat, good ones of pages, and both fastest.
SIGNATURE, RGB, PALETTE, UP = b"\x89PNG\r\n\x1a\n", 2, 3, 2

#: Each tone as the next one that is used, so that none becomes nothing.
_STEPS = {
    dots.step: np.minimum(-(-np.arange(256) // dots.step) * dots.step, 255).astype(np.uint8) for dots in DOTS
}

#: Bytes of a file that are not its pixels: the palette, above all.
ROUND = 1_100
#: Cells of a strip of the grid, of which one in `ONE_IN` is drawn to guess how large the whole file will be.
STRIP, ONE_IN = 32, 8


def overlay(tones: Tones, colours: Palette, width: int, height: int) -> bytes:
    """A `width` × `height` px PNG of a grid of tones (rows, cols), 8-bit palette with alpha, transparent at 0.

    Its dots are the finest with which it is small.
    """
    strips, most = _strips(tones), SMALL * max(width * height, AREA) // AREA
    for dots in DOTS[:-1]:
        guess = len(_drawn(strips, colours, width, len(strips) * CELL, dots)) - ROUND
        if (
            guess * len(tones) // len(strips) <= most
            and len(made := _drawn(tones, colours, width, height, dots)) <= most
        ):
            return made
    return _drawn(tones, colours, width, height, DOTS[-1])


def _strips(tones: Tones) -> Tones:
    """Some of the grid's rows: strips from top to bottom; all of a small grid."""
    some: Tones = tones[np.arange(len(tones)) // STRIP % ONE_IN == 0]
    return some


def _drawn(tones: Tones, colours: Palette, width: int, height: int, dots: Dots) -> bytes:
    rows, columns = tones.shape
    size = (-(-columns * CELL // dots.width), -(-rows * CELL // dots.height))
    drawn = np.asarray(Image.fromarray(tones).resize(size, Image.Resampling.BILINEAR))
    lines = _STEPS[dots.step][drawn].repeat(dots.width, axis=1)[:, :width]
    return encode(lines, colours, height, dots.height)


def encode(lines: Tones, colours: Palette, height: int, line: int = 2) -> bytes:
    """A PNG of palette indices, without any metadata; each of the lines (lines, width) is `line` px high.

    Heat changes slowly, so the differences from line to line are small and, within a line, zero: deflate only needs
    to look for runs.
    """
    count, width = lines.shape
    steps = np.zeros((count, line, width + 1), np.uint8)
    steps[:, 0] = _steps(lines)
    steps[:, 1:, 0] = UP
    deflate = zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, zlib.Z_RLE)
    data = deflate.compress(steps.reshape(-1, width + 1)[:height].data) + deflate.flush()
    palette = (_chunk(b"PLTE", colours[:, :3].tobytes()), _chunk(b"tRNS", colours[:, 3].tobytes()))
    return _file(width, height, PALETTE, data, *palette)


def encode_rgb(pixels: NDArray[np.uint8], effort: int) -> bytes:
    """A PNG of (height, width, 3) pixels, without any metadata; deflate's effort is 1 to 9."""
    height, width, channels = pixels.shape
    steps = _steps(pixels.reshape(height, width * channels))
    return _file(width, height, RGB, zlib.compress(steps.data, effort))


def recoloured(data: bytes, colours: Palette) -> bytes:
    """A PNG that `encode` wrote, in other colours: only its palette is another."""
    out, at = [data[: len(SIGNATURE)]], len(SIGNATURE)
    while at < len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        end = at + length + 12
        other = {b"PLTE": colours[:, :3], b"tRNS": colours[:, 3]}.get(name)
        out.append(data[at:end] if other is None else _chunk(name, other.tobytes()))
        at = end
    return b"".join(out)


def _steps(lines: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Each line as its difference to the one above, behind the byte that says so."""
    steps = np.empty((len(lines), lines.shape[1] + 1), np.uint8)
    steps[:, 0] = UP
    steps[0, 1:] = lines[0]
    np.subtract(lines[1:], lines[:-1], out=steps[1:, 1:])
    return steps


def _file(width: int, height: int, colour_type: int, data: bytes, *chunks: bytes) -> bytes:
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour_type, 0, 0, 0))
    return b"".join((SIGNATURE, header, *chunks, _chunk(b"IDAT", data), _chunk(b"IEND", b"")))


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(name)))
