"""What is looked for at the end of a recording, on the stores as they are; and what could not be looked for."""

from dataclasses import dataclass
from typing import Any

from heatmap.end import canary, final
from heatmap.parts import Parts
from recorder import forget
from recorder.errors import YesmapError
from recorder.recording import Recording
from recorder.registry import key_key

#: What no program of ours can look into; whoever runs it must know.
NOT_CHECKED = (
    "copies and exports that were made before the purge",
    "backups of the stores, and snapshots of their disks",
    "replicas of the event store that were cut off at the time, and other consumers of its replication",
    "previews in the memory of other processes of the team, which let go of them by themselves after the closing",
    "access logs that an object store writes by itself: names of consent records may stand in them",
    "files of an object store that still have what was removed, the key of the recording too if it was kept there",
    "memory that running programs have given back and not yet written over, and swap",
    "blocks of disks that files have given back and not yet written over",
)


class NotDestroyed(YesmapError):
    """A check after the purge found something: the recording is not certified."""

    code = "not_destroyed"


@dataclass(frozen=True)
class Found:
    """What is still there and should not be, and the pictures that are not as they were drawn."""

    raw_keys: int
    key_objects: int
    canary_opens: bool | None
    previews: int  #: in the memory of this process
    changed: int

    @property
    def raw(self) -> bool:
        return bool(self.raw_keys or self.key_objects or self.canary_opens or self.previews)

    def said(self) -> str:
        return (
            f"{self.raw_keys} raw keys, {self.key_objects} key objects, {self.previews} previews, "
            f"{self.changed} changed pictures, canary opens: {self.canary_opens}"
        )


async def look(parts: Parts, recording: Recording) -> Found:
    return Found(
        raw_keys=await forget.raw_keys_left(parts.log, recording.id),
        key_objects=len(await _key_objects(parts, recording)),
        canary_opens=await canary.opens(parts, recording),
        previews=parts.previews.left(recording.id),
        changed=len(await final.unsafe(parts, recording)),
    )


async def _key_objects(parts: Parts, recording: Recording) -> list[str]:
    """The recording's key, in any version, where keys are kept and where everything else is."""
    stores = [parts.keys] if parts.keys is parts.store else [parts.keys, parts.store]
    return [left for store in stores for left in await store.remains(key_key(recording.id))]


async def told(parts: Parts, recording: Recording, found: Found) -> dict[str, Any]:
    """The results as they stand in the certificate."""
    return {
        "raw_keys_left": found.raw_keys,
        "key_objects_left": found.key_objects,
        "canary_opens": found.canary_opens,
        "previews_left": found.previews,
        "pictures_unchanged": len(final.names(recording)),
        "event_store": recording.results["event_store"],
        "object_store": await parts.store.keeps(),
        "key_store": await parts.keys.keeps(),
        "not_checked": NOT_CHECKED,
    }
