import ctypes
import mmap
from pathlib import Path

from tests.prove import memory
from tests.prove.memory import PAGE


def test_of_a_mapping_what_was_written_is_read_and_nothing_else() -> None:
    """From the first page to the last one; of what was never touched nothing."""
    with mmap.mmap(-1, 64 * PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as mapped:
        first = ctypes.c_char.from_buffer(mapped)
        start = ctypes.addressof(first)
        with Path("/proc/self/pagemap").open("rb", buffering=0) as pages:
            before = memory._used(pages, start, start + len(mapped))
            mapped[7 * PAGE] = mapped[20 * PAGE + 5] = 1
            after = memory._used(pages, start, start + len(mapped))
        del first

    assert (start, start) == before
    assert (start + 7 * PAGE, start + 21 * PAGE) == after
