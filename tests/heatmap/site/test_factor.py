"""The second factor."""

import pyotp

from heatmap.site import factor
from heatmap.site.factor import STEP_SECONDS

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
NOW = 1_000_000 * STEP_SECONDS


def code(step: int) -> str:
    return pyotp.TOTP(SECRET).at(step * STEP_SECONDS)


def test_the_clock_of_a_phone_may_be_off_by_a_step() -> None:
    """Each way; no further."""
    taken = [factor.step(code(1_000_000 + off), SECRET, NOW * 1000) for off in (-2, -1, 0, 1, 2)]

    assert [None, 999_999, 1_000_000, 1_000_001, None] == taken


def test_a_code_is_good_once() -> None:
    """Neither it nor an earlier one is taken again."""
    assert factor.step(code(1_000_000), SECRET, NOW * 1000, after=1_000_000) is None
    assert factor.step(code(999_999), SECRET, NOW * 1000, after=1_000_000) is None
    assert 1_000_001 == factor.step(code(1_000_001), SECRET, NOW * 1000, after=1_000_000)


def test_a_code_may_be_typed_with_a_space() -> None:
    """As apps show it."""
    shown = code(1_000_000)

    assert 1_000_000 == factor.step(f"{shown[:3]} {shown[3:]}", SECRET, NOW * 1000)
    assert factor.step("é" * 6, SECRET, NOW * 1000) is None
    assert factor.step("", SECRET, NOW * 1000) is None


def test_the_address_is_what_authenticator_apps_know() -> None:
    """And the picture is drawn here, without a script."""
    assert pyotp.parse_uri(factor.address(SECRET, "ada@example.org")).secret == SECRET
    assert factor.picture(SECRET, "ada").startswith("<svg")
    assert "<script" not in factor.picture(SECRET, "<script>")


def test_recovery_codes_are_told_apart() -> None:
    """Ten of them, without letters that look alike, taken in any case and with or without the dash."""
    codes = factor.recovery_codes()

    assert 10 == len({factor.recovery_hash(each) for each in codes})
    assert not set("".join(codes)) & set("il10o")
    assert factor.recovery_hash(codes[0]) == factor.recovery_hash(f" {codes[0].upper().replace('-', '')} ")
