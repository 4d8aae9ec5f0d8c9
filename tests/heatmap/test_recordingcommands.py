"""`yesmap recording`, `heatmap` and `check` through the team's face, with an API key."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

from heatmap import cli, pictures
from heatmap.palette import Look
from heatmap.parts import Parts
from heatmap.remote import KEY
from heatmap.site.access import API_KEYS
from heatmap.site.apikeys import SCOPES
from recorder.errors import Forbidden
from recorder.recording import Recording, State
from recorder.views import now_ms
from tests.conftest import a_recording
from tests.heatmap.conftest import visit
from tests.heatmap.site.conftest import Client, face, member
from tests.test_serve import RECORDING

__all__ = ["face", "member"]

Yesmap = Callable[..., Awaitable[str]]


@pytest.fixture
async def yesmap(
    member: Client, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Yesmap:
    """Runs a command with a key for everything, away from the stores; gives what it said."""
    _, token = await member.app[API_KEYS].make("ada", "CI", list(SCOPES), None, now_ms(), now_ms() + 60_000)
    monkeypatch.setenv(KEY, token)

    def nobody(*_: object) -> NoReturn:
        pytest.fail("a command from afar opens no store")

    monkeypatch.setattr("heatmap.recordingcommands.with_parts", nobody)

    async def run(*words: str) -> str:
        url = str(member.make_url("/")).rstrip("/")
        capsys.readouterr()
        await asyncio.to_thread(cli.main, [*words, "--url", url])
        return capsys.readouterr().out

    return run


async def test_a_recording_is_opened_listed_and_ended_from_afar(
    yesmap: Yesmap, opened_parts: Parts, tmp_path: Path
) -> None:
    """Once it is confirmed what may not be covered; the tag is printed with it."""
    file = tmp_path / "recording.toml"
    file.write_text(f'devices = ["tablet"]\n{RECORDING}')
    with pytest.raises(SystemExit, match="confirmed is missing"):
        await yesmap("recording", "open", str(file))

    said = await yesmap("recording", "open", str(file), "--confirmed")
    [made] = await opened_parts.registry.all()
    listed = await yesmap("recording", "list")
    closed = await yesmap("recording", "close", made.id)

    assert f"Recording {made.id} is open for https://shop.example." in said
    assert 'integrity="sha384-' in said
    assert ["tablet"] == made.devices
    assert made.id in listed
    assert f"{made.id}: closing" in closed
    assert State.OPEN != (await opened_parts.registry.read(made.id)).state


@pytest.mark.parametrize("afar", [True, False])
async def test_a_dry_run_says_what_visitors_would_be_asked_and_opens_nothing(
    yesmap: Yesmap,
    opened_parts: Parts,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    afar: bool,
) -> None:
    """Or what opening would be refused for: here as through the team's face."""
    loop, file = asyncio.get_running_loop(), tmp_path / "recording.toml"
    if not afar:
        here = "heatmap.recordingcommands.with_parts"
        monkeypatch.setattr(
            here, lambda go: asyncio.run_coroutine_threadsafe(go(opened_parts), loop).result()
        )

    async def dry(text: str) -> str:
        file.write_text(text)
        words = ["recording", "open", str(file), "--dry-run"]
        if afar:
            return await yesmap(*words)
        await asyncio.to_thread(cli.main, words)
        return capsys.readouterr().out

    said = await dry(RECORDING)
    assert "It could be opened." in said
    assert "en: May we record how you use this site? To see." in said
    assert [] == await opened_parts.registry.all()

    await opened_parts.registry.open(a_recording(origins=["https://shop.example"]))
    with pytest.raises(SystemExit, match=r"open.*https://shop\.example"):
        await dry(RECORDING)
    with pytest.raises(SystemExit, match="share"):
        await dry(f"share = 2\n{RECORDING}")


