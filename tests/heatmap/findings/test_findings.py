"""Findings: what is wrong, in order, and what became worse; the demo shop's faults on top."""

from functools import cache

import pytest

from heatmap.demo.shop import PAGES
from heatmap.elements import Row
from heatmap.findings import findings
from heatmap.findings.findings import Findings, find
from heatmap.findings.survey import Place, Survey
from heatmap.flow import Flow
from heatmap.page import Told
from recorder.recording import DEVICES
from tests.heatmap import crowds


def row(name: str, saw: int = 200, **numbers: int) -> Row:
    kinds = dict.fromkeys(("clicked", "first", "rage", "dead", "error"), None) | numbers
    return Row(hash=name, tag="button", name=name, saw=saw, share=None, clicks=None, seconds=None, **kinds)


def survey(all_: list[Row], before: list[Row] = [], after: list[Row] = []) -> Survey:  # noqa: B006
    """One page on desktops, 400 sessions, all of whom got to its end."""
    rows = {"": all_, "1.4.0": before, "1.5.0": after}
    sessions = {"": 400, "1.4.0": 200, "1.5.0": 200}
    place = Place(0, "desktop", sessions, rows, {name: [n] * 100 for name, n in sessions.items()})
    return Survey(["Home"], ["1.4.0", "1.5.0"], [place])


def told(found: Findings) -> list[tuple[str, str, str]]:
    return [(f.verdict, f.subject.name, f.symptoms[0].kind) for f in found.findings]


def test_what_hits_most_people_for_sure_is_first() -> None:
    """By the lower end of the interval, in people; an element stands there once, its worst symptom first."""
    some = [
        row("Few", 10, rage=8),
        row("Many", 400, rage=60, dead=90),
        row("Some", 400, error=40),
        row("Well", 400),
    ]

    found = find(survey(some))

    assert [("wrong", "Many", "dead"), ("wrong", "Some", "error"), ("wrong", "Few", "rage")] == told(found)
    assert ["dead", "rage"] == [s.kind for s in found.findings[0].symptoms]
    assert (90, 400, 74) == (found.findings[0].symptoms[0].sessions, 400, found.findings[0].hit)
    assert ("", "", 0) == (found.before, found.after, found.tests)


def test_what_became_worse_is_before_what_was_always_wrong() -> None:
    """However many more people the old fault hits; what is used more is no fault, and comes last."""
    found = find(
        survey(
            [row("Old", 400, dead=200), row("New", 400, dead=40), row("Used", 400, clicked=90)],
            [row("Old", dead=100), row("New"), row("Used")],
            [row("Old", dead=100), row("New", dead=40), row("Used", clicked=90)],
        ),
        "1.4.0",
        "1.5.0",
    )

    assert [("worse", "New", "dead"), ("wrong", "Old", "dead"), ("better", "Used", "clicked")] == told(found)
    [worse, _, used] = found.findings
    assert (None, 0.2) == (worse.symptoms[0].before, worse.symptoms[0].after)
    assert 0.1 < (worse.symptoms[0].least or 0) < (worse.symptoms[0].difference or 0)
    assert (False, True) == (worse.new, used.new)


def test_fewer_clicks_on_what_was_used_are_worse_and_fewer_errors_are_better() -> None:
    """The other way round for both, but an error that is still there is no thing that got better."""
    found = find(
        survey(
            [row("Buy", 400, clicked=110), row("Code", 400, error=90)],
            [row("Buy", clicked=90), row("Code", error=80)],
            [row("Buy", clicked=20), row("Code", error=10)],
        ),
        "1.4.0",
        "1.5.0",
    )

    assert [("worse", "Buy", "clicked"), ("wrong", "Code", "error")] == told(found)
    assert "better" == found.findings[1].symptoms[0].verdict


def test_what_does_not_go_wrong_any_more_is_better_and_what_still_does_is_wrong() -> None:
    """Fewer errors are errors."""
    before = [row("Code", error=80)]

    found = find(survey([row("Code", 400, error=80)], before, [row("Code")]), "1.4.0", "1.5.0")

    assert [("better", "Code", "error")] == told(found)


