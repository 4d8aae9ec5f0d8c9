"""The JSON forms of the consent interface, read and refused in one place."""

from collections.abc import Mapping
from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from recorder import limits
from recorder.errors import Malformed, WrongType
from recorder.middlewares import read_limited
from recorder.sentences import said

Form = TypeVar("Form", bound=BaseModel)


async def read(
    request: web.Request,
    model: type[Form],
    most: int = limits.FORM_BYTES,
    *,
    every: bool = False,
    context: Mapping[str, Any] | None = None,
) -> Form:
    """The form in the body, or `Malformed` that repeats nothing of what was sent.

    `most` is how many bytes are taken. It has one sentence about what is wrong first, or with `every` one about each
    thing that is wrong. `context` is that of the model's validation.
    """
    if request.content_type not in {"text/plain", "application/json", "application/octet-stream"}:
        raise WrongType("Send the form as JSON, with content type text/plain or application/json.")
    body = await read_limited(request, most)
    try:
        return model.model_validate_json(body, context=context)
    except ValidationError as error:
        wrong = error.errors(include_input=False)
        sentences = [_sentence(each, model) for each in (wrong if every else wrong[:1])]
        raise Malformed(" ".join(dict.fromkeys(sentences))) from None


def _sentence(error: ErrorDetails, model: type[BaseModel]) -> str:
    asked, where = ", ".join(model.model_fields), _field(error["loc"])
    if error["type"] == "extra_forbidden":
        return f"The form has a field that nobody asked for: send {asked}, nothing else."
    if error["type"] == "value_error":  # a sentence of our own
        return f"In the form, {f'{where}: ' if where else ''}{said(error)}."
    if not where:
        return f"The body is not a form: send a JSON object with {asked}."
    return f"In the form, {where} {said(error)}."


def _field(loc: tuple[int | str, ...]) -> str:
    """`purposes`, `purposes[1]`: the form's own names, since what the sender added is refused before."""
    return "".join(map(str, loc[:1])) + "".join(f"[{part}]" for part in loc[1:])
