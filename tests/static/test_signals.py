"""Each signal of the recorder, by what a visitor does in a real browser and what of it is kept."""

import asyncio
from typing import Any

import pytest
from aiohttp import web

from recorder.events import Kind, Pointer
from tests.static.conftest import Arrive
from tests.static.hand import box_of, clicks, keys, taps
from tests.static.visitor import CENTRE, Site, Visitor, of, row

pytestmark = pytest.mark.asyncio(loop_scope="module")

BUTTON = '<button id="it" style="position:absolute;left:100px;top:50px;width:200px;height:40px">Buy</button>'
WIDE = '<div aria-label="Field" style="width:800px;height:500px"></div>'
FRAME = """<p>Before</p><iframe style="border:5px solid;padding:3px" srcdoc='<!doctype html>
<button id="it" style="margin:20px">Inside</button>'></iframe>"""
SHADOW = """<x-card></x-card><script>
document.querySelector("x-card").attachShadow({ mode: "open" }).innerHTML = '<button id="it">Inside</button>';
</script>"""
#: Line 3, column 9 fails on call, and line 6 refuses.
FAILING = """
window.fail = () => {
  throw new Error("secret");
};
window.refuse = () => {
  Promise.reject(new Error("secret"));
};
"""
#: What we measure with fails from now on.
BREAKING = """() => {
  Element.prototype.getBoundingClientRect = () => { throw Error("ours") };
}"""


def fnv(text: str) -> int:
    """The hash of the format: FNV-1a, 32 bits."""
    value = 0x811C9DC5
    for byte in text.encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


async def on(visitor: Visitor, path: str, body: str, head: str = "") -> None:
    visitor.site.show(path, body, head=head)
    await visitor.visit(path)


# --- pointer


async def test_moves_are_where_the_mouse_went(regular: Visitor, place: str) -> None:
    """Each move carries the element under the mouse, the place on the page and in the element's box."""
    await on(regular, place, WIDE)
    field = await row(regular.page, "Field")
    way = [(100, 100), (200, 250), (400, 300)]

    for x, y in way:
        await regular.page.mouse.move(x, y)
        await regular.wait(60)

    moves = of(await regular.events(), Kind.MOVE)
    assert way == [(e.x, e.y) for e in moves]
    assert {(field.hash, Pointer.MOUSE)} == {(e.element, e.pointer) for e in moves}
    assert [round(x / field.w * 65535) for x, _ in way] == [e.fx for e in moves]


async def test_moves_come_twenty_times_a_second_at_most(regular: Visitor, place: str) -> None:
    """However often the mouse reports; where it came to rest is not lost."""
    await on(regular, place, WIDE)

    for n in range(100):
        await regular.page.mouse.move(100 + 5 * n, 200)
        await regular.page.clock.run_for(10)
    await regular.wait(100)

    moves = of(await regular.events(), Kind.MOVE)
    assert 15 <= len(moves) <= 22
    assert 595 == moves[-1].x


async def test_moves_under_four_px_are_one(regular: Visitor, place: str) -> None:
    await on(regular, place, WIDE)

    for x in (100, 102, 101, 103):
        await regular.page.mouse.move(x, 100)
        await regular.wait(60)

    assert [100] == [e.x for e in of(await regular.events(), Kind.MOVE)]


async def test_where_the_mouse_rests_and_in_which_box_are_of_one_moment(regular: Visitor, place: str) -> None:
    """Of what moves a bit under a mouse that rests, the part is told that is under it by then."""
    await on(regular, place, f'<div id="box" style="width:800px">{WIDE}</div>')
    field = await row(regular.page, "Field")

    await regular.page.mouse.move(100, 100)
    await regular.page.mouse.move(200, 150)
    await regular.page.evaluate("box.style.transform = 'translateX(150px)'")
    await regular.wait(300)

    last = of(await regular.events(), Kind.MOVE)[-1]
    assert (field.hash, 200, 150, round(50 / 800 * 65535)) == (last.element, last.x, last.y, last.fx)


