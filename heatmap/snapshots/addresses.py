"""Which page of a recording an address is, as static/rules.js finds it in the browser. Pure."""

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal
from urllib.parse import parse_qs, quote, urljoin, urlsplit

from pydantic_core import SchemaError

from recorder.errors import Malformed
from recorder.recording import Page, linear

#: What browsers leave in a path as it is.
_IN_PATHS = "/%:@!$&'()*+,;=|[]\\^"
_PORTS = {"http": 80, "https": 443}

#: What tells whether a path fits a rule, and the keys of the query that take part.
Rule = tuple[Callable[[str], bool], Sequence[str]]
Kind = Literal["page", "no page", "another site"]


def page_of(pages: Sequence[Page], url: str) -> int | None:
    """The index of the first rule that an address fits, or None. Only the keys that a rule names take part."""
    return _first([(partial(_fits, page.rule["pattern"]), page.query) for page in pages], url)


def try_out(
    pages: Sequence[Page], origins: Sequence[str], urls: Sequence[str]
) -> list[tuple[Kind, str | None]]:
    """What each address counts as, and the name of its page. A path alone is of the site, without origins any is.

    Takes time that grows with its input alone, whoever wrote the patterns: `Malformed` for one that needs more.
    """
    rules = [_quick(page) for page in pages]
    return [_counts_as(pages, rules, origins, url.strip()) for url in urls]


def _counts_as(
    pages: Sequence[Page], rules: Sequence[Rule], origins: Sequence[str], url: str
) -> tuple[Kind, str | None]:
    try:
        if origins and _origin(url) not in ("", *origins):
            return "another site", None
        found = _first(rules, urljoin("https://site.example/", url))
    except ValueError:  # no address at all
        return "no page", None
    return ("no page", None) if found is None else ("page", pages[found].name)


def _quick(page: Page) -> Rule:
    try:
        return linear(page.rule["pattern"]), page.query
    except SchemaError:
        raise Malformed(
            f"The pattern of the page {page.name!r} cannot be tried out here, only in a browser: it is no regular "
            "expression, or it looks ahead, looks behind, refers back or has large counts."
        ) from None


def _first(rules: Sequence[Rule], url: str) -> int | None:
    parts = urlsplit(url)
    path, given = quote(parts.path or "/", safe=_IN_PATHS), parse_qs(parts.query, keep_blank_values=True)
    for number, (fits, query) in enumerate(rules):
        named = [f"{key}={given[key][0]}" for key in query if key in given]
        if fits(path + (f"?{'&'.join(named)}" if named else "")):
            return number
    return None


def _origin(url: str) -> str:
    """As browsers write it; empty for a path alone, `ValueError` for what is no address."""
    parts = urlsplit(url)
    if not parts.scheme:
        return ""
    port = "" if parts.port in (None, _PORTS.get(parts.scheme)) else f":{parts.port}"
    return f"{parts.scheme}://{(parts.hostname or '').encode('idna').decode()}{port}"


def _fits(pattern: str, text: str) -> bool:
    try:
        return re.fullmatch(pattern, text) is not None
    except re.error:  # a pattern of the browsers' dialect that Python does not read
        return False
