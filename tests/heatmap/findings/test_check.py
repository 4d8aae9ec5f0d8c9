"""The verdict: an alarm where something is worse for sure, quiet where nothing is, honest where nobody can say."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from heatmap.compare import newcombe
from heatmap.elements import KINDS, Row
from heatmap.findings import check
from heatmap.findings.check import Table, as_junit, as_markdown, condition, discoveries, judge, needed
from heatmap.told import most
from recorder.errors import Malformed

RAGE = condition("rage>+1pp")


def row(name: str, saw: int, **numbers: int | None) -> Row:
    kinds = dict.fromkeys(KINDS, None) | numbers
    return Row(hash=name, tag="button", name=name, saw=saw, share=None, clicks=None, seconds=None, **kinds)


def table(before: list[Row], after: list[Row], sessions: int = 2000) -> Table:
    return Table("Home, desktop", (sessions, sessions), before, after)


def test_conditions_are_read() -> None:
    """A kind, a direction, a limit in percentage points."""
    assert ("rage", 1, 0.01) == (RAGE.kind, RAGE.sign, RAGE.limit)
    fall = condition("clicked < -2.5pp")
    assert ("clicked", -1, 0.025) == (fall.kind, fall.sign, fall.limit)


@pytest.mark.parametrize(
    "text", ["rage", "rage>1", "anger>+1pp", "rage>-1pp", "clicked<+1pp", "rage>+0pp", ""]
)
def test_what_is_no_condition_is_refused(text: str) -> None:
    """With a sentence that shows how to write one."""
    with pytest.raises(Malformed, match="write rage>"):
        condition(text)


def test_the_rule_of_benjamini_and_yekutieli() -> None:
    """Of four tests the limits are 0.006, 0.012, 0.018 and 0.024; a later one that passes takes the earlier along."""
    assert [0, 1, 2, 3, 4] == [
        discoveries(p)
        for p in (
            [0.007, 0.5, 0.6, 0.7],
            [0.005, 0.5, 0.6, 0.7],
            [0.005, 0.011, 0.6, 0.7],
            [0.005, 0.013, 0.017, 0.7],
            [0.02, 0.021, 0.022, 0.023],
        )
    ]
    assert 0 == discoveries([])


def test_worse_for_sure_is_an_alarm() -> None:
    """Rage rose from few to one in ten; another button's rise is within its limit."""
    verdict = judge(
        "1.4",
        "1.5",
        [
            table(
                [row("Buy", 900), row("Help", 900, rage=9)],
                [row("Buy", 900, rage=90), row("Help", 900, rage=14)],
            )
        ],
        [RAGE],
    )

    assert (1, ["Buy"]) == (verdict.status, [alarm.change.name for alarm in verdict.alarms])
    text = as_markdown(verdict)
    assert "1 of 2 tests is beyond the limit." in text
    assert r"| Home, desktop | Buy \<button\> | rage>+1pp | fewer than 5 sessions | 10.0 % |" in text


def test_a_verdict_says_what_it_did_not_ask() -> None:
    """Whatever it is: the page of findings may say something else."""
    quiet = judge("1.4", "1.5", [table([row("Buy", 900)], [row("Buy", 900)], 900)], [RAGE])
    loud = judge("1.4", "1.5", [table([row("Buy", 900)], [row("Buy", 900, rage=90)], 900)], [RAGE])

    assert [0, 1] == [quiet.status, loud.status]
    assert all(as_markdown(each).endswith("is on the recording's page Findings.\n") for each in (quiet, loud))


def test_a_fall_is_an_alarm_where_it_is_asked_for() -> None:
    """Clicks fell from half to a fifth."""
    both = table([row("Buy", 400, clicked=200)], [row("Buy", 400, clicked=80)])

    assert 1 == judge("1.4", "1.5", [both], [condition("clicked<-5pp")]).status
    assert [] == judge("1.4", "1.5", [both], [condition("clicked>+5pp")]).alarms


def test_too_few_sessions_are_said_with_how_many_are_needed() -> None:
    """Nothing found among forty sessions is no proof that nothing is there."""
    verdict = judge("1.4", "1.5", [table([row("Buy", 40)], [row("Buy", 40)], 40)], [RAGE])

    assert 2 == verdict.status
    assert f"40 before and 40 after; {needed(0.01)} of each are needed." in as_markdown(verdict)
    assert 2 == judge("1.4", "1.5", [], [RAGE]).status


def test_as_many_as_are_needed_are_enough() -> None:
    """With so many a rise to twice the limit is seen, with one less it is not."""
    of = needed(0.01)
    assert newcombe(0, of, -(-of * 2 // 100), of)[0] > 0.01
    assert needed(0.05) < of < needed(0.005)
    assert 0 == judge("1.4", "1.5", [table([row("Buy", of)], [row("Buy", of)], of)], [RAGE]).status


def test_a_report_for_test_runners() -> None:
    """A failure for each alarm; a skipped case where nobody can say."""
    worse = judge("1.4", "1.5", [table([row("<Buy>", 900)], [row("<Buy>", 900, rage=90)])], [RAGE])
    few = judge("1.4", "1.5", [], [RAGE])

    suite = ET.fromstring(as_junit(worse))  # noqa: S314 - our own
    assert ("1", "1", "0") == (suite.get("tests"), suite.get("failures"), suite.get("skipped"))
    assert "<Buy> rage>+1pp" == suite[0].get("name")
    assert "1" == ET.fromstring(as_junit(few)).get("skipped")  # noqa: S314


def told(chance: np.random.Generator, name: str, saw: int, shares: dict[str, float]) -> Row:
    """A row of so many sessions as a table would tell it."""
    clicked = int(most(chance.binomial(saw, [shares["clicked"]]), np.array([saw]))[0])
    parts = {
        kind: int(most(chance.binomial(clicked, [share]), np.array([clicked]))[0]) or None
        for kind, share in shares.items()
        if kind != "clicked"
    }
    return row(name, saw, clicked=clicked or None, **parts)


def test_equal_releases_stay_quiet() -> None:
    """Of 400 seeded runs, thirty elements each and conditions without any slack, at most 5 % raise an alarm."""
    chance = np.random.default_rng(5)
    conditions = [condition(text) for text in ("rage>+0.01pp", "dead>+0.01pp", "clicked<-0.01pp")]
    loud = 0
    for _ in range(400):
        rows: list[list[Row]] = [[], []]
        for element in range(30):
            shares = {"clicked": chance.uniform(0.01, 0.5), "rage": 0.05, "dead": 0.1}
            for side in rows:
                side.append(told(chance, f"{element}", int(chance.integers(50, 800)), shares))
        loud += judge("1.4", "1.5", [table(rows[0], rows[1])], conditions).status == 1

    assert 0.05 >= loud / 400
    assert check.FALSE == 0.05
