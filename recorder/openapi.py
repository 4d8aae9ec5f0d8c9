"""The visitors' interface as an OpenAPI document, at `/openapi.json`: made from the types that the views have.

What is said by hand is one row for each operation. A test walks the routes, and finds each of them here.
"""

import json
from dataclasses import dataclass
from types import GenericAlias
from typing import Any, cast

import msgspec
from aiohttp import web
from pydantic import TypeAdapter

from recorder import __doc__ as about
from recorder import answers, consent, events, limits, notice, pagecodes, rights, views
from recorder.errors import (
    BadToken,
    Conflict,
    Forbidden,
    Gone,
    Malformed,
    NotFound,
    Slow,
    TooLarge,
    TooOften,
    Unavailable,
    WrongType,
    YesmapError,
)
from recorder.files import BRIEFLY
from recorder.packed import Packed, pack

Json = dict[str, Any]
#: What a body is: of a type, in JSON; of another media type; not there.
Kind = type | GenericAlias | str | None

OCTETS, JSON, HTML = "application/octet-stream", "application/json", "text/html"
#: Beside its own, any request with a body may be refused for these.
_BODY = (Malformed, Slow, TooLarge, WrongType, TooOften, Unavailable)
#: And whoever holds a token for these.
_HELD = (*_BODY, BadToken, Forbidden, Gone)
#: Whoever only reads.
_READ = (Malformed, NotFound, Unavailable)
#: And what is not in memory, so often only.
_READ_SELDOM = (*_READ, TooOften)


@dataclass(frozen=True)
class Operation:
    """What one method of one path takes and answers."""

    says: str
    answers: dict[int, Kind]
    takes: Kind = None
    refuses: tuple[type[YesmapError], ...] = _READ
    origin: bool = True  #: whether the origin of the page that asks is part of the question
    page: bool = False  #: whether the same comes as a page to whoever likes that better


OPERATIONS: dict[tuple[str, str], Operation] = {
    ("GET", "/v1/recording"): Operation(
        "What is recorded on the site that asks, or that nothing is",
        {200: answers.Shown, 204: None},
        refuses=(Malformed, Forbidden, Unavailable),
    ),
    ("POST", "/v1/count"): Operation(
        "One more visitor who was asked, or said no; nothing about who",
        {204: None},
        consent.Count,
        (*_BODY, Forbidden, Gone),
    ),
    ("POST", "/v1/consent"): Operation(
        "A yes: a consent record is written, then a token given",
        {201: answers.Allowed},
        consent.Yes,
        (*_BODY, Forbidden, Gone, Conflict),
    ),
    ("POST", "/v1/events"): Operation(
        "A batch of events: acknowledged once it is on the event store's disk",
        {204: None},
        OCTETS,
        (*_HELD, Conflict),
    ),
    ("POST", "/v1/renew"): Operation(
        "A new token for an old one, while the session is open", {200: answers.Renewed}, views.Held, _HELD
    ),
    ("POST", "/v1/rights"): Operation(
        "A token for the rights below, for ten minutes", {200: answers.Rights}, rights.Proof, _HELD
    ),
    ("POST", "/v1/mine"): Operation(
        "Everything that is kept of the session", {200: answers.Own}, rights.Asked, _HELD
    ),
    ("POST", "/v1/purposes"): Operation(
        "Other purposes for the session",
        {200: answers.Chosen},
        rights.NewPurposes,
        (*_HELD, Conflict),
    ),
    ("POST", "/v1/pause"): Operation(
        "Take nothing more for a while, or go on", {200: answers.Holds}, rights.Pause, _HELD
    ),
    ("POST", "/v1/withdraw"): Operation(
        "Stop, and erase everything of the session", {200: answers.Withdrawn}, rights.Proof, _HELD
    ),
    ("POST", "/v1/background"): Operation(
        "Where a background goes that somebody of the team takes from a page, with a one-time code",
        {200: answers.Team},
        pagecodes.Code,
        (*_BODY, Forbidden, NotFound),
    ),
    ("GET", "/notices/{nv}/{language}.json"): Operation(
        "The first layer of a notice", {200: notice.First}, refuses=_READ_SELDOM, origin=False
    ),
    ("GET", "/notices/{nv}/{language}/panel.json"): Operation(
        "The texts of the visitor's panel", {200: dict[str, str]}, refuses=_READ_SELDOM, origin=False
    ),
    ("GET", "/notices/{nv}/{language}"): Operation(
        "The full notice, a page to read", {200: HTML}, refuses=_READ_SELDOM, origin=False
    ),
    ("GET", "/receipts/{recording}/{audit}"): Operation(
        "What became of a consent",
        {200: answers.Became},
        refuses=_READ_SELDOM,
        origin=False,
        page=True,
    ),
    ("GET", "/certificates/{recording}"): Operation(
        "The signed certificate of a purge, as JSON or as a page",
        {200: dict[str, Any]},
        refuses=_READ_SELDOM,
        origin=False,
        page=True,
    ),
    ("GET", "/certificates/{recording}.json"): Operation(
        "The signed certificate of a purge", {200: dict[str, Any]}, refuses=_READ_SELDOM, origin=False
    ),
    ("GET", "/keys/certificate.json"): Operation(
        "The public key that certificates are signed with", {200: dict[str, Any]}, origin=False
    ),
    ("GET", "/notices/{nv}.json"): Operation(
        "A whole notice, as the name of it is made from",
        {200: notice.Document},
        refuses=_READ_SELDOM,
        origin=False,
    ),
    ("GET", "/certificate/{name}"): Operation(
        "What checks a certificate in the browser", {200: "text/javascript"}, origin=False
    ),
    ("GET", "/yesmap.js"): Operation("The script of the tag", {200: "text/javascript"}, origin=False),
    ("GET", "/dist/{name}"): Operation("What it loads", {200: "text/javascript"}, origin=False),
    ("GET", "/openapi.json"): Operation("This document", {200: dict[str, Any]}, origin=False),
}

