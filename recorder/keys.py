"""The signing keys: HMAC keys for tokens, one Ed25519 key for certificates. A JSON file that only its owner reads."""

import base64
import contextlib
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from recorder import limits
from recorder.errors import Unusable


@dataclass(frozen=True)
class KeyRing:
    """`tokens` maps key ids to keys; the last one signs, all verify."""

    tokens: dict[str, bytes]
    certificate: Ed25519PrivateKey

    @classmethod
    def read(cls, path: Path) -> Self:
        """The ring in this file, or `Unusable` with what is wrong."""
        try:
            raw = json.loads(path.read_bytes())
            tokens = {str(kid): _decode(key) for kid, key in raw["tokens"].items()}
            certificate = Ed25519PrivateKey.from_private_bytes(_decode(raw["certificate"]))
        except OSError as error:
            raise Unusable(f"The keys file {path} cannot be read: {error.strerror}.") from error
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            raise Unusable(f"The keys file {path} is damaged: restore it from a backup.") from error
        if not tokens or min(map(len, tokens.values())) < limits.SIGNING_KEY_BYTES:
            raise Unusable(f"The keys file {path} holds a key of less than {limits.SIGNING_KEY_BYTES} bytes.")
        return cls(tokens, certificate)

    @classmethod
    def read_or_make(cls, path: Path) -> Self:
        """The ring in this file; on the first start a new one, file mode 0600."""
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            cls(_new_token_key(), Ed25519PrivateKey.generate()).create(path)
        return cls.read(path)

    def create(self, path: Path) -> None:
        """Write the file, unless the other face did in this very moment: then its keys are the keys."""
        content = {
            "tokens": {kid: _encode(key) for kid, key in self.tokens.items()},
            "certificate": _encode(self.certificate.private_bytes_raw()),
        }
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            json.dump(content, file)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()


def _new_token_key() -> dict[str, bytes]:
    return {secrets.token_hex(2): secrets.token_bytes(limits.SIGNING_KEY_BYTES)}


def _encode(key: bytes) -> str:
    return base64.b64encode(key).decode()


def _decode(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
