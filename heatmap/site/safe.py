"""Second factors as they are kept: under a key that is not where they are.

What codes are made from cannot be kept as a hash. So it is sealed with AES-256-GCM, for its user alone, under a key
that is derived (HKDF-SHA256) from the certificates' key in the keys file. That one is never replaced, and never in the
object store: who reads a copy of the store can make no codes. What was kept before is not sealed; it is, once it is
used.
"""

import base64
import secrets
from typing import Self

from aiohttp import web
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

#: Before what is sealed this way; the letters and digits of what is not have no colon.
_VERSION = "1:"
_NONCE_BYTES = 12


class Safe:
    """Seals what codes are made from, and opens it."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    @classmethod
    def under(cls, key: Ed25519PrivateKey) -> Self:
        """The safe of whoever has this key."""
        derived = HKDF(SHA256(), 32, salt=None, info=b"yesmap second factors")
        return cls(derived.derive(key.private_bytes_raw()))

    def seal(self, secret: str, user: str) -> str:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, secret.encode(), user.encode())
        return _VERSION + base64.b64encode(sealed).decode()

    def open(self, kept: str, user: str) -> str | None:
        """What was sealed for this user, or kept before anything was; None when it was sealed under another key."""
        if not self.is_sealed(kept):
            return kept
        sealed = base64.b64decode(kept.removeprefix(_VERSION))
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], user.encode()).decode()
        except (InvalidTag, ValueError):
            return None

    def is_sealed(self, kept: str) -> bool:
        return kept.startswith(_VERSION)


SAFE = web.AppKey("safe", Safe)
