"""`yesmap user`: the first user, and what to do when somebody has lost everything."""

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from heatmap import cli

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
    ],
)
def test_what_makes_no_sense_is_said(yesmap: Yesmap, words: list[str], said: str) -> None:
    """In one sentence."""
    with pytest.raises(SystemExit, match=said):
        yesmap(*words)
