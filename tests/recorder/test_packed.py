import gzip

import brotli
import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from recorder import limits, packed
from recorder.packed import pack

TEXT = b"the same again, " * 40


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("gzip, deflate, br, zstd", ["br", "gzip", "identity"]),
        ("GZIP", ["gzip", "identity"]),
        ("br;q=0, gzip;q=0.5", ["gzip", "identity"]),
        ("br;q=nonsense, gzip", ["gzip", "identity"]),
        ("*", ["br", "gzip", "identity"]),
        ("*;q=0.1, br; q=0", ["gzip", "identity"]),
        ("identity", ["identity"]),
        ("", ["identity"]),
    ],
)
def test_the_best_encoding_that_is_taken_comes_first(accepted: str, expected: list[str]) -> None:
    """Ours decide among those that the browser takes."""
    assert expected == packed.best(accepted)


@pytest.mark.parametrize("small", [True, False])
def test_every_encoding_holds_the_same_bytes(small: bool) -> None:
    """Unpacked, all are what went in."""
    made = pack(TEXT, "text/css", small=small)

    assert TEXT == made.bodies["identity"]
    assert TEXT == gzip.decompress(made.bodies["gzip"])
    assert TEXT == brotli.decompress(made.bodies["br"])
    assert len(made.bodies["br"]) < len(TEXT) / 8


def test_packing_again_gives_the_same_bytes() -> None:
    """No time stands in a packed body: two collectors serve the same."""
    once = pack(TEXT, "text/css", small=False)
    pack.cache_clear()

    assert once == pack(TEXT, "text/css", small=False)


@pytest.mark.parametrize(("data", "kind"), [(TEXT, "image/webp"), (b"x", "text/css")])
def test_what_would_not_get_smaller_stays_as_it_is(data: bytes, kind: str) -> None:
    """Pictures are packed already, and a single byte has nothing to save."""
    assert ["identity"] == list(pack(data, kind).bodies)


def test_a_body_is_packed_once() -> None:
    """Smallest costs time: the same bytes are not packed again while so many others are remembered."""
    pack.cache_clear()

    assert pack(TEXT, "text/css") is pack(TEXT, "text/css")
    assert limits.BODIES_PACKED == pack.cache_info().maxsize


def _asked(**headers: str) -> web.Request:
    return make_mocked_request("GET", "/", {name.replace("_", "-"): value for name, value in headers.items()})


def test_each_encoding_has_an_entity_tag_of_its_own() -> None:
    """A cache that holds the one does not take it for the other."""
    made = pack(TEXT, "text/css")
    answers = [made.answer(_asked(Accept_Encoding=e), packed.FOREVER) for e in ("br", "gzip", "identity")]

    assert 3 == len({answer.headers["ETag"] for answer in answers})
    assert {"Accept-Encoding"} == {answer.headers["Vary"] for answer in answers}
    again = made.answer(
        _asked(Accept_Encoding="br", If_None_Match=answers[0].headers["ETag"]), packed.FOREVER
    )
    other = made.answer(
        _asked(Accept_Encoding="gzip", If_None_Match=answers[0].headers["ETag"]), packed.FOREVER
    )
    assert (304, 200) == (again.status, other.status)
