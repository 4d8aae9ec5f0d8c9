"""What a recording is: a campaign with a purpose, pages, a start and an end, and the state it is in. Pure."""

import hashlib
import json
import re
import secrets
from enum import StrEnum
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from recorder import limits
from recorder.errors import Malformed

Device = Literal["desktop", "tablet", "mobile"]
Purpose = Literal["heatmap", "replay"]
DEVICES: tuple[Device, ...] = ("desktop", "tablet", "mobile")
#: The width, in CSS px, at which a device class is drawn.
REFERENCE_WIDTH: dict[Device, int] = {"desktop": 1280, "tablet": 800, "mobile": 380}

DAY_MS = 24 * 3600 * 1000
_DRAWING_MS = round(limits.DRAWING.total_seconds() * 1000)

Text = Annotated[str, Field(min_length=1, max_length=500)]


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


class Page(BaseModel):
    """A rule that groups URLs: `name` is what people read, `pattern` what a path must match, in the browser."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=80)]
    kind: Literal["path", "wildcard", "regex"] = "path"
    pattern: Annotated[str, Field(min_length=1, max_length=300)]

    @model_validator(mode="after")
    def _can_match(self) -> Self:
        if self.kind != "regex" and not self.pattern.startswith("/"):
            raise ValueError(f"the pattern {self.pattern!r} fits no path: paths begin with /")
        return self


class Notice(BaseModel):
    """What the visitor is told besides the times: who, why, and where to complain."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    purpose: dict[str, Text]
    controller: Text
    recipients: Text
    region: Text
    authority: Text
    contact: Text

    @field_validator("purpose")
    @classmethod
    def _in_english(cls, value: dict[str, str]) -> dict[str, str]:
        if "en" not in value:
            raise ValueError("the purpose must be given in English (en) at least")
        return value


class Recording(BaseModel):
    """One recording. Times are ms since the epoch, by the server's clock."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    id: Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]
    site: Annotated[str, Field(min_length=1, max_length=80)]
    origins: Annotated[list[str], Field(min_length=1, max_length=20)]
    notice: Notice
    purposes: list[Purpose] = ["heatmap"]
    pages: Annotated[list[Page], Field(min_length=1, max_length=limits.PAGES)]
    releases: str | None = None
    seen_releases: Annotated[list[str], Field(max_length=limits.RELEASES)] = []
    seen_variants: Annotated[list[str], Field(max_length=limits.VARIANTS)] = []
    marks: Annotated[list[str], Field(max_length=limits.MARKS)] = []
    share: Annotated[float, Field(gt=0, le=1)] = 1.0
    gpc: Literal["no", "ask"] = "no"
    min_sessions: Annotated[int, Field(ge=10)] = 20
    start: int
    end: int
    state: State = State.OPEN
    reached: dict[State, int] = {}
    results: dict[str, object] = {}

    @field_validator("origins")
    @classmethod
    def _exact_origins(cls, value: list[str]) -> list[str]:
        for origin in value:
            parts = urlsplit(origin)
            if (
                parts.scheme not in {"http", "https"}
                or origin != f"{parts.scheme}://{parts.netloc}"
                or not parts.netloc
            ):
                raise ValueError(f"{origin!r} is not an origin such as https://www.example.org")
        return value

    @field_validator("releases")
    @classmethod
    def _compiles(cls, value: str | None) -> str | None:
        try:
            re.compile(value or "")
        except re.error as error:
            raise ValueError(f"the release pattern is no regular expression: {error}") from None
        return value

    @model_validator(mode="after")
    def _short_and_useful(self) -> Self:
        if not 0 < self.end - self.start <= limits.RECORDING_DAYS * DAY_MS:
            raise ValueError(f"a recording ends after its start and within {limits.RECORDING_DAYS} days")
        if "heatmap" not in self.purposes:
            raise ValueError("a recording offers heatmaps at least")
        return self

    @property
    def deadline(self) -> int:
        """When the last raw key expires, whatever else happens: the visitor was told so."""
        return self.end + _DRAWING_MS

    @property
    def nv(self) -> str:
        """Names the notice: the same as long as everything that the visitor is told stays the same."""
        told = self.model_dump(
            mode="json", include={"site", "notice", "purposes", "start", "end", "min_sessions"}
        )
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:12]

    def takes(self, now: int) -> bool:
        """Whether visitors may be asked and recorded now."""
        return self.state == State.OPEN and self.start <= now < self.end

    def row(self, label: str | None, seen: list[str]) -> int | None:
        """The row of a release or variant in a stored batch: 0 for none given, None when not seen before."""
        if label is None:
            return 0
        return seen.index(label) + 1 if label in seen else None

    def admits(self, release: str) -> bool:
        return bool(self.releases) and re.fullmatch(self.releases or "", release) is not None

    def to_json(self) -> bytes:
        return self.model_dump_json(indent=1).encode()

    @classmethod
    def from_json(cls, data: bytes) -> "Recording":
        return cls.model_validate_json(data)


def new(**fields: object) -> Recording:
    """A recording with an id of its own, or `Malformed` that lists everything that is wrong with it."""
    try:
        return Recording.model_validate({"id": secrets.token_hex(6), **fields})
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, e['loc'])) or 'recording'}: {e['msg'].removeprefix('Value error, ')}"
            for e in error.errors()
        )
        raise Malformed(f"The recording cannot be opened: {wrong}.") from None
