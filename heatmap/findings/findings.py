"""What is wrong with a site, in order, and what became worse from one release to the next. Pure.

A finding is about one thing on one page: an element, a place in a script, a page that is left at once, a depth at
which people stop. It has symptoms: what went wrong there, for how many of those who were there, and how that changed.
Findings are in the order of how many visitors were hit for sure: the lower end of the share's interval, or of the
difference's, times the people. Among hundreds of differences some are chance, so only those that pass the rule in
`check.py` are called worse or better.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Literal

from heatmap.findings.check import discoveries
from heatmap.findings.evidence import Number, chance, difference, interval, total
from heatmap.findings.survey import ALL, Place, Survey
from heatmap.findings.suspects import CLICKED, USED, Subject, Suspect, suspects
from heatmap.sheet import CELL
from heatmap.told import MINIMUM

#: Share of a page's height over which it is looked how many stop.
WINDOW = 0.1
#: More findings than this are not read.
MOST = 200

#: In the order in which they are read. `likely`: something goes wrong more often, by its own interval, but among so
#: many intervals that may be chance.
Verdict = Literal["worse", "likely", "wrong", "better", "note"]
VERDICTS: tuple[Verdict, ...] = ("worse", "likely", "wrong", "better", "note")


@dataclass(frozen=True)
class Symptom:
    """What happened, to how many, and how that changed. Shares are of the sessions that could have been hit."""

    kind: str  #: of `FAULTS`, clicked, script, back or depth
    sessions: int  #: that were hit, at least
    of: int
    low: float  #: 95 % confidence interval of the share
    high: float
    before: float | None = None  #: in the release before; None where it is not told, or there is none
    after: float | None = None
    difference: float | None = None  #: None where there is nothing to compare
    least: float | None = None  #: 95 % confidence interval of the difference
    most: float | None = None
    verdict: Verdict = "wrong"
    devices: dict[str, int] = field(default_factory=dict)  #: sessions that were hit, by device class


@dataclass(frozen=True)
class Finding:
    """One thing on one page; the worst symptom first."""

    subject: Subject
    device: str | None  #: where most of them were hit, so where to look
    verdict: Verdict
    hit: int  #: visitor sessions that were hit for sure
    symptoms: list[Symptom]

    @property
    def new(self) -> bool:
        """Whether it is an element of which nobody was told to use it in the release before."""
        first = self.symptoms[0]
        return self.verdict == "better" and first.kind == CLICKED and first.before is None


@dataclass(frozen=True)
class Findings:
    """Of a recording, or of one release against another."""

    before: str  #: releases; empty where there are not two
    after: str
    tests: int  #: differences that were looked at
    findings: list[Finding]


def find(survey: Survey, before: str = "", after: str = "") -> Findings:
    """Everything that is wrong; with two releases also what changed from one to the other."""
    some = list(suspects(survey, before, after))
    sure = _sure([s for s in some if s.fault]) | _sure([s for s in some if not s.fault])
    symptoms: defaultdict[Subject, list[tuple[int, Symptom]]] = defaultdict(list)
    for suspect in some:
        symptom = _symptom(suspect, changed=id(suspect) in sure)
        symptoms[suspect.subject].append((_hit(suspect, symptom), symptom))
    made = [found for subject, each in symptoms.items() if (found := _finding(subject, each))]
    made += _stops(survey)
    made.sort(key=lambda f: (VERDICTS.index(f.verdict), -f.hit, f.subject.page, str(f.subject)))
    return Findings(before, after, sum(1 for each in some if each.pairs), _once(made)[:MOST])


def _sure(some: Sequence[Suspect]) -> set[int]:
    """Which of them changed by more than chance: what goes wrong is asked apart from what is used otherwise."""
    ordered = sorted(
        (chance(list(suspect.pairs.values())), n) for n, suspect in enumerate(some) if suspect.pairs
    )
    return {id(some[n]) for _, n in ordered[: discoveries([p for p, _ in ordered])]}


def _once(made: Sequence[Finding]) -> list[Finding]:
    """Of the depths of a page only the first: where many stop at one, few get to the next."""
    depths = [(f.verdict, f.subject.page) if f.subject.what == "depth" else None for f in made]
    return [f for n, f in enumerate(made) if depths[n] is None or depths[n] not in depths[:n]]


def files(survey: Survey) -> dict[str, bytes]:
    """What is kept at the end: of each release against the one before, and of the last two under the plain name."""
    made = {f"{name}/findings.json": as_json(find(survey, *pair)) for name, pair in survey.pairs().items()}
    return made | {"findings.json": list(made.values())[-1] if made else as_json(find(survey))}


def as_json(found: Findings) -> bytes:
    return json.dumps(asdict(found), ensure_ascii=False, indent=1).encode()


def read(data: bytes) -> Findings:
    """What `as_json` wrote."""
    found = json.loads(data)
    made = [
        Finding(
            **{**f, "subject": Subject(**f["subject"]), "symptoms": [Symptom(**s) for s in f["symptoms"]]}
        )
        for f in found["findings"]
    ]
    return Findings(**{**found, "findings": made})


def _symptom(suspect: Suspect, *, changed: bool) -> Symptom:
    whole = total(list(suspect.whole.values())) if suspect.whole else Number(0, 0, 0)
    low, high = whole.share
    made = Symptom(
        suspect.kind,
        whole.least,
        whole.of,
        round(low, 4),
        round(high, 4),
        devices={device: n.least for device, n in suspect.whole.items() if device and n.least},
    )
    if not suspect.pairs:
        return made
    pairs = list(suspect.pairs.values())
    sides = [total([pair.before for pair in pairs]), total([pair.after for pair in pairs])]
    least, most = interval(pairs)
    return replace(
        made,
        before=_share(suspect, sides[0]),
        after=_share(suspect, sides[1]),
        difference=round(difference(pairs), 4),
        least=round(least, 4),
        most=round(most, 4),
        verdict=_verdict(suspect, least, changed=changed),
    )


def _verdict(suspect: Suspect, least: float, *, changed: bool) -> Verdict:
    if changed:
        return "worse" if (least > 0) == suspect.fault else "better"
    return "likely" if suspect.fault and least > 0 else "wrong"


def _share(suspect: Suspect, number: Number) -> float | None:
    """As it is told elsewhere: of a range its lower end, but of a depth the upper one."""
    told = number.most if suspect.kind == "depth" else number.least
    return round(told / number.of, 4) if told else None


def _hit(suspect: Suspect, symptom: Symptom) -> int:
    """Sessions that were hit for sure: by the change where there was one, else by what there is."""
    if symptom.verdict in ("worse", "likely", "better") and not _still(symptom):
        after = sum(pair.after.of for pair in suspect.pairs.values())
        return int(min(abs(symptom.least or 0), abs(symptom.most or 0)) * after)
    return int(symptom.low * symptom.of) if suspect.fault else 0


def _finding(subject: Subject, symptoms: Sequence[tuple[int, Symptom]]) -> Finding | None:
    """What is to be told of a subject; None where nothing is wrong and nothing changed."""
    telling = [(hit, s) for hit, s in symptoms if s.verdict != "wrong" or (s.sessions and s.kind not in USED)]
    if not telling:
        return None
    telling.sort(key=lambda each: (VERDICTS.index(each[1].verdict), -each[0], each[1].kind))
    hit, worst = telling[0]
    where = max(worst.devices, key=lambda device: worst.devices[device], default=subject.device)
    verdict: Verdict = "wrong" if _still(worst) else worst.verdict
    return Finding(subject, where, verdict, hit, [s for _, s in telling])


def _still(symptom: Symptom) -> bool:
    """Whether something goes wrong less often than before, but goes wrong."""
    return symptom.verdict == "better" and symptom.kind not in USED and symptom.after is not None


def _stops(survey: Survey) -> Iterator[Finding]:
    """Where most people stop on each page, below what they saw at once: on the device class with most sessions."""
    for page in range(len(survey.pages)):
        here = [place for place in survey.places if place.page == page and any(place.reach[ALL])]
        if here:
            place = max(here, key=lambda each: each.sessions[ALL])
            yield from _stop(place)


def _stop(place: Place) -> Iterator[Finding]:
    reach, step = place.reach[ALL], max(1, int(WINDOW * len(place.reach[ALL])))
    lost = {row: reach[row] - reach[row + step] for row in range(len(reach) - step)}
    row = max(lost, key=lambda each: (lost[each], -each), default=0)
    if not lost or lost[row] < MINIMUM:
        return
    least, most = max(0, lost[row] - MINIMUM + 1), min(lost[row] + MINIMUM - 1, reach[row])
    low, high = Number(least, most, reach[row]).share
    stopped = Symptom(
        "depth",
        lost[row],
        reach[row],
        round(low, 4),
        round(high, 4),
        verdict="note",
        devices={place.device: lost[row]},
    )
    subject = Subject("depth", place.page, place.device, y=row * CELL)
    yield Finding(subject, place.device, "note", int(low * reach[row]), [stopped])