async def test_what_has_gone_from_under_the_mouse_is_not_told_of(regular: Visitor, place: str) -> None:
    """Neither what moved elsewhere nor what was taken out of the page is where the mouse rests."""
    await on(regular, place, f'<div id="box" style="width:800px">{WIDE}</div>')

    await regular.page.mouse.move(100, 100)
    await regular.page.evaluate("box.style.transform = 'translateX(400px)'")
    await regular.wait(300)
    await regular.page.mouse.move(500, 100)
    await regular.page.evaluate("box.remove()")
    await regular.wait(300)

    assert [] == of(await regular.events(), Kind.MOVE)


# --- click


async def test_a_click_by_keyboard_is_the_elements_centre(regular: Visitor, place: str) -> None:
    await on(regular, place, BUTTON)
    button = await row(regular.page, "Buy")

    await keys("Enter")(regular)
    await keys("Space")(regular)

    for click in of(await regular.events(), Kind.CLICK):
        assert (Kind.CLICK, Pointer.KEY, button.hash, 200, 70, CENTRE, CENTRE) == click[:7]


async def test_a_tap_is_a_click_by_touch(regular: Visitor, place: str) -> None:
    await on(regular, place, BUTTON)
    button = await row(regular.page, "Buy")

    await taps()(regular)

    [click] = of(await regular.events(), Kind.CLICK)
    assert (Pointer.TOUCH, button.hash, 200, 70) == click[1:5]


async def test_a_pen_is_told_from_a_mouse(regular: Visitor, place: str) -> None:
    """Both where it goes and what it clicks."""
    await on(regular, place, WIDE)
    pen = await regular.page.context.new_cdp_session(regular.page)

    for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
        rest = {"button": "none"} if kind == "mouseMoved" else {"button": "left", "clickCount": 1}
        await pen.send(
            "Input.dispatchMouseEvent", {"type": kind, "x": 90, "y": 80, "pointerType": "pen", **rest}
        )
    await regular.wait(300)

    [click], moves = of(found := await regular.events(), Kind.CLICK), of(found, Kind.MOVE)
    assert (Pointer.PEN, 90, 80) == (click.pointer, click.x, click.y)
    assert {Pointer.PEN} == {e.pointer for e in moves}


@pytest.mark.parametrize(
    "answer",
    ["this.style.marginLeft = '400px'", "this.style.display = 'none'", "this.remove()"],
    ids=["moves", "is hidden", "is removed"],
)
async def test_a_click_belongs_to_what_was_pressed(regular: Visitor, place: str, answer: str) -> None:
    """An element that moves or goes away between press and release was clicked all the same, at its place then."""
    await on(regular, place, BUTTON.replace("<button", f'<button onpointerdown="{answer}"'))
    button = await row(regular.page, "Buy")

    await regular.page.mouse.move(150, 60)
    await regular.page.mouse.down()
    await regular.frame()
    await regular.page.mouse.up()

    [click] = of(await regular.events(), Kind.CLICK)
    assert (button.hash, 150, 60) == (click.element, click.x, click.y)
    assert (round(65535 * 50 / 200), round(65535 * 10 / 40)) == (click.fx, click.fy)


@pytest.mark.parametrize(
    ("body", "where"), [(SHADOW, "#it"), (FRAME, "frame: #it")], ids=["shadow root", "frame"]
)
async def test_a_click_inside_of_another_tree(regular: Visitor, place: str, body: str, where: str) -> None:
    """In a shadow root or a frame of the same origin the event is about the element itself, on the whole page."""
    await on(regular, place, body)
    button = await row(regular.page, "Inside")
    box = await box_of(regular, where)

    await clicks(1, where)(regular)

    [click] = of(await regular.events(), Kind.CLICK)
    assert button.hash == click.element
    assert pytest.approx((box["x"] + box["width"] / 2, box["y"] + box["height"] / 2), abs=1) == (
        click.x,
        click.y,
    )
    assert pytest.approx((CENTRE, CENTRE), abs=65536 / box["height"]) == (click.fx, click.fy)


