"""Where one can go: the places of the whole house, and those of one recording."""

from dataclasses import dataclass

from heatmap.site.roles import Role
from recorder.recording import Recording, State


@dataclass(frozen=True)
class Place:
    """A link: `path` is where it leads, for a recording below its own address; `role` is who sees it."""

    title: str
    path: str
    role: Role
    #: The role while there are no final pictures, when that is another one.
    running: Role | None = None

    def role_for(self, recording: Recording) -> Role:
        return self.role if is_decided(recording) else self.running or self.role


MAIN = (
    Place("Recordings", "/", Role.VIEWER),
    Place("Consent and purge", "/consents", Role.MANAGER),
    Place("Access log", "/access", Role.MANAGER),
    Place("Users", "/users", Role.MANAGER),
    Place("API", "/api", Role.VIEWER),
)

#: The tabs of a recording.
RECORDING = (
    Place("Heatmaps", "", Role.VIEWER, running=Role.ANALYST),
    Place("Findings", "/findings", Role.VIEWER, running=Role.ANALYST),
    Place("Flow", "/flow", Role.VIEWER, running=Role.ANALYST),
    Place("Replays", "/replays", Role.ANALYST),
    Place("Backgrounds", "/backgrounds", Role.ANALYST),
    Place("Consent", "/consents", Role.VIEWER),
    Place("Setup", "/setup", Role.VIEWER),
)


def is_final(recording: Recording) -> bool:
    """Whether its final pictures are there."""
    return State.DRAWN in recording.reached


def is_lost(recording: Recording) -> bool:
    """Whether it will never have any, since there was nothing left to draw from."""
    return State.KEYS_LOST in recording.reached


def is_decided(recording: Recording) -> bool:
    """Whether what there is to be seen is final, be it nothing."""
    return is_final(recording) or is_lost(recording)
