"""The notice: everything that a visitor is told, in every offered language, composed once, when a recording is opened.

What a visitor sees comes from the composed document and from nowhere else, so that its name, `nv`, says what was shown.
Pure: the default texts come in, the document goes out.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from recorder import times
from recorder.consent import record_end
from recorder.errors import Malformed
from recorder.recording import Recording, Texts

#: The language whose file has every key.
REFERENCE = "en"
#: Filled in when a receipt is shown, not when the notice is composed.
_LATER = "when"
_PLACEHOLDER = re.compile(r"\{(\w*)\}")

Row = tuple[str, str]


class First(BaseModel):
    """The first layer: what the prompt says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lang: str
    dir: Literal["ltr", "rtl"]
    title: str
    purpose: str
    rows: list[Row]
    age: str
    replay: str | None = None
    no: str
    yes: str
    failed: str
    more: str


class Sign(BaseModel):
    """What the sign says while a yes stands, and when it ends."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lang: str
    dir: Literal["ltr", "rtl"]
    on: str
    paused: str
    details: str
    stop: str
    stopped: str
    later: str


class Section(BaseModel):
    """A part of the full notice: a heading, paragraphs, then terms with what they mean. `name` is its anchor."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    heading: str
    texts: list[str] = []
    rows: list[Row] = []


class Full(BaseModel):
    """The full notice."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    intro: str
    sections: list[Section]
    languages: str


class Told(BaseModel):
    """Everything in one language. `sha256` is that of the first layer and the full notice, as in `text_hash`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    first: First
    full: Full
    sign: Sign
    panel: dict[str, str]
    receipt: dict[str, str]
    sha256: str


