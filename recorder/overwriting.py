"""What a process of ours gives back in its memory is written over at once.

Python frees what it does not need any more, and neither overwrites it nor gives all of it back to the system: what
visitors sent, and keys that are destroyed, could be read in the memory of a running process long after their end. The C
library can write over all that is freed (glibc's malloc, `perturb`; see mallopt(3)), once Python takes all its memory
from there and not from arenas of its own, and the cache of each thread, which leaves it out, is off. As nothing is left
in what was freed, the library may keep 64 MB of it for what comes next: to give it back to the system and ask for it
again takes a tenth of the time in which events become a picture.
"""

import functools
import gc
import os
import platform
import sys

#: The C library reads this once, before the program begins.
NEEDED = {
    "PYTHONMALLOC": "malloc",
    "GLIBC_TUNABLES": "glibc.malloc.tcache_count=0:glibc.malloc.perturb=165"
    ":glibc.malloc.mmap_threshold=16777216:glibc.malloc.trim_threshold=67108864",
}
#: What takes addresses apart, and remembers the latest.
_LIBRARIES = {"aiobotocore", "aiohttp", "botocore", "urllib", "yarl"}


def begin() -> None:
    """Begin this program again with its memory overwritten, where the C library can do that; its process stays.

    An operator who has chosen otherwise, by one of the two names in the environment, has chosen.
    """
    if _known() and not any(name in os.environ for name in NEEDED):
        os.execve(sys.executable, sys.orig_argv, {**os.environ, **NEEDED})  # noqa: S606 - this very program


def let_go() -> None:
    """Free what libraries remember of requests, and what only waits for the collector of cycles: closed connections."""
    forget()
    gc.collect()


def forget() -> None:
    """Libraries remember nothing of requests any more."""
    modules = [m for name, m in sys.modules.items() if name.partition(".")[0] in _LIBRARIES]
    for each in [value for module in modules for value in vars(module).values()]:
        if isinstance(each, functools._lru_cache_wrapper):
            each.cache_clear()


def _known() -> bool:
    return platform.libc_ver()[0] == "glibc"
