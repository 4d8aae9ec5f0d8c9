import asyncio

import pytest

from heatmap import worker
from heatmap.end import end, lease
from heatmap.end.lease import Leases, Lost, lease_key
from heatmap.parts import Parts
from recorder import forget
from recorder.errors import Unavailable
from recorder.objects import Objects
from recorder.recording import Recording, State
from recorder.registry import Registry
from tests.conftest import a_recording
from tests.heatmap.conftest import crowd
from tests.heatmap.standstill import Standstill, Where, another

RECORDING = a_recording()


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def test_one_of_many_holds_a_lease(objects: Objects) -> None:
    """Also when all of them come at once; who comes after that one has let go gets the next number."""
    numbers = []

    async def take() -> None:
        async with Leases(objects).held(RECORDING) as held:
            numbers.append(held and held.number)
            await asyncio.sleep(0)

    async with Leases(objects).held(RECORDING) as first:
        assert first
        await asyncio.gather(*(take() for _ in range(4)))
    await take()

    assert [None] * 4 + [first.number + 1] == numbers


async def test_a_lease_that_stays_the_same_is_taken_over(objects: Objects) -> None:
    """After `LEASE_SECONDS` by the clock of who waits, not before; the one who had it is not asked."""
    clock = Hand()
    waiting = Leases(objects, clock)
    async with Leases(objects).held(RECORDING) as first:
        assert first
        for seconds in (0, lease.LEASE_SECONDS - 1):
            clock.now += seconds
            async with waiting.held(RECORDING) as held:
                assert held is None
        clock.now += 1
        async with waiting.held(RECORDING) as held:
            assert held
            assert first.number < held.number


async def test_a_lease_that_is_written_again_is_not_taken_over(objects: Objects) -> None:
    """However often somebody waits for it."""
    clock = Hand()
    waiting, holding = Leases(objects, clock), Leases(objects)
    async with holding.held(RECORDING) as first:
        assert first
        for _ in range(3):
            clock.now += lease.LEASE_SECONDS
            assert await holding._write(RECORDING.id, first)
            async with waiting.held(RECORDING) as held:
                assert held is None


async def test_who_cannot_write_a_lease_stops_before_others_take_it(objects: Objects) -> None:
    """By its own clock, whatever that shows: only how far it has gone counts."""
    clock = Hand()
    leases = Leases(objects, clock)
    async with leases.held(RECORDING) as held:
        assert held
        clock.now += lease.HOLD_SECONDS
        leases.check(held)
        clock.now += 1
        with pytest.raises(Lost):
            leases.check(held)
    assert lease.HOLD_SECONDS + lease.BEAT_SECONDS < lease.LEASE_SECONDS


async def test_a_holder_notices_that_its_lease_is_another_ones(objects: Objects) -> None:
    """Its next write fails, and its check as well."""
    clock = Hand()
    waiting, holding = Leases(objects, clock), Leases(objects)
    async with holding.held(RECORDING) as first:
        assert first
        for _ in range(2):
            async with waiting.held(RECORDING) as held:
                pass
            clock.now += lease.LEASE_SECONDS
        assert held
        assert not await holding._write(RECORDING.id, first)


async def test_a_write_whose_answer_was_lost_does_not_lose_the_lease(objects: Objects) -> None:
    """The object is as the holder wrote it, only its tag is not known yet."""
    leases = Leases(objects)
    async with leases.held(RECORDING) as held:
        assert held
        held.tag = "0" * 32
        assert await leases._write(RECORDING.id, held)
        assert await leases._write(RECORDING.id, held)


async def test_a_lease_is_let_go_of_also_when_the_answer_to_its_last_write_did_not_come(
    objects: Objects,
) -> None:
    """As when its holder is told to stop just then."""
    async with Leases(objects).held(RECORDING) as held:
        assert held
        held.tag = "0" * 32

    async with Leases(objects).held(RECORDING) as held:
        assert held


async def test_a_number_is_higher_than_the_recordings(objects: Objects) -> None:
    """Also when the lease object was lost."""
    async with Leases(objects).held(RECORDING.model_copy(update={"fence": 7})) as held:
        assert held
        assert 8 == held.number


