"""How long somebody waits who gave a wrong password or code. Pure: nothing but how often and when.

It is counted by user, and by name for names that nobody has, so that both look the same; never by address.
"""

from collections import OrderedDict

from pydantic import BaseModel, ConfigDict

#: Wrong tries that cost nothing: people mistype.
FREE = 5
FIRST_SECONDS = 15
#: Nobody is locked out for longer: somebody else could keep them out by trying. Then it is 96 tries a day.
LONGEST_SECONDS = 15 * 60
#: After a day without a try it is forgotten.
FORGOTTEN_MS = 24 * 3600 * 1000
#: Names that nobody has and that are remembered for a while …
NAMES = 10_000
#: … and what of each: no user's is longer. Those that begin alike wait for each other.
NAME_CHARS = 65


class Tries(BaseModel):
    """Wrong ones in a row, and when the last was, ms."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    wrong: int = 0
    last: int = 0

    def wait(self, now_ms: int) -> int:
        """Seconds until the next try, 0 when it may be now."""
        if self.wrong < FREE or now_ms - self.last > FORGOTTEN_MS:
            return 0
        seconds = min(LONGEST_SECONDS, FIRST_SECONDS << min(self.wrong - FREE, 10))
        return max(0, -(-(self.last + seconds * 1000 - now_ms) // 1000))

    def failed(self, now_ms: int) -> "Tries":
        """After one more; what was long ago is forgotten."""
        before = 0 if now_ms - self.last > FORGOTTEN_MS else self.wrong
        return Tries(wrong=before + 1, last=now_ms)


class Strangers:
    """Tries by names that nobody has; in memory, the latest ones."""

    def __init__(self) -> None:
        self._tries: OrderedDict[str, Tries] = OrderedDict()

    def of(self, name: str) -> Tries:
        return self._tries.get(name[:NAME_CHARS], Tries())

    def failed(self, name: str, now_ms: int) -> None:
        name = name[:NAME_CHARS]
        self._tries[name] = self._tries.pop(name, Tries()).failed(now_ms)
        if len(self._tries) > NAMES:
            self._tries.popitem(last=False)
