"""The team's face from afar, with an API key: from CI, or from a machine that has no store."""

import argparse
import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from recorder.errors import Malformed, Unavailable, Unusable, YesmapError

KEY = "YESMAP_API_KEY"
#: A picture of a long page on a slow line.
SECONDS = 120


class Refused(YesmapError):
    """What the team's face said to it."""

    code = "refused"


@dataclass(frozen=True)
class TeamFace:
    """The team's face, with the key that opens it."""

    url: str
    http: aiohttp.ClientSession = field(repr=False)

    async def ask(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        """What it answers, as JSON; `body` is what aiohttp takes: `json` or `data`, `params`."""
        return read(*await self._answer(method, path, **body))

    async def fetch(self, path: str) -> bytes:
        """A file."""
        status, content = await self._answer("GET", path)
        if status >= 300:
            read(status, content)
        return content

    async def _answer(self, method: str, path: str, **body: Any) -> tuple[int, bytes]:
        try:
            async with self.http.request(method, self.url + path, allow_redirects=False, **body) as answer:
                return answer.status, await answer.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unavailable(f"{self.url} does not answer: {type(error).__name__}.") from error


def words() -> argparse.ArgumentParser:
    """The words of a command that may be done from afar."""
    afar = argparse.ArgumentParser(add_help=False)
    afar.add_argument("--url", help=f"the team's face, instead of the stores; its API key is in {KEY}")
    return afar


def run(url: str, scopes: str, ask: Callable[[TeamFace], Awaitable[None]]) -> None:
    """Ask the team's face at `url`, with the key of the environment."""

    async def asked() -> None:
        async with opened(url, os.environ, "--url", scopes) as face:
            await ask(face)

    asyncio.run(asked())


@contextlib.asynccontextmanager
async def opened(
    url: str, environment: Mapping[str, str], option: str, scopes: str
) -> AsyncIterator[TeamFace]:
    """The team's face at an address; its key is in the environment, so that it is on no command line.

    `option` is what the address was given with, `scopes` what the key must be good for.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise Malformed(
            f"{option} is the address of the team's face, such as https://team.example.org, not {url}."
        )
    if not environment.get(KEY):
        raise Unusable(f"Put an API key with {scopes} into the environment variable {KEY}.")
    headers = {"Authorization": f"Bearer {environment[KEY]}"}
    async with aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(SECONDS)) as http:
        yield TeamFace(url.rstrip("/"), http)


def read(status: int, body: bytes) -> dict[str, Any]:
    """The answer, or `Refused` with what was said."""
    try:
        said = json.loads(body) if body else {}
    except ValueError:
        said = {}
    if status < 300 and isinstance(said, dict):
        return said
    error = said.get("error", {}) if isinstance(said, dict) else {}
    raise Refused(error.get("message") or f"The team's face answers with {status}.", code=error.get("code"))