def test_a_difference_that_one_of_many_may_show_by_chance_is_only_likely() -> None:
    """By itself 20 of 200 against 34 of 200 would be more than chance; among thirty it is not said to be sure."""
    names = [f"b{n}" for n in range(30)]
    same = [row(name, rage=20) for name in names]
    after = [row("b0", rage=34), *same[1:]]

    found = find(survey([row(name, 400, rage=40) for name in names], same, after), "1.4.0", "1.5.0")

    assert ("likely", "b0", "rage") == told(found)[0]
    assert {"wrong"} == {verdict for verdict, *_ in told(found)[1:]}


def test_errors_by_place_and_quick_backs_stand_beside_elements() -> None:
    """Of the sessions that were on the page, in fives."""
    made = survey([])
    made.tables = {
        "errors": [
            {"page": "Home", "release": "1.5.0", "script": 7, "line": 93, "column": 18, "sessions": 40},
            {"page": "Gone", "release": "1.5.0", "script": 7, "line": 1, "column": 1, "sessions": 40},
        ],
        "backs": [
            {"page": "Home", "release": "1.5.0", "sessions": 10},
            {"page": "Home", "release": "1.4.0", "sessions": 5},
        ],
    }

    made.scripts = {7: "/shop.js"}

    script, back = find(made, "1.4.0", "1.5.0").findings

    assert "/shop.js" == script.subject.name

    assert ("worse", "script", 7, 93, 18) == (
        script.verdict,
        *(getattr(script.subject, name) for name in ("what", "script", "line", "column")),
    )
    assert (None, 0.2) == (script.symptoms[0].before, script.symptoms[0].after)
    assert ("wrong", "back", 15, 400) == (
        back.verdict,
        back.subject.what,
        back.symptoms[0].sessions,
        back.symptoms[0].of,
    )


def test_sessions_of_a_page_are_those_of_its_places() -> None:
    """In fives, by release and of all; a device class that is not told of is not in them."""
    made = survey([])
    made.places.append(Place(0, "mobile", {"": 27, "1.5.0": 23}, {}, {}))

    assert [("", 425), ("1.4.0", 200), ("1.5.0", 220)] == [
        (r["release"], r["sessions"]) for r in made.visits()
    ]


def test_where_people_stop() -> None:
    """The tenth of the page over which most are lost; in a release where fewer get far, once for the page."""
    made = survey([])
    place = made.places[0]
    stops = {name: [n] * 60 + [n // 4] * 40 for name, n in place.sessions.items()}
    shorter = stops | {"1.5.0": [200] * 20 + [50] * 80}
    made.places = [Place(0, "desktop", place.sessions, place.rows, shorter)]

    worse, note = find(made, "1.4.0", "1.5.0").findings

    assert ("worse", "depth", 100) == (worse.verdict, worse.subject.what, worse.subject.y)
    assert (1.0, 0.25) == (worse.symptoms[0].before, worse.symptoms[0].after)
    assert ("note", 200, 300, 400) == (
        note.verdict,
        note.subject.y,
        note.symptoms[0].sessions,
        note.symptoms[0].of,
    )


def test_findings_are_kept_and_read_again() -> None:
    """The same as before."""
    found = find(survey([row("=Many", 400, rage=60)]))

    assert found == findings.read(findings.as_json(found))


def test_nothing_is_wrong_with_nothing() -> None:
    """No page, no release."""
    assert [] == find(Survey([], [])).findings


@cache
def shop(visitors: int, seed: int) -> Findings:
    """Of the demo shop, one release against the other."""
    part = crowds.shop(visitors, seed)
    made, flow = Survey([name for name, _ in PAGES], ["1.4.0", "1.5.0"]), Flow()
    for page in range(len(PAGES)):
        for device in DEVICES:
            made.add(page, device, Told(crowds.page(part, (page, device)), 20))
    flow.add(part)
    made.tables = flow.tables(made.pages, made.releases, [])
    return find(made, "1.4.0", "1.5.0")


@pytest.mark.parametrize("seed", [1, 2])
def test_the_faults_of_the_demo_shop_come_out_on_top(seed: int) -> None:
    """The button that is dead since 1.5.0 is first, then the one that throws, and where; nothing else is wrong."""
    found = [f for f in shop(400, seed).findings if f.verdict != "note"]

    assert ("element", "Add to wish list", "dead") == (
        found[0].subject.what,
        found[0].subject.name,
        found[0].symptoms[0].kind,
    )
    assert found[0].verdict in ("worse", "likely")
    assert {("element", None), ("script", 93)} == {(f.subject.what, f.subject.line) for f in found[1:]}
    assert "Apply voucher" in {f.subject.name for f in found[1:]}
