"""The second factor: a code of an authenticator app that changes every 30 s (RFC 6238), or a recovery code."""

import hashlib
import io
import secrets

import pyotp
import segno

STEP_SECONDS = 30
#: Steps that the clock of a phone may be off, each way.
DRIFT = 1
RECOVERY_CODES = 10
#: Without letters and digits that look alike; 10 of 31 are 49 bits, far beyond what the back-off lets anybody try.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_RECOVERY_CHARS = 10


def new_secret() -> str:
    """160 random bits, base 32."""
    return pyotp.random_base32()


def step(code: str, secret: str, now_ms: int, after: int = -1) -> int | None:
    """The time step that a code is of, None if it is wrong. A step is good once: only one later than `after` counts."""
    digits = "".join(code.split())
    current, totp = now_ms // 1000 // STEP_SECONDS, pyotp.TOTP(secret, interval=STEP_SECONDS)
    for number in range(max(current - DRIFT, after + 1), current + DRIFT + 1):
        if secrets.compare_digest(totp.at(number * STEP_SECONDS).encode(), digits.encode()):
            return number
    return None


def address(secret: str, name: str) -> str:
    """What the QR code holds: the address that authenticator apps know."""
    return pyotp.TOTP(secret, interval=STEP_SECONDS).provisioning_uri(name=name, issuer_name="Yesmap")


def picture(secret: str, name: str) -> str:
    """The QR code as inline SVG, black on white, whatever the colours of the page are."""
    drawn = io.BytesIO()
    segno.make(address(secret, name), error="m").save(
        drawn, kind="svg", scale=5, border=3, light="#fff", xmldecl=False, svgns=False, title="QR code"
    )
    return drawn.getvalue().decode()


def recovery_codes() -> list[str]:
    """Ten codes that are good once each, for whoever has lost the app."""
    return ["-".join(_part() for _ in range(2)) for _ in range(RECOVERY_CODES)]


def recovery_hash(code: str) -> str:
    """As it is kept. The codes are random, so a plain hash cannot be turned back."""
    return hashlib.sha256(code.strip().casefold().replace("-", "").encode()).hexdigest()


def _part() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_RECOVERY_CHARS // 2))
