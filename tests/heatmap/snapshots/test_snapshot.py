"""Snapshots: read with care, and taken in a real browser."""

import io
import json
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from PIL import Image

from heatmap.sheet import Sheet
from heatmap.snapshots.snapshot import BYTES, ELEMENTS, by_hand, checked, read, take
from recorder.errors import Malformed, TooLarge, YesmapError
from tests.heatmap.snapshots.test_screenshot import a_picture


def a_row(**changes: Any) -> dict[str, Any]:
    row = {"hash": 7, "tag": "a", "x": 1, "y": -2, "w": 30, "h": 4}
    return row | {"visible": True, "fixed": False, "group": False, "name": "Shop"} | changes


def a_document(*rows: dict[str, Any], **changes: Any) -> bytes:
    fields = {"version": 1, "page": "Home", "device": "mobile", "width": 380, "height": 900}
    return json.dumps(fields | {"elements": list(rows)} | changes).encode()


def test_rows_are_sorted_by_hash() -> None:
    """Boxes, tags and names stay together when the rows are sorted by hash."""
    read_back = read(
        a_document(a_row(hash=2**32 - 1, group=True), a_row(hash=3, tag="p", name="", visible=False))
    )
    assert [(3, 1, -2, 30, 4, False, False, False), (2**32 - 1, 1, -2, 30, 4, True, False, True)] == [
        row.item() for row in read_back.elements
    ]
    assert (["p", "a"], ["", "Shop"]) == (read_back.tags, read_back.names)


def test_a_snapshot_gives_the_sheet_to_draw_on() -> None:
    """The sheet has the snapshot's size and elements."""
    snapshot = read(a_document(a_row()))
    assert isinstance(snapshot.sheet, Sheet)
    assert (380, 900, (225, 95)) == (snapshot.sheet.width, snapshot.sheet.height, snapshot.sheet.shape)
    assert snapshot.sheet.elements is snapshot.elements


def test_a_page_that_scrolls_in_a_box_says_so() -> None:
    """To whoever draws on it: the box that events tell of, or none."""
    assert [5, 0, None] == [
        read(a_document(**changes)).sheet.scroller for changes in ({"scroller": 5}, {"scroller": 0}, {})
    ]


def test_a_page_without_elements_is_a_snapshot() -> None:
    """An empty table is read as one."""
    assert 0 == len(read(a_document()).elements)


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (b"no", "document: Invalid JSON"),
        (b"[]", "document: "),
        (a_document(version=2), "version: "),
        (a_document(page=""), "page: "),
        (a_document(device="watch"), "device: "),
        (a_document(width=1280), "1280 px wide; a mobile page is drawn at 380 px"),
        (a_document(height=0), "height: "),
        (a_document(height=65_536), "height: "),
        (a_document(height=900.0), "height: "),
        (a_document(more=1), "more: Extra inputs"),
        (a_document(state="Menu open"), "state: "),
        (a_document(state="../menu"), "state: "),
        (a_document(release="9" * 41), "release: "),
        (a_document(scripts=["/a.js"] * 101), "scripts: "),
        (a_document(a_row(), a_row(hash=0)), "elements.1.hash: "),
        (a_document(a_row(hash=2**32)), "elements.0.hash: "),
        (a_document(a_row(hash="7")), "elements.0.hash: "),
        (a_document(a_row(w=-1)), "elements.0.w: "),
        (a_document(a_row(x=10**8)), "elements.0.x: "),
        (a_document(a_row(y=True)), "elements.0.y: "),
        (a_document(a_row(visible=1)), "elements.0.visible: "),
        (a_document(a_row(name="n" * 61)), "elements.0.name: "),
        (a_document(a_row(tag="")), "elements.0.tag: "),
    ],
)
def test_what_is_wrong_is_said(document: bytes, why: str) -> None:
    """A document that is no snapshot is refused with the place and the reason of the first fault."""
    with pytest.raises(Malformed) as refused:
        read(document)
    assert why in refused.value.message


def test_as_many_elements_as_are_taken() -> None:
    """The cap on elements itself is taken, one more is not."""
    rows = [a_row(hash=n + 1) for n in range(ELEMENTS + 1)]
    assert len(read(a_document(*rows[:-1])).elements) == ELEMENTS
    with pytest.raises(Malformed, match="at most 20000"):
        read(a_document(*rows))


def test_a_document_that_is_too_large_is_not_parsed() -> None:
    """Bytes are counted before anything is made of them."""
    with pytest.raises(TooLarge):
        read(b"[" * (BYTES + 1))


