from pathlib import Path

import pytest

from recorder.errors import Unusable
from recorder.keys import KeyRing


def test_the_first_start_makes_keys_that_only_the_owner_reads(tmp_path: Path) -> None:
    """The file is made once, with mode 0600, and read back the same."""
    path = tmp_path / "new" / "keys.json"

    first, again = KeyRing.read_or_make(path), KeyRing.read_or_make(path)

    assert first.tokens == again.tokens
    assert first.certificate.private_bytes_raw() == again.certificate.private_bytes_raw()
    assert 0o600 == path.stat().st_mode & 0o777


def test_two_faces_that_start_at_once_have_the_same_keys(tmp_path: Path) -> None:
    """Who comes second to the file takes the keys that are there, and leaves no draft."""
    path = tmp_path / "keys.json"
    first = KeyRing.read_or_make(path)

    KeyRing.read_or_make(tmp_path / "other.json").create(path)

    assert first.tokens == KeyRing.read(path).tokens
    assert {"keys.json", "other.json"} == {file.name for file in tmp_path.iterdir()}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "damaged"),
        ("{}", "damaged"),
        ('{"tokens": {}, "certificate": "AAAA"}', "damaged"),
        ('{"tokens": [], "certificate": ""}', "damaged"),
        ('{"tokens": {}, "certificate": "%s"}' % ("A" * 43 + "="), "less than 32 bytes"),
        ('{"tokens": {"a": "AAAA"}, "certificate": "%s"}' % ("A" * 43 + "="), "less than 32 bytes"),
    ],
)
def test_a_keys_file_that_cannot_be_used_stops_the_start(tmp_path: Path, content: str, said: str) -> None:
    """A damaged file or a short key is named, not worked around."""
    path = tmp_path / "keys.json"
    path.write_text(content)

    with pytest.raises(Unusable, match=said):
        KeyRing.read(path)
