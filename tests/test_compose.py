"""docker-compose.yml: it is what its format allows, and keeps the rules of the house."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

ROOT = Path(__file__).parent.parent
#: As https://github.com/compose-spec/compose-spec publishes it (Apache-2.0).
SCHEMA = ROOT / "tests/fixtures/compose-spec.json"


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    """The file, with its anchors put in."""
    read: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
    return read


def test_it_is_what_its_format_allows(described: dict[str, Any]) -> None:
    """Checked by the schema of Compose itself."""
    jsonschema_rs.validator_for(json.loads(SCHEMA.read_text("utf-8"))).validate(described)


def test_every_image_has_a_version(described: dict[str, Any]) -> None:
    """The same file starts the same programs tomorrow."""
    for service in described["services"].values():
        assert re.search(r":v?\d+\.\d+", service["image"]), service["image"]


@pytest.mark.parametrize(
    "name", ["recorder", "collectors", "heatmap", "proxy", "events", "scheduler", "drawers"]
)
def test_what_holds_data_can_do_nothing_but_its_work(described: dict[str, Any], name: str) -> None:
    """Not root's rights, no other files to write to than those that are named."""
    service = described["services"][name]

    assert service["read_only"] is True
    assert ["ALL"] == service["cap_drop"]
    assert ["no-new-privileges:true"] == service["security_opt"]


@pytest.mark.parametrize("name", ["recorder", "collectors", "heatmap", "events"])
def test_what_others_wait_for_says_that_it_works(described: dict[str, Any], name: str) -> None:
    """Each has a health check."""
    assert described["services"][name]["healthcheck"]["test"][0] == "CMD"


def test_no_password_stands_in_an_environment(described: dict[str, Any]) -> None:
    """The faces have theirs in files; `docker inspect` shows none."""
    for name in ("recorder", "collectors", "heatmap", "drawers"):
        service = described["services"][name]
        assert "env_file" not in service
        assert not re.search(r"EVENTS_|SECRET_ACCESS", json.dumps(service["environment"]))


def test_what_is_mounted_is_declared(described: dict[str, Any]) -> None:
    """Every secret, file and volume that a service names is there."""
    for service in described["services"].values():
        assert set(service.get("secrets", [])) <= set(described["secrets"])
        assert {c["source"] for c in service.get("configs", [])} <= set(described["configs"])
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            assert source in described["volumes"] or (ROOT / source).exists()


def test_nobody_but_this_machine_reaches_a_face_without_a_proxy(described: dict[str, Any]) -> None:
    """Only the proxy's ports are open to the world."""
    opened = {name: service.get("ports", []) for name, service in described["services"].items()}

    assert ["80:80", "443:443"] == opened.pop("proxy")
    assert all(port.startswith("127.0.0.1:") for ports in opened.values() for port in ports)


def test_the_visitors_side_has_no_way_to_the_drawers(described: dict[str, Any]) -> None:
    """Whoever has the cluster's private key may run code where recordings are read."""
    having = {
        n for n, service in described["services"].items() if "cluster.key" in service.get("secrets", [])
    }

    assert {"heatmap", "scheduler", "drawers"} == having
