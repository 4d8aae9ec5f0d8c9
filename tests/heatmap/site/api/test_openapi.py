"""The interface is what its document says."""

import asyncio
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

from heatmap.parts import Parts
from heatmap.site.api import openapi
from heatmap.site.api.catalogue import OPERATIONS
from recorder.recording import Recording
from tests.heatmap.conftest import visit
from tests.heatmap.site.api.conftest import Headers
from tests.heatmap.site.conftest import HTML, Client

#: For how long requests are made from the document.
SECONDS = 15
#: The same requests each time; others with each longer run by hand.
SEED = "20261125"
CHECKS = ",".join(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_schema_conformance",
        "unsupported_method",
    ]
)


async def test_every_address_of_the_interface_is_in_the_document(member: Client) -> None:
    """Whatever is served below /api; and nothing that shows a replay."""
    served = {
        (route.method, route.resource.canonical)
        for route in member.app.router.routes()
        if route.resource and route.resource.canonical.startswith("/api/") and route.method != "HEAD"
    }
    document = await (await member.get("/api/openapi.json")).json()
    told = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}

    assert served - {("GET", "/api/openapi.json")} == told
    assert "replay" not in " ".join(path for _, path in told)


async def test_the_page_tells_of_every_operation(member: Client) -> None:
    """With its address and what it is for."""
    text = await (await member.get("/api", headers=HTML)).text()

    for each in OPERATIONS:
        assert each.says.replace("'", "&#39;") in text


async def test_the_page_explains_every_type_that_it_names(member: Client) -> None:
    """Each leads to its own fields; and code is shown as code, without backticks."""
    text = await (await member.get("/api", headers=HTML)).text()

    named = set(re.findall(r'href="#(type-\w+)"', text))
    assert {"type-Told", "type-Page"} <= named
    assert named == set(re.findall(r'<section class="card" id="(type-\w+)"', text))
    assert "`" not in text
    assert "<code>next</code>" in text


async def test_requests_made_from_the_document_find_no_failure(
    member: Client, opened_parts: Parts, recording: Recording, key: Headers, tmp_path: Path
) -> None:
    """Good and bad ones are answered as it says."""
    for _ in range(6):
        await visit(opened_parts, recording)
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(possible(recording)))

    words = ["run", str(file), "--url", f"http://127.0.0.1:{member.port}", "--no-color"]
    words += ["--header", f"Authorization: {key['Authorization']}"]
    words += ["--checks", CHECKS, "--phases", "coverage,fuzzing", "--continue-on-failure"]
    words += ["--max-time", os.environ.get("FUZZ_SECONDS", str(SECONDS)), "--generation-database", "none"]
    words += [] if "FUZZ_SECONDS" in os.environ else ["--seed", SEED]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", *words), stdout=asyncio.subprocess.PIPE, cwd=tmp_path
    )
    said = (await process.communicate())[0].decode()

    assert 0 == process.returncode, said


def possible(recording: Recording) -> dict[str, Any]:
    """The document, where a part of a path may have a value that is there; nobody ends the recording."""
    known = {
        "recording": recording.id,
        "page": "0",
        "device": "desktop",
        "file": "click.png",
        "document": "record.md",
    }
    document: dict[str, Any] = json.loads(json.dumps(openapi.document()))
    del document["paths"]["/api/recordings/{recording}/close"]
    for operation in [o for methods in document["paths"].values() for o in methods.values()]:
        for parameter in operation["parameters"]:
            if parameter["name"] in known:
                parameter["schema"] = {"anyOf": [{"const": known[parameter["name"]]}, parameter["schema"]]}
    return document
