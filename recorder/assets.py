"""Where the files that run in a browser are: inside an installed package, or beside it in a checkout."""

from pathlib import Path

_installed = Path(__file__).parent / "static"
STATIC = _installed if _installed.is_dir() else Path(__file__).parent.parent / "static"