async def test_moves_inside_a_frame_of_the_same_origin(regular: Visitor, place: str) -> None:
    await on(regular, place, FRAME)
    box = await box_of(regular, "frame: #it")

    await regular.page.mouse.move(box["x"] + 5, box["y"] + 5)
    await regular.wait(60)

    [move] = of(await regular.events(), Kind.MOVE)
    assert pytest.approx((box["x"] + 5, box["y"] + 5), abs=1) == (move.x, move.y)


async def test_a_label_and_its_control_are_one_click(regular: Visitor, place: str) -> None:
    """The browser clicks the control as well; the visitor clicked once."""
    await on(regular, place, '<label id="it" for="c">Name</label><input id="c">')

    await clicks()(regular)

    assert 1 == len(of(await regular.events(), Kind.CLICK))


async def test_clicks_that_the_pages_code_makes_are_nobodys(regular: Visitor, place: str) -> None:
    await on(regular, place, BUTTON)

    await regular.page.evaluate("it.click()")

    assert [] == of(await regular.events(), Kind.CLICK)


async def test_a_drag_is_no_click(regular: Visitor, place: str) -> None:
    """Also where it ends on the element that it began on, and the browser tells of a click."""
    await on(regular, place, '<label>Name <input type="checkbox"></label>' + BUTTON)

    for x, y in ((110, 60), (10, 10)):
        await regular.page.mouse.move(x, y)
        await regular.page.mouse.down()
        await regular.page.mouse.move(x + 30, y)
        await regular.page.mouse.up()

    assert [] == of(await regular.events(), Kind.CLICK)


async def test_a_key_after_a_press_that_was_no_click(regular: Visitor, place: str) -> None:
    """A press that ends elsewhere has nothing to do with what a key clicks then."""
    await on(regular, place, BUTTON + WIDE)

    await regular.page.mouse.move(700, 300)
    await regular.page.mouse.down()
    await regular.page.mouse.move(900, 600)
    await regular.page.mouse.up()
    await regular.wait(600)
    await keys("Enter")(regular)

    [click] = of(await regular.events(), Kind.CLICK)
    assert (Pointer.KEY, 200, 70) == (click.pointer, click.x, click.y)


async def test_clicks_in_a_frame_that_was_loading_are_counted_once(regular: Visitor, place: str) -> None:
    """A frame's first, empty page and the one that comes are one window."""
    came = asyncio.Event()

    async def slow(_: web.Request) -> web.Response:
        await came.wait()
        return web.Response(text='<!doctype html><button id="it">Inside</button>', content_type="text/html")

    regular.site.answers[f"{place}-slow"] = slow
    body = f"""<script>addEventListener("load", () => {{}})</script><div id="here"></div><script>
    window.add = () => (here.innerHTML = '<iframe src="{place}-slow"></iframe>')</script>"""
    await on(regular, place, body)
    await regular.page.evaluate("add()")
    await regular.page.evaluate("yesmap.pause().then(() => yesmap.pause(false))")
    came.set()
    await regular.page.frame_locator("iframe").locator("#it").wait_for()

    await clicks(2, "frame: #it")(regular)

    found = await regular.events()
    assert 2 == len(of(found, Kind.CLICK))
    assert [] == of(found, Kind.RAGE)


# --- scroll, size


async def test_scrolling_tells_what_part_of_the_page_is_seen(regular: Visitor, place: str) -> None:
    """The top left of the viewport, on arrival and where the scrolling came to rest."""
    await on(regular, place, '<div style="width:3000px;height:4000px"></div>')

    await regular.page.evaluate("scrollTo(120, 700)")
    await regular.wait(300)

    scrolls = of(await regular.events(), Kind.SCROLL)
    assert [(0, 0, 0), (0, 120, 700)] == [(e.element, e.x, e.y) for e in scrolls]


