"""Clicks on pages whose content scrolls inside boxes, shown on the picture that the camera takes of them."""

import io
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.async_api import Browser

from heatmap.columns import Columns
from heatmap.project import How, project
from heatmap.reach import reach
from heatmap.sheet import Sheet
from heatmap.snapshots import screenshot, snapshot
from heatmap.snapshots.camera import Shot, camera
from recorder.events import Kind
from tests.static.accuracy.test_accuracy import columns_of
from tests.static.conftest import Arrive
from tests.static.visitor import Event, Site, Visitor, of

pytestmark = pytest.mark.asyncio(loop_scope="module")

VIEWPORT = {"width": 1180, "height": 700}
#: Parts of each page, and the height of each, px.
PARTS, HIGH = 20, 180


def colour(n: int) -> tuple[int, int, int]:
    """Each part has its own, so that the picture itself says what is where."""
    return (n + 1, 100, 200)


def part(n: int, style: str = f"height:{HIGH}px") -> str:
    return f'<div data-truth="{n}" style="background:rgb{colour(n)};{style}"></div>'


ALL = "".join(map(part, range(PARTS)))
FILLED = "<style>html,body{height:100%;overflow:hidden}</style>"
APP = f"""{FILLED}<div style="display:flex;height:100%"><nav style="width:150px">Menu</nav>
<main id="main" style="flex:1;overflow-y:auto;padding:20px">{ALL}</main></div>"""
SCREENS = f"""<main style="height:100vh;overflow-y:scroll;scroll-snap-type:y mandatory">{
    "".join(part(n, "height:100vh;scroll-snap-align:start") for n in range(PARTS // 4))
}</main>"""
COMPONENT = f"""{FILLED}<x-app></x-app><script>document.querySelector("x-app").attachShadow({{ mode: "open" }}).innerHTML =
`<div style="position:absolute;inset:0;overflow:auto">{ALL}</div>`</script>"""
FRAME = f"""{FILLED}<iframe style="width:100%;height:100%;border:0" srcdoc='{ALL}'></iframe>"""
BODY = f"<style>html,body{{height:100%;margin:0;overflow-x:hidden}}</style>{ALL}"

#: What follows a box has its own colours: nothing of the box may be shown on it.
AFTER = '<div style="height:4000px;background:#eee"></div>'
CODE = f'<div style="height:500px;overflow:auto">{ALL}</div>{AFTER}'
TABLE = f"""<div style="width:60%;overflow-x:auto"><div style="display:flex;width:4000px">{
    "".join(part(n, "width:200px;height:50px") for n in range(PARTS))
}</div></div>{AFTER}"""
SMALL_FRAME = f"""<iframe style="width:400px;height:500px;border:3px solid" srcdoc='{ALL}'></iframe>{AFTER}"""
CAROUSEL = f"""<div style="width:500px;overflow:hidden"><div style="display:flex;width:1000px">{
    "".join(part(n, "width:500px;height:90px") for n in range(2))
}</div></div>{AFTER}"""

# As libraries draw long lists: what is near alone is there, in elements that are used again.
VIRTUAL = """<div id="list" style="position:relative"></div><script>
function draw(top, high) {
  list.style.height = "60000px";
  const first = Math.max(0, Math.floor(top / 60) - 3);
  list.innerHTML = Array.from({ length: Math.ceil(high / 60) + 6 }, (_, i) => first + i).map((n) =>
    `<div data-truth="${n}" style="position:absolute;left:0;right:0;height:60px;top:${n * 60}px">Row ${n}</div>`).join("");
}</script>"""
BY_WINDOW = f"""{VIRTUAL}<script>const redraw = () => draw(scrollY, innerHeight);
addEventListener("scroll", redraw); addEventListener("resize", redraw); redraw();</script>"""
BY_BOX = f"""{FILLED}<main id="main" style="height:100%;overflow:auto">{VIRTUAL}</main><script>
const redraw = () => draw(main.scrollTop, main.clientHeight);
main.addEventListener("scroll", redraw); addEventListener("resize", redraw); redraw();</script>"""


class Case(NamedTuple):
    """A page, and how many of its parts are seen in the picture."""

    body: str
    seen: int = PARTS


