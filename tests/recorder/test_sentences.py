import re
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError

from recorder.sentences import said


class Everything(BaseModel):
    """One field for each kind of value that our forms and settings have."""

    whole: Annotated[int, Field(ge=0, lt=9)] = 0
    share: Annotated[float, Field(gt=0, le=1)] = 1.0
    flag: bool = False
    word: Annotated[str, Field(min_length=2, max_length=3, pattern="^a")] = "ab"
    name: Annotated[str, Field(min_length=1)] = "a"
    words: Annotated[list[str], Field(min_length=1, max_length=2)] = ["a"]
    texts: dict[str, str] = {}
    choice: Literal["a", "b", "c"] = "a"
    folder: Path = Path()


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("whole", "x", "must be a whole number"),
        ("whole", 1.5, "must be a whole number"),
        ("whole", None, "must be a whole number"),
        ("whole", -1, "must be 0 or more"),
        ("whole", 9, "must be less than 9"),
        ("share", "x", "must be a number"),
        ("share", None, "must be a number"),
        ("share", 0, "must be more than 0.0"),
        ("share", 2, "must be 1.0 or less"),
        ("flag", "perhaps", "must be true or false"),
        ("flag", [], "must be true or false"),
        ("word", 1, "must be a string"),
        ("word", "a", "must have 2 characters or more"),
        ("word", "abcd", "must have 3 characters or less"),
        ("word", "bb", "is not written as it is asked for"),
        ("name", "", "must not be empty"),
        ("words", "a", "must be a list"),
        ("words", [], "must have 1 or more entries"),
        ("words", ["a", "b", "c"], "must have 2 or fewer entries"),
        ("texts", 1, "must be a table of names and values"),
        ("choice", "d", "must be a, b or c"),
        ("folder", 1, "must be a path"),
    ],
)
def test_every_kind_of_error_has_our_own_words(field: str, value: object, expected: str) -> None:
    """They say what the value must be, and never the value."""
    with pytest.raises(ValidationError) as caught:
        Everything.model_validate({field: value})

    assert [expected] == [said(error) for error in caught.value.errors()]
    assert not re.search(r"[Ii]nput|valid", expected)
