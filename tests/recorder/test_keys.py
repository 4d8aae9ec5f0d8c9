import asyncio
import base64
import json
import subprocess
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer
from joserfc import jwt

from recorder import app as recorder_app
from recorder import limits, views
from recorder.consent import Tokens
from recorder.errors import Unusable
from recorder.keys import KeyRing, follow
from recorder.settings import Settings
from tests.conftest import ORIGIN, a_recording
from tests.recorder.test_views import FROM, say_yes
from tests.test_serve import YESMAP, environment, started


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


NOW = 1_800_000_000_000
DAY = 24 * 3600 * 1000
RECORDING = a_recording(start=NOW - 1000, end=NOW + 30 * DAY - 1000)


def ring(tmp_path: Path) -> KeyRing:
    return KeyRing.read_or_make(tmp_path / "keys.json")


def test_a_new_key_verifies_at_once_and_signs_a_minute_later(tmp_path: Path) -> None:
    """So that every collector knows it before the first of its tokens comes along."""
    first = ring(tmp_path)
    after = first.rotated(NOW)
    [old, new] = after.tokens
    tokens = Tokens(after.tokens, after.since)

    def signer(now: int) -> object:
        return jwt.decode(tokens.issue("s", RECORDING, ORIGIN, now)[0], tokens._keys).header["kid"]

    assert [old] == list(first.tokens)
    assert [old, old, new] == [signer(NOW), signer(NOW + 59_999), signer(NOW + 60_000)]
    assert first.certificate.private_bytes_raw() == after.certificate.private_bytes_raw()


def test_a_token_of_a_retired_key_is_good_to_the_end_of_its_recording(tmp_path: Path) -> None:
    """However often keys are rotated meanwhile, it can be renewed, and its owner can erase."""
    first = ring(tmp_path)
    token, _ = Tokens(first.tokens, first.since).issue("session", RECORDING, ORIGIN, NOW)
    after = first
    for day in range(31):
        after = after.rotated(NOW + day * DAY)

    late = NOW + 30 * DAY
    assert "session" == Tokens(after.tokens, after.since).verify(token, late, expired_too=True).session
    assert 32 == len(after.tokens)


def test_a_key_is_dropped_when_no_recording_of_its_time_is_left(tmp_path: Path) -> None:
    """Thirty days and a day for drawing after it stopped signing; keys that signed later stay."""
    first = ring(tmp_path)
    second = first.rotated(NOW)
    third = second.rotated(NOW + DAY)

    assert 3 == len(third.tokens)
    assert list(third.tokens)[1:] == list(third.rotated(NOW + 31 * DAY + 60_000).tokens)[:-1]
    assert next(iter(third.tokens)) in third.rotated(NOW + 31 * DAY).tokens


def test_a_rotated_ring_is_written_as_a_whole_and_read_back(tmp_path: Path) -> None:
    """Mode 0600, no draft left, and a file from before rotation is read as it is."""
    path = tmp_path / "keys.json"
    before = ring(tmp_path)
    after = before.rotated(NOW)

    after.replace(path)

    assert (after.tokens, after.since) == (KeyRing.read(path).tokens, KeyRing.read(path).since)
    assert {} == before.since
    assert [path] == list(tmp_path.iterdir())
    assert 0o600 == path.stat().st_mode & 0o777


async def test_whoever_follows_the_file_takes_new_keys_and_survives_a_bad_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The file as it is now; a damaged one is said and changes nothing; the next good one is taken."""
    monkeypatch.setattr(limits, "KEYS_SECONDS", 0.01)
    path, stop = tmp_path / "keys.json", asyncio.Event()
    before, taken = ring(tmp_path), asyncio.Queue[KeyRing]()
    following = asyncio.create_task(follow(path, taken.put_nowait, stop))

    async with asyncio.timeout(10):
        assert before.tokens == (await taken.get()).tokens
        path.with_suffix(".bad").write_text("{}")
        path.with_suffix(".bad").replace(path)
        while "stay in use" not in caplog.text:
            await asyncio.sleep(0.01)
        after = before.rotated(NOW)
        after.replace(path)
        assert after.tokens == (await taken.get()).tokens
        stop.set()
        await following
    assert taken.empty()


def test_the_command_rotates_under_running_collectors(tmp_path: Path) -> None:
    """`yesmap keys rotate` beside a running collector says in one line which key signs from when."""
    env = environment(tmp_path)
    with started([YESMAP, "demo", "--visitors", "1"], env, "The crowd has left"):
        done = subprocess.run([YESMAP, "keys", "rotate"], env=env, capture_output=True, text=True, check=True)

    kids = list(KeyRing.read(tmp_path / "keys.json").tokens)
    assert f"Key {kids[-1]} signs from" in done.stdout
    assert 2 == len(kids)
    assert (0, 1) == (done.returncode, len(done.stdout.splitlines()))


async def test_a_collector_signs_with_a_new_key_without_a_restart(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file changes under it: tokens of the old key stay good, new ones are the new key's."""
    monkeypatch.setattr(limits, "KEYS_SECONDS", 0.01)
    async with TestClient(TestServer(recorder_app.build(settings))) as client:
        opened = await client.app[views.REGISTRY].open(a_recording())
        held = await say_yes(client, opened)
        KeyRing.read(settings.keys_path).rotated(views.now_ms() - 60_000).replace(settings.keys_path)
        async with asyncio.timeout(10):
            while 1 == len(client.app[views.TOKENS]._since):
                await asyncio.sleep(0.01)

        renewed = await client.post("/v1/renew", data=json.dumps({"token": held["token"]}), headers=FROM)

        assert 200 == renewed.status
        kids = [
            json.loads(base64.urlsafe_b64decode(t.split(".")[0] + "=="))
            for t in (held["token"], (await renewed.json())["token"])
        ]
        assert list(KeyRing.read(settings.keys_path).tokens) == [header["kid"] for header in kids]
