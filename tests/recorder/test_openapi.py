import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient

from recorder import openapi, routes
from recorder.recording import Recording
from tests.conftest import ORIGIN
from tests.recorder.test_views import FROM, say_yes

Client = TestClient[web.Request, web.Application]
#: Of the suite. By hand: `FUZZ_SECONDS=600 pytest tests/recorder/test_openapi.py`.
SECONDS = 20
#: The same requests each time; others with each longer run by hand.
SEED = "20261125"


async def test_every_route_is_described_and_nothing_else(collector: Client) -> None:
    """But for the demo shop, which is nobody's interface, and HEAD, which answers what GET does."""
    added = {(r.method, r.resource.canonical) for r in collector.app.router.routes() if r.resource}

    served = {(method, path) for method, path in added if method != "HEAD" and not path.startswith("/demo/")}

    document = await (await collector.get("/openapi.json")).json()
    described = {(m.upper(), path) for path, methods in document["paths"].items() for m in methods}
    assert served == described


def test_who_may_ask_only_so_often_is_told_of_429(collector: Client) -> None:
    """Each request that takes from an allowance, and no other."""
    paths = openapi.document()["paths"]
    limited = {
        (route.method, route.resource.canonical)
        for route in collector.app.router.routes()
        if route.resource and route.handler in routes.RULES and route.method != "HEAD"
    }

    described = {
        (m.upper(), path) for path, each in paths.items() for m in each if "429" in each[m]["responses"]
    }
    assert limited == described


def test_what_the_document_refers_to_is_in_it() -> None:
    """Every reference leads to a schema."""
    text = json.dumps(openapi.document())

    named = {part.partition('"')[0] for part in text.split('"#/components/schemas/')[1:]}

    assert named | {"Batch"} == set(openapi.document()["components"]["schemas"])


def test_the_wire_format_is_described_to_the_last_key() -> None:
    """Each with what it means."""
    fields = openapi.document()["components"]["schemas"]["Batch"]["properties"]

    assert set("vkdnpiwgzsebra") == set(fields)
    assert [] == [name for name, field in fields.items() if not field.get("description")]


async def test_nothing_that_the_document_allows_or_forbids_breaks_the_collector(
    collector: Client, opened: Recording, tmp_path: Path
) -> None:
    """Requests made from the document, good and bad, are answered as it says: never by a failure of ours."""
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(await possible(collector, opened)))

    words = ["run", str(file), "--url", f"http://127.0.0.1:{collector.port}", "--no-color"]
    words += ["--checks", CHECKS, "--phases", "coverage,fuzzing", "--continue-on-failure"]
    words += ["--max-time", os.environ.get("FUZZ_SECONDS", str(SECONDS)), "--generation-database", "none"]
    words += [] if "FUZZ_SECONDS" in os.environ else ["--seed", SEED]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", *words), stdout=asyncio.subprocess.PIPE, cwd=tmp_path
    )
    said = (await process.communicate())[0].decode()

    assert 0 == process.returncode, said


CHECKS = ",".join(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_schema_conformance",
        "missing_required_header",
        "unsupported_method",
    ]
)


async def possible(client: Client, opened: Recording) -> dict[str, Any]:
    """The document, where a field or part of a path may have a value that is there; who is erased is somebody else."""
    held, other = await say_yes(client, opened), await say_yes(client, opened)
    proof = json.dumps({"token": held["token"], "audit": held["audit"]})
    rights = await (await client.post("/v1/rights", data=proof, headers=FROM)).json()
    known = {"recording": opened.id, "nv": opened.nv, "language": "en", "Origin": ORIGIN, **held, **rights}
    document = openapi.document()
    for kind, schema in document["components"]["schemas"].items():
        for name, field in schema.get("properties", {}).items():
            value = (other if kind == "Proof" else known).get(name)
            schema["properties"][name] = _or(field, value)
    for operation in [o for methods in document["paths"].values() for o in methods.values()]:
        for parameter in operation.get("parameters", []):
            parameter["schema"] = _or(parameter["schema"], known.get(parameter["name"]))
    # Schemathesis does not read pairs in answers.
    document["components"]["schemas"]["First"]["properties"]["rows"]["items"].pop("prefixItems")
    return document


def _or(schema: dict[str, Any], value: object) -> dict[str, Any]:
    return {"anyOf": [{"const": value}, schema]} if isinstance(value, str) else schema
