"""The whole end on real stores: two buckets, one of which comes to keep versions; a primary and a replica."""

import contextlib
import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from heatmap import parts
from heatmap.end import certificate, end
from heatmap.parts import Parts
from recorder import objects
from recorder.errors import Unavailable
from recorder.objects import Bucket
from recorder.recording import State
from recorder.registry import Registry, key_key
from recorder.settings import Settings, read
from tests import s3server
from tests.conftest import a_recording
from tests.heatmap.conftest import crowd
from tests.recorder.test_nodes import server


@pytest.fixture
async def settings(
    s3: s3server.Server, tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """Everything lasting in one bucket, keys in another."""
    for name, value in s3.environment().items():
        monkeypatch.setenv(name, value)
    store, keys = await s3.new_bucket(), await s3.new_bucket()
    return read(
        data=tmp_path,
        redis_url=redis_url,
        store_url=f"s3://{store}/yesmap",
        key_store_url=f"s3://{keys}",
        s3_endpoint=s3.url,
        s3_region="default",
    )


async def locked_bucket(s3: s3server.Server) -> str:
    """One whose objects may be locked; from its first day it keeps versions."""
    name = f"locked-{secrets.token_hex(6)}"
    async with s3.client() as client:
        await client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    return name


@contextlib.asynccontextmanager
async def keys_in(opened: Parts, settings: Settings, bucket: str) -> AsyncIterator[Parts]:
    """The same with keys in this bucket, which is one that a start would refuse."""
    async with objects.opened(f"s3://{bucket}", settings, "key_store_url") as keys:
        yield replace(opened, keys=keys, registry=Registry(opened.store, keys))


async def keep_versions(settings: Settings, url: str) -> None:
    """Turn versioning on for a bucket."""
    async with objects.open_store(url, settings) as bucket:
        assert isinstance(bucket, Bucket)
        await bucket._s3.put_bucket_versioning(
            Bucket=bucket._bucket, VersioningConfiguration={"Status": "Enabled"}
        )


async def test_a_key_goes_in_every_version_also_when_versions_came_later(settings: Settings) -> None:
    """The store of keys had none at the start; somebody turned them on while the recording ran."""
    async with parts.opened(settings) as opened:
        recording = await opened.registry.open(a_recording())
        await crowd(opened, recording, 20)
        await keep_versions(settings, str(settings.key_store_url))
        await opened.keys.put(key_key(recording.id), await opened.registry.key(recording))

        over = await end.finish(opened, recording.id)

        assert [] == await opened.keys.remains("keys/")
    assert {"versions": "enabled", "object_lock": "none"} == over.results["checks"]["key_store"]  # type: ignore[index]


async def test_a_bucket_with_object_lock_is_in_the_certificate(
    s3: s3server.Server, settings: Settings
) -> None:
    """Whoever reads it has to know; what the lock does not hold goes in every version all the same."""
    async with parts.opened(settings) as opened, keys_in(opened, settings, await locked_bucket(s3)) as locked:
        recording = await locked.registry.open(a_recording())
        await crowd(locked, recording, 20)

        await end.finish(locked, recording.id)

        stored = await opened.store.get(f"certificates/{recording.id}.json")
        assert [] == await locked.keys.remains("keys/")
    checks = certificate.verify(stored.data)["checks"]
    assert {"versions": "enabled", "object_lock": "enabled"} == checks["key_store"]
    assert {"versions": "none", "object_lock": "none"} == checks["object_store"]


async def test_a_key_that_a_lock_holds_is_not_certified(s3: s3server.Server, settings: Settings) -> None:
    """The object store refuses to let go of it: the recording stays where it is, and somebody is told."""
    bucket = await locked_bucket(s3)
    async with s3.client() as client:
        await client.put_object_lock_configuration(
            Bucket=bucket,
            ObjectLockConfiguration={
                "ObjectLockEnabled": "Enabled",
                "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}},
            },
        )
    async with parts.opened(settings) as opened, keys_in(opened, settings, bucket) as locked:
        recording = await locked.registry.open(a_recording())
        await crowd(locked, recording, 20)

        with pytest.raises(Unavailable, match=r"refuses keys/.*AccessDenied"):
            await end.finish(locked, recording.id)

        assert State.DRAWN == (await opened.registry.read(recording.id)).state


async def test_every_server_of_the_event_store_is_in_the_certificate(
    settings: Settings, tmp_path: Path
) -> None:
    """Debian's Redis with append-only file and snapshots, and a replica of it."""
    kept = ["--appendonly", "yes", "--appendfsync", "always", "--save", "3600", "1"]
    with server(tmp_path / "primary", *kept) as primary:
        following = ["--appendonly", "yes", "--replicaof", f"127.0.0.1 {primary}"]
        with server(tmp_path / "replica", *following):
            url = SecretStr(f"redis://127.0.0.1:{primary}/0")
            async with parts.opened(settings.model_copy(update={"redis_url": url})) as opened:
                recording = await opened.registry.open(a_recording())
                await crowd(opened, recording, 20)
                over = await end.finish(opened, recording.id)
                stored = await opened.store.get(f"certificates/{over.id}.json")
                left = [*await opened.store.remains("leases/"), *await opened.store.remains("keys/")]

    checks = certificate.verify(stored.data)["checks"]
    done = {"append_only_file": "rewritten", "snapshot_file": "rewritten", "slow_log": "nothing of it"}
    assert [{"role": role} | done for role in ("primary", "replica")] == checks["event_store"]
    assert {"versions": "none", "object_lock": "none"} == checks["object_store"] == checks["key_store"]
    assert [] == left
