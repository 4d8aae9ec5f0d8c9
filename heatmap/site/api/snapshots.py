"""Snapshots by API: what a page looks like, sent from CI or from a developer's machine."""

import asyncio
import json
from typing import Annotated, Any

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import BadHttpMessage
from pydantic import Base64Bytes, Field

from heatmap.site import backgrounds
from heatmap.site.access import PARTS, RECORDING, note
from heatmap.site.api.operation import JSON, answer, asked, operation
from heatmap.site.api.shapes import Page, Paged, Shape, page
from heatmap.site.roles import Role
from heatmap.snapshots import screenshot, snapshot, snapshots
from heatmap.snapshots.snapshot import Snapshot
from recorder import forms
from recorder.errors import Conflict, Malformed, TooLarge, WrongType
from recorder.recording import Device, State
from recorder.recording import Page as RecordedPage

MULTIPART = "multipart/form-data"
#: The most that a snapshot and its picture may be together; base64 takes a third more.
BYTES = (snapshot.BYTES + screenshot.BYTES) * 4 // 3 + 4096


class Upload(Shape):
    """A snapshot as `yesmap snapshot` makes it, with its picture."""

    snapshot: Annotated[
        dict[str, Any],
        Field(description="Page, device class, size and elements, as static/element.js measures them."),
    ]
    image: Annotated[
        Base64Bytes | None, Field(description="PNG, JPEG or WebP of the whole page, in base64.")
    ] = None


class Files(Shape):
    """The same as parts of a form; a picture alone takes the page's name and its device class instead."""

    snapshot: Annotated[str | None, Field(description="The snapshot's JSON.")] = None
    image: Annotated[bytes | None, Field(description="PNG, JPEG or WebP of the whole page.")] = None
    page: Annotated[str | None, Field(max_length=80)] = None
    device: Device | None = None


class Kept(Shape):
    """What is kept now, in place of what was kept before."""

    page: str
    device: Device
    state: str
    elements: int
    picture: bool

    @classmethod
    def of(cls, found: Snapshot, picture: bytes | None) -> "Kept":
        return cls(
            page=found.page,
            device=found.device,
            state=found.state,
            elements=len(found.elements),
            picture=picture is not None,
        )


class There(Shape):
    """A snapshot that there is; its picture lies under heatmaps as `background.webp`."""

    name: Annotated[str, Field(description="For its removal.")]
    page: str
    device: Device
    state: Annotated[str, Field(description="What is open on the page; empty: nothing.")]
    release: Annotated[str, Field(description="Empty: of none in particular.")]
    width: int
    height: int
    elements: int
    picture: bool
    by: Annotated[str, Field(description="Who took it from the page itself; empty: nobody did.")]
    at: Annotated[int, Field(description="When they did, ms; 0: nobody did.")]

    @classmethod
    def of(cls, shown: backgrounds.Shown, pages: list[RecordedPage]) -> "There":
        fields = shown.model_dump(exclude={"page", "size"})
        return cls(page=pages[shown.page].name, width=shown.size[0], height=shown.size[1], **fields)


class AllThere(Page[There]):
    """A part of the snapshots, in order of page and device class."""


@operation(
    "GET",
    "/api/recordings/{recording}/snapshots",
    "What pages look like, as far as that is known",
    role=Role.ANALYST,
    scope="read",
    asks=Paged,
    answers={200: AllThere},
)
async def listed(request: web.Request) -> web.Response:
    names = await backgrounds.known(request)
    part, following = page(names, [str(name) for name in names], asked(request, Paged))
    pages = request[RECORDING].pages
    items = [There.of(await backgrounds.shown(request, name), pages) for name in part]
    return answer(AllThere(items=items, next=following))


@operation(
    "DELETE",
    "/api/recordings/{recording}/snapshots/{snapshot}",
    "Remove a snapshot and its picture",
    role=Role.ANALYST,
    scope="snapshot",
    answers={204: None},
)
async def remove(request: web.Request) -> web.Response:
    await backgrounds.removed(request)
    return web.Response(status=204)


@operation(
    "POST",
    "/api/recordings/{recording}/snapshots",
    "Keep what a page looks like, in place of what was kept before",
    role=Role.ANALYST,
    scope="snapshot",
    takes={MULTIPART: Files, JSON: Upload},
    answers={201: Kept},
)
async def keep(request: web.Request) -> web.Response:
    """Checked: a real picture, of a size that we take; it is written anew, without metadata."""
    recording = request[RECORDING]
    if recording.state != State.OPEN:
        raise Conflict("This recording has ended: its pictures are what they are.")
    data, image = await _uploaded(request)
    found, picture = await asyncio.to_thread(snapshot.checked, data, image)
    await snapshots.keep(request.app[PARTS].store, recording, found, data, picture)
    await note(request, "snapshot kept", of=f"{found.page}, {found.device}")
    return answer(Kept.of(found, picture), 201)


async def _uploaded(request: web.Request) -> tuple[bytes, bytes | None]:
    """The snapshot's JSON and its picture."""
    if request.content_type == JSON:
        form = await forms.read(request, Upload, BYTES)
        return json.dumps(form.snapshot).encode(), form.image
    if request.content_type != MULTIPART:
        raise WrongType(f"Send the snapshot as {MULTIPART} or as {JSON}.")
    given = await parts(request)
    data, image = given.get("snapshot"), given.get("image")
    if data is not None:
        return data, image
    if image is None or "page" not in given or "device" not in given:
        raise Malformed("The form needs the part snapshot, or the parts page, device and image.")
    return await asyncio.to_thread(_by_hand, given["page"], given["device"], image)


def _by_hand(page: bytes, device: bytes, image: bytes) -> tuple[bytes, bytes]:
    names: dict[bytes, Device] = {b"desktop": "desktop", b"tablet": "tablet", b"mobile": "mobile"}
    if device not in names:
        raise Malformed("In the form, device must be desktop, tablet or mobile.")
    return snapshot.by_hand(page.decode(errors="replace"), names[device], image)


#: The parts that a form may have, and how large each may be.
_MOST = {"snapshot": snapshot.BYTES, "image": screenshot.BYTES, "page": 400, "device": 20}


async def parts(request: web.Request) -> dict[str, bytes]:
    """The parts by name, each refused as soon as it is too large."""
    found: dict[str, bytes] = {}
    try:
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            name = part.name if isinstance(part, BodyPartReader) else None
            if not isinstance(part, BodyPartReader) or name not in _MOST or name in found:
                raise Malformed(
                    f"The form has the parts {', '.join(_MOST)}, each at most once, nothing else."
                )
            found[name] = await _read(part, name)
    except (ValueError, AssertionError, KeyError, BadHttpMessage):
        raise Malformed("The form cannot be read: it must be multipart/form-data with a boundary.") from None
    return found


async def _read(part: BodyPartReader, name: str) -> bytes:
    body = bytearray()
    while chunk := await part.read_chunk(64 * 1024):
        body += chunk
        if len(body) > _MOST[name]:
            raise TooLarge(f"The part {name} has more than {_MOST[name]} bytes.")
    return bytes(body)
