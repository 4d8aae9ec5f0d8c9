"""How often a click is shown on what was clicked, measured: on seven pages, from three widths, before and after a change.

`pytest -s tests/static/accuracy` prints the table of the README.
"""

import random
from collections import Counter
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pytest
import pytest_asyncio
from playwright.async_api import Page

from heatmap.columns import Columns
from heatmap.project import How, project
from heatmap.sheet import ELEMENT, Sheet
from heatmap.snapshots.agree import Element, renaming
from recorder.assets import STATIC
from recorder.events import Kind
from recorder.recording import REFERENCE_WIDTH
from tests.static.accuracy.builds import BUILDS, Build
from tests.static.conftest import Arrive, Open
from tests.static.visitor import Event, Site, of

pytestmark = pytest.mark.asyncio(loop_scope="module")

#: A desktop, the widest tablet and a phone, CSS px.
WIDTHS = (1440, 1024, 390)
SEED = 11
#: Heatmaps are in whole px, and so are the boxes in the element table.
NEAR = 1

_TRUTH = """() => {
  const found = {};
  const look = (tree, left, top) => {
    for (const e of tree.querySelectorAll("*")) {
      if (e.dataset?.truth) {
        const { x, y, width, height } = e.getBoundingClientRect();
        if (width && height) found[e.dataset.truth] = [x + left, y + top, width, height];
      }
      if (e.shadowRoot) look(e.shadowRoot, left, top);
      if (e.contentDocument) {
        const { x, y } = e.getBoundingClientRect();
        look(e.contentDocument, left + x + e.clientLeft, top + y + e.clientTop);
      }
    }
  };
  look(document, scrollX, scrollY);
  return [found, document.documentElement.scrollHeight];
}"""
_TABLE = """async (source) => {
  const { table } = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  return table();
}"""
#: A place in the first line of an element that nothing covers, in the viewport, once it is in view.
_POINT = """(e, [right, down]) => {
  e.scrollIntoView({ block: "center", behavior: "instant" });
  const line = e.getClientRects()[0];
  return [line.x + 1 + right * (line.width - 2), line.y + 1 + down * (line.height - 2)];
}"""


class Layout(NamedTuple):
    """A page on a device class: its elements in document order, and by name where those that are clicked really are."""

    rows: list[dict[str, Any]]
    truth: dict[str, list[float]]
    width: int
    height: int

    @property
    def elements(self) -> list[Element]:
        return [Element(row["hash"], row["tag"], row["name"], row["depth"]) for row in self.rows]


class Score(NamedTuple):
    """Clicks, and how many were shown in the box of what was clicked."""

    build: str
    clicks: int
    right: int
    lied: int  #: in the box of another element, said to be by element
    fell_back: int
    by_position: int  #: right, had all been placed by their page position
    changed_clicks: int
    changed_right: int
    changed_lied: int
    unchecked_lied: int  #: the same without a snapshot of the page as it was: by hash alone
    changed_by_position: int


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scores() -> Any:
    """What was measured; printed at the end, with its sum."""
    made: list[Score] = []
    yield made
    heads = ("clicks", "element", "wrong", "position", "changed:", "wrong", "by hash", "position")
    print("\n" + " " * 22 + "".join(f"{head:>10}" for head in heads))
    for score in [*made, _sum(made)]:
        print(f"{score.build:22}{score.clicks:10}" + "".join(f"{share:10.1%}" for share in _shares(score)))


@pytest.mark.parametrize("build", BUILDS, ids=lambda build: build.name)
async def test_a_click_is_shown_on_what_was_clicked(
    site: Site, arrive: Arrive, look: Open, build: Build, scores: list[Score]
) -> None:
    """At least 99 % in the element's box on every device class; after a change at most 1 % on another element."""
    before, after = (f"/case/{build.name} {when}".replace(" ", "-") for when in ("before", "after"))
    site.show(before, build.before)
    site.show(after, build.after)
    chance = random.Random(SEED)
    clicks = [click for width in WIDTHS for click in await clicked(site, arrive, before, width, chance)]
    layouts = [
        (await laid_out(look, site, before, w), await laid_out(look, site, after, w))
        for w in REFERENCE_WIDTH.values()
    ]

    score = measured(build.name, clicks, layouts)
    scores.append(score)

    assert score.clicks >= 3 * len(WIDTHS) * len(REFERENCE_WIDTH)
    assert score.right >= 0.99 * score.clicks
    assert score.lied <= 0.01 * score.clicks
    assert score.changed_lied <= 0.01 * score.changed_clicks


