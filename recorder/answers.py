"""What the visitors' interface answers, as types: the views build these, and the interface's description shows them.

Times are ms since the epoch.
"""

from typing import Any, Literal

from typing_extensions import TypedDict

from recorder.recording import Device, Purpose, Rule


class Shown(TypedDict):
    """What is recorded on the site that asks. `signal`: the browser itself said no (Sec-GPC, DNT)."""

    id: str
    nv: str
    until: int
    deadline: int
    purposes: list[Purpose]
    languages: list[str]
    devices: list[Device]
    pages: list[Rule]
    releases: str | None
    variants: list[str]
    marks: list[str]
    share: float
    gpc: Literal["no", "ask"]
    signal: bool


class Renewed(TypedDict):
    """A token that lets batches in, until it expires."""

    token: str
    expires: int


class Allowed(Renewed):
    """What follows from a yes: a token, the audit id that only the visitor has, and the texts of the sign."""

    recording: str
    audit: str
    receipt: str
    purposes: list[Purpose]
    yes: int
    now: int
    until: int
    sign: dict[str, str]


class Rights(TypedDict):
    """A token for the visitor's rights, until it expires."""

    rights: str
    expires: int


class Own(TypedDict):
    """Everything that is kept of a visitor session; `legend` says what each number means."""

    audit: str
    recording: dict[str, Any]
    consent: list[dict[str, Any]]
    session: dict[str, Any]
    legend: dict[str, Any]
    batches: list[dict[str, Any]]


class Chosen(TypedDict):
    """What the session is for from now on."""

    purposes: list[Purpose]


class Holds(TypedDict):
    """Whether the session is paused."""

    paused: bool


class Withdrawn(TypedDict):
    """The session is erased."""

    audit: str
    state: Literal["withdrawn"]
    final: bool  #: whether the pictures were finished before, and so cannot be changed


class Became(TypedDict):
    """What became of a consent, and when; the path of the certificate once there is one."""

    recording: str
    site: str
    audit: str
    state: Literal["recording", "withdrawn", "ended", "destroyed"]
    at: int | None
    given: int
    until: int
    deadline: int
    certificate: str | None


class Team(TypedDict):
    """Where what is taken with a one-time code goes: the origin of the team's face."""

    team: str


class Reason(TypedDict):
    code: str
    message: str


class Refusal(TypedDict):
    """Why a request was refused: a code for programs and a sentence for the caller."""

    error: Reason
