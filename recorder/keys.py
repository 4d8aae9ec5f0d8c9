"""The signing keys: HMAC keys for tokens, one Ed25519 key for certificates. A JSON file that only its owner reads."""

import asyncio
import base64
import contextlib
import json
import logging
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from recorder import limits
from recorder.errors import Unusable

log = logging.getLogger("yesmap.recorder")


@dataclass(frozen=True)
class KeyRing:
    """`tokens` maps key ids to keys, the oldest first: all verify, the newest whose time in `since` has come signs.

    A new key first only verifies, so that every collector knows it before the first token that it signed comes along.
    """

    tokens: dict[str, bytes]
    certificate: Ed25519PrivateKey
    since: dict[str, int] = field(
        default_factory=dict
    )  #: when a key begins to sign, ms; 0 where it is not there

    @property
    def signer(self) -> str:
        """The public key of certificates, in base 64."""
        return _encode(self.certificate.public_key().public_bytes_raw())

    @classmethod
    def read(cls, path: Path) -> Self:
        """The ring in this file, or `Unusable` with what is wrong."""
        try:
            raw = json.loads(path.read_bytes())
            tokens = {str(kid): _decode(key) for kid, key in raw["tokens"].items()}
            certificate = Ed25519PrivateKey.from_private_bytes(_decode(raw["certificate"]))
            since = {str(kid): int(at) for kid, at in raw.get("since", {}).items()}
        except OSError as error:
            raise Unusable(f"The keys file {path} cannot be read: {error.strerror}.") from error
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            raise Unusable(f"The keys file {path} is damaged: restore it from a backup.") from error
        if not tokens or min(map(len, tokens.values())) < limits.SIGNING_KEY_BYTES:
            raise Unusable(f"The keys file {path} holds a key of less than {limits.SIGNING_KEY_BYTES} bytes.")
        return cls(tokens, certificate, since)

    @classmethod
    def read_or_make(cls, path: Path) -> Self:
        """The ring in this file; on the first start a new one, file mode 0600."""
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            cls(_new_token_key(), Ed25519PrivateKey.generate()).create(path)
        return cls.read(path)

    def create(self, path: Path) -> None:
        """Write the file, unless the other face did in this very moment: then its keys are the keys."""
        draft = self._draft(path)
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()

    def replace(self, path: Path) -> None:
        """Write the file in place of the one that is there, as a whole."""
        self._draft(path).replace(path)

    def rotated(self, now_ms: int) -> "KeyRing":
        """A ring with a new key that signs from a minute on, without the keys that nobody's token needs any more.

        A retired key is needed until the recordings that were open when it stopped signing have ended and their raw
        events are gone: till then visitors renew their tokens, look and erase with them.
        """
        new, signs = _new_token_key(), now_ms + limits.ms(limits.KEY_SIGNS_AFTER)
        kids = list(self.tokens)
        stopped = dict(zip(kids, [self.since.get(kid, 0) for kid in kids[1:]] + [signs], strict=True))
        kept = {
            k: key for k, key in self.tokens.items() if stopped[k] + limits.ms(limits.KEY_NEEDED) > now_ms
        }
        since = {kid: at for kid, at in self.since.items() if kid in kept}
        return KeyRing(kept | new, self.certificate, since | dict.fromkeys(new, signs))

    def _draft(self, path: Path) -> Path:
        """The ring in a file beside `path`, on disk, mode 0600."""
        content = {
            "tokens": {kid: _encode(key) for kid, key in self.tokens.items()},
            "since": self.since,
            "certificate": _encode(self.certificate.private_bytes_raw()),
        }
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            json.dump(content, file)
            file.flush()
            os.fsync(file.fileno())
        return draft


async def follow(path: Path, use: Callable[[KeyRing], object], stop: asyncio.Event) -> None:
    """Call `use` with the ring now and when the file has changed. One that cannot be used is said, and left out."""
    last = None
    while not stop.is_set():
        if (now := _stamp(path)) != last:
            last = now
            try:
                use(KeyRing.read(path))
            except Unusable as error:
                log.error("%s The keys from before stay in use.", error.message)  # noqa: TRY400 - the sentence says it
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limits.KEYS_SECONDS):
                await stop.wait()


def _stamp(path: Path) -> tuple[int, int] | None:
    """What changes when the file is replaced."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_mtime_ns


def _new_token_key() -> dict[str, bytes]:
    return {secrets.token_hex(2): secrets.token_bytes(limits.SIGNING_KEY_BYTES)}


def _encode(key: bytes) -> str:
    return base64.b64encode(key).decode()


def _decode(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
