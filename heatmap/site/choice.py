"""What somebody wants to see of a recording: read from an address, and written into one. Pure.

The address is all there is, so that it can be handed to a colleague.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Literal
from urllib.parse import urlencode

from heatmap import days
from heatmap.drawing import LAYERS
from heatmap.palette import PALETTES, Look
from heatmap.pictures import STATE
from heatmap.site.written import number_in
from recorder.errors import NotFound
from recorder.recording import Device, Recording, State

Mode = Literal["side", "slider", "difference"]
MODES: Mapping[Mode, str] = {"side": "Side by side", "slider": "Slider", "difference": "Difference"}
#: How soon colours are hot, by what the page calls it.
STRENGTHS: Mapping[str, float] = {"faint": 0.4, "usual": 1.0, "strong": 2.5, "very-strong": 6.0}
#: The least and the most opacity that may be chosen.
OPACITY = (10, 100)


@dataclass(frozen=True)
class Choice:
    """One picture, or two beside or over each other."""

    page: int = 0
    device: Device = "desktop"
    layer: str = "click"
    state: str = ""  #: what is open on the page, as in `files.states`; the page as it comes when empty
    segment: str = (
        ""  #: the name of a release, variant or mark, as in `files.segments`; all of them when empty
    )
    against: str = ""  #: another segment, `all`, or another device class
    mode: Mode = "side"
    palette: str = "classic"
    strength: str = "usual"
    opacity: int = 100  #: in hundredths of what is usual
    element: str = ""  #: the hash of an element that is pointed out
    first: int = 0  #: day of the recording, from 1; with the last one, or neither
    last: int = 0

    @property
    def query(self) -> str:
        """Only what is not as usual."""
        usual = Choice()
        given = {name: value for name, value in asdict(self).items() if value != getattr(usual, name)}
        return f"?{urlencode(given)}" if given else ""

    @property
    def look(self) -> Look:
        """How pictures are coloured."""
        return Look(self.palette, STRENGTHS[self.strength], self.opacity / 100)

    @property
    def part(self) -> str:
        """How its files are called: a state is of everybody, so it is that, or a segment on some days."""
        if self.state:
            return f"{STATE}{self.state}"
        return self.segment + (f"d{self.first}to{self.last}" if self.first else "")

    @property
    def everybody(self) -> "Choice":
        """The same of all visitors."""
        return self.but(segment="", state="", first=0, last=0)

    def but(self, **changes: object) -> "Choice":
        return replace(self, **changes)  # type: ignore[arg-type]


def read(query: Mapping[str, str], recording: Recording) -> Choice:
    """The choice in an address; `NotFound` for a page, device class or layer that is not there."""
    number = query.get("page", "0")
    if not number.isdecimal() or len(number) > 4 or int(number) >= len(recording.pages):
        raise NotFound("This recording has no such page.")
    first, last = days_in(query, recording)
    layer = query.get("layer", Choice.layer)
    if layer not in LAYERS:
        raise NotFound("There is no such layer.")
    return Choice(
        page=int(number),
        device=device(query.get("device", recording.devices[0]), recording),
        layer=layer,
        state=query.get("state", ""),
        segment=query.get("segment", "") if not query.get("state") else "",
        against=query.get("against", ""),
        mode=next((mode for mode in MODES if mode == query.get("mode")), Choice.mode),
        palette=_one_of(query.get("palette"), PALETTES, Choice.palette),
        strength=_one_of(query.get("strength"), STRENGTHS, Choice.strength),
        opacity=_opacity(query.get("opacity", "")),
        element=query.get("element", "")[:8],
        first=first,
        last=last,
    )


def days_in(query: Mapping[str, str], recording: Recording) -> tuple[int, int]:
    """First and last day, in that order; 0 and 0 where none is given. Days are told apart while a recording runs."""
    given = [number_in(query.get(name, "")) or 0 for name in ("first", "last")]
    if recording.state != State.OPEN or not any(given) or query.get("state"):
        return 0, 0
    end = days.last(recording)
    first, last = (min(day or usual, end) for day, usual in zip(given, (1, end), strict=True))
    return first, max(first, last)


def device(name: str, recording: Recording) -> Device:
    """The device class of that name, or `NotFound`: also where the recording does not have it."""
    for each in recording.devices:
        if each == name:
            return each
    raise NotFound("This recording has no such device class.")


def _opacity(text: str) -> int:
    number = number_in(text)
    return number if number is not None and OPACITY[0] <= number <= OPACITY[1] else Choice.opacity


def _one_of(text: str | None, known: Mapping[str, object], usual: str) -> str:
    return text if text in known and text is not None else usual
