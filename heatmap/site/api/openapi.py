"""The interface as an OpenAPI document, made from the operations and their models, and as a page to read."""

import json
from typing import Any

from aiohttp import web
from pydantic import BaseModel, Field, TypeAdapter

from heatmap.site.access import anybody, needs
from heatmap.site.api.catalogue import OPERATIONS
from heatmap.site.api.operation import JSON, Kind, Operation
from heatmap.site.api.shapes import Shape
from heatmap.site.render import HEADERS, render
from heatmap.site.roles import Role
from recorder.errors import (
    BadToken,
    Conflict,
    Forbidden,
    Malformed,
    NotFound,
    TooLarge,
    Unavailable,
    WrongType,
    YesmapError,
)

Json = dict[str, Any]
#: A field on the page: name, type, description, whether it must be there.
Row = tuple[str, str, str, bool]

#: What any operation may refuse, what one that changes something may besides, and what one with a body may.
_ALWAYS: tuple[type[YesmapError], ...] = (Malformed, BadToken, Forbidden, NotFound, Unavailable)
_CHANGES: tuple[type[YesmapError], ...] = (Conflict,)
_BODY: tuple[type[YesmapError], ...] = (TooLarge, WrongType)


class Wrong(Shape):
    """Which kind of refusal it is, for programs, and one sentence that says what to do."""

    code: str
    message: str


class Refusal(Shape):
    """The one shape of everything that is refused."""

    error: Wrong = Field()


@anybody
async def served(_: web.Request) -> web.Response:
    """The document."""
    return web.Response(body=json.dumps(document()).encode(), content_type=JSON, headers=HEADERS)


@needs(Role.VIEWER, look=None)
async def shown(request: web.Request) -> web.Response:
    """The page."""
    groups: dict[str, list[Json]] = {}
    for each in OPERATIONS:
        groups.setdefault(each.group, []).append(_told(each))
    return render(request, "api.html", groups=groups, types=_types())


def document() -> Json:
    """The whole document, OpenAPI 3.1."""
    paths: dict[str, Json] = {}
    for each in OPERATIONS:
        paths.setdefault(_plain(each.path), {})[each.method.lower()] = _operation(each)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Yesmap", "version": "1", "summary": "The team's side: everything but replays."},
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "An API key."}},
        },
        "security": [{"key": []}],
    }


def _operation(said: Operation) -> Json:
    made: Json = {
        "summary": said.says,
        "tags": [said.group],
        "operationId": f"{said.view.__module__.rpartition('.')[2]}_{said.view.__name__}",
        "parameters": [*_in_path(said), *_in_query(said)],
        "responses": _responses(said),
        "description": _asks_for(said),
    }
    if said.takes:
        content = {media: {"schema": _taken(media, model)} for media, model in said.takes.items()}
        made["requestBody"] = {"required": True, "content": content}
    return made


def _asks_for(said: Operation) -> str:
    scope = f", or an API key with the scope {said.scope}" if said.scope else "; no API key opens it"
    return f"For {said.role.word}s{scope}."


def _in_path(said: Operation) -> list[Json]:
    names = [part[1:].partition(":")[0].rstrip("}") for part in said.path.split("/") if part.startswith("{")]
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in names
    ]


def _in_query(said: Operation) -> list[Json]:
    if said.asks is None:
        return []
    schema = said.asks.model_json_schema()
    schema = _inlined(schema, schema.get("$defs", {}))
    return [
        {"name": name, "in": "query", "required": name in schema.get("required", ()), "schema": field}
        for name, field in schema["properties"].items()
    ]