async def test_a_store_that_does_not_answer_ends_no_lease(
    objects: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Letting go is a courtesy: others wait instead."""

    async def down(*_: object, **__: object) -> str:
        raise Unavailable("The store is down.")

    async with Leases(objects).held(RECORDING) as held:
        assert held
        monkeypatch.setattr(type(objects), "put", down)


async def test_a_forgotten_lease_leaves_nothing(objects: Objects) -> None:
    """Not even by who lets go of it afterwards."""
    leases = Leases(objects)
    async with leases.held(RECORDING):
        await leases.forget(RECORDING.id)

    assert [] == await objects.remains("leases/")


# --- a worker that wakes after another has finished --------------------------------------------------------------


def state(name: State) -> Where:
    """Before this state is written down."""
    return lambda call, key, data: call == "put" and f'"state": "{name}"'.encode() in data


def call(name: str, prefix: str = "") -> Where:
    """Before this call, for a key that begins so."""
    return lambda call, key, data: call == name and key.startswith(prefix)


STANDSTILLS: dict[str, Where] = {
    "before the gates are shut": call("close"),
    "while it draws": call("put", "pictures/"),
    "before drawn": state(State.DRAWN),
    "before the key is destroyed": call("delete", "keys/"),
    "before shredded": state(State.SHREDDED),
    "before raw events are removed": call("remove"),
    "before removed": state(State.REMOVED),
    "while it checks": call("remains", "keys/"),
    "before checked": state(State.CHECKED),
    "before it certifies": call("put", "certificates/"),
    "before certified": state(State.CERTIFIED),
}


@pytest.fixture
async def crowded(opened_parts: Parts, recording: Recording) -> Recording:
    await crowd(opened_parts, recording, 20)
    return recording


async def stands(still: Standstill, worker: asyncio.Task[Recording]) -> None:
    """Until it stands still; whatever keeps it from getting there is raised."""
    there = asyncio.create_task(still.there.wait())
    await asyncio.wait({worker, there}, return_when="FIRST_COMPLETED")
    assert there.done(), await worker


async def everything(parts: Parts) -> dict[str, bytes]:
    """All that lasts."""
    return {name: (await parts.store.get(name)).data for name in await parts.store.keys("")}


@pytest.mark.parametrize("where", STANDSTILLS.values(), ids=STANDSTILLS)
async def test_a_worker_that_wakes_after_another_has_finished_changes_nothing(
    opened_parts: Parts, crowded: Recording, where: Where
) -> None:
    """Wherever it stood still: the site's next recording, the pictures, the certificate are as the other left them."""
    clock, still = Hand(), Standstill(where)
    late = asyncio.create_task(end.finish(still.worker(opened_parts, Hand()), crowded.id))
    await stands(still, late)
    other = another(opened_parts, clock)
    for _ in range(2):
        ended = await end.advance(other, (await end.close(other, crowded.id)).id)
        clock.now += lease.LEASE_SECONDS
    after = await opened_parts.registry.open(a_recording())
    before = await everything(opened_parts)

    still.go.set()

    assert ended == await late
    assert State.CERTIFIED == ended.state
    assert before == await everything(opened_parts)
    assert after.id == (await Registry(opened_parts.store, opened_parts.keys).for_origin(after.origins[0])).id
    assert 0 == await forget.raw_keys_left(opened_parts.log, ended.id)
    assert lease_key(ended.id) not in before


@pytest.mark.parametrize("where", STANDSTILLS.values(), ids=STANDSTILLS)
async def test_after_a_worker_that_is_told_to_stop_another_goes_on_at_once(
    opened_parts: Parts, crowded: Recording, where: Where
) -> None:
    """Wherever it stood: it has given its lease back, so nobody waits until that is stale."""
    closed, still = await end.close(opened_parts, crowded.id), Standstill(where)
    async with worker.running(still.worker(opened_parts, Hand())), asyncio.timeout(60):
        await still.there.wait()

    ended = await end.advance(another(opened_parts, Hand()), closed.id)

    assert State.CERTIFIED == ended.state


async def test_a_worker_that_could_not_keep_its_lease_stops(opened_parts: Parts, crowded: Recording) -> None:
    """It wakes while it draws, sees by its own clock that it slept too long, and leaves no picture behind."""
    clock, still = Hand(), Standstill(call("put", "pictures/"))
    closed = await end.close(opened_parts, crowded.id)
    late = asyncio.create_task(end.advance(still.worker(opened_parts, clock), closed.id))
    await stands(still, late)
    clock.now += lease.LEASE_SECONDS
    still.go.set()

    assert State.CLOSING == (await late).state
    [left] = await opened_parts.store.keys("pictures/")

    ended = await end.finish(opened_parts, crowded.id)

    assert left not in await opened_parts.store.keys("pictures/")
    assert State.CERTIFIED == ended.state
