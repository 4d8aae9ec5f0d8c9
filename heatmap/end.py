"""The end of a recording: open → closing → drawn → shredded → removed → checked → certified.

Each state is a conditional write to the object store before the next step begins, and each step may be done again: a
worker that is killed anywhere is followed by another that goes on from the state as it is stored.
"""

import asyncio
import hashlib
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Any, cast

from heatmap import certificate
from heatmap.parts import Parts
from heatmap.pictures import final_pictures
from heatmap.told import fives
from recorder import forget, limits, seal
from recorder.errors import Gone, Unavailable, YesmapError
from recorder.recording import Recording, State
from recorder.registry import key_key

#: A batch that opened before the key was destroyed and must not afterwards: session and field that no visitor has.
_CANARY = ("canary", b"canary000000", b"This opened once.")

Progress = Callable[[Recording], object]


class NotDestroyed(YesmapError):
    """A check after the purge found something: the recording is not certified."""

    code = "not_destroyed"


async def close(parts: Parts, recording: str) -> Recording:
    """Begin the end of a recording, now. One that has begun already goes on."""

    def closing(current: Recording) -> Recording:
        return _reach(current, State.CLOSING) if current.state == State.OPEN else current

    return await parts.registry.change(recording, closing)


async def finish(parts: Parts, recording: str, progress: Progress = lambda _: None) -> Recording:
    """Go from any state to `certified`. Safe to call again, from anywhere, at any time."""
    current = await close(parts, recording)
    while current.state != State.CERTIFIED:
        progress(current)
        current = await _step(parts, current)
    progress(current)
    return current


def due(recording: Recording, now_ms: int) -> bool:
    """Whether a worker has something to do for this recording."""
    return recording.state != State.CERTIFIED and (recording.state != State.OPEN or recording.end <= now_ms)


async def _step(parts: Parts, before: Recording) -> Recording:
    """Do what follows from a state, and write down the next one; or see that another worker did."""
    try:
        results = await _STEPS[before.state](parts, before)
    except YesmapError:
        after = await parts.registry.read(before.id)
        if after.state == before.state:
            raise
    else:
        after = await parts.registry.change(before.id, _advance(before.state, results))
    if before.state == State.CLOSING:
        await _sweep(parts, after)
    return after


# --- the steps: each from the state that names it, and gives what is to be remembered -----------


async def _draw(parts: Parts, recording: Recording) -> dict[str, Any]:
    """Let nothing more in, then make the pictures under an attempt of their own and read them back."""
    await asyncio.sleep(
        max(0.0, limits.RECORDING_SECONDS - (_now() - recording.reached[State.CLOSING]) / 1000)
    )
    await parts.registry.release_origins(recording)
    await parts.log.close(recording)
    while True:
        attempt, hashes = secrets.token_hex(8), dict[str, str]()

        async def keep(
            name: str, data: bytes, attempt: str = attempt, hashes: dict[str, str] = hashes
        ) -> None:
            hashes[name] = await _keep(parts, f"pictures/{recording.id}/{attempt}/{name}", data)

        sessions = await parts.log.sessions(recording.id)
        counts = await final_pictures(parts, recording, keep)
        if sessions == await parts.log.sessions(recording.id):
            break  # else somebody withdrew while we drew: they are not in the next attempt
    key = await parts.registry.key(recording)
    withdrawn = [
        k for k in await parts.store.keys(f"consents/{recording.id}/") if k.endswith("/withdrawn.json")
    ]
    return {
        "attempt": attempt,
        "pictures": hashes,
        "counts": _told(counts) | {"withdrawn": fives(len(withdrawn))},
        "asked": {what: fives(n) for what, n in (await parts.log.counts(recording.id)).items()},
        "canary": seal.seal(key, *_CANARY).hex(),
    }


def _told(counts: dict[str, int]) -> dict[str, int]:
    """Sessions in fives; what fewer than five sent is not told at all."""
    sessions = fives(counts["sessions"])
    return {name: n if sessions else 0 for name, n in counts.items()} | {"sessions": sessions}


async def _shred(parts: Parts, recording: Recording) -> dict[str, Any]:
    """Destroy the recording's key."""
    await forget.destroy_key(parts.keys, recording.id)
    seal.forget_keys()
    return {}