#: All of a box that is the page is shown …
WHOLE = {
    "application": Case(APP),
    "screens": Case(SCREENS, PARTS // 4),
    "component": Case(COMPONENT),
    "frame": Case(FRAME),
    "body": Case(BODY),
}
#: … and of one that is a part of it what is first seen.
CUT = {
    "code": Case(CODE, 3),
    "table": Case(TABLE, 4),
    "small frame": Case(SMALL_FRAME, 3),
    "carousel": Case(CAROUSEL, 1),
}


async def shot(browser: Browser, site: Site, path: str) -> tuple[Shot, Sheet, NDArray[np.uint8]]:
    async with camera(browser, "desktop") as one:
        made = await one.shoot(site.origin + path, most=screenshot.HEIGHT)
    sheet = snapshot.read(snapshot.of_shot(made, "Case", "desktop")).sheet
    return made, sheet, np.asarray(Image.open(io.BytesIO(made.png)).convert("RGB"))


async def click_all(visitor: Visitor) -> list[tuple[int, Event]]:
    """Somebody clicks once on each part, wherever it has to be scrolled to."""
    names = []
    for frame in visitor.page.frames:
        for element in await frame.locator("[data-truth]").all():
            names.append(int(await element.get_attribute("data-truth") or 0))
            await element.click(position={"x": 30, "y": 20})
    return list(zip(names, of(await visitor.events(), Kind.CLICK), strict=True))


def columns(events: list[Event]) -> Columns:
    height = VIEWPORT["height"]
    return columns_of(events, kind=[e.kind for e in events], view_height=height, doc_height=height)


@pytest.mark.parametrize("name", [*WHOLE, *CUT])
async def test_what_is_done_in_a_box_is_shown_on_what_it_was_done_on(
    site: Site, arrive: Arrive, browser: Browser, name: str
) -> None:
    """All of it where the box is the page, else what is first seen of it; and nothing of it on anything else."""
    case = (WHOLE | CUT)[name]
    path = f"/case/{name.replace(' ', '-')}"
    site.show(path, case.body)
    clicks = await click_all(await arrive(site, path, viewport=VIEWPORT))
    made, sheet, pixels = await shot(browser, site, path)

    placed = project(columns([event for _, event in clicks]), sheet)
    inside = np.flatnonzero(placed.inside)
    shown = [n for n in inside if colour(clicks[n][0]) == tuple(pixels[placed.y[n], placed.x[n]].tolist())]

    assert (placed.how[shown] == How.ELEMENT).all()
    assert case.seen == len(shown) == len(inside)
    assert (name in WHOLE) == (made.scroller is not None) == ("scrolls in a box" in " ".join(made.warnings))
    assert (name in CUT) == ("out of sight" in " ".join(made.warnings))


@pytest.mark.parametrize("body", [APP, BODY])
async def test_how_far_people_got_in_a_box_that_is_the_page(
    site: Site, arrive: Arrive, browser: Browser, body: str
) -> None:
    """As far down the picture as what they saw of the box; all of it for nobody who did not scroll."""
    site.show("/case/far", body)
    visitor = await arrive(site, "/case/far", viewport=VIEWPORT)
    await visitor.page.evaluate(
        "(globalThis.main ?? document.body).scrollTo({ top: 1000, behavior: 'instant' })"
    )
    found = await visitor.until(lambda found: any(e.kind == Kind.SCROLL and e.element for e in found))
    _, sheet, _ = await shot(browser, site, "/case/far")

    reached = reach(columns(found), sheet)
    waited = reach(columns([e for e in found if not e.element]), sheet)

    assert pytest.approx(1000 + VIEWPORT["height"], abs=4) == int(reached.bottom[0])
    assert [VIEWPORT["height"]] == waited.bottom.tolist()
    assert sheet.height > 2 * VIEWPORT["height"]


async def test_a_list_that_is_drawn_anew_tells_no_rows_apart(
    site: Site, arrive: Arrive, browser: Browser
) -> None:
    """Where the window scrolls its rows are placed by their position; in a box they are counted, and shown nowhere."""
    for body, how, said in (
        (BY_WINDOW, How.POSITION, "placed by its position"),
        (BY_BOX, How.HIDDEN, "counted, but not in the picture"),
    ):
        site.show("/case/list", body)
        visitor = await arrive(site, "/case/list", viewport=VIEWPORT)
        await visitor.page.evaluate(
            "(globalThis.main ?? document.scrollingElement).scrollTo({ top: 6000, behavior: 'instant' })"
        )
        await visitor.page.get_by_text("Row 105").click()
        clicks = of(await visitor.events(), Kind.CLICK)
        made, sheet, _ = await shot(browser, site, "/case/list")

        placed = project(columns(clicks), sheet)

        assert [how] == placed.how.tolist()
        assert made.scroller == (None if body == BY_WINDOW else 0)
        assert how == How.HIDDEN or 105 * 60 <= placed.y[0] < 106 * 60
        assert f'<div id="list"> is drawn anew as it scrolls: what is done in it is {said}' in " ".join(
            made.warnings
        )
