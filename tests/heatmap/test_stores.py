"""The whole end on real stores: two buckets, one of which comes to keep versions; a primary and a replica."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from heatmap import parts
from heatmap.end import certificate, end
from recorder import objects
from recorder.objects import Bucket
from recorder.registry import key_key
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
