"""What scrolls inside a page: unrolled where it is the page, cut off where it is a part of it.

Where the window does not scroll but a box in it does, as in most web applications, visitors see the page through that
box. The window is made so much higher that the box shows all of its content, and so does the picture. Other boxes that
scroll, or hide what does not fit, stay as they are first seen: what they hide is not on the picture, and nothing is
placed where it would be. In lists that are drawn anew as they scroll, an element is one part now and another then: what
is done there is placed by its position where that means something, else nowhere.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.async_api import JSHandle, Page

#: What it is done with in the page.
SCRIPT = Path(__file__).with_name("inside.js")
#: Where there is more room more may come: so often the window grows.
GROWTHS = 5

Row = dict[str, Any]

_GROWN = """async ([{ inside, element }, before]) => {
  inside.pin(before);
  await inside.rest();
  return inside.rolled(element);
}"""


async def unroll(page: "Page", modules: "JSHandle", most: int) -> int | None:
    """Make the window as high as the content of the box that the page scrolls in, `most` px at most.

    Gives the hash that events tell its scrolling by, 0 where it still hides some of it; None where nothing grew.
    """
    found: int | None = None
    hidden, box = await page.evaluate("({ inside, element }) => inside.rolled(element)", modules)
    for _ in range(GROWTHS):
        size = page.viewport_size
        if size is None or not hidden or size["height"] >= most:
            break
        height = min(size["height"] + hidden, most)
        before = await page.evaluate_handle("({ inside }) => inside.heights()", modules)
        await page.set_viewport_size({"width": size["width"], "height": height})
        left, next_ = await page.evaluate(_GROWN, [modules, before])
        if next_ == box and hidden - left < (height - size["height"]) / 2:
            await page.set_viewport_size(size)  # its height has nothing to do with the window's
            break
        found = box if found is None else found
        hidden, box = left, next_
    return 0 if found == box else found


def fit(seen: dict[str, Any]) -> list[Row]:
    """The rows of elements as the picture shows them, from all that was seen of a page."""
    parts = {int(hash_): box for hash_, *box in seen["cut"]}
    anew = set(seen["anew"]["hashes"]) if seen["anew"] else set[int]()
    placed = seen["anew"] and seen["anew"]["window"]
    return [
        row | _changed(row, row["hash"] in anew, parts)
        for row in seen["rows"]
        if not (placed and row["hash"] in anew)  # unknown elements are placed by position
    ]


def _changed(row: Row, anew: bool, parts: dict[int, list[float]]) -> Row:
    if anew:
        return {"visible": False, "name": ""}
    if not row["visible"] or row["hash"] not in parts:
        return {}
    x, y, w, h = map(round, parts[row["hash"]])
    return {"x": x, "y": y, "w": w, "h": h} if w and h else {"visible": False}


def said(seen: dict[str, Any], scroller: int | None) -> list[str]:
    """Sentences about what such a picture cannot show."""
    out = {int(hash_) for hash_, *_, w, h in seen["cut"] if not (round(w) and round(h))}
    hidden = sum(row["visible"] and row["hash"] in out for row in seen["rows"])
    found = []
    if scroller is not None:
        what, of = ("all", "long") if scroller else ("the upper part", "far people got, and how long")
        found.append(
            f"the page scrolls in a box: its picture shows {what} of the box; "
            f"how {of} parts of it were looked at is not known"
        )
    if hidden:
        found.append(
            f"out of sight in boxes that scroll, or hide what does not fit: {hidden} of its elements; "
            "what is done on them is counted, but not in the picture"
        )
    if anew := seen["anew"]:
        how = "placed by its position on the page" if anew["window"] else "counted, but not in the picture"
        found += [
            f"{called} is drawn anew as it scrolls: what is done in it is {how}, but for parts with data-yesmap names"
            for called in anew["called"]
        ]
    return found