async def test_of_a_scroll_container_the_furthest_seen_counts(regular: Visitor, place: str) -> None:
    """Down, and back up: only the share that was seen at the lowest point is told."""
    await on(
        regular,
        place,
        """<div id="box" aria-label="List" style="width:300px;height:200px;overflow:auto">
        <div style="height:800px"></div></div>""",
    )
    box = await row(regular.page, "List")

    for top in (200, 0):
        await regular.page.evaluate("(top) => (box.scrollTop = top)", top)
        await regular.wait(300)

    [scroll] = [e for e in of(await regular.events(), Kind.SCROLL) if e.element]
    assert (box.hash, 0, 0) == (scroll.element, scroll.x, scroll.y)
    assert pytest.approx((65535, 32768), abs=1) == (scroll.fx, scroll.fy)


async def test_a_scroll_container_in_a_shadow_root(regular: Visitor, place: str) -> None:
    """Its scrolling does not leave the shadow, and is told all the same once a pointer has been there."""
    inside = '<div aria-label=List style="width:300px;height:200px;overflow:auto"><p style="height:800px">Much</div>'
    await on(regular, place, SHADOW.replace('<button id="it">Inside</button>', inside))
    box = await row(regular.page, "List")

    await regular.page.mouse.move(50, 50)
    await regular.page.mouse.wheel(0, 200)
    await regular.wait(400)

    scroll = [e for e in of(await regular.events(), Kind.SCROLL) if e.element][-1]
    assert box.hash == scroll.element
    assert scroll.fy > 65535 * 300 / 832


async def test_scrolling_in_a_frame_is_the_frames(regular: Visitor, place: str) -> None:
    """A document of the same origin in a frame: the furthest that was seen of it, on the frame's element."""
    inside = '<!doctype html><style>body{margin:0}</style><div style="height:800px"></div>'
    await on(
        regular, place, f"<iframe title=List style='width:300px;height:200px' srcdoc='{inside}'></iframe>"
    )
    frame = await row(regular.page, "List")

    for top in (200, 0):
        await regular.page.evaluate("(top) => frames[0].scrollTo(0, top)", top)
        await regular.wait(300)

    [scroll] = [e for e in of(await regular.events(), Kind.SCROLL) if e.element]
    assert (frame.hash, 0, 0) == (scroll.element, scroll.x, scroll.y)
    assert pytest.approx((65535, 32768), abs=1) == (scroll.fx, scroll.fy)


async def test_a_new_size_begins_a_new_batch(site: Site, arrive: Arrive, place: str) -> None:
    """Once the window rests; what follows is laid out in the new viewport."""
    site.show(place, WIDE)
    visitor = await arrive(site, place, clock=True)
    await visitor.page.clock.pause_at((await visitor.now() + 1000) / 1000)

    for width in (1000, 900, 800):
        await visitor.page.set_viewport_size({"width": width, "height": 600})
    await visitor.wait(500)
    await clicks(1, "[aria-label=Field]")(visitor)

    found = await visitor.events()
    [resize], [click] = of(found, Kind.RESIZE), of(found, Kind.CLICK)
    assert (800, 600) == (resize.x, resize.y)
    assert (800, 600) == (int(click.head["width"]), int(click.head["height"]))
    assert 1280 == int(found[0].head["width"])


