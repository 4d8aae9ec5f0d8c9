"""The end of a recording: open → closing → drawn → shredded → removed → checked → certified.

Each state is a conditional write to the object store before the next step begins, and each step may be done again: a
worker that is killed anywhere is followed by another that goes on from the state as it is stored. One worker at a time
holds the lease; a state that comes under an older lease is not taken, so who wakes late changes nothing.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from heatmap.end import certificate, checks, final
from heatmap.end.checks import NotDestroyed
from heatmap.end.final import Check, Outcome, picture_key
from heatmap.end.lease import Lease, Lost
from heatmap.parts import Parts
from recorder import forget, seal
from recorder.errors import Unavailable, YesmapError
from recorder.recording import Recording, State

__all__ = ["NotDestroyed", "advance", "close", "due", "finish", "picture_key"]

#: How often somebody who waits for another worker's end looks how far it is.
LOOK_SECONDS = 1.0

Progress = Callable[[Recording], object]


async def close(parts: Parts, recording: str) -> Recording:
    """Begin the end of a recording, now: from here on nothing more gets in. One that has begun already goes on."""
    now = await _now(parts)

    def closing(current: Recording) -> Recording:
        return _reach(current, State.CLOSING, now) if current.state == State.OPEN else current

    closed = await parts.registry.change(recording, closing)
    if closed.state == State.CLOSING:
        await parts.log.close(closed)
        await parts.registry.release_origins(closed)
    return closed


async def finish(parts: Parts, recording: str, progress: Progress = lambda _: None) -> Recording:
    """Go from any state to `certified`, or wait while another worker does. Safe to call again, at any time."""
    current, said = await close(parts, recording), None

    def tell(now: Recording) -> None:
        nonlocal said
        if now.state != said:
            said = now.state
            progress(now)

    while True:
        tell(current)
        current = await advance(parts, recording, tell)
        tell(current)
        if current.state == State.CERTIFIED:
            return current
        await asyncio.sleep(LOOK_SECONDS)


async def advance(parts: Parts, name: str, progress: Progress = lambda _: None) -> Recording:
    """Bring a closed recording as far as this worker can: to `certified`, or nowhere while another worker is at it."""
    recording = await parts.registry.read(name)
    if recording.state in {State.OPEN, State.CERTIFIED}:
        return recording
    async with parts.leases.held(recording) as lease:
        if lease is None:
            return await parts.registry.read(recording.id)
        try:
            return await _work(parts, recording, lease, progress)
        except Lost:
            return await _leave(parts, recording)


def due(recording: Recording, now_ms: int) -> bool:
    """Whether a worker has something to do for this recording."""
    return recording.state != State.CERTIFIED and (recording.state != State.OPEN or recording.end <= now_ms)


async def _leave(parts: Parts, recording: Recording) -> Recording:
    """What another worker has made of it; the pictures that we were making are not left behind."""
    current = await parts.registry.read(recording.id)
    if current.state not in {State.OPEN, State.CLOSING}:
        await final.sweep(parts, current)
    if current.state == State.CERTIFIED:
        await parts.leases.forget(current.id)
    return current


async def _work(parts: Parts, recording: Recording, lease: Lease, progress: Progress) -> Recording:
    """Step after step under this lease; `Lost` when another worker has a newer one."""
    current = await parts.registry.change(recording.id, _fenced(lease.number))
    while current.fence == lease.number and current.state != State.CERTIFIED:
        progress(current)
        current = await _step(parts, current, lambda: parts.leases.check(lease))
    if current.fence != lease.number:
        raise Lost("Another worker ends this recording by now.")
    await parts.leases.forget(current.id)
    return current


async def _step(parts: Parts, before: Recording, check: Check) -> Recording:
    """Do what follows from a state, and write down the next one; or see that another worker did."""
    check()
    try:
        state, results = await _STEPS[before.state](parts, before, check)
    except YesmapError:
        after = await parts.registry.read(before.id)
        if after.fence == before.fence:
            raise
        return after
    check()
    return await parts.registry.change(before.id, _advanced(before, state, results, await _now(parts)))


# --- the steps: each from the state that names it; gives the next one and what is to be remembered ---------------


async def _draw(parts: Parts, recording: Recording, check: Check) -> Outcome:
    """Let nothing more in, then make the pictures."""
    await parts.log.close(recording)
    await parts.registry.release_origins(recording)
    # As it is now that nothing more gets in: a release may have come with the last batches.
    current = await parts.registry.read(recording.id)
    return await final.draw(parts, current, await _now(parts), check)


async def _shred(parts: Parts, recording: Recording, check: Check) -> Outcome:
    """Destroy the recording's key; but while the pictures are not safe, draw them again."""
    if await final.unsafe(parts, recording):
        return State.CLOSING, {}
    check()
    await _destroy(parts, recording)
    return State.SHREDDED, {}


