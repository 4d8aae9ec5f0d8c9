"""Replays out of a real event store: which there are, and when they are gone."""

from collections.abc import Iterable

import numpy as np
import pytest

from heatmap.parts import Parts
from heatmap.replays import replays
from heatmap.replays.replays import Wanted, check_running, listed, read
from heatmap.replays.summaries import Summary
from heatmap.snapshots import snapshots
from heatmap.snapshots.snapshot import checked
from recorder import events, forget, seal
from recorder.consent import new_audit
from recorder.errors import NotFound
from recorder.events import Batch, Kind
from recorder.recording import Recording, State
from recorder.views import now_ms
from tests.heatmap.snapshots.test_snapshot import a_document, a_row
from tests.recorder.sample import batch

PAGE = {"kind": Kind.PAGE, "x": 300}
CLICK = {"kind": Kind.CLICK, "t": 900, "el": 0, "x": 30, "y": 20}


async def visited(
    parts: Parts,
    recording: Recording,
    *batches: Batch,
    purposes: Iterable[str] = ("heatmap", "replay"),
    yes: int = 0,
    release: int = 0,
) -> tuple[str, str]:
    """One visitor session; gives its name in the event store and its audit id."""
    audit, key = new_audit(), await parts.registry.key(recording)
    session = seal.session_id(key, audit)
    await parts.log.open_session(recording, session, recording.start + yes, purposes)
    for made in batches or (batch(PAGE, CLICK),):
        sealed = seal.seal(key, session, made.field, events.pack(made, release, 0))
        await parts.log.append(recording.id, session, made.field, sealed, len(made.records), 0)
    return session, audit


async def test_only_who_said_yes_to_replays(opened_parts: Parts, recording: Recording) -> None:
    """A yes to heatmaps is none to replays."""
    shown, _ = await visited(opened_parts, recording)
    hidden, _ = await visited(opened_parts, recording, purposes=["heatmap"])

    assert [shown] == [each.session for each in await listed(opened_parts, recording)]
    assert (await read(opened_parts, recording, shown))["views"]
    with pytest.raises(NotFound, match="took back"):
        await read(opened_parts, recording, hidden)


async def test_a_yes_that_is_taken_back_is_gone_with_the_next_request(
    opened_parts: Parts, recording: Recording
) -> None:
    """Whether all of it, or only the one to replays."""
    parts = opened_parts
    one, audit = await visited(parts, recording)
    other, _ = await visited(parts, recording)

    await forget.withdraw(parts.store, parts.log, recording.id, one, audit, now_ms())
    await parts.log.change_purposes(recording.id, other, ["heatmap"], now_ms())

    assert [] == await listed(parts, recording)
    for session in (one, other):
        for ask in (read, replays.still_there):
            with pytest.raises(NotFound, match="took back"):
                await ask(parts, recording, session)