@pytest.mark.parametrize(
    ("change", "field", "expected"),
    [
        ({"width": 600, "height": 1000, "deviceScaleFactor": 1, "mobile": False}, "width", 600),
        ({"width": 640, "height": 400, "deviceScaleFactor": 2, "mobile": False}, "ratio", 200),
    ],
    ids=["turned", "zoomed"],
)
async def test_a_turned_device_and_a_zoomed_page_begin_a_new_batch(
    site: Site, arrive: Arrive, place: str, change: dict[str, Any], field: str, expected: int
) -> None:
    """Of a zoomed page there are fewer CSS px, each larger; clicks lie in what is seen then."""
    site.show(place, WIDE)
    visitor = await arrive(site, place, clock=True)
    await visitor.page.clock.pause_at((await visitor.now() + 1000) / 1000)

    device = await visitor.page.context.new_cdp_session(visitor.page)
    await device.send("Emulation.setDeviceMetricsOverride", change)
    await visitor.wait(500)
    await clicks(1, "[aria-label=Field]")(visitor)

    found = await visitor.events()
    [resize], [click] = of(found, Kind.RESIZE), of(found, Kind.CLICK)
    assert (change["width"], change["height"]) == (resize.x, resize.y)
    assert expected == int(click.head[field])


async def test_a_zoom_with_two_fingers_begins_a_new_batch(site: Site, arrive: Arrive, place: str) -> None:
    """The page is laid out as before; how large it is seen is told, and clicks lie where they were on it."""
    site.show(place, WIDE)
    visitor = await arrive(site, place, clock=True, has_touch=True, is_mobile=True)
    await visitor.page.clock.pause_at((await visitor.now() + 1000) / 1000)

    device = await visitor.page.context.new_cdp_session(visitor.page)
    await device.send("Emulation.setPageScaleFactor", {"pageScaleFactor": 2})
    await visitor.page.wait_for_function("visualViewport.scale === 2")
    await visitor.wait(500)
    await visitor.page.touchscreen.tap(100, 200)

    found = await visitor.events()
    [resize], [click] = of(found, Kind.RESIZE), of(found, Kind.CLICK)
    assert (1280, 800) == (resize.x, resize.y)
    assert (100, 200) == (int(found[0].head["zoom"]), int(click.head["zoom"]))
    assert (100, 200) == (click.x, click.y)


async def test_a_document_that_grows_is_told(regular: Visitor, place: str) -> None:
    await on(regular, place, WIDE)

    await regular.page.evaluate("document.querySelector('[aria-label=Field]').style.height = '2500px'")
    await regular.wait(1100)

    [height] = of(await regular.events(), Kind.HEIGHT)
    assert (1280, 2500) == (height.x, height.y)


async def test_the_page_is_seen_or_not(regular: Visitor, place: str) -> None:
    await on(regular, place, WIDE)

    for hidden in ("true", "false"):
        await regular.page.evaluate(f"""() => {{
          Object.defineProperty(document, "hidden", {{ value: {hidden}, configurable: true }});
          Object.defineProperty(document, "visibilityState",
            {{ value: {hidden} ? "hidden" : "visible", configurable: true }});
          document.dispatchEvent(new Event("visibilitychange"));
        }}""")
        await regular.wait(10)

    found = of(await regular.events(), Kind.HIDDEN, Kind.VISIBLE)
    assert [Kind.HIDDEN, Kind.VISIBLE] == [e.kind for e in found[:2]]


# --- errors


ANOTHER_TASK = """new Promise((done) => {
  const channel = new MessageChannel();
  channel.port1.onmessage = done;
  channel.port2.postMessage(0);
})"""


@pytest.fixture(scope="module")
def failing(site: Site) -> str:
    """The path of a script that fails on demand."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=FAILING, content_type="text/javascript")

    site.answers["/case/failing.js"] = answer
    return "/case/failing.js"


@pytest.mark.parametrize(("call", "line", "column"), [("fail", 3, 9), ("refuse", 6, 18)])
async def test_an_error_is_a_place_in_a_script(
    regular: Visitor, place: str, failing: str, call: str, line: int, column: int
) -> None:
    """Hash of the script's path, line and column, of errors and rejections alike; and what was clicked just before."""
    body = f'<button id="it" onclick="{call}()">Buy</button><script src="{failing}?v=7#x"></script>'
    await on(regular, place, body)
    button = await row(regular.page, "Buy")

    await clicks()(regular)
    await regular.page.evaluate(ANOTHER_TASK)  # a rejection is told of in a task of its own

    [error] = of(await regular.events(), Kind.ERROR)
    assert (button.hash, line, column) == (error.element, error.x, error.y)
    assert fnv(failing) == error.fx | error.fy << 16


