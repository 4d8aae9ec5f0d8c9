"""Which letters can be written, and how wide lines are."""

import pytest
from PIL import Image, ImageDraw, features

from heatmap.lettering import LEADING, TEXT, width, wrapped, writable, write


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Größe wählen, Łódź", "Größe wählen, Łódź"),
        ("Προσθήκη", "Προσθήκη"),
        ("В корзину", "В корзину"),
        ("cafe\u0301", "café"),  # two signs that are one
        ("a · b – “c”", "a · b – “c”"),
        ("买东西", "???"),
        ("Basket 🛒", "Basket ?"),
        ("\U0001d5d5old", "Bold"),  # a letter of formulas, for which there is a plain one
        ("\ufb01nd ½", "\ufb01nd ½"),
        ("", ""),
    ],
)
def test_what_the_font_has_is_written(text: str, written: str) -> None:
    """Signs that it does not have are told from letters that are left out."""
    assert written == writable(text)


@pytest.mark.skipif(not features.check("raqm"), reason="NOT TESTED: without Raqm these are question marks")
def test_what_is_written_from_right_to_left_is() -> None:
    """The first letter is the rightmost, and letters that join are narrower together than apart."""
    assert "שלום" == writable("שלום")
    assert width("سلام") < sum(map(width, "سلام"))
    second = int(width("ב"))
    assert _ink("אב", second) == _ink("ב", second)


def _ink(text: str, across: int) -> bytes:
    """The pixels of the first `across` columns."""
    image = Image.new("RGB", (200, LEADING), (255, 255, 255))
    write(ImageDraw.Draw(image), (0, 0), text, (0, 0, 0))
    return image.crop((0, 0, across, LEADING)).tobytes()


def test_lines_are_whole_words_of_at_most_that_width() -> None:
    """A word that is wider stands alone."""
    text = "Of about 640 visitors asked, 320 said yes · Donaudampfschifffahrtsgesellschaftskapitän"
    rows = wrapped(text, 150)
    assert text.split() == " ".join(rows).split()
    assert all(width(row) <= 150 or " " not in row for row in rows)
    assert 3 == len(rows)


def test_letters_fit_into_a_line() -> None:
    """With what hangs below and stands above."""
    image = Image.new("RGB", (100, LEADING), (255, 255, 255))
    write(ImageDraw.Draw(image), (0, 2), "Ägyptj|", (0, 0, 0))
    box = image.convert("L").point(lambda value: 255 * (value < 200)).getbbox()
    assert box
    assert TEXT <= box[3] - box[1] <= LEADING
    assert box[3] < LEADING