async def _destroy(parts: Parts, recording: Recording) -> None:
    await forget.destroy_key(parts.keys, recording.id)
    seal.forget_keys()


async def _remove(parts: Parts, recording: Recording, check: Check) -> Outcome:
    """Remove the raw data from the event store and its files, and what we have made of it for previews."""
    await parts.previews.forget(recording.id)
    return State.REMOVED, {"event_store": await forget.remove_raw(parts.log, recording.id)}


async def _check(parts: Parts, recording: Recording, check: Check) -> Outcome:
    """Look for what should be gone. What is found is removed once more; what stays stops here and is said."""
    found = await checks.look(parts, recording)
    if found.raw:
        await _destroy(parts, recording)
        await _remove(parts, recording, check)
        found = await checks.look(parts, recording)
    if found.raw or found.changed:
        raise NotDestroyed(f"The purge of {recording.id} is not complete: {found.said()}.")
    # Only now: as long as the key is there, others may draw again, and the pictures of theirs are none of ours.
    await final.sweep(parts, recording)
    return State.CHECKED, {"checks": await checks.told(parts, recording, found)}


async def _certify(parts: Parts, recording: Recording, check: Check) -> Outcome:
    """Sign what happened. Create-only: the first certificate stays."""
    name = f"certificates/{recording.id}.json"
    content = certificate.content(recording)
    await parts.store.put(name, certificate.sign(content, parts.signing), if_absent=True)
    return State.CERTIFIED, {}


_STEPS: dict[State, Callable[[Parts, Recording, Check], Awaitable[Outcome]]] = {
    State.CLOSING: _draw,
    State.DRAWN: _shred,
    State.KEYS_LOST: _shred,
    State.SHREDDED: _remove,
    State.REMOVED: _check,
    State.CHECKED: _certify,
}


# --- writing down --------------------------------------------------------------------------------


def _fenced(number: int) -> Callable[[Recording], Recording]:
    """From now on states are taken from the lease of this number, unless there is a newer one or nothing left to do."""

    def change(current: Recording) -> Recording:
        if current.state == State.CERTIFIED or current.fence >= number:
            return current
        return current.model_copy(update={"fence": number})

    return change


def _advanced(
    before: Recording, state: State, results: dict[str, Any], now_ms: int
) -> Callable[[Recording], Recording]:
    """The next state with these results, unless a newer lease was taken or somebody withdrew in the meantime."""
    expected = before.state, before.fence, before.overtaken

    def change(current: Recording) -> Recording:
        if (current.state, current.fence, current.overtaken) != expected:
            return current
        after = _reach(current, state, now_ms)
        return after.model_copy(update={"results": current.results | results, "overtaken": 0})

    return change


def _reach(recording: Recording, state: State, now_ms: int) -> Recording:
    """In this state since now, and never before the state that it was in until now."""
    at = max([now_ms, *recording.reached.values()])
    return recording.model_copy(update={"state": state, "reached": recording.reached | {state: at}})


async def _now(parts: Parts) -> int:
    """The event store's clock, which all parts share; ours when it cannot be asked."""
    try:
        return await parts.log.now_ms()
    except Unavailable:
        return time.time_ns() // 1_000_000