async def clicked(
    site: Site, arrive: Arrive, path: str, width: int, chance: random.Random
) -> list[tuple[str, Event]]:
    """Somebody clicks once on everything that carries a name; what was clicked, and what was recorded of it."""
    visitor = await arrive(site, path, viewport={"width": width, "height": 800})
    targets = await _targets(visitor.page)
    for name, frame in targets:
        element = frame.locator(f'[data-truth="{name}"]')
        at = [chance.random(), chance.random()]
        x, y = await element.evaluate(_POINT, at)
        owner = await frame.frame_element() if frame.parent_frame else None
        if owner:
            await owner.scroll_into_view_if_needed()
            x, y = await element.evaluate(_POINT, at)
            left, top = await owner.evaluate(
                "(f) => { const { x, y } = f.getBoundingClientRect(); return [x + f.clientLeft, y + f.clientTop]; }"
            )
            x, y = x + left, y + top
        await visitor.page.mouse.click(x, y)
    found = of(await visitor.events(), Kind.CLICK)
    assert len(targets) == len(found)
    return [(name, event) for (name, _), event in zip(targets, found, strict=True)]


async def _targets(page: Page) -> list[tuple[str, Any]]:
    return [
        (str(await element.get_attribute("data-truth")), frame)
        for frame in page.frames
        for element in await frame.locator("[data-truth]").all()
    ]


async def laid_out(look: Open, site: Site, path: str, width: int) -> Layout:
    page = await look(site, path, width)
    rows = await page.evaluate(_TABLE, (STATIC / "element.js").read_text("utf-8"))
    truth, height = await page.evaluate(_TRUTH)
    return Layout(rows, truth, width, height)


def measured(build: str, clicks: list[tuple[str, Event]], layouts: list[tuple[Layout, Layout]]) -> Score:
    """Every click on every device class on which its element is, before the change and after it."""
    total: Counter[str] = Counter()
    columns = columns_of([event for _, event in clicks])
    for before, after in layouts:
        total.update(_counted(clicks, columns, before, ""))
        renamed = renaming(before.elements, after.elements).apply(columns.el)
        total.update(_counted(clicks, _with(columns, renamed), after, "changed_"))
        total["unchecked_lied"] += _counted(clicks, columns, after, "")["lied"]
    return Score(build, **{name: total[name] for name in Score._fields[1:]})


def _counted(clicks: list[tuple[str, Event]], columns: Columns, layout: Layout, prefix: str) -> Counter[str]:
    sheet = _sheet(layout)
    placed, bare = project(columns, sheet), project(_with(columns, np.zeros_like(columns.el)), sheet)
    found: Counter[str] = Counter()
    for n, (name, _) in enumerate(clicks):
        if name not in layout.truth:
            continue
        by_element = placed.how[n] == How.ELEMENT
        right = _within(layout.truth[name], placed.x[n], placed.y[n])
        found[f"{prefix}clicks"] += 1
        found[f"{prefix}right"] += by_element and right
        found[f"{prefix}lied"] += by_element and not right
        found["fell_back"] += not prefix and not by_element
        found[f"{prefix}by_position"] += _within(layout.truth[name], bare.x[n], bare.y[n])
    return found


def _within(box: list[float], x: int, y: int) -> bool:
    left, top, width, height = box
    return left - NEAR <= x <= left + width + NEAR and top - NEAR <= y <= top + height + NEAR


def _sheet(layout: Layout) -> Sheet:
    rows = sorted(layout.rows, key=lambda row: int(row["hash"]))
    elements = np.array([tuple(row[name] for name in ELEMENT.names or ()) for row in rows], ELEMENT)
    return Sheet(layout.width, layout.height, elements)


def columns_of(found: list[Event], **more: Any) -> Columns:
    """What placing needs of these events, and `more`."""
    return Columns.of(
        el=[e.element for e in found],
        x=[e.x for e in found],
        y=[e.y for e in found],
        fx=[e.fx for e in found],
        fy=[e.fy for e in found],
        doc_width=[int(e.head["doc_width"]) for e in found],
        **more,
    )


def _with(columns: Columns, el: Any) -> Columns:
    return replace(columns, el=np.asarray(el, np.uint32))


def _shares(score: Score) -> list[float]:
    before, after = max(1, score.clicks), max(1, score.changed_clicks)
    return [
        *(n / before for n in (score.right, score.lied, score.by_position)),
        *(
            n / after
            for n in (
                score.changed_right,
                score.changed_lied,
                score.unchecked_lied,
                score.changed_by_position,
            )
        ),
    ]


def _sum(made: list[Score]) -> Score:
    return Score("all", *(sum(numbers) for numbers in zip(*(s[1:] for s in made), strict=True)))
