"""What was worked out a moment ago from raw events, to be had again as long as those are the same.

A page of the team's asks for several pictures of the same events at once, and each of them would read, open and place
all events anew. What is remembered here is made of what people did, so it is little, and gone after a short while,
whoever asks; a recording of which anything has changed since is not shown from here.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Hashable
from dataclasses import dataclass, field
from typing import Any

Name = tuple[str, Hashable]
#: Pages in memory at once, some 50 MB each with many events.
MOST = 6
#: As long as somebody looks from one layer to another.
SECONDS = 60.0


@dataclass
class Recent:
    """Values by name, which begins with a recording's id, each with the stamp of the events that it was made of."""

    _values: OrderedDict[Name, tuple[object, bytes, Any]] = field(default_factory=OrderedDict)

    def get(self, name: Name, stamp: bytes) -> Any | None:
        """The value, if it was made of the same events."""
        _, before, value = self._values.get(name, (None, b"", None))
        return value if before == stamp else None

    def put(self, name: Name, stamp: bytes, value: Any) -> None:
        self._values.pop(name, None)
        mark = object()  # in place of the value, which the clock would hold although it was let go
        self._values[name] = mark, stamp, value
        while len(self._values) > MOST:
            self._values.popitem(last=False)
        asyncio.get_running_loop().call_later(SECONDS, self._forget, name, mark)

    def names(self, recording: str) -> list[Name]:
        """What is remembered of a recording."""
        return [name for name in self._values if name[0] == recording]

    def let_go(self, running: Collection[str]) -> None:
        """Keep nothing of recordings that do not run any more."""
        for recording in {name[0] for name in self._values} - set(running):
            self.forget(recording)

    def forget(self, recording: str) -> None:
        """Keep nothing of a recording."""
        for name in self.names(recording):
            del self._values[name]

    def _forget(self, name: Name, mark: object) -> None:
        if name in self._values and self._values[name][0] is mark:
            del self._values[name]
