"""The texts that visitors read where a site gives none of its own: one file for each language, read once."""

import json
from functools import cache

from recorder.assets import STATIC
from recorder.recording import Texts


@cache
def defaults() -> dict[str, Texts]:
    """By language tag. English has every key that there is."""
    return {file.stem: json.loads(file.read_bytes()) for file in sorted((STATIC / "lang").glob("*.json"))}
