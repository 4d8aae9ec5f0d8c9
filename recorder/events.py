"""The wire format, version 1: bytes to validated columns, once, at the edge. Pure.

A batch is one page view in one viewport, under a minute: a msgpack map with the keys of `KEYS` and one block
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

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import msgpack
import numpy as np
from numpy.typing import NDArray

from recorder import limits
from recorder.errors import Malformed, TooLarge

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
NO_ELEMENT = 255
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


@dataclass(frozen=True)
class Batch:
    """One validated batch. `ratio`: (device pixels per CSS px, visual zoom), both × 100; `start_ms`: since the yes."""

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
    elements: Hashes
    records: Records
    dropped: int = 0

    @property
    def field(self) -> bytes:
        """The name of this batch in its session's hash: a repeated batch has the same (12 bytes)."""
        return self.document + self.sequence.to_bytes(4, "big")


def decode(body: bytes) -> tuple[str, Batch]:
    """Read one POST body; give the token and the validated batch, or raise `Malformed` or `TooLarge`.

    Every length is bounded before anything is allocated: msgpack refuses a header that announces more.
    """
    if len(body) > limits.BODY_BYTES:
        raise TooLarge(f"The body has {len(body)} bytes, at most {limits.BODY_BYTES} are taken.")
    fields = _unpack(body)
    _check_keys(fields)
    return str(fields["k"]), _batch(fields)


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
    fields |= {"s": batch.start_ms, "e": batch.elements.astype("<u4").tobytes(), "b": batch.records.tobytes()}
    return bytes(msgpack.packb(fields, use_bin_type=True))


def pack(batch: Batch, release: int, variant: int) -> bytes:
    """A batch as it is sealed and kept: header, element hashes, records.

    `release` and `variant` are rows of the recording's lists, `NO_LABEL` when none was given.
    """
    header = np.zeros(1, HEADER)
    header[0] = (
        VERSION,
        len(batch.elements),
        release,
        variant,
        batch.page,
        batch.visit,
        *batch.viewport,
        *batch.size,
        *batch.ratio,
        batch.start_ms,
    )
    return header.tobytes() + batch.elements.tobytes() + batch.records.tobytes()


def unpack(kept: bytes) -> tuple[np.void, Hashes, Records]:
    """What `pack` made: header, element hashes (u4), records. Views into `kept`, nothing is copied."""
    header = np.frombuffer(kept, HEADER, 1)[0]
    if header["version"] != VERSION:
        raise Malformed(
            f"A stored batch has version {header['version']}; this release reads version {VERSION}."
        )
    count = int(header["elements"])
    elements = np.frombuffer(kept, "<u4", count, HEADER.itemsize)
    return header, elements, np.frombuffer(kept, RECORD, -1, HEADER.itemsize + 4 * count)


def unknown_version(version: int) -> Malformed:
    return Malformed(f"A stored batch has version {version}; this release reads version {VERSION}.")


# --- the edge ----------------------------------------------------------------------------------

_REQUIRED = {"v", "k", "d", "n", "p", "i", "w", "g", "z", "s", "e", "b"}
_OPTIONAL = {"r", "a"}
_U16, _U32 = 2**16 - 1, 2**32 - 1


def _unpack(body: bytes) -> Mapping[str, Any]:
    try:
        fields = msgpack.unpackb(
            body,
            raw=False,
            strict_map_key=True,
            max_str_len=limits.TOKEN_BYTES,
            max_bin_len=limits.BODY_BYTES,
            max_map_len=len(_REQUIRED | _OPTIONAL),
            max_array_len=2,
            max_ext_len=0,
        )
    except (ValueError, RecursionError, msgpack.UnpackException) as error:
        raise Malformed("The body is not the msgpack map that the wire format asks for.") from error
    if not isinstance(fields, dict):
        raise Malformed(f"The body is a {type(fields).__name__}, the wire format asks for a map.")
    return fields


