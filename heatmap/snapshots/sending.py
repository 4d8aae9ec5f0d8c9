"""Snapshots through the team's interface, with an API key: from CI, or from a machine that has no store."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from heatmap import remote
from heatmap.remote import KEY, Refused, TeamFace
from recorder.recording import Page

__all__ = ["KEY", "Api", "Refused", "opened"]


@dataclass(frozen=True)
class Api:
    """What snapshots need of the team's face."""

    face: TeamFace

    async def pages(self, recording: str) -> list[Page]:
        """The page rules of a recording."""
        found: Any = await self.face.ask("GET", f"/api/recordings/{recording}")
        try:
            return [_page(page) for page in found["pages"]]
        except (KeyError, TypeError, ValueError):
            raise Refused("The team's face is of another version: name the page with --page.") from None

    async def keep(self, recording: str, data: bytes, png: bytes) -> None:
        form = aiohttp.FormData()
        form.add_field("snapshot", data, content_type="application/json", filename="snapshot.json")
        form.add_field("image", png, content_type="image/png", filename="page.png")
        await self.face.ask("POST", f"/api/recordings/{recording}/snapshots", data=form)


@contextlib.asynccontextmanager
async def opened(url: str, environment: Mapping[str, str]) -> AsyncIterator[Api]:
    """The team's face at an address; its key is in the environment."""
    async with remote.opened(url, environment, "--url", "the scopes snapshot and read") as face:
        yield Api(face)


def _page(told: dict[str, Any]) -> Page:
    return Page.model_validate({name: value for name, value in told.items() if name in Page.model_fields})
