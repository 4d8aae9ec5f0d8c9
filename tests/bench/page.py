"""The page that is measured on: twelve sections of what sites are made of, with one tool or none."""

from collections.abc import Callable
from html import escape

TEXT = (
    "light rail harbour morning paper window garden river copper lantern market bridge winter orchard signal "
    "letter kettle meadow station pocket timber velvet saddle marble anchor ribbon thunder basket"
)
WORDS = TEXT.split()

STYLE = """
body { margin: 0; font: 16px/1.5 sans-serif; color: #222 }
header { position: sticky; top: 0; background: #fff; padding: 12px 40px; display: flex; gap: 24px }
section { padding: 40px; border-top: 1px solid #ddd }
.grid { display: grid; grid-template-columns: repeat(4, 1fr); gap: 20px }
.card { border: 1px solid #ccc; border-radius: 8px; padding: 16px }
.card:hover { border-color: #369 }
table { border-collapse: collapse; width: 100% }
td, th { border-bottom: 1px solid #ddd; padding: 6px; text-align: left }
label { display: block; margin: 8px 0 }
img { width: 100%; height: 90px; background: #eef }
"""


def page(head: str) -> str:
    """The page's HTML with `head` in its head: the same bytes otherwise, whatever the tool is."""
    sections = "".join(_SECTIONS[n % len(_SECTIONS)](n) for n in range(12))
    links = "".join(f'<a href="#part-{_word(n)}">{_word(n).title()}</a>' for n in range(8))
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Twelve sections</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style>{head}'
        f"<header><strong>Example</strong>{links}</header><main>{sections}</main><footer><p>{_text(0, 12)}</p></footer>"
    )


def _word(n: int) -> str:
    return WORDS[n * 7 % len(WORDS)]


def _text(n: int, words: int) -> str:
    return escape(" ".join(_word(n * 3 + k) for k in range(words)).capitalize() + ".")


def _cards(n: int) -> str:
    card = (
        '<article class="card"><img alt="" src="data:,"><h3>{title}</h3><p>{text}</p>'
        '<button type="button">Add to basket</button></article>'
    )
    cards = "".join(card.format(title=_word(n + k).title(), text=_text(n + k, 14)) for k in range(8))
    return _section(n, f'<div class="grid">{cards}</div>')


def _prose(n: int) -> str:
    return _section(n, "".join(f"<p>{_text(n + k, 60)} <a href='#top'>{_word(k)}</a></p>" for k in range(4)))


def _table(n: int) -> str:
    rows = "".join(
        f"<tr><th>{_word(n + k)}</th><td>{_text(k, 6)}</td><td>{k * 12}</td></tr>" for k in range(10)
    )
    return _section(n, f"<table>{rows}</table>")


def _form(n: int) -> str:
    fields = "".join(f"<label>{_word(n + k).title()} <input name='{_word(n + k)}'></label>" for k in range(4))
    return _section(n, f"<form onsubmit='return false'>{fields}<button type='button'>Send</button></form>")


def _section(n: int, content: str) -> str:
    return f'<section id="part-{_word(n)}"><h2>{_text(n, 4)}</h2>{content}</section>'


_SECTIONS: tuple[Callable[[int], str], ...] = (_cards, _prose, _table, _form)