def test_an_upload_is_checked_and_its_picture_made_anew() -> None:
    """The table with state, release and scripts as they are; the picture at the page's width, as WebP."""
    data = a_document(a_row(), state="menu", release="1.5.0", scripts=["/shop.js"])

    snapshot, picture = checked(data, a_picture(760, 1800))

    assert ("menu", "1.5.0", ("/shop.js",)) == (snapshot.state, snapshot.release, snapshot.scripts)
    assert picture is not None
    assert ("WEBP", (380, 900)) == (_image(picture).format, _image(picture).size)
    assert (snapshot.height, None) == (checked(data)[0].height, checked(data)[1])


def test_a_screenshot_by_hand_is_a_snapshot_without_elements() -> None:
    """Its height is that of the picture at the device class's width, and everything is placed by page position."""
    data, picture = by_hand("Home", "tablet", a_picture(1600, 2400))

    snapshot = read(data)

    assert ("Home", "tablet", 800, 1200) == (snapshot.page, snapshot.device, snapshot.width, snapshot.height)
    assert 0 == len(snapshot.elements)
    assert (800, 1200) == _image(picture).size
    with pytest.raises(Malformed, match="cannot be read"):
        by_hand("Home", "tablet", b"no picture")


PAGE = """<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><style>
body { margin: 0 } div { height: 1500px } header { position: sticky; top: 0; height: 40px } img { height: 100px }
</style><body><header id="top">Top</header><div id="space"></div>
<section id="late" style="height: 0"></section>
<fieldset id="answer"><label><input type="radio" name="q">Yes</label>
<label><input type="radio" name="q">No</label></fieldset>
<details id="fold"><summary>More</summary><p id="folded">Text</p></details>
<dialog id="closed"><button id="close">Close</button></dialog><p data-yesmap-ignore id="private">Mine</p>
<script>
new IntersectionObserver(([entry]) => entry.isIntersecting && (late.style.height = "700px")).observe(answer);
if (!localStorage.getItem("yesmap")) document.title = "asked";
const host = document.createElement("yesmap-prompt");
host.attachShadow({ mode: "open" }).innerHTML = "<button>Yes</button>";
host.style = "position: fixed; inset: 0; background: red";
document.documentElement.append(host);
</script></body></html>"""


@pytest.fixture
async def page() -> AsyncIterator[str]:
    async def answer(_: web.Request) -> web.Response:
        strict = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'"
        return web.Response(text=PAGE, content_type="text/html", headers={"Content-Security-Policy": strict})

    app = web.Application()
    app.router.add_get("/", answer)
    async with TestServer(app) as server:
        yield str(server.make_url("/"))


async def test_a_page_in_a_real_browser(page: str, chromium_path: str) -> None:
    """Table and picture show the whole page, lazy parts loaded, closed things not visible, and nothing of ours."""
    data, webp = await take(page, "tablet", page="Home", browser=chromium_path)
    snapshot = read(data)
    rows = dict(zip(_names(data), json.loads(data)["elements"], strict=True))
    assert ("Home", "tablet", 800) == (snapshot.page, snapshot.device, snapshot.width)
    assert rows["Top"] | {"hash": 0, "depth": 0} == a_row(
        hash=0, tag="header", x=0, y=0, w=800, h=40, fixed=True, name="Top", depth=0
    )
    assert 2240 < snapshot.height < 2600
    assert (rows["More"]["visible"], rows["Text"]["visible"], rows["Close"]["visible"]) == (
        True,
        False,
        False,
    )
    assert [row["tag"] for row in rows.values() if row["group"]] == ["fieldset"]
    assert {"Mine", "Yes"}.isdisjoint(rows)
    picture = Image.open(io.BytesIO(webp))
    assert (picture.format, picture.size) == ("WEBP", (800, snapshot.height))
    assert {"exif", "xmp", "icc_profile"}.isdisjoint(picture.info)
    assert np.asarray(picture.convert("RGB"))[500].min() == 255  # The prompt would be red there.


async def test_a_page_too_high_is_refused(chromium_path: str) -> None:
    """What cannot be addressed by an event's two bytes is refused with a sentence, not cut."""
    with pytest.raises(
        YesmapError, match=r"Long is \d{5} px high \(mobile\); places are told down to 65535 px"
    ):
        await take("data:text/html,<p style='height:70000px'>", "mobile", page="Long", browser=chromium_path)


def _image(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def _names(data: bytes) -> list[str]:
    return [
        row["name"] or f"{row['tag']} {number}" for number, row in enumerate(json.loads(data)["elements"])
    ]
