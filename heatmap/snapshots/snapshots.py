"""Where snapshots are kept: of each page on each device class the plain one, and others by state and by release.

`snapshots/<recording>/<page>-<device>[_<state>[_<release>]].json`, and `.webp` beside it where there is a picture.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from heatmap.segments import by_number
from heatmap.snapshots.snapshot import Snapshot, read
from recorder.errors import Malformed, NotFound
from recorder.objects import Objects
from recorder.recording import DEVICES, Device, Recording

#: Snapshots of one recording: every page on every device class, with a few states, is far less.
MOST = 5_000


@dataclass(frozen=True, order=True)
class Name:
    """Which snapshot of a recording; `release` is a digest of it, since a release may be called anything."""

    page: int
    device: Device
    state: str = ""
    release: str = ""

    def __str__(self) -> str:
        plain = f"{self.page}-{self.device}"
        return f"{plain}_{self.state}_{self.release}".rstrip("_")


def key(recording: str, name: Name, kind: str) -> str:
    """Where a snapshot (`json`) and its screenshot (`webp`) are kept."""
    return f"snapshots/{recording}/{name}.{kind}"


def digest(release: str) -> str:
    """A release in the name of an object; nothing for none."""
    return hashlib.sha256(release.encode()).hexdigest()[:8] if release else ""


async def keep(
    store: Objects, recording: Recording, snapshot: Snapshot, data: bytes, picture: bytes | None
) -> Name:
    """Keep a checked snapshot in place of the one before; `Malformed` when the recording has no such page."""
    pages = [page.name for page in recording.pages]
    if snapshot.page not in pages:
        raise Malformed(f"The recording has no page {snapshot.page!r}; it has {', '.join(pages)}.")
    name = Name(pages.index(snapshot.page), snapshot.device, snapshot.state, digest(snapshot.release))
    there = await names(store, recording.id)
    if len(there) >= MOST and name not in there:
        raise Malformed(f"The recording has {MOST} snapshots already; no more are kept.")
    # The picture first: a table with the picture of another moment is worse than one whose picture is not there yet.
    if picture is None:
        await store.delete(key(recording.id, name, "webp"))
    else:
        await store.put(key(recording.id, name, "webp"), picture)
    await store.put(key(recording.id, name, "json"), data)
    return name


async def remove(store: Objects, recording: str, name: Name) -> None:
    """Table and picture; a page without them is drawn as boxes, or by page position alone."""
    for kind in ("json", "webp"):
        await store.delete(key(recording, name, kind))


async def names(store: Objects, recording: str) -> list[Name]:
    """Every snapshot of a recording, in order of page and device class; the plain one of each first."""
    prefix = f"snapshots/{recording}/"
    tables = (key_ for key_ in await store.keys(prefix) if key_.endswith(".json"))
    found = [key_.removeprefix(prefix).removesuffix(".json") for key_ in tables]
    return sorted(name for text in found if (name := _name(text)))


def versions(there: list[Name], recording: Recording, page: int, device: Device) -> dict[int, Name]:
    """By which snapshot each release (its row, 0 for none) saw a page; the last one is the newest.

    A release without a snapshot of its own saw what had been taken for no release in particular.
    """
    plain = {
        name.release: name for name in there if (name.page, name.device, name.state) == (page, device, "")
    }
    labels = ["", *recording.seen_releases]
    rows = sorted(range(len(labels)), key=lambda row: (digest(labels[row]) in plain, by_number(labels[row])))
    found = {row: name for row in rows if (name := plain.get(digest(labels[row]), plain.get("")))}
    return found or ({0: max(plain.values())} if plain else {})


def states(there: Iterable[Name], plain: Name) -> list[Name]:
    """The states of a page beside its plain snapshot: of the same release, else of none."""
    chosen: dict[str, Name] = {}
    for name in sorted(there):  # that of no release comes first
        same = (name.page, name.device) == (plain.page, plain.device) and name.release in ("", plain.release)
        if same and name.state:
            chosen[name.state] = name
    return [*chosen.values()]


async def document(store: Objects, recording: str, name: Name) -> Snapshot:
    return read((await store.get(key(recording, name, "json"))).data)


async def picture(store: Objects, recording: str, name: Name) -> bytes | None:
    """Its screenshot as WebP, if there is one."""
    try:
        return (await store.get(key(recording, name, "webp"))).data
    except NotFound:
        return None


def _name(text: str) -> Name | None:
    plain, _, more = text.partition("_")
    state, _, release = more.partition("_")
    page, _, device = plain.partition("-")
    for known in DEVICES:
        if device == known and page.isdecimal():
            return Name(int(page), known, state, release)
    return None
