"""The form that describes a recording: its fields to those of a recording, and back. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ValidationError

from recorder import limits, notice
from recorder.errors import Malformed
from recorder.recording import DAY_MS, DEVICES, NEW, Page, Recording, Texts
from recorder.sentences import said

TOLD = ("controller", "recipients", "region", "authority", "contact")
#: What the preview has in place of what is not there yet. Nothing that can be opened says so.
MISSING = {
    "site": "(your site)",
    "purpose": "(your purpose)",
    "controller": "(your name and address)",
    "recipients": "(who gets to see it)",
    "region": "(where it is kept)",
    "authority": "(your authority)",
    "contact": "(your contact)",
}
#: Rows for pages that the form always shows, for browsers without our script.
ROWS = 3
_WHEN = "%Y-%m-%dT%H:%M"


class Form(Protocol):
    """What was sent: several values may have one name."""

    def get(self, name: str, default: str = "") -> Any: ...
    def getall(self, name: str, default: Any = ()) -> Any: ...


@dataclass(frozen=True)
class Draft:
    """A recording that could be opened, or what keeps it from that, by the name of the field."""

    fields: dict[str, Any]
    recording: Recording | None = None
    problems: dict[str, str] = field(default_factory=dict)


def read(
    form: Form, id_: str, now_ms: int, defaults: dict[str, Texts], before: Recording | None = None
) -> Draft:
    """The draft in a form. `id_` is the recording's; `before` is what the form began with.

    What the form shows in one language only stays in all of them, unless it was changed.
    """
    problems: dict[str, str] = {}
    fields = _fields(form, now_ms, problems)
    if before is not None:
        _keep(fields, before)
    told = fields["notice"]
    texts = {f"purpose_{tag}": text for tag, text in told["purpose"].items()} | {"site": fields["site"]}
    for name, text in (texts | {each: told[each] for each in TOLD}).items():
        if text in MISSING.values():
            problems[name] = "is still the preview's own: write yours"
    try:
        made = Recording.model_validate({"id": id_, **fields}, context=NEW)
        notice.compose(made, defaults)
    except ValidationError as error:
        for each in error.errors(include_url=False):
            problems.setdefault(*_problem(each))
        return Draft(fields, None, problems)
    except Malformed as error:
        return Draft(fields, None, {"languages": error.message})
    return Draft(fields, None if problems else made, problems)


def sketch(draft: Draft, id_: str, now_ms: int, defaults: dict[str, Texts]) -> notice.Document | None:
    """What visitors would be told, with `MISSING` for what is not there or not right yet: to be looked at only.

    None without a purpose, or where what is wrong cannot be left out.
    """
    told, wrong = draft.fields["notice"], draft.problems
    purpose = {
        tag: MISSING["purpose"] if f"purpose_{tag}" in wrong else text
        for tag, text in told["purpose"].items()
    }
    if all(text == MISSING["purpose"] for text in purpose.values()):
        return None
    fields = {name: value for name, value in draft.fields.items() if name not in wrong} | {
        "site": MISSING["site"] if "site" in wrong else draft.fields["site"],
        "origins": ["https://site.example"],
        "pages": [{"name": "Home", "pattern": "/"}],
        "notice": {name: MISSING[name] if name in wrong else told[name] for name in TOLD}
        | {"purpose": purpose},
    }
    if {"start", "end"} & wrong.keys():
        fields |= {"start": now_ms, "end": now_ms + 14 * DAY_MS}
    try:
        return notice.compose(Recording.model_validate({"id": id_, **fields}), defaults)
    except (ValidationError, Malformed):
        return None


def _fields(form: Form, now_ms: int, problems: dict[str, str]) -> dict[str, Any]:
    languages = [str(each) for each in form.getall("languages", ())]
    zone = _text(form, "timezone") or "UTC"
    fields: dict[str, Any] = {
        "site": _text(form, "site"),
        "origins": _lines(form, "origins"),
        "notice": {
            "purpose": {each: _text(form, f"purpose_{each}") for each in languages},
            **{name: _text(form, name) for name in TOLD},
        },
        "languages": languages,
        "timezone": zone,
        "purposes": ["heatmap", "replay"] if form.get("replay") else ["heatmap"],
        "devices": [each for each in DEVICES if each in form.getall("devices", ())],
        "pages": _pages(form),
        "releases": _text(form, "releases") or None,
        "variants": _lines(form, "variants"),
        "marks": _lines(form, "marks"),
        "share": _number(form, "share", 100, problems) / 100,
        "gpc": "ask" if form.get("gpc") == "ask" else "no",
        "min_sessions": int(_number(form, "min_sessions", 20, problems)),
        "page_sessions": int(_number(form, "page_sessions", 0, problems)) or None,
        "max_sessions": int(_number(form, "max_sessions", 0, problems)) or None,
        "record_days": int(_number(form, "record_days", limits.CONSENT_RECORDS.days, problems)),
        "picture_days": int(_number(form, "picture_days", limits.PICTURES.days, problems)),
        "start": _time(form, "start", zone, now_ms, problems),
        "end": _time(form, "end", zone, now_ms + 14 * DAY_MS, problems),
    }
    if fields["start"] < now_ms:
        fields["start"] = now_ms
    return fields


def _keep(fields: dict[str, Any], before: Recording) -> None:
    """What the form cannot show: texts of the site's own, and what was told in each language."""
    languages: list[str] = fields["languages"]
    fields["texts"] = {tag: texts for tag, texts in before.texts.items() if tag in languages}
    for name in TOLD:
        text = getattr(before.notice, name)
        unchanged = fields["notice"][name] == _one(text, before.languages)
        if isinstance(text, Mapping) and unchanged and set(languages) <= set(text):
            fields["notice"][name] = dict(text)


