"""Release against release: the same verdict while raw events are there and after they are gone."""

from pathlib import Path

import numpy as np
import pytest

from heatmap import cli
from heatmap.end import end
from heatmap.findings import releases
from heatmap.parts import Parts
from heatmap.snapshots.snapshots import Name, key
from recorder import events, limits, seal
from recorder.consent import new_audit
from recorder.errors import NotFound
from recorder.events import Kind
from recorder.recording import Recording
from recorder.settings import Settings
from tests.recorder.sample import batch

BUY = 7
#: One button on an empty page.
SNAPSHOT = b"""{"version": 1, "page": "Home", "device": "desktop", "width": 1280, "height": 900, "elements": [
 {"hash": 7, "tag": "button", "x": 600, "y": 300, "w": 80, "h": 30, "visible": true, "fixed": false, "group": false,
  "name": "Buy"}]}"""


@pytest.fixture(autouse=True)
def _no_collector_remembers(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no collector in these tests whose memory a closing would have to wait for."""
    monkeypatch.setattr(limits, "RECORDING_SECONDS", 0.0)


@pytest.fixture
async def crowd(opened_parts: Parts, recording: Recording) -> Recording:
    """Sixty sessions of each of two releases that click a button; forty of the second click it in rage."""
    await opened_parts.store.put(key(recording.id, Name(0, "desktop"), "json"), SNAPSHOT)
    recording = await opened_parts.registry.change(
        recording.id, lambda r: r.model_copy(update={"seen_releases": ["1.4.0", "1.5.0"]})
    )
    for number in range(120):
        kinds = [Kind.CLICK, Kind.RAGE] if number >= 80 else [Kind.CLICK]
        await _click(opened_parts, recording, 1 + number // 60, kinds)
    return recording


async def _click(parts: Parts, recording: Recording, release: int, kinds: list[Kind]) -> None:
    """A visitor of a release (its row) who does this with the button."""
    key = await parts.registry.key(recording)
    session = seal.session_id(key, new_audit())
    await parts.log.open_session(recording, session, recording.start, ["heatmap"])
    rows = [{"kind": kind, "t": 900, "el": 0, "x": 640, "y": 315, "fx": 9, "fy": 9} for kind in kinds]
    made = batch(*rows, elements=np.array([BUY], "<u4"))
    sealed = seal.seal(key, session, made.field, events.pack(made, release, 0))
    await parts.log.append(recording.id, session, made.field, sealed, len(rows), 0)


async def test_the_verdict_outlives_the_raw_events(opened_parts: Parts, crowd: Recording) -> None:
    """The same tables before and after the end."""
    before = await releases.tables(opened_parts, crowd, "1.4.0", "1.5.0")
    ended = await end.finish(opened_parts, crowd.id)

    assert before == await releases.tables(opened_parts, ended, "1.4.0", "1.5.0")
    [table] = before
    assert ("Home, desktop", (60, 60)) == (table.place, table.sessions)
    assert [(60, None), (60, 40)] == [(rows[0].clicked, rows[0].rage) for rows in (table.before, table.after)]


async def test_two_verdicts_tell_of_no_one_visitor(opened_parts: Parts, crowd: Recording) -> None:
    """As with previews: the next one is of the same sessions, until five have changed."""
    before = await releases.tables(opened_parts, crowd, "1.4.0", "1.5.0")
    await _click(opened_parts, crowd, 2, [Kind.CLICK])

    assert before == await releases.tables(opened_parts, crowd, "1.4.0", "1.5.0")


async def test_an_unknown_release_is_said(opened_parts: Parts, crowd: Recording) -> None:
    """With those that were seen."""
    with pytest.raises(NotFound, match=r"has not seen release 2.0; it has seen 1.4.0, 1.5.0"):
        await releases.tables(opened_parts, crowd, "1.4.0", "2.0")


@pytest.mark.parametrize(("fail_on", "status"), [("rage>+1pp", 1), ("dead>+1pp", 2), ("dead>+20pp", 0)])
async def test_the_command(
    crowd: Recording,
    team_settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fail_on: str,
    status: int,
) -> None:
    """Exit 1 = worse, 2 = too few sessions, 0 = well; both reports are written."""
    import asyncio

    monkeypatch.setenv("YESMAP_DATA", str(team_settings.data))
    assert team_settings.redis_url
    monkeypatch.setenv("YESMAP_REDIS_URL", team_settings.redis_url.get_secret_value())
    report, junit = tmp_path / "report.md", tmp_path / "report.xml"
    words = ["check", "--recording", crowd.id, "--before", "1.4.0", "--after", "1.5.0", "--fail-on", fail_on]

    with pytest.raises(SystemExit) as left:
        await asyncio.to_thread(cli.main, [*words, "--markdown", str(report), "--junit", str(junit)])

    assert status == left.value.code
    assert "1.5.0 against 1.4.0" in report.read_text()
    assert b"<testsuite" in junit.read_bytes()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--recording", "nobody", "--fail-on", "rage"], "no condition"),
        (["--recording", "nobody", "--fail-on", "rage>+1pp", "--url", "http://127.0.0.1:1"], "API key"),
        (["--fail-on", "rage>+1pp", "--recording"], "expected one argument"),
    ],
)
def test_what_is_not_answered_is_no_verdict(
    words: list[str], why: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 3: neither that the release is worse, nor that there were too few sessions."""
    monkeypatch.delenv("YESMAP_API_KEY", raising=False)

    with pytest.raises(SystemExit) as left:
        cli.main(["check", "--before", "1.4.0", "--after", "1.5.0", *words])

    assert 3 == left.value.code
    assert why in capsys.readouterr().err
