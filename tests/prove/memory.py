"""What a process has in memory: every page that it may read, as it is now."""

import contextlib
import resource
from collections.abc import Iterator
from io import RawIOBase
from pathlib import Path

import numpy as np

#: Read at once, so that no process needs as much memory as the one that it looks at.
PIECE = 1 << 24
#: So that what lies across two pieces is found as well.
OVERLAP = 4096
PAGE = resource.getpagesize()
#: Of a page, in `/proc/PID/pagemap`.
_ENTRY = np.dtype("<u8")


def pieces(pid: int) -> Iterator[bytes]:
    """Its memory, without what is only a file of the system's: those pages are the same for everybody."""
    with (
        Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory,
        Path(f"/proc/{pid}/pagemap").open("rb", buffering=0) as pages,
    ):
        for start, end in _mappings(pid):
            for first in range(start, end, PIECE):
                piece = _read(memory, *_used(pages, first, min(first + PIECE + OVERLAP, end)))
                if piece.strip(b"\0"):
                    yield piece


def children(pid: int) -> Iterator[int]:
    """What it has started and what that has, while they live."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                yield child
                yield from children(child)


def _used(pages: RawIOBase, start: int, end: int) -> tuple[int, int]:
    """From the first page to the last one that there is: of a stack of megabytes a program uses a few, of hundreds."""
    pages.seek(start // PAGE * _ENTRY.itemsize)
    entries = np.frombuffer(pages.read((end - start) // PAGE * _ENTRY.itemsize) or b"", _ENTRY)
    there = np.flatnonzero(entries >> np.uint64(62))  # in memory, or swapped
    return (start + int(there[0]) * PAGE, start + int(there[-1] + 1) * PAGE) if len(there) else (start, start)


def _read(memory: object, start: int, end: int) -> bytes:
    try:
        memory.seek(start)  # type: ignore[attr-defined]
        data: bytes = memory.read(end - start)  # type: ignore[attr-defined]
    except (OSError, ValueError, OverflowError):  # gone in the meantime, or the kernel's own
        return b""
    return data


def _mappings(pid: int) -> Iterator[tuple[int, int]]:
    for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
        where, rights, *_ = line.split()
        if rights.startswith("rw"):
            start, end = where.split("-")
            yield int(start, 16), int(end, 16)
