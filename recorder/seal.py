"""The recording's key and what is locked with it. Pure.

One random key per recording; every visitor session has its own, derived with HKDF-SHA256 (RFC 5869). A batch is
sealed with AES-256-GCM under a random nonce, bound to its session and field, so that it opens nowhere else.
Destroying the one key turns every copy of every batch into noise.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterator, Mapping
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from recorder.errors import YesmapError

KEY_BYTES = 32
NONCE_BYTES = 12
#: What sealing adds to a batch: the nonce before it, the tag behind it.
OVERHEAD = NONCE_BYTES + 16


class CannotOpen(YesmapError):
    """Not sealed with this key, or not for this session and field."""

    code = "cannot_open"


def new_key() -> bytes:
    return secrets.token_bytes(KEY_BYTES)


def session_id(recording_key: bytes, audit: str) -> str:
    """The visitor session that belongs to an audit id: 22 characters. Without the key the link cannot be found."""
    digest = hmac.digest(recording_key, b"yesmap session " + audit.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()


def seal(recording_key: bytes, session: str, field: bytes, plain: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + _cipher(recording_key, session).encrypt(nonce, plain, session.encode() + field)


def unseal(recording_key: bytes, session: str, field: bytes, sealed: bytes) -> bytes:
    """What was sealed, or `CannotOpen`."""
    try:
        cipher = _cipher(recording_key, session)
        return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], session.encode() + field)
    except (InvalidTag, ValueError) as error:
        raise CannotOpen("This batch was sealed with another key, or for another session.") from error


def unseal_all(
    recording_key: bytes, session: str, batches: Mapping[bytes, bytes]
) -> Iterator[tuple[bytes, bytes]]:
    """Field and content of a session's batches, page view by page view in the order of time.

    Without those that were damaged in the event store: one of them does not keep the others from being used.
    """
    cipher, name = _cipher(recording_key, session), session.encode()
    for field, sealed in sorted(batches.items()):
        try:
            plain = cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], name + field)
        except (InvalidTag, ValueError):
            continue
        yield field, plain


@lru_cache(maxsize=4096)
def _cipher(recording_key: bytes, session: str) -> AESGCM:
    derived = HKDF(SHA256(), KEY_BYTES, salt=None, info=b"yesmap batch " + session.encode())
    return AESGCM(derived.derive(recording_key))


def forget_keys() -> None:
    """Let go of every derived key that this process remembers."""
    _cipher.cache_clear()
