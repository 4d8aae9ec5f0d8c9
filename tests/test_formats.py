"""What a former release wrote is read, and what a later one wrote is refused with a sentence that says what to do."""

import json
from pathlib import Path

import msgpack
import pytest

from heatmap.end import certificate
from recorder import consent, events
from recorder.errors import Malformed
from recorder.recording import Recording
from tests.certificate.vectors import KEY
from tests.recorder.sample import batch

#: Written by the first release. A release that changes a format adds a folder, and reads this one.
FORMER = Path(__file__).parent / "fixtures" / "v1"


def test_a_recording_is_read() -> None:
    """With everything that was told to visitors."""
    found = Recording.from_json((FORMER / "recording.json").read_bytes())

    assert ("0123456789ab", ["https://shop.example"], "b2214a9be652") == (found.id, found.origins, found.nv)
    assert ["Home", "Basket"] == [page.name for page in found.pages]


def test_a_consent_record_is_read() -> None:
    """What was said yes to, and until when."""
    record = consent.read((FORMER / "consent.json").read_bytes())

    assert ("given", ["heatmap"], 1795000001000) == (record["state"], record["purposes"], record["time"])


def test_a_stored_batch_is_read() -> None:
    """Header, elements and records, to the byte."""
    header, elements, records = events.unpack((FORMER / "batch.bin").read_bytes())

    assert (1, 1, 0) == (header["version"], header["release"], header["variant"])
    assert [7, 9] == elements.tolist()
    assert batch().records.tobytes() == records.tobytes()


def test_a_batch_from_a_browser_is_read() -> None:
    """Pages that were opened before an upgrade go on sending."""
    _, sent = events.decode((FORMER / "wire.bin").read_bytes())

    assert ("1.4.2", "b", 0, 1234) == (sent.release, sent.variant, sent.page, sent.start_ms)
    assert [0x9E3779B9, 1] == sent.elements.tolist()
    assert [*range(17)] == (sent.records["kind"] & 31).tolist()


def test_a_certificate_is_read() -> None:
    """It is as genuine as it was."""
    content = certificate.verify((FORMER / "certificate.json").read_bytes())

    assert ("Demo shop", 345, False) == (
        content["site"],
        content["counts"]["sessions"],
        content["checks"]["canary_opens"],
    )


def test_a_later_recording_is_refused() -> None:
    """Whoever goes back to a former release learns that it is too old."""
    later = json.loads((FORMER / "recording.json").read_bytes()) | {"version": 2, "more": True}

    with pytest.raises(Malformed, match=r"has version 2; this release reads version 1: use a newer one\."):
        Recording.from_json(json.dumps(later).encode())


def test_a_later_consent_record_is_refused() -> None:
    """It is not read as something that it may not be."""
    later = json.loads((FORMER / "consent.json").read_bytes()) | {"schema": 2}

    with pytest.raises(Malformed, match=r"has schema 2; this release reads schema 1: use a newer one\."):
        consent.read(json.dumps(later).encode())


def test_a_later_stored_batch_is_refused() -> None:
    """Whatever else it holds."""
    with pytest.raises(Malformed, match=r"has version 2; this release reads version 1: use a newer one\."):
        events.unpack(b"\2" + (FORMER / "batch.bin").read_bytes()[1:])


def test_a_later_batch_from_a_browser_is_refused() -> None:
    """By its version, not by what is new in it."""
    former = msgpack.unpackb((FORMER / "wire.bin").read_bytes())

    with pytest.raises(Malformed, match=r"reads version 1 of the wire format only\."):
        events.decode(msgpack.packb(former | {"v": 2, "new": True}))


def test_a_later_certificate_is_refused() -> None:
    """Genuine, but what it says is not known."""
    former = json.loads((FORMER / "certificate.json").read_bytes())["content"]

    with pytest.raises(Malformed, match=r"has version 2; this release reads version 1: use a newer one\."):
        certificate.verify(certificate.sign(former | {"version": 2}, KEY))
