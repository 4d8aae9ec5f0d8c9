"""Where one can go: the places of the whole house, and those of one recording."""

from dataclasses import dataclass

from heatmap.site.roles import Role


@dataclass(frozen=True)
class Place:
    """A link: `path` is where it leads, for a recording below its own address; `role` is who sees it."""

    title: str
    path: str
    role: Role


MAIN = (
    Place("Recordings", "/", Role.VIEWER),
    Place("Access log", "/access", Role.MANAGER),
    Place("Users", "/users", Role.MANAGER),
)

#: The tabs of a recording.
RECORDING = (
    Place("Heatmaps", "", Role.VIEWER),
    Place("Replays", "/replays", Role.ANALYST),
)
