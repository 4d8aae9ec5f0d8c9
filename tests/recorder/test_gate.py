"""The gate against a model of it: whatever is done in whatever order, the event store lets in what it should."""

from collections.abc import Awaitable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recorder.errors import Gone, Paused
from recorder.eventlog import EventLog
from recorder.recording import Recording
from tests.conftest import a_recording

pytestmark = pytest.mark.also_on_a_cluster

#: What is done, by or for whom, and with which batch: a few of each, so that they meet often.
DEEDS = st.tuples(
    st.sampled_from(["open", "append", "append", "pause", "go on", "erase", "close"]),
    st.sampled_from(["one", "other"]),
    st.sampled_from([b"document0001", b"document0002"]),
)


class Model:
    """What is promised. A deed gives its answer, or the kind of refusal."""

    def __init__(self) -> None:
        self.closed = False
        self.paused: dict[str, bool] = {}  #: of the sessions that are open
        self.kept: dict[str, set[bytes]] = {}  #: of all that began and were not erased

    def do(self, deed: str, session: str, field: bytes) -> object:
        match deed:
            case "open":
                return self._open(session)
            case "append":
                return self._append(session, field)
            case "pause" | "go on":
                if session not in self.paused:
                    return Gone
                self.paused[session] = deed == "pause"
            case "erase":
                self.paused.pop(session, None)
                self.kept.pop(session, None)
            case "close":
                self.closed, self.paused = True, {}
        return None

    def _open(self, session: str) -> object:
        if self.closed:
            return Gone
        if session in self.paused:
            return False
        self.paused[session], self.kept[session] = False, set()
        return True

    def _append(self, session: str, field: bytes) -> object:
        if session not in self.paused:
            return Gone
        if self.paused[session]:
            return Paused
        new = field not in self.kept[session]
        self.kept[session].add(field)
        return new


def done(log: EventLog, recording: Recording, deed: str, session: str, field: bytes) -> Awaitable[Any]:
    """The same in the event store."""
    match deed:
        case "open":
            return log.open_session(recording, session, 1000, ["heatmap"])
        case "append":
            return log.append(recording.id, session, field, b"sealed", 1, 0)
        case "pause" | "go on":
            return log.pause(recording.id, session, deed == "pause")
        case "erase":
            return log.erase(recording.id, session)
    return log.close(recording)


async def answer(deed: Awaitable[Any]) -> object:
    try:
        return await deed
    except (Gone, Paused) as refused:
        return type(refused)


@given(st.lists(DEEDS, min_size=3, max_size=30))
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # each example has a recording of its own
)
async def test_the_gate_lets_in_what_the_model_does(
    log: EventLog, deeds: list[tuple[str, str, bytes]]
) -> None:
    """After each of many deeds: the same answer, the same sessions, the same batches, each of them counted once."""
    recording, model = a_recording(), Model()
    for deed in [("open", "one", b""), *deeds]:
        assert model.do(*deed) == await answer(done(log, recording, *deed)), deed

        assert sorted(model.kept) == await log.sessions(recording.id)
        async for session in log.read(recording.id, sorted(model.kept)):
            assert model.kept[session.id] == session.batches.keys()
            assert len(session.batches) == session.events
            assert model.paused.get(session.id, False) == session.paused
