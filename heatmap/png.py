"""Tones to a PNG that can be laid over the page."""

import struct
import zlib

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from heatmap.palette import Palette
from heatmap.sheet import CELL

Tones = NDArray[np.uint8]

#: Width of a picture's dots, and their heights to choose from, px: heat is too smooth for anyone to see the small ones,
#: and hardly the others, which make files a quarter smaller.
DOT, LINES = 2, (2, 2 * CELL)

#: Bytes that an overlay should not exceed: it is loaded with a page, over which it then lies.
SMALL = 150_000

#: From the PNG specification (ISO/IEC 15948): how a file begins, two colour types, and the filter that stores a line
#: as its difference to the one above. It makes the smallest files of heat, good ones of pages, and both fastest.
SIGNATURE, RGB, PALETTE, UP = b"\x89PNG\r\n\x1a\n", 2, 3, 2


#: Cells of a strip of the grid, of which one in `ONE_IN` is drawn to guess how large the whole file will be.
STRIP, ONE_IN = 32, 8


def overlay(tones: Tones, colours: Palette, width: int, height: int) -> bytes:
    """A `width` × `height` px PNG of a grid of tones (rows, cols), 8-bit palette with alpha, transparent at 0."""
    fine, coarse = LINES
    strips = _strips(tones)
    guess = len(_dots(strips, colours, width, len(strips) * CELL, fine)) * len(tones) // len(strips)
    made = b"" if guess > SMALL else _dots(tones, colours, width, height, fine)
    return made if 0 < len(made) <= SMALL else _dots(tones, colours, width, height, coarse)


def _strips(tones: Tones) -> Tones:
    """Some of the grid's rows: strips from top to bottom; all of a small grid."""
    some: Tones = tones[np.arange(len(tones)) // STRIP % ONE_IN == 0]
    return some


def _dots(tones: Tones, colours: Palette, width: int, height: int, line: int) -> bytes:
    rows, columns = tones.shape
    size = (columns * CELL // DOT, -(-rows * CELL // line))
    dots = np.asarray(Image.fromarray(tones).resize(size, Image.Resampling.BILINEAR))
    return encode(dots.repeat(DOT, axis=1)[:, :width], colours, height, line)


def encode(lines: Tones, colours: Palette, height: int, line: int = LINES[0]) -> bytes:
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
