"""Dead: a click after which nothing happens, and the many answers that a page may give without one being alarmed.

Nothing means: no change of the document within 2,500 ms, no scrolling or marked text within 100 ms, no page or focus
change and no other window within 1 s; and not on fields, links to elsewhere, or with a modifier key.
"""

import pytest

from recorder.events import Kind
from tests.static.hand import Case, clicks, holding, keys, one_by_one, opening, script, taps, waiting
from tests.static.visitor import CENTRE, Site, Visitor, of, row

pytestmark = pytest.mark.asyncio(loop_scope="module")

#: Longer than the wait for an answer, ms.
AFTER = 3500


def answering(code: str, more: str = "") -> str:
    """A button that does something, and what else the page needs for it."""
    return f'<button id="it" onclick="{code}">Go</button>{more}'


def framed(inside: str) -> str:
    return f"<iframe style='border:0' srcdoc='<!doctype html>{inside}'></iframe>"


PLAIN = '<button id="it">Buy</button>'
TALL = '<div style="height:3000px">Much to read</div>'
MENU = '<ul role="menu"><li role="menuitem">One</li><li role="menuitem">Two</li></ul>'
HOVER = f"""<style>[role=menu]{{display:none}} #nav:hover [role=menu]{{display:block}}</style>
<div id="nav"><b id="it">More</b>{MENU}</div>"""
HACK = """<style>#c{display:none} #c:not(:checked)~p{display:none}</style>
<input type="checkbox" id="c"><label id="it" for="c">More</label><p>Here</p>"""
FOCUS = f"""<style>[role=menu]{{display:none}} nav:focus-within [role=menu]{{display:block}}</style>
<nav><button id="it">Menu</button>{MENU}</nav>"""
SHADOW = """<x-card></x-card><script>
const root = document.querySelector("x-card").attachShadow({ mode: "open" });
root.innerHTML = '<button id="it">Go</button><i>1</i>';
root.querySelector("button").onclick = () => CODE;
</script>"""

DEAD = [
    Case("a button", PLAIN, clicks(), 1),
    Case("a button, by touch", PLAIN, taps(), 1),
    Case("a plain part of the page", '<div id="it">Our newest offer</div>', clicks(), 1),
    Case("a heading", '<h2 id="it">New</h2>', clicks(at=(0.01, 0.5)), 1),
    Case(
        "what looks disabled",
        '<span id="it" aria-disabled="true" style="color:#999">Next</span>',
        clicks(),
        1,
    ),
    Case("a picture", '<img id="it" alt="Lamp" width="200" height="100" src="data:,">', clicks(), 1),
    Case("a link that goes nowhere", '<a id="it" href="javascript:void 0">Open</a>', clicks(), 1),
    Case(
        "a link to the top of a page that is at its top",
        '<a id="it" href="#">Top</a>',
        one_by_one(script('location.href = "#"'), waiting(AFTER), clicks()),
        1,
    ),
    Case(
        "an answer after 3,000 ms",
        answering("setTimeout(() => n.textContent = 2, 3000)", '<i id="n">1</i>'),
        clicks(),
        1,
    ),
    Case("a handler that nobody sees the work of", answering("window.told = true"), clicks(), 1),
    Case(
        "copying, which changes nothing that is seen: a known limit",
        answering("navigator.clipboard.writeText('1').catch(() => 0)"),
        clicks(),
        1,
    ),
    Case("inside a shadow root", SHADOW.replace("CODE", "0"), clicks(), 1),
    Case(
        "inside a frame of the same origin", framed("<button id=it>Go</button>"), clicks(1, "frame: #it"), 1
    ),
    Case("two that are seconds apart", PLAIN, one_by_one(clicks(), waiting(AFTER), clicks()), 2),
    Case(
        "a dead one after one that was answered",
        answering("n.textContent = 2", '<i id="n">1</i><b id="no">More</b>'),
        one_by_one(clicks(), waiting(AFTER), clicks(1, "#no")),
        1,
    ),
    Case(
        "a page that scrolls by itself later",
        answering("setTimeout(() => window.scrollTo(0, 500), 1500)", TALL),
        clicks(),
        1,
    ),
]

