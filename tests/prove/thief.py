"""Somebody who copied the event store's files and the bucket while the recording ran, and has all that is left since.

Recordings' keys live apart, so the copy has none. The copied file is loaded into an event store of theirs, which gives
the sealed batches; then everything that they have is tried as the key: each 32 bytes, wherever they begin, as the
recording's key and as a session's, and whatever is written as hex or base64.
"""

import base64
import binascii
import hmac
import re
import shutil
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from recorder.eventlog import FIELD_BYTES
from recorder.seal import KEY_BYTES, NONCE_BYTES, OVERHEAD
from tests import eventstores
from tests.eventstores import EventStore
from tests.prove.house import DEBIAN, House

#: Keys written as text: hex, and both alphabets of base64.
_HEX, _BASE64 = re.compile(rb"[0-9a-fA-F]{64}"), re.compile(rb"[A-Za-z0-9+/_-]{43}=?")
#: Bytes whose windows one process tries in one go.
SHARE = 1 << 17


@dataclass(frozen=True)
class Sealed:
    """A batch as it is kept."""

    session: bytes
    field: bytes
    data: bytes

    def opens(self, key: bytes) -> bool:
        """With this as the recording's key, or as the session's own."""
        return self._opens(_derived(key, self.session)) or self._opens(key)

    def _opens(self, key: bytes) -> bool:
        try:
            AESGCM(key).decrypt(self.data[:NONCE_BYTES], self.data[NONCE_BYTES:], self.session + self.field)
        except InvalidTag:
            return False
        return True


def copied(house: House, to: Path) -> Path:
    """The event store's files, as they are now."""
    shutil.copytree(house.events.folder, to, ignore=shutil.ignore_patterns("*.sock", "lock"))
    return to


def batches(copy: Path, kind: str) -> list[Sealed]:
    """What the copied files hold, by an event store of the thief's own."""
    with _loaded(copy, kind) as store, store.client() as client:
        found = []
        for name in client.scan_iter(match="ym:*:{*}", count=1000, _type="hash"):
            session = name.partition(b"{")[2].rstrip(b"}")
            for field, data in client.hgetall(name).items():
                if len(field) == FIELD_BYTES and len(data) > OVERHEAD:
                    found.append(Sealed(session, field, data))
        return found


def _loaded(copy: Path, kind: str) -> AbstractContextManager[EventStore]:
    return eventstores.debian(copy, *DEBIAN) if kind == "redis" else eventstores.embedded(copy)


def opened(stolen: list[Sealed], left: Iterable[bytes]) -> int:
    """How many of the batches open with anything of what is left."""
    if not stolen:
        return 0
    shares = [share for piece in left for share in _shares(piece)]
    with ProcessPoolExecutor(2) as pool:
        found = {key for keys in pool.map(_tried, [stolen[0]] * len(shares), shares) for key in keys}
    return sum(any(each.opens(key) for key in found) for each in stolen)


def _shares(piece: bytes) -> Iterator[bytes]:
    for first in range(0, len(piece), SHARE):
        yield piece[first : first + SHARE + KEY_BYTES - 1]


def _tried(sealed: Sealed, piece: bytes) -> list[bytes]:
    """The keys among the windows of a piece, for one batch."""
    return [key for key in {*_windows(piece), *_written(piece)} if sealed.opens(key)]


def _windows(piece: bytes) -> Iterator[bytes]:
    for first in range(len(piece) - KEY_BYTES + 1):
        yield piece[first : first + KEY_BYTES]


def _written(piece: bytes) -> Iterator[bytes]:
    yield from (bytes.fromhex(found.decode()) for found in _HEX.findall(piece))
    for found in _BASE64.findall(piece):
        try:
            key = base64.urlsafe_b64decode(found.translate(bytes.maketrans(b"+/", b"-_")).rstrip(b"=") + b"=")
        except binascii.Error:
            continue
        if len(key) == KEY_BYTES:
            yield key


def _derived(key: bytes, session: bytes) -> bytes:
    """HKDF-SHA256 by hand: the library's takes three times as long."""
    first = hmac.digest(bytes(32), key, "sha256")
    return hmac.digest(first, b"yesmap batch " + session + b"\x01", "sha256")
