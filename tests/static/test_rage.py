"""Rage: three clicks, each less than 30 px and less than 1,000 ms from the one before, once per burst.

The rule is the field's (PostHog's): it looks at the hand, not at what the page makes of it. So a carousel that answers
each click, or a canvas, counts as well; keys of a pad, form controls, marking text and keyboards do not.
"""

import pytest

from recorder.events import Kind, Pointer
from tests.static.conftest import Arrive
from tests.static.hand import Case, clicks, keys, one_by_one, script, taps, waiting
from tests.static.visitor import Site, Visitor, of, row

pytestmark = pytest.mark.asyncio(loop_scope="module")

BUTTON = '<button id="it">Buy</button>'
WIDE = '<div id="it" style="width:600px;height:300px;background:#eee"></div>'
PAD = "<div>{}</div>".format("".join(f'<button id="k{n}">{n}</button>' for n in "1234567890"))
DAYS = "<table><tr>{}</tr></table>".format(
    "".join(f'<td><button id="d{n}">{n}</button></td>' for n in range(1, 8))
)
STARS = "<div>{}</div>".format(
    "".join(f'<span role="button" tabindex="0" id="s{n}">★</span>' for n in range(5))
)
WORDS = '<p id="it" style="width:300px">The basket remembers what you put in.</p>'
FRAME = "<iframe style='border:0' srcdoc='<!doctype html><button id=it>Buy</button>'></iframe>"
SHADOW = """<x-card></x-card><script>
document.querySelector("x-card").attachShadow({ mode: "open" }).innerHTML = '<button id="it">Buy</button>';
</script>"""
AGAIN = """<div id="here"></div><script>
const draw = () => (here.innerHTML = '<button id="it" onclick="draw()">Buy</button>');
draw();
</script>"""
CAROUSEL = """<button id="it" onclick="n.textContent++">Next picture</button><p id="n">1</p>"""
STEPPER = """<div role="spinbutton" tabindex="0" aria-valuenow="1">
<button>−</button><b>1</b><button id="it">+</button></div>"""

RAGE = [
    Case("on a button", BUTTON, clicks(3), 1),
    Case("on something that is no button", WIDE, clicks(3), 1),
    Case("on a link within the page", '<a id="it" href="#part">Part</a>', clicks(3), 1),
    Case("on a heading that cannot be marked", '<h2 id="it" style="user-select:none">New</h2>', clicks(3), 1),
    Case("six in a row are one burst", BUTTON, clicks(6), 1),
    Case("two bursts", BUTTON, one_by_one(clicks(3), waiting(1001), clicks(3)), 2),
    Case("29 px apart, sideways", WIDE, clicks(3, step=(29, 0), at=(0.1, 0.5)), 1),
    Case("29 px apart, aslant", WIDE, clicks(3, step=(15, -14), at=(0.1, 0.9)), 1),
    Case("999 ms apart", BUTTON, clicks(3, wait=999), 1),
    Case("with a finger", BUTTON, taps(3), 1),
    Case(
        "on two neighbours",
        '<b id="a">A word</b><b id="b">Another</b>',
        one_by_one(
            clicks(1, "#a", at=(0.9, 0.5)), clicks(1, "#b", at=(0.1, 0.5)), clicks(1, "#a", at=(0.9, 0.5))
        ),
        1,
    ),
    Case("on what is drawn anew by each click", AGAIN, clicks(3), 1),
    Case("inside a shadow root", SHADOW, clicks(3), 1),
    Case("inside a frame of the same origin", FRAME, clicks(3, "frame: #it"), 1),
    Case("on a carousel that answers", CAROUSEL, clicks(3), 1),
    Case("on a canvas", '<canvas id="it"></canvas>', clicks(3), 1),
    Case(
        "three on a label of a harmless control",
        """<div data-yesmap-detail style="user-select:none">
        <label id="it" for="c">Show all</label><input id="c" type="checkbox"></div>""",
        clicks(3),
        1,
    ),
]

NO_RAGE = [
    Case("one click", BUTTON, clicks(1), 0),
    Case("two clicks", BUTTON, clicks(2), 0),
    Case("30 px apart, sideways", WIDE, clicks(3, step=(30, 0), at=(0.1, 0.5)), 0),
    Case("30 px apart, aslant", WIDE, clicks(3, step=(15, -15), at=(0.1, 0.9)), 0),
    Case("1,000 ms apart", BUTTON, clicks(3, wait=1000), 0),
    Case("two, a pause, two", BUTTON, one_by_one(clicks(2), waiting(1001), clicks(2)), 0),
    Case("there, elsewhere, there", WIDE, one_by_one(clicks(2), clicks(1, at=(0.1, 0.1)), clicks(2)), 0),
    Case("a double click marks a word", WORDS, clicks(2, at=(0.2, 0.5)), 0),
    Case("a triple click marks a paragraph", WORDS, clicks(3, at=(0.2, 0.5)), 0),
    Case("the enter key", BUTTON, keys("Enter", 3), 0),
    Case("the space bar", BUTTON, keys("Space", 3), 0),
    Case("a key of a pad", PAD, clicks(4, "#k7"), 0),
    Case("a day of a calendar", DAYS, clicks(3, "#d5"), 0),
    Case("a star", STARS, clicks(3, "#s3"), 0),
    Case("the plus of a spin button", STEPPER, clicks(5), 0),
    Case("the arrow of a number field", '<input id="it" type="number">', clicks(5, at=(0.95, 0.25)), 0),
    Case("a text field", '<input id="it" value="some words">', clicks(3), 0),
    Case("a box to tick", '<label><input id="it" type="checkbox"> Yes</label>', clicks(3), 0),
    Case(
        "a label of a box to tick", '<label id="it"><input type="checkbox"> A long word</label>', clicks(3), 0
    ),
    Case(
        "two on the label of a button",
        '<label id="it" for="b" style="user-select:none">Price</label><button id="b">?</button>',
        clicks(2),
        0,
    ),
    Case(
        "two on a label of a harmless control",
        """<div data-yesmap-detail style="user-select:none">
        <label id="it" for="c">Show all</label><input id="c" type="checkbox"></div>""",
        clicks(2),
        0,
    ),
    Case("where nothing is told", '<div data-yesmap-ignore><button id="it">Buy</button></div>', clicks(3), 0),
    Case("clicks that the page's code makes", BUTTON, script("for (let n = 3; n--;) it.click()"), 0),
    Case("the other mouse button", BUTTON, clicks(3, button="right"), 0),
    Case("the middle mouse button", BUTTON, clicks(3, button="middle"), 0),
]


@pytest.mark.parametrize("case", RAGE + NO_RAGE, ids=lambda case: case.name)
async def test_rage(regular: Visitor, site: Site, place: str, case: Case) -> None:
    """Impatience is told once per burst, and other quick clicks are not."""
    site.show(place, case.body)
    await regular.visit(place)

    await case.act(regular)

    assert case.expected == len(of(await regular.events(), Kind.RAGE))


async def test_rage_is_where_the_third_click_was(site: Site, arrive: Arrive, place: str) -> None:
    """The event carries the element, the place and the pointer of the click that made it rage."""
    site.show(place, BUTTON)
    visitor = await arrive(site, place, has_touch=True)
    button = await row(visitor.page, "Buy")

    await taps(3)(visitor)

    found = await visitor.events()
    [rage], clicked = of(found, Kind.RAGE), of(found, Kind.CLICK)
    assert (button.hash, Pointer.TOUCH) == (rage.element, rage.pointer)
    assert clicked[2][1:7] == rage[1:7]