async def test_an_error_long_after_a_click_is_not_its(regular: Visitor, place: str, failing: str) -> None:
    """The click within the second before, no other."""
    await on(regular, place, f'{BUTTON}<script src="{failing}"></script>')

    await clicks()(regular)
    await regular.wait(1001)
    await regular.page.evaluate("it.onfocus = fail; it.dispatchEvent(new Event('focus'))")

    [error] = of(await regular.events(), Kind.ERROR)
    assert 0 == error.element


async def test_a_picture_that_fails_to_load_is_no_error(regular: Visitor, place: str) -> None:
    await on(regular, place, '<img src="/nothing.png" alt="">')

    assert [] == of(await regular.events(), Kind.ERROR)


# --- what appears


@pytest.mark.parametrize(
    ("body", "show", "hide"),
    [
        ('<dialog aria-label="It">Sure?</dialog>', "it.show()", "it.close()"),
        ('<dialog aria-label="It">Sure?</dialog>', "it.showModal()", "it.close()"),
        ('<div role="dialog" aria-label="It" hidden>Sure?</div>', "it.hidden = false", "it.hidden = true"),
        ('<ul role="menu" aria-label="It" hidden><li>One</ul>', "it.hidden = false", "it.hidden = true"),
        ('<p role="alert" aria-label="It" hidden>Wrong</p>', "it.hidden = false", "it.remove()"),
        ('<div role="tabpanel" aria-label="It" hidden>Tab</div>', "it.hidden = false", "it.hidden = true"),
        ('<div popover aria-label="It">More</div>', "it.showPopover()", "it.hidePopover()"),
        (
            '<details aria-label="It"><summary>More</summary>All of it</details>',
            "it.open = true",
            "it.open = false",
        ),
        ('<p data-yesmap="hint" aria-label="It" hidden>Hint</p>', "it.hidden = false", "it.hidden = true"),
        (
            '<ul role="menu" aria-label="It" style="visibility:hidden"><li>One</ul>',
            "it.style.visibility = ''",
            "it.style.visibility = 'hidden'",
        ),
        (
            '<div role="dialog" aria-label="It" style="opacity:0">Sure?</div>',
            "it.style.opacity = 1",
            "it.style.opacity = 0",
        ),
    ],
    ids=[
        *("dialog", "modal", "role dialog", "menu", "alert", "tab panel", "popover", "details", "named"),
        *("by visibility", "by opacity"),
    ],
)
async def test_what_appears_and_disappears_is_told(
    regular: Visitor, place: str, body: str, show: str, hide: str
) -> None:
    """Its element and its box, once each."""
    await on(regular, place, body)
    find = "const it = document.querySelector('[aria-label=It]');"

    await regular.page.evaluate(f"() => {{ {find} {show} }}")
    await regular.wait(300)
    box = await box_of(regular, "[aria-label=It]")
    shown = await row(regular.page, "It")
    await regular.page.evaluate(f"() => {{ {find} {hide} }}")
    await regular.wait(300)

    found = of(await regular.events(), Kind.SHOW, Kind.HIDE)
    assert [Kind.SHOW, Kind.HIDE] == [e.kind for e in found]
    for event in found:
        assert shown.hash == event.element
        assert pytest.approx((box["x"], box["y"], box["width"], box["height"]), abs=1) == event[3:7]


INSIDE = '<dialog aria-label="It">Sure?</dialog>'


