import asyncio
import hashlib

import pytest

from recorder import limits, seal
from recorder.errors import Conflict, Gone, Malformed, NotFound, Unavailable
from recorder.objects import Objects, Stored
from recorder.recording import State
from recorder.registry import Registry, key_key, recording_key
from tests.conftest import ORIGIN, a_recording


@pytest.fixture
def registry(objects: Objects) -> Registry:
    """On both kinds of object store, without a collector."""
    return Registry(objects, objects)


async def test_an_opened_recording_is_found_by_its_origin(registry: Registry) -> None:
    """By every origin that it names, and by no other."""
    other = "https://shop2.example"
    opened = await registry.open(a_recording(origins=[ORIGIN, other]))

    assert opened == await registry.for_origin(ORIGIN) == await registry.for_origin(other)
    with pytest.raises(NotFound):
        await registry.for_origin("https://third.example")


async def test_an_opened_recording_has_its_notice_registered(registry: Registry, objects: Objects) -> None:
    """Under its name, which is the first 12 hex digits of the document's SHA-256, and in every language."""
    opened = await registry.open(a_recording())

    stored = await objects.get(f"notices/{opened.nv}.json")
    assert opened.nv == hashlib.sha256(stored.data).hexdigest()[:12]
    assert opened.nv == (await registry.read(opened.id)).nv
    assert {"en", "nl"} == (await Registry(objects, objects).told(opened.nv)).languages.keys()
    with pytest.raises(NotFound):
        await registry.told("0" * 12)


async def test_a_recording_with_an_incomplete_notice_is_not_opened(
    registry: Registry, objects: Objects
) -> None:
    """Nothing is left behind by the refusal."""
    with pytest.raises(Malformed, match=r"no text called titel, which texts\.nl gives"):
        await registry.open(a_recording(texts={"nl": {"titel": "Mogen wij?"}}))

    assert [] == [
        *await objects.keys("recordings/"),
        *await objects.keys("notices/"),
        *await objects.keys("keys/"),
    ]


async def test_an_origin_has_one_open_recording(registry: Registry, objects: Objects) -> None:
    """A second one is refused and leaves nothing behind, not even for its other origins."""
    await registry.open(a_recording())
    second = a_recording(origins=["https://free.example", ORIGIN])

    with pytest.raises(Conflict, match=ORIGIN):
        await registry.open(second)

    assert [] == await objects.remains(recording_key(second.id))
    assert [] == await objects.remains(key_key(second.id))
    assert await registry.open(a_recording(origins=["https://free.example"]))


async def test_a_recordings_key_is_given_while_it_exists(registry: Registry, objects: Objects) -> None:
    """32 bytes of its own; once destroyed it is gone for everybody who does not hold the recording open."""
    opened = await registry.open(a_recording())
    key = await registry.key(opened)

    await objects.delete(key_key(opened.id))

    assert 32 == len(key)
    with pytest.raises(Gone):
        await registry.key(opened.model_copy(update={"state": State.SHREDDED}))
    with pytest.raises(Gone):
        await Registry(objects, objects).key(opened)


async def test_changes_at_once_all_happen(registry: Registry) -> None:
    """Ten that add a release each: none is lost."""
    opened = await registry.open(a_recording())

    async def add(n: int) -> None:
        await registry.change(
            opened.id, lambda r: r.model_copy(update={"seen_releases": [*r.seen_releases, f"1.{n}.0"]})
        )

    await asyncio.gather(*(add(n) for n in range(10)))

    assert {f"1.{n}.0" for n in range(10)} == set((await registry.read(opened.id)).seen_releases)


async def test_recordings_are_listed_with_the_newest_first(registry: Registry) -> None:
    """In the order in which the team looks for them."""
    old = await registry.open(a_recording(start=1000, end=2000))
    new = await registry.open(a_recording(start=5000, end=6000, origins=["https://new.example"]))

    assert [new.id, old.id] == [each.id for each in await registry.all()]