class Document(BaseModel):
    """The notice of one recording, as it is registered."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    site: str
    timezone: str
    #: What the certificate of the purge will be signed with: known before anybody says yes.
    certificate_key: str | None = None
    languages: dict[str, Told]

    def to_json(self) -> bytes:
        return self.model_dump_json(exclude_none=True).encode()

    @property
    def nv(self) -> str:
        """Names the notice: another word or another date is another name."""
        return hashlib.sha256(self.to_json()).hexdigest()[:12]


def compose(recording: Recording, defaults: dict[str, Texts], certificate_key: str | None = None) -> Document:
    """The notice of a recording, or `Malformed` with the one thing that keeps it from being complete."""
    _refuse_unknown(recording, defaults)
    told = {language: _told(recording, language, defaults) for language in recording.languages}
    return Document(
        site=recording.site, timezone=recording.timezone, certificate_key=certificate_key, languages=told
    )


def text_hash(first: First, full: Full) -> str:
    """SHA-256 (hex) of what was on the screen: first layer and full notice as JSON, sorted, without spaces."""
    shown = {"first": first.model_dump(exclude_none=True), "full": full.model_dump()}
    return hashlib.sha256(
        json.dumps(shown, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    ).hexdigest()


def fill(texts: dict[str, str], **values: str) -> dict[str, str]:
    """The texts with `{name}` replaced where a value is given."""
    return {
        key: _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)
        for key, text in texts.items()
    }


def direction(language: str) -> Literal["ltr", "rtl"]:
    """Which way a language is written."""
    return "rtl" if times.locale(language).text_direction == "rtl" else "ltr"


def section(texts: Texts, name: str) -> dict[str, str]:
    """One section of the texts of a language."""
    return _section(_flat(texts), name)


# --- one language ------------------------------------------------------------------------------


def _told(recording: Recording, language: str, defaults: dict[str, Texts]) -> Told:
    texts = _ready(recording, language, defaults)
    first, full = _first(recording, language, texts), _full(recording, language, texts)
    sign = Sign.model_validate({key: texts.get(key) for key in Sign.model_fields} | _tongue(language))
    said = sign.model_dump(include={"on", "paused", "stopped", "later"})
    return Told(
        first=first,
        full=full,
        sign=sign,
        panel={"purpose": first.purpose, **said, **_section(texts, "panel")},
        receipt=_section(texts, "receipt"),
        sha256=text_hash(first, full),
    )


def _tongue(language: str) -> dict[str, Any]:
    return {"lang": language, "dir": direction(language)}


def _first(recording: Recording, language: str, texts: dict[str, str]) -> First:
    said = recording.notice.said(language)
    rows = [(texts["who"], said["controller"])]
    rows += [(texts[key], texts[f"{key}Text"]) for key in ("what", "never", "until", "change")]
    plain = {key: texts[key] for key in First.model_fields if key in texts and key != "replay"}
    return First(
        **_tongue(language),
        purpose=said["purpose"],
        rows=rows,
        replay=texts["replay"] if "replay" in recording.purposes else None,
        **plain,
    )


def _full(recording: Recording, language: str, texts: dict[str, str]) -> Full:
    said, t = recording.notice.said(language), _section(texts, "notice")
    kept = [(t[key], t[f"{key}Text"]) for key in ("raw", "consent", "pictures", "browser")]
    sections = [
        Section(
            name="who", heading=t["who"], texts=[said["controller"]], rows=[(t["contact"], said["contact"])]
        ),
        Section(name="why", heading=t["why"], texts=[said["purpose"], t["basis"]]),
        Section(
            name="uses",
            heading=t["uses"],
            rows=[(t[use], t[f"{use}Text"]) for use in _in_order(recording.purposes)],
        ),
        Section(name="what", heading=t["what"], texts=[t["whatText"]]),
        Section(name="never", heading=t["never"], texts=[t["neverText"]]),
        Section(name="kept", heading=t["kept"], rows=kept),
        Section(
            name="recipients",
            heading=t["recipients"],
            texts=[said["recipients"]],
            rows=[(t["region"], said["region"])],
        ),
        Section(
            name="rights",
            heading=t["rights"],
            texts=[t["withdraw"], t["access"], t["correct"]],
            rows=[(t["complain"], said["authority"])],
        ),
        Section(name="finished", heading=t["finished"], texts=[t["finishedText"]]),
        Section(name="age", heading=t["age"], texts=[t["ageText"]]),
    ]
    return Full(title=t["title"], intro=t["intro"], sections=sections, languages=t["languages"])


def _in_order(purposes: Iterable[str]) -> list[str]:
    return sorted(set(purposes))


# --- texts: ours, under the site's own, filled in ----------------------------------------------


def _ready(recording: Recording, language: str, defaults: dict[str, Texts]) -> dict[str, str]:
    """Every text of a language by its dotted key, with the recording's values in it."""
    ours = defaults.get(language) or defaults.get(language.split("-")[0], {})
    texts = _flat(ours) | _flat(recording.texts.get(language, {}))
    if missing := [key for key in _flat(defaults[REFERENCE]) if key not in texts]:
        raise Malformed(
            f"The recording cannot be opened: we have no texts in {language}, so texts.{language} must give "
            f"all of them; {len(missing)} are missing, such as {', '.join(missing[:3])}."
        )
    values = _values(recording, language)
    for key, text in texts.items():
        for name in _PLACEHOLDER.findall(text):
            if name not in values and not (name == _LATER and key.startswith("receipt.")):
                raise Malformed(
                    f"The recording cannot be opened: texts.{language}.{key} has {{{name}}}, but there are only "
                    f"{', '.join(f'{{{known}}}' for known in values)}."
                )
    return fill(texts, **values)


def _values(recording: Recording, language: str) -> dict[str, str]:
    """What placeholders stand for."""
    where = language, recording.timezone
    return {
        "site": recording.site,
        "until": times.day(recording.end, *where),
        "until_short": times.short_day(recording.end, *where),
        "until_time": times.moment(recording.end, *where),
        "deadline": times.day(recording.deadline, *where),
        "deadline_time": times.moment(recording.deadline, *where),
        "record_end": times.day(record_end(recording), *where),
        "pictures_end": times.day(recording.pictures_end, *where),
    }


def _refuse_unknown(recording: Recording, defaults: dict[str, Texts]) -> None:
    known = _flat(defaults[REFERENCE]).keys()
    for language, texts in recording.texts.items():
        if unknown := [key for key in _flat(texts) if key not in known]:
            raise Malformed(
                f"The recording cannot be opened: there is no text called {', '.join(unknown)}, "
                f"which texts.{language} gives."
            )


def _flat(texts: Texts) -> dict[str, str]:
    """Sections as dotted keys: `panel.title`."""
    flat: dict[str, str] = {}
    for key, value in texts.items():
        flat |= {key: value} if isinstance(value, str) else {f"{key}.{k}": v for k, v in value.items()}
    return flat


def _section(texts: dict[str, str], name: str) -> dict[str, str]:
    return {key.removeprefix(f"{name}."): text for key, text in texts.items() if key.startswith(f"{name}.")}