def _text(form: Form, name: str) -> str:
    return " ".join(str(form.get(name, "")).split())


def _lines(form: Form, name: str) -> list[str]:
    """One entry a line, or with commas between."""
    return [
        part
        for line in str(form.get(name, "")).splitlines()
        for part in map(str.strip, line.split(","))
        if part
    ]


def _pages(form: Form) -> list[dict[str, Any]]:
    """The rows that have anything in them."""
    columns: Sequence[Sequence[str]] = [
        [str(value).strip() for value in form.getall(f"page_{name}", ())]
        for name in ("name", "kind", "pattern", "query")
    ]
    rows = zip(*columns, strict=False)
    return [
        {"name": name, "kind": kind, "pattern": pattern, "query": query.replace(",", " ").split()}
        for name, kind, pattern, query in rows
        if name or pattern
    ]


def _number(form: Form, name: str, otherwise: float, problems: dict[str, str]) -> float:
    text = _text(form, name)
    try:
        return float(text) if text else otherwise
    except ValueError:
        problems[name] = "must be a number"
        return otherwise


def _time(form: Form, name: str, zone: str, otherwise: int, problems: dict[str, str]) -> int:
    text = _text(form, name)
    if not text:
        return otherwise
    try:
        return int(datetime.strptime(text, _WHEN).replace(tzinfo=_zone(zone)).timestamp() * 1000)
    except ValueError:
        problems[name] = "must be a day and a time"
        return otherwise


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


#: Where a problem of the whole recording is told.
_WHOLE = {"within": "end", "offered": "languages", "texts": "languages"}


def _problem(error: Any) -> tuple[str, str]:
    """The field of the form and what is wrong with it."""
    loc, text = [str(part) for part in error["loc"]], said(error)
    match loc:
        case ["notice", "purpose", language, *_] if language != "purpose":
            return f"purpose_{language}", text
        case ["notice", "purpose"]:
            return "languages", "choose one at least"
        case ["devices"]:
            return "devices", "choose one at least"
        case ["notice", name, *_]:
            return name, text
        case ["pages", row, column, *_] if row.isdecimal():
            return f"page_{row}", f"{column} {text}"
        case ["pages", row] if row.isdecimal():
            return f"page_{row}", text
        case [name, *_]:
            return name, text
    return next((name for word, name in _WHOLE.items() if word in text), "site"), text


# --- back ----------------------------------------------------------------------------------------


def shown(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields as the form shows them."""
    zone, told = str(fields.get("timezone", "UTC")), fields.get("notice", {})
    languages = fields.get("languages") or list(told.get("purpose", {})) or ["en"]
    pages = [dict(page) for page in fields.get("pages", [])]
    empty = {"name": "", "kind": "path", "pattern": "", "query": []}
    return {
        "site": fields.get("site", ""),
        "origins": "\n".join(fields.get("origins", [])),
        "purpose": dict(told.get("purpose", {})),
        **{name: _one(told.get(name, ""), languages) for name in TOLD},
        "languages": languages,
        "timezone": zone,
        "replay": "replay" in fields.get("purposes", []),
        "devices": fields.get("devices", DEVICES),
        "pages": [*pages, *[empty] * max(0, ROWS - len(pages))],
        "releases": fields.get("releases") or "",
        "variants": ", ".join(fields.get("variants", [])),
        "marks": ", ".join(fields.get("marks", [])),
        "share": round(100 * fields.get("share", 1)),
        "gpc": fields.get("gpc", "no"),
        "min_sessions": fields.get("min_sessions", 20),
        "page_sessions": fields.get("page_sessions") or "",
        "max_sessions": fields.get("max_sessions") or "",
        "record_days": fields.get("record_days", limits.CONSENT_RECORDS.days),
        "picture_days": fields.get("picture_days", limits.PICTURES.days),
        "start": _written(fields.get("start"), zone),
        "end": _written(fields.get("end"), zone),
    }


def _one(text: Any, languages: Sequence[str]) -> str:
    """The text, or of texts by language the first."""
    return (
        str(text.get(languages[0]) or next(iter(text.values()), ""))
        if isinstance(text, Mapping)
        else str(text)
    )


def _written(ms: int | None, zone: str) -> str:
    return (
        "" if ms is None else datetime.fromtimestamp(ms / 1000, UTC).astimezone(_zone(zone)).strftime(_WHEN)
    )


def rules(pages: Sequence[Mapping[str, Any]]) -> list[Mapping[str, object]]:
    """The page rules as browsers get them; in place of one that makes no sense, one that fits nothing, and why."""
    made: list[Mapping[str, object]] = []
    for page in pages:
        try:
            made.append(Page.model_validate(page, context=NEW).rule)
        except ValidationError as error:
            made.append({"name": page["name"], "pattern": "(?!)", "problem": said(error.errors()[0])})
    return made