async def test_a_recording_that_has_its_certificate_is_read_once(
    registry: Registry, objects: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker looks at all of them every few seconds: those of years cost nothing, those that run are as they are."""
    over, running = [
        await registry.open(a_recording(origins=[f"https://{name}.example"])) for name in ("over", "runs")
    ]
    await registry.change(over.id, lambda r: r.model_copy(update={"state": State.CERTIFIED}))
    await registry.all()
    read, get = list[str](), objects.get

    async def noted(key: str) -> Stored:
        read.append(key)
        return await get(key)

    monkeypatch.setattr(objects, "get", noted)
    await registry.change(running.id, lambda r: r.model_copy(update={"fence": 7}))
    read.clear()

    assert {over.id: 0, running.id: 7} == {each.id: each.fence for each in await registry.all()}
    assert [recording_key(running.id)] == read


async def test_a_freed_origin_can_be_taken_again(registry: Registry) -> None:
    """Whoever let go of an origin does not take it from its next owner."""
    first = await registry.open(a_recording())
    await registry.release_origins(first)
    second = await registry.open(a_recording())

    await registry.release_origins(first)

    assert second.id == (await registry.for_origin(ORIGIN)).id


class Counted:
    """A store that counts reads, and can be down or hang."""

    def __init__(self, objects: Objects) -> None:
        self._objects, self.reads, self.down, self.hangs = objects, 0, False, False

    async def get(self, key: str) -> Stored:
        self.reads += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.down:
            raise Unavailable("The store is down.")
        return await self._objects.get(key)

    async def keys(self, prefix: str) -> list[str]:
        self.reads += 1
        if self.down:
            raise Unavailable("The store is down.")
        return await self._objects.keys(prefix)


async def test_a_notice_is_read_once(objects: Objects, monkeypatch: pytest.MonkeyPatch) -> None:
    """It never changes; only when more are remembered than there is room for, it is read again."""
    written = Registry(objects, objects)
    one = await written.open(a_recording())
    other = await written.open(a_recording(origins=["https://other.example"], site="Other shop"))
    counted = Counted(objects)
    registry = Registry(counted, counted)  # type: ignore[arg-type]

    assert await registry.told(one.nv) == await registry.told(one.nv) != await registry.told(other.nv)
    assert 2 == counted.reads

    monkeypatch.setattr(limits, "NOTICES_REMEMBERED", 1)
    registry = Registry(counted, counted)  # type: ignore[arg-type]
    for nv in (one.nv, other.nv, one.nv):
        await registry.told(nv)
    assert 5 == counted.reads


async def test_what_was_read_is_remembered_for_a_moment(
    objects: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many visitors cost one read; afterwards it is read anew, and while the store is down the last word stands."""
    opened = await Registry(objects, objects).open(a_recording())
    counted = Counted(objects)
    registry = Registry(counted, counted)  # type: ignore[arg-type]

    for _ in range(5):
        await registry.for_origin(ORIGIN)
    assert 3 == counted.reads

    monkeypatch.setattr(limits, "RECORDING_SECONDS", 0.0)
    await objects.put(recording_key(opened.id), opened.model_copy(update={"state": State.CLOSING}).to_json())
    assert State.CLOSING == (await registry.get(opened.id)).state

    counted.down = True
    assert opened.id == (await registry.for_origin(ORIGIN)).id


async def test_nobody_waits_for_a_store_that_hangs(objects: Objects, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last word stands, and where there is none it is said that the store does not answer."""
    opened = await Registry(objects, objects).open(a_recording())
    hanging = Counted(objects)
    registry, knows_nothing = Registry(hanging, hanging), Registry(hanging, hanging)  # type: ignore[arg-type]
    assert opened == await registry.get(opened.id)
    monkeypatch.setattr(limits, "RECORDING_SECONDS", 0.0)
    monkeypatch.setattr(limits, "ANSWER_SECONDS", 0.05)
    hanging.hangs = True

    async with asyncio.timeout(20):
        assert opened == await registry.get(opened.id)
        with pytest.raises(Unavailable):
            await knows_nothing.get(opened.id)


async def test_a_key_is_held_only_while_its_recording_runs(registry: Registry, objects: Objects) -> None:
    """Whoever remembers it lets go after the closing and after the end, also without being asked for it again."""
    recording = await registry.open(a_recording())
    other = await registry.open(a_recording(origins=["https://other.example"]))
    for each in (recording, other):
        seal.seal(await registry.key(each), "session", b"field", b"plain")
    closing = recording.model_copy(update={"state": State.CLOSING})
    await registry.change(recording.id, lambda _: closing)

    await registry.let_go(other.start)

    assert [other.id] == list(registry._secrets)
    assert 0 == seal._cipher.cache_info().currsize
    await registry.let_go(other.end)
    assert {} == registry._secrets


async def test_what_was_derived_from_a_key_that_was_lent_after_the_end_goes_too(registry: Registry) -> None:
    """Whoever draws or shows after the end asks for the key each time, and keeps nothing of it."""
    recording = await registry.open(a_recording())
    closing = recording.model_copy(update={"state": State.CLOSING})
    seal.seal(await registry.key(closing), "session", b"field", b"plain")

    await registry.let_go(recording.start)

    assert {} == registry._secrets
    assert 0 == seal._cipher.cache_info().currsize
