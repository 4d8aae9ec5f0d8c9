"""One visitor session in order of time: its batches opened and laid end to end, cut into views of pages. Pure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heatmap.columns import Columns
from recorder import events, seal
from recorder.eventlog import Session
from recorder.events import Kind

#: One event. `batch` is the row of its batch's header.
EVENT = np.dtype(
    [
        ("t", "u4"),
        ("kind", "u1"),
        ("pointer", "u1"),
        ("batch", "u2"),
        ("el", "u4"),
        ("x", "u2"),
        ("y", "u2"),
        ("fx", "u2"),
        ("fy", "u2"),
    ]
)

#: A pause that is longer is cut to `CUT`: nobody waits for a visitor who has gone to lunch, ms.
LONG, CUT = 60_000, 2_000
#: So many views are shown of a session; nobody turns to more pages and windows in one.
VIEWS = 500
#: What happens by itself, also on a page in the background: it begins no view.
_PASSIVE = np.isin(np.arange(32), [Kind.SHOW, Kind.HIDE, Kind.HEIGHT, Kind.HIDDEN, Kind.ERROR])


@dataclass(frozen=True, slots=True, eq=False)
class Tape:
    """A session: N events in order of time, and the headers of its batches."""

    events: NDArray[np.void]  #: (N,) `EVENT`; t: ms since the first event, long pauses cut
    headers: NDArray[np.void]  #: (B,) `events.HEADER`
    documents: NDArray[np.int64]  #: (B,) which page load each batch is of
    pauses: list[tuple[int, int]]  #: when a pause was cut, and how long it was, ms

    @property
    def length(self) -> int:
        """From the first event to the last, ms, without what was cut."""
        return int(self.events["t"][-1]) if len(self.events) else 0


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A page in a viewport, from when it was opened or turned to until another one was."""

    events: NDArray[np.void]  #: `EVENT`
    header: np.void  #: of its first batch
    document: tuple[int, int]  #: px, as large as it became

    @property
    def columns(self) -> Columns:
        """Its events as the pictures' core takes them."""
        names = ("t", "kind", "el", "x", "y", "fx", "fy")
        return Columns.of(
            **{name: self.events[name] for name in names},
            view_height=self.header["height"],
            doc_width=self.document[0],
            doc_height=self.document[1],
        )


def tape(session: Session, key: bytes) -> Tape:
    """Open every batch of a session and lay their events end to end."""
    plain = dict(seal.unseal_all(key, session.id, session.batches))
    opened = [events.unpack(each) for each in plain.values()]
    found = [_events(number, *kept) for number, kept in enumerate(opened)]
    together = np.concatenate([np.empty(0, EVENT), *found])
    order = np.lexsort((together["batch"], together["t"]))
    ordered = together[order]
    pauses = _cut(ordered)
    loads = sorted({field[:8] for field in plain})
    documents = np.array([loads.index(field[:8]) for field in plain], np.int64)
    headers = np.array([header for header, *_ in opened], events.HEADER)
    return Tape(ordered, headers, documents, pauses)


def views(tape_: Tape) -> list[View]:
    """The views in order, `VIEWS` at most. Of two pages that are open at once, the one that the visitor acts on."""
    if not len(tape_.events):
        return []
    return [_view(tape_, tape_.events[rows]) for rows in _runs(_numbered(tape_))[:VIEWS]]


def _events(
    number: int, header: np.void, hashes: NDArray[np.uint32], records: NDArray[np.void]
) -> NDArray[np.void]:
    made = np.zeros(len(records), EVENT)
    for name in ("x", "y", "fx", "fy"):
        made[name] = records[name]
    made["t"] = header["start"] + records["t"].astype(np.uint32)
    made["kind"], made["pointer"] = records["kind"] & 31, records["kind"] >> 5
    made["batch"] = number
    # Row 255 is no element, and so is the place behind the last.
    table = np.append(hashes, np.uint32(0))
    made["el"] = table[np.minimum(records["el"], len(hashes))]
    return made


def _cut(ordered: NDArray[np.void]) -> list[tuple[int, int]]:
    """Let time begin with the first event and cut long pauses, in place."""
    if not len(ordered):
        return []
    gaps = np.diff(ordered["t"].astype(np.int64), prepend=int(ordered["t"][0]))
    long = np.flatnonzero(gaps > LONG)
    lengths = gaps[long].tolist()
    gaps[long] = CUT
    ordered["t"] = np.cumsum(gaps)
    return list(zip(ordered["t"][long].tolist(), lengths, strict=True))


def _numbered(tape_: Tape) -> NDArray[np.int64]:
    """The view (0, 1, …) of each event: a new one where the page, its load or its window is another one."""
    rows, heads = tape_.events, tape_.headers[tape_.events["batch"]]
    load = tape_.documents[rows["batch"]]
    own = ~_PASSIVE[rows["kind"]]
    if not own.any():
        own[:] = True
    acting = np.flatnonzero(own)
    marks = np.stack([load, heads["page"], heads["width"], heads["height"]], 1).astype(np.int64)[acting]
    turned = np.any(np.diff(marks, axis=0, prepend=marks[:1]) != 0, axis=1)
    opened = rows["kind"][acting] == Kind.PAGE
    opened[0] = False
    number = np.full(len(rows), -1)
    number[acting] = np.cumsum(turned | opened)
    return _filled(number, load)


def _filled(number: NDArray[np.int64], load: NDArray[np.int64]) -> NDArray[np.int64]:
    """Events without a view (-1) go with the one before in their page load, else with the next, else with the first."""
    order = np.argsort(load, kind="stable")
    known, loads, rows = number[order], load[order], np.arange(len(number))
    before = np.maximum.accumulate(np.where(known >= 0, rows, 0))
    after = np.minimum.accumulate(np.where(known >= 0, rows, len(rows) - 1)[::-1])[::-1]
    found = np.full(len(number), number[number >= 0][0])
    for nearest in (after, before):
        fits = (known[nearest] >= 0) & (loads[nearest] == loads)
        found[fits] = known[nearest][fits]
    filled = np.empty_like(found)
    filled[order] = found
    return filled


def _runs(number: NDArray[np.int64]) -> list[NDArray[np.intp]]:
    """The rows of each view."""
    order = np.argsort(number, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(number[order])) + 1)


def _view(tape_: Tape, rows: NDArray[np.void]) -> View:
    heads = tape_.headers[np.unique(rows["batch"])]
    first = tape_.headers[rows["batch"][0]]
    return View(rows, first, (int(heads["doc_width"].max()), int(heads["doc_height"].max())))