DOCUMENT = web.AppKey("openapi", Packed)


def load(app: web.Application) -> None:
    """Write the document once."""
    app[DOCUMENT] = pack(json.dumps(document()).encode(), JSON, small=False)


async def served(request: web.Request) -> web.Response:
    return request.app[DOCUMENT].answer(request, BRIEFLY)


def document() -> Json:
    """The whole document."""
    paths: dict[str, Json] = {}
    for (method, path), operation in OPERATIONS.items():
        paths.setdefault(path, {})[method.lower()] = _operation(path, operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Yesmap collector", "version": "1", "summary": about},
        "paths": paths,
        "components": {"schemas": {**_schemas(), "Batch": _batch()}},
    }


def _operation(path: str, said: Operation) -> Json:
    made: Json = {"summary": said.says, "responses": _responses(said)}
    parameters = [_in_path(part[1:].partition("}")[0]) for part in path.split("/") if part.startswith("{")]
    if said.origin:
        parameters.append(_ORIGIN)
    if parameters:
        made["parameters"] = parameters
    if said.takes:
        made["requestBody"] = {"required": True, "content": _taken(said.takes)}
    return made


_ORIGIN: Json = {
    "name": "Origin",
    "in": "header",
    "required": True,
    "description": "The site that asks, as browsers send it.",
    "schema": {"type": "string", "pattern": r"^https?://[a-z0-9.:-]+$"},
}


def _in_path(name: str) -> Json:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}


def _taken(form: Kind) -> Json:
    if isinstance(form, str):
        described = "A msgpack map: see the schema `Batch`."
        body = {"type": "string", "format": "binary", "maxLength": limits.BODY_BYTES}
        return {form: {"schema": body | {"description": described}}}
    return {each: {"schema": _schema(form)} for each in (JSON, "text/plain")}


def _responses(said: Operation) -> Json:
    made: Json = {str(status): _answer(kind) for status, kind in said.answers.items()}
    refused: dict[int, list[str]] = {}
    for error in said.refuses:
        refused.setdefault(error.status, []).append((error.__doc__ or "").strip())
    for status, why in sorted(refused.items()):
        made[str(status)] = {
            "description": " ".join(why),
            "content": {JSON: {"schema": _schema(answers.Refusal)}},
        }
    if said.page:
        for status in (200, 404):
            made[str(status)]["content"][HTML] = {"schema": {"type": "string"}}
    return made


def _answer(kind: Kind) -> Json:
    if kind is None:
        return {"description": "Done; there is nothing to say."}
    if isinstance(kind, str):
        return {"description": "The file.", "content": {kind: {"schema": {"type": "string"}}}}
    return {"description": "Done.", "content": {JSON: {"schema": _schema(kind)}}}


def _schema(kind: Kind) -> Json:
    """Where the type is described; one that has no name of its own, in place."""
    if isinstance(kind, type):
        return {"$ref": f"#/components/schemas/{kind.__name__}"}
    return TypeAdapter[Any](cast(Any, kind)).json_schema()


def _schemas() -> Json:
    """Every type that has a name."""
    kinds = [kind for each in OPERATIONS.values() for kind in (each.takes, *each.answers.values())]
    named = dict.fromkeys(kind for kind in [*kinds, answers.Refusal] if isinstance(kind, type))
    _, made = TypeAdapter.json_schemas(
        [(kind, "validation", TypeAdapter(kind)) for kind in named],
        ref_template="#/components/schemas/{model}",
    )
    schemas: Json = made["$defs"]
    return schemas


def _batch() -> Json:
    """The wire format's own type; what is binary there is not base64, as it would be in JSON."""
    _, made = msgspec.json.schema_components([events.Body])
    schema: Json = made["Body"]
    for name, field in schema["properties"].items():
        if field.get("contentEncoding") == "base64":
            schema["properties"][name] = {
                "description": field["description"],
                "type": "string",
                "format": "binary",
            }
    return schema
