"""What has to be written down about a recording, filled with its settings: for privacy page, records and assessment.

A person reads and signs them; they say what is the case, and leave what only the team can know to the team.
"""

from dataclasses import dataclass
from functools import cache

import jinja2
from aiohttp import web

from heatmap.site.render import HEADERS
from heatmap.site.written import FILTERS
from recorder import limits, notice, texts, times
from recorder.errors import NotFound
from recorder.notice import Document
from recorder.recording import Recording


@dataclass(frozen=True)
class Title:
    """A document: the name of its file, what it is called, what it is for."""

    name: str
    title: str
    says: str


def titles(recording: Recording) -> list[Title]:
    """All of a recording's: the paragraph in each of its languages."""
    paragraphs = [
        Title(
            f"notice-{tag}.md",
            f"Notice paragraph, {times.own_name(tag)}",
            "for your privacy page, in the words that visitors are shown",
        )
        for tag in recording.languages
    ]
    return [
        *paragraphs,
        Title("record.md", "Entry for your records of processing", "Article 30 GDPR"),
        Title(
            "assessment.md",
            "Data protection impact assessment",
            "Article 35 GDPR: a draft, with what Yesmap does about each risk",
        ),
    ]


def answer(recording: Recording, name: str) -> web.Response:
    """A document as a file to download."""
    headers = HEADERS | {
        "Content-Disposition": f'attachment; filename="{recording.id}-{_known(recording, name)}"'
    }
    return web.Response(text=text(recording, name), content_type="text/markdown", headers=headers)


def text(recording: Recording, name: str) -> str:
    """A document, Markdown; `NotFound` for a name that none has."""
    told = notice.compose(recording, texts.defaults())
    template, _, language = _known(recording, name).removesuffix(".md").partition("-")
    values = {
        "recording": recording,
        "said": recording.notice.said(language or recording.languages[0]),
        "told": told.languages.get(language) if language else None,
        "document": told,
        "languages": [times.own_name(tag) for tag in recording.languages],
        "days": round((recording.end - recording.start) / 86_400_000, 1),
        "limits": limits,
    }
    return _environment().get_template(f"{template}.md").render(**values)


def _known(recording: Recording, name: str) -> str:
    if name not in {title.name for title in titles(recording)}:
        raise NotFound("There is no such document.")
    return name


@cache
def _environment() -> jinja2.Environment:
    """Plain text: nothing is escaped, and nothing is shown as a page."""
    made = jinja2.Environment(  # noqa: S701
        loader=jinja2.PackageLoader("heatmap.site", "templates/documents"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= FILTERS | {"plain": _plain}
    return made


def _plain(value: str) -> str:
    """Text that somebody gave, so that it stays text in Markdown."""
    return "".join(f"\\{char}" if char in "\\`*_[]<>#|" else char for char in value)


__all__ = ["Document", "Title", "answer", "text", "titles"]
