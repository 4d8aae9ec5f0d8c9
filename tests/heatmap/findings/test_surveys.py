"""What a recording tells as a whole: of whom previews may show, and as it was kept."""

import pytest

from heatmap import pictures
from heatmap.end import end
from heatmap.findings import surveys
from heatmap.parts import Parts
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