@pytest.mark.parametrize(
    ("body", "find"),
    [
        (
            SHADOW.replace('<button id="it">Inside</button>', INSIDE),
            "document.querySelector('x-card').shadowRoot",
        ),
        (f"<p>Before</p><iframe srcdoc='<!doctype html>{INSIDE}'></iframe>", "frames[0].document"),
    ],
    ids=["shadow root", "frame"],
)
async def test_what_appears_inside_of_another_tree(
    regular: Visitor, place: str, body: str, find: str
) -> None:
    """In a shadow root or a frame of the same origin it is told as anywhere else; a tree that goes takes it along."""
    await on(regular, place, body)
    faults = (await regular.site.counts()).get("fault:desktop", 0)

    await regular.page.evaluate(f"{find}.querySelector('dialog').show()")
    await regular.wait(300)
    alert = "'<p role=alert aria-label=New>Wrong</p>'"
    await regular.page.evaluate(f"{find}.querySelector('dialog').insertAdjacentHTML('afterend', {alert})")
    await regular.wait(300)
    shown, new = await row(regular.page, "It"), await row(regular.page, "New")
    await regular.page.evaluate("document.querySelector('x-card, iframe').remove()")
    await regular.wait(1300)

    found = of(await regular.events(), Kind.SHOW, Kind.HIDE)
    both = [shown.hash, new.hash]
    assert [(kind, at) for kind in (Kind.SHOW, Kind.HIDE) for at in both] == [
        (e.kind, e.element) for e in found
    ]
    assert faults == (await regular.site.counts()).get("fault:desktop", 0)


async def test_what_appears_by_style_alone_is_told(regular: Visitor, place: str) -> None:
    """A menu that opens under the mouse; nothing in the document has changed."""
    style = "<style>ul{margin:0;visibility:hidden} nav:hover ul{visibility:visible}</style>"
    await on(regular, place, f'{style}<nav>Menu<ul role="menu" aria-label="It"><li>One</ul></nav>')
    menu = await row(regular.page, "It")

    for y in (10, 700):
        await regular.page.mouse.move(20, y)
        await regular.wait(300)

    found = of(await regular.events(), Kind.SHOW, Kind.HIDE)
    assert [(Kind.SHOW, menu.hash), (Kind.HIDE, menu.hash)] == [(e.kind, e.element) for e in found]


async def test_what_is_there_from_the_start_does_not_appear(regular: Visitor, place: str) -> None:
    await on(regular, place, '<div role="alert">Wrong</div>')
    await regular.wait(300)

    assert [] == of(await regular.events(), Kind.SHOW, Kind.HIDE)


async def test_what_is_added_later_appears(regular: Visitor, place: str) -> None:
    await on(regular, place, '<div id="here"></div>')

    await regular.page.evaluate("here.innerHTML = '<p role=alert aria-label=It>Wrong</p>'")
    await regular.wait(600)
    shown = await row(regular.page, "It")

    assert [(Kind.SHOW, shown.hash)] == [
        (e.kind, e.element) for e in of(await regular.events(), Kind.SHOW, Kind.HIDE)
    ]


async def test_what_never_had_a_size_is_let_go(regular: Visitor, place: str) -> None:
    """A hidden alert that a page makes and takes away again does not stay in memory for our sake."""
    await on(regular, place, '<div id="here"></div>')

    await regular.page.evaluate("""() => {
      here.innerHTML = "<p role=alert hidden>Wrong</p>";
      window.alert = new WeakRef(here.firstChild);
    }""")
    await regular.wait(600)
    await regular.page.evaluate("here.innerHTML = ''")
    await regular.wait(600)
    await regular.page.request_gc()

    assert await regular.page.evaluate("window.alert.deref() === undefined")


# --- forms and marks


