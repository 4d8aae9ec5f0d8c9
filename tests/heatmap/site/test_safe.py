"""What codes are made from is sealed under a key that is not in the store."""

from pathlib import Path

import pyotp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from heatmap.site import entry, factor
from heatmap.site.safe import Safe
from heatmap.site.users import User, Users
from recorder.objects import Folder

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
NOW = 1_700_000_000_000


def a_safe() -> Safe:
    return Safe.under(Ed25519PrivateKey.generate())


def test_what_is_sealed_is_opened_again() -> None:
    """For that user, and by whoever has the key; it is another text each time."""
    key = Ed25519PrivateKey.generate()
    safe = Safe.under(key)
    sealed = safe.seal(SECRET, "ada")

    assert SECRET == Safe.under(key).open(sealed, "ada")
    assert SECRET not in sealed
    assert sealed != safe.seal(SECRET, "ada")
    assert safe.open(sealed, "bob") is None
    assert a_safe().open(sealed, "ada") is None
    assert safe.open(f"{sealed[:-4]}AAA=", "ada") is None


def test_what_was_kept_before_is_read_as_it_is() -> None:
    """Without a version it is the secret itself."""
    assert SECRET == a_safe().open(SECRET, "ada")


async def test_a_second_factor_of_before_is_sealed_when_it_is_used(tmp_path: Path) -> None:
    """And goes on to be good; nothing of it is in the store any more."""
    users, safe = Users(Folder(tmp_path)), a_safe()
    await users.add(User(name="ada", created=NOW, secret=SECRET))
    for later in (0, 60_000):
        code = pyotp.TOTP(SECRET).at((NOW + later) // 1000)
        await entry.by_code(users, safe, "ada", code, NOW + later)

    [file] = (tmp_path / "users").iterdir()
    assert SECRET not in file.read_text()


async def test_under_another_key_a_recovery_code_still_lets_in(tmp_path: Path) -> None:
    """The keys file was lost: the app is of no use any more, the paper is."""
    users = Users(Folder(tmp_path))
    hashes = [factor.recovery_hash("abcde-fghjk")]
    await users.add(User(name="ada", created=NOW, secret=a_safe().seal(SECRET, "ada"), recovery=hashes))

    user = await entry.by_code(users, a_safe(), "ada", "abcde-fghjk", NOW)

    assert [] == user.recovery
