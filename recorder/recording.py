"""What a recording is: a campaign with a purpose, pages, a start and an end, and the state it is in. Pure."""

import json
import re
import secrets
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Literal, NotRequired, Self
from urllib.parse import quote, unquote_plus, urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import SchemaError, SchemaValidator, core_schema
from typing_extensions import TypedDict
from yarl import URL

from recorder import limits, times
from recorder.errors import Malformed, Unreadable
from recorder.sentences import said

#: Of a recording as it is stored.
VERSION: Literal[1] = 1
Device = Literal["desktop", "tablet", "mobile"]
Purpose = Literal["heatmap", "replay"]
DEVICES: tuple[Device, ...] = ("desktop", "tablet", "mobile")
#: Context of validation for what is to be opened: recordings that are open already may have what it refuses.
NEW = {"new": True}
#: The width, in CSS px, at which a device class is drawn.
REFERENCE_WIDTH: dict[Device, int] = {"desktop": 1280, "tablet": 800, "mobile": 380}

DAY_MS = 24 * 3600 * 1000
_DRAWING_MS = limits.ms(limits.DRAWING)

Text = Annotated[str, Field(min_length=1, max_length=limits.TEXT_CHARS)]
Language = Annotated[
    str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=limits.LANGUAGE_CHARS)
]
#: Texts by key; a key may hold a section with keys of its own, as in static/lang/.
Texts = dict[str, Text | dict[str, Text]]


def device_class(width: int) -> Device:
    """The device class of a viewport `width` CSS px wide."""
    return "mobile" if width < 600 else "tablet" if width <= 1024 else "desktop"


class State(StrEnum):
    """Each state is written to the object store before the next step begins."""

    OPEN = "open"
    CLOSING = "closing"
    DRAWN = "drawn"
    SHREDDED = "shredded"
    REMOVED = "removed"
    CHECKED = "checked"
    CERTIFIED = "certified"
    #: In place of drawn, when there is nothing to draw from: the recording's key or its raw events were gone too early.
    KEYS_LOST = "keys lost"


#: From closing to certified, as it should be.
ENDING = (
    State.CLOSING,
    State.DRAWN,
    State.SHREDDED,
    State.REMOVED,
    State.CHECKED,
    State.CERTIFIED,
)


QueryKey = Annotated[str, Field(pattern=r"^[^\s&=#?]+$", max_length=limits.LABEL_CHARS)]


def _escaped(text: str) -> str:
    """A text as a pattern that only it fits, in the browsers' dialect as well."""
    return re.sub(r"(?=[\x00-\x7f])[^\w/]", lambda found: f"\\{found[0]}", text)


def _pattern(kind: str, text: str) -> str:
    """An exact address or a wildcard as a pattern: `*` is one step of a path, `**` any number of them.

    Browsers hold a path percent-encoded, and compare what a query means.
    """
    path, mark, query = text.partition("?")
    meant = quote(path, safe="/%=&@:!$'()*+,;~") + mark + unquote_plus(query)
    if kind == "path":
        return _escaped(meant)
    steps = re.split(r"(\*+)", meant)
    return "".join("[^/]*" if s == "*" else ".*" if s.startswith("*") else _escaped(s) for s in steps)


class Rule(TypedDict):
    """Which addresses are this page: one regular expression for the path, and the keys of the query that count."""

    name: str
    pattern: str
    query: NotRequired[list[str]]


class Page(BaseModel):
    """A rule that groups URLs: `name` is what people read, `pattern` what a path must match, in the browser."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=80)]
    kind: Literal["path", "wildcard", "regex"] = "path"
    pattern: Annotated[str, Field(min_length=1, max_length=300)]
    #: Keys of the query that take part: in the browser the pattern is matched against `path?key=value&…`.
    query: Annotated[list[QueryKey], Field(max_length=limits.QUERY_KEYS)] = []

    @model_validator(mode="after")
    def _can_match(self, info: ValidationInfo) -> Self:
        if self.kind != "regex" and not self.pattern.startswith("/"):
            raise ValueError(f"the pattern {self.pattern!r} fits no path: paths begin with /")
        if info.context == NEW and self.kind == "path" and "*" in self.pattern:
            raise ValueError(
                "a star stands for nothing where the address is exactly this: choose 'fits' (a wildcard)"
            )
        return self

    @property
    def rule(self) -> Rule:
        """What the browser needs: the name, one regular expression whatever the kind, the keys of the query if any."""
        pattern = self.pattern if self.kind == "regex" else _pattern(self.kind, self.pattern)
        rule = Rule(name=self.name, pattern=pattern)
        if self.query:
            rule["query"] = self.query
        return rule


class Notice(BaseModel):
    """What the visitor is told besides the times: who, why, and where to complain. One text for all, or one each."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    purpose: Annotated[dict[Language, Text], Field(min_length=1, max_length=limits.LANGUAGES)]
    controller: Text | dict[Language, Text]
    recipients: Text | dict[Language, Text]
    region: Text | dict[Language, Text]
    authority: Text | dict[Language, Text]
    contact: Text | dict[Language, Text]

    def said(self, language: str) -> dict[str, str]:
        """All of it in one language."""
        given = ((name, getattr(self, name)) for name in Notice.model_fields)
        return {name: text if isinstance(text, str) else text[language] for name, text in given}

    def lacks(self, language: str) -> list[str]:
        """The fields that do not have this language."""
        given = ((name, getattr(self, name)) for name in Notice.model_fields)
        return [name for name, text in given if not isinstance(text, str) and language not in text]


