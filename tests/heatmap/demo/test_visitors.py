"""The simulated crowd: always the same, well-formed, and with the manners and mishaps that it should have."""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest

from heatmap.demo import visitors
from heatmap.demo.habits import CLICKS, DEAD, ERROR_AT, EXITS, HOME, PRODUCT, THROWS
from heatmap.demo.visitors import RELEASES, Visitor, crowd
from heatmap.page import Told as Page
from heatmap.segments import APART
from heatmap.snapshots.snapshot import named
from recorder import events
from recorder.assets import STATIC
from recorder.events import Batch, Kind
from recorder.recording import device_class
from tests.heatmap import crowds

SIZE = 120
Told = tuple[Visitor, Batch, np.ndarray, np.ndarray]


@pytest.fixture(scope="module")
def people() -> list[Visitor]:
    return list(crowd(SIZE, 7))


def told(people: list[Visitor], kind: Kind) -> Iterator[Told]:
    """Visitor, batch, its records of a kind, and the hashes of their elements (0 = none)."""
    for person in people:
        for batch in person.batches:
            records = batch.records[batch.records["kind"] & 31 == kind]
            named_rows = np.append(batch.elements, np.zeros(256 - len(batch.elements), np.uint32))
            yield person, batch, records, named_rows[records["el"]]


def sent(person: Visitor) -> list[bytes]:
    return [events.encode("token", batch) for batch in person.batches]


@pytest.mark.parametrize(("text", "value"), [("", 0x811C9DC5), ("a", 0xE40C292C), ("foobar", 0xBF9CF968)])
def test_names_are_hashed_as_in_the_browser(text: str, value: int) -> None:
    """FNV-1a over the bytes of the text (test vectors of its authors)."""
    assert value == named(text)


def test_a_seed_makes_a_crowd(people: list[Visitor]) -> None:
    """The same seed brings the same visitors, byte for byte, in a crowd of any size; another seed brings others."""
    assert [sent(person) for person in people[:12]] == [sent(person) for person in crowd(12, 7)]
    assert [sent(person) for person in people[:12]] != [sent(person) for person in crowd(12, 8)]


def test_every_batch_is_taken_whole(people: list[Visitor]) -> None:
    """The collector's reader takes each batch and drops none of its events."""
    for person in people:
        for batch in person.batches:
            token, taken = events.decode(events.encode("token", batch))
            assert ("token", 0) == (token, taken.dropped)
            assert batch.records.tobytes() == taken.records.tobytes()


def test_who_says_no_sends_nothing(people: list[Visitor]) -> None:
    """A refusal brings no batch, a yes brings a visit of two to five pages."""
    for person in people:
        pages = len({batch.document for batch in person.batches})
        assert pages == 0 if person.refuses else 2 <= pages <= 5
        assert person.repeats <= set(range(len(person.batches)))


def test_the_shares_of_the_crowd() -> None:
    """About 10 % say no, 2 % withdraw, 5 % repeat a batch; all device classes and releases are there."""
    many = list(crowd(visitors.CROWD, visitors.SEED))
    assert 48 <= sum(person.refuses for person in many) <= 80
    assert 4 <= sum(person.withdraws for person in many) <= 24
    assert 18 <= sum(bool(person.repeats) for person in many) <= 46
    assert {"desktop", "tablet", "mobile"} == {person.device for person in many}
    assert set(RELEASES) == {person.release for person in many}


@pytest.mark.parametrize("page", [HOME, PRODUCT])
def test_the_demos_releases_differ_in_a_picture_of_clicks(page: int) -> None:
    """On a desktop, on the pages that one looks at first; those who withdraw are not needed for it."""
    on_it = (
        person
        for person in crowd(visitors.CROWD, visitors.SEED)
        if person.device == "desktop" and any(batch.page == page for batch in person.batches)
    )
    stay = Counter(person.release for person in on_it if not person.withdraws)
    shown = Page(crowds.page(crowds.shop(visitors.CROWD, visitors.SEED), (page, "desktop")), 20)
    before, after = sorted(
        (part for part in shown.all.parts if part.published), key=lambda part: part.release
    )

    assert min(stay[release] for release in RELEASES) >= APART
    assert shown.difference("click", before, after)


