"""The program as it is started: what it prints, how it stops, what it leaves."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from recorder import events
from tests import compose, s3server
from tests.conftest import absent
from tests.recorder.sample import batch
from tests.recorder.test_embedded import children

ROOT = Path(__file__).parent.parent
YESMAP = str(Path(sys.executable).parent / "yesmap")


def environment(folder: Path, **more: str) -> dict[str, str]:
    ports = {"YESMAP_PORT": str(free_port()), "YESMAP_TEAM_PORT": str(free_port())}
    return {**os.environ, "YESMAP_DATA": str(folder), "PYTHONUNBUFFERED": "1", **ports, **more}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def started(command: list[str], env: dict[str, str], until: str) -> Iterator[subprocess.Popen[str]]:
    """The program, once it has printed a line with `until` in it."""
    with subprocess.Popen(
        command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        deadline = threading.Timer(60, process.kill)
        deadline.start()
        try:
            assert process.stdout
            said = []
            for line in process.stdout:
                said.append(line)
                if until in line:
                    break
            else:
                pytest.fail("".join(said))
            deadline.cancel()
            yield process
        finally:
            deadline.cancel()
            process.kill()


def answers(port: str, path: str = "/") -> int:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}")
    try:
        with urllib.request.urlopen(request, timeout=5) as response:  # noqa: S310
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code


def gone(pid: int) -> bool:
    for _ in range(200):
        if not Path(f"/proc/{pid}").exists():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_it_stops_without_a_trace_and_goes_on_with_the_same_data(tmp_path: Path, how: signal.Signals) -> None:
    """However it ends, no child and no port are left, and the next start has the same recording and key."""
    env = environment(tmp_path)
    serve = [YESMAP, "demo", "--visitors", "1"]

    def recordings() -> set[str]:
        return {file.name for file in (tmp_path / "objects" / "recordings").iterdir()}

    with started(serve, env, "The crowd has left") as process:
        store = children(process.pid)
        assert 200 == answers(env["YESMAP_PORT"], "/demo/")
        assert 401 == answers(env["YESMAP_TEAM_PORT"])
        before = recordings()
        process.send_signal(how)
        assert (-9 if how == signal.SIGKILL else 0) == process.wait(20)

    assert 1 == len(store)
    assert gone(store[0])
    for port in (env["YESMAP_PORT"], env["YESMAP_TEAM_PORT"]):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", int(port)))
    with started(serve, env, "Ctrl-C"):
        assert before == recordings()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_several_workers_stop_with_the_program(tmp_path: Path, how: signal.Signals) -> None:
    """`serve --workers 2` has two collector processes on the visitors' port; none outlives it."""
    env = environment(tmp_path)
    with started([YESMAP, "serve", "--workers", "2"], env, "Ctrl-C") as process:
        mine = children(process.pid)
        assert 404 == answers(env["YESMAP_PORT"])
        assert 401 == answers(env["YESMAP_TEAM_PORT"])
        process.send_signal(how)
        process.wait(20)

    assert 3 == len(mine)  # and the event store
    assert all(gone(each) for each in mine)


def test_killing_make_run_leaves_nothing(tmp_path: Path) -> None:
    """Also when it is make that is killed, and not the program that it started."""
    env = environment(tmp_path, MAKEFLAGS="")
    with started(["make", "--silent", "-C", str(ROOT), "run"], env, "Ctrl-C") as make:
        [program] = children(make.pid)
        [store] = children(program)
        make.kill()
        make.wait(20)
        assert gone(program)
        assert gone(store)


def test_a_taken_port_is_said_in_one_sentence(tmp_path: Path) -> None:
    """The sentence names the port and the setting; no traceback."""
    env = environment(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(env["YESMAP_TEAM_PORT"])))
        taken.listen()
        done = subprocess.run(
            [YESMAP, "serve"], env=env, capture_output=True, text=True, timeout=60, check=False
        )

    assert 1 == done.returncode
    said = f"Port {env['YESMAP_TEAM_PORT']} of 127.0.0.1 is taken: stop what listens there, or set YESMAP_TEAM_PORT."
    assert [f"yesmap: {said}"] == done.stderr.splitlines()


