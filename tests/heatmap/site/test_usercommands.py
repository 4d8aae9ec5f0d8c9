"""`yesmap user`: the first user, and what to do when somebody has lost everything."""

import asyncio
import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from heatmap import cli
from heatmap.site.apikeys import ApiKeys
from recorder.objects import open_store
from recorder.settings import read

Yesmap = Callable[..., str]


@pytest.fixture
def yesmap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Yesmap:
    """Runs `yesmap user …` on a store of its own; gives what it said."""
    monkeypatch.setenv("YESMAP_DATA", str(tmp_path))
    monkeypatch.setenv("YESMAP_TEAM_URL", "https://yesmap.example")

    def run(*words: str) -> str:
        capsys.readouterr()
        cli.main(["user", *words])
        return capsys.readouterr().out

    return run


def test_a_user_is_added_listed_reset_and_removed(yesmap: Yesmap) -> None:
    """With links that are good once; nothing of a password is printed."""
    added = yesmap("add", "Ada@Example.org")
    again = yesmap("add", "ada@example.org", "--role", "viewer", "--site", "Shop")
    listed = yesmap("list")
    reset = yesmap("reset", "ada@example.org")
    removed = yesmap("remove", "ada@example.org")

    links = [re.findall(r"https://yesmap\.example/welcome/\S{32}", said) for said in (added, reset)]
    assert [1, 1] == [len(found) for found in links]
    assert links[0] != links[1]
    assert "is now viewer of Shop" in again
    assert "manager of every site, viewer of Shop" in " ".join(listed.split())
    assert "removed" in removed
    assert "ada" not in yesmap("list")


def test_a_role_is_taken_away_and_a_key_is_ended(yesmap: Yesmap, tmp_path: Path) -> None:
    """By the command that needs no team's face."""
    yesmap("add", "ada", "--role", "viewer", "--site", "Shop")
    granted = yesmap("grant", "ada", "--role", "analyst", "--site", "Books")
    taken = yesmap("grant", "ada", "--role", "none", "--site", "Shop")

    async def make() -> str:
        async with open_store(str(tmp_path / "objects"), read()) as store:
            key, _ = await ApiKeys(store).make("ada", "CI", ["read"], None, 0, 1)
            return key.id

    id_ = asyncio.run(make())
    keys, ended = yesmap("keys", "ada"), yesmap("end-key", id_)

    assert "ada is now analyst of Books." in granted
    assert "ada is now nothing of Shop." in taken
    assert "analyst of Books" in yesmap("list")
    assert "viewer" not in yesmap("list")
    assert id_ in keys
    assert "is ended" in ended
    assert id_ not in yesmap("keys", "ada")


def test_the_password_may_be_given_instead(
    yesmap: Yesmap, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """From a pipe, for a set-up without a browser; it is kept as argon2id hashed it."""
    monkeypatch.setattr("sys.stdin", io.StringIO("four words and a comma\n"))
    said = yesmap("add", "ada", "--password", "--role", "analyst", "--site", "Shop")

    [file] = (tmp_path / "objects" / "users").iterdir()
    assert "$argon2id$" in file.read_text()
    assert "four words" not in file.read_text() + said
    assert "welcome" not in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["add", "a b"], "A name has up to 64"),
        (["remove", "nobody"], "no user of that name"),
        (["reset", "nobody"], "no user of that name"),
        (["keys", "nobody"], "no user of that name"),
        (["end-key", "0123456789ab"], "no such API key"),
        (["grant", "nobody", "--role", "none"], "no user of that name"),
        (["add", "ada", "--password", "--url", "http://127.0.0.1:1"], "not sent by --url"),
    ],
)
def test_what_makes_no_sense_is_said(yesmap: Yesmap, words: list[str], said: str) -> None:
    """In one sentence."""
    with pytest.raises(SystemExit, match=said):
        yesmap(*words)
