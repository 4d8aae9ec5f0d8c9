"""What is installed is all that is needed: a wheel with every file in it, declared dependencies, and their versions."""

import ast
import importlib.metadata
import json
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

ROOT = Path(__file__).parent.parent
CONSTRAINTS = ROOT / "constraints.txt"


#: What the container has: Yesmap, and what its extra `cluster` brings.
CONTAINER = ("yesmap", "distributed")

#: Packages whose types are part of the interface of one that is asked for, which says exactly which version it takes.
COMPANIONS = {
    "botocore": "aiobotocore",
    "multidict": "aiohttp",
    "pydantic_core": "pydantic",
    "hiredis": "redis[hiredis]",
}


def plain(name: str) -> str:
    """The name of a distribution as all write it alike (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def closure(*names: str) -> set[str]:
    """These distributions and all that they need here, without their extras."""
    found, waiting = set[str](), [(name, set[str]()) for name in names]
    while waiting:
        name, extras = waiting.pop()
        if plain(name) in found and not extras:
            continue
        found.add(plain(name))
        for line in importlib.metadata.requires(name) or []:
            need = _needed(line, extras)
            if need and need[0] not in found:
                waiting.append(need)
    return found - {"yesmap"}


def _needed(line: str, extras: set[str]) -> tuple[str, set[str]] | None:
    """The distribution and extras that a line asks for, if it applies here."""
    from packaging.requirements import Requirement

    asked = Requirement(line)
    applies = asked.marker is None or any(asked.marker.evaluate({"extra": each}) for each in (extras or {""}))
    return (plain(asked.name), set(asked.extras)) if applies else None


def pinned() -> dict[str, str]:
    """The versions of constraints.txt."""
    lines = [line for line in CONSTRAINTS.read_text("utf-8").splitlines() if line and line[0] != "#"]
    return {name: version for name, _, version in (line.partition("==") for line in lines)}


def test_every_package_of_an_installation_has_its_version() -> None:
    """The container is built from these, so tomorrow's is today's. `python -m tests.test_packaging` writes them."""
    assert set() == closure(*CONTAINER) - set(pinned())


def test_every_version_is_one_that_is_asked_for() -> None:
    """Whoever raises what is needed writes the versions anew."""
    from packaging.requirements import Requirement

    asked = [Requirement(line) for line in importlib.metadata.requires("yesmap") or []]
    versions = pinned()
    known = {str(each): versions[plain(each.name)] for each in asked if plain(each.name) in versions}

    assert len(known) > 20
    assert {} == {line: v for line, v in known.items() if not Requirement(line).specifier.contains(v)}


def test_the_extras_are_there() -> None:
    """Those that README and Makefile install, each with what it is for."""
    from packaging.requirements import Requirement

    lines = [Requirement(line) for line in importlib.metadata.requires("yesmap") or []]

    def brought(extra: str) -> set[str]:
        there = [each for each in lines if each.marker and each.marker.evaluate({"extra": extra})]
        return {plain(each.name) for each in there}

    assert {"cluster", "snapshot", "test", "bench"} == set(
        importlib.metadata.metadata("yesmap").get_all("Provides-Extra") or []
    )
    assert ({"distributed"}, {"playwright"}, {"datashader"}) == (
        brought("cluster"),
        brought("snapshot"),
        brought("bench"),
    )
    assert {"distributed", "playwright", "pytest"} <= brought("test")


def test_everything_that_is_imported_is_asked_for() -> None:
    """A package that is there only because another one needs it may be gone tomorrow."""
    asked = {plain(re.split(r"[\[<>=; ]", line)[0]) for line in importlib.metadata.requires("yesmap") or []}
    owners = importlib.metadata.packages_distributions()

    used = set[str]()
    for file in [*(ROOT / "recorder").rglob("*.py"), *(ROOT / "heatmap").rglob("*.py")]:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            used |= {name.split(".")[0] for name in names}

    foreign = used - set(sys.stdlib_module_names) - {"recorder", "heatmap", "tests", ""}
    foreign -= set(COMPANIONS)
    assert set() == {n for n in foreign if not asked & {plain(owner) for owner in owners.get(n, [])}}


def test_the_wheel_has_all_that_runs(tmp_path: Path) -> None:
    """Installed where nothing of this folder is, it goes through a whole recording: pages, scripts, texts, pictures."""
    pip = [sys.executable, "-m", "pip", "--quiet"]
    if uv := shutil.which("uv"):
        pip = [uv, "--quiet", "pip"]
        subprocess.run([uv, "--quiet", "build", "--wheel", "--out-dir", str(tmp_path), str(ROOT)], check=True)
    else:
        subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", str(tmp_path), str(ROOT)], check=True)
    [wheel] = tmp_path.glob("yesmap-*.whl")
    venv.create(tmp_path / "venv", with_pip=False)
    site = next((tmp_path / "venv").rglob("site-packages"))
    subprocess.run([*pip, "install", "--no-deps", "--target", str(site), str(wheel)], check=True)
    # The dependencies are those of the tests: what they are is tested above.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    python = tmp_path / "venv" / "bin" / "python"
    where = "import recorder, heatmap; print(recorder.__file__, heatmap.__file__)"
    told = subprocess.run([python, "-c", where], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert 2 == told.stdout.count(str(site))

    done = subprocess.run(
        [python, "-m", "heatmap.command", "demo", "--once", "--out", "out", "--visitors", "40"],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )

    assert 0 == done.returncode, done.stderr
    assert 0 == json.loads(done.stdout.splitlines()[-1])["raw_keys_left"]
    assert (site / "recorder" / "py.typed").exists()
    assert (site / "recorder" / "operate" / "alerts.yml").exists()


def write() -> None:
    versions = {name: importlib.metadata.version(name) for name in sorted(closure(*CONTAINER))}
    lines = [f"{name}=={version}" for name, version in versions.items()]
    head = "# Versions that the tests ran with, for `pip install -c constraints.txt .`: python -m tests.test_packaging"
    CONSTRAINTS.write_text("\n".join([head, *lines, ""]))


if __name__ == "__main__":
    write()
