import base64
import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
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


def _in_token(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def _unsigned() -> str:
    return f"{_in_token({'alg': 'none'})}.{_in_token({'sub': 's'})}."


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


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("HS256"),
    lambda some: st.lists(some, max_size=3) | st.dictionaries(st.text(max_size=5), some, max_size=3),
)
HEADER = {"alg": "HS256", "typ": "JWT", "kid": "new"}
HEADERS = st.dictionaries(st.sampled_from([*HEADER, "crit", "b64", "cty"]), VALUES, max_size=2).map(
    lambda changes: HEADER | changes
)
PARTS = VALUES.map(_in_token) | st.text(max_size=5)


@given(
    st.text(st.characters(), max_size=50)
    | st.tuples(HEADERS.map(_in_token), PARTS, PARTS).map(".".join)
    | st.lists(PARTS, max_size=6).map(".".join)
)
@example("\ud800")  # half of a surrogate pair
@example(f"{_in_token(HEADER | {'crit': 5})}.{_in_token({})}.")
@settings(deadline=None)
def test_any_text_is_refused_as_a_bad_token(text: str) -> None:
    """Whatever comes in place of a token: text of any kind, or something that is put together like one."""
    with pytest.raises(BadToken):
        TOKENS.verify(text, NOW)


GOOD, _ = TOKENS.issue("session", RECORDING, ORIGIN, NOW)


@given(
    at=st.integers(0, len(GOOD) - 1),
    away=st.integers(0, 1),
    put=st.just("") | st.sampled_from("AaBbZz09-_.=+/ \n") | st.characters(),
)
@settings(deadline=None)
def test_a_token_with_one_character_changed_is_refused_or_says_the_same(at: int, away: int, put: str) -> None:
    """Another one, one more or one less: nobody makes other claims out of those we signed."""
    try:
        claims = TOKENS.verify(GOOD[:at] + put + GOOD[at + away :], NOW)
    except BadToken:
        return
    assert TOKENS.verify(GOOD, NOW) == claims


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
