"""Pictures of pages: what is taken, what is refused, and what is kept of it."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from heatmap.snapshots import screenshot
from heatmap.snapshots.screenshot import fitted, opened, webp
from recorder.errors import Malformed, TooLarge


def a_picture(width: int = 8, height: int = 6, kind: str = "PNG", **more: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), (200, 30, 40)).save(out, kind, **more)
    return out.getvalue()


@pytest.mark.parametrize("kind", screenshot.KINDS)
def test_the_kinds_that_are_taken(kind: str) -> None:
    """PNG, JPEG and WebP are read."""
    assert (8, 6) == opened(a_picture(kind=kind)).size


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        a_picture(kind="GIF"),
        a_picture(64, 64)[:90],
        b"<html><script>alert(1)</script>",
    ],
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    """Other files, other kinds, and a picture that is cut off."""
    with pytest.raises(Malformed, match="PNG, JPEG, WEBP"):
        opened(data)


def test_a_picture_of_too_many_pixels_is_not_unpacked() -> None:
    """What its head says is enough to refuse it: a few bytes that claim a huge picture cost nothing."""
    head = struct.pack(">II", 60_000, 60_000) + b"\x08\x02\x00\x00\x00"
    chunk = b"IHDR" + head
    bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))

    with pytest.raises((TooLarge, Malformed)):
        opened(bomb)


def test_a_file_that_is_too_large_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes are counted first; as many as are taken are taken."""
    data = a_picture()
    monkeypatch.setattr(screenshot, "BYTES", len(data))
    assert (8, 6) == opened(data).size
    with pytest.raises(TooLarge):
        opened(data + b"\0")


def test_more_pixels_than_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cap itself is taken, one row more is not."""
    monkeypatch.setattr(screenshot, "PIXELS", 48)
    assert (8, 6) == opened(a_picture()).size
    with pytest.raises(TooLarge, match="56 pixels"):
        opened(a_picture(8, 7))


def test_a_picture_is_brought_to_the_width_of_its_page() -> None:
    """A screenshot with two device pixels per CSS px fits; what lies below the page is cut."""
    assert (380, 900) == fitted(opened(a_picture(760, 1800)), 380, 900).size
    assert (380, 900) == fitted(opened(a_picture(380, 950)), 380, 900).size


def test_a_picture_of_less_than_the_page_is_refused() -> None:
    """Heat would lie on nothing, or on the wrong part."""
    with pytest.raises(Malformed, match="whole page"):
        fitted(opened(a_picture(380, 760)), 380, 900)


def test_a_page_that_is_higher_than_a_picture_can_be_has_one_of_its_upper_part() -> None:
    """WebP ends at 16,383 px."""
    assert screenshot.HEIGHT == fitted(opened(a_picture(4, screenshot.HEIGHT)), 4, 40_000).height


def test_nothing_is_kept_but_the_pixels() -> None:
    """No comment, no place, no profile of whoever made the picture."""
    note = PngInfo()
    note.add_text("Comment", "made by somebody at home")
    exif = Image.Exif()
    exif[0x010E] = "somebody"
    data = a_picture(40, 30, pnginfo=note, exif=exif.tobytes(), icc_profile=b"profile" * 9)

    kept = webp(opened(data))

    picture = Image.open(io.BytesIO(kept))
    assert ("WEBP", (40, 30)) == (picture.format, picture.size)
    assert {"exif", "xmp", "icc_profile", "Comment"}.isdisjoint(picture.info)
    assert b"somebody" not in kept
    assert 200 == np.asarray(picture.convert("RGB"))[5, 5, 0]
