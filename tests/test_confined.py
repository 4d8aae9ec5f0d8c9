"""What docker-compose.yml starts does its work with the rights that it has there."""

import asyncio
import json
import shutil
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from recorder import events
from tests import confined
from tests.confined import House
from tests.conftest import absent
from tests.processes import free_port
from tests.recorder.sample import batch
from tests.test_serve import RECORDING

VISITORS = 20
PORTS = ("events", "scheduler", "health", "recorder", "heatmap", "drawers", "visitors", "team")


@pytest.fixture
def ports() -> dict[str, int]:
    return {name: free_port() for name in PORTS}


@pytest.fixture
def house(tmp_path: Path, ports: dict[str, int]) -> Iterator[House]:
    confined.needed()
    if not shutil.which("redis-server"):
        absent("redis-server")
    moved = {
        "events:6379": f"localhost:{ports['events']}",
        "--tls-port 6379": f"--tls-port {ports['events']}",
        "/users.acl": "/run/secrets/users.acl",
        "0.0.0.0:8786": f"127.0.0.1:{ports['scheduler']}",
        ":8787": f":{ports['health']}",
        "0.0.0.0": "127.0.0.1",  # noqa: S104 - it is in what is replaced
        "s3://yesmap/data": f"{tmp_path}/objects",
        "/recording-keys": f"{tmp_path}/recording-keys",
        "/keys/keys.json": f"{tmp_path}/keys/keys.json",
        "${YESMAP_DASK_SCHEDULER:-}": f"tls://127.0.0.1:{ports['scheduler']}",
    }
    with confined.house(tmp_path, moved) as made:
        yield made


def test_a_recording_comes_to_its_end_where_nobody_may_write(
    house: House, ports: dict[str, int], tmp_path: Path
) -> None:
    """Each service by its own command, with its own secrets, as a user without rights, on a read-only file system."""
    own = {
        name: {"YESMAP_METRICS_PORT": str(ports[name]), "YESMAP_PUBLIC_URL": "https://ask.example.org"}
        for name in ("recorder", "heatmap", "drawers")
    }
    own["recorder"]["YESMAP_PORT"] = str(ports["visitors"])
    own["heatmap"] |= {
        "YESMAP_TEAM_PORT": str(ports["team"]),
        "YESMAP_TEAM_URL": f"http://127.0.0.1:{ports['team']}",
    }
    described = tmp_path / "recording.toml"
    described.write_text(RECORDING)
    house.start("events", "Ready to accept connections", "--dir", str(tmp_path / "events"))
    house.start("scheduler", "Scheduler at:")
    house.start("heatmap", "team's face", **own["heatmap"])
    house.start("recorder", "visitors' face", **own["recorder"])
    house.start("drawers", "drawing for", **own["drawers"])

    def yesmap(*words: str) -> str:
        done = house.run("heatmap", ["yesmap", *words], **own["heatmap"])
        assert 0 == done.returncode, done.stderr
        return done.stdout

    yesmap("recording", "open", str(described))
    request = urllib.request.Request(
        f"http://127.0.0.1:{ports['visitors']}/v1/recording", headers={"Origin": "https://shop.example"}
    )
    with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310
        shown = json.load(response)
    asyncio.run(visitors(ports["visitors"], shown))
    assert house.healthy("events", 0, "-p", str(ports["events"]))
    for name in ("recorder", "heatmap", "drawers"):
        assert house.healthy(name, ports[name]), name
    assert house.healthy("scheduler", 0)

    assert "certified" in yesmap("recording", "close", shown["id"])

    signed = json.loads((tmp_path / "objects/certificates" / f"{shown['id']}.json").read_bytes())
    assert (VISITORS, VISITORS) == tuple(
        signed["content"]["counts"][what] for what in ("sessions", "batches")
    )
    assert "0/desktop/click.png" in signed["content"]["pictures"]


async def visitors(port: int, shown: dict[str, Any]) -> None:
    """As many as a picture needs, each with a batch."""
    headers = {"Origin": "https://shop.example"}
    yes = {"recording": shown["id"], "nv": shown["nv"], "language": "en", "purposes": ["heatmap"]}
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", headers=headers) as http:
        for _ in range(VISITORS):
            async with http.post("/v1/consent", data=json.dumps(yes | {"device": "desktop"})) as response:
                token = (await response.json())["token"]
            async with http.post("/v1/events", data=events.encode(token, batch())) as response:
                assert 204 == response.status


@pytest.mark.parametrize("name", ["recorder", "heatmap", "drawers", "scheduler", "events"])
def test_there_it_cannot_write(house: House, name: str) -> None:
    """Neither beside its volumes nor to its secrets: without this the test above would show nothing."""
    tried = 'id -u; for place in "$PWD" /run /run/secrets /tmp; do touch "$place/x" && echo "$place"; done'

    assert str(confined.USER) == house.run(name, ["sh", "-c", tried]).stdout.strip()
