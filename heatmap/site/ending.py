"""The end of a recording for somebody who waits for it: which step it is at, since when, what is going on. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from recorder.recording import ENDING, Recording, State

#: The steps of an end, in order, and what each says once it is done.
STEPS = {
    State.CLOSING: "Closed: nothing comes in any more",
    State.DRAWN: "Final pictures are made",
    State.SHREDDED: "The key is destroyed: raw events are noise",
    State.REMOVED: "Raw events are removed from the stores",
    State.CHECKED: "Looked for what is left: nothing",
    State.CERTIFIED: "Certified and signed",
}
#: What each state that a recording has reached says, also the one in place of pictures.
REACHED = {
    **STEPS,
    State.KEYS_LOST: "No pictures: the key or the raw events were gone too early",
}
#: What is going on after each.
_DOING = {
    State.CLOSING: "Final pictures are being made",
    State.DRAWN: "The key is being destroyed, without which raw events are noise",
    State.KEYS_LOST: "What is left of the key is being destroyed",
    State.SHREDDED: "Raw events are being removed from the stores",
    State.REMOVED: "The stores are being searched for anything raw",
    State.CHECKED: "The certificate is being signed",
}
#: From then on it is said that this is longer than usual.
LONG_MS = 10 * 60_000


@dataclass(frozen=True)
class Step:
    """One of `STEPS`."""

    says: str
    at: int | None  #: when it was done, ms
    how: Literal["done", "doing", "to-come"]


@dataclass(frozen=True)
class Ending:
    """How far it is."""

    state: State
    doing: str
    number: int  #: of the step that it is at, from 1
    of: int
    seconds: int  #: since the end began
    late: bool  #: whether it takes longer than usual
    steps: Sequence[Step]

    @property
    def clock(self) -> str:
        """Minutes and seconds, 1:05."""
        return f"{self.seconds // 60}:{self.seconds % 60:02}"


def ending(recording: Recording, now: int) -> Ending | None:
    """How far the end of a recording is; None where it has not begun or is over."""
    if recording.state not in _DOING:
        return None
    passed = max(0, now - recording.reached.get(State.CLOSING, now))
    state = State.DRAWN if recording.state == State.KEYS_LOST else recording.state
    number = ENDING.index(state) + 1
    return Ending(
        recording.state,
        _DOING[recording.state],
        number,
        len(ENDING) - 1,
        passed // 1000,
        passed > LONG_MS,
        [
            Step(
                _DOING[recording.state] if n == number else says,
                recording.reached.get(each),
                "done" if each in recording.reached else "doing" if n == number else "to-come",
            )
            for n, (each, says) in enumerate(STEPS.items())
        ],
    )
