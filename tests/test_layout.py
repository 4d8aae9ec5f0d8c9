"""The house stands as it was drawn: who may import whom, and what no file may say."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
#: The numeric core: arrays in, arrays out.
CORE = (
    *("attention", "automated", "bins", "blur", "columns", "compose", "crowd", "difference", "draw"),
    *("drawing", "layers", "lettering"),
    *("palette", "png", "project", "reach", "rows", "segments", "sheet", "states", "told", "tone"),
)
#: What the core may use besides itself and the standard library; only three of its files make pictures.
NUMERIC, PICTURES = {"numpy"}, {"PIL"}
DRAWERS = {"png", "compose", "lettering"}
#: Where the font is, which comes along as the standard library does.
OWN_FILES = {"lettering": {"recorder.assets", "recorder.assets.STATIC"}}
#: Standard modules that would bring a clock, a socket, a file or a setting into the core.
OUTSIDE = {
    "asyncio",
    "datetime",
    "http",
    "os",
    "pathlib",
    "random",
    "socket",
    "subprocess",
    "tempfile",
    "time",
}


def imports(file: Path) -> Iterator[str]:
    """The full names of the modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def files(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("file", files("recorder"), ids=lambda f: f.name)
def test_the_visitors_side_knows_nothing_of_the_teams(file: Path) -> None:
    """`recorder` never imports `heatmap`."""
    assert [] == [name for name in imports(file) if name.split(".")[0] == "heatmap"]


@pytest.mark.parametrize("file", files("recorder"), ids=lambda f: f.name)
def test_the_visitors_side_knows_no_cookies(file: Path) -> None:
    """It neither reads one nor sets one: no name in its code, and no header that it asks for, is that of a cookie."""
    tree = ast.walk(ast.parse(file.read_text("utf-8")))
    words = [getattr(node, "attr", None) or getattr(node, "value", None) for node in tree]
    names = [word for word in words if isinstance(word, str) and " " not in word]

    assert [] == [name for name in names if "cookie" in name.lower()]


@pytest.mark.parametrize("name", CORE)
def test_the_core_is_numbers_only(name: str) -> None:
    """It imports numpy and itself; no clock, no socket, no file, no setting."""
    allowed = NUMERIC | (PICTURES if name in DRAWERS else set())
    standard = {
        "collections",
        "dataclasses",
        "enum",
        "functools",
        "io",
        "itertools",
        "math",
        "re",
        "struct",
    } | {
        "typing",
        "unicodedata",
        "zlib",
    }
    found = set(imports(ROOT / "heatmap" / f"{name}.py")) - OWN_FILES.get(name, set())

    assert set() == {n for n in found if n.split(".")[0] not in allowed | standard | {"heatmap"}}
    assert set() == {n for n in found if n.startswith("heatmap.") and n.split(".")[1] not in CORE}


@pytest.mark.parametrize("name", ["accept", "consent", "events", "notice", "recording", "seal", "times"])
def test_what_is_called_pure_is_pure(name: str) -> None:
    """These modules take values and return values."""
    assert set() == {n.split(".")[0] for n in imports(ROOT / "recorder" / f"{name}.py")} & OUTSIDE


def test_no_file_of_the_browser_loads_anything_from_elsewhere() -> None:
    """No CDN, no font, no script of somebody else: every address in static/ is our own, a namespace or an example."""
    ours = re.compile(r"https?://(www\.w3\.org/|[\w.]*example[\w.]*|127\.0\.0\.1|localhost)")
    kinds = {".js", ".css", ".html", ".svg"}
    served = [f for f in (ROOT / "static").rglob("*") if f.suffix in kinds and "node_modules" not in f.parts]

    found = {
        f.name: url for f in served for url in re.findall(r"https?://[^\s\"'`)<]+", f.read_text("utf-8"))
    }

    assert {} == {name: url for name, url in found.items() if not ours.match(url)}


@pytest.fixture(scope="module")
def shared() -> None:
    """What tests share with their file."""


@pytest.mark.usefixtures("shared")
def test_what_tests_share_is_set_up_once(request: pytest.FixtureRequest) -> None:
    """Where several processes run the tests, those that share something are a group: their id says so."""
    grouped = request.config.getoption("loadgroup", default=False)
    assert not grouped or request.node.nodeid.endswith(f"@{__name__}")
