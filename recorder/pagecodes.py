"""One-time codes with which somebody of the team takes a background from a page of the site itself.

`pagecodes/<hash>.json` in the object store. The team's face makes a code, and opens the page with the code behind the
`#` of its address, which no server is sent. The tag shows it here, is told where the team's face is, and what was taken
is sent there, with the code. What must hold, whoever comes with what link:

- Nothing of the address decides where something goes. The tag loads the file that takes backgrounds from where the tag
  itself is from, by its integrity; the team's address stands in the code's object, which the team's face alone writes.
- A code is 256 random bits, good for ten minutes and for one background, of the one recording that is open for the
  origin of the page, on behalf of the user who made it, as long as that user may. Of it only a hash is kept.
- Here a code opens nothing but that address: this face reads no snapshot and writes none.
- A visitor who is sent such a link sees a sentence. With a code that is still good, which only an analyst could send,
  they see what it is for; nothing is taken until they press a button, nor sent until they have looked at it.
- Scripts of the site can read the code, as they can read and change the page. What they could do with it is what they
  can do to the page: show something else on it. That is one background, in the access log, and it can be removed.
"""

import hashlib

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from recorder import answers, forms
from recorder.errors import NotFound
from recorder.objects import Objects, Stored
from recorder.registry import Registry
from recorder.views import REGISTRY, STORE, now_ms, origin


class PageCode(BaseModel):
    """For which recording, on whose behalf, until when (ms), and the origin of the team's face."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    recording: str
    user: str
    team: str
    until: int


class Code(BaseModel):
    """The body of a request by somebody who holds a code."""

    model_config = ConfigDict(frozen=True, extra="forbid", cache_strings="none")  # no code is remembered

    code: str = Field(pattern=r"^[A-Za-z0-9_-]{43}$")  # as `secrets.token_urlsafe(32)` makes them


def code_key(code: str) -> str:
    return f"pagecodes/{hashlib.sha256(code.encode()).hexdigest()}.json"


async def find(store: Objects, registry: Registry, code: str, site: str, now: int) -> tuple[PageCode, Stored]:
    """A good code, and the object that it is in; `NotFound` for any other, or for a page of another recording."""
    try:
        stored = await store.get(code_key(code))
    except NotFound:
        raise useless() from None
    found = PageCode.model_validate_json(stored.data)
    if found.until <= now:
        raise useless()
    if (await registry.for_origin(site)).id != found.recording:
        raise NotFound("This code is for a page of another recording: make one for this.", code="code")
    return found, stored


def useless() -> NotFound:
    return NotFound("This code was used already, or is too old: make another one.", code="code")


async def team(request: web.Request) -> web.Response:
    """Where what is taken with a code goes."""
    app, form = request.app, await forms.read(request, Code)
    found, _ = await find(app[STORE], app[REGISTRY], form.code, origin(request), now_ms())
    answer: answers.Team = {"team": found.team}
    return web.json_response(answer, headers={"Cache-Control": "no-store"})
