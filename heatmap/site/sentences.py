"""What a finding says: a heading, what happened to how many, and where to look. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from heatmap.divided import EVERYBODY, Whom
from heatmap.findings.findings import Finding, Symptom, Verdict
from heatmap.site.choice import Choice
from recorder.recording import DEVICES

#: Kinds of symptoms by what people call them, and the layer that shows them.
WHAT: Mapping[str, tuple[str, str]] = {
    "rage": ("clicked again and again", "rage"),
    "dead": ("clicked in vain", "dead"),
    "error": ("clicked into an error", "error"),
    "invalid": ("had it refused", "click"),
    "clicked": ("clicked it", "click"),
    "script": ("met this error", "error"),
    "back": ("left at once, back to where they came from", "move"),
    "depth": ("got this far", "scroll"),
}
#: What replays can be searched for.
TROUBLES: Mapping[str, str] = {
    "rage": "rage",
    "dead": "dead",
    "error": "error",
    "script": "error",
    "invalid": "refused",
    "back": "back",
}
#: In a sentence, with the number after it.
CHIPS: Mapping[str, str] = {
    "rage": "Rage clicks",
    "dead": "Dead clicks",
    "error": "Errors on click",
    "invalid": "Refused",
    "clicked": "Clicks",
    "script": "Script error",
    "back": "Quick backs",
    "depth": "Scroll depth",
}


@dataclass(frozen=True)
class Section:
    """Findings of one verdict, under a heading of their own."""

    verdicts: tuple[Verdict, ...]
    title: str
    about: str


def sections(before: str, after: str) -> list[Section]:
    """In the order in which they are read."""
    made = [
        Section(("wrong",), "Wrong in every release" if after else "What is wrong", "Most people hit first."),
        Section(("note",), "Where people stop", "The tenth of each page over which most of them are lost."),
    ]
    if not after:
        return made
    worse = Section(("worse", "likely"), f"Worse in {after}", f"Against {before}, most people hit first.")
    better = Section(("better",), f"Better or used more in {after}", f"Against {before}.")
    return [worse, made[0], better, made[1]]


def heading(finding: Finding) -> str:
    """What it is about, in the words of the page."""
    subject = finding.subject
    if subject.what == "element":
        return subject.name or f"(no name) <{subject.tag}>"
    if subject.what == "script":
        return f"Error in {subject.name or 'a script'}, line {subject.line}, column {subject.column}"
    return "The page as a whole" if subject.what == "back" else f"{subject.y} px down the page"


def told(symptom: Symptom, *, note: bool = False) -> str:
    """What happened to how many of whom."""
    of = (
        "who got there"
        if note
        else "who were here"
        if symptom.kind in ("script", "back", "depth")
        else "who saw it"
    )
    what = "stopped within the next tenth of the page" if note else WHAT[symptom.kind][0]
    if not symptom.of:
        return f"Fewer {what}." if symptom.verdict == "worse" else f"More {what}."
    number = f"{symptom.sessions} of {symptom.of}" if symptom.sessions else f"Fewer than 5 of {symptom.of}"
    return f"{number} {of} {what} ({_percent(symptom.sessions / symptom.of)})."


def changed(symptom: Symptom) -> str:
    """From which share to which, and how sure that is; nothing where nothing was compared."""
    if symptom.difference is None or symptom.least is None or symptom.most is None:
        return ""
    sides = [_percent(share) if share is not None else "few" for share in (symptom.before, symptom.after)]
    return (
        f"{sides[0]} → {sides[1]}: {_points(symptom.difference)} points, "
        f"95 % between {_points(symptom.least)} and {_points(symptom.most)}"
    )


def picture(recording: str, finding: Finding, whom: Whom = EVERYBODY) -> str:
    """Where it is to be seen, of the same visitors."""
    kind = finding.symptoms[0].kind
    device = next((device for device in DEVICES if device == finding.device), Choice.device)
    layer = WHAT[kind][1]
    wanted = whom.selection
    chosen = Choice(finding.subject.page, device, layer, element=finding.subject.hash).but(
        segment=replace(wanted, first=0, last=0).name, first=wanted.first, last=wanted.last
    )
    return f"/recordings/{recording}{chosen.query}"


def replays(recording: str, finding: Finding, after: str) -> str:
    """Visits in which it happened; empty where replays cannot be searched for it."""
    trouble = TROUBLES.get(finding.symptoms[0].kind)
    if trouble is None:
        return ""
    query: dict[str, str | int] = {"page": finding.subject.page, "trouble": trouble}
    if finding.device:
        query["device"] = finding.device
    if after and finding.verdict in ("worse", "likely"):
        query["release"] = after
    return f"/recordings/{recording}/replays?{urlencode(query)}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share == 0 or share >= 0.01 else f"{100 * share:.1f} %"


def _points(difference: float) -> str:
    return f"{100 * difference:+.1f}".replace("-", "−")
