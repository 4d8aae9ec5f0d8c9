import asyncio
import shutil
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from heatmap import cli
from heatmap.end import certificate, end, verify
from heatmap.parts import Parts
from recorder.errors import Malformed
from recorder.recording import Recording
from recorder.settings import Settings
from tests.certificate.vectors import CONTENTS, KEY
from tests.heatmap.conftest import crowd

Client = TestClient[web.Request, web.Application]

OWN = certificate.signer(certificate.sign(CONTENTS["order"], KEY))


@pytest.fixture
async def ended(opened_parts: Parts, recording: Recording) -> Recording:
    await crowd(opened_parts, recording, 20)
    return await end.finish(opened_parts, recording.id)


@pytest.fixture
def environment(team_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command finds the stores of the test."""
    for name, value in team_settings.as_environment().items():
        monkeypatch.setenv(name, value)


async def yesmap(*words: str) -> str:
    """What is said when it fails; nothing when all is well."""
    try:
        await asyncio.to_thread(cli.main, list(words))
    except SystemExit as refused:
        return str(refused.code)
    return ""


async def test_the_key_is_vouched_for_by_what_is_known_of_it() -> None:
    """The reader's own knowledge before the notice, the notice before what the site says now."""
    document = certificate.sign(CONTENTS["order"], KEY)

    assert "" == verify.verified(document).vouched
    assert "publishes" in verify.verified(document, published=OWN).vouched
    assert "notice" in verify.verified(document, published=OWN, named=OWN).vouched
    assert "you gave" in verify.verified(document, OWN, OWN, OWN).vouched


async def test_a_key_that_is_not_the_readers_is_not_genuine() -> None:
    """Whoever says which key it must be is not taken in by another."""
    forged = certificate.sign(CONTENTS["order"], Ed25519PrivateKey.generate())

    with pytest.raises(certificate.NotGenuine):
        verify.verified(forged, OWN)
    with pytest.raises(Malformed, match="32 bytes"):
        verify.verified(forged, "not base 64")


async def test_a_certificate_is_verified_at_its_address(
    collector: Client, ended: Recording, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the key that the notice named; something else at that address is said."""
    url = str(collector.make_url(f"/certificates/{ended.id}"))

    assert "" == await yesmap("certificate", "verify", url)
    assert "the notice named it before anybody said yes" in capsys.readouterr().out
    assert "There is no certificate" in await yesmap("certificate", "verify", url + "0")


async def test_a_changed_picture_is_found_in_a_folder(
    opened_parts: Parts, ended: Recording, team_settings: Settings, tmp_path: Path
) -> None:
    """By its hash, whatever it is called."""
    kept, copy = team_settings.data / "objects", tmp_path / "copy"
    shutil.copytree(kept / "pictures" / ended.id / str(ended.results["attempt"]), copy)
    file = str(kept / "certificates" / f"{ended.id}.json")
    shutil.copy(file, copy)
    assert "" == await yesmap("certificate", "verify", file, "--pictures", str(copy))

    (copy / "0" / "desktop" / "click.png").write_bytes(b"another picture")

    assert "0/desktop/click.png" in await yesmap("certificate", "verify", file, "--pictures", str(copy))


async def test_a_picture_in_the_place_of_another_is_found(ended: Recording, team_settings: Settings) -> None:
    """Where files have the names that the certificate gives them; whatever else they are called, they are known."""
    kept = team_settings.data / "objects"
    pictures = kept / "pictures" / ended.id / str(ended.results["attempt"])
    facts, table = ((pictures / f"0/desktop/{name}.json").read_bytes() for name in ("facts", "elements"))
    found = verify.verified((kept / "certificates" / f"{ended.id}.json").read_bytes())

    verify.compare(
        found, [("0/desktop/facts.json", table), ("0/desktop/elements.json", table), ("mine", facts)]
    )

    assert (["0/desktop/facts.json"], 2) == (found.changed, found.unchanged)


@pytest.mark.usefixtures("environment")
async def test_a_changed_picture_is_found_in_the_store(
    opened_parts: Parts, ended: Recording, team_settings: Settings
) -> None:
    """And one that is not there any more."""
    file = str(team_settings.data / "objects" / "certificates" / f"{ended.id}.json")
    assert "" == await yesmap("certificate", "verify", file, "--store")

    await opened_parts.store.put(end.picture_key(ended, "0/desktop/click.png"), b"another picture")
    await opened_parts.store.delete(end.picture_key(ended, "0/desktop/move.png"))

    said = await yesmap("certificate", "verify", file, "--store")
    assert "0/desktop/click.png" in said
    assert "0/desktop/move.png" in said
