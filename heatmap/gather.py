"""From the event store to filled pages: one pass over a recording's raw events, every layer of a page at once."""

import asyncio
from collections.abc import Mapping, Sequence

from heatmap.census import Census, Place
from heatmap.crew import G, Job
from heatmap.days import days
from heatmap.drawing import LAYERS
from heatmap.filling import Filling, Pages
from heatmap.overview import Overview
from heatmap.page import Page, Told
from heatmap.parts import Parts
from heatmap.previews import Cohort, Labels, Shown
from heatmap.raw import slices
from heatmap.segments import Atom, segments
from heatmap.sheet import blank
from heatmap.snapshots import snapshots
from heatmap.snapshots.agree import renaming
from recorder.recording import REFERENCE_WIDTH, Recording, State

#: For how long after its end a recording waits for a cluster that does not draw; then this machine does. What is not
#: drawn a day after the end is lost.
WAIT_MS = 3_600_000
#: Memory that the grids of one pass over the raw events may take …
PASS_BYTES = 512 * 1024 * 1024
#: … and what a cell takes: in each of five layers of spots its count, and a touch or two of few sessions.
CELL_BYTES = 5 * 16

#: A preview is drawn in the first pass over the events if there are so few releases, variants, marks and days: each has
#: grids of its own until it is known which are shown together.
GROUPS = 8


async def take_census(parts: Parts, recording: Recording, only: Cohort | None = None) -> Census:
    """Who was where, read by this process."""
    census, key = Census(), await parts.registry.key(recording)
    async for part in slices(parts.log, key, recording.id, only=only):
        census.add(part.visits)
    return census


async def look_over(parts: Parts, recording: Recording) -> Overview:
    """A first pass over all sessions."""
    return await _by_the_crew(parts, recording, Overview())


async def passes(parts: Parts, recording: Recording, census: Census) -> Sequence[Sequence[Place]]:
    """All places of the recording where anybody was, page by page, in as many passes as memory asks for."""
    made: list[list[Place]] = []
    room = 0
    for place in ((page, device) for page in range(len(recording.pages)) for device in recording.devices):
        if not census.sessions[place]:
            continue
        page = await open_page(parts, recording, place, census)
        leaves = len(set(page.pools.values())) or 1
        rows, columns = page.sheet.shape
        need = rows * columns * CELL_BYTES * (leaves + len(page.states))
        if not made or need > room:
            made.append([])
            room = PASS_BYTES
        made[-1].append(place)
        room -= need
    return made


async def open_page(parts: Parts, recording: Recording, place: Place, census: Census | None = None) -> Page:
    """An empty page on the sheet of its newest snapshot; without one as high as the census says."""
    pools = _pools(census.sessions[place], recording.min_sessions) if census else {}
    there = await snapshots.names(parts.store, recording.id)
    versions = snapshots.versions(there, recording, *place)
    if not versions:
        return Page(blank(REFERENCE_WIDTH[place[1]], census.height(place) if census else 0), pools=pools)
    read = {name: await snapshots.document(parts.store, recording.id, name) for name in {*versions.values()}}
    newest = next(reversed(versions.values()))
    shown, screenshot = read[newest], await snapshots.picture(parts.store, recording.id, newest)
    renamed = {name: renaming(each.outline, shown.outline) for name, each in read.items() if name != newest}
    of_release = {release: renamed[name] for release, name in versions.items() if name != newest}
    return Page(
        shown.sheet, shown, screenshot, pools, of_release, await _states(parts, recording, there, newest)
    )


async def _states(
    parts: Parts, recording: Recording, there: Sequence[snapshots.Name], plain: snapshots.Name
) -> dict[str, Page]:
    """The same page and release in its states, empty."""
    found: dict[str, Page] = {}
    for name in snapshots.states(there, plain):
        snapshot = await snapshots.document(parts.store, recording.id, name)
        picture = await snapshots.picture(parts.store, recording.id, name)
        found[name.state] = Page(snapshot.sheet, snapshot, picture)
    return found


async def fill(parts: Parts, recording: Recording, pages: Pages, layers: Sequence[str]) -> Pages:
    """Empty pages with all sessions, in one pass over the raw events."""
    return (await _by_the_crew(parts, recording, Filling(pages, layers))).pages


async def _by_the_crew(parts: Parts, recording: Recording, empty: G) -> G:
    key, now = await parts.registry.key(recording), await parts.log.now_ms()
    late = now > recording.reached.get(State.CLOSING, now) + WAIT_MS
    job, sessions = Job(recording.id, empty, late=late), await parts.log.how_many(recording.id)
    return await parts.crew.fill(job, key, sessions)


async def preview(parts: Parts, recording: Recording, place: Place) -> Told:
    """A page as it may be shown now, while its recording runs, in every layer: see `previews.py`."""
    previews = parts.previews
    async with previews.locks[recording.id]:
        stamp = await parts.log.stamp(recording.id)
        told: Told | None = previews.recent.get((recording.id, place), stamp)
        if told is None:
            told = await _preview(parts, recording, place)
            previews.recent.put((recording.id, place), stamp, told)
    return told


async def _preview(parts: Parts, recording: Recording, place: Place) -> Told:
    page = await open_page(parts, recording, place)
    now, labels, automated = await _who_is_there(parts, recording, place, page)
    shown = parts.previews.next(recording.id, place, now, labels, recording.min_sessions) or Shown()
    filled = page.sheet.height and len(page.groups) <= GROUPS
    if not filled or shown.cohort != now or shown.labels != labels:
        page = await _of(parts, recording, place, shown)
    # Two previews of a state could differ by one: the rule of five is kept for the page alone.
    return Told(page, recording.min_sessions, automated, states=False)


async def _who_is_there(
    parts: Parts, recording: Recording, place: Place, page: Page
) -> tuple[Cohort, Labels, int]:
    """The sessions of a place: batches, what they count as, how many look automated.

    Fills the page on the way where it has a snapshot, as long as there are few groups to be filled.
    """
    key = await parts.registry.key(recording)
    found: dict[str, frozenset[bytes]] = {}
    labels: dict[str, Atom] = {}
    automated = 0
    async for part in slices(parts.log, key, recording.id):
        part.visits["day"] = days(recording, part.visits["yes"])
        found |= part.cohorts().get(place, {})
        labels |= part.labels().get(place, {})
        automated += part.automated
        if page.sheet.height and len(page.groups) <= GROUPS:
            await asyncio.to_thread(page.add, part, place, list(LAYERS))
    return found, labels, automated


async def _of(parts: Parts, recording: Recording, place: Place, shown: Shown) -> Page:
    """A page with these sessions and batches and no others."""
    page = await open_page(parts, recording, place)
    if not page.sheet.height:
        census = await take_census(parts, recording, shown.cohort)
        page = await open_page(parts, recording, place, census)
    page.pools = shown.parts
    key = await parts.registry.key(recording)
    async for part in slices(parts.log, key, recording.id, only=shown.cohort):
        part.count_as(*place, shown.labels)
        await asyncio.to_thread(page.add, part, place, list(LAYERS))
    return page


def _pools(counts: Mapping[Atom, int], minimum: int) -> dict[Atom, Atom]:
    """Releases and variants that are shown together, each under the name of one of them."""
    leaves = segments(counts, minimum).leaves()
    return {atom: min(leaf.atoms) for leaf in leaves for atom in leaf.atoms}
