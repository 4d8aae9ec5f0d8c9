import contextlib
import json
from pathlib import Path
from typing import Any

import msgpack
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder import events, limits
from recorder.errors import Malformed, TooLarge
from recorder.events import RECORD, Batch, Kind, Pointer
from tests.recorder.sample import batch, records

VECTORS = Path(__file__).parent.parent / "wire" / "vectors.json"


def fields(**changes: Any) -> dict[str, Any]:
    """The map of a good body, with changes; a value of None leaves the key out."""
    good = msgpack.unpackb(events.encode("token", batch()))
    return {name: value for name, value in (good | changes).items() if value is not None}


def refused(**changes: Any) -> str:
    """The sentence with which a body with these changes is refused."""
    with pytest.raises(Malformed) as caught:
        events.decode(msgpack.packb(fields(**changes)))
    return caught.value.message


@pytest.mark.parametrize("vector", json.loads(VECTORS.read_text()), ids=lambda v: v["name"])
def test_python_reads_and_writes_the_wire_vectors(vector: dict[str, Any]) -> None:
    """Both languages agree on every byte."""
    body = bytes.fromhex(vector["bytes"])

    token, read = events.decode(body)

    assert body == events.encode(token, read)


def test_a_decoded_batch_is_what_was_encoded() -> None:
    """Nothing changes on the way."""
    made = batch(
        {"kind": Kind.MOVE | Pointer.TOUCH << 5, "el": 1, "x": 5, "y": 6, "fx": 1, "fy": 2}, release="1.0"
    )

    token, read = events.decode(events.encode("token", made))

    assert "token" == token
    assert made.records.tobytes() == read.records.tobytes()
    assert (made.release, made.field, made.viewport) == (read.release, read.field, read.viewport)


def test_what_is_kept_opens_again_without_a_copy() -> None:
    """`unpack` gives what `pack` was given."""
    made = batch({"kind": Kind.SCROLL, "y": 400}, {"kind": Kind.CLICK, "el": 1, "x": 3, "y": 4})

    header, elements, kept = events.unpack(events.pack(made, 2, 1))

    assert (0, 2, 1, 1280, 3000, 1000) == tuple(
        header[name].item() for name in ("page", "release", "variant", "width", "doc_height", "start")
    )
    assert [7, 9] == elements.tolist()
    assert made.records.tobytes() == kept.tobytes()


@pytest.mark.parametrize("missing", sorted("vkdnpiwgzseb"))
def test_a_batch_without_a_required_key_is_refused(missing: str) -> None:
    """The refusal names the key."""
    assert f"lacks {missing}" in refused(**{missing: None})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"v": 2}, "version 1"),
        ({"v": True}, "version 1"),
        ({"k": 5}, "token"),
        ({"q": 1}, "does not know"),
        ({"d": b"short"}, "8 bytes"),
        ({"d": "textual!"}, "binary"),
        ({"n": -1}, "from 0"),
        ({"n": 2**32}, "from 0"),
        ({"p": 1.0}, "whole number"),
        ({"p": True}, "whole number"),
        ({"i": 2**16}, "from 0"),
        ({"r": ""}, "1 to 40"),
        ({"r": "x" * 41}, "1 to 40"),
        ({"a": 3}, "1 to 40"),
        ({"w": [0, 5]}, "two whole numbers"),
        ({"w": [5]}, "two whole numbers"),
        ({"g": [5, -1]}, "two whole numbers"),
        ({"z": [100, "x"]}, "two whole numbers"),
        ({"s": 2**32}, "from 0"),
        ({"e": b"123"}, "4 bytes"),
        ({"e": bytes(4 * 256)}, "4 bytes"),
        ({"b": b""}, "multiple of 12"),
        ({"b": bytes(13)}, "multiple of 12"),
        ({"b": records({"kind": 17}).tobytes()}, "kind"),
        ({"b": records({"kind": 4 << 5}).tobytes()}, "kind"),
        ({"b": records({"el": 2}).tobytes()}, "outside the table"),
        ({"b": records({"t": limits.BATCH_MS}).tobytes()}, "less than a minute"),
        ({"b": bytes(12 * (limits.EVENTS_BURST + 1)), "e": bytes(4)}, "more than a person"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_with_a_reason(changes: dict[str, Any], said: str) -> None:
    """Each rule of the format has its own sentence."""
    assert said in refused(**changes)


@pytest.mark.parametrize("times", [[100, 9000], [9000, 100], [9000], [100, 9000, 8999]])
def test_a_batch_lasts_until_its_latest_record_wherever_that_stands(times: list[int]) -> None:
    """Rounded up to 256 ms: whoever sends them out of order has no more minutes than others."""
    made = batch(*({"kind": Kind.CLICK, "t": t} for t in times))

    assert 9216 == made.lasts_ms


def test_a_position_outside_the_document_is_dropped_and_counted() -> None:
    """Out of range is dropped, never clamped; numbers that are no positions are left alone."""
    outside = {"kind": Kind.CLICK, "x": 1281, "y": 5}
    inside = {"kind": Kind.CLICK, "x": 1280, "y": 3000}
    error = {"kind": Kind.ERROR, "x": 9999, "y": 9999}

    _, read = events.decode(events.encode("token", batch(outside, inside, error)))

    assert [1280, 9999] == read.records["x"].tolist()
    assert 1 == read.dropped


def test_a_body_over_the_cap_is_too_large() -> None:
    """One byte more than the cap is refused before it is read."""
    with pytest.raises(TooLarge):
        events.decode(bytes(limits.BODY_BYTES + 1))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xc1",
        b"\xdd\xff\xff\xff\xff",
        b"\xdf\xff\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff",
        b"\x91" * 16000,
        b"\x80\x00",
    ],
)
def test_hostile_msgpack_is_refused(body: bytes) -> None:
    """Headers that announce more than there is, and nesting without end, allocate nothing."""
    with pytest.raises(Malformed):
        events.decode(body)


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    """No input raises anything but a refusal."""
    with contextlib.suppress(Malformed, TooLarge):
        events.decode(body)


@given(st.binary(min_size=12, max_size=12 * 60).filter(lambda b: len(b) % 12 == 0))
def test_every_kept_record_obeys_the_format(block: bytes) -> None:
    """Whatever is taken has known kinds, rows inside the table and positions inside the document."""
    try:
        _, read = events.decode(msgpack.packb(fields(b=block)))
    except Malformed:
        return
    _check(read)


def _check(read: Batch) -> None:
    kept = read.records
    positioned = events.POSITIONED[kept["kind"] & 31]
    assert np.all((kept["kind"] & 31) <= max(Kind))
    assert np.all((kept["el"] < len(read.elements)) | (kept["el"] == events.NO_ELEMENT))
    assert np.all(kept["x"][positioned] <= read.size[0])
    assert np.all(kept["y"][positioned] <= read.size[1])


def test_a_record_has_twelve_bytes_and_the_header_is_aligned() -> None:
    """The formats that others rely on do not drift."""
    assert 12 == RECORD.itemsize
    assert 28 == events.HEADER.itemsize