async def _remove(parts: Parts, recording: Recording) -> dict[str, Any]:
    """Remove the raw data from the event store and its files."""
    await _sweep(parts, recording)
    return {"files": await forget.remove_raw(parts.log, recording.id)}


async def _check(parts: Parts, recording: Recording) -> dict[str, Any]:
    """Look for what should be gone; anything found stops here and is said."""
    left = await forget.raw_keys_left(parts.log, recording.id)
    key_left = await parts.keys.remains(key_key(recording.id))
    changed = [
        name
        for name, hash_ in _pictures(recording).items()
        if hash_ != await _hash_of(parts, recording, name)
    ]
    opens = await _canary_opens(parts, recording)
    if left or key_left or changed or opens:
        found = f"{left} raw keys, {len(key_left)} key objects, {len(changed)} changed pictures, canary opens: {opens}"
        raise NotDestroyed(f"The purge of {recording.id} is not complete: {found}.")
    return {
        "checks": {
            "raw_keys_left": left,
            "key_objects_left": len(key_left),
            "canary_opens": opens,
            "pictures_unchanged": len(_pictures(recording)),
            "event_store_files": recording.results["files"],
            "not_checked": ["copies and exports made before the purge", "backups", "swap"],
        }
    }


async def _certify(parts: Parts, recording: Recording) -> dict[str, Any]:
    """Sign what happened. Create-only: the first certificate stays."""
    results = recording.results
    content = {
        "version": certificate.VERSION,
        "recording": recording.id,
        "site": recording.site,
        "notice": recording.nv,
        "told": {"start": recording.start, "end": recording.end, "deadline": recording.deadline},
        "reached": {state.value: at for state, at in recording.reached.items()},
        "counts": results["counts"],
        "asked": results["asked"],
        "pictures": results["pictures"],
        "checks": results["checks"],
    }
    name = f"certificates/{recording.id}.json"
    await parts.store.put(name, certificate.sign(content, parts.signing), if_absent=True)
    return {}


_STEPS: dict[State, Callable[[Parts, Recording], Awaitable[dict[str, Any]]]] = {
    State.CLOSING: _draw,
    State.DRAWN: _shred,
    State.SHREDDED: _remove,
    State.REMOVED: _check,
    State.CHECKED: _certify,
}
_ORDER = list(State)


def _advance(before: State, results: dict[str, Any]) -> Callable[[Recording], Recording]:
    """The next state with these results, unless another worker was there first."""

    def change(current: Recording) -> Recording:
        if current.state != before:
            return current
        after = _reach(current, _ORDER[_ORDER.index(before) + 1])
        return after.model_copy(update={"results": current.results | results})

    return change


def _reach(recording: Recording, state: State) -> Recording:
    return recording.model_copy(update={"state": state, "reached": recording.reached | {state: _now()}})


async def _sweep(parts: Parts, recording: Recording) -> None:
    """Remove the pictures of attempts that did not count: they may show who withdrew in the meantime."""
    for name in await parts.store.keys(f"pictures/{recording.id}/"):
        if not name.startswith(picture_key(recording, "")):
            await parts.store.delete(name)


async def _keep(parts: Parts, name: str, data: bytes) -> str:
    """Create a picture, read it back, give its SHA-256."""
    await parts.store.put(name, data, if_absent=True)
    back = await parts.store.get(name)
    if back.data != data:
        raise Unavailable(f"The object store gave back something else for {name}.")
    return hashlib.sha256(data).hexdigest()


async def _hash_of(parts: Parts, recording: Recording, name: str) -> str:
    stored = await parts.store.get(picture_key(recording, name))
    return hashlib.sha256(stored.data).hexdigest()


async def _canary_opens(parts: Parts, recording: Recording) -> bool:
    """Whether a batch sealed before the purge can still be opened with what the key store gives."""
    try:
        key = await parts.registry.key(recording)
        session, field, _ = _CANARY
        seal.unseal(key, session, field, bytes.fromhex(str(recording.results["canary"])))
    except (Gone, seal.CannotOpen):
        return False
    return True


def picture_key(recording: Recording, name: str) -> str:
    """Where a final picture or table is kept."""
    return f"pictures/{recording.id}/{recording.results['attempt']}/{name}"


def _pictures(recording: Recording) -> dict[str, str]:
    return cast(dict[str, str], recording.results["pictures"])


def _now() -> int:
    return time.time_ns() // 1_000_000
