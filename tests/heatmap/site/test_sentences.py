"""What findings say: plain words, honest numbers, and addresses that lead there."""

from heatmap.divided import Whom
from heatmap.findings.findings import Finding, Symptom
from heatmap.findings.suspects import Subject
from heatmap.selection import Selection
from heatmap.site import sentences

DEAD = Symptom(
    "dead",
    40,
    200,
    0.15,
    0.26,
    before=None,
    after=0.4,
    difference=0.39,
    least=0.3,
    most=0.49,
    verdict="worse",
    devices={"desktop": 25, "mobile": 15},
)


def finding(subject: Subject, symptom: Symptom = DEAD) -> Finding:
    return Finding(subject, "mobile", symptom.verdict, 60, [symptom])


BUTTON = finding(Subject("element", 2, None, "0000abcd", "button", "Buy & go"))


def test_how_many_of_whom_and_how_that_changed() -> None:
    """With the interval; a number below five is few."""
    assert "40 of 200 who saw it clicked in vain (20 %)." == sentences.told(DEAD)
    assert "few → 40 %: +39.0 points, 95 % between +30.0 and +49.0" == sentences.changed(DEAD)
    assert "" == sentences.changed(Symptom("dead", 40, 200, 0.15, 0.26))


def test_what_it_is_about() -> None:
    """An element by its name, a script by the place, a page, a depth."""
    subjects = [
        BUTTON.subject,
        Subject("element", 0, None, "1", "a", ""),
        Subject("script", 0, script=1, line=93, column=18),
        Subject("script", 0, name="/shop.js", script=1, line=93, column=18),
        Subject("back", 0),
        Subject("depth", 0, "desktop", y=900),
    ]

    assert [
        "Buy & go",
        "(no name) <a>",
        "Error in a script, line 93, column 18",
        "Error in /shop.js, line 93, column 18",
        "The page as a whole",
        "900 px down the page",
    ] == [sentences.heading(finding(subject)) for subject in subjects]


def test_where_it_is_to_be_seen() -> None:
    """The layer of the worst symptom on the device class where most were hit, with the element pointed out."""
    assert "/recordings/x?page=2&device=mobile&layer=dead&element=0000abcd" == sentences.picture("x", BUTTON)
    some = Whom(None, Selection(mark=1, first=2, last=3))
    assert sentences.picture("x", BUTTON, some).endswith("&segment=m1&element=0000abcd&first=2&last=3")
    assert "/recordings/x/replays?page=2&trouble=dead&device=mobile&release=1.5.0" == sentences.replays(
        "x", BUTTON, "1.5.0"
    )
    clicked = finding(BUTTON.subject, Symptom("clicked", 40, 200, 0.1, 0.2))
    assert "" == sentences.replays("x", clicked, "1.5.0")


def test_what_got_worse_is_read_first() -> None:
    """Without a second release there is nothing to compare."""
    assert [
        "Worse in 1.5.0",
        "Wrong in every release",
        "Better or used more in 1.5.0",
        "Where people stop",
    ] == [section.title for section in sentences.sections("1.4.0", "1.5.0")]
    assert ["What is wrong", "Where people stop"] == [s.title for s in sentences.sections("", "")]
