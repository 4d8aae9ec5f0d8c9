"""The files for the operator's other tools: checked by those tools, and run."""

import asyncio
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator
from ipaddress import ip_network
from pathlib import Path

import aiohttp
import pytest
import yaml
from prometheus_client import CollectorRegistry

from heatmap import metrics as team
from recorder import events, limits
from recorder import metrics as visitors
from recorder.recording import Recording
from recorder.settings import Settings
from tests import compose
from tests.conftest import absent
from tests.recorder.sample import batch
from tests.recorder.test_serving import process
from tests.recorder.test_views import FROM, Client, say_yes

FOLDER = Path(__file__).parents[2] / "recorder" / "operate"


def names(registry: CollectorRegistry) -> set[str]:
    """The names of all series that a registry can have."""
    kinds = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"], "gauge": [""]}
    return {found.name + end for found in registry.collect() for end in kinds[found.type]}


@pytest.mark.parametrize("file", ["alerts.yml", "dashboard.json"])
def test_what_is_asked_for_is_there(file: str) -> None:
    """A figure that is renamed is renamed in the rules and in the dashboard too."""
    asked = set(re.findall(r"\byesmap_\w+", (FOLDER / file).read_text("utf-8")))

    assert asked
    assert set() == asked - names(visitors.REGISTRY) - names(team.REGISTRY)


def test_no_panel_lies_on_another() -> None:
    """The dashboard is JSON, each panel has its place and at least one question."""
    panels = json.loads((FOLDER / "dashboard.json").read_text("utf-8"))["panels"]

    cells = [
        (x, y)
        for at in (panel["gridPos"] for panel in panels)
        for x in range(at["x"], at["x"] + at["w"])
        for y in range(at["y"], at["y"] + at["h"])
    ]
    assert len(cells) == len(set(cells))
    assert all(target["expr"] for panel in panels for target in panel["targets"])
    assert all(panel["targets"] for panel in panels)


@pytest.mark.parametrize(
    "words",
    [
        ("check", "rules", "alerts.yml"),
        ("test", "rules", "alerts.test.yml"),
        ("check", "config", "prometheus.yml"),
    ],
)
def test_prometheus_takes_the_rules(words: tuple[str, ...]) -> None:
    """Its own tool reads them, and plays them a story of what goes wrong."""
    promtool = shutil.which("promtool") or absent("promtool, of Debian's package prometheus")

    done = subprocess.run([promtool, *words], cwd=FOLDER, capture_output=True, text=True, check=False)

    assert 0 == done.returncode, done.stdout + done.stderr


def test_every_rule_is_tried() -> None:
    """In the story there is a moment at which it wakes somebody."""
    rules = yaml.safe_load((FOLDER / "alerts.yml").read_text("utf-8"))["groups"][0]["rules"]
    [story] = yaml.safe_load((FOLDER / "alerts.test.yml").read_text("utf-8"))["tests"]

    woken = {each["alertname"] for each in story["alert_rule_test"] if each["exp_alerts"]}
    assert {rule["alert"] for rule in rules} == woken


def test_prometheus_understands_what_the_dashboard_asks(tmp_path: Path) -> None:
    """Each question as a rule, with a time in place of Grafana's own."""
    promtool = shutil.which("promtool") or absent("promtool, of Debian's package prometheus")
    panels = json.loads((FOLDER / "dashboard.json").read_text("utf-8"))["panels"]
    asked = [
        target["expr"].replace("$__rate_interval", "5m") for each in panels for target in each["targets"]
    ]
    rules = [{"record": f"asked:{n}", "expr": expr} for n, expr in enumerate(asked)]
    (tmp_path / "asked.yml").write_text(yaml.safe_dump({"groups": [{"name": "asked", "rules": rules}]}))

    done = subprocess.run(
        [promtool, "check", "rules", tmp_path / "asked.yml"], capture_output=True, text=True, check=False
    )

    assert 0 == done.returncode, done.stdout + done.stderr
    assert f"{len(asked)} rules found" in done.stdout


@pytest.fixture
def health() -> int:
    """The port at which the proxy says that it runs."""
    [port] = _free_ports(1)
    return port


