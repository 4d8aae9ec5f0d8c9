"""Checking a certificate from outside: the document, whose key has signed it, and the pictures that it names."""

import base64
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from heatmap.end import certificate
from recorder.errors import Malformed

#: A site that does not answer is not waited for.
SECONDS = 15


@dataclass
class Verified:
    """A genuine certificate, who vouches for its key, and which pictures are not those that it names."""

    content: dict[str, Any]
    key: str
    vouched: str = ""  #: by what the key is known besides the certificate; empty: by nothing
    changed: list[str] = field(default_factory=list)
    unchanged: int = 0


async def fetched(url: str) -> tuple[bytes, str, str]:
    """A certificate at its address; the key that the site publishes and the one that the notice named, or empty."""
    parts = urlsplit(url)
    site = f"{parts.scheme}://{parts.netloc}"
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS)) as http:
            document = await _get(http, url)
            if document is None:
                raise Malformed(f"There is no certificate at {url}.")
            published = json.loads(await _get(http, f"{site}/keys/certificate.json") or b'{"keys": [{}]}')
            nv = str(json.loads(document)["content"]["notice"])
            notice = await _get(http, f"{site}/notices/{nv}.json") or b"{}"
    except (aiohttp.ClientError, TimeoutError) as error:
        raise Malformed(f"{url} cannot be read: {type(error).__name__}.") from None
    except (ValueError, KeyError, TypeError):
        raise Malformed(f"There is no certificate at {url}.") from None
    named = json.loads(notice).get("certificate_key", "") if _is(nv, notice) else ""
    return document, str(published["keys"][0].get("public_key", "")), str(named)


def verified(document: bytes, key: str = "", published: str = "", named: str = "") -> Verified:
    """What can be said of a certificate; with `key` it must be signed by that one, or it is `NotGenuine`."""
    try:
        content = certificate.verify(document, base64.b64decode(key, validate=True) if key else None)
    except ValueError:
        raise Malformed("A public key is 32 bytes in base 64.") from None
    own = certificate.signer(document)
    known = {published: "the site publishes it", named: "the notice named it before anybody said yes"}
    known[key] = "it is the one that you gave"
    return Verified(content, own, known.get(own, ""))


def compare(found: Verified, files: Iterable[tuple[str, bytes]]) -> None:
    """Look for each file among the pictures that the certificate names: by name, or by hash if it has another."""
    pictures: dict[str, str] = found.content["pictures"]
    for name, data in files:
        right = {pictures[name]} if name in pictures else set(pictures.values())
        if hashlib.sha256(data).hexdigest() in right:
            found.unchanged += 1
        else:
            found.changed.append(name)


def folder(path: Path, document: bytes) -> Iterable[tuple[str, bytes]]:
    """The files of a folder, but for the certificate itself."""
    for file in sorted(path.rglob("*")):
        if file.is_file() and (data := file.read_bytes()) != document:
            yield file.relative_to(path).as_posix(), data


def _is(nv: str, notice: bytes) -> bool:
    return len(nv) == 12 and hashlib.sha256(notice).hexdigest().startswith(nv)


async def _get(http: aiohttp.ClientSession, url: str) -> bytes | None:
    async with http.get(url, headers={"Accept": "application/json"}) as response:
        return await response.read() if response.status == 200 else None