@pytest.mark.parametrize("face", ["recorder", "heatmap"])
def test_a_face_of_its_own_needs_an_event_store(tmp_path: Path, face: str) -> None:
    """Without one it says so, and what to do."""
    env = {k: v for k, v in environment(tmp_path).items() if k != "YESMAP_REDIS_URL"}

    done = subprocess.run(
        [sys.executable, "-m", face], env=env, capture_output=True, text=True, timeout=60, check=False
    )

    assert 1 == done.returncode
    assert "YESMAP_REDIS_URL is not set" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A Redis as docker-compose.yml starts it: options, users, TLS, steps before; gives a URL for each user."""
    program = shutil.which("redis-server") or absent("redis-server")
    port = free_port()
    users = tmp_path / "users.acl"
    users.write_text(compose.acl_file("password"))
    compose.make_certificates(tmp_path)
    options = ["--aclfile", str(users), *compose.event_store_options(tmp_path, port)]
    command = [program, "--bind", "127.0.0.1", "--dir", str(tmp_path), *options]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.05)
        yield {name: compose.url(name, "password", tmp_path, port) for name in compose.users("password")}
        process.kill()


def test_two_faces_share_a_redis_and_an_s3_server(
    tmp_path: Path, redis_server: dict[str, str], s3: s3server.Server
) -> None:
    """`python -m recorder` and `python -m heatmap` find each other through the stores: one opens, the other shows.

    Each comes to the event store as its own user, and a visitor sees and erases what is theirs.
    """
    bucket = asyncio.run(s3.new_bucket())
    stores = {
        "YESMAP_REDIS_URL": redis_server["team"],
        "YESMAP_STORE_URL": f"s3://{bucket}/data",
        "YESMAP_S3_ENDPOINT": s3.url,
    }
    env = environment(tmp_path, **stores, YESMAP_S3_REGION="default", **s3.environment())
    visitors = {
        "YESMAP_REDIS_URL": redis_server["collector"],
        "YESMAP_REDIS_RIGHTS_URL": redis_server["rights"],
    }
    described = tmp_path / "recording.toml"
    described.write_text(RECORDING)

    with (
        started([sys.executable, "-m", "recorder"], env | visitors, "visitors' face"),
        started([sys.executable, "-m", "heatmap"], env, "team's face"),
    ):
        subprocess.run(
            [YESMAP, "recording", "open", str(described)], env=env, check=True, capture_output=True
        )
        request = urllib.request.Request(
            f"http://127.0.0.1:{env['YESMAP_PORT']}/v1/recording", headers={"Origin": "https://shop.example"}
        )
        with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310
            shown = json.load(response)
        listed = subprocess.run(
            [YESMAP, "recording", "list"], env=env, check=True, capture_output=True, text=True
        ).stdout
        asyncio.run(_a_visit(int(env["YESMAP_PORT"]), shown))
        closed = subprocess.run(
            [YESMAP, "recording", "close", shown["id"]], env=env, check=True, capture_output=True, text=True
        ).stdout

        assert ["en"] == shown["languages"]
        assert shown["id"] in listed
        assert "certified" in closed
        assert 200 == answers(env["YESMAP_PORT"], f"/certificates/{shown['id']}")


async def _a_visit(port: int, shown: dict[str, Any]) -> None:
    """A yes, a batch, a look at it, a pause, and away with it."""
    headers = {"Origin": "https://shop.example"}
    yes = {"recording": shown["id"], "nv": shown["nv"], "language": "en", "purposes": ["heatmap"]}
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", headers=headers) as http:

        async def post(path: str, **form: object) -> Any:
            async with http.post(f"/v1/{path}", data=json.dumps(form)) as response:
                assert response.status < 300, await response.text()
                return await response.json()

        held = await post("consent", **yes, device="desktop")
        async with http.post("/v1/events", data=events.encode(held["token"], batch())) as response:
            assert 204 == response.status
        proof = {"token": held["token"], "audit": held["audit"]}
        token = (await post("rights", **proof))["rights"]
        assert 1 == len((await post("mine", rights=token))["batches"])
        await post("pause", rights=token, paused=True)
        await post("withdraw", **proof)


def test_commands_work_beside_a_running_yesmap(tmp_path: Path, chromium_path: str) -> None:
    """While both faces run on the embedded store, a recording is opened, gets its snapshot, and is closed."""
    env = environment(tmp_path)
    described = tmp_path / "recording.toml"
    described.write_text(RECORDING)

    def yesmap(*words: str) -> str:
        return subprocess.run([YESMAP, *words], env=env, check=True, capture_output=True, text=True).stdout

    with started([YESMAP, "demo", "--visitors", "1"], env, "The crowd has left"):
        said = yesmap("recording", "open", str(described)).split()
        name = said[1]
        assert 200 == answers(env["YESMAP_PORT"], said[-1])
        shop = f"http://127.0.0.1:{env['YESMAP_PORT']}/demo/"
        words = ("--recording", name, "--page", "Home", "--browser", chromium_path)
        taken = yesmap("snapshot", shop, *words)
        closed = yesmap("recording", "close", name)

    assert ["Home, desktop:", "Home, tablet:", "Home, mobile:"] == [
        line.rsplit(" ", 2)[0] for line in taken.splitlines()
    ]
    assert (tmp_path / "objects" / "snapshots" / name / "0-mobile.webp").exists()
    assert "certified" in closed


RECORDING = """
site = "Example"
origins = ["https://shop.example"]
[notice]
purpose = {en = "To see."}
controller = "Example Ltd"
recipients = "Nobody"
region = "European Union"
authority = "The authority"
contact = "privacy@shop.example"
[[pages]]
name = "Home"
pattern = "/"
"""