async def test_a_yes_that_is_taken_back_while_we_read(
    opened_parts: Parts, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read by then is not handed out."""
    session, _ = await visited(opened_parts, recording)
    find = replays._backdrops

    async def slowly(parts: Parts, *rest: object) -> object:
        await parts.log.erase(recording.id, session)
        return await find(parts, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(replays, "_backdrops", slowly)

    with pytest.raises(NotFound):
        await read(opened_parts, recording, session)


async def test_what_the_list_says(opened_parts: Parts, recording: Recording) -> None:
    """The newest first, each with pages in order, device, length, trouble and marks; nothing without an event."""
    parts = opened_parts
    empty = batch(size=(1, 1), records=np.zeros(0, events.RECORD))
    await visited(parts, recording, empty)
    await visited(
        parts,
        recording,
        batch(PAGE, CLICK, {"kind": Kind.RAGE, "t": 950, "x": 1, "y": 1}),
        batch(PAGE, {"kind": Kind.MARK, "t": 500}, sequence=1, page=1, start_ms=9000),
        batch(PAGE, sequence=2, page=0, start_ms=500_000),
    )
    new, _ = await visited(parts, recording, batch(PAGE, viewport=(390, 800), size=(390, 900)), yes=50_000)

    first, second = await listed(parts, recording)

    assert (new, "mobile", (0,), 0, {}) == (
        first.session,
        first.device,
        first.pages,
        first.length,
        first.trouble,
    )
    assert ((0, 1, 0), 10_500, 1) == (second.pages, second.length, second.clicks)
    assert ({"rage": 1}, ("added",), "desktop") == (second.trouble, second.marks, second.device)
    assert recording.start + 1000 == second.began
    assert 0 == second.hour % 3_600_000


async def test_of_many_visits_the_newest_are_listed(
    opened_parts: Parts, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many as are read in a moment; those that are not for replays do not count."""
    monkeypatch.setattr(replays, "MOST", 2)
    await visited(opened_parts, recording, yes=0)
    second, _ = await visited(opened_parts, recording, yes=10)
    await visited(opened_parts, recording, purposes=["heatmap"], yes=15)
    third, _ = await visited(opened_parts, recording, yes=20)

    assert [third, second] == [each.session for each in await listed(opened_parts, recording)]


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        (Wanted(), True),
        (Wanted(page=1), True),
        (Wanted(page=5), False),
        (Wanted(device="desktop"), True),
        (Wanted(device="mobile"), False),
        (Wanted(release="1.5.0"), True),
        (Wanted(release="1.4.0"), False),
        (Wanted(trouble="rage"), True),
        (Wanted(trouble="any"), True),
        (Wanted(trouble="error"), False),
        (Wanted(mark="added"), True),
        (Wanted(mark="bought"), False),
        (Wanted(seconds=60), True),
        (Wanted(seconds=61), False),
        (Wanted(page=1, device="mobile"), False),
    ],
)
def test_what_somebody_wants_to_see(wanted: Wanted, fits: bool) -> None:
    """Every wish holds."""
    each = Summary(
        "s", 0, "desktop", "1.5.0", "", (0, 1), 60_000, 3, {"rage": 1}, ("added",), automated=False
    )
    assert fits == wanted.fits(each)


async def test_a_replay_is_placed_on_the_snapshot_of_its_release(
    opened_parts: Parts, recording: Recording
) -> None:
    """In its element's box there; the address of the picture is that snapshot's."""
    parts = opened_parts
    recording = await parts.registry.change(
        recording.id, lambda r: r.model_copy(update={"seen_releases": ["1.5.0"]})
    )
    for changes in ({}, {"release": "1.5.0", "scripts": ["/shop.js"]}):
        x = 500 if changes else 100
        data = a_document(a_row(x=x, y=40, w=101, h=41), device="desktop", width=1280, **changes)
        await snapshots.keep(parts.store, recording, checked(data)[0], data, None)
    session, _ = await visited(parts, recording, release=1)
    plain, _ = await visited(parts, recording)

    made, other = [await read(parts, recording, each) for each in (session, plain)]

    assert (500, 40) == (made["views"][0]["clicks"]["x"][0], made["views"][0]["clicks"]["y"][0])
    assert 100 == other["views"][0]["clicks"]["x"][0]
    assert "1.5.0" == made["views"][0]["release"]
    assert ["Opened Home, loaded in 0.3 s", "Clicked “Shop”"] == [
        line["text"] for line in made["views"][0]["story"]
    ]
    assert [[500, 40, 101, 41, "Shop"]] == made["views"][0]["states"][0]["boxes"]
    assert session not in str(made)


async def test_only_while_the_recording_runs(opened_parts: Parts, recording: Recording) -> None:
    """After its end, or when nobody was asked for replays, there are none."""
    check_running(recording, recording.end - 1)
    with pytest.raises(NotFound, match="ended"):
        check_running(recording, recording.end)
    with pytest.raises(NotFound, match="ended"):
        check_running(recording.model_copy(update={"state": State.CLOSING}), recording.start)
    with pytest.raises(NotFound, match="does not ask"):
        check_running(recording.model_copy(update={"purposes": ["heatmap"]}), recording.start)
