"""Which page of a recording an address is, as static/rules.js finds it in the browser. Pure."""

import re
from collections.abc import Sequence
from urllib.parse import parse_qs, urlsplit

from recorder.recording import Page


def page_of(pages: Sequence[Page], url: str) -> int | None:
    """The index of the first rule that an address fits, or None. Only the keys that a rule names take part."""
    parts = urlsplit(url)
    given = parse_qs(parts.query, keep_blank_values=True)
    for number, page in enumerate(pages):
        named = [f"{key}={given[key][0]}" for key in page.query if key in given]
        text = (parts.path or "/") + (f"?{'&'.join(named)}" if named else "")
        if _fits(text, str(page.rule["pattern"])):
            return number
    return None


def _fits(text: str, pattern: str) -> bool:
    try:
        return re.fullmatch(pattern, text) is not None
    except re.error:  # a pattern of the browsers' dialect that Python does not read
        return False
