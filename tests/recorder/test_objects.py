import asyncio
import errno
import os
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from botocore.exceptions import ClientError

from heatmap import parts
from recorder import app as recorder_app
from recorder.errors import Conflict, NotFound, Unavailable, Unusable
from recorder.objects import Bucket, Folder, Objects, open_store, prove
from recorder.settings import Settings, read
from tests import s3server
from tests.processes import free_port
from tests.torture.lanes import Lane


async def test_what_was_put_is_read_back_with_the_same_tag(objects: Objects) -> None:
    """A put gives the tag that a get of the same bytes gives."""
    tag = await objects.put("a/b.json", b"one")

    stored = await objects.get("a/b.json")

    assert (b"one", tag) == (stored.data, stored.tag)


async def test_an_object_that_is_not_there_is_not_found(objects: Objects) -> None:
    """Reading what was never written says so; deleting it is fine."""
    await objects.delete("nothing")

    with pytest.raises(NotFound):
        await objects.get("nothing")


async def test_a_folder_whose_disk_is_gone_is_no_empty_store(tmp_path: Path) -> None:
    """Nobody is told that nothing is there, and nothing is written below it; it goes on when the disk is back."""
    root, away = tmp_path / "objects", tmp_path / "away"
    store = Folder(root)
    await store.put("a/b", b"one")
    root.rename(away)
    root.mkdir()

    for asked in (
        store.get("a/b"),
        store.keys("a/"),
        store.remains(""),
        store.put("a/c", b"two"),
        store.delete("a/b"),
    ):
        with pytest.raises(Unavailable):
            await asked
    assert [] == list(root.iterdir())
    root.rmdir()
    away.rename(root)
    assert b"one" == (await store.get("a/b")).data


async def test_only_one_of_many_creates_the_object(objects: Objects) -> None:
    """Of several that create at once, one wins and the others conflict."""

    async def create(n: int) -> bool:
        try:
            await objects.put("once", f"{n}".encode(), if_absent=True)
        except Conflict:
            return False
        return True

    won = await asyncio.gather(*(create(n) for n in range(8)))

    assert 1 == sum(won)
    assert str(won.index(True)).encode() == (await objects.get("once")).data


async def test_creating_the_same_bytes_again_is_no_conflict(objects: Objects) -> None:
    """A repeated request for the same object is harmless."""
    first = await objects.put("same", b"bytes", if_absent=True)

    assert first == await objects.put("same", b"bytes", if_absent=True)


async def test_a_replacement_needs_the_tag_that_was_read(objects: Objects) -> None:
    """Who read an older version cannot overwrite a newer one."""
    old = await objects.put("state", b"open")
    await objects.put("state", b"closing", if_match=old)

    with pytest.raises(Conflict):
        await objects.put("state", b"late", if_match=old)
    assert b"closing" == (await objects.get("state")).data


async def test_keys_are_listed_by_prefix_in_order(objects: Objects) -> None:
    """A listing holds exactly the keys below the prefix."""
    for name in ("x/2", "x/1", "xy/3", "z"):
        await objects.put(name, b"")

    assert ["x/1", "x/2"] == await objects.keys("x/")
    assert [] == await objects.keys("nothing/")


async def test_nothing_remains_of_a_deleted_object(objects: Objects) -> None:
    """After a delete no version of the object is left."""
    await objects.put("keys/r", b"secret")
    assert ["keys/r"] == await objects.remains("keys/r")

    await objects.delete("keys/r")

    assert [] == await objects.remains("keys/r")


async def test_a_listing_has_what_begins_with_its_prefix_and_nothing_else(objects: Objects) -> None:
    """Whether the prefix is a folder, the beginning of a name, both, or nothing at all."""
    for name in ("a/1", "a/2", "ab/1", "b/a/1"):
        await objects.put(name, b"")

    assert ["a/1", "a/2"] == await objects.keys("a/")
    assert ["a/1", "a/2", "ab/1"] == await objects.keys("a")
    assert ["a/2"] == await objects.keys("a/2")
    assert [] == await objects.keys("c/")
    assert ["a/1", "a/2", "ab/1", "b/a/1"] == await objects.keys("")


@pytest.mark.parametrize("name", ["../out", "/etc/passwd", "a//b", "a/../b", ".lock", ""])
async def test_a_name_cannot_leave_the_store(objects: Objects, name: str) -> None:
    """Names that walk out of the store are names of nothing."""
    with pytest.raises(NotFound):
        await objects.get(name)


async def test_a_store_that_ignores_conditions_is_refused(tmp_path: Path) -> None:
    """A store that lets every conditional write through stops the start with one sentence."""

    class Careless(Folder):
        async def put(
            self, key: str, data: bytes, *, if_absent: bool = False, if_match: str | None = None
        ) -> str:
            return await super().put(key, data)

    with pytest.raises(Unusable, match="let 4 create and 4 replace"):
        await prove(Careless(tmp_path))


async def test_a_store_that_checks_before_it_writes_is_refused(tmp_path: Path) -> None:
    """Conditions that hold one by one but not at once are found as well."""

    class Racy(Folder):
        async def put(
            self, key: str, data: bytes, *, if_absent: bool = False, if_match: str | None = None
        ) -> str:
            if if_absent and await self.keys(key):
                raise Conflict("there is one")
            await asyncio.sleep(0.01)
            return await super().put(key, data, if_match=if_match)

    with pytest.raises(Unusable, match="let 4 create and 1 replace"):
        await prove(Racy(tmp_path))


