"""A worker is killed right before and right after every state that it writes: each time another one goes on."""

import asyncio
import random
import time
from collections import Counter

import aiohttp

from heatmap.end import end
from heatmap.parts import Parts
from recorder.recording import Recording
from tests.torture import page
from tests.torture.house import House
from tests.torture.ledger import Ledger, compare
from tests.torture.load import Load
from tests.torture.run import DEATHS, Result, certified, open_recording, outcome, with_parts

#: A dozen workers die and are started again, and each recording waits for a lease to end.
FINISH_SECONDS = 240.0
#: Longer than all of it takes: these recordings are ended by hand.
LIFE_SECONDS = 3600.0


def sweep(house: House, seed: int) -> list[Result]:
    """One recording for each death, all of them ended at once."""
    began = time.monotonic()
    recordings = asyncio.run(_opened(house))
    ledgers = asyncio.run(_filled(house, recordings))
    for recording, death in zip(recordings, DEATHS, strict=True):
        house.deaths.joinpath(f"{recording.id}.{death}").touch()
    asyncio.run(_close(house, recordings))
    finished = certified(house, [recording.id for recording in recordings], FINISH_SECONDS)
    alive = [death for death in DEATHS if any(house.deaths.glob(f"*.{death}"))]
    assert not alive or len(finished) < len(recordings), f"nobody died {', '.join(alive)}"
    seconds = (time.monotonic() - began) / len(DEATHS)
    found = zip(recordings, ledgers, asyncio.run(_outcomes(house, recordings)), DEATHS, strict=True)
    return [
        Result(
            seed=seed,
            verdict=compare(ledger, clicks),
            ledger=ledger,
            faults=[f"die {death}"],
            finished=recording.id in finished,
            raw_left=left,
            seconds=seconds,
            logs=house.folder,
        )
        for recording, ledger, (clicks, left), death in found
    ]


async def _opened(house: House) -> list[Recording]:
    async def open_all(opened: Parts) -> list[Recording]:
        origins = [f"{page.ORIGIN}:{1000 + n}" for n in range(len(DEATHS))]
        return [await open_recording(opened, LIFE_SECONDS, origin) for origin in origins]

    return await with_parts(house, open_all)


async def _filled(house: House, recordings: list[Recording]) -> list[Ledger]:
    """Each with a crowd that is just large enough."""
    made = []
    for recording in recordings:
        config = {"recording": recording.id, "nv": recording.nv, "ports": house.ports}
        async with aiohttp.ClientSession(headers={"Origin": recording.origins[0]}) as http:
            load = Load(http, config, random.Random(0))
            await load.first()
            made.append(load.ledger)
    return made


async def _close(house: House, recordings: list[Recording]) -> None:
    async def close_all(opened: Parts) -> None:
        for recording in recordings:
            await end.close(opened, recording.id)

    await with_parts(house, close_all)


async def _outcomes(house: House, recordings: list[Recording]) -> list[tuple[Counter[int], int]]:
    async def all_outcomes(opened: Parts) -> list[tuple[Counter[int], int]]:
        return [await outcome(opened, recording.id) for recording in recordings]

    return await with_parts(house, all_outcomes)
