"""The demo shop's snapshots, as they are shipped."""

import pytest
from aiohttp.test_utils import TestServer

from heatmap.demo.shop import PAGES, SNAPSHOTS
from heatmap.demo.snapshots import shop_app
from heatmap.snapshots import camera
from heatmap.snapshots.snapshot import read
from recorder.recording import DEVICES

ALL = [(page, device) for page in range(len(PAGES)) for device in DEVICES]
#: What a visitor of the team's pages may have to load for one page, and what all may add to the package.
PICTURE_BYTES, PICTURES_BYTES = 130_000, 900_000


@pytest.mark.parametrize(("page", "device"), ALL)
def test_every_page_has_one(page: int, device: str) -> None:
    """Each page has a snapshot for each device class, in which whatever is visible has a box on the page."""
    snapshot = read((SNAPSHOTS / f"{page}-{device}.json").read_bytes())
    shown = snapshot.elements[snapshot.elements["visible"]]
    assert (PAGES[page][0], device) == (snapshot.page, snapshot.device)
    assert (shown["w"] > 0).all()
    assert (shown["h"] > 0).all()
    assert (shown["y"] + shown["h"] <= snapshot.height).all()


def test_the_pictures_are_small() -> None:
    """The pictures stay within their budget of bytes."""
    sizes = [(SNAPSHOTS / f"{page}-{device}.webp").stat().st_size for page, device in ALL]
    assert max(sizes) <= PICTURE_BYTES
    assert sum(sizes) <= PICTURES_BYTES


async def test_they_are_current(chromium_path: str) -> None:
    """The snapshots name the same elements as the pages do now; else: python -m heatmap.demo.snapshots."""
    async with TestServer(shop_app()) as server:
        for page, (_, path) in enumerate(PAGES):
            shot = await camera.shoot(str(server.make_url(path)), "desktop", browser=chromium_path, most=10)
            snapshot = read((SNAPSHOTS / f"{page}-desktop.json").read_bytes())
            assert sorted(row["hash"] for row in shot.rows) == snapshot.elements["hash"].tolist()
