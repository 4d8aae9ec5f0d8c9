"""What a process frees is written over, as a process of its own shows."""

import os
import subprocess
import sys

import pytest
from yarl import URL

from recorder import overwriting

pytestmark = pytest.mark.skipif(not overwriting._known(), reason="only glibc can write over what is freed")

#: Frees something short, something of a page and something long; says which of them are still in its memory.
_PROGRAM = """
import re, sys
{begin}
def once(length):
    return (b"\\0".join([b"needle", b"%d" % length]) + b"\\0") * (length // 10)
def give_back():
    for length in (20, 400, 5_000, 100_000):
        for made in [[once(length) for _ in range(50)]]:
            made.append(str(made[0]))
give_back()
needle = b"\\0".join([b"needle", b"%d"])
found = set()
with open("/proc/self/mem", "rb", buffering=0) as memory:
    for line in open("/proc/self/maps"):
        where, rights, *_ = line.split()
        if rights.startswith("rw") and ("[" not in line or "[heap]" in line):
            start, end = (int(part, 16) for part in where.split("-"))
            memory.seek(start)
            try:
                piece = memory.read(end - start)
            except OSError:
                continue
            for length in (20, 400, 5_000, 100_000):
                if needle % length + b"\\0" in piece:
                    found.add(length)
print(sorted(found))
"""


def said(begin: str, **environment: str) -> str:
    names = ("PYTHONMALLOC", "GLIBC_TUNABLES")
    env = {name: value for name, value in os.environ.items() if name not in names} | environment
    program = [sys.executable, "-c", _PROGRAM.format(begin=begin)]
    return subprocess.run(program, env=env, capture_output=True, text=True, check=True).stdout.strip()


def test_nothing_is_left_in_memory_of_what_was_freed() -> None:
    """Short or long; without this it can be read there."""
    assert "[]" == said("from recorder import overwriting; overwriting.begin()")
    assert "[]" != said("")


def test_an_operator_who_chose_otherwise_has_chosen() -> None:
    """One of the names in the environment, and the program is not begun again."""
    assert "[]" != said("from recorder import overwriting; overwriting.begin()", PYTHONMALLOC="pymalloc")


def test_what_libraries_remember_of_requests_is_let_go() -> None:
    """An address that was asked for is in no cache afterwards."""
    URL.build(path="/v1/x", query_string="query=1", encoded=True)
    assert remembered()

    overwriting.let_go()

    assert not remembered()


def remembered() -> int:
    from yarl import _url

    return int(_url.build_pre_encoded_url.cache_info().currsize)
