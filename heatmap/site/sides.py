"""The pictures that a choice stands for: one, or two to be compared. Pure.

A `Side` is one page as some of its visitors used it: what it is called, where its files are, what is to be told of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from heatmap.drawing import Facts, two_figures
from heatmap.elements import Row
from heatmap.pictures import ALL, View
from heatmap.selection import Selection, straddles
from heatmap.site.choice import Choice
from recorder.recording import DEVICES

#: In an address, everybody: an empty value says that nothing is compared.
EVERYBODY = "all"
#: Which number of an element each layer is about.
NUMBER = {"rage": "rage", "dead": "dead", "error": "error"}


@dataclass(frozen=True)
class Side:
    """One picture; its files are those of `heatmap/files.py`."""

    recording: str
    choice: Choice
    view: View
    stamp: str = ""  #: another one whenever the picture may be another
    days: Mapping[int, str] = field(default_factory=dict)  #: what the days are called that can be told apart

    @property
    def facts(self) -> Facts | None:
        """Of the layer, None when there is no picture of it."""
        return self.view.layers.get(self.choice.layer)

    @property
    def placed(self) -> float | None:
        """The share of events that was placed by element: of clicks, where the layer has no places of its own."""
        shares = (f.placed_share for f in (self.facts, self.view.layers.get("click")) if f)
        return next((share for share in shares if share is not None), self.view.placed)

    @property
    def hottest(self) -> int:
        """Visitor sessions that the hottest colour stands for, to two figures."""
        most = self.facts.hottest if self.facts else None
        return two_figures((most or 0) / self.choice.look.strength)

    @property
    def label(self) -> str:
        """Whose picture it is: a release, a variant, one side of a mark, or everybody; of a state, what is open."""
        whose = self.choice.state.capitalize() or label(self.view.segments, self.choice.segment)
        if not self.choice.first:
            return whose
        ends = dict.fromkeys(self.days.get(day, "today") for day in (self.choice.first, self.choice.last))
        return f"{whose}, {' to '.join(ends)}"

    @property
    def incomplete(self) -> bool:
        """Whether visitors of the days that were chosen are left out: too few to be told apart by day."""
        wanted = Selection(first=self.choice.first, last=self.choice.last)
        return bool(wanted.first) and any(straddles(span, wanted) for span in self.view.days)

    @property
    def folder(self) -> str:
        return f"/recordings/{self.recording}/{self.choice.page}/{self.choice.device}"

    @property
    def files(self) -> str:
        """The folder of what is of these visitors only."""
        return f"{self.folder}/{self.choice.part}".rstrip("/")

    @property
    def overlay(self) -> str:
        return f"{self.files}/{self.choice.layer}.png{self.look}"

    @property
    def look(self) -> str:
        """Of a picture on its page, which makes it as opaque as wanted by itself."""
        return self._query(v=self.stamp)

    @property
    def exported(self) -> str:
        """The look of a file that is taken along."""
        return self._query(opacity="" if self.choice.opacity == Choice.opacity else str(self.choice.opacity))

    def _query(self, **more: str) -> str:
        usual = (Choice.palette, Choice.strength)
        given = zip(("palette", "strength"), (self.choice.palette, self.choice.strength), usual, strict=True)
        told = {name: value for name, value, as_usual in given if value != as_usual}
        told |= {name: value for name, value in more.items() if value}
        return f"?{urlencode(told)}" if told else ""

    @property
    def background(self) -> str:
        folder = self.files if self.choice.state else self.folder
        return f"{folder}/background.{'webp' if self.view.page['screenshot'] else 'png'}"

    @property
    def numbers(self) -> str:
        """Where the boxes and numbers of its elements are."""
        return f"{self.folder}/view.json" + (f"?segment={self.choice.part}" if self.choice.part else "")

    @property
    def number(self) -> str:
        return NUMBER.get(self.choice.layer, "clicked")

    @property
    def ranked(self) -> Sequence[Row]:
        """The elements that the layer is about, most first."""
        rows = [row for row in self.view.rows if getattr(row, self.number)]
        return sorted(rows, key=lambda row: (-getattr(row, self.number), row.hash))


def label(segments: Sequence[Mapping[str, Any]], name: str) -> str:
    """What people call a segment."""
    return next((called(each) for each in segments if each["name"] == name), "All visitors")


def called(segment: Mapping[str, Any]) -> str:
    """What people call one of the segments of a page."""
    if segment.get("mark"):
        return f"{'Reached' if segment['reached'] else 'Did not reach'} {segment['mark']}"
    return ", ".join(filter(None, (segment["release"], segment["variant"]))) or "All visitors"


def known(view: View, chosen: Choice) -> bool:
    """Whether the view is of what was chosen: its state, its release or variant."""
    if chosen.state:
        return any(each["name"] == chosen.state for each in view.states)
    return not chosen.segment or any(each["name"] == chosen.segment for each in view.segments)


def other(choice: Choice) -> Choice | None:
    """What a choice is compared with: another device class, or other visitors."""
    if not choice.against:
        return None
    for device in DEVICES:
        if device == choice.against:
            return None if device == choice.device else choice.but(device=device, segment="")
    if choice.state:
        return None
    segment = "" if choice.against == EVERYBODY else choice.against
    return None if segment == choice.segment else choice.but(segment=segment)


@dataclass(frozen=True)
class Difference:
    """What changed from one side to the other, on the page of the second."""

    before: Side
    after: Side
    picture: str = ""  #: where it is; empty where there is none

    @property
    def files(self) -> tuple[str, str]:
        """The folder of the picture below the recording, and its name there."""
        before, after = self.before.choice, self.after.choice
        if before.device != after.device:
            return f"{after.page}/{ALL}", f"{before.device}-{after.device}/clicked.png"
        return f"{after.page}/{after.device}", f"{before.segment}-{after.segment}/{after.layer}.png"


def differences(left: Side, right: Side) -> list[Difference]:
    """Both ways round, of which at most one has a picture; device classes only in their own order."""
    if left.choice.device != right.choice.device:
        before, after = sorted((left, right), key=lambda side: DEVICES.index(side.choice.device))
        return [Difference(before, after)]
    return [Difference(right, left), Difference(left, right)]


def view_json(view: View) -> dict[str, Any]:
    """What the picture needs to answer to a pointer: where each element is, and its numbers."""
    boxes = {key: box for key, *box in view.page.get("boxes", ())}
    numbers = ("saw", "clicked", "share", "clicks", "seconds", "rage", "dead", "error", "invalid")
    rows = [
        {"hash": row.hash, "tag": row.tag, "name": row.name, "box": boxes[row.hash]}
        | {name: value for name in numbers if (value := getattr(row, name)) is not None}
        for row in view.rows
        if row.hash in boxes
    ]
    return {
        "width": view.page.get("width", 0),
        "height": view.page.get("height", 0),
        "sessions": view.sessions,
        "fold": view.fold,
        "reach": view.reach,
        "rows": rows[:MOST],
    }


#: Elements that answer to a pointer; a page with more is not looked at one by one.
MOST = 1500
