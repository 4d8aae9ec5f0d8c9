"""What a recording tells as a whole: of whom previews may show, and as it was kept."""

import pytest

from heatmap import pictures
from heatmap.divided import Whom
from heatmap.end import end
from heatmap.findings import surveys
from heatmap.parts import Parts
from heatmap.selection import Selection
from recorder import limits, seal
from recorder.errors import NotFound
from recorder.recording import Recording
from tests.heatmap.conftest import visit


async def sessions(parts: Parts, recording: Recording) -> int:
    """How many were on the first page."""
    return sum(int(row["sessions"]) for row in (await surveys.tables(parts, recording))["visits"])


async def test_it_is_of_those_whom_previews_show(opened_parts: Parts, recording: Recording) -> None:
    """Four more are nobody more, here as there; who withdrew is gone, and with them everybody of the page."""
    audits = [await visit(opened_parts, recording) for _ in range(5)]
    assert 5 == await sessions(opened_parts, recording)
    for _ in range(4):
        await visit(opened_parts, recording)
    await pictures.view(opened_parts, recording, 0, "desktop")
    assert 5 == await sessions(opened_parts, recording)
    await visit(opened_parts, recording)
    assert 10 == await sessions(opened_parts, recording)

    key = await opened_parts.registry.key(recording)
    await opened_parts.log.erase(recording.id, seal.session_id(key, audits[0]))

    assert 0 == await sessions(opened_parts, recording)


async def test_findings_stay_as_they_were_at_the_end(
    opened_parts: Parts, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last two releases, or the pair that is asked for; none is made up."""
    monkeypatch.setattr(limits, "RECORDING_SECONDS", 0.0)
    recording = await opened_parts.registry.change(
        recording.id, lambda r: r.model_copy(update={"seen_releases": ["1.10.0", "1.9.0", "1.2.0"]})
    )
    for number in range(60):
        await visit(opened_parts, recording, release=1 + number % 3)
    running = await surveys.found(opened_parts, recording)
    with pytest.raises(NotFound):
        await surveys.found(opened_parts, recording, "r1-r3")
    ended = await end.finish(opened_parts, recording.id)

    kept = await surveys.found(opened_parts, ended)

    assert {"r3-r2": ("1.2.0", "1.9.0"), "r2-r1": ("1.9.0", "1.10.0")} == kept.pairs
    assert ("1.9.0", "1.10.0") == (kept.findings.before, kept.findings.after)
    assert running == kept
    first = await surveys.found(opened_parts, ended, "r3-r2")
    assert ("1.2.0", "1.9.0") == (first.findings.before, first.findings.after)
    for pair in ("r1-r3", "../x"):
        with pytest.raises(NotFound):
            await surveys.found(opened_parts, ended, pair)


async def test_some_visitors_are_told_of_as_they_were_at_the_end(
    opened_parts: Parts, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a device class, of a mark, of both; in tables of a release as well. Days are told apart while it runs only."""
    monkeypatch.setattr(limits, "RECORDING_SECONDS", 0.0)
    recording = await opened_parts.registry.change(
        recording.id,
        lambda r: r.model_copy(update={"seen_releases": ["1.4.0", "1.5.0"], "marks": ["added", "paid"]}),
    )
    for number in range(240):
        await visit(
            opened_parts,
            recording,
            height=400,
            release=1 + number // 120,
            viewport=(390, 844) if number % 2 else (1280, 720),
            mark=0 if number % 4 < 2 else None,
        )
    mark = Selection(mark=1)
    some = [Whom("mobile"), Whom(None, mark), Whom("desktop", Selection(mark=1, reached=False))]
    tabled = [*some, Whom(None, Selection(release=2)), Whom("mobile", Selection(release=1, mark=1))]
    running = [await surveys.found(opened_parts, recording, whom=whom) for whom in some]
    tables = [await surveys.tables(opened_parts, recording, whom) for whom in tabled]
    offered = await surveys.offered(opened_parts, recording)

    ended = await end.finish(opened_parts, recording.id)

    assert running == [await surveys.found(opened_parts, ended, whom=whom) for whom in some]
    assert tables == [await surveys.tables(opened_parts, ended, whom) for whom in tabled]
    assert offered == await surveys.offered(opened_parts, ended)
    assert [120, 120, 60, 120, 30] == [each["visits"][0]["sessions"] for each in tables]
    assert [60, 120, 0, 60, 30] == [sum(int(row["sessions"]) for row in each["marks"]) for each in tables]
    assert ["1.5.0", "", ""] == [each.findings.after for each in running]
    assert ({1: "1.4.0", 2: "1.5.0"}, [mark, some[2].selection]) == (offered.releases, offered.marks)
    for whom in (Whom("tablet"), Whom(None, Selection(mark=2)), Whom(None, Selection(first=1, last=1))):
        with pytest.raises(NotFound):
            await surveys.found(opened_parts, ended, whom=whom)


async def test_findings_of_days_are_those_of_their_pictures(
    opened_parts: Parts, recording: Recording
) -> None:
    """The same sessions and elements as beside the heatmap of these days; days of a small page are not offered."""
    for day in (1, 2, 3):
        for _ in range(100):
            await visit(opened_parts, recording, height=400, day=day)
    for _ in range(10):
        await visit(opened_parts, recording, height=400, page=1)
    days = Selection(first=2, last=3)

    now = await surveys.survey(opened_parts, recording, Whom(None, days))
    view = await pictures.view(opened_parts, recording, 0, "desktop", days.name)

    assert [1, 2, 3] == (await surveys.offered(opened_parts, recording)).days
    assert [(0, 200)] == [(place.page, place.sessions[""]) for place in now.places]
    assert 200 == view.sessions
    assert list(view.reach[0]) == [0, now.places[0].reach[""][0]]
    assert not now.straddled()
    assert {} == now.tables


async def test_of_too_few_nothing_is_kept(
    opened_parts: Parts, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nineteen sessions leave no table and no finding."""
    monkeypatch.setattr(limits, "RECORDING_SECONDS", 0.0)
    for _ in range(19):
        await visit(opened_parts, recording)
    ended = await end.finish(opened_parts, recording.id)

    assert 0 == await sessions(opened_parts, ended)
    with pytest.raises(NotFound):
        await surveys.found(opened_parts, ended)
