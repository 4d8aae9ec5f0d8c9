"""A visitor's own copy of what is kept of them: batches in words instead of bytes. Pure."""

from typing import Any

from recorder import events
from recorder.events import NO_ELEMENT, Kind, Pointer
from recorder.recording import Recording

#: What the numbers mean, for a reader who never saw the wire format.
LEGEND: dict[str, Any] = {
    "times": "yes, time and changed: ms since 1970 (UTC). start: ms since the yes. t: ms since the start of its batch.",
    "batches": {
        "page": "the page rule of the site that you were on",
        "release": "the site's version, if it says one",
        "variant": "the version of the page that you were shown, if there are several",
        "visit": "number of the visit, from 0",
        "viewport": "width and height of the window, CSS px",
        "document": "width and height of the page, CSS px",
        "ratio": "device pixels for each CSS px, and zoom, both in hundredths",
    },
    "events": ["t", "kind", "pointer", "x", "y", "element", "fx", "fy"],
    "event": {
        "x, y": "place on the page, CSS px; for other kinds see below",
        "element": "a number made from where the element stands in the page, not from what is in it; null: none",
        "fx, fy": "place inside the element's box, 0 to 65535",
    },
    "kinds": {
        "move": "the pointer was there",
        "click": "a click, a tap, or a key on a button",
        "scroll": "the page's top left corner in the window; in a scrolling box, how far it was seen (fx, fy)",
        "resize": "x, y: the window's new size",
        "show": "something appeared; fx, fy: its size",
        "hide": "something disappeared; fx, fy: its size",
        "rage": "several clicks in quick succession",
        "dead": "a click without any effect",
        "error": "a script failed; x, y: line and column; fx, fy: a number made from the script's address",
        "invalid": "a form field was refused; only the group of fields and its middle",
        "submit": "a form was sent; only the form and its middle",
        "mark": "the site noted a step; x: row in its list of marks",
        "page": "a page was opened; x: loading time in ms, y: 0 load, 1 reload, 2 back, 3 within the page, 4 kept page",
        "visible": "the page came into view",
        "hidden": "the page went out of view",
        "height": "x, y: the document's new size",
        "back": "a page was left after a short look; x: which, y: ms on it",
    },
}


def batch(plain: bytes, recording: Recording) -> dict[str, Any]:
    """One batch that was kept (`events.pack`), as JSON values; its events as `LEGEND["events"]` has them."""
    header, elements, records = events.unpack(plain)
    hashes = elements.tolist()
    return {
        "page": recording.pages[header["page"]].name,
        "release": _label(int(header["release"]), recording.seen_releases),
        "variant": _label(int(header["variant"]), recording.variants),
        "start": int(header["start"]),
        "visit": int(header["visit"]),
        "viewport": [int(header["width"]), int(header["height"])],
        "document": [int(header["doc_width"]), int(header["doc_height"])],
        "ratio": [int(header["ratio"]), int(header["zoom"])],
        "events": [_event(record, hashes) for record in records.tolist()],
    }


def _event(record: tuple[int, ...], hashes: list[int]) -> list[Any]:
    t, kind, row, x, y, fx, fy = record
    element = None if row == NO_ELEMENT else hashes[row]
    return [t, Kind(kind & 31).name.lower(), Pointer(kind >> 5).name.lower(), x, y, element, fx, fy]


def _label(row: int, labels: list[str]) -> str | None:
    return labels[row - 1] if row else None
