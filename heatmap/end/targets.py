"""Recordings that end early, since enough visitors have been there: so many in all, or so many on each page."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from heatmap.gather import take_census
from heatmap.parts import Parts
from recorder.recording import Recording

#: How often the pages of a recording are counted, which reads all that was recorded: a few minutes more or less of a
#: recording of days.
COUNT_SECONDS = 300.0


@dataclass
class Targets:
    """When each recording's pages were last counted."""

    clock: Callable[[], float] = time.monotonic
    _counted: dict[str, float] = field(default_factory=dict)

    async def met(self, parts: Parts, recording: Recording) -> bool:
        """Whether a running recording has as many visitor sessions as it was to have."""
        if recording.max_sessions is None and recording.page_sessions is None:
            return False
        sessions = await parts.log.how_many(recording.id)
        if recording.max_sessions is not None and sessions >= recording.max_sessions:
            return True
        wanted = recording.page_sessions
        if wanted is None or sessions < wanted or not self._due(recording.id):
            return False
        return await _least(parts, recording) >= wanted

    def _due(self, recording: str) -> bool:
        now = self.clock()
        if now - self._counted.get(recording, float("-inf")) < COUNT_SECONDS:
            return False
        self._counted[recording] = now
        return True


async def _least(parts: Parts, recording: Recording) -> int:
    """Visitor sessions of the page that has the fewest."""
    census = await take_census(parts, recording)
    pages, devices = range(len(recording.pages)), recording.devices
    return min(sum(sum(census.sessions[page, device].values()) for device in devices) for page in pages)
