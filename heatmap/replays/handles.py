"""What a replay is called in the browser of somebody who looks: a name that only their own sign-in knows.

The event store's name of a visitor session never leaves the server, since it would stay the same for everybody and for
good. A handle is that name, locked under a key that this process made when it started, for one recording and one
sign-in: nobody can send it to a colleague, keep it as a bookmark, or find the same visitor by it tomorrow.
"""

import base64
import binascii

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from recorder.errors import NotFound

KEY_BITS = 512


class Handles:
    """Makes handles and reads them back. Each process has a key of its own, kept nowhere."""

    def __init__(self) -> None:
        self._cipher = AESSIV(AESSIV.generate_key(KEY_BITS))

    def give(self, recording: str, sign_in: str, session: str) -> str:
        """The same each time for the same sign-in, so that a page may be loaded again."""
        sealed = self._cipher.encrypt(session.encode(), _for(recording, sign_in))
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def session(self, recording: str, sign_in: str, handle: str) -> str:
        """The visitor session, or `NotFound` for what was made up, or given to another sign-in or recording."""
        try:
            sealed = base64.urlsafe_b64decode(handle.encode() + b"=" * (-len(handle) % 4))
            return self._cipher.decrypt(sealed, _for(recording, sign_in)).decode()
        except (InvalidTag, ValueError, binascii.Error):
            raise gone() from None


def gone() -> NotFound:
    """What is said of a replay that is not there, whatever the reason."""
    return NotFound(
        "This replay is not there any more: the visitor took back their yes, or you have signed in anew since. "
        "Go back to the list of replays.",
        code="no_replay",
    )


def _for(recording: str, sign_in: str) -> list[bytes]:
    return [recording.encode(), sign_in.encode()]
