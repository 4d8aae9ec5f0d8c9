import pytest

from heatmap import cli, worker
from heatmap.end import end, retention
from heatmap.parts import Parts
from heatmap.site.apikeys import ApiKeys
from heatmap.site.drafts import Drafts
from heatmap.site.invites import Invites
from heatmap.site.pagecodes import PageCodes
from heatmap.site.sessions import Sessions, Stage
from recorder import consent, limits, times
from recorder.recording import DAY_MS, Recording
from recorder.settings import Settings
from tests.conftest import a_recording
from tests.heatmap.conftest import crowd


@pytest.fixture
async def ended(opened_parts: Parts, recording: Recording) -> Recording:
    """A certified recording with everything that is kept: consent records, pictures, a snapshot, a note."""
    await crowd(opened_parts, recording, 20)
    ended = await end.finish(opened_parts, recording.id)
    for name in (
        consent.record_key(recording.id, "a" * 26, "given"),
        consent.record_key(recording.id, "a" * 26, "withdrawn"),
        f"snapshots/{recording.id}/0-desktop.json",
        f"notes/{recording.id}/0123456789ab.json",
    ):
        await opened_parts.store.put(name, b"{}")
    return ended


async def kinds(parts: Parts, now_ms: int) -> dict[str, int]:
    """How many objects of which kind are to go."""
    found: dict[str, int] = {}
    for each in await retention.over(parts, now_ms, 365):
        found[each.what] = found.get(each.what, 0) + len(each.names)
    return found


async def test_what_is_kept_goes_when_its_time_is_over(opened_parts: Parts, ended: Recording) -> None:
    """Consent records a year after the end, pictures and what belongs to them two years after; not a moment before."""
    year, two = ended.end + limits.ms(limits.CONSENT_RECORDS), ended.end + limits.ms(limits.PICTURES)
    pictures = len(await opened_parts.store.keys("pictures/")) + 2

    assert {} == await kinds(opened_parts, year - 1)
    assert {"consent records": 2} == await kinds(opened_parts, year)
    assert {"consent records": 2, "pictures": pictures} == await kinds(opened_parts, two)

    await retention.forget(opened_parts, await retention.over(opened_parts, two, 365))

    left = await opened_parts.store.keys("")
    assert {"certificates", "notices", "origins", "recordings"} == {name.split("/")[0] for name in left}


async def test_how_long_is_up_to_the_recording_and_its_notice_says_so(opened_parts: Parts) -> None:
    """What a visitor was told is what is done."""
    short = await opened_parts.registry.open(a_recording(record_days=30, picture_days=60))
    name = consent.record_key(short.id, "a" * 26, "given")
    await opened_parts.store.put(name, b"{}")

    told = (await opened_parts.registry.told(short.nv)).languages["en"].full.model_dump_json()

    for days in (30, 60):
        assert times.day(short.end + days * DAY_MS, "en", "UTC") in told
    assert {} == await kinds(opened_parts, short.end + 30 * DAY_MS - 1)
    assert {"consent records": 1} == await kinds(opened_parts, short.end + 30 * DAY_MS)


async def test_the_access_log_goes_day_by_day(opened_parts: Parts) -> None:
    """A look of any hour of a day is kept for as many whole days as the setting says; what is no day stays."""
    for day in ("2026-01-01", "2026-01-02", "2025-02-31", "readme"):
        await opened_parts.store.put(f"access/{day}/1-aa.jsonl", b"{}\n")
    first = retention._day_ms("2026-01-01")
    assert first is not None

    assert [] == await retention.over(opened_parts, first + 366 * DAY_MS - 1, 365)
    [one] = await retention.over(opened_parts, first + 366 * DAY_MS, 365)
    assert ("access log", "2026-01-01", ["access/2026-01-01/1-aa.jsonl"]) == (one.what, one.of, one.names)


async def test_pictures_of_a_recording_that_has_not_ended_stay(
    opened_parts: Parts, recording: Recording
) -> None:
    """However late it is; they may be all that there is."""
    await opened_parts.store.put(f"pictures/{recording.id}/attempt/0/desktop/click.png", b"png")

    assert {} == await kinds(opened_parts, recording.end + 3 * 365 * DAY_MS)


async def test_pictures_of_an_attempt_that_did_not_count_go_at_once(
    opened_parts: Parts, ended: Recording
) -> None:
    """A worker that was killed over them, after all others had finished, could leave one behind."""
    stray = f"pictures/{ended.id}/0123456789abcdef/0/desktop/click.png"
    await opened_parts.store.put(stray, b"png")

    await worker.forget_what_is_over(opened_parts)

    assert stray not in await opened_parts.store.keys("pictures/")
    assert await opened_parts.store.keys("pictures/")


async def test_what_lets_nobody_in_any_more_goes(opened_parts: Parts, recording: Recording) -> None:
    """Links, drafts, sign-ins, and API keys a month after they were good; what is good stays, and what is not ours."""
    store, now = opened_parts.store, 1_700_000_000_000
    await Invites(store).make("ada", now)
    await Drafts(store).keep("ada", recording, now)
    await Sessions(store).begin("ada", Stage.IN, now)
    await ApiKeys(store).make("ada", "CI", ["read"], None, now, now + DAY_MS)
    await PageCodes(store, opened_parts.registry).make(recording.id, "ada", "https://team.example", now)
    for folder in ("invites", "drafts", "sessions", "apikeys", "pagecodes"):
        await store.put(f"{folder}/readme", b"not ours")

    assert {} == await kinds(opened_parts, now)
    assert {"links": 1, "sign-ins": 1, "codes of pages": 1} == await kinds(opened_parts, now + 4 * DAY_MS)
    later = now + 31 * DAY_MS
    assert {"links": 1, "sign-ins": 1, "codes of pages": 1, "drafts": 1, "API keys": 1} == await kinds(
        opened_parts, later
    )

    over = await retention.over(opened_parts, later, 365)
    assert {"ada"} == {each.of for each in over}
    await retention.forget(opened_parts, over)

    assert {} == await kinds(opened_parts, later)
    assert ["invites/readme"] == await store.keys("invites/")


def test_the_command_prints_what_would_go_and_removes_it_when_told(
    team_settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`yesmap retention --dry-run` changes nothing."""
    for name, value in team_settings.as_environment().items():
        monkeypatch.setenv(name, value)
    old = team_settings.data / "objects" / "access" / "2020-01-01" / "1-aa.jsonl"
    old.parent.mkdir(parents=True)
    old.write_text("{}\n")

    cli.main(["retention", "--dry-run"])
    assert old.exists()
    assert "1 objects would be removed" in capsys.readouterr().out

    cli.main(["retention"])
    assert not old.exists()
    assert "1 objects were removed" in capsys.readouterr().out
