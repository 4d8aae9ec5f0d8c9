"""Raw events out of the event store: sealed batches in, columns out, some visitor sessions at a time."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from heatmap.automated import automated
from heatmap.columns import BATCH, MARK, NO_ELEMENT, Columns, Mask
from heatmap.segments import MARKS_APART, Atom
from heatmap.visits import ATOM, visits
from recorder import events, seal
from recorder.eventlog import EventLog, Session
from recorder.recording import DEVICES, Device, Purpose

#: Sessions, and bytes of their batches, that are in memory at once while a recording is read: however many events
#: there are, reading takes the same memory, about ten times this.
SLICE, SLICE_BYTES = 256, 2 * 1024 * 1024

_ATOM = np.dtype([(name, "u1") for name in ATOM])

#: The field of a batch in its session: the page load, and the number of the batch in it.
_FIELD = np.dtype([("load", "<u8"), ("number", ">u4")])

#: A batch is named by its session and its field there.
Batch = tuple[str, bytes]


@dataclass(frozen=True)
class Slice:
    """All events of some visitor sessions."""

    columns: Columns
    batches: list[Batch]  #: (B,) where they came from, beside `columns.batches` …
    visit: NDArray[np.intp]  #: … what each is a part of: its row in `visits` …
    device: NDArray[np.uint8]  #: … and its row in `DEVICES`, or `ELSEWHERE`
    visits: NDArray[np.void]  #: `VISIT` rows: each session on each page
    sessions: int
    dropped: int  #: events that the collector dropped because they lay outside the document
    automated: int = 0  #: sessions that look automated, and so are not in here
    unreadable: int = 0  #: batches that were damaged in the event store

    def of(self, page: int, device: Device, atoms: Collection[Atom] | None = None) -> Columns:
        """The events of one page and device class, of these releases and variants."""
        visits = self.visits["page"] == page
        if atoms is not None:
            visits &= np.isin(_packed(self.visits), _packed(np.array([*atoms], _ATOM)))
        return self.columns.of_batches(visits[self.visit] & (self.device == DEVICES.index(device)))

    def visit_of(self, rows: Mask | NDArray[np.intp]) -> NDArray[np.void]:
        """The `VISIT` of each of these events."""
        found: NDArray[np.void] = self.visits[self.visit[self.columns.batch[rows]]]
        return found

    def cohorts(self) -> dict[tuple[int, Device], dict[str, frozenset[bytes]]]:
        """The sessions of every page and device class, each with its batches from there."""
        places = [(page, DEVICES[row]) for page, row in self.visits[["page", "device"]].tolist()]
        found: dict[tuple[int, Device], dict[str, set[bytes]]] = {}
        for (session, name), visit in zip(self.batches, self.visit.tolist(), strict=True):
            found.setdefault(places[visit], {}).setdefault(session, set()).add(name)
        return {
            place: {session: frozenset(names) for session, names in some.items()}
            for place, some in found.items()
        }

    def labels(self) -> dict[tuple[int, Device], dict[str, Atom]]:
        """What each session counts as on every page and device class."""
        places, atoms = self.visits[["page", "device"]].tolist(), self.visits[ATOM].tolist()
        found: dict[tuple[int, Device], dict[str, Atom]] = {}
        for (session, _), visit in zip(self.batches, self.visit.tolist(), strict=True):
            page, device = places[visit]
            found.setdefault((page, DEVICES[device]), {})[session] = atoms[visit]
        return found

    def count_as(self, page: int, device: Device, labels: Mapping[str, Atom]) -> None:
        """From now on let the sessions of a place count as this there, whatever they say of themselves."""
        here = (self.visits["page"] == page) & (self.visits["device"] == DEVICES.index(device))
        for (session, _), visit in zip(self.batches, self.visit.tolist(), strict=True):
            if here[visit] and session in labels:
                for name, value in zip(ATOM, labels[session], strict=True):
                    self.visits[name][visit] = value


async def slices(
    log: EventLog,
    key: bytes,
    recording: str,
    purpose: Purpose = "heatmap",
    only: Mapping[str, Collection[bytes]] | None = None,
    share: tuple[int, int] = (0, 1),
    alone: bool = False,
) -> AsyncIterator[Slice]:
    """The recording's events for this purpose, whole sessions at a time; `only` these sessions' batches if given.

    What counts are the purposes that a session has now, not those of its yes. In pictures only people are shown, see
    `automated`; who is in `only` has been found to be one by all events, not just by those batches.
    `share`: which of how many parts of the sessions, about equal; so several processes can read one recording. None
    of them uses a number of another's.
    `alone`: nothing else waits for this event loop, so no other thread is asked, to which the data would have to go.
    A session that is erased in the meantime is left out; its number is not used for another.
    """
    made = people if purpose == "heatmap" and only is None else unsealed
    which, count = share
    names = await log.sessions(recording, share)
    number = {name: n * count + which for n, name in enumerate(names)}
    mine = [name for name in names if only is None or name in only]
    async for some in sessions(log, recording, purpose, mine, only):
        numbers = [number[s.id] for s in some]
        yield made(some, numbers, key) if alone else await asyncio.to_thread(made, some, numbers, key)


async def sessions(
    log: EventLog,
    recording: str,
    purpose: Purpose,
    names: Sequence[str],
    only: Mapping[str, Collection[bytes]] | None = None,
) -> AsyncIterator[list[Session]]:
    """These sessions as far as they are for this purpose now, still sealed, some at a time."""
    some: list[Session] = []
    size = 0
    async for session in log.read(recording, names):
        if purpose in session.purposes:
            some.append(session if only is None else _part(session, only[session.id]))
            size += sum(map(len, some[-1].batches.values()))
        if len(some) >= SLICE or size >= SLICE_BYTES:
            yield some
            some, size = [], 0
    if some:
        yield some


def _part(session: Session, fields: Collection[bytes]) -> Session:
    return replace(session, batches={f: sealed for f, sealed in session.batches.items() if f in fields})


def people(sessions: Sequence[Session], numbers: Sequence[int], key: bytes) -> Slice:
    """As `unsealed`, without the sessions that look automated."""
    part = unsealed(sessions, numbers, key)
    marked = set(automated(part.columns).tolist())
    if not marked:
        return part
    unreadable = part.unreadable
    left = [(s, number) for s, number in zip(sessions, numbers, strict=True) if number not in marked]
    part = unsealed([s for s, _ in left], [number for _, number in left], key)
    return replace(part, automated=len(marked), unreadable=unreadable)


def unsealed(sessions: Sequence[Session], numbers: Sequence[int], key: bytes) -> Slice:
    """Open every batch of these sessions and lay their events side by side.

    One that was damaged does not keep the others from being drawn; that a key opens nothing at all is found at the end.
    """
    opened = [dict(seal.unseal_all(key, session.id, session.batches)) for session in sessions]
    owner = np.array(numbers, np.uint32).repeat([*map(len, opened)])
    plain = [plain for each in opened for plain in each.values()]
    batches = [(s.id, field) for s, each in zip(sessions, opened, strict=True) for field in each]
    headers = _headers(plain)
    order = _by_time(owner, batches, headers["start"])
    owner, headers = owner[order], headers[order]
    batches, plain = [batches[row] for row in order.tolist()], [plain[row] for row in order.tolist()]
    found = visits(owner, headers)
    columns = _columns(plain, owner, headers)
    found.rows["marks"] = _marks(columns, found.rows["session"])
    found.rows["yes"] = _of_session(found.rows["session"], numbers, [session.yes for session in sessions])
    return Slice(
        columns=columns,
        batches=batches,
        visit=found.of,
        device=found.device,
        visits=found.rows,
        sessions=len(sessions),
        dropped=sum(session.dropped for session in sessions),
        unreadable=sum(len(session.batches) for session in sessions) - len(batches),
    )


def _by_time(
    owner: NDArray[np.uint32], batches: Sequence[Batch], start: NDArray[np.uint32]
) -> NDArray[np.intp]:
    """The order in which the page loads of each session follow each other; batches of one stand together already."""
    load = np.frombuffer(b"".join([field for _, field in batches]), _FIELD)["load"]
    heads = np.flatnonzero(np.diff(owner, prepend=~owner[:1]) | np.diff(load, prepend=~load[:1]))
    began = start[heads].repeat(np.diff(heads, append=len(batches)))
    order: NDArray[np.intp] = np.lexsort((began, owner))
    return order


def _marks(columns: Columns, sessions: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """Which of the first marks each of these sessions has reached, wherever: a bit for each."""
    at = columns.is_kind(MARK) & (columns.x < MARKS_APART)
    if not at.any():
        return np.zeros(len(sessions), np.uint8)
    found = np.zeros(int(sessions.max()) + 1, np.uint8)
    np.bitwise_or.at(found, columns.of_batch("session", at), (1 << columns.x[at]).astype(np.uint8))
    return found[sessions]


def _of_session(
    sessions: NDArray[np.uint32], numbers: Sequence[int], values: Sequence[int]
) -> NDArray[np.int64]:
    """For each of these sessions its value; `numbers` are those of the values."""
    order = np.argsort(np.array(numbers, np.int64))
    at = np.searchsorted(np.array(numbers, np.int64)[order], sessions)
    return np.array(values, np.int64)[order[at]]


def _packed(atoms: NDArray[np.void]) -> NDArray[np.uint32]:
    """Atoms as numbers."""
    packed = np.zeros(len(atoms), np.uint32)
    for name in ATOM:
        packed = packed << 8 | atoms[name]
    return packed


def _headers(plain: Sequence[bytes]) -> NDArray[np.void]:
    headers = np.frombuffer(b"".join(p[: events.HEADER.itemsize] for p in plain), events.HEADER)
    for version in np.unique(headers["version"]):
        if version != events.VERSION:
            raise events.unknown_version(int(version))
    return headers


def _columns(plain: Sequence[bytes], owner: NDArray[np.uint32], headers: NDArray[np.void]) -> Columns:
    """The events of these batches, each of the session `owner`, side by side."""
    batches = np.empty(len(plain), BATCH)
    batches["session"], batches["view_height"] = owner, headers["height"]
    batches["doc_width"], batches["doc_height"] = headers["doc_width"], headers["doc_height"]
    elements = headers["elements"].astype(np.intp)
    start = events.HEADER.itemsize
    ends = (start + 4 * elements).tolist()
    hashes = np.frombuffer(b"".join([p[start:end] for p, end in zip(plain, ends, strict=True)]), "<u4")
    records = np.frombuffer(b"".join([p[end:] for p, end in zip(plain, ends, strict=True)]), events.RECORD)
    lengths = (np.array([*map(len, plain)], np.intp) - start - 4 * elements) // events.RECORD_BYTES
    return Columns(
        batches,
        np.arange(len(plain)).repeat(lengths),
        t=headers["start"].repeat(lengths) + records["t"],
        kind=np.ascontiguousarray(records["kind"]),
        el=_elements(
            np.ascontiguousarray(records["el"]), hashes, (np.cumsum(elements) - elements).repeat(lengths)
        ),
        **{name: np.ascontiguousarray(records[name]) for name in ("x", "y", "fx", "fy")},
    )


def _elements(
    rows: NDArray[np.uint8], hashes: NDArray[np.uint32], offset: NDArray[np.intp]
) -> NDArray[np.uint32]:
    """The hash of each event's element, or `NO_ELEMENT`; its row counts from `offset`, which is overwritten."""
    offset += rows
    found = np.append(hashes, np.uint32(NO_ELEMENT)).take(offset, mode="clip")
    found[rows == events.NO_ELEMENT] = NO_ELEMENT
    return found
