"""What one method of one path under `/api` takes, answers and asks for: said beside its view, and served from there."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from heatmap.site.access import View, needs
from heatmap.site.apikeys import Scope
from heatmap.site.render import HEADERS
from heatmap.site.roles import Role
from recorder.errors import Malformed
from recorder.sentences import said

Model = type[BaseModel]
Query = TypeVar("Query", bound=BaseModel)
#: What an answer's body is: of a model, or of other media types, with commas between.
Kind = Model | str

JSON = "application/json"


@dataclass(frozen=True)
class Operation:
    """`takes` by media type; `answers` by status; None where there is no body."""

    method: str
    path: str
    says: str
    role: Role
    scope: Scope | None
    view: View
    answers: dict[int, Kind | None]
    takes: dict[str, Model] = field(default_factory=dict)
    asks: Model | None = None
    group: str = ""


#: Those of every module that was imported.
MARKED: list[Operation] = []


def operation(
    method: str,
    path: str,
    says: str,
    *,
    role: Role,
    answers: dict[int, Kind | None],
    scope: Scope | None = None,
    running: Role | None = None,
    look: str | None = None,
    takes: dict[str, Model] | Model | None = None,
    asks: Model | None = None,
) -> Callable[[View], View]:
    """Mark a view as this operation. `asks` is the model of its query, `running` and `look` are those of `needs`."""

    def mark(view: View) -> View:
        guarded = needs(role, scope=scope, running=running, look=look)(view)
        bodies = takes if isinstance(takes, dict) else {JSON: takes} if takes else {}
        group = view.__module__.rpartition(".")[2].capitalize()
        MARKED.append(Operation(method, path, says, role, scope, guarded, answers, bodies, asks, group))
        return guarded

    return mark


def answer(content: BaseModel, status: int = 200) -> web.Response:
    """The model as JSON."""
    body = content.model_dump_json(by_alias=True).encode()
    return web.Response(body=body, status=status, content_type=JSON, headers=HEADERS)


def asked(request: web.Request, model: type[Query]) -> Query:
    """The query as the model, or `Malformed` with one sentence."""
    given: dict[str, object] = {name: request.query[name] for name in request.query}
    try:
        return model.model_validate(given)
    except ValidationError as error:
        wrong = error.errors(include_input=False)[0]
        if wrong["type"] == "extra_forbidden":
            names = ", ".join(model.model_fields) or "nothing"
            raise Malformed(f"The query has a name that nobody asked for: it may have {names}.") from None
        raise Malformed(f"In the query, {wrong['loc'][0]} {said(wrong)}.") from None
