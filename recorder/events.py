"""The wire format, version 1: bytes to validated columns, once, at the edge. Pure.

A batch is one page view in one viewport, under a minute: a msgpack map with the keys of `Body` and one block
of fixed 12-byte records (`RECORD`). What is kept of it (`pack`) is the same block behind a fixed header, so
that a reader needs no msgpack and no second validation.

What the fields of a record mean for each kind:

| kind    | el                | x, y                                  | fx, fy                              |
|---------|-------------------|---------------------------------------|-------------------------------------|
| move    | under the pointer | page position                         | place in the element's box          |
| click   | clicked           | page position                         | place in the element's box          |
| scroll  | none: the page    | top left of the viewport              | 0                                   |
|         | a scroll container| 0                                     | furthest share of its content seen  |
| resize  | none              | new viewport                          | 0                                   |
| show    | what appeared     | top left of its box                   | width, height of its box            |
| hide    | what disappeared  | top left of its box                   | width, height of its box            |
| rage    | clicked           | page position                         | place in the element's box          |
| dead    | clicked           | page position                         | place in the element's box          |
| error   | clicked just now  | line, column                          | hash of the script's path (low, high)|
| invalid | control group     | its centre                            | centre                              |
| submit  | form              | its centre                            | centre                              |
| mark    | none              | row in the recording's marks, 0       | 0                                   |
| page    | none              | load time in ms, way (see below)      | 0                                   |
| visible | none              | 0                                     | 0                                   |
| hidden  | none              | 0                                     | 0                                   |
| height  | none              | new width, height of the document     | 0                                   |
| back    | none              | page left after a short look, ms on it| 0                                   |

The way to a page: 0 load, 1 reload, 2 back or forward, 3 within the page, 4 out of the back-forward cache.
"""

import re
import struct
from enum import IntEnum
from typing import Annotated, Literal

import msgpack
import msgspec
import numpy as np
from msgspec import UNSET, Meta, UnsetType
from numpy.typing import NDArray

from recorder import limits
from recorder.errors import Malformed, TooLarge, Unreadable

VERSION = 1

#: One event on the wire and in the event store, little endian, 12 bytes.
RECORD = np.dtype(
    [("t", "<u2"), ("kind", "u1"), ("el", "u1"), ("x", "<u2"), ("y", "<u2"), ("fx", "<u2"), ("fy", "<u2")]
)
#: Before the records of a stored batch: what holds for all of them.
HEADER = np.dtype(
    [
        ("version", "u1"),
        ("elements", "u1"),
        ("release", "u1"),
        ("variant", "u1"),
        ("page", "<u2"),
        ("visit", "<u2"),
        ("width", "<u2"),
        ("height", "<u2"),
        ("doc_width", "<u4"),
        ("doc_height", "<u4"),
        ("ratio", "<u2"),
        ("zoom", "<u2"),
        ("start", "<u4"),
    ]
)
RECORD_BYTES = RECORD.itemsize
NO_ELEMENT = 255
_HEADER = struct.Struct("<4B4H2L2HL")  # the same for writing one: numpy is slow to begin
#: Row 0 of a recording's releases and variants: none was given.
NO_LABEL = 0

Records = NDArray[np.void]
Hashes = NDArray[np.uint32]


class Kind(IntEnum):
    """The low five bits of a record's kind."""

    MOVE, CLICK, SCROLL, RESIZE, SHOW, HIDE, RAGE, DEAD, ERROR, INVALID, SUBMIT, MARK = range(12)
    PAGE, VISIBLE, HIDDEN, HEIGHT, BACK = range(12, 17)


class Pointer(IntEnum):
    """The high three bits of a record's kind."""

    MOUSE, TOUCH, PEN, KEY = range(4)


#: Kinds whose x and y are a place on the page and so must lie inside the document.
POSITIONED = np.isin(
    np.arange(32), [Kind.MOVE, Kind.CLICK, Kind.SCROLL, Kind.RAGE, Kind.DEAD, Kind.INVALID, Kind.SUBMIT]
)


