"""An overlay on the page it belongs to, with its caption and legend: a picture that explains itself."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance

from heatmap.lettering import LEADING, TEXT, width, wrapped, writable, write
from heatmap.palette import Palette
from heatmap.png import encode_rgb
from heatmap.sheet import Sheet

WHITE, INK, FRAME, FILL = (255, 255, 255), (52, 56, 62), (196, 200, 206), (246, 247, 248)

#: How much of its colours the page keeps, and how much of a grey veil lies over it, so that heat stands out.
COLOUR_LEFT, VEIL, VEIL_COLOUR = 0.45, 0.12, (120, 124, 132)

#: Px: margin, width and height of the legend's bar, and the space beside it.
MARGIN, BAR, GAP = 12, (160, 12), 8

#: Px: the width of a thumbnail, and the most that a WebP picture can be high (14 bits).
THUMBNAIL, WEBP_MOST = 240, 16_383

#: Deflate effort: screenshots hold much that repeats; more takes longer and saves less than a tenth.
EFFORT = 4


@dataclass(frozen=True, slots=True)
class Box:
    """An element, drawn where there is no screenshot; px."""

    x: int
    y: int
    w: int
    h: int
    label: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line across the page with a label; px."""

    y: int
    label: str


@dataclass(frozen=True, slots=True)
class Legend:
    """What the coldest and the hottest colour stand for."""

    colours: Palette
    cold: str
    hot: str


def compose(
    overlay: bytes,
    background: bytes | None,
    boxes: Sequence[Box] = (),
    *,
    lines: Sequence[Line] = (),
    caption: str = "",
    legend: Legend | None = None,
) -> bytes:
    """An RGB PNG of the overlay on the page, with caption and legend under it.

    `background` is an image file of the page. It is scaled to the overlay's width, cut to its height, and muted so that
    heat stands out; where it ends before the page does, and without one, the boxes are drawn. Raises what Pillow raises
    when it is no image.
    """
    heat = _open(overlay).convert("RGBA")
    page = _page(background, boxes, heat.size)
    page.paste(heat, mask=heat)
    _draw_lines(page, lines)
    footer = _footer(heat.width, caption, legend)
    whole = Image.new("RGB", (heat.width, heat.height + footer.height), WHITE)
    whole.paste(page)
    whole.paste(footer, (0, heat.height))
    return encode_rgb(np.asarray(whole), EFFORT)


def plain(boxes: Sequence[Box], size: tuple[int, int]) -> bytes:
    """A page of which there is no screenshot: its elements as labelled boxes, as a PNG of few colours."""
    out = io.BytesIO()
    _boxed(boxes, size).quantize(16).save(out, "PNG", optimize=False)
    return out.getvalue()


def thumbnail(picture: bytes, height: int | None = None) -> bytes:
    """A picture, down to `height` if given, as a small WebP: `THUMBNAIL` px wide and down to what a WebP can hold."""
    image, out = _open(picture).convert("RGB"), io.BytesIO()
    image = image.crop((0, 0, image.width, height or image.height))
    height = max(1, round(image.height * THUMBNAIL / image.width))
    small = image.resize((THUMBNAIL, height), reducing_gap=2).crop((0, 0, THUMBNAIL, min(height, WEBP_MOST)))
    small.save(out, "WEBP", quality=70, method=2)
    return out.getvalue()


def webp(picture: bytes) -> bytes:
    """A picture as a WebP, a third as large; ValueError where it is higher than one can be."""
    image, out = _open(picture), io.BytesIO()
    if image.height > WEBP_MOST:
        raise ValueError(f"a WebP is at most {WEBP_MOST} px high, the picture has {image.height}")
    image.save(out, "WEBP", quality=85, method=2)
    return out.getvalue()


