"""A body in every encoding that browsers take, packed once, served many times."""

import base64
import gzip
import hashlib
import io
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

import brotli
import zopfli.gzip
from aiohttp import web

from recorder import accept, limits

#: The best first.
Encoding = Literal["br", "gzip", "identity"]
ENCODINGS: tuple[Encoding, ...] = get_args(Encoding)
#: What may be kept for good: its address changes when its bytes do.
FOREVER = "public, max-age=31536000, immutable"
#: Hex digits of a file's SHA-256 in its address and entity tag.
HASH_CHARS = 10


@dataclass(frozen=True)
class Packed:
    """Some bytes, their content type, and how they are sent. What does not get smaller stays as it is."""

    kind: str
    hash: str
    bodies: dict[Encoding, bytes]

    def answer(self, request: web.Request, cache: str, headers: dict[str, str] | None = None) -> web.Response:
        """The body in the best encoding that the request takes, or 304 when the browser has it already."""
        encoding = next(e for e in best(request.headers.get("Accept-Encoding", "")) if e in self.bodies)
        tag = self.hash if encoding == "identity" else f"{self.hash}-{encoding}"
        told = {"Cache-Control": cache, "ETag": f'"{tag}"', "Vary": "Accept-Encoding", **(headers or {})}
        told["Access-Control-Allow-Origin"] = "*"
        if any(known.value in {tag, "*"} for known in request.if_none_match or ()):
            return web.Response(status=304, headers=told)
        if encoding != "identity":
            told["Content-Encoding"] = encoding
        return web.Response(body=self.bodies[encoding], headers=told | {"Content-Type": self.kind})


def best(accepted: str) -> list[Encoding]:
    """What an Accept-Encoding header takes, the best first; as it is always comes last (RFC 9110, 12.5.3)."""
    taken = accept.weights(accepted.lower())
    return [*(e for e in ENCODINGS if e != "identity" and taken.get(e, taken.get("*", 0.0)) > 0), "identity"]


@lru_cache(limits.BODIES_PACKED)
def pack(data: bytes, kind: str, *, small: bool = True) -> Packed:
    """Pack some bytes. `small` spends about a tenth of a second for the last percent: for what every visitor loads."""
    text = kind.startswith(("text/", "application/json", "image/svg"))
    bodies: dict[Encoding, bytes] = {"identity": data}
    if text:
        made = {"br": brotli.compress(data, quality=11 if small else 5), "gzip": _gzip(data, small=small)}
        bodies |= {e: made[e] for e in ENCODINGS if e in made and len(made[e]) < len(data)}
    return Packed(kind, base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode()[:HASH_CHARS], bodies)


def _gzip(data: bytes, *, small: bool) -> bytes:
    if small:
        packed: bytes = zopfli.gzip.compress(data)
        return packed
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as file:
        file.write(data)
    return buffer.getvalue()
