"""What the team writes down while it looks at replays: words about a page, with nothing that leads to a visitor.

`notes/<recording>/<id>.json`. A note knows its page, its author and the day, not the visit that it was written at, so
that it may stay when everything raw is destroyed.
"""

import secrets
from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from recorder.errors import Malformed, NotFound
from recorder.objects import Objects
from recorder.recording import Recording

#: A few paragraphs; a longer text is a document of its own.
CHARS = 2_000
#: More than anybody reads.
MOST = 1_000


class Note(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]
    text: Annotated[str, Field(min_length=1, max_length=CHARS)]
    by: Annotated[str, Field(max_length=80)]
    day: date  #: not the moment: that would lead back to what was looked at
    page: int | None = None


async def add(
    store: Objects, recording: Recording, text: str, by: str, now_ms: int, page: int | None = None
) -> Note:
    """Keep a note, or `Malformed` with what is wrong with it."""
    if page is not None and not 0 <= page < len(recording.pages):
        raise Malformed("The recording has no such page.")
    if len(await _names(store, recording.id)) >= MOST:
        raise Malformed(f"This recording has {MOST} notes already: delete some first.")
    day = datetime.fromtimestamp(now_ms / 1000, UTC).date()
    try:
        note = Note(id=secrets.token_hex(6), text=text.strip(), by=by, day=day, page=page)
    except ValidationError:
        raise Malformed(f"A note has 1 to {CHARS} characters.") from None
    await store.put(_key(recording.id, note.id), note.model_dump_json().encode(), if_absent=True)
    return note


async def listed(store: Objects, recording: str) -> list[Note]:
    """Every note of a recording, the newest day first."""
    found = [
        Note.model_validate_json((await store.get(name)).data) for name in await _names(store, recording)
    ]
    return sorted(found, key=lambda note: (-note.day.toordinal(), note.id))


async def delete(store: Objects, recording: str, note: str) -> None:
    if _key(recording, note) not in await _names(store, recording):
        raise NotFound("There is no such note any more.")
    await store.delete(_key(recording, note))


async def _names(store: Objects, recording: str) -> list[str]:
    return await store.keys(f"notes/{recording}/")


def _key(recording: str, note: str) -> str:
    return f"notes/{recording}/{note}.json"