def test_batches_follow_each_other(people: list[Visitor]) -> None:
    """A page view's batches are numbered from 0, begin at whole windows of 5 s, and no event lies beyond its window."""
    for person in people:
        assert device_class(person.viewport[0]) == person.device
        for before, after in pairwise(person.batches):
            assert after.start_ms >= before.start_ms + int(before.records["t"].max())
            same = before.document == after.document
            assert after.sequence == (before.sequence + 1 if same else 0)
        for batch in person.batches:
            assert batch.records["t"].max() < 5000
            assert (np.diff(batch.records["t"].astype(int)) >= 0).all()


def test_moves_come_at_20_hz_at_most(people: list[Visitor]) -> None:
    """Two moves of a mouse in a batch are at least 50 ms apart."""
    for person, _, records, _ in told(people, Kind.MOVE):
        if person.device == "desktop":
            assert (np.diff(records["t"].astype(int)) >= 50).all()


def test_groups_tell_only_their_centre(people: list[Visitor]) -> None:
    """No move is told inside a control group, and of a click on one only the group's centre."""
    groups = {
        key: set(scene.snapshot.elements["hash"][scene.snapshot.elements["group"]].tolist())
        for key, scene in visitors.scenes().items()
    }
    clicks = 0
    for person, batch, _, hashes in told(people, Kind.MOVE):
        assert groups[batch.page, person.device].isdisjoint(hashes.tolist())
    for person, batch, records, hashes in told(people, Kind.CLICK):
        inside = np.isin(hashes, list(groups[batch.page, person.device]))
        assert (records["fx"][inside] == 32768).all()
        assert (records["fy"][inside] == 32768).all()
        clicks += int(inside.sum())
    assert clicks > 20


def test_places_agree(people: list[Visitor]) -> None:
    """Where an event was on the page and where it was in its element's box is the same place, to 4 px."""
    for person, batch, records, hashes in told(people, Kind.MOVE):
        scene = visitors.scenes()[batch.page, person.device]
        elements = scene.snapshot.elements
        known = hashes > 0
        rows = np.searchsorted(elements["hash"], hashes[known])
        flows = ~elements["fixed"][rows]
        box, move = elements[rows[flows]], records[known][flows]
        x = (box["x"] + box["w"] * (move["fx"] / 65535)) * batch.size[0] / scene.snapshot.width
        assert np.abs(x - move["x"]).max(initial=0) <= 4 * batch.size[0] / scene.snapshot.width
        assert np.abs(box["y"] + box["h"] * (move["fy"] / 65535) - move["y"]).max(initial=0) <= 4


def test_the_wish_list_is_dead_since_the_new_release(people: list[Visitor]) -> None:
    """Dead clicks are told in release 1.5.0 only, all on the button without a handler; some become rage."""
    dead = [(person.release, int(h)) for person, _, _, hashes in told(people, Kind.DEAD) for h in hashes]
    rage = {int(h) for _, _, _, hashes in told(people, Kind.RAGE) for h in hashes}
    assert {("1.5.0", named(DEAD))} == set(dead)
    assert {named(DEAD), named(THROWS)} == rage


def test_the_error_is_where_the_script_has_it(people: list[Visitor]) -> None:
    """Errors belong to the button that throws, and name the script, line and column where it does."""
    script, line, column = ERROR_AT
    text = (STATIC / script.lstrip("/")).read_text("utf-8").splitlines()[line - 1]
    assert text[column - 1 :].startswith("discount")
    path = named(script)
    found = [
        (r, int(h))
        for _, _, records, hashes in told(people, Kind.ERROR)
        for r, h in zip(records, hashes, strict=True)
    ]
    assert found
    for record, clicked in found:
        assert named(THROWS) == clicked
        assert (line, column, path & 0xFFFF, path >> 16) == (
            record["x"],
            record["y"],
            record["fx"],
            record["fy"],
        )


def test_everything_that_may_be_clicked_is_there() -> None:
    """Each path in the tables of habits is that of an element of its page."""
    paths = [(page, habit.path) for page, habits in CLICKS.items() for habit in habits]
    paths += [(page, path) for page, ways in EXITS.items() for _, links in ways.values() for path in links]
    tables = {page: visitors.scenes()[page, "desktop"].snapshot.elements["hash"] for page in CLICKS}
    assert [] == [(page, path) for page, path in paths if named(path) not in tables[page]]