@pytest.fixture
async def proxied(settings: Settings, tmp_path: Path, health: int) -> AsyncIterator[aiohttp.ClientSession]:
    """Two collectors, processes of their own, behind the proxy of the Caddyfile; a client that trusts it."""
    caddy = shutil.which("caddy") or absent("Caddy")
    believing = settings.model_copy(update={"proxies": [ip_network("127.0.0.0/8")]})
    [plain, tls] = _free_ports(2)
    async with process(believing) as (one, _), process(believing) as (other, _):
        env = {
            **os.environ,
            "XDG_DATA_HOME": str(tmp_path / "caddy"),
            "YESMAP_HOSTNAME": "localhost",
            "YESMAP_HTTP_PORT": str(plain),
            "YESMAP_HTTPS_PORT": str(tls),
            "YESMAP_PROXY_HEALTH_PORT": str(health),
            "YESMAP_COLLECTORS": f"127.0.0.1:{one} 127.0.0.1:{other}",
        }
        log = (tmp_path / "caddy.log").open("wb")
        words = [caddy, "run", "--config", str(FOLDER / "Caddyfile"), "--adapter", "caddyfile"]
        running = await asyncio.create_subprocess_exec(*words, env=env, stdout=log, stderr=log)
        try:
            root = tmp_path / "caddy/caddy/pki/authorities/local/root.crt"
            async with asyncio.timeout(30):
                while not (root.exists() and _open(tls)):
                    await asyncio.sleep(0.05)
            trusting = ssl.create_default_context(cafile=str(root))
            connector = aiohttp.TCPConnector(ssl=trusting)
            async with aiohttp.ClientSession(
                f"https://localhost:{tls}", connector=connector, headers=FROM
            ) as http:
                yield http
        finally:
            running.terminate()
            await running.wait()
            log.close()


def _free_ports(count: int) -> list[int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(each.getsockname()[1]) for each in held]
    for each in held:
        each.close()
    return ports


def _open(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


async def test_the_proxys_health_check_finds_it_well(proxied: aiohttp.ClientSession, health: int) -> None:
    """At the address that docker-compose.yml asks; from elsewhere nobody is answered there."""
    asked = compose.described()["services"]["proxy"]["healthcheck"]["test"][-1]

    async with proxied.get(asked.replace(":8079", f":{health}")) as answer:
        assert 200 == answer.status
    with pytest.raises(aiohttp.ClientConnectorError):
        await proxied.get(f"http://127.0.0.2:{health}/")


OCTETS = {"Content-Type": "application/octet-stream"}


async def test_several_collectors_take_batches_behind_the_proxy(
    collector: Client, opened: Recording, proxied: aiohttp.ClientSession, tmp_path: Path
) -> None:
    """Over TLS, without sticky sessions; what a visitor claims to be his address is not believed; no body is too large
    for the sentence that says so; nothing of the visitor is in the proxy's log."""
    held = await say_yes(collector, opened)
    claimed = {
        **OCTETS,
        "X-Forwarded-For": "203.0.1.77",
        "User-Agent": "marker-agent",
        "Referer": "https://marker",
    }

    async def post(body: bytes, **more: str) -> int:
        async with proxied.post("/v1/events", data=body, headers=claimed | more) as answer:
            return answer.status

    taken = {await post(events.encode(held["token"], batch(sequence=n))) for n in range(20)}
    async with proxied.post("/v1/events", data=bytes(limits.BODY_BYTES + 1), headers=OCTETS) as answer:
        assert (413, "too_large") == (answer.status, (await answer.json())["error"]["code"])
    assert await post(bytes(100_000)) in {413, 502}  # whoever of the two hangs up first

    assert {204} == taken
    log = (tmp_path / "caddy.log").read_text()
    assert not [trace for trace in ("marker", "203.0.1.77", held["token"]) if trace in log]


async def test_the_proxy_tells_the_visitors_address_and_not_what_he_claims(
    proxied: aiohttp.ClientSession,
) -> None:
    """Whoever writes another address into the header each time is held back by each of the two all the same."""
    answers = []
    for number in range(2 * limits.RATES["consents"].burst + 30):
        claimed = {"X-Forwarded-For": f"203.0.1.{number}", "Content-Type": "text/plain"}
        async with proxied.post("/v1/consent", data="{}", headers=claimed) as answer:
            answers.append(answer.status)

    assert {400, 429} == set(answers)
