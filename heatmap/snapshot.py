"""What a page looked like: a picture, and box and readable name of every element that events are reported on."""

import io
import json
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from heatmap import camera
from heatmap.sheet import ELEMENT, Sheet
from recorder import limits
from recorder.errors import Malformed, TooLarge
from recorder.recording import REFERENCE_WIDTH, Device

#: More elements than this are a document that nobody looks at as one page.
ELEMENTS = 20_000
#: A row takes at most about 400 bytes.
BYTES = 400 * ELEMENTS
#: No coordinate of a real page is further out; sums of two stay far inside 32 bits.
FAR = 10_000_000
#: A WebP picture cannot be higher (14 bits).
PICTURE_HEIGHT = 16_383
#: Quality of a picture with loss, colours of one without: no difference that matters under a heatmap.
QUALITY, COLOURS = 60, 64


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """One page at a device's reference width; `tags` and `names` stand beside the rows of `elements`."""

    page: str
    device: Device
    width: int  #: px
    height: int  #: px
    elements: NDArray[
        np.void
    ]  #: `ELEMENT` rows sorted by hash; what is closed is not visible and may have no box
    tags: list[str]
    names: list[str]

    @property
    def sheet(self) -> Sheet:
        """What pictures of this page are drawn on."""
        return Sheet(self.width, self.height, self.elements)


def read(data: bytes) -> Snapshot:
    """The snapshot in a JSON document; `TooLarge` or `Malformed` with the first thing that is wrong with it."""
    if len(data) > BYTES:
        raise TooLarge(f"The snapshot has {len(data)} bytes, at most {BYTES} are taken.")
    try:
        document = _Document.model_validate_json(data)
    except ValidationError as error:
        wrong = error.errors()[0]
        place = ".".join(map(str, wrong["loc"])) or "document"
        raise Malformed(f"The snapshot cannot be read: {place}: {wrong['msg']}.") from None
    wanted = REFERENCE_WIDTH[document.device]
    if document.width != wanted:
        raise Malformed(
            f"The snapshot is {document.width} px wide; a {document.device} page is drawn at {wanted} px."
        )
    rows = sorted(document.elements, key=lambda row: row.hash)
    return Snapshot(
        page=document.page,
        device=document.device,
        width=document.width,
        height=document.height,
        elements=np.array(
            [tuple(getattr(row, name) for name in ELEMENT.names or ()) for row in rows], ELEMENT
        ),
        tags=[row.tag for row in rows],
        names=[row.name for row in rows],
    )


async def take(url: str, device: Device, *, page: str, browser: str) -> tuple[bytes, bytes]:
    """Open a page in Chromium; give the snapshot's JSON and its picture as WebP, down to `PICTURE_HEIGHT`.

    `page` is the page's name in the recording, `browser` the path of the program. Raises as `camera.shoot` does,
    and as `read` does when the page is larger than what we take.
    """
    shot = await camera.shoot(url, device, browser=browser, most=PICTURE_HEIGHT)
    fields = {"version": 1, "page": page, "device": device, "width": shot.width, "height": shot.height}
    text = json.dumps(fields | {"elements": shot.rows}, ensure_ascii=False, separators=(",", ":"))
    data = text.encode(errors="replace")  # A name may end within a character of two halves.
    read(data)
    return data, _webp(shot.png)


class _Row(BaseModel):
    """A row of `table()` in static/element.js."""

    model_config = ConfigDict(strict=True, extra="forbid")

    hash: Annotated[int, Field(ge=1, lt=2**32)]
    tag: Annotated[str, Field(min_length=1, max_length=80)]
    x: Annotated[int, Field(ge=-FAR, le=FAR)]
    y: Annotated[int, Field(ge=-FAR, le=FAR)]
    w: Annotated[int, Field(ge=0, le=FAR)]
    h: Annotated[int, Field(ge=0, le=FAR)]
    visible: bool
    fixed: bool
    group: bool
    name: Annotated[str, Field(max_length=60)]


class _Document(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    version: Literal[1]
    page: Annotated[str, Field(min_length=1, max_length=80)]
    device: Device
    width: int
    height: Annotated[int, Field(ge=1, le=limits.POSITION_MAX)]
    elements: Annotated[list[_Row], Field(max_length=ELEMENTS)]


def _webp(png: bytes) -> bytes:
    """The picture alone, without the metadata of the screenshot, in the smaller of two ways.

    Text and flat colours are smaller and sharper without loss, photographs with.
    """
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    flat = picture.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE)
    written = [io.BytesIO(), io.BytesIO()]
    picture.save(written[0], "WEBP", quality=QUALITY, method=4)
    flat.convert("RGB").save(written[1], "WEBP", lossless=True, quality=100, method=5)
    return min((out.getvalue() for out in written), key=len)
