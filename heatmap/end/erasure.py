"""Erasing one visitor session by its audit id: at the visitor's own request, or a parent's, that came to the team."""

from heatmap.parts import Parts
from recorder import forget, receipts, seal
from recorder.errors import Conflict
from recorder.receipts import Receipt
from recorder.recording import Recording, State


async def erase(parts: Parts, recording: str, audit: str, now_ms: int) -> Receipt:
    """What became of it; `NotFound` for an unknown id, `Conflict` when everything raw was destroyed already.

    The same again is fine. It does what the visitor's own *Stop and erase* does.
    """
    found = await receipts.find(parts.registry, parts.store, recording, audit, now_ms)
    if State.SHREDDED in found.recording.reached:
        raise Conflict(
            "Everything raw of this recording was destroyed already, this visit with it.", code="destroyed"
        )
    key = await parts.registry.key(found.recording)
    session = seal.session_id(key, audit)
    await forget.withdraw(parts.store, parts.log, recording, session, audit, now_ms)
    await parts.registry.change(recording, Recording.without_one_more)
    return await receipts.find(parts.registry, parts.store, recording, audit, now_ms)
