"""What may be left, and why. Whatever is found and not in this list is a failure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

#: Kinds that are the owner's words, not a visitor's.
WORDS = "page|release|variant"
LASTING = r"data folder|bucket"


@dataclass(frozen=True)
class Left:
    """Kinds, places and names of pieces, as patterns for the whole of each."""

    kinds: str
    places: str
    names: str
    why: str


AFTER = (
    Left(
        "audit ids",
        LASTING,
        r".*consents/.*",
        "The consent record, in its name and content: the proof of the yes, kept for a year after the end.",
    ),
    Left(
        WORDS,
        LASTING,
        r".*(recordings|pictures|certificates|notices|snapshots)/.*",
        "The owner's own words for a page, a release and a variant: pictures are told apart by them.",
    ),
    Left(
        "previews",
        LASTING,
        r".*pictures/.*",
        "The final pictures, which are as the last previews were: nobody came in between.",
    ),
    Left(
        f"audit ids|previews|{WORDS}",
        "memory of (radosgw|ceph-osd)",
        ".*",
        "What the object store keeps, as above: consent records, final pictures, the owner's words.",
    ),
    Left(
        "recording key",
        "memory of ceph-osd",
        ".*",
        "The blocks of a disk, which it has in memory here: given back with the object and not yet written over, which "
        "is not ours to do. The certificate says so.",
    ),
    Left(WORDS, r"memory of .*", ".*", "The faces know the recordings of their site by these words."),
    Left(
        "audit ids",
        "object store's logs",
        ".*",
        "Names of consent records, which are kept, in the S3 server's own log of requests.",
    ),
    Left(WORDS, "logs", r".*\.toml", "The owner's own description of the recording."),
)

#: Only until the faces and the event store are restarted: memory is searched after that as well.
UNTIL_RESTART = (
    Left(
        "recording key",
        "memory of radosgw",
        ".*",
        "Answers of the S3 server, in memory that it has given back and not yet written over, which is not ours to do. "
        "The certificate says so.",
    ),
    Left(
        "sealed batches|session ids|document ids",
        "memory of (recorder|heatmap|drawer|event store)",
        ".*",
        "Random names, and batches sealed with the destroyed key, in buffers of connections to the event store.",
    ),
    Left(
        "audit ids",
        "memory of recorder",
        ".*",
        "Names of consent records, which are kept, in the latest requests to the object store.",
    ),
)


def allowed(kind: str, place: str, name: str, rules: tuple[Left, ...]) -> Left | None:
    """The rule by which it may be there."""
    return next(_fitting(kind, place, name, rules), None)


def _fitting(kind: str, place: str, name: str, rules: tuple[Left, ...]) -> Iterator[Left]:
    for rule in rules:
        pairs = ((rule.kinds, kind), (rule.places, place), (rule.names, name))
        if all(re.fullmatch(pattern, text, re.DOTALL) for pattern, text in pairs):
            yield rule
