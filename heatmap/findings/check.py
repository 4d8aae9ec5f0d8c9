"""Is a release worse than the one before? The verdict for CI, from tables that obey the crowd rule. Pure.

Each element of each page and device class is tested in each kind that is asked for. Among hundreds of tests some look
bad by chance, so the share of false alarms among the alarms is kept at 5 % (Y. Benjamini and D. Yekutieli, 2001, "The
control of the false discovery rate in multiple testing under dependency", Annals of Statistics 29, 1165-1188). Theirs
and not the older rule of Benjamini and Hochberg, because elements of a page take clicks from each other: the older
rule is proven for tests that are independent or rise together, and these fall when others rise.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from heatmap.compare import Change, bounds, chance, change, newcombe
from heatmap.elements import KINDS, Row
from recorder.errors import Malformed

#: Share of false alarms among the alarms.
FALSE = 0.05
#: Standard deviations that a normal value is within at 90 %, and above at 5 %.
Z90 = 1.644854
#: More sessions than this are not asked for: a smaller limit cannot be watched.
MOST = 10_000_000

#: So that nobody takes this verdict for that of the page.
ASKED = (
    "This asks whether the share of an element went beyond the limits given; whatever became worse by more than "
    "chance explains, script errors and quick backs among it, is on the recording's page Findings."
)
_CONDITION = re.compile(rf"({'|'.join(KINDS)})([<>])([+-]?)(\d{{1,2}}(?:\.\d+)?)pp")


@dataclass(frozen=True)
class Condition:
    """What must not happen: the share of sessions rose, or fell, by more than `limit`."""

    text: str
    kind: str
    sign: int  #: 1 = must not rise, -1 = must not fall
    limit: float  #: a share, above 0


@dataclass(frozen=True)
class Table:
    """The elements of one page on one device class in both releases."""

    place: str
    sessions: tuple[int, int]
    before: Sequence[Row]
    after: Sequence[Row]


@dataclass(frozen=True)
class Alarm:
    """An element that became worse than a condition allows."""

    place: str
    condition: Condition
    change: Change


@dataclass(frozen=True)
class Verdict:
    """What came of it. `status`: 0 = nothing is worse, 1 = something is, 2 = too few sessions to say."""

    before: str
    after: str
    alarms: list[Alarm]
    tests: int
    sessions: tuple[int, int]  #: of the place that has most
    needed: int  #: sessions that each release needs

    @property
    def status(self) -> int:
        return 1 if self.alarms else 2 if min(self.sessions) < self.needed else 0


def condition(text: str) -> Condition:
    """`rage>+1pp`: no element may have more than one percentage point more sessions with rage clicks."""
    found = _CONDITION.fullmatch(text.replace(" ", ""))
    sign = 1 if found and found[2] == ">" else -1
    if not found or not float(found[4]) or found[3] == ("-" if sign > 0 else "+"):
        raise Malformed(
            f"{text!r} is no condition: write rage>+1pp or clicked<-5pp, with one of {', '.join(KINDS)}."
        )
    return Condition(text, found[1], sign, float(found[4]) / 100)


def judge(before: str, after: str, tables: Sequence[Table], conditions: Sequence[Condition]) -> Verdict:
    """Test everything against everything; an alarm is beyond its limit by its interval and by the rule above."""
    tests = [
        (_p(a, b, each), Alarm(table.place, each, change(a, b, each.kind)))
        for table in tables
        for a, b in _pairs(table)
        for each in conditions
    ]
    tests.sort(key=lambda test: (test[0], test[1].place, test[1].change.hash, test[1].condition.text))
    alarms = [alarm for _, alarm in tests[: discoveries([p for p, _ in tests])] if _beyond(alarm)]
    return Verdict(
        before,
        after,
        alarms,
        len(tests),
        max((table.sessions for table in tables), key=min, default=(0, 0)),
        max(needed(each.limit) for each in conditions),
    )


def discoveries(ordered: Sequence[float]) -> int:
    """How many of the p values, from the smallest on, are discoveries by the rule of Benjamini and Yekutieli."""
    size = len(ordered)
    level = FALSE / sum(1 / n for n in range(1, size + 1)) / size if size else 0.0
    return max((n for n, p in enumerate(ordered, 1) if p <= n * level), default=0)


def needed(limit: float) -> int:
    """The fewest sessions of each release with which a rise from nothing to twice the limit is beyond it for sure."""
    low, high = 1, MOST
    while low < high:
        of = (low + high) // 2
        seen = newcombe(0, of, min(of, ceil(2 * limit * of)), of)[0] > limit
        low, high = (low, of) if seen else (of + 1, high)
    return low


def as_markdown(verdict: Verdict) -> str:
    """The verdict for a pull request: a sentence, a table of what became worse, and what was not asked."""
    lines = [f"### Yesmap: {verdict.after} against {verdict.before}", "", _sentence(verdict)]
    if verdict.alarms:
        lines += [
            "",
            "| page | element | limit | before | after | difference, 95 % |",
            "|---|---|---|---|---|---|",
        ]
        lines += [_line(alarm) for alarm in verdict.alarms]
    lines += ["", ASKED]
    return "\n".join(lines) + "\n"


def as_junit(verdict: Verdict) -> bytes:
    """The verdict as a test report: one case for each alarm, or one for all that is well or too little."""
    failures, skipped = len(verdict.alarms), int(verdict.status == 2)
    suite = ET.Element(
        "testsuite",
        name=f"yesmap {verdict.before} {verdict.after}",
        tests=str(max(failures, 1)),
        failures=str(failures),
        skipped=str(skipped),
    )
    for alarm in verdict.alarms:
        case = ET.SubElement(suite, "testcase", classname=alarm.place, name=_name(alarm))
        ET.SubElement(case, "failure", message=_line(alarm).strip("| "))
    if not verdict.alarms:
        case = ET.SubElement(suite, "testcase", classname="yesmap", name="nothing is worse")
        if skipped:
            ET.SubElement(case, "skipped", message=_sentence(verdict))
    return bytes(ET.tostring(suite, encoding="utf-8", xml_declaration=True))


def _pairs(table: Table) -> list[tuple[Row, Row]]:
    earlier = {(row.hash, row.tag, row.name): row for row in table.before}
    found = [(earlier.get((row.hash, row.tag, row.name)), row) for row in table.after]
    return [(a, b) for a, b in found if a and a.saw and b.saw]


def _p(before: Row, after: Row, each: Condition) -> float:
    """Of "it did not get worse by more than the limit", with what is not told taken at its best.

    1 instead of 5 % and more, which no rule takes for a discovery: working it out takes longest.
    """
    if each.sign < 0:
        before, after = after, before
    numbers = (bounds(before, each.kind)[1], before.saw or 0, bounds(after, each.kind)[0], after.saw or 0)
    return chance(*numbers, each.limit) if newcombe(*numbers, Z90)[0] > each.limit else 1.0


def _beyond(alarm: Alarm) -> bool:
    change_, limit = alarm.change, alarm.condition.limit
    return change_.low > limit if alarm.condition.sign > 0 else change_.high < -limit


def _sentence(verdict: Verdict) -> str:
    if verdict.status == 1:
        count = len(verdict.alarms)
        return f"{count} of {verdict.tests} tests {'is' if count == 1 else 'are'} beyond the limit."
    if verdict.status == 2:
        return (
            f"Too few sessions to say: on the page and device class that has most, {verdict.sessions[0]} before and "
            f"{verdict.sessions[1]} after; {verdict.needed} of each are needed."
        )
    return f"Nothing is worse, in {verdict.tests} tests."


def _name(alarm: Alarm) -> str:
    return f"{alarm.change.name or alarm.change.tag} {alarm.condition.text}"


def _line(alarm: Alarm) -> str:
    made = alarm.change
    element = f"{made.name or '(no name)'} <{made.tag}>"
    cells = [
        alarm.place,
        re.sub(r"([|\\`*_\[\]<>])", r"\\\1", element),
        alarm.condition.text,
        _percent(made.before),
        _percent(made.after),
        f"{100 * made.difference:+.1f} pp ({100 * made.low:+.1f} to {100 * made.high:+.1f})",
    ]
    return f"| {' | '.join(cells)} |"


def _percent(share: float | None) -> str:
    return "fewer than 5 sessions" if share is None else f"{100 * share:.1f} %"
