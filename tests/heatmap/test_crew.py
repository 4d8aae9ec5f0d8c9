"""Several processes make the same as one."""

from dataclasses import replace

import pytest

from heatmap import crew
from heatmap.crew import Job
from heatmap.gather import fill, open_page
from heatmap.parts import Parts
from heatmap.snapshots.snapshots import Name, key
from recorder.errors import Unavailable
from recorder.recording import Recording
from tests.heatmap.conftest import visit
from tests.heatmap.test_files import snapshot
from tests.heatmap.test_pictures import kept

pytestmark = pytest.mark.also_on_a_cluster


@pytest.fixture
async def crowd(opened_parts: Parts, recording: Recording) -> Recording:
    """Visitors of two pages, one of which has a snapshot, in two releases."""
    await opened_parts.store.put(key(recording.id, Name(0, "desktop"), "json"), snapshot("desktop", 1280))
    recording = await opened_parts.registry.change(
        recording.id, lambda r: r.model_copy(update={"seen_releases": ["1.4.0", "1.5.0"]})
    )
    for number in range(61):
        await visit(opened_parts, recording, 600 + number % 7, page=number // 40, release=1 + number % 2)
    return recording


async def test_the_pictures_do_not_depend_on_how_many_made_them(
    opened_parts: Parts, crowd: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All files of the end, byte by byte."""
    monkeypatch.setattr(crew, "WORTH", 1)
    alone, three = (replace(opened_parts, crew=replace(opened_parts.crew, processes=n)) for n in (1, 3))

    files = await kept(alone, crowd)

    assert files == await kept(three, crowd)
    assert {"0/desktop/r1/scroll.png", "0/desktop/elements.json", "1/desktop/click.npz"} <= set(files)


async def test_few_events_start_no_process(
    opened_parts: Parts, crowd: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would take longer to start than to read them."""

    def never(*_: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr(crew, "ProcessPoolExecutor", never)
    parts = replace(opened_parts, crew=replace(opened_parts.crew, processes=8))
    page = await open_page(parts, crowd, (0, "desktop"))

    filled = await fill(parts, crowd, {(0, "desktop"): page}, ["click"], events=183)

    assert 40 == filled[0, "desktop"].sessions.total()


async def test_what_one_process_cannot_read_is_said(
    opened_parts: Parts, crowd: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same sentence as when it is read here."""
    monkeypatch.setattr(crew, "WORTH", 1)
    key = await opened_parts.registry.key(crowd)
    job = Job(crowd.id, await opened_parts.log.sessions(crowd.id), {}, ["click"], key)

    with pytest.raises(Unavailable, match="event store did not answer"):
        await crew.Crew("redis://127.0.0.1:9/0", 2).fill(job, events=10)


def test_a_job_keeps_the_key_to_itself() -> None:
    """Neither a job nor a crew that is printed tells a secret."""
    job = Job("1", [], {}, [], key=b"secret key")

    assert "secret" not in f"{job} {crew.Crew('redis://:secret@store')}"
