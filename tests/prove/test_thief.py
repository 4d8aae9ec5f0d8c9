import base64
import secrets

import pytest

from recorder import events, seal
from tests.prove import thief
from tests.prove.markers import session_key
from tests.prove.thief import Sealed
from tests.recorder.sample import batch

SESSIONS, FIELDS = ("one", "other"), (b"field0000001", b"field0000002")
KEY = seal.new_key()


@pytest.fixture(scope="module")
def stolen() -> list[Sealed]:
    """Two batches of each of two sessions."""
    plain = events.pack(batch(), 0, 0)
    return [
        Sealed(session.encode(), field, seal.seal(KEY, session, field, plain))
        for session in SESSIONS
        for field in FIELDS
    ]


@pytest.mark.parametrize("write", [bytes, lambda key: key.hex().encode(), base64.b64encode])
def test_a_thief_with_the_recordings_key_opens_every_batch(stolen: list[Sealed], write: object) -> None:
    """Wherever it lies, as bytes and as text."""
    had = b"%b %b." % (secrets.token_bytes(77), write(KEY))  # type: ignore[operator]

    assert len(stolen) == thief.opened(stolen, [had])


@pytest.mark.parametrize("session", SESSIONS)
def test_a_thief_with_a_sessions_own_key_opens_its_batches(stolen: list[Sealed], session: str) -> None:
    """Those of any session, and of no other."""
    had = secrets.token_bytes(77) + session_key(KEY, session)

    assert len(FIELDS) == thief.opened(stolen, [had, secrets.token_bytes(77)])


def test_a_thief_without_a_key_opens_nothing(stolen: list[Sealed]) -> None:
    """Whatever else they have."""
    assert 0 == thief.opened(stolen, [each.data for each in stolen])
