"""A yes and what follows from it: the token that lets batches in, and the record that stays. Pure."""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OctKey
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from recorder import limits
from recorder.errors import BadToken, TokenExpired, Unreadable
from recorder.recording import DAY_MS, Device, Purpose, Recording

ISSUER = "yesmap"
#: Of a consent record as it is stored.
SCHEMA = 1
Audience = Literal["collector", "rights"]
_EXPIRED: dict[Audience, str] = {
    "collector": "This consent token has expired: renew it.",
    "rights": "This token for rights has expired: ask for another one.",
}


@dataclass(frozen=True)
class Claims:
    """What a token says. `issued` and `expires` in seconds since the epoch, as RFC 7519 has them.

    A token for rights names the audit id instead of the session, which follows from it and the recording's key.
    """

    session: str
    recording: str
    origin: str
    notice: str
    issued: int
    expires: int
    yes: (
        int  #: when the yes was, ms: what the times of events count from, however often the token was renewed
    )


class Tokens:
    """Issues and verifies consent tokens: JWT, HS256, one key signs, all known keys verify."""

    def __init__(self, keys: Mapping[str, bytes], since: Mapping[str, int] | None = None) -> None:
        self.use(keys, since or {})

    def use(self, keys: Mapping[str, bytes], since: Mapping[str, int]) -> None:
        """From now on these keys, the oldest first; the newest that may sign already (`since`, ms) signs."""
        self._keys = KeySet([OctKey.import_key(key, {"kid": kid}) for kid, key in keys.items()])
        self._since = {kid: since.get(kid, 0) for kid in keys}
        self.forget()

    def forget(self) -> None:
        """Remember no token that was verified."""
        self._claims = lru_cache(limits.TOKENS_REMEMBERED)(self._read)

    def issue(
        self, session: str, recording: Recording, origin: str, now_ms: int, yes_ms: int | None = None
    ) -> tuple[str, int]:
        """A token and when it expires (s): in 30 minutes, never past the end of the recording.

        `yes_ms` is when the yes was, when that is not now.
        """
        expires = min(now_ms + limits.ms(limits.TOKEN_LIFE), recording.end)
        return self._issue("collector", session, recording, origin, now_ms, expires, yes_ms or now_ms)

    def issue_rights(
        self, audit: str, recording: Recording, origin: str, now_ms: int, yes_ms: int
    ) -> tuple[str, int]:
        """A token to see, correct and pause with, and when it expires (s): in 10 minutes, past the end as well."""
        expires = now_ms + limits.ms(limits.RIGHTS_LIFE)
        return self._issue("rights", audit, recording, origin, now_ms, expires, yes_ms)

    def verify(
        self, token: str, now_ms: int, *, audience: Audience = "collector", expired_too: bool = False
    ) -> Claims:
        """The claims of one of our tokens, or `BadToken` (`TokenExpired`) with the reason."""
        if len(token) > limits.TOKEN_BYTES:
            raise BadToken("This is not a consent token: it is too long.")
        claims = self._claims(token, audience)
        if claims.expires * 1000 <= now_ms and not expired_too:
            raise TokenExpired(_EXPIRED[audience])
        return claims

    def _issue(
        self,
        audience: Audience,
        subject: str,
        recording: Recording,
        origin: str,
        now_ms: int,
        expires_ms: int,
        yes_ms: int,
    ) -> tuple[str, int]:
        claims = {
            "iss": ISSUER,
            "aud": audience,
            "sub": subject,
            "rec": recording.id,
            "org": origin,
            "nv": recording.nv,
            "yes": yes_ms,
            "iat": now_ms // 1000,
            "exp": expires_ms // 1000,
        }
        header = {"alg": "HS256", "typ": "JWT", "kid": self._signing(now_ms)}
        return jwt.encode(header, claims, self._keys, algorithms=["HS256"]), expires_ms // 1000

    def _signing(self, now_ms: int) -> str:
        return [kid for kid, since in self._since.items() if since <= now_ms][-1]

    def _read(self, token: str, audience: Audience) -> Claims:
        try:
            read = jwt.decode(token, self._keys, algorithms=["HS256"])
            claims = read.claims
            if read.header.get("typ") != "JWT" or claims["iss"] != ISSUER or claims["aud"] != audience:
                raise BadToken("This token was made for something else.")
            named = (claims[name] for name in ("sub", "rec", "org", "nv", "iat", "exp", "yes"))
            return Claims(*named)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise BadToken("This is not a consent token of this collector.") from error


