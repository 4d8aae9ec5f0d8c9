"""A batch's release and variant as rows of its recording's lists: 0 when there is none to tell it by.

Variants are declared when a recording is opened. Releases come while it runs: a label that matches the recording's
pattern gets the next row. Anybody with a yes can make labels up, so a visitor session may bring in only a few, there is
room for many more than a site has, and who comes too late or too often is kept without a label, never refused: whoever
fills the list costs others a label, not their events. What a made-up release shows is up to the crowd rule.
"""

from recorder import limits
from recorder.errors import Malformed
from recorder.eventlog import EventLog
from recorder.events import NO_LABEL, Batch
from recorder.recording import Recording
from recorder.registry import Registry


def variant(found: Recording, batch: Batch) -> int:
    """The row of the batch's variant, or `Malformed`: variants are declared."""
    row = found.row(batch.variant, found.variants)
    if row is None:
        raise Malformed("The variant was not declared for this recording.")
    return row


async def release(registry: Registry, log: EventLog, found: Recording, session: str, label: str) -> int:
    """The row of a release that was not seen before, if it gets one; `Malformed` when there can be none like it."""
    if not found.admits(label):
        raise Malformed("The release does not match this recording's pattern.")
    if len(found.seen_releases) >= limits.RELEASES:
        return NO_LABEL
    if await log.introduce(found.id, session) > limits.RELEASES_PER_SESSION:
        return NO_LABEL

    def add(current: Recording) -> Recording:
        seen = current.seen_releases
        if label in seen or len(seen) >= limits.RELEASES:
            return current
        return current.model_copy(update={"seen_releases": [*seen, label]})

    after = await registry.change(found.id, add)
    return after.row(label, after.seen_releases) or NO_LABEL
