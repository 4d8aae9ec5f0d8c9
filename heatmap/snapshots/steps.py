"""What to do on a page before its snapshot is taken, in a small language: one step a line, or behind a semicolon.

    goto /account                    # a path of the same site, or a whole http(s) address
    click "Sign in"                  # a button, link, tab … by what it is called, or a CSS selector: click #menu
    fill "E-mail" with $SHOP_USER    # $NAME is read from the environment, so that no secret stands here
    press Enter
    wait "Welcome back"              # until it is to be seen
    wait 500                         # ms

Nothing else can be said: no script runs, no file is read. Lines that begin with # are remarks.
"""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from recorder.errors import Malformed, Unusable

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

#: So long is a step waited for, ms; a page that needs more is broken or needs a step `wait`.
STEP_MS = 10_000
#: More than a minute of steps is a test, not a state of a page.
STEPS = 50
#: How many words each verb takes after it.
_WORDS = {"goto": (1,), "click": (1,), "fill": (2, 3), "press": (1,), "wait": (1,)}
#: What a selector begins with; anything else is a name.
_CSS = ("#", ".", "[", "css=")
#: What is filled in, as a selector.
_FIELD = "input, select, textarea, [contenteditable]"
#: What may be called by a name.
_ROLES = ("button", "link", "tab", "menuitem", "checkbox", "radio", "option", "switch", "combobox", "textbox")


@dataclass(frozen=True)
class Step:
    """One of them; `value` is what is filled in, still as it was written."""

    verb: str
    target: str
    value: str = ""

    def __str__(self) -> str:
        return f"{self.verb} {self.target}"


def parse(text: str) -> list[Step]:
    """The steps in a text, or `Malformed` with the first that cannot be read."""
    steps = [_step(words) for line in text.splitlines() for words in _statements(line)]
    if len(steps) > STEPS:
        raise Malformed(f"There are {len(steps)} steps, at most {STEPS} are taken.")
    return steps


async def run(page: "Page", steps: list[Step], environment: Mapping[str, str]) -> None:
    """Do the steps one after the other; `Unusable` names the one that cannot be done."""
    from playwright.async_api import Error

    for step in steps:
        try:
            await _do(page, step, environment)
        except Error as error:
            why = error.message.splitlines()[0]
            raise Unusable(f"The step `{step}` cannot be done at {page.url.split('?')[0]}: {why}") from None


def _statements(line: str) -> list[list[str]]:
    if line.lstrip().startswith("#"):
        return []
    lexer = shlex.shlex(line, posix=True, punctuation_chars=";")
    lexer.whitespace_split, lexer.commenters = True, ""
    found: list[list[str]] = [[]]
    try:
        for word in lexer:
            if set(word) == {";"}:
                found.append([])
            else:
                found[-1].append(word)
    except ValueError:
        raise Malformed(f"The step {line.strip()!r} has a quotation mark without its other half.") from None
    return [words for words in found if words]


def _step(words: list[str]) -> Step:
    verb, *rest = words
    said = " ".join(words)
    if verb not in _WORDS:
        raise Malformed(f"The step {said!r} begins with none of {', '.join(_WORDS)}.")
    if len(rest) not in _WORDS[verb] or (len(rest) == 3 and rest[1] != "with"):
        how = 'fill "name" with $VALUE' if verb == "fill" else f'{verb} "…"'
        raise Malformed(f"The step {said!r} is not of the form {how}.")
    if verb == "wait" and rest[0].isdecimal() and int(rest[0]) > STEP_MS:
        raise Malformed(f"The step {said!r} waits longer than {STEP_MS} ms.")
    return Step(verb, rest[0], rest[-1] if verb == "fill" else "")


async def _do(page: "Page", step: Step, environment: Mapping[str, str]) -> None:
    if step.verb == "goto":
        await page.goto(_address(page.url, step), timeout=STEP_MS)
    elif step.verb == "press":
        await page.keyboard.press(step.target)
    elif step.verb == "wait" and step.target.isdecimal():
        await page.wait_for_timeout(int(step.target))
    else:
        found = await _found(page, step.target)
        if step.verb == "click":
            await found.click(timeout=STEP_MS)
        elif step.verb == "fill":
            await _fill(found, step, environment)


async def _fill(field: "Locator", step: Step, environment: Mapping[str, str]) -> None:
    """Fill a field; into a password goes nothing that is written out in the steps."""
    secret = await field.evaluate("(e) => e.type === 'password'", timeout=STEP_MS)
    if step.value.startswith("$"):
        name = step.value[1:]
        if name not in environment:
            raise Unusable(f"The step `{step}` needs the environment variable {name}.")
        await field.fill(environment[name], timeout=STEP_MS)
    elif secret:
        raise Unusable(
            f"The step `{step}` fills a password: name an environment variable that holds it, $NAME."
        )
    else:
        await field.fill(step.value, timeout=STEP_MS)


def _address(base: str, step: Step) -> str:
    whole = urljoin(base, step.target)
    if urlsplit(whole).scheme not in {"http", "https"}:
        raise Unusable(f"The step `{step}` leads to no web page.")
    return whole


async def _found(page: "Page", target: str) -> "Locator":
    """The first element to be seen that a selector or a name means, once there is one."""
    ways = [way.filter(visible=True) for way in _ways(page, target)]
    every = ways[0]
    for way in ways[1:]:
        every = every.or_(way)
    await every.first.wait_for(timeout=STEP_MS)
    for way in ways:
        if await way.count():
            return way.first
    return every.first


def _ways(page: "Page", target: str) -> "list[Locator]":
    """How something may be meant, the likeliest first: what can be used before what can only be read."""
    if target.startswith(_CSS):
        return [page.locator(target.removeprefix("css="))]
    roles = [page.get_by_role(role, name=target, exact=True) for role in _ROLES]  # type: ignore[arg-type]
    fields = [
        page.locator(_FIELD).and_(page.get_by_label(target, exact=True)),
        page.get_by_placeholder(target, exact=True),
    ]
    return [*fields, *roles, page.get_by_text(target, exact=True)]
