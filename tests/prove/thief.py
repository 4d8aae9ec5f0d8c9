"""Somebody who copied the event store's files and the object store while the recording ran, and has all that is left.

Without the place of the recordings' keys, which is a location of its own, or `keys/` in the data folder: whoever copied
that as well has an export from before the purge, which nothing can undo and the certificate says. The copied file is
loaded into an event store of theirs, which gives the sealed batches; then everything that they have is tried as the
key: each 32 bytes, wherever they begin, as the recording's key and as the own one of every session, and whatever is
written as hex or base64.
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

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

from recorder.eventlog import FIELD_BYTES
from recorder.events import VERSION
from recorder.seal import KEY_BYTES, NONCE_BYTES, OVERHEAD
from tests import eventstores
from tests.eventstores import EventStore
from tests.prove import places
from tests.prove.house import DEBIAN, House

#: Keys written as text: hex, and both alphabets of base64.
_HEX, _BASE64 = re.compile(rb"[0-9a-fA-F]{64}"), re.compile(rb"[A-Za-z0-9+/_-]{43}=?")
#: Where recordings' keys are, in a store of objects.
KEYS = re.compile(r"(^|/)keys/")
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
        return self.opens_with(_derived(key, self.session)) or self.opens_with(key)

    def opens_with(self, key: bytes) -> bool:
        """With this as the session's own key."""
        try:
            AESGCM(key).decrypt(self.data[:NONCE_BYTES], self.data[NONCE_BYTES:], self.session + self.field)
        except InvalidTag:
            return False
        return True


@dataclass(frozen=True)
class Copy:
    """What was taken while the recording ran."""

    events: Path  #: the event store's files
    objects: list[bytes]  #: of the object store: names and contents, in all versions

    def everything(self) -> list[bytes]:
        files = [path.read_bytes() for path in sorted(self.events.rglob("*")) if path.is_file()]
        return [*files, *self.objects]


def copied(house: House, to: Path) -> Copy:
    """Both stores, as they are now."""
    shutil.copytree(house.events.folder, to, ignore=shutil.ignore_patterns("*.sock", "lock"))
    return Copy(to, [data for name, data in places.lasting(house) if not KEYS.search(name)])


def batches(copy: Copy, kind: str) -> list[Sealed]:
    """What the copied files hold, by an event store of the thief's own."""
    with _loaded(copy.events, kind) as store, store.client() as client:
        found = []
        for name in client.scan_iter(match="ym:*:{*}", count=1000, _type="hash"):
            session = name.partition(b"{")[2].rstrip(b"}")
            for field, data in client.hgetall(name).items():
                if len(field) == FIELD_BYTES and len(data) > OVERHEAD:
                    found.append(Sealed(session, field, data))
        return found


def _loaded(copy: Path, kind: str) -> AbstractContextManager[EventStore]:
    return eventstores.debian(copy, *DEBIAN) if kind == "redis" else eventstores.embedded(copy)


def opened(stolen: list[Sealed], had: Iterable[bytes]) -> int:
    """How many of the batches open with anything of what the thief has."""
    if not stolen:
        return 0
    shares = list(dict.fromkeys(share for piece in had for share in _shares(piece)))
    with ProcessPoolExecutor(2) as pool:
        found = {key for keys in pool.map(_tried, [stolen] * len(shares), shares) for key in keys}
    return sum(any(each.opens(key) for key in found) for each in stolen)


def _shares(piece: bytes) -> Iterator[bytes]:
    for first in range(0, len(piece), SHARE):
        yield piece[first : first + SHARE + KEY_BYTES - 1]


def _tried(stolen: list[Sealed], piece: bytes) -> list[bytes]:
    """The keys among the windows of a piece.

    As the recording's key each is tried on one batch, since that key opens all; as a session's own, on every batch.
    """
    keys = sorted({*_windows(piece), *_written(piece)})
    found = {key for key in keys if stolen[0].opens_with(_derived(key, stolen[0].session))}
    return [*found, *(keys[which] for which, n in _likely(stolen, keys) if stolen[n].opens_with(keys[which]))]


def _likely(stolen: list[Sealed], keys: list[bytes]) -> Iterable[tuple[int, int]]:
    """Which key may be the own one of which batch's session: it would begin with the version that all begin with.

    AES-GCM hides it under the encrypted nonce with the counter 2 (NIST SP 800-38D): asked of all batches at once.
    """
    counters = b"".join(each.data[:NONCE_BYTES] + b"\0\0\0\2" for each in stolen)
    wanted = np.frombuffer(bytes(each.data[NONCE_BYTES] ^ VERSION for each in stolen), np.uint8)
    firsts = b"".join(Cipher(AES(key), ECB()).encryptor().update(counters)[::16] for key in keys)  # noqa: S305 - as GCM does
    same = np.frombuffer(firsts, np.uint8).reshape(len(keys), len(stolen)) == wanted
    return [(int(which), int(n)) for which, n in np.argwhere(same)]


def _windows(piece: bytes) -> Iterator[bytes]:
    """But for plain text, such as logs: of 4,000,000,000 random keys one looks like that."""
    for first in range(len(piece) - KEY_BYTES + 1):
        window = piece[first : first + KEY_BYTES]
        if not window.isascii():
            yield window


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
