"""The certificate of a purge: what was kept, what was destroyed, what was checked. Signed with Ed25519. Pure."""

import base64
import json
from typing import Any, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from recorder.certificates import VERSION, unreadable
from recorder.errors import Malformed, YesmapError
from recorder.recording import Recording

#: Beside the number, which is rounded up. A yes is written down before its session begins, so it may also never have.
_MISSING = (
    "Of up to {} visitor sessions whose consent stands nothing was there to draw from: they never began, or were lost "
    "before the end. Which of the two is not known."
)


class NotGenuine(YesmapError):
    """The certificate was changed after it was signed, or signed by somebody else."""

    code = "not_genuine"


def content(recording: Recording) -> dict[str, Any]:
    """What is said of a recording whose end has been checked: counts, times, results. No session, no audit id."""
    results = recording.results
    said = {
        "version": VERSION,
        "recording": recording.id,
        "site": recording.site,
        "notice": recording.nv,
        "told": {"start": recording.start, "end": recording.end, "deadline": recording.deadline},
        "reached": {state.value: at for state, at in recording.reached.items()},
        "counts": results["counts"],
        "asked": results["asked"],
        "pictures": results["pictures"],
        "checks": results["checks"],
    }
    if missing := cast(dict[str, int], results["counts"]).get("missing"):
        said["missing"] = _MISSING.format(missing)
    return said | ({"lost": results["lost"]} if "lost" in results else {})


def canonical(content: dict[str, Any]) -> bytes:
    """The one way to write this content: sorted keys, no spaces, UTF-8; RFC 8785, of which we use a part.

    Keys are ASCII, and numbers are whole and below 2^53, so that every language sorts and writes them alike; other
    content is `Malformed`. `static/certificate/canonical.js` writes the same bytes.
    """
    _refuse_ambiguous(content)
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _refuse_ambiguous(value: object) -> None:
    match value:
        case dict():
            if not all(isinstance(key, str) and key.isascii() for key in value):
                raise Malformed("A certificate has keys of ASCII letters only.")
            for each in value.values():
                _refuse_ambiguous(each)
        case list() | tuple():
            for each in value:
                _refuse_ambiguous(each)
        case bool() | None | str():
            pass
        case int() if abs(value) < 2**53:
            pass
        case _:
            raise Malformed("A certificate holds whole numbers, texts, lists and yes or no only.")


def sign(content: dict[str, Any], key: Ed25519PrivateKey) -> bytes:
    """The certificate as a JSON document: the content, the public key and the signature of the canonical content."""
    signed = {
        "content": content,
        "public_key": base64.b64encode(key.public_key().public_bytes_raw()).decode(),
        "signature": base64.b64encode(key.sign(canonical(content))).decode(),
    }
    return json.dumps(signed, sort_keys=True, indent=1, ensure_ascii=False).encode()


def signer(document: bytes) -> str:
    """The public key in a certificate, as it stands there. Whoever forges one can only use another key."""
    return str(json.loads(document)["public_key"])


def verify(document: bytes, public_key: bytes | None = None) -> dict[str, Any]:
    """The content of a genuine certificate; `NotGenuine` or `Malformed` otherwise.

    Without `public_key` the key in the document is believed: that shows that nothing was changed, not who signed.
    """
    try:
        signed = json.loads(document)
        own = base64.b64decode(signed["public_key"], validate=True)
        key = Ed25519PublicKey.from_public_bytes(public_key or own)
        key.verify(base64.b64decode(signed["signature"], validate=True), canonical(signed["content"]))
    except InvalidSignature:
        raise NotGenuine("The signature does not belong to this content.") from None
    except (ValueError, KeyError, TypeError) as error:
        raise Malformed("This is not a certificate.") from error
    content: dict[str, Any] = signed["content"]
    if why := unreadable(content):
        raise Malformed(why)
    return content
