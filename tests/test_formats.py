"""What a former release wrote is read, and what a later one wrote is refused with a sentence that says what to do."""

import json
from pathlib import Path

import pytest

from recorder import consent, events
from recorder.errors import Malformed
from recorder.recording import Recording
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


def test_a_later_batch_is_refused() -> None:
    """On the wire and in the event store."""
    with pytest.raises(Malformed, match="version 2"):
        events.unpack(b"\2" + (FORMER / "batch.bin").read_bytes()[1:])