async def test_forms_that_are_sent_and_fields_that_are_refused(regular: Visitor, place: str) -> None:
    """Which form, which field; each by its centre."""
    await on(
        regular,
        place,
        """<form aria-label="Order" onsubmit="event.preventDefault()">
        <input aria-label="Name" required><button id="it">Send</button></form>""",
    )
    form, field = await row(regular.page, "Order"), await row(regular.page, "Name")

    await clicks()(regular)
    await regular.page.get_by_label("Name", exact=True).fill("Ann")
    await clicks()(regular)

    found = await regular.events()
    [invalid], [submit] = of(found, Kind.INVALID), of(found, Kind.SUBMIT)
    for event, at in ((invalid, field), (submit, form)):
        assert (at.hash, CENTRE, CENTRE) == (event.element, event.fx, event.fy)
        assert pytest.approx((at.x + at.w / 2, at.y + at.h / 2), abs=1) == (event.x, event.y)


async def test_a_form_in_a_shadow_root(regular: Visitor, place: str) -> None:
    """That it was sent does not leave the shadow either, and is told once."""
    await on(regular, place, SHADOW.replace("<button", '<form onsubmit="return false"><button'))

    await clicks()(regular)

    found = await regular.events()
    assert (1, 1) == (len(of(found, Kind.SUBMIT)), len(of(found, Kind.CLICK)))


async def test_marks_are_rows_of_the_recordings_list(regular: Visitor, place: str) -> None:
    """A declared one is told, any other is not."""
    await on(regular, place, "")

    await regular.page.evaluate("yesmap.mark('added'); yesmap.mark('Ann bought a lamp')")

    found = of(await regular.events(), Kind.MARK)
    assert ["added", "end"] == [regular.site.recording.marks[e.x] for e in found]


async def test_a_page_does_not_notice_us(regular: Visitor, place: str) -> None:
    """No global but `yesmap`, and no error of ours where the page's own code has broken what we use."""
    head = "<script>const before = new Set(Object.getOwnPropertyNames(window));</script>"
    body = "<script>window.onerror = () => (document.title = 'broken'); Element.prototype.closest = null;</script>"
    await on(regular, place, WIDE + body, head)

    await regular.page.mouse.click(100, 100)
    await regular.wait(100)

    added = await regular.page.evaluate(
        "Object.getOwnPropertyNames(window).filter((name) => !before.has(name) && !/^\\d+$/.test(name))"
    )
    assert "Site" == await regular.page.title()
    assert ["yesmap"] == [name for name in added if name != "onerror"]
    assert Kind.PAGE in [e.kind for e in await regular.events()]


async def test_no_listener_of_ours_can_hold_up_the_page(site: Site, arrive: Arrive, place: str) -> None:
    """Whatever the page does often, or might be kept from doing, is listened to passively."""
    head = """<script>window.ours = []; const add = EventTarget.prototype.addEventListener;
    EventTarget.prototype.addEventListener = function (type, work, how) {
      ours.push([type, how?.passive === true]);
      return add.call(this, type, work, how);
    };</script>"""
    site.show(place, BUTTON, head=head)
    visitor = await arrive(site, place)

    ours = dict(await visitor.page.evaluate("ours"))
    assert {"pointermove", "pointerdown", "click", "scroll"} <= {
        name for name, passive in ours.items() if passive
    }
    assert {"input", "storage", "pageshow", "keydown"} >= {
        name for name, passive in ours.items() if not passive
    }


async def test_what_fails_in_our_own_code_is_counted_once_a_page(
    site: Site, arrive: Arrive, place: str
) -> None:
    """The page breaks what we measure with: it hears nothing of it, the rest goes on, and its owner learns of it."""
    site.show(place, BUTTON)
    before = (await site.counts()).get("fault:desktop", 0)
    visitor = await arrive(site, place)
    heard: list[object] = []
    visitor.page.on("pageerror", lambda error: heard.append(error))
    await visitor.page.evaluate(BREAKING)

    async with visitor.page.expect_response("**/v1/count") as counted:
        await clicks(3)(visitor)
    assert 204 == (await counted.value).status
    await visitor.events()
    assert [] == heard
    assert before + 1 == (await site.counts())["fault:desktop"]
