"""What is wrong with a value, in our own words, so that one knows what to do about it. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic_core import ErrorDetails

Words = Callable[[Mapping[str, Any]], str]

#: The end of a sentence that begins with the name of the value, by the kind of error.
_SAID: Mapping[str, Words] = {
    "missing": lambda _: "is missing",
    "bool_parsing": lambda _: "must be true or false",
    "bool_type": lambda _: "must be true or false",
    "int_parsing": lambda _: "must be a whole number",
    "int_type": lambda _: "must be a whole number",
    "int_from_float": lambda _: "must be a whole number",
    "float_parsing": lambda _: "must be a number",
    "float_type": lambda _: "must be a number",
    "string_type": lambda _: "must be a string",
    "list_type": lambda _: "must be a list",
    "dict_type": lambda _: "must be a table of names and values",
    "model_type": lambda _: "must be a table of names and values",
    "path_type": lambda _: "must be a path",
    "literal_error": lambda about: f"must be {_choice(about['expected'])}",
    "enum": lambda about: f"must be {_choice(about['expected'])}",
    "greater_than": lambda about: f"must be more than {about['gt']}",
    "greater_than_equal": lambda about: f"must be {about['ge']} or more",
    "less_than": lambda about: f"must be less than {about['lt']}",
    "less_than_equal": lambda about: f"must be {about['le']} or less",
    "string_too_short": lambda about: (
        f"must have {about['min_length']} characters or more"
        if about["min_length"] > 1
        else "must not be empty"
    ),
    "string_too_long": lambda about: f"must have {about['max_length']} characters or less",
    "string_pattern_mismatch": lambda _: "is not written as it is asked for",
    "too_short": lambda about: f"must have {about['min_length']} or more entries",
    "too_long": lambda about: f"must have {about['max_length']} or fewer entries",
    "value_error": lambda about: str(about["error"]),
}


def said(error: ErrorDetails) -> str:
    """What must be otherwise, to stand behind the name of the value: never the value itself."""
    words = _SAID.get(error["type"])
    return words(error.get("ctx", {})) if words else "is not what is asked for"


def _choice(expected: str) -> str:
    """`'a', 'b' or 'c'` without its quotes."""
    return expected.replace("'", "")