def new_audit() -> str:
    """A random audit id (26 characters of base 32, 130 bits) that a person can read out."""
    return _readable(secrets.token_bytes(32))


def audit_of(recording_key: bytes, nonce: str, purposes: Iterable[Purpose]) -> str:
    """The audit id of a yes that its browser named: the same yes, sent again, is the same consent.

    Nobody else can work it out, and once the recording's key is gone nobody can.
    """
    named = " ".join(["yesmap audit", nonce, *sorted(purposes)])
    return _readable(hmac.digest(recording_key, named.encode(), hashlib.sha256))


def _readable(random: bytes) -> str:
    return base64.b32encode(random).decode().lower()[:26]


class Yes(BaseModel):
    """The body of a consent request."""

    model_config = ConfigDict(frozen=True, extra="forbid", cache_strings="none")  # no nonce is remembered

    recording: Annotated[str, Field(max_length=12)]
    nv: Annotated[str, Field(max_length=12)]
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)]
    purposes: Annotated[
        list[Purpose],
        Field(min_length=1, max_length=2),
        AfterValidator(lambda chosen: sorted(set(chosen))),  # named twice is wanted once
    ]
    device: Device
    by: Literal["prompt", "site"] = "prompt"  #: who asked: our prompt, or the site's own
    #: Random, by the browser: a yes whose answer was lost is sent again with the same one.
    nonce: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{16,64}$")] | None = None


class Count(BaseModel):
    """The body of the only request that is made without a yes: no identifier in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    recording: Annotated[str, Field(max_length=12)]
    what: Literal["asked", "no", "signal", "uncovered", "fault"]
    device: Device


def given(recording: Recording, yes: Yes, audit: str, origin: str, now_ms: int, text_hash: str) -> bytes:
    """The consent record, written before the token is given. `text_hash` is that of the notice in its language.

    Modelled on ISO/IEC TS 27560 and the Kantara consent receipt.
    """
    return _record(
        audit=audit,
        state="given",
        time=now_ms,
        site=recording.site,
        origin=origin,
        recording=recording.id,
        by=yes.by,
        purposes=sorted(yes.purposes),
        offered=sorted(recording.purposes),
        notice={
            "version": recording.nv,
            "language": yes.language,
            "sha256": text_hash,
            **recording.notice.said(yes.language),
        },
        raw_until=recording.deadline,
        record_until=record_end(recording),
    )


def changed(recording: Recording, audit: str, purposes: Iterable[Purpose], now_ms: int) -> bytes:
    """Written beside the record that was given, before the session changes; the latest holds."""
    return _record(
        audit=audit,
        state="changed",
        time=now_ms,
        recording=recording.id,
        purposes=sorted(purposes),
        offered=sorted(recording.purposes),
    )


def withdrawn(recording: str, audit: str, now_ms: int) -> bytes:
    """Written beside the record that was given; it wins."""
    return _record(audit=audit, state="withdrawn", time=now_ms, recording=recording)


def read(stored: bytes) -> dict[str, Any]:
    """A record as it is stored; `Unreadable` when a newer release wrote it."""
    record: dict[str, Any] = json.loads(stored)
    if record.get("schema") != SCHEMA:
        raise Unreadable(
            f"A consent record has schema {record.get('schema')}; this release reads schema {SCHEMA}: use a newer one."
        )
    return record


def record_end(recording: Recording) -> int:
    """When a consent record is to be removed, ms since the epoch."""
    return recording.end + recording.record_days * DAY_MS


def record_key(
    recording: str, audit: str, state: Literal["given", "changed", "withdrawn"], at: int = 0
) -> str:
    """Where a record is kept; of changes there may be several, each with its time."""
    return f"consents/{recording}/{audit}/{state}{f'-{at}' if at else ''}.json"


def _record(**fields: object) -> bytes:
    return json.dumps({"schema": SCHEMA, **fields}, ensure_ascii=False, indent=1).encode()