async def test_an_unknown_kind_of_store_is_refused() -> None:
    """A URL of another kind is named in the refusal."""
    with pytest.raises(Unusable, match="not ftp"):
        async with open_store("ftp://somewhere", read()):
            pass


async def test_a_folder_shows_no_half_written_file(objects: Objects) -> None:
    """While a file is written its draft is not listed."""
    if isinstance(objects, Folder):
        await objects.put("d/x", b"1")
        (objects._root / "d" / ".x.draft").write_bytes(b"half")

        assert ["d/x"] == await objects.keys("d/")


@pytest.mark.parametrize("how", ["503", "half"])
async def test_an_s3_server_that_fails_is_unavailable(
    s3: s3server.Server, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """Whatever is wrong with its answers, also when only half of one arrives."""
    for name, value in s3.environment().items():
        monkeypatch.setenv(name, value)
    lane = Lane(free_port(), s3.url.rpartition(":")[2], http=True)
    await lane.become("pass")
    chosen = read(s3_endpoint=f"http://127.0.0.1:{lane.port}", s3_region="default")
    async with open_store(f"s3://{await s3.new_bucket()}", chosen) as store:
        await store.put("a", b"some bytes")

        await lane.become(how)

        with pytest.raises(Unavailable):
            await store.get("a")
    await lane.become("refuse")


async def test_a_new_folder_is_on_disk_with_what_is_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each folder that is made for an object is synced into the one above, or a power cut takes the object along."""
    synced: set[Path] = set()
    sync = os.fsync

    def noted(handle: int) -> None:
        synced.add(Path(f"/proc/self/fd/{handle}").readlink())
        sync(handle)

    monkeypatch.setattr(os, "fsync", noted)
    root = tmp_path / "new" / "objects"

    store = Folder(root)

    assert {tmp_path, root.parent} == synced
    await store.put("consents/r/a/given.json", b"record")
    assert {root, root / "consents", root / "consents" / "r", root / "consents" / "r" / "a"} <= synced


class Refusing:
    """An S3 client whose every request is refused."""

    def __init__(self, code: str) -> None:
        self._error = ClientError({"Error": {"Code": code}}, "Request")

    def __getattr__(self, request: str) -> Any:
        async def refused(**_: Any) -> Any:
            raise self._error

        return refused

    def get_paginator(self, _: str) -> Any:
        raise self._error


REFUSED = pytest.mark.parametrize(
    "code", ["NoSuchBucket", "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch"]
)


@REFUSED
async def test_a_bucket_that_refuses_us_while_we_run_is_unavailable(code: str) -> None:
    """Somebody may be mending its rights: who asks is told to come again, and our fault it is not."""
    bucket = Bucket(Refusing(code), "bucket", "", versioned=False)

    for asked in (
        bucket.get("a"),
        bucket.put("a", b"some bytes"),
        bucket.delete("a"),
        bucket.keys("a"),
        bucket.remains("a"),
    ):
        with pytest.raises(Unavailable, match=code):
            await asked


@REFUSED
async def test_a_bucket_that_refuses_us_stops_the_start(code: str) -> None:
    """When it is looked up, and when only its objects are refused."""
    with pytest.raises(Unusable, match=code):
        await Bucket.find(Refusing(code), "bucket", "")
    with pytest.raises(Unusable, match=code):
        await prove(Bucket(Refusing(code), "bucket", "", versioned=False))


async def test_a_folder_that_fails_is_unavailable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading, writing or removing: a disk that fails is no answer about what is on it."""
    store = Folder(tmp_path)
    await store.put("a/b.json", b"1")

    def fails(*_: Any, **__: Any) -> Any:
        raise OSError(errno.EIO, "Input/output error")

    for broken in ("read_bytes", "open", "unlink"):
        monkeypatch.setattr(Path, broken, fails)

    for deed in (store.get("a/b.json"), store.put("a/b.json", b"2"), store.delete("a/b.json")):
        with pytest.raises(Unavailable, match="Input/output error"):
            await deed


async def test_a_first_one_that_then_failed_is_no_conflict_and_no_gap() -> None:
    """An S3 server says that another one is there, and when it is read there is none: to be tried again."""

    class Hasty(Refusing):
        async def get_object(self, **_: Any) -> Any:
            raise ClientError({"Error": {"Code": "NoSuchKey"}}, "Request")

    bucket = Bucket(Hasty("PreconditionFailed"), "bucket", "", versioned=False)

    with pytest.raises(Unavailable, match="try again"):
        await bucket.put("a.json", b"1", if_absent=True)


async def test_a_store_of_keys_is_tried_by_who_makes_them_and_left_alone_by_others(
    settings: Settings, team_settings: Settings, tmp_path: Path
) -> None:
    """A collector may have it without the right to write there."""
    keys = tmp_path / "recording-keys"
    apart = {"key_store_url": str(keys)}

    async with TestClient(TestServer(recorder_app.build(settings.model_copy(update=apart)))):
        assert [".lock"] == [each.name for each in keys.iterdir()]
    async with parts.opened(team_settings.model_copy(update=apart)):
        assert {".lock", "proof"} == {each.name for each in keys.iterdir()}
