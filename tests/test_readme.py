"""What the README says is true: its commands run, its settings are all there are, its example can be opened.

`python -m tests.test_readme` writes the settings table and the tag anew.
"""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

from heatmap import cli, recordingcommands
from recorder import files
from recorder.settings import Settings

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
_TABLE = re.compile(
    r"(?<=recorder/settings.py, kept in step by a test -->\n).*?(?=<!-- /settings)", re.DOTALL
)
_TAG = re.compile(r"(?<=static/dist/, kept in step by a test -->\n).*?(?=<!-- /tag)", re.DOTALL)


def blocks(language: str) -> list[str]:
    """The contents of the README's code blocks in this language."""
    return re.findall(rf"```{language}\n(.*?)```", README.read_text("utf-8"), re.DOTALL)


def settings_table() -> str:
    rows = [
        f"| `YESMAP_{name.upper()}` | {_default(field.default)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join(["| setting | default | what it is |", "|---|---|---|", *rows, ""])


def tag() -> str:
    return f"```html\n{files.tag('https://ask.example.org')}\n```\n"


def _default(value: object) -> str:
    return "" if value is None else f"`{str(value).lower() if isinstance(value, bool) else value}`"


def test_every_setting_stands_in_the_table() -> None:
    """The table is what the settings themselves say."""
    [table] = _TABLE.findall(README.read_text("utf-8"))

    assert settings_table() == table


def test_the_tag_is_that_of_this_version() -> None:
    """Who copies it gets what is served, to the last byte."""
    [shown] = _TAG.findall(README.read_text("utf-8"))

    assert tag() == shown


def test_what_the_map_of_the_code_names_is_there() -> None:
    """Every folder and file of CONTRIBUTING.md; one without a folder is in that of the one before it."""
    lines = (ROOT / "CONTRIBUTING.md").read_text("utf-8").splitlines()
    rows = [line.split("|")[1] for line in lines if line.startswith("| `")]

    places, folder = [], ROOT
    for name in re.findall(r"`([^`]+)`", " ".join(rows)):
        first = ROOT / name.split("/")[0]
        folder = first if first.is_dir() else folder
        places.append(ROOT / name if first.is_dir() else folder / name)
    assert len(rows) > 10
    assert [] == [place for place in places if not place.exists()]


def test_the_example_recording_can_be_opened(tmp_path: Path) -> None:
    """A newcomer who copies the example has a recording that is accepted."""
    [example] = blocks("toml")
    file = tmp_path / "recording.toml"
    file.write_text(example, "utf-8")

    described = recordingcommands.described(file)
    assert ["Home", "Product", "Offers"] == [page.name for page in described.pages]
    assert ["desktop", "mobile"] == described.devices


def test_the_make_targets_that_it_names_exist() -> None:
    """`make` knows every target that the README tells people to call."""
    targets = re.findall(r"^make (\S+)$", "\n".join(blocks("sh")), re.MULTILINE)

    assert {"run", "test", "prove", "torture"} == set(targets)
    for target in targets:
        subprocess.run(["make", "--dry-run", "--silent", target], cwd=ROOT, check=True, capture_output=True)


def test_the_tests_that_it_names_exist() -> None:
    """Every promise is tested by what stands beside it."""
    named = set(re.findall(r"`(test_\w+)`", README.read_text("utf-8")))
    there = "".join(file.read_text("utf-8") for file in (ROOT / "tests").rglob("*.py"))

    assert len(named) > 20
    assert set() == {name for name in named if f"def {name}(" not in there}


def test_the_commands_of_yesmap_that_it_names_exist() -> None:
    """Every `yesmap …` line is one that the command line understands."""
    lines = re.findall(r"^yesmap ([^#\n]+)", "\n".join(blocks("sh")), re.MULTILINE)

    assert lines
    for line in lines:
        cli._parser().parse_args(shlex.split(line))


def test_the_demo_command_does_what_it_says(tmp_path: Path) -> None:
    """The second command, with a smaller crowd, leaves pictures and a certificate, no raw key."""
    [command] = [line for line in "\n".join(blocks("sh")).splitlines() if "demo --once" in line]
    words = command.split()
    words[0] = str(Path(sys.executable).parent / Path(words[0]).name)

    done = subprocess.run(
        [*words, "--visitors", "120"], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    figures = json.loads(done.stdout.splitlines()[-1])
    assert (120, 0, 0) == (figures["visitors"], figures["raw_keys_left"], figures["recording_keys_left"])
    assert figures["refused"] > 0
    assert figures["withdrawn"] > 0
    stayed = figures["visitors"] - figures["refused"] - figures["withdrawn"]
    assert stayed // 5 * 5 == figures["sessions"]  # people are told in fives
    assert figures["pictures"] == len(list((tmp_path / "out").glob("*.png"))) > 10
    verified = subprocess.run(
        [words[0], "certificate", "verify", "out/certificate.json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Genuine" in verified.stdout


if __name__ == "__main__":
    text = _TABLE.sub(lambda _: settings_table(), README.read_text("utf-8"))
    README.write_text(_TAG.sub(lambda _: tag(), text), "utf-8")