def outline(sheet: Sheet, labels: Sequence[str] = ()) -> list[Box]:
    """The visible elements of a sheet as boxes; `labels` stand beside the rows of its table."""
    rows = [row.tolist() for row in sheet.elements]
    names = labels or [""] * len(rows)
    return [
        Box(x, y, w, h, name)
        for (_, x, y, w, h, visible, *_), name in zip(rows, names, strict=True)
        if visible and w > 0 and h > 0
    ]


def _open(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def _page(background: bytes | None, boxes: Sequence[Box], size: tuple[int, int]) -> Image.Image:
    """What the page looks like, as far as there is a screenshot of it, and its elements from there on."""
    shot = _screenshot(background, size) if background else None
    if shot and shot.height == size[1]:
        return shot
    page = _boxed(boxes, size)
    if shot:
        page.paste(shot)
    return page


def _screenshot(data: bytes, size: tuple[int, int]) -> Image.Image:
    """The page in muted colours, of this width and at most of this height."""
    image = _open(data).convert("RGB")
    if image.width != size[0]:
        image = image.resize((size[0], max(1, round(image.height * size[0] / image.width))))
    image = ImageEnhance.Color(image.crop((0, 0, size[0], min(size[1], image.height)))).enhance(COLOUR_LEFT)
    return Image.blend(image, Image.new("RGB", image.size, VEIL_COLOUR), VEIL)


def _boxed(boxes: Sequence[Box], size: tuple[int, int]) -> Image.Image:
    """The boxes, large ones first, each with its label in the top left corner where it fits."""
    page = Image.new("RGB", size, WHITE)
    pen = ImageDraw.Draw(page)
    for box in sorted(boxes, key=lambda box: (-box.w * box.h, box.y, box.x)):
        pen.rectangle((box.x, box.y, box.x + box.w - 1, box.y + box.h - 1), FILL, FRAME)
        label = writable(box.label)
        if box.h > TEXT + 4 and width(label) < box.w - 6:
            write(pen, (box.x + 4, box.y + 2), label, INK)
    return page


def _draw_lines(page: Image.Image, lines: Sequence[Line]) -> None:
    pen = ImageDraw.Draw(page)
    for line in lines:
        y = min(max(line.y, 1), page.height - 1)
        left = page.width - int(width(line.label)) - 2 * MARGIN
        top = y - LEADING if y >= LEADING else y
        pen.line((0, y, page.width, y), INK, 2)
        pen.rectangle((left, top, page.width, top + LEADING), INK)
        write(pen, (left + MARGIN, top + 2), line.label, WHITE)


def _footer(across: int, caption: str, legend: Legend | None) -> Image.Image:
    """Caption, wrapped to the width, and a bar of the legend's colours under it, on a line of its own if need be."""
    room = across - 2 * MARGIN
    rows = wrapped(caption, room)
    aside = width(legend.cold) + width(legend.hot) + BAR[0] + 2 * GAP if legend else 0
    below = wrapped(legend.hot, room) if legend and aside > room else []
    height = LEADING * (len(rows) + bool(legend) + len(below)) + 2 * MARGIN if rows or legend else 0
    footer = Image.new("RGB", (across, height), WHITE)
    if legend:
        _draw_legend(footer, MARGIN + len(rows) * LEADING, replace(legend, hot="") if below else legend)
        rows = [*rows, "", *below]
    pen = ImageDraw.Draw(footer)
    for number, row in enumerate(rows):
        write(pen, (MARGIN, MARGIN + number * LEADING), row, INK)
    return footer


def _draw_legend(footer: Image.Image, y: int, legend: Legend) -> None:
    pen = ImageDraw.Draw(footer)
    left = MARGIN + int(width(legend.cold)) + GAP
    ramp = np.linspace(0, 255, BAR[0]).astype(np.uint8)
    bar = Image.fromarray(legend.colours[ramp][None].repeat(BAR[1], axis=0))
    write(pen, (MARGIN, y), legend.cold, INK)
    footer.paste(bar, (left, y + 3), bar)
    write(pen, (left + BAR[0] + GAP, y), legend.hot, INK)