ALIVE = [
    Case("an answer at once", answering("n.textContent = 2", '<i id="n">1</i>'), clicks(), 0),
    Case(
        "an answer after 2,000 ms",
        answering("setTimeout(() => n.textContent = 2, 2000)", '<i id="n">1</i>'),
        clicks(),
        0,
    ),
    Case("a class on the body", answering("document.body.classList.toggle('dark')"), clicks(), 0),
    Case("a style", answering("this.style.color = 'red'"), clicks(), 0),
    Case("it goes away", answering("this.remove()"), clicks(), 0),
    Case(
        "a change inside an open shadow root",
        SHADOW.replace("CODE", 'root.querySelector("i").textContent++'),
        clicks(),
        0,
    ),
    Case(
        "a change inside a frame, by a click inside",
        framed('<button id=it onclick="n.textContent++">Go</button><i id=n>1</i>'),
        clicks(1, "frame: #it"),
        0,
    ),
    Case(
        "a change inside a frame, by a click outside",
        answering("frames[0].n.textContent = 2", framed("<i id=n>1</i>")),
        clicks(),
        0,
    ),
    Case(
        "a change of the page, by a click inside a frame",
        framed('<button id=it onclick="parent.n.textContent++">Go</button>') + '<i id="n">1</i>',
        clicks(1, "frame: #it"),
        0,
    ),
    Case(
        "a change in a shadow root that came late",
        '<span id="here"></span>' + answering("root.innerHTML = 2"),
        one_by_one(script("window.root = here.attachShadow({ mode: 'open' })"), clicks()),
        0,
    ),
    Case(
        "a shadow root that comes of it",
        '<span id="here"></span>' + answering("here.attachShadow({ mode: 'open' }).innerHTML = 2"),
        clicks(),
        0,
    ),
    Case("a dialog", answering("d.showModal()", '<dialog id="d">Sure?</dialog>'), clicks(), 0),
    Case(
        "a popover",
        '<button id="it" popovertarget="p">More</button><div id="p" popover>Here</div>',
        clicks(),
        0,
    ),
    Case("details that open", '<details><summary id="it">More</summary>Here</details>', clicks(), 0),
    Case("a menu that opens by :focus-within", FOCUS, clicks(), 0),
    Case("a menu that opens by :hover, by touch", HOVER, taps(), 0),
    Case("a menu that opens by :hover", HOVER, clicks(), 0),
    Case("a menu that opens by a box that is ticked", HACK, clicks(), 0),
    Case("it only scrolls the page", answering("window.scrollTo(0, 500)", TALL), clicks(), 0),
    Case(
        "it only scrolls a part",
        answering("n.scrollTop = 50", f'<div id="n" style="height:100px;overflow:auto">{TALL}</div>'),
        clicks(),
        0,
    ),
    Case(
        "a link to a part of the page", f'<a id="it" href="#p">Part</a>{TALL}<p id="p">Here</p>', clicks(), 0
    ),
    Case("a link to a part that is in view", '<a id="it" href="#p">Part</a><p id="p">Here</p>', clicks(), 0),
    Case(
        "a link that opens a tab",
        '<a id="it" href="about:blank" target="_blank">Terms</a>',
        opening(clicks()),
        0,
    ),
    Case("a link that saves a file", '<a id="it" href="data:,1" download="x">Save</a>', clicks(), 0),
    # The browsers of tests always believe that they have the focus, so the page tells what a real one would.
    Case(
        "a window that opens",
        answering("window.open('about:blank'), dispatchEvent(new Event('blur'))"),
        opening(clicks()),
        0,
    ),
    Case(
        "printing",
        answering("dispatchEvent(new Event('beforeprint')), dispatchEvent(new Event('afterprint'))"),
        clicks(),
        0,
    ),
    Case("another address without a load", answering("history.pushState(0, '', '/case/other')"), clicks(), 0),
    Case("another fragment", answering("location.hash = 'part'"), clicks(), 0),
    Case("the focus goes elsewhere", answering("n.focus()", '<input id="n">'), clicks(), 0),
    Case(
        "a form that is sent",
        '<form onsubmit="event.preventDefault()"><button id="it">Send</button></form>',
        clicks(),
        0,
    ),
    Case(
        "a form whose field is refused",
        '<form><input required><button id="it">Send</button></form>',
        clicks(),
        0,
    ),
    Case("a canvas", '<canvas id="it"></canvas>', clicks(), 0),
    Case("a video", '<video id="it" width="200" height="100"></video>', clicks(), 0),
    Case("a text field", '<input id="it">', clicks(), 0),
    Case(
        "a text field that has the focus",
        '<input id="it">',
        one_by_one(clicks(), waiting(AFTER), clicks()),
        0,
    ),
    Case("many lines", '<textarea id="it"></textarea>', clicks(), 0),
    Case("a slider", '<input id="it" type="range">', clicks(), 0),
    Case("a list to choose from", '<select id="it" size="3"><option>A<option>B</select>', clicks(), 0),
    Case("text that is edited", '<div id="it" contenteditable>Some words</div>', clicks(), 0),
    Case("a label", '<label id="it" for="c">Name</label><input id="c">', clicks(), 0),
    Case("a box to tick", '<input id="it" type="checkbox">', clicks(), 0),
    Case(
        "beside a field, to leave it",
        '<input id="it"><p id="no">Some words</p>',
        one_by_one(clicks(), waiting(AFTER), clicks(1, "#no")),
        0,
    ),
    Case("with control", PLAIN, holding("Control", clicks()), 0),
    Case("with shift", PLAIN, holding("Shift", clicks()), 0),
    Case("with alt", PLAIN, holding("Alt", clicks()), 0),
    Case("with the meta key", PLAIN, holding("Meta", clicks()), 0),
    Case("a double click marks a word", '<p id="it">The basket remembers.</p>', clicks(2, at=(0.02, 0.5)), 0),
    Case("the enter key", PLAIN, keys("Enter"), 0),
    Case("the other mouse button", PLAIN, clicks(button="right"), 0),
    Case("a click that the page's code makes", PLAIN, script("it.click()"), 0),
    Case("where nothing is told", '<div data-yesmap-ignore><button id="it">Buy</button></div>', clicks(), 0),
    Case(
        "a key of a pad",
        "<div>{}</div>".format("".join(f'<button id="k{n}">{n}</button>' for n in range(10))),
        clicks(1, "#k7"),
        0,
    ),
    Case(
        "a page on which something always changes: a known limit",
        PLAIN + '<i id="n">1</i><script>setInterval(() => n.textContent++, 1000)</script>',
        clicks(),
        0,
    ),
]


