"""What Dask runs, run here: refusals that come before anything is read, and errors that hold no key."""

import pickle
from collections.abc import Iterator
from types import TracebackType

import pytest

from heatmap.cluster import link, shares
from heatmap.cluster.crew import shares as shares_of
from heatmap.cluster.shares import VERSION, Here
from heatmap.overview import Overview
from heatmap.parts import Parts
from recorder.errors import NotFound, Unusable, YesmapError
from recorder.recording import Recording
from recorder.registry import key_key
from recorder.settings import read
from tests.heatmap.conftest import visit

EMPTY = pickle.dumps(Overview())


@pytest.fixture
def drawer(opened_parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process is one."""
    monkeypatch.setattr(shares, "_here", Here(opened_parts.keys, opened_parts.log))


async def test_a_worker_that_is_no_drawer_is_refused() -> None:
    """It says what to start instead."""
    with pytest.raises(Unusable, match="start them with `yesmap drawer`"):
        await shares.share(VERSION, "recording", EMPTY, 0, 1)


@pytest.mark.usefixtures("drawer")
async def test_another_version_is_refused() -> None:
    """What it would make might not be the same."""
    with pytest.raises(Unusable, match="install the same on both"):
        await shares.share("0.0.1", "recording", EMPTY, 0, 1)


@pytest.mark.usefixtures("drawer")
async def test_what_a_share_gives_opens_with_the_key_alone(opened_parts: Parts, recording: Recording) -> None:
    """And two of them are put together."""
    for _ in range(7):
        await visit(opened_parts, recording)
    key = await opened_parts.registry.key(recording)

    two = [await shares.share(VERSION, recording.id, EMPTY, n, 2) for n in range(2)]
    made = await shares.both(VERSION, recording.id, *two)

    assert 7 == shares.opened(key, made).counts()["sessions"]
    with pytest.raises(YesmapError, match="sealed with another key"):
        shares.opened(bytes(32), made)


@pytest.mark.usefixtures("drawer")
async def test_a_key_that_is_gone_is_said(opened_parts: Parts, recording: Recording) -> None:
    """Nothing is read without it."""
    await opened_parts.keys.delete(key_key(recording.id))

    with pytest.raises(NotFound, match="key is destroyed"):
        await shares.share(VERSION, recording.id, EMPTY, 0, 1)


@pytest.mark.usefixtures("drawer")
@pytest.mark.parametrize("broken", [b"not a pickle", pickle.dumps(7)])
async def test_an_error_holds_nothing_but_its_sentence(
    opened_parts: Parts, recording: Recording, broken: bytes
) -> None:
    """Dask keeps it with all its frames: neither they nor what led to it have the key."""
    await visit(opened_parts, recording)
    key = await opened_parts.registry.key(recording)

    with pytest.raises(shares.Failed, match="its log says where") as caught:
        await shares.share(VERSION, recording.id, broken, 0, 1)

    assert caught.value.__cause__ is caught.value.__context__ is None
    theirs = [local for local in _locals(caught.value.__traceback__) if local is not key]
    assert not [local for local in theirs if local == key]


def _locals(trace: TracebackType | None) -> Iterator[object]:
    while trace:
        yield from trace.tb_frame.f_locals.values()
        trace = trace.tb_next


def test_tls_needs_its_files() -> None:
    """Each side shows the other who it is."""
    with pytest.raises(Unusable, match="YESMAP_DASK_CA, YESMAP_DASK_CERTIFICATE"):
        link.security(read(dask_scheduler="tls://127.0.0.1:8786"))


def test_a_scheduler_has_a_scheme() -> None:
    """The setting is refused, by name."""
    with pytest.raises(Unusable, match="YESMAP_DASK_SCHEDULER must begin with tls:// or tcp://"):
        read(dask_scheduler="127.0.0.1:8786")


def test_shares_are_as_many_as_there_is_work() -> None:
    """A power of two, so that each asks for as few names as can be; and no more than so many."""
    assert [1, 1, 2, 16, 256, 256] == [shares_of(n) for n in (0, 500, 501, 8000, 128_000, 14_000_000)]