def _check_keys(fields: Mapping[str, Any]) -> None:
    if missing := _REQUIRED - fields.keys():
        raise Malformed(f"The batch lacks {', '.join(sorted(missing))}.")
    if unknown := fields.keys() - _REQUIRED - _OPTIONAL:
        raise Malformed(f"The batch has {len(unknown)} keys that version {VERSION} does not know.")
    if fields["v"] != VERSION or type(fields["v"]) is not int:
        raise Malformed(f"This collector reads version {VERSION} of the wire format only.")
    if not isinstance(fields["k"], str):
        raise Malformed("The token (k) must be a string.")


def _batch(fields: Mapping[str, Any]) -> Batch:
    size = _pair(fields, "g", _U32)
    elements = _elements(_bytes(fields, "e"))
    records = _records(_bytes(fields, "b"), len(elements))
    kept = _inside(records, size)
    document = _bytes(fields, "d")
    if len(document) != 8:
        raise Malformed(f"The document id (d) has {len(document)} bytes, 8 are asked for.")
    return Batch(
        document=document,
        sequence=_whole(fields, "n", _U32),
        page=_whole(fields, "p", _U16),
        release=_label(fields, "r"),
        variant=_label(fields, "a"),
        visit=_whole(fields, "i", _U16),
        viewport=_pair(fields, "w", _U16, least=1),
        size=size,
        ratio=_pair(fields, "z", _U16, least=1),
        start_ms=_whole(fields, "s", _U32),
        elements=elements,
        records=kept,
        dropped=len(records) - len(kept),
    )


def _whole(fields: Mapping[str, Any], key: str, most: int) -> int:
    value = fields[key]
    if type(value) is not int or not 0 <= value <= most:
        raise Malformed(f"The value of {key} must be a whole number from 0 to {most}.")
    return value


def _pair(fields: Mapping[str, Any], key: str, most: int, least: int = 0) -> tuple[int, int]:
    value = fields[key]
    if (
        type(value) is not list
        or len(value) != 2
        or not all(type(v) is int and least <= v <= most for v in value)
    ):
        raise Malformed(f"The value of {key} must be two whole numbers from {least} to {most}.")
    return value[0], value[1]


def _bytes(fields: Mapping[str, Any], key: str) -> bytes:
    value = fields[key]
    if not isinstance(value, bytes):
        raise Malformed(f"The value of {key} must be binary.")
    return value


def _label(fields: Mapping[str, Any], key: str) -> str | None:
    value = fields.get(key)
    if value is None and key not in fields:
        return None
    if not isinstance(value, str) or not 1 <= len(value) <= limits.LABEL_CHARS:
        raise Malformed(f"The value of {key} must be a string of 1 to {limits.LABEL_CHARS} characters.")
    return value


def _elements(block: bytes) -> Hashes:
    if len(block) % 4 or len(block) > 4 * limits.ELEMENTS:
        raise Malformed(
            f"The element table (e) must hold 4 bytes for each of at most {limits.ELEMENTS} elements."
        )
    return np.frombuffer(block, "<u4")


def _records(block: bytes, elements: int) -> Records:
    if not block or len(block) % RECORD.itemsize:
        raise Malformed(f"The records (b) have {len(block)} bytes, not a multiple of {RECORD.itemsize}.")
    records = np.frombuffer(block, RECORD)
    kinds = records["kind"]
    if int((kinds & 31).max()) > max(Kind) or int((kinds >> 5).max()) > max(Pointer):
        raise Malformed("A record is of a kind that version 1 does not know.")
    rows = records["el"]
    if np.any((rows >= elements) & (rows != NO_ELEMENT)):
        raise Malformed(f"A record names an element outside the table of {elements}.")
    longest = int(records["t"].max())
    if longest >= limits.BATCH_MS:
        raise Malformed(
            f"A record lies {longest} ms after the start of its batch; a batch covers less than a minute."
        )
    if len(records) > limits.EVENTS_BURST + limits.EVENTS_PER_SECOND * longest / 1000:
        raise Malformed(f"{len(records)} events in {longest} ms is more than a person makes.")
    return records


def _inside(records: Records, size: tuple[int, int]) -> Records:
    """Only the records whose position lies in the document: out of range is dropped and counted, never clamped."""
    out = POSITIONED[records["kind"] & 31] & ((records["x"] > size[0]) | (records["y"] > size[1]))
    return records[~out] if out.any() else records