def _inlined(schema: Any, definitions: Json) -> Any:
    """The schema with what it refers to in place: a query's has nowhere else to keep it."""
    if isinstance(schema, list):
        return [_inlined(each, definitions) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    return {name: _inlined(each, definitions) for name, each in schema.items() if name != "$defs"}


def _taken(media: str, model: type[BaseModel]) -> Json:
    if media == JSON:
        return _ref(model)
    schema = model.model_json_schema()
    for name, field in model.model_fields.items():
        if bytes in getattr(field.annotation, "__args__", (field.annotation,)):
            schema["properties"][name] = {"type": "string", "contentMediaType": "application/octet-stream"}
    return schema


def _responses(said: Operation) -> Json:
    made: Json = {str(status): _answer(kind) for status, kind in said.answers.items()}
    refused: dict[int, list[str]] = {}
    for error in (*_ALWAYS, *(_CHANGES if said.method != "GET" else ()), *(_BODY if said.takes else ())):
        refused.setdefault(error.status, []).append((error.__doc__ or error.code).strip().splitlines()[0])
    for status, why in sorted(refused.items()):
        made[str(status)] = {"description": " ".join(why), "content": {JSON: {"schema": _ref(Refusal)}}}
    return made


def _answer(kind: Kind | None) -> Json:
    if kind is None:
        return {"description": "Done; there is nothing to say."}
    if isinstance(kind, str):
        file = {"schema": {"type": "string", "format": "binary"}}
        return {"description": "The file.", "content": dict.fromkeys(kind.split(", "), file)}
    return {"description": (kind.__doc__ or "Done.").strip(), "content": {JSON: {"schema": _ref(kind)}}}


def _ref(model: type[BaseModel]) -> Json:
    return {"$ref": f"#/components/schemas/{_name(model)}"}


def _name(model: type[BaseModel]) -> str:
    return "".join(char if char.isalnum() else "_" for char in model.__name__)


def _schemas() -> Json:
    models: dict[type[BaseModel], None] = {Refusal: None}
    for each in OPERATIONS:
        bodies = [model for media, model in each.takes.items() if media == JSON]
        models |= dict.fromkeys(
            [*bodies, *(kind for kind in each.answers.values() if isinstance(kind, type))]
        )
    _, made = TypeAdapter.json_schemas(
        [
            (model, "serialization" if _answered(model) else "validation", TypeAdapter(model))
            for model in models
        ],
        ref_template="#/components/schemas/{model}",
    )
    schemas: Json = made["$defs"]
    return schemas


def _answered(model: type[BaseModel]) -> bool:
    return not any(model in each.takes.values() for each in OPERATIONS)


def _plain(path: str) -> str:
    """Without the patterns of aiohttp: `{page:\\d+}` as `{page}`."""
    return "/".join(
        f"{part.partition(':')[0]}}}" if part.startswith("{") and ":" in part else part
        for part in path.split("/")
    )


# --- for the page --------------------------------------------------------------------------------


def _told(said: Operation) -> Json:
    """One operation as the page shows it."""
    return {
        "method": said.method,
        "path": _plain(said.path),
        "says": said.says,
        "for": _asks_for(said),
        "anchor": f"{said.view.__module__.rpartition('.')[2]}-{said.view.__name__}".replace("_", "-"),
        "asks": _fields(said.asks.model_json_schema()) if said.asks else [],
        "takes": {media: _fields(model.model_json_schema()) for media, model in said.takes.items()},
        "answers": [
            (
                status,
                kind if isinstance(kind, str) else (kind.__doc__ or "").strip() if kind else "Nothing",
                _fields(kind.model_json_schema(mode="serialization")) if isinstance(kind, type) else [],
            )
            for status, kind in said.answers.items()
        ],
    }


def _types() -> dict[str, tuple[str, list[Row]]]:
    """What other things are made of, by name: what each is, and its fields; those that only list words are not."""
    made: dict[str, tuple[str, list[Row]]] = {}
    for each in OPERATIONS:
        bodies = [model for model in (each.asks, *each.takes.values()) if model]
        schemas = [model.model_json_schema() for model in bodies]
        schemas += [
            kind.model_json_schema(mode="serialization")
            for kind in each.answers.values()
            if isinstance(kind, type)
        ]
        for schema in schemas:
            for name, definition in schema.get("$defs", {}).items():
                if "properties" in definition:
                    told = {"$defs": schema["$defs"], **definition}
                    made.setdefault(name, (definition.get("description", ""), _fields(told)))
    return dict(sorted(made.items()))


def _fields(schema: Json) -> list[Row]:
    """Name, type, description, whether it must be there."""
    found = []
    for name, field in schema.get("properties", {}).items():
        found.append(
            (name, _type(field, schema), field.get("description", ""), name in schema.get("required", ()))
        )
    return found


def _type(field: Json, schema: Json) -> str:
    """A type in a few words, among which are the names of `_types`."""
    if "$ref" in field:
        name = str(field["$ref"].rpartition("/")[2])
        definition = schema.get("$defs", {}).get(name, {})
        return name if "properties" in definition else _type(definition, schema)
    if "anyOf" in field:
        return " or ".join(_type(each, schema) for each in field["anyOf"])
    if "enum" in field:
        return ", ".join(str(each) for each in field["enum"])
    if "const" in field:
        return str(field["const"])
    if field.get("type") == "array":
        return f"list of {_type(field.get('items', {}), schema)}"
    if field.get("type") == "object" and isinstance(field.get("additionalProperties"), dict):
        return f"table of {_type(field['additionalProperties'], schema)}"
    return str(field.get("type", "anything"))
