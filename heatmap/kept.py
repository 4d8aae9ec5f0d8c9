"""The files of a recording that has ended."""

from collections.abc import Collection

from heatmap.parts import Parts
from recorder.errors import NotFound
from recorder.recording import Recording


def kept_names(recording: Recording) -> Collection[str]:
    """What they are called; none before the final pictures are made."""
    names = recording.results.get("pictures")
    return names if isinstance(names, dict) else {}


async def kept(parts: Parts, recording: Recording, name: str) -> bytes:
    """One of them, or `NotFound`."""
    if name not in kept_names(recording):
        raise NotFound("There is no such picture: too few people were there, or it is being made.")
    return (await parts.store.get(f"pictures/{recording.id}/{recording.results['attempt']}/{name}")).data
