"""The JSON forms of the consent interface, read and refused in one place."""

from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from recorder import limits
from recorder.errors import Malformed, WrongType
from recorder.middlewares import read_limited
from recorder.sentences import said

Form = TypeVar("Form", bound=BaseModel)


async def read(request: web.Request, model: type[Form], most: int = limits.FORM_BYTES) -> Form:
    """The form in the body, or `Malformed` with one sentence that repeats nothing of what was sent.

    `most` is how many bytes are taken.
    """
    if request.content_type not in {"text/plain", "application/json", "application/octet-stream"}:
        raise WrongType("Send the form as JSON, with content type text/plain or application/json.")
    body = await read_limited(request, most)
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise Malformed(_sentence(error.errors(include_input=False)[0], model)) from None


def _sentence(error: ErrorDetails, model: type[BaseModel]) -> str:
    """What is wrong first: the rest is said once that is right."""
    asked = ", ".join(model.model_fields)
    if not error["loc"]:
        return f"The body is not a form: send a JSON object with {asked}."
    if error["type"] == "extra_forbidden":
        return f"The form has a field that nobody asked for: send {asked}, nothing else."
    return f"In the form, {_field(error['loc'])} {said(error)}."


def _field(loc: tuple[int | str, ...]) -> str:
    """`purposes`, `purposes[1]`: the form's own names, since what the sender added is refused before."""
    return str(loc[0]) + "".join(f"[{part}]" for part in loc[1:])
