"""The picture of a page: read with care, brought to the page's width, and kept as WebP without any metadata."""

import io

from PIL import Image, UnidentifiedImageError

from recorder.errors import Malformed, TooLarge

#: A WebP picture cannot be higher (14 bits).
HEIGHT = 16_383
#: A screenshot of the longest page that has a picture, at two device pixels per CSS px, is seldom larger …
BYTES = 25 * 1024 * 1024
#: … and has no more pixels; one that says so in its head is not unpacked.
PIXELS = 4 * 1280 * HEIGHT
#: The kinds of file that browsers and people make screenshots in.
KINDS = ("PNG", "JPEG", "WEBP")
#: Quality of a picture with loss, colours of one without: no difference that matters under a heatmap.
QUALITY, COLOURS = 60, 64


def opened(image: bytes) -> Image.Image:
    """A picture of a kind that we take, of a size that we take; its pixels are unpacked only then."""
    if len(image) > BYTES:
        raise TooLarge(f"The picture has {len(image)} bytes, at most {BYTES} are taken.")
    try:
        picture = Image.open(io.BytesIO(image), formats=KINDS)
        pixels = picture.width * picture.height
        if pixels > PIXELS:
            raise TooLarge(f"The picture has {pixels} pixels, at most {PIXELS} are taken.")
        return picture.convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise Malformed(f"The picture cannot be read: it must be {', '.join(KINDS)}.") from None


def fitted(picture: Image.Image, width: int, height: int) -> Image.Image:
    """The picture of a page of this size, px, down to `HEIGHT`; `Malformed` when it shows less than the page."""
    scaled = max(1, round(picture.height * width / picture.width))
    if scaled < min(height, HEIGHT) - 1:
        raise Malformed(
            f"The picture is {scaled} px high at {width} px of width, its snapshot {height} px: "
            "take a picture of the whole page."
        )
    if picture.width != width:
        picture = picture.resize((width, scaled), reducing_gap=2)
    return picture.crop((0, 0, width, min(scaled, height, HEIGHT)))


def webp(picture: Image.Image) -> bytes:
    """The pixels alone, without the metadata of the screenshot, in the smaller of two ways.

    Text and flat colours are smaller and sharper without loss, photographs with.
    """
    flat = picture.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE)
    ways = [io.BytesIO(), io.BytesIO()]
    picture.save(ways[0], "WEBP", quality=QUALITY, method=4)
    flat.convert("RGB").save(ways[1], "WEBP", lossless=True, quality=100, method=5)
    return min((out.getvalue() for out in ways), key=len)
