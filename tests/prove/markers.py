"""What is looked for: every form in which something of a visitor, or a key, could lie somewhere."""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import IPv6Address

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from recorder import seal
from recorder.events import RECORD
from tests.prove.needles import Needles
from tests.prove.visitors import PAGE, RELEASE, VARIANT, Visitor, payload, raw, signature

#: Columns of so many events are told from all others by what is in them.
COLUMN = 12
#: Kinds that give away what somebody did, if only one byte string of them is left.
RAW = ("events", "events in words", "element tables", "event columns", "accepted bodies")
KEYS = ("recording key", "session keys")


def markers(
    key: bytes, visitors: Sequence[Visitor], sealed: Sequence[bytes], previews: Sequence[bytes]
) -> dict[str, list[bytes]]:
    """Byte strings by kind. `sealed` are the batches as they were in the event store, `previews` are pictures."""
    sessions = [seal.session_id(key, visitor.audit) for visitor in visitors]
    made: Mapping[str, Iterable[bytes]] = {
        "recording key": _written(key),
        "session keys": (form for session in sessions for form in _written(session_key(key, session))),
        "sealed batches": (piece for each in sealed for piece in (each[:24], each[len(each) // 2 :][:24])),
        "events": (record.tobytes() for v in visitors for b in v.sent for record in b.records),
        # Place, element and place in its box, as `/v1/mine` writes them.
        "events in words": (
            json.dumps(e[3:])[1:].encode() for v in visitors for e in v.copy if e[5] is not None
        ),
        "event columns": _columns(visitors),
        "element tables": (batch.elements.tobytes() for v in visitors for batch in v.sent),
        "document ids": (batch.document for v in visitors for batch in v.sent),
        "accepted bodies": (p for v in visitors for body in v.bodies for p in _slices(body, len(v.token))),
        "refused bodies": (body for v in visitors for body in v.refused),
        "forms": (form[-65:] for v in visitors for form in v.forms),
        "tokens": (
            part for v in visitors for t in (v.token, v.rights) for part in (payload(t), signature(t))
        ),
        "audit ids": (visitor.audit.encode() for visitor in visitors),
        "session ids": (form for session in sessions for form in (session.encode(), raw(session))),
        "addresses": (form for visitor in visitors for form in _addresses(visitor)),
        "user agents": (v.headers["User-Agent"].encode() for v in visitors),
        "referrers": (v.headers["Referer"].encode() for v in visitors),
        "queries": (v.query.encode() for v in visitors),
        "cookies": (v.headers["Cookie"].encode() for v in visitors),
        "languages": (v.headers["Accept-Language"].encode() for v in visitors),
        "previews": (part for png in previews for part in _drawn(png)),
        "page": [PAGE.encode()],
        "release": [RELEASE.encode()],
        "variant": [VARIANT.encode()],
    }
    return {kind: list(needles) for kind, needles in made.items()}


def needles(named: Mapping[str, Iterable[bytes]]) -> Needles:
    return Needles(named)


def session_key(key: bytes, session: str) -> bytes:
    """The key of a session's batches, as `recorder/seal.py` derives it."""
    return HKDF(SHA256(), seal.KEY_BYTES, salt=None, info=b"yesmap batch " + session.encode()).derive(key)


def _written(key: bytes) -> tuple[bytes, ...]:
    """A key as bytes, and as text in the ways that programs write it."""
    return (
        key,
        key.hex().encode(),
        key.hex().upper().encode(),
        base64.b64encode(key),
        base64.urlsafe_b64encode(key),
    )


def _drawn(png: bytes) -> Iterator[bytes]:
    """Parts of what is drawn; not of the palette, which all pictures share, nor of what is blank."""
    for first in range(png.index(b"IDAT") + 64, len(png) - 64, 96):
        part = png[first : first + 32]
        if len({*part[:8]}) > 4 and len({*part}) > 16:
            yield part


def _addresses(visitor: Visitor) -> tuple[bytes, ...]:
    return visitor.peer.encode(), visitor.address.encode(), IPv6Address(visitor.address).packed


def _columns(visitors: Sequence[Visitor]) -> Iterator[bytes]:
    """Events side by side, as arrays hold them."""
    for visitor in visitors:
        for batch in visitor.sent:
            for name in ("x", "y", "fx", "fy"):
                column = batch.records[name].tobytes()
                width = RECORD[name].itemsize
                for first in range(0, len(column) - COLUMN * width, COLUMN * width):
                    yield column[first : first + COLUMN * width]


def _slices(body: bytes, token: int) -> Iterator[bytes]:
    """Parts of a body behind its token, each long enough to be nobody else's."""
    for first in range(token + 32, len(body) - 32, 96):
        yield body[first : first + 32]
