import pytest

from recorder import seal
from recorder.consent import new_audit

KEY = bytes(range(32))


def test_what_was_sealed_opens_with_the_same_key_session_and_field() -> None:
    """Sealing loses nothing and adds a fixed number of bytes."""
    sealed = seal.seal(KEY, "session", b"field", b"plain")

    assert b"plain" == seal.unseal(KEY, "session", b"field", sealed)
    assert len(b"plain") + seal.OVERHEAD == len(sealed)


@pytest.mark.parametrize(
    ("key", "session", "field"),
    [(bytes(32), "session", b"field"), (KEY, "other", b"field"), (KEY, "session", b"other")],
)
def test_a_sealed_batch_opens_nowhere_else(key: bytes, session: str, field: bytes) -> None:
    """Another key, session or field opens nothing."""
    sealed = seal.seal(KEY, "session", b"field", b"plain")

    with pytest.raises(seal.CannotOpen):
        seal.unseal(key, session, field, sealed)


@pytest.mark.parametrize("sealed", [b"", b"short", bytes(40)])
def test_damaged_bytes_do_not_open(sealed: bytes) -> None:
    """Too short or changed is refused, never half read."""
    with pytest.raises(seal.CannotOpen):
        seal.unseal(KEY, "session", b"field", sealed)


def test_the_session_follows_from_audit_id_and_key_only() -> None:
    """Without the key nobody can tell which session belongs to an audit id."""
    audit = new_audit()

    assert seal.session_id(KEY, audit) == seal.session_id(KEY, audit)
    assert seal.session_id(KEY, audit) != seal.session_id(bytes(32), audit)
    assert 22 == len(seal.session_id(KEY, audit))


def test_two_seals_of_the_same_bytes_differ() -> None:
    """The nonce is random."""
    assert seal.seal(KEY, "s", b"f", b"p") != seal.seal(KEY, "s", b"f", b"p")
