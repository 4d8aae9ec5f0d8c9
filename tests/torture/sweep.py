"""A worker is killed right before and right after every state that it writes: each time another one goes on."""

import asyncio
import random
import time

import aiohttp

from heatmap.parts import Parts
from recorder import forget
from recorder.recording import Recording, State
from tests.torture import page
from tests.torture.house import House
from tests.torture.ledger import Ledger, Told, compare
from tests.torture.load import Load
from tests.torture.run import DEATHS, Result, certified, end_in, open_recording, outcome, with_parts

#: A dozen workers die and are started again, and each recording waits for a lease to end.
FINISH_SECONDS = 400.0
#: Where the key is destroyed too early another state comes after `closing`, and nothing is counted.
LOST_DEATHS = [
    f"{when}-{state}" for state in (State.KEYS_LOST, State.SHREDDED) for when in ("before", "after")
]
ALL = [*((death, False) for death in DEATHS), *((death, True) for death in LOST_DEATHS)]


def sweep(house: House) -> list[Result]:
    """One recording for each death, all of them at their end at once."""
    began = time.monotonic()
    recordings = asyncio.run(_opened(house))
    ledgers = asyncio.run(_filled(house, recordings))
    for recording, (death, _) in zip(recordings, ALL, strict=True):
        house.deaths.joinpath(f"{recording.id}.{death}").touch()
    asyncio.run(_ended(house, recordings))
    finished = certified(house, [recording.id for recording in recordings], FINISH_SECONDS)
    alive = [death.name for death in house.deaths.iterdir()]
    assert not alive or len(finished) < len(recordings), f"nobody died {', '.join(alive)}"
    seconds = (time.monotonic() - began) / len(ALL)
    found = zip(recordings, ledgers, asyncio.run(_outcomes(house, recordings)), ALL, strict=True)
    return [
        Result(
            name=f"die {death}{' without a key' if lost else ''}",
            verdict=compare(Ledger() if lost else ledger, told),
            ledger=Ledger() if lost else ledger,
            faults=[death],
            finished=recording.id in finished and told.keys_lost == lost,
            raw_left=left,
            seconds=seconds,
            logs=house.folder,
        )
        for recording, ledger, (told, left), (death, lost) in found
    ]


async def _opened(house: House) -> list[Recording]:
    async def open_all(opened: Parts) -> list[Recording]:
        origins = [f"{page.ORIGIN}:{1000 + n}" for n in range(len(ALL))]
        return [await open_recording(opened, origin) for origin in origins]

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


async def _ended(house: House, recordings: list[Recording]) -> None:
    """Keys that are to be lost are, and every recording is at its end: workers close them."""

    async def end_all(opened: Parts) -> None:
        for recording, (_, lost) in zip(recordings, ALL, strict=True):
            if lost:
                await forget.destroy_key(opened.keys, recording.id)
            await end_in(opened, recording.id, 0)

    await with_parts(house, end_all)


async def _outcomes(house: House, recordings: list[Recording]) -> list[tuple[Told, int]]:
    async def all_outcomes(opened: Parts) -> list[tuple[Told, int]]:
        return [await outcome(opened, recording.id) for recording in recordings]

    return await with_parts(house, all_outcomes)