async def test_pictures_are_fetched_from_afar(
    yesmap: Yesmap, opened_parts: Parts, recording: Recording, tmp_path: Path
) -> None:
    """Every layer that has a picture, and the elements; or the files that are named."""
    for _ in range(6):
        await visit(opened_parts, recording)
    await yesmap("heatmap", "get", recording.id, "Home", "--out", str(tmp_path / "all"))
    await yesmap(
        "heatmap", "get", recording.id, "Home", "--file", "click.png", "--out", str(tmp_path / "one")
    )

    found = {path.name for path in (tmp_path / "all").iterdir()}
    assert {"home-desktop-click.png", "home-desktop-click-composed.png"} <= found
    assert "home-desktop-elements.csv" not in found  # while it runs, nothing is exported
    assert ["home-desktop-click.png"] == [path.name for path in (tmp_path / "one").iterdir()]
    assert (tmp_path / "one" / "home-desktop-click.png").read_bytes().startswith(b"\x89PNG")
    look = ("--palette", "embers", "--opacity", "50", "--file", "click-composed.webp")
    await yesmap("heatmap", "get", recording.id, "Home", *look, "--out", str(tmp_path / "look"))
    wanted = await pictures.file(
        opened_parts, recording, 0, "desktop", "click-composed.webp", Look("embers", 1, 0.5)
    )
    assert wanted == (tmp_path / "look" / "home-desktop-click-composed.webp").read_bytes()
    with pytest.raises(SystemExit, match="no page 'Shop'"):
        await yesmap("heatmap", "get", recording.id, "Shop")


async def test_nothing_is_exported_out_of_the_stores_while_it_runs(
    opened_parts: Parts, recording: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is where the stores are gets its pictures, and no table or grid, as through the team's face."""
    asked: list[Any] = []
    monkeypatch.setattr("heatmap.recordingcommands.with_parts", asked.append)
    for _ in range(6):
        await visit(opened_parts, recording)
    for name in ("click.png", "elements.csv", "click.npz"):
        cli.main(["heatmap", "get", recording.id, "Home", "--file", name, "--out", str(tmp_path / "out")])

    picture, *exports = asked
    await picture(opened_parts)
    for export in exports:
        with pytest.raises(Forbidden, match="Nothing is exported while the recording runs"):
            await export(opened_parts)
    assert ["home-desktop-click.png"] == [path.name for path in (tmp_path / "out").iterdir()]


async def test_where_there_is_no_picture_it_is_said_which_devices_have_one(
    yesmap: Yesmap, opened_parts: Parts, recording: Recording, tmp_path: Path
) -> None:
    """Of the whole page and of a file by its name; or that no other has any."""
    get = ["heatmap", "get", recording.id, "Home", "--out", str(tmp_path)]
    with pytest.raises(SystemExit, match="Asked for was desktop; no other device class has any"):
        await yesmap(*get)
    for _ in range(6):
        await visit(opened_parts, recording)

    with pytest.raises(SystemExit, match="Asked for was mobile; there are pictures of desktop\\."):
        await yesmap(*get, "--device", "mobile")
    with pytest.raises(SystemExit, match="Asked for was tablet; there are pictures of desktop\\."):
        await yesmap(*get, "--device", "tablet", "--file", "click.png")


async def test_a_release_is_checked_from_afar(
    yesmap: Yesmap, opened_parts: Parts, recording: Recording, tmp_path: Path
) -> None:
    """With the same exit status as here: 2, too few sessions to say."""
    await opened_parts.registry.change(
        recording.id, lambda r: r.model_copy(update={"seen_releases": ["1.4.0", "1.5.0"]})
    )
    junit = tmp_path / "check.xml"
    words = ["check", "--recording", recording.id, "--before", "1.4.0", "--after", "1.5.0"]

    with pytest.raises(SystemExit) as ended:
        await yesmap(*words, "--fail-on", "rage>+1pp", "--junit", str(junit))

    assert 2 == ended.value.code
    assert "<testsuite" in junit.read_text()


async def test_users_are_managed_from_afar(yesmap: Yesmap, member: Client) -> None:
    """Added, given another role, set up anew, with their keys, and removed."""
    added = await yesmap("user", "add", "bob", "--role", "viewer", "--site", "Shop")
    await yesmap("user", "grant", "bob", "--role", "analyst", "--site", "Books")
    listed = await yesmap("user", "list")
    key, _ = await member.app[API_KEYS].make("bob", "CI", ["read"], None, now_ms(), now_ms() + 60_000)
    keys = await yesmap("user", "keys", "bob")
    await yesmap("user", "end-key", key.id)
    reset = await yesmap("user", "reset", "bob")
    await yesmap("user", "remove", "bob")

    assert "/welcome/" in added
    assert "/welcome/" in reset
    assert "viewer of Shop, analyst of Books" in " ".join(listed.split())
    assert key.id in keys
    assert "bob" not in await yesmap("user", "list")
