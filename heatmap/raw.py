"""Raw events out of the event store: sealed batches in, columns out, some visitor sessions at a time."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from heatmap.automated import automated
from heatmap.columns import NO_ELEMENT, Columns
from recorder import events, seal
from recorder.eventlog import EventLog, Session
from recorder.recording import DEVICES, Device, Purpose, device_class

#: Sessions that are in memory at once while a recording is read.
SLICE = 256

_DEVICE_OF_WIDTH = np.array([DEVICES.index(device_class(width)) for width in range(1026)], np.uint8)


@dataclass(frozen=True)
class Slice:
    """All events of some visitor sessions. The arrays stand beside the rows of `columns`, shape (N,)."""

    columns: Columns
    page: NDArray[np.uint16]
    device: NDArray[np.uint8]  #: row in `DEVICES`
    release: NDArray[np.uint8]  #: row in the recording's releases, from 1; 0 when none was given
    variant: NDArray[np.uint8]
    sessions: int
    batches: int
    dropped: int  #: events that the collector dropped because they lay outside the document
    automated: int = 0  #: sessions that look automated, and so are not in here

    def of(self, page: int, device: Device) -> Columns:
        """The events of one page and device class."""
        return self.columns.where((self.page == page) & (self.device == DEVICES.index(device)))


async def slices(
    log: EventLog, key: bytes, recording: str, purpose: Purpose = "heatmap"
) -> AsyncIterator[Slice]:
    """The recording's events for this purpose, `SLICE` sessions at a time.

    What counts are the purposes that a session has now, not those of its yes. A session that is erased in the
    meantime is left out; its number is not used for another. In pictures only people are shown, see `automated`.
    """
    made = people if purpose == "heatmap" else unsealed
    names = await log.sessions(recording)
    number = {name: n for n, name in enumerate(names)}
    some: list[Session] = []
    async for session in log.read(recording, names):
        if purpose in session.purposes:
            some.append(session)
        if len(some) == SLICE:
            yield made(some, [number[s.id] for s in some], key)
            some = []
    if some:
        yield made(some, [number[s.id] for s in some], key)


def people(sessions: Sequence[Session], numbers: Sequence[int], key: bytes) -> Slice:
    """As `unsealed`, without the sessions that look automated."""
    part = unsealed(sessions, numbers, key)
    marked = set(automated(part.columns).tolist())
    if not marked:
        return part
    left = [(s, number) for s, number in zip(sessions, numbers, strict=True) if number not in marked]
    part = unsealed([s for s, _ in left], [number for _, number in left], key)
    return replace(part, automated=len(marked))


def unsealed(sessions: Sequence[Session], numbers: Sequence[int], key: bytes) -> Slice:
    """Open every batch of these sessions and lay their events side by side."""
    owner: list[int] = []
    plain: list[bytes] = []
    for session, number in zip(sessions, numbers, strict=True):
        for field, sealed in sorted(session.batches.items()):  # page view by page view, in the order of time
            plain.append(seal.unseal(key, session.id, field, sealed))
            owner.append(number)
    headers = _headers(plain)
    tables = headers["elements"].astype(np.intp)
    sizes = np.array([len(p) for p in plain], np.intp)
    lengths = (sizes - events.HEADER.itemsize - 4 * tables) // events.RECORD.itemsize
    records, hashes = _blocks(plain, tables)

    def spread(values: NDArray[np.generic]) -> NDArray[np.generic]:
        return np.repeat(values, lengths)

    columns = Columns.of(
        session=spread(np.array(owner, np.uint32)),
        t=spread(headers["start"]) + records["t"],
        kind=records["kind"],
        el=_elements(records["el"], hashes, spread(np.cumsum(tables) - tables)),
        x=records["x"],
        y=records["y"],
        fx=records["fx"],
        fy=records["fy"],
        view_width=spread(headers["width"]),
        view_height=spread(headers["height"]),
        doc_width=spread(headers["doc_width"]),
        doc_height=spread(headers["doc_height"]),
    )
    return Slice(
        columns=columns,
        page=np.repeat(headers["page"], lengths),
        device=_DEVICE_OF_WIDTH[np.minimum(columns.view_width, len(_DEVICE_OF_WIDTH) - 1)],
        release=np.repeat(headers["release"], lengths),
        variant=np.repeat(headers["variant"], lengths),
        sessions=len(sessions),
        batches=len(plain),
        dropped=sum(session.dropped for session in sessions),
    )


def _headers(plain: Sequence[bytes]) -> NDArray[np.void]:
    headers = np.frombuffer(b"".join(p[: events.HEADER.itemsize] for p in plain), events.HEADER)
    for version in np.unique(headers["version"]):
        if version != events.VERSION:
            raise events.unknown_version(int(version))
    return headers


def _blocks(plain: Sequence[bytes], tables: NDArray[np.intp]) -> tuple[NDArray[np.void], NDArray[np.uint32]]:
    start = events.HEADER.itemsize
    ends = (start + 4 * tables).tolist()
    hashes = b"".join(p[start:end] for p, end in zip(plain, ends, strict=True))
    records = b"".join(p[end:] for p, end in zip(plain, ends, strict=True))
    return np.frombuffer(records, events.RECORD), np.frombuffer(hashes, "<u4")


def _elements(
    rows: NDArray[np.uint8], hashes: NDArray[np.uint32], offset: NDArray[np.generic]
) -> NDArray[np.uint32]:
    """The hash of each event's element, or `NO_ELEMENT`."""
    found = np.full(len(rows), NO_ELEMENT, np.uint32)
    named = rows != events.NO_ELEMENT
    found[named] = hashes[offset[named].astype(np.intp) + rows[named]]
    return found