@pytest.mark.parametrize("case", DEAD + ALIVE, ids=lambda case: case.name)
async def test_dead(regular: Visitor, site: Site, place: str, case: Case) -> None:
    """A click that nothing follows is told, and whatever a page may answer is an answer."""
    site.show(place, case.body)
    await regular.visit(place)

    await case.act(regular)
    await regular.wait(AFTER)

    assert case.expected == len(of(await regular.events(), Kind.DEAD))


async def test_dead_is_where_the_click_was(regular: Visitor, site: Site, place: str) -> None:
    """The event carries the element, the place and the pointer of its click, though it comes later."""
    site.show(place, PLAIN)
    await regular.visit(place)
    button = await row(regular.page, "Buy")

    await clicks()(regular)
    await regular.wait(AFTER)

    found = await regular.events()
    [dead], [click] = of(found, Kind.DEAD), of(found, Kind.CLICK)
    assert button.hash == dead.element
    assert click[1:7] == dead[1:7]
    assert abs(CENTRE - dead.fx) < 65536 / button.w


async def test_a_click_that_leaves_the_page_is_not_dead(regular: Visitor, site: Site, place: str) -> None:
    """A button that leads to another page has answered, also when that page takes its time."""
    site.show(place, answering("location.href = '/case/slow'"))
    regular.site.show("/case/slow", "")

    await regular.visit(place)
    await clicks()(regular)
    await regular.page.wait_for_url("**/slow")
    await regular.page.get_by_text("Recording until").wait_for()
    await regular.wait(AFTER)

    assert [] == of(await regular.events(), Kind.DEAD)
