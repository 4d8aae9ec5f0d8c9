"""What the models of the interface have in common."""

from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Item = TypeVar("Item")

#: Entries of one page of a list, unless fewer are asked for.
PAGE = 100


class Shape(BaseModel):
    """Exactly these fields: what is more is refused, so that nobody sets what is not theirs to set."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Paged(Shape):
    """Which part of a list."""

    limit: Annotated[int, Field(ge=1, le=PAGE, description="How many entries, at most.")] = PAGE
    after: Annotated[
        str | None, Field(max_length=200, description="What `next` said: the entries that come then.")
    ] = None


class Page(Shape, Generic[Item]):
    """A part of a list; `next` leads to the rest, null at the end."""

    items: list[Item]
    next: str | None


def page(items: list[Item], names: list[str], asked: Paged) -> tuple[list[Item], str | None]:
    """The part that was asked for, and what to ask for next. `names` are unique, in the order of the items."""
    start = names.index(asked.after) + 1 if asked.after in names else 0
    end = start + asked.limit
    return items[start:end], names[end - 1] if end < len(items) else None