class Batch(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One validated batch. `ratio`: (device pixels per CSS px, visual zoom), both × 100; `start_ms`: since the yes.

    `table` and `block` are its element hashes and records as bytes; as columns they are `elements` and `records`.
    """

    document: bytes
    sequence: int
    page: int
    release: str | None
    variant: str | None
    visit: int
    viewport: tuple[int, int]
    size: tuple[int, int]
    ratio: tuple[int, int]
    start_ms: int
    table: bytes
    block: bytes
    dropped: int = 0

    @property
    def field(self) -> bytes:
        """The name of this batch in its session's hash: a repeated batch has the same (12 bytes)."""
        return self.document + self.sequence.to_bytes(4, "big")

    @property
    def elements(self) -> Hashes:
        return np.frombuffer(self.table, "<u4")

    @property
    def records(self) -> Records:
        return np.frombuffer(self.block, RECORD)

    @property
    def events(self) -> int:
        """How many records there are."""
        return len(self.block) // RECORD_BYTES

    @property
    def lasts_ms(self) -> int:
        """Until its last record, rounded up to 256 ms: the high byte of `t` is cheap to look for."""
        # Of the last one, which is the latest when a browser sends it.
        high = self.block[1 - RECORD_BYTES] if self.block else 0
        if not _all_below(self.block, 0, 256 * (high + 1)):
            high = max(self.block[1::RECORD_BYTES])
        return 256 * (high + 1)


def decode(body: bytes) -> tuple[str, Batch]:
    """Read one POST body; give the token and the validated batch, or raise `Malformed` or `TooLarge`.

    What a header announces is compared with what `Body` allows before anything is allocated for it.
    """
    if len(body) > limits.BODY_BYTES:
        raise TooLarge(f"The body has {len(body)} bytes, at most {limits.BODY_BYTES} are taken.")
    read = _body(body)
    if len(read.e) % 4:
        raise Malformed(_WRONG["e"])
    block = _inside(read.b, len(read.e) // 4, read.g)
    return read.k, Batch(
        document=read.d,
        sequence=read.n,
        page=read.p,
        release=read.r or None,
        variant=read.a or None,
        visit=read.i,
        viewport=read.w,
        size=read.g,
        ratio=read.z,
        start_ms=read.s,
        table=read.e,
        block=block,
        dropped=(len(read.b) - len(block)) // RECORD_BYTES,
    )


def encode(token: str, batch: Batch) -> bytes:
    """Write one POST body, the same bytes as `static/wire.js` writes."""
    fields: dict[str, object] = {
        "v": VERSION,
        "k": token,
        "d": batch.document,
        "n": batch.sequence,
        "p": batch.page,
    }
    if batch.release is not None:
        fields["r"] = batch.release
    if batch.variant is not None:
        fields["a"] = batch.variant
    fields |= {"i": batch.visit, "w": list(batch.viewport), "g": list(batch.size), "z": list(batch.ratio)}
    fields |= {"s": batch.start_ms, "e": batch.table, "b": batch.block}
    return bytes(msgpack.packb(fields, use_bin_type=True))


def pack(batch: Batch, release: int, variant: int) -> bytes:
    """A batch as it is sealed and kept: header, element hashes, records.

    `release` and `variant` are rows of the recording's lists, `NO_LABEL` when none was given.
    """
    header = _HEADER.pack(
        VERSION,
        len(batch.table) // 4,
        release,
        variant,
        batch.page,
        batch.visit,
        *batch.viewport,
        *batch.size,
        *batch.ratio,
        batch.start_ms,
    )
    return header + batch.table + batch.block


def unpack(kept: bytes) -> tuple[np.void, Hashes, Records]:
    """What `pack` made: header, element hashes (u4), records. Views into `kept`, nothing is copied."""
    header = np.frombuffer(kept, HEADER, 1)[0]
    if header["version"] != VERSION:
        raise unknown_version(int(header["version"]))
    count = int(header["elements"])
    elements = np.frombuffer(kept, "<u4", count, HEADER.itemsize)
    return header, elements, np.frombuffer(kept, RECORD, -1, HEADER.itemsize + 4 * count)


def unknown_version(version: int) -> Unreadable:
    return Unreadable(
        f"A stored batch has version {version}; this release reads version {VERSION}: use a newer one."
    )


# --- the edge ----------------------------------------------------------------------------------

_U16 = Annotated[int, Meta(ge=0, le=2**16 - 1)]
_U32 = Annotated[int, Meta(ge=0, le=2**32 - 1)]
_Size = Annotated[int, Meta(ge=1, le=2**16 - 1)]
_Label = Annotated[str, Meta(min_length=1, max_length=limits.LABEL_CHARS)]


class Body(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A body as it comes. Its types are checked while it is read, so that nothing else is ever built from it."""

    v: Annotated[Literal[1], Meta(description="version of this format")]
    k: Annotated[str, Meta(max_length=limits.TOKEN_BYTES, description="consent token")]
    d: Annotated[bytes, Meta(min_length=8, max_length=8, description="random id of this page load, 8 bytes")]
    n: Annotated[_U32, Meta(description="number of this batch in its page load; the same again is a repeat")]
    p: Annotated[_U16, Meta(description="index into the recording's list of pages")]
    i: Annotated[_U16, Meta(description="number of the visit")]
    w: Annotated[tuple[_Size, _Size], Meta(description="width and height of the viewport, CSS px")]
    g: Annotated[tuple[_U32, _U32], Meta(description="width and height of the document, CSS px")]
    z: Annotated[tuple[_Size, _Size], Meta(description="device pixels for each CSS px, zoom; both × 100")]
    s: Annotated[_U32, Meta(description="start of the batch, ms since the yes")]
    e: Annotated[
        bytes, Meta(max_length=4 * limits.ELEMENTS, description="element hashes, 4 bytes each, little-endian")
    ]
    b: Annotated[
        bytes, Meta(description="records, 12 bytes each: t u2, kind u1, el u1, x u2, y u2, fx u2, fy u2")
    ]
    r: Annotated[_Label, Meta(description="release")] | UnsetType = UNSET
    a: Annotated[_Label, Meta(description="variant")] | UnsetType = UNSET


_read = msgspec.msgpack.Decoder(Body).decode

_WHOLE = "The value of {} must be a whole number from 0 to {}."
_PAIR = "The value of {} must be two whole numbers from {} to {}."
_LABEL = f"The value of {{}} must be a string of 1 to {limits.LABEL_CHARS} characters."
#: What is said when the value of a key is not what `Body` asks for.
_WRONG = {
    "v": f"This collector reads version {VERSION} of the wire format only.",
    "k": f"The token (k) must be a string of at most {limits.TOKEN_BYTES} characters.",
    "d": "The document id (d) must be binary, of 8 bytes.",
    "n": _WHOLE.format("n", 2**32 - 1),
    "p": _WHOLE.format("p", 2**16 - 1),
    "i": _WHOLE.format("i", 2**16 - 1),
    "w": _PAIR.format("w", 1, 2**16 - 1),
    "g": _PAIR.format("g", 0, 2**32 - 1),
    "z": _PAIR.format("z", 1, 2**16 - 1),
    "s": _WHOLE.format("s", 2**32 - 1),
    "e": f"The element table (e) must be binary, of 4 bytes for each of at most {limits.ELEMENTS} elements.",
    "b": "The records (b) must be binary.",
    "r": _LABEL.format("r"),
    "a": _LABEL.format("a"),
}
_KEY = re.compile(r"field `(\w)`$|at `\$\.(\w)")


def _body(body: bytes) -> Body:
    try:
        return _read(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Malformed(_why(str(error))) from None


def _why(said: str) -> str:
    """Our sentence for what msgspec says. A key that we do not know is not repeated: it is the sender's."""
    if "unknown field" in said:
        return f"The batch has a key that version {VERSION} does not know."
    found = _KEY.search(said)
    if found is None:
        return "The body is not the msgpack map that the wire format asks for."
    missing, wrong = found.groups()
    return f"The batch lacks {missing}." if missing else _WRONG[wrong]


#: What a byte of a record may be: its kind; its element for each length of the table; the high byte of a number below
#: n × 256. Looking for other bytes with `bytes.translate` takes a tenth of the time of the same question to numpy.
_KINDS = bytes(kind | pointer << 5 for pointer in Pointer for kind in Kind)
_ROWS = [bytes(range(elements)) + bytes([NO_ELEMENT]) for elements in range(limits.ELEMENTS + 1)]
_BELOW = [bytes(range(high)) for high in range(257)]


def _inside(block: bytes, elements: int, size: tuple[int, int]) -> bytes:
    """The records that lie inside a document of this size; `Malformed` when there is one that cannot be.

    A position out of range is dropped and counted, never clamped.
    """
    if not block or len(block) % RECORD_BYTES:
        raise Malformed(f"The records (b) have {len(block)} bytes, not a multiple of {RECORD_BYTES}.")
    if block[2::RECORD_BYTES].translate(None, _KINDS):
        raise Malformed("A record is of a kind that version 1 does not know.")
    if block[3::RECORD_BYTES].translate(None, _ROWS[elements]):
        raise Malformed(f"A record names an element outside the table of {elements}.")
    count = len(block) // RECORD_BYTES
    if count > limits.EVENTS_BURST or not _all_below(block, 0, limits.BATCH_MS):
        _check_pace(count, int(np.frombuffer(block, RECORD)["t"].max()))
    if _all_below(block, 4, size[0]) and _all_below(block, 6, size[1]):
        return block
    records = np.frombuffer(block, RECORD)
    out = POSITIONED[records["kind"] & 31] & ((records["x"] > size[0]) | (records["y"] > size[1]))
    return records[~out].tobytes() if out.any() else block


def _all_below(block: bytes, place: int, most: int) -> bool:
    """Whether the number at this place of each record is surely below `most`, judged by its high byte; cheap."""
    return not block[place + 1 :: RECORD_BYTES].translate(None, _BELOW[min(most >> 8, 256)])


def _check_pace(events: int, longest: int) -> None:
    if longest >= limits.BATCH_MS:
        raise Malformed(
            f"A record lies {longest} ms after the start of its batch; a batch covers less than a minute."
        )
    if events > limits.EVENTS_BURST + limits.EVENTS_PER_SECOND * longest / 1000:
        raise Malformed(f"{events} events in {longest} ms is more than a person makes.")
