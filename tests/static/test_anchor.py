"""A click at one width lands in the same element's box at every other, however the page is built."""

import random
from typing import NamedTuple

import pytest
import pytest_asyncio
from playwright.async_api import Page

from recorder.events import Kind
from tests.static.conftest import Arrive, Open
from tests.static.visitor import Row, Site, of, rows

pytestmark = pytest.mark.asyncio(loop_scope="module")

#: A desktop, the widest tablet and a phone, CSS px.
WIDTHS = (1440, 1024, 390)
#: Elements that are clicked on each page, and the seed of where in their boxes.
TARGETS, SEED = 5, 7
#: A place in a box is one of 65,536, and the element table has whole px.
NEAR = 1


class Build(NamedTuple):
    """A page in which the elements to be clicked are named `Target 0` to `Target 4`, and what brings them into view."""

    name: str
    body: str
    ready: str = "() => {}"


class Box(NamedTuple):
    """Where an element is on the page, CSS px."""

    x: float
    y: float
    w: float
    h: float


class Layout(NamedTuple):
    """A page at one width: its element table, and by name where the browser says that the targets are."""

    table: list[Row]
    boxes: dict[str, Box]


Layouts = dict[tuple[str, int], Layout]


def boxes(tag: str = "div", style: str = "") -> str:
    return "".join(
        f'<{tag} style="{style}" aria-label="{f"Target {n // 4}" if n % 4 == 2 else "Other"}">'
        f"Part {n} and more of it, which runs on as long as there is room for it</{tag}>"
        for n in range(4 * TARGETS)
    )


GRID = f"""<style>main{{display:grid;grid-template-columns:repeat(auto-fill,minmax(180px,1fr));gap:10px}}
main>div{{padding:20px;outline:1px solid}}
@media(max-width:600px){{main{{direction:rtl}}main>:nth-child(3n){{order:-1}}}}
</style><main>{boxes()}</main><p style="height:200px">Below, where the sign is</p>"""
STICKY = f"""<style>header{{position:sticky;top:0;display:flex;flex-wrap:wrap;background:#fff}}
header>*{{flex:1 1 160px;padding:12px}}
@media(max-width:600px){{header>*{{flex-basis:100px;height:28px;padding:2px;overflow:hidden}}}}
article{{height:2600px}}</style>
<p>Above the header</p><header>{boxes("a")}</header><article>Much to read</article>"""
SHADOW = """<h1>Cards</h1><x-deck></x-deck><script>
const deck = document.querySelector("x-deck").attachShadow({ mode: "open" });
deck.innerHTML = `<style>:host{display:flex;flex-wrap:wrap}</style>`
  + [0, 1, 2, 3, 4].map(() => "<x-card style='flex:1 1 240px;margin:8px'></x-card>").join("");
[...deck.querySelectorAll("x-card")].forEach((card, n) => (card.attachShadow({ mode: "open" }).innerHTML =
  `<p>Nothing</p><div style="padding:15px;background:#eee" aria-label="Target ${n}">Card ${n}</div>`));
</script>"""
INSIDE = f"<!doctype html><style>body{{margin:11px}} p{{padding:4px}}</style>{boxes('p')}"
FRAME = f"""<h1>Outside</h1>
<iframe style="margin:5%;width:60%;height:1300px;border:7px solid;padding:3px" srcdoc='{INSIDE}'></iframe>"""
# Only what is near the viewport is there; its place in the list says which part it is, as `data-yesmap` names do.
VIRTUAL = """<style>.row{position:absolute;left:0;right:0;padding:0 5%;box-sizing:border-box}</style>
<div id="list" style="position:relative"></div><script>
const names = ["zero", "one", "two", "three", "four"];
function draw() {
  const high = innerWidth < 600 ? 90 : 60;
  list.style.height = 400 * high + "px";
  const first = Math.max(0, Math.floor(scrollY / high) - 3);
  list.innerHTML = Array.from({ length: Math.ceil(innerHeight / high) + 6 }, (_, i) => first + i).map((n) => {
    const target = n - 100;
    const named = names[target] ? `data-yesmap="row-${names[target]}" aria-label="Target ${target}"` : "";
    return `<div class="row" style="top:${n * high}px;height:${high}px" ${named}>Row ${n}</div>`;
  }).join("");
}
addEventListener("scroll", draw);
addEventListener("resize", draw);
draw();
</script>"""
# Drawn anew once the page has scrolled, and then no more.
TO_ROW = """() => new Promise((done) => {
  addEventListener("scroll", () => requestAnimationFrame(() => done()), { once: true });
  scrollTo(0, 99 * (innerWidth < 600 ? 90 : 60));
})"""

BUILDS = [
    Build("grid", GRID),
    Build("sticky header", STICKY, "() => scrollTo(0, 700)"),
    Build("shadow DOM", SHADOW),
    Build("frame", FRAME),
    Build("virtualised list", VIRTUAL, TO_ROW),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def layouts() -> Layouts:
    """What was laid out already."""
    return {}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("build", BUILDS, ids=lambda build: build.name)
async def test_a_click_lands_in_the_same_box_at_every_width(
    site: Site, arrive: Arrive, look: Open, layouts: Layouts, build: Build, width: int
) -> None:
    """Element by element: the hash names what was clicked at the other widths too, and the place in its box agrees."""
    path = f"/case/build-{BUILDS.index(build)}"
    site.show(path, build.body)
    visitor = await arrive(site, path, viewport={"width": width, "height": 800})
    await visitor.page.evaluate(build.ready)
    chance = random.Random(SEED)

    clicked = [await click_in(visitor.page, f"Target {n}", chance) for n in range(TARGETS)]
    found = of(await visitor.events(), Kind.CLICK)

    assert TARGETS == len(found)
    for event, (place, _) in zip(found, clicked, strict=True):
        assert pytest.approx(place, abs=NEAR) == (event.x, event.y)
    for other in WIDTHS:
        if (build.name, other) not in layouts:
            layouts[build.name, other] = await laid_out(await look(site, path, other), build)
        table, real = layouts[build.name, other]
        for n, (event, (_, (right, down))) in enumerate(zip(found, clicked, strict=True)):
            [row] = [row for row in table if row.hash == event.element]
            box = real[f"Target {n}"]
            assert f"Target {n}" == row.name
            expected = (box.x + right * box.w, box.y + down * box.h)
            landed = (row.x + event.fx / 65535 * row.w, row.y + event.fy / 65535 * row.h)
            assert pytest.approx(expected, abs=NEAR) == landed


async def click_in(
    page: Page, name: str, chance: random.Random
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Click somewhere in an element; gives the place on the page, px, and in the element's box, as shares."""
    target = page.frames[-1].get_by_label(name, exact=True)
    await target.scroll_into_view_if_needed()
    box = await box_of(page, name)
    right, down = chance.randrange(1, int(box.w) - 1), chance.randrange(1, int(box.h) - 1)
    await target.click(position={"x": right, "y": down})
    box = await box_of(page, name)
    return (box.x + right, box.y + down), (right / box.w, down / box.h)


async def laid_out(page: Page, build: Build) -> Layout:
    await page.evaluate(build.ready)
    names = [f"Target {n}" for n in range(TARGETS)]
    return Layout(await rows(page), {name: await box_of(page, name) for name in names})


async def box_of(page: Page, name: str) -> Box:
    """Where the browser says that an element is, in the page's frame where it has one, on the whole page."""
    box = await page.frames[-1].get_by_label(name, exact=True).bounding_box()
    assert box
    left, top = await page.evaluate("[scrollX, scrollY]")
    return Box(box["x"] + left, box["y"] + top, box["width"], box["height"])
