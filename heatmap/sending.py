"""Snapshots through the team's interface, with an API key: from CI, or from a machine that has no store."""

import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from recorder.errors import Malformed, Unavailable, Unusable, YesmapError
from recorder.recording import Page

KEY = "YESMAP_API_KEY"
#: A picture of a long page on a slow line.
SECONDS = 120


class Refused(YesmapError):
    """What the team's face said to it."""

    code = "refused"


@dataclass(frozen=True)
class Api:
    """The team's face, with the key that opens it."""

    url: str
    http: aiohttp.ClientSession = field(repr=False)

    async def pages(self, recording: str) -> list[Page]:
        """The page rules of a recording."""
        found: Any = await self._ask("GET", f"/api/recordings/{recording}")
        try:
            return [_page(page) for page in found["pages"]]
        except (KeyError, TypeError, ValueError):
            raise Refused("The team's face is of another version: name the page with --page.") from None

    async def keep(self, recording: str, data: bytes, png: bytes) -> None:
        form = aiohttp.FormData()
        form.add_field("snapshot", data, content_type="application/json", filename="snapshot.json")
        form.add_field("image", png, content_type="image/png", filename="page.png")
        await self._ask("POST", f"/api/recordings/{recording}/snapshots", form)

    async def _ask(self, method: str, path: str, form: aiohttp.FormData | None = None) -> dict[str, Any]:
        try:
            async with self.http.request(method, self.url + path, data=form, allow_redirects=False) as answer:
                return _read(answer.status, await answer.read())
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unavailable(f"{self.url} does not answer: {type(error).__name__}.") from error


@contextlib.asynccontextmanager
async def opened(url: str, environment: Mapping[str, str]) -> AsyncIterator[Api]:
    """The team's face at an address; its key is in the environment, so that it is on no command line."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise Malformed(
            f"--to is the address of the team's face, such as https://team.example.org, not {url}."
        )
    if not environment.get(KEY):
        raise Unusable(
            f"Put an API key with the scopes snapshot and read into the environment variable {KEY}."
        )
    headers = {"Authorization": f"Bearer {environment[KEY]}"}
    async with aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(SECONDS)) as http:
        yield Api(url.rstrip("/"), http)


def _page(told: dict[str, Any]) -> Page:
    return Page.model_validate({name: value for name, value in told.items() if name in Page.model_fields})


def _read(status: int, body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body) if body else {}
    except ValueError:
        said = {}
    if status < 300 and isinstance(said, dict):
        return said
    message = said.get("error", {}).get("message") if isinstance(said, dict) else None
    raise Refused(message or f"The team's face answers with {status}.")
