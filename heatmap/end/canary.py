"""A batch that opened before the recording's key was destroyed, and must not afterwards."""

from heatmap.parts import Parts
from recorder import seal
from recorder.errors import Gone
from recorder.recording import Recording

#: Session, field and content; no visitor has such a session.
_SESSION, _FIELD, _PLAIN = "canary", b"canary000000", b"This opened once."


def sealed(key: bytes) -> str:
    """A canary under this key, in hex. It has been opened again."""
    made = seal.seal(key, _SESSION, _FIELD, _PLAIN)
    seal.unseal(key, _SESSION, _FIELD, made)
    return made.hex()


async def opens(parts: Parts, recording: Recording) -> bool | None:
    """Whether the canary can be opened with what the key store gives; None where none was made, for want of a key."""
    kept = recording.results.get("canary")
    if kept is None:
        return None
    try:
        key = await parts.registry.key(recording)
        seal.unseal(key, _SESSION, _FIELD, bytes.fromhex(str(kept)))
    except (Gone, seal.CannotOpen):
        return False
    return True
