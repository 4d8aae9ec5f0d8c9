import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from heatmap.end import certificate
from recorder.errors import Malformed
from tests.certificate import vectors

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
CONTENT: dict[str, Any] = {"version": 1, "recording": "abc", "reached": {"shredded": 5}, "site": "Café"}


def test_a_signed_certificate_gives_its_content_back() -> None:
    """Signing and verifying changes nothing."""
    assert CONTENT == certificate.verify(certificate.sign(CONTENT, KEY))


def test_the_order_in_which_it_is_written_does_not_matter() -> None:
    """The signature is over the canonical form, so another JSON writer does not break it."""
    document = json.loads(certificate.sign(CONTENT, KEY))
    document["content"] = dict(reversed(document["content"].items()))

    assert CONTENT == certificate.verify(json.dumps(document).encode())


def test_a_changed_certificate_is_not_genuine() -> None:
    """One changed number is found."""
    document = json.loads(certificate.sign(CONTENT, KEY))
    document["content"]["reached"]["shredded"] = 6

    with pytest.raises(certificate.NotGenuine):
        certificate.verify(json.dumps(document).encode())


def test_somebody_elses_signature_is_found_when_the_key_is_known() -> None:
    """Whoever knows the site's public key is not taken in by another."""
    forged = certificate.sign(CONTENT, Ed25519PrivateKey.generate())

    with pytest.raises(certificate.NotGenuine):
        certificate.verify(forged, KEY.public_key().public_bytes_raw())


@pytest.mark.parametrize(
    "document", [b"", b"[]", b"{}", b'{"public_key": "x", "signature": "", "content": {}}']
)
def test_what_is_no_certificate_is_named_so(document: bytes) -> None:
    """Anything else is refused with a sentence."""
    with pytest.raises(Malformed, match="not a certificate"):
        certificate.verify(document)


def test_a_certificate_of_a_later_version_is_refused() -> None:
    """What we cannot read we do not judge."""
    with pytest.raises(Malformed, match="version 2"):
        certificate.verify(certificate.sign(CONTENT | {"version": 2}, KEY))


def test_the_canonical_form_is_that_of_the_vectors() -> None:
    """JavaScript tests read the same file."""
    assert vectors.vectors() == json.loads(vectors.FILE.read_text("ascii"))


@pytest.mark.parametrize(
    "content", [{"a": 0.5}, {"é": 1}, {"a": [2**53]}, {"a": {"b": -(2**53)}}, {"a": b"x"}]
)
def test_what_others_might_write_otherwise_is_not_signed(content: dict[str, Any]) -> None:
    """No fractions, no numbers that JavaScript cannot hold, no keys that it would sort otherwise."""
    with pytest.raises(Malformed, match="A certificate h"):
        certificate.sign(content, KEY)