def _exact(origin: str, info: ValidationInfo) -> str:
    parts = urlsplit(origin)
    if (
        parts.scheme not in {"http", "https"}
        or origin != f"{parts.scheme}://{parts.netloc}"
        or not parts.netloc
    ):
        raise ValueError(f"{origin!r} is not an origin such as https://www.example.org")
    if info.context == NEW and origin != (meant := _as_browsers_say(origin)):
        raise ValueError(f"no browser says {origin!r}: write {meant!r}")
    return origin


def _as_browsers_say(origin: str) -> str:
    """Small letters, no port that goes without saying, names of other scripts in their ASCII form."""
    try:
        return str(URL(origin).origin())
    except ValueError as error:
        raise ValueError(f"{origin!r} is not an origin: {error}") from None


Origin = Annotated[str, AfterValidator(_exact)]
Label = Annotated[str, Field(min_length=1, max_length=limits.LABEL_CHARS)]


#: Ms since the epoch; in the year 5138 there is still room for what is kept, before dates end with the year 9999.
Moment = Annotated[int, Field(le=10**14)]


class Described(BaseModel):
    """What somebody says of a recording that is to be opened."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    site: Annotated[str, Field(min_length=1, max_length=80)]
    origins: Annotated[list[Origin], Field(min_length=1, max_length=20)]
    notice: Notice
    languages: Annotated[
        list[Language],
        Field(
            max_length=limits.LANGUAGES,
            validate_default=True,
            description="What visitors are offered, the first where none fits; by itself, those of the purpose.",
        ),
    ] = []
    texts: Annotated[
        dict[Language, Texts],
        Field(description="The site's own words in place of ours, by language."),
    ] = {}
    timezone: Annotated[str, Field(description="In which dates are told.")] = "UTC"
    purposes: list[Purpose] = ["heatmap"]
    devices: Annotated[
        list[Device],
        Field(
            min_length=1, description="Where it is asked and recorded: all of them, unless some are given."
        ),
    ] = list(DEVICES)
    pages: Annotated[list[Page], Field(min_length=1, max_length=limits.PAGES)]
    releases: str | None = None
    variants: Annotated[list[Label], Field(max_length=limits.VARIANTS)] = []
    marks: Annotated[list[str], Field(max_length=limits.MARKS)] = []
    share: Annotated[float, Field(gt=0, le=1)] = 1.0
    gpc: Literal["no", "ask"] = "no"
    min_sessions: Annotated[int, Field(ge=10)] = 20
    #: Both are said in the notice.
    record_days: Annotated[
        int,
        Field(ge=1, le=limits.KEPT_DAYS, description="For how long consent records stay after the end."),
    ] = limits.CONSENT_RECORDS.days
    picture_days: Annotated[
        int, Field(ge=1, le=limits.KEPT_DAYS, description="For how long final pictures do.")
    ] = limits.PICTURES.days
    max_sessions: Annotated[
        Annotated[int, Field(ge=1)] | None, Field(description="Ends it early, once it has so many.")
    ] = None
    page_sessions: Annotated[
        Annotated[int, Field(ge=1)] | None,
        Field(description="Ends it early, once each of its pages has so many sessions."),
    ] = None

    @field_validator("releases")
    @classmethod
    def _compiles(cls, value: str | None, info: ValidationInfo) -> str | None:
        try:
            re.compile(value or "")
            if info.context == NEW:
                linear(value or "")
        except re.error as error:
            raise ValueError(f"the release pattern is no regular expression: {error}") from None
        except SchemaError:
            raise ValueError(
                "a label may take too long to compare with the release pattern. Leave out what looks ahead, "
                "looks behind or refers back, and large counts"
            ) from None
        return value

    @field_validator("languages")
    @classmethod
    def _known_languages(cls, value: list[str], info: ValidationInfo) -> list[str]:
        notice: Notice | None = info.data.get("notice")
        offered = value or (list(notice.purpose) if notice else [])
        for language in offered:
            times.locale(language)
        return offered

    @field_validator("devices")
    @classmethod
    def _each_once(cls, value: list[Device]) -> list[Device]:
        if len(set(value)) < len(value):
            raise ValueError("a device class is named twice")
        return sorted(value, key=DEVICES.index)

    @field_validator("purposes")
    @classmethod
    def _heatmaps(cls, value: list[Purpose]) -> list[Purpose]:
        if "heatmap" not in value:
            raise ValueError("a recording offers heatmaps at least")
        return value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        return times.zone(value)

    @model_validator(mode="after")
    def _says_all_in_every_language(self) -> Self:
        for language in self.languages:
            if lacking := self.notice.lacks(language):
                raise ValueError(f"{language} is offered, but notice.{lacking[0]} is not given in it")
        if unasked := sorted(self.texts.keys() - set(self.languages)):
            raise ValueError(f"texts has {unasked[0]}, which is not among the offered languages")
        return self


class Recording(Described):
    """One recording. Times are ms since the epoch, by the server's clock."""

    version: Literal[1] = VERSION
    id: Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]
    #: Names the composed notice; given when the recording is opened.
    nv: Annotated[str, Field(pattern=r"^([0-9a-f]{12})?$")] = ""
    seen_releases: Annotated[list[str], Field(max_length=limits.RELEASES)] = []
    start: Moment
    end: Moment
    state: State = State.OPEN
    reached: dict[State, int] = {}
    results: dict[str, object] = {}
    #: The number of the lease under which the recording is being ended; no state is taken from an older one.
    fence: int = 0
    #: Withdrawals since closing, while pictures are drawn: those that do not know of them do not become final.
    overtaken: int = 0

    @model_validator(mode="after")
    def _short(self) -> Self:
        if not 0 < self.end - self.start <= limits.RECORDING_DAYS * DAY_MS:
            raise ValueError(f"a recording ends after its start and within {limits.RECORDING_DAYS} days")
        return self

    @property
    def deadline(self) -> int:
        """When the last raw key expires, whatever else happens: the visitor was told so."""
        return self.end + _DRAWING_MS

    @property
    def pictures_end(self) -> int:
        """When its pictures are removed, ms."""
        return self.end + self.picture_days * DAY_MS

    def takes(self, now: int) -> bool:
        """Whether visitors may be asked and recorded now."""
        return self.state == State.OPEN and self.start <= now < self.end

    def without_one_more(self) -> "Recording":
        """For somebody who has withdrawn just now: pictures that are being drawn must be drawn again."""
        if self.state != State.CLOSING:
            return self
        return self.model_copy(update={"overtaken": self.overtaken + 1})

    def row(self, label: str | None, seen: list[str]) -> int | None:
        """The row of a release or variant in a stored batch: 0 for none given, None when not seen before."""
        if label is None:
            return 0
        return seen.index(label) + 1 if label in seen else None

    def admits(self, release: str) -> bool:
        return bool(self.releases) and _fits(self.releases or "")(release)

    def to_json(self) -> bytes:
        return self.model_dump_json(indent=1).encode()

    @classmethod
    def from_json(cls, data: bytes) -> "Recording":
        """As it is stored; `Unreadable` when a newer release wrote it, or it is damaged."""
        try:
            return cls.model_validate_json(data)
        except ValidationError as error:
            try:
                version = dict(json.loads(data)).get("version", VERSION)
            except (ValueError, TypeError):
                version = VERSION
            if version == VERSION:
                wrong = said(error.errors()[0])
                raise Unreadable(
                    f"A stored recording is damaged ({wrong}): bring it back from a copy."
                ) from None
            raise Unreadable(
                f"A stored recording has version {version}; this release reads version {VERSION}: use a newer one."
            ) from None


def new(**fields: object) -> Recording:
    """A recording with an id of its own, or `Malformed` that lists everything that is wrong with it."""
    try:
        return Recording.model_validate({"id": secrets.token_hex(6), **fields}, context=NEW)
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, e['loc'])) or 'recording'}: {e['msg'].removeprefix('Value error, ')}"
            for e in error.errors()
        )
        raise Malformed(f"The recording cannot be opened: {wrong}.") from None


def linear(pattern: str) -> Callable[[str], bool]:
    r"""Whether all of a text fits, in time that grows with its length alone; `SchemaError` where that cannot be had.

    Others send these texts. Python's own `re` would take years for forty characters against a pattern like
    `(\d+\.?)+`.
    """
    return SchemaValidator(core_schema.str_schema(pattern=rf"^(?:{pattern})\z")).isinstance_python


@lru_cache(64)
def _fits(pattern: str) -> Callable[[str], bool]:
    """The same for a pattern of an earlier release, which may need Python's `re`: no recording of it runs for long."""
    try:
        return linear(pattern)
    except SchemaError:
        return lambda label: re.fullmatch(pattern, label) is not None
