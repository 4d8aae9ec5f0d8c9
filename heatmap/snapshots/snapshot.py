"""What a page looked like: a picture, and box and readable name of every element that events are reported on."""

import json
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from heatmap.sheet import ELEMENT, Sheet
from heatmap.snapshots import camera, screenshot
from heatmap.snapshots.agree import Element
from recorder import limits
from recorder.errors import Malformed, TooLarge
from recorder.recording import REFERENCE_WIDTH, Device

#: More elements than this are a document that nobody looks at as one page.
ELEMENTS = 20_000
#: A row takes at most about 400 bytes.
BYTES = 400 * ELEMENTS
#: No coordinate of a real page is further out; sums of two stay far inside 32 bits.
FAR = 10_000_000
#: No page is nested as deeply.
DEEP = 10_000
#: Other names than these would have to be escaped wherever a state is named.
STATE = r"^([a-z0-9][a-z0-9-]{0,38})?$"
#: Scripts that a page loads, by which the place of an error is named; a page with more is built of bundles.
SCRIPTS = 100


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
    state: str = ""  #: what is open on it, such as "menu"; nothing on the plain page
    release: str = ""  #: the release that it shows, where that was said
    scripts: tuple[str, ...] = ()  #: paths of the scripts that it loaded
    by: str = ""  #: who took it from the page itself, where somebody did …
    at: int = 0  #: … and when, ms
    scroller: int | None = None  #: where the page scrolls in a box, as in `Sheet`
    outline: tuple[Element, ...] = ()  #: all elements as they follow each other in the document

    @property
    def sheet(self) -> Sheet:
        """What pictures of this page are drawn on."""
        return Sheet(self.width, self.height, self.elements, self.scroller)


def named(path: str) -> int:
    """The hash of an element's or a script's path: FNV-1a, 32 bits, as in static/element.js."""
    value = 0x811C9DC5
    for byte in path.encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value or 1


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
        state=document.state,
        release=document.release,
        scripts=tuple(document.scripts),
        by=document.by,
        at=document.at,
        scroller=document.scroller,
        outline=tuple(Element(row.hash, row.tag, row.name, row.depth) for row in document.elements),
    )


def checked(data: bytes, image: bytes | None = None) -> tuple[Snapshot, bytes | None]:
    """An upload as it may be kept: the snapshot, and its picture at its width as WebP, without any metadata.

    Raises as `read` does, and `Malformed` or `TooLarge` when the picture is none, or no picture of this page.
    """
    snapshot = read(data)
    if snapshot.by or snapshot.at:
        raise Malformed("A snapshot that is sent does not say who took it from the page, or when.")
    return snapshot, screenshot.webp(
        screenshot.fitted(screenshot.opened(image), snapshot.width, snapshot.height)
    ) if image is not None else None


def from_page(data: bytes, by: str, at: int) -> bytes:
    """A checked snapshot's JSON, with who took it from the page itself and when, ms."""
    return json.dumps(
        json.loads(data) | {"by": by, "at": at}, ensure_ascii=False, separators=(",", ":")
    ).encode()


def by_hand(page: str, device: Device, image: bytes) -> tuple[bytes, bytes]:
    """A snapshot's JSON and picture from nothing but a screenshot: events are placed by their page position."""
    picture, width = screenshot.opened(image), REFERENCE_WIDTH[device]
    height = max(1, round(picture.height * width / picture.width))
    height = min(height, limits.POSITION_MAX)
    data = written(page, device, width, height, [])
    return data, screenshot.webp(screenshot.fitted(picture, width, height))


def written(page: str, device: Device, width: int, height: int, rows: list[Any], **more: object) -> bytes:
    """A snapshot's JSON; `more`: its state, release and scripts."""
    fields = {"version": 1, "page": page, "device": device, "width": width, "height": height, **more}
    text = json.dumps(fields | {"elements": rows}, ensure_ascii=False, separators=(",", ":"))
    return text.encode(errors="replace")  # A name may end within a character of two halves.


async def take(url: str, device: Device, *, page: str, browser: str) -> tuple[bytes, bytes]:
    """Open a page in Chromium; give the snapshot's JSON and its picture as WebP, down to `screenshot.HEIGHT`.

    `page` is the page's name in the recording, `browser` the path of the program. Raises as `camera.shoot` does,
    and as `read` does when the page is larger than what we take.
    """
    shot = await camera.shoot(url, device, browser=browser, most=screenshot.HEIGHT)
    data = of_shot(shot, page, device)
    return data, screenshot.webp(screenshot.opened(shot.png))


def of_shot(shot: camera.Shot, page: str, device: Device, state: str = "", release: str = "") -> bytes:
    """A snapshot's JSON from what the camera saw; raises as `read` does when the page is larger than what we take."""
    if shot.height > limits.POSITION_MAX:
        raise TooLarge(
            f"{page} is {shot.height} px high ({device}); places are told down to {limits.POSITION_MAX} px. "
            "If it grows as it scrolls, show less of it where snapshots are taken."
        )
    labels = {"state": state, "release": release, "scripts": shot.scripts}
    more: dict[str, object] = {name: value for name, value in labels.items() if value}
    if shot.scroller is not None:
        more["scroller"] = shot.scroller
    data = written(page, device, shot.width, shot.height, shot.rows, **more)
    read(data)
    return data


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
    depth: Annotated[int, Field(ge=0, le=DEEP)] = 0
    name: Annotated[str, Field(max_length=60)]


class _Document(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    version: Literal[1]
    page: Annotated[str, Field(min_length=1, max_length=80)]
    device: Device
    width: int
    height: Annotated[int, Field(ge=1, le=limits.POSITION_MAX)]
    state: Annotated[str, Field(pattern=STATE)] = ""
    release: Annotated[str, Field(max_length=limits.LABEL_CHARS)] = ""
    scripts: Annotated[list[Annotated[str, Field(max_length=300)]], Field(max_length=SCRIPTS)] = []
    by: Annotated[str, Field(max_length=80)] = ""
    at: Annotated[int, Field(ge=0)] = 0
    scroller: Annotated[int, Field(ge=0, lt=2**32)] | None = None
    elements: Annotated[list[_Row], Field(max_length=ELEMENTS)]
