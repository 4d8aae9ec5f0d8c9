"""SeaweedFS as docker-compose.yml starts it: its users do all of their work and no more, and it has no keys."""

import asyncio
import os
import secrets
import socket
import ssl
import subprocess
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiobotocore.session import get_session
from aiohttp.test_utils import TestClient, TestServer

from heatmap import parts
from heatmap.end import certificate, end
from heatmap.parts import Parts
from recorder import app as recorder_app
from recorder import events, limits, objects
from recorder.errors import Gone, Unusable
from recorder.eventlog import EventLog
from recorder.settings import Settings
from tests import compose, seaweedfs
from tests.conftest import a_recording
from tests.heatmap.conftest import crowd
from tests.recorder.sample import batch
from tests.recorder.test_receipts import read, withdraw
from tests.recorder.test_views import FROM, say_yes, send
from tests.test_roles import EVERYTHING, MAY_LIST, MAY_READ, MAY_WRITE, THERE, below, may

Become = Callable[..., None]


@pytest.fixture(scope="module")
def weed() -> str:
    return seaweedfs.program() or pytest.skip(
        "NOT TESTED: SeaweedFS (`weed`) is absent; `make seaweedfs` installs it"
    )


@pytest.fixture(scope="module")
def server(weed: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[seaweedfs.Server]:
    with seaweedfs.running(weed, tmp_path_factory.mktemp("seaweedfs")) as server:
        asyncio.run(make_bucket(server))
        yield server


async def make_bucket(server: seaweedfs.Server) -> None:
    """As the compose file's `bucket` does."""
    with pytest.MonkeyPatch.context() as changed:
        changed.setenv("AWS_SHARED_CREDENTIALS_FILE", server.credentials("bucket"))
        where = {"endpoint_url": server.url, "region_name": "us-east-1"}
        async with get_session().create_client("s3", **where) as client:
            await client.create_bucket(Bucket=compose.store_url().split("/")[2])


@pytest.fixture
def become(server: seaweedfs.Server, monkeypatch: pytest.MonkeyPatch) -> Become:
    """Says as whom a store is opened from now on."""

    def become(role: str, password: str = seaweedfs.PASSWORD) -> None:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", server.credentials(role, password))

    return become


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """In place of the volume of the recordings' keys."""
    return tmp_path / "recording-keys"


@pytest.fixture
def chosen(settings: Settings, server: seaweedfs.Server, keys: Path) -> Settings:
    """The visitors' face's settings."""
    return settings.model_copy(update={**server.settings, "key_store_url": str(keys)})


@pytest.fixture
async def team(
    become: Become, team_settings: Settings, server: seaweedfs.Server, keys: Path
) -> AsyncIterator[Parts]:
    become("team")
    places = {**server.settings, "key_store_url": str(keys)}
    async with parts.opened(team_settings.model_copy(update=places)) as opened:
        yield opened


def test_the_bucket_is_made_once_and_then_left_as_it_is(weed: str, tmp_path: Path) -> None:
    """By the very command of the compose file, which runs at each start, under the user that it has for that."""
    aws = seaweedfs.program("aws") or pytest.skip(
        "NOT TESTED: the AWS CLI (`aws`) is absent; install `awscli` in an environment of its own"
    )
    with seaweedfs.running(weed, tmp_path) as fresh:
        command, told = compose.make_bucket(fresh.url)
        told |= {"AWS_SHARED_CREDENTIALS_FILE": fresh.credentials("bucket"), "HOME": str(tmp_path)}
        path = os.pathsep.join([str(Path(aws).parent), os.environ["PATH"]])
        first, again = [
            subprocess.run(
                command, env={**told, "PATH": path}, capture_output=True, text=True, timeout=100, check=True
            ).stdout
            for _ in range(2)
        ]

    assert "make_bucket: yesmap" in first
    assert "make_bucket" not in again


async def test_a_recording_comes_from_its_opening_to_its_certificate(
    server: seaweedfs.Server,
    team: Parts,
    become: Become,
    chosen: Settings,
    keys: Path,
    log: EventLog,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each under its own user; once it has ended its key is in no file, and never was in one of the server's."""
    monkeypatch.setattr(limits, "RECORDING_SECONDS", 0.0)
    recording = await team.registry.open(a_recording())
    key = await team.registry.key(recording)
    become("collector")
    async with TestClient(TestServer(recorder_app.build(chosen))) as client:
        held, other = await say_yes(client, recording), await say_yes(client, recording)
        assert 204 == (await send(client, events.encode(held["token"], batch()))).status
        await withdraw(client, other)
        await crowd(replace(team, log=log), recording)
        assert ([], [recording.id]) == (server.holding(key), holding(keys, key))

        ended = await end.finish(team, recording.id)

        assert 204 == (await client.get("/v1/recording", headers=FROM)).status
        assert "destroyed" == (await read(client, recording, held["audit"]))["state"]
        assert "withdrawn" == (await read(client, recording, other["audit"]))["state"]
        signed = await (await client.get(f"/certificates/{recording.id}")).read()
    content = certificate.verify(signed)
    assert 26 == content["counts"]["batches"]
    nothing = {"versions": "none", "object_lock": "none"}
    assert nothing == content["checks"]["object_store"] == content["checks"]["key_store"]
    assert await team.store.keys(f"pictures/{recording.id}/")
    assert ([], []) == (server.holding(key), holding(keys, key))
    with pytest.raises(Gone):
        await team.registry.key(ended)


def holding(folder: Path, some: bytes) -> list[str]:
    return [file.name for file in folder.rglob("*") if file.is_file() and some in file.read_bytes()]


@pytest.mark.parametrize("role", ["collector", "team"])
async def test_no_user_may_do_more_than_their_part(become: Become, chosen: Settings, role: str) -> None:
    """As under the policies of recorder/operate; but who may write may remove, and nobody has keys there."""
    become("bucket")
    async with objects.opened(chosen.objects_url, chosen) as anybody:
        for name in THERE:
            await anybody.put(name, b"there")
        become(role)
        async with objects.opened(chosen.objects_url, chosen) as store:
            elsewhere = below("keys") if role == "collector" else set[str]()
            assert MAY_READ[role] - elsewhere == {name for name in THERE if await may(store.get(name))}
            folders = {name.split("/")[0] for name in THERE}
            listed = {each for each in folders if await may(store.keys(f"{each}/"))}
            assert MAY_LIST[role] - {each.split("/")[0] for each in elsewhere} == listed
            for prefix in ("", "consents/0123456789ab/", "consents/0123456789ab/a", "pictures/r/"):
                assert (role == "team") is await may(store.keys(prefix)), prefix
            assert MAY_WRITE[role] == {name for name in THERE if await may(store.put(name, b"written"))}
            written = {name for name in THERE if (await anybody.get(name)).data == b"written"}
            assert MAY_WRITE[role] == written
            assert MAY_WRITE[role] == {name for name in THERE if await may(store.delete(name))}
            assert EVERYTHING - MAY_WRITE[role] == EVERYTHING & set(await anybody.keys(""))
        for name in THERE:
            await anybody.delete(name)


async def test_a_stranger_is_not_let_in(become: Become, chosen: Settings) -> None:
    """A user's name is no password."""
    become("team", "a guess")

    with pytest.raises(Unusable, match="SignatureDoesNotMatch"):
        async with objects.open_store(chosen.objects_url, chosen):
            pass


async def test_what_was_removed_stays_in_its_files_until_it_clears_them(
    server: seaweedfs.Server, team: Parts
) -> None:
    """Hence no key is kept there; and one removed object is enough for the files to be cleared."""
    removed, kept = secrets.token_bytes(32), secrets.token_bytes(32)
    for n in range(30):
        await team.store.put(f"pictures/kept{n}", kept * 1000)  # in each of its files something that stays
    await team.store.put("pictures/removed", removed)

    await team.store.delete("pictures/removed")

    assert [] == await team.store.remains("pictures/removed")
    assert server.holding(removed)
    async with asyncio.timeout(60):
        while server.holding(removed):
            await asyncio.to_thread(clear, server)
    for n in range(30):
        assert kept * 1000 == (await team.store.get(f"pictures/kept{n}")).data


def clear(server: seaweedfs.Server) -> None:
    """Have it do now what it does by itself as often as it is told."""
    [limit] = [word for word in server.process.command if word.startswith("-master.garbageThreshold=")]
    where = f"http://127.0.0.1:{server.ports['master.port']}/vol/vacuum"
    with urllib.request.urlopen(f"{where}?garbageThreshold={limit.partition('=')[2]}") as answer:  # noqa: S310
        answer.read()


def test_who_reaches_it_from_outside_must_say_who_they_are(server: seaweedfs.Server) -> None:
    """Its S3 port asks for a signature, the one beside it for a certificate; the others are not there."""
    outside = {name for name, port in server.ports.items() if open_at(seaweedfs.OUTSIDE, port)}
    inside = {name for name, port in server.ports.items() if open_at("127.0.0.1", port)}

    assert {"s3.port", "s3.port.grpc"} == outside
    assert server.ports.keys() == outside | inside
    trusting = ssl.create_default_context(cafile=server.folder / "objects.crt")
    trusting.check_hostname = False
    with (
        socket.create_connection((seaweedfs.OUTSIDE, server.ports["s3.port.grpc"]), 10) as plain,
        trusting.wrap_socket(plain) as talking,
        pytest.raises(ssl.SSLError, match="CERTIFICATE_REQUIRED"),
    ):
        talking.recv(1)


def test_its_health_check_finds_it_well(server: seaweedfs.Server) -> None:
    """At the address that the compose file asks."""
    asked = compose.described()["services"]["objects"]["healthcheck"]["test"][-1]
    here = asked.replace("http://127.0.0.1:8333", server.url)

    with urllib.request.urlopen(here) as answer:  # noqa: S310
        assert here.startswith(server.url)
        assert 200 == answer.status


def open_at(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), 5).close()
    except ConnectionRefusedError:
        return False
    return True
