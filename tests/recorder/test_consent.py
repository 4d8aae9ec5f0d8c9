import base64
import json

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from recorder import consent, limits
from recorder.consent import Tokens, Yes
from recorder.errors import BadToken, TokenExpired
from tests.conftest import ORIGIN, a_recording

OLD, NEW = bytes(range(32)), bytes(range(1, 33))
NOW = 1_800_000_000_000


RECORDING = a_recording(start=NOW - 1000, end=NOW + 24 * 3600 * 1000, nv="0123456789ab")
TOKENS = Tokens({"old": OLD, "new": NEW})


def test_a_token_gives_back_what_it_was_issued_for() -> None:
    """Session, recording, origin and notice come back as they went in."""
    token, expires = TOKENS.issue("session", RECORDING, ORIGIN, NOW)

    claims = TOKENS.verify(token, NOW)

    assert ("session", RECORDING.id, ORIGIN, RECORDING.nv) == (
        claims.session,
        claims.recording,
        claims.origin,
        claims.notice,
    )
    assert NOW // 1000 + limits.TOKEN_LIFE.total_seconds() == expires == claims.expires


def test_a_token_never_outlives_its_recording() -> None:
    """Ten seconds before the end a token lives for ten seconds."""
    _, expires = TOKENS.issue("session", RECORDING, ORIGIN, RECORDING.end - 10_000)

    assert RECORDING.end // 1000 == expires


def test_an_expired_token_is_named_as_such() -> None:
    """So that the browser renews it instead of giving up."""
    token, expires = TOKENS.issue("session", RECORDING, ORIGIN, NOW)

    with pytest.raises(TokenExpired):
        TOKENS.verify(token, expires * 1000)
    assert "session" == TOKENS.verify(token, expires * 1000, expired_too=True).session


def test_a_retired_key_still_verifies() -> None:
    """After a rotation, tokens of the key before are good."""
    token, _ = Tokens({"old": OLD}).issue("session", RECORDING, ORIGIN, NOW)

    assert "session" == TOKENS.verify(token, NOW).session


def test_a_token_for_one_use_is_not_good_for_another() -> None:
    """A collector token gives no rights, and the reverse."""
    token, _ = TOKENS.issue("session", RECORDING, ORIGIN, NOW)
    rights, _ = TOKENS.issue_rights("audit", RECORDING, ORIGIN, NOW, NOW)

    with pytest.raises(BadToken):
        TOKENS.verify(rights, NOW)
    with pytest.raises(BadToken):
        TOKENS.verify(token, NOW, audience="rights")


def test_a_token_for_rights_is_short_lived_and_outlives_its_recording() -> None:
    """Ten minutes, also when the recording ends sooner: who was recorded may still look and erase."""
    token, expires = TOKENS.issue_rights("audit", RECORDING, ORIGIN, RECORDING.end - 1000, NOW)

    assert (RECORDING.end - 1000) // 1000 + 600 == expires
    assert "audit" == TOKENS.verify(token, RECORDING.end, audience="rights").session
    with pytest.raises(TokenExpired, match="ask for another"):
        TOKENS.verify(token, expires * 1000, audience="rights")


def test_a_renewed_token_remembers_when_the_yes_was() -> None:
    """Times of events count from the yes, however often the token was renewed."""
    first, _ = TOKENS.issue("session", RECORDING, ORIGIN, NOW)
    later = NOW + 3 * 3600 * 1000

    again, _ = TOKENS.issue("session", RECORDING, ORIGIN, later, TOKENS.verify(first, NOW).yes)

    assert (NOW, later // 1000) == (TOKENS.verify(again, later).yes, TOKENS.verify(again, later).issued)


def _forged(header: dict[str, str], key: bytes = NEW) -> str:
    claims = {
        "iss": "yesmap",
        "aud": "collector",
        "sub": "s",
        "rec": "r",
        "org": "o",
        "nv": "n",
        "yes": 1,
        "iat": 1,
        "exp": 9e9,
    }
    return jwt.encode(header, claims, OctKey.import_key(key), algorithms=["HS256", "HS512"])


def _unsigned() -> str:
    part = [
        base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=").decode()
        for p in ({"alg": "none"}, {"sub": "s"})
    ]
    return f"{part[0]}.{part[1]}."


@pytest.mark.parametrize(
    "token",
    [
        "",
        "not a token",
        "a.b.c",
        _unsigned(),
        _forged({"alg": "HS256", "typ": "JWT", "kid": "new"}, bytes(32)),
        _forged({"alg": "HS256", "typ": "other", "kid": "new"}),
        _forged({"alg": "HS512", "typ": "JWT", "kid": "new"}),
        _forged({"alg": "HS256", "typ": "JWT", "kid": "unknown"}),
        "x" * (limits.TOKEN_BYTES + 1),
    ],
)
def test_what_we_did_not_issue_is_refused(token: str) -> None:
    """Unsigned, wrongly signed, of another algorithm, type or key: none gets in."""
    with pytest.raises(BadToken):
        TOKENS.verify(token, NOW)


def test_the_consent_record_says_what_was_agreed_to() -> None:
    """The record holds the audit id, the choices, the notice and the ends, and nothing about the visitor's machine."""
    yes = Yes(recording=RECORDING.id, nv=RECORDING.nv, language="nl", purposes=["heatmap"], device="mobile")

    record = json.loads(consent.given(RECORDING, yes, "a" * 26, ORIGIN, NOW, "hash"))

    assert {
        "schema": 1,
        "audit": "a" * 26,
        "state": "given",
        "time": NOW,
        "site": "Example shop",
        "origin": ORIGIN,
        "recording": RECORDING.id,
        "by": "prompt",
        "purposes": ["heatmap"],
        "offered": ["heatmap", "replay"],
        "notice": {
            "version": RECORDING.nv,
            "language": "nl",
            "sha256": "hash",
            "purpose": "Om te zien of de nieuwe winkelmand werkt.",
            "controller": "Example Ltd, 1 High Street",
            "recipients": "None",
            "region": "European Union",
            "authority": "Your data protection authority",
            "contact": "privacy@shop.example",
        },
        "raw_until": RECORDING.deadline,
        "record_until": RECORDING.end + 365 * 24 * 3600 * 1000,
    } == record


def test_audit_ids_are_not_used_twice() -> None:
    """A thousand ids are a thousand different ones."""
    assert 1000 == len({consent.new_audit() for _ in range(1000)})
