"""Notes of the team: words that stay, and lead to nobody."""

import json
from datetime import date

import pytest

from heatmap.replays import notes
from recorder.errors import Malformed, NotFound
from recorder.objects import Objects
from recorder.recording import Recording
from tests.conftest import a_recording

#: 2026-11-25, 14:31 UTC.
NOW = 1_795_617_060_000


@pytest.fixture
def recording() -> Recording:
    return a_recording()


async def test_a_note_is_words_a_page_an_author_and_a_day(objects: Objects, recording: Recording) -> None:
    """Nothing that leads to the visit at which it was written, not even the time."""
    made = await notes.add(objects, recording, " The voucher fails. ", "ada", NOW, 1)

    [kept] = [
        json.loads((await objects.get(key)).data) for key in await objects.keys(f"notes/{recording.id}/")
    ]
    assert {"id": made.id, "text": "The voucher fails.", "by": "ada", "day": "2026-11-25", "page": 1} == kept
    assert [made] == await notes.listed(objects, recording.id)


async def test_the_newest_day_comes_first(objects: Objects, recording: Recording) -> None:
    """Within a day in no order that tells when."""
    for day in (0, 2, 1):
        await notes.add(objects, recording, f"day {day}", "ada", NOW + day * 86_400_000)
    found = await notes.listed(objects, recording.id)
    assert ["day 2", "day 1", "day 0"] == [note.text for note in found]
    assert date(2026, 11, 27) == found[0].day


async def test_a_note_may_go(objects: Objects, recording: Recording) -> None:
    """Once; and one that is not there is not found, nor is a way out of the folder."""
    made = await notes.add(objects, recording, "Wrong.", "ada", NOW)
    await notes.delete(objects, recording.id, made.id)
    assert [] == await notes.listed(objects, recording.id)
    for gone in (made.id, "../x", ""):
        with pytest.raises(NotFound):
            await notes.delete(objects, recording.id, gone)


async def test_what_is_no_note(
    objects: Objects, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing, too much, a page that is not there, one too many."""
    assert notes.CHARS == len((await notes.add(objects, recording, "x" * notes.CHARS, "ada", NOW)).text)
    for text in ("", " \n", "x" * (notes.CHARS + 1)):
        with pytest.raises(Malformed, match="1 to 2000"):
            await notes.add(objects, recording, text, "ada", NOW)
    with pytest.raises(Malformed, match="no such page"):
        await notes.add(objects, recording, "x", "ada", NOW, 2)
    monkeypatch.setattr(notes, "MOST", 1)
    with pytest.raises(Malformed, match="delete some"):
        await notes.add(objects, recording, "x", "ada", NOW)
