"""Letters in pictures, from one font that comes along: a picture has the same bytes on every machine."""

import unicodedata
from functools import cache, lru_cache

from PIL import ImageDraw, ImageFont, features

from recorder.assets import STATIC

#: Px: height of the letters, and from one line to the next.
TEXT, LEADING = 13, 20

#: Latin, Greek, Cyrillic, Hebrew, Arabic and more; its licence lies beside it.
FONT = STATIC / "fonts" / "DejaVuSans.ttf"

#: Bidirectional classes (Unicode annex 9) of letters that are written from right to left.
_LEFTWARDS = {"R", "AL"}


def width(text: str) -> float:
    """Px."""
    return _font(text).getlength(text)


def write(pen: ImageDraw.ImageDraw, at: tuple[int, int], text: str, colour: tuple[int, int, int]) -> None:
    pen.text(at, text, colour, _font(text))


def wrapped(text: str, room: int) -> list[str]:
    """Lines of whole words that are at most `room` px wide, if the words are."""
    rows: list[str] = []
    for word in writable(text).split():
        longer = f"{rows[-1]} {word}" if rows else word
        if rows and width(longer) <= room:
            rows[-1] = longer
        else:
            rows.append(word)
    return rows


def writable(text: str) -> str:
    """A text in letters that can be written: without their marks where only those lack, "?" for others."""
    return "".join(_writable(letter) for letter in unicodedata.normalize("NFC", text))


@lru_cache(4096)
def _writable(letter: str) -> str:
    bare = (c for c in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(c))
    return letter if _has(letter) else "".join(c if _has(c) else "?" for c in bare)


def _has(letter: str) -> bool:
    """Whether the font has it, and, if it is written from right to left, also what that takes."""
    if unicodedata.bidirectional(letter) in _LEFTWARDS and not features.check("raqm"):
        return False
    font = _loaded(ImageFont.Layout.BASIC)
    return letter == " " or bytes(font.getmask(letter)) != bytes(font.getmask(_NO_LETTER))


#: Is none, in Unicode for ever: the font draws its sign for what it does not have.
_NO_LETTER = "\uffff"


def _font(text: str) -> ImageFont.FreeTypeFont:
    """The simple layout is the same everywhere; what it cannot do is left to Raqm."""
    leftwards = any(unicodedata.bidirectional(letter) in _LEFTWARDS for letter in text)
    return _loaded(ImageFont.Layout.RAQM if leftwards else ImageFont.Layout.BASIC)


@cache
def _loaded(layout: ImageFont.Layout) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONT, TEXT, layout_engine=layout)
