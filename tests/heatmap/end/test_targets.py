from heatmap import worker
from heatmap.end.targets import COUNT_SECONDS, Targets
from heatmap.parts import Parts
from recorder.recording import Recording, State
from tests.conftest import a_recording
from tests.heatmap.conftest import visit
from tests.heatmap.end.test_lease import Hand


async def opened(parts: Parts, **fields: object) -> Recording:
    return await parts.registry.open(a_recording(**fields))


async def test_a_recording_ends_with_its_last_session(opened_parts: Parts) -> None:
    """At `max_sessions`, not before; one without goes on."""
    recording = await opened(opened_parts, max_sessions=3)
    endless = await opened(opened_parts, origins=["https://other.example"])
    for _ in range(2):
        await visit(opened_parts, recording)
        await visit(opened_parts, endless)
    await worker.end_what_is_due(opened_parts)
    assert State.OPEN == (await opened_parts.registry.read(recording.id)).state

    await visit(opened_parts, recording)
    await worker.end_what_is_due(opened_parts)

    assert State.CERTIFIED == (await opened_parts.registry.read(recording.id)).state
    assert State.OPEN == (await opened_parts.registry.read(endless.id)).state


async def test_a_recording_ends_when_each_page_has_enough(opened_parts: Parts) -> None:
    """`page_sessions` counts each page by itself: many on one do not make up for few on another."""
    clock = Hand()
    targets = Targets(clock)
    recording = await opened(opened_parts, page_sessions=2)
    for _ in range(4):
        await visit(opened_parts, recording, page=0)
    await visit(opened_parts, recording, page=1)
    assert not await targets.met(opened_parts, recording)

    await visit(opened_parts, recording, page=1)

    assert not await targets.met(opened_parts, recording)  # counted a moment ago
    clock.now += COUNT_SECONDS
    assert await targets.met(opened_parts, recording)


async def test_sessions_on_another_device_class_do_not_end_a_recording(opened_parts: Parts) -> None:
    """Of a window that was made wider there is no picture."""
    fields = {"page_sessions": 1, "devices": ["mobile"], "pages": [{"name": "Home", "pattern": "/"}]}
    recording = await opened(opened_parts, **fields)
    await visit(opened_parts, recording, viewport=(1280, 720))
    assert not await Targets().met(opened_parts, recording)

    await visit(opened_parts, recording, viewport=(380, 720))

    assert await Targets().met(opened_parts, recording)


async def test_the_notice_says_at_the_latest(opened_parts: Parts) -> None:
    """A recording that may end early is told of by the same words: whoever says yes is told the latest day."""
    same = a_recording()
    dates = {"start": same.start, "end": same.end}

    one = await opened(opened_parts, **dates, max_sessions=3, page_sessions=2)
    other = await opened(opened_parts, **dates, origins=["https://other.example"])

    assert one.nv == other.nv
    assert (
        "at the latest" in (await opened_parts.registry.told(one.nv)).languages["en"].receipt["recordingText"]
    )
