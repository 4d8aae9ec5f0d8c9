"""What must not be readable from positions: answers, PINs, and who somebody is."""

import pytest

from recorder.events import Kind
from tests.static.hand import box_of
from tests.static.hand import of as element
from tests.static.visitor import CENTRE, Event, Visitor, of, row, rows

pytestmark = pytest.mark.asyncio(loop_scope="module")

#: Everything that has a place on the page.
PLACED = (Kind.MOVE, Kind.CLICK, Kind.RAGE, Kind.DEAD, Kind.INVALID, Kind.SUBMIT)


def component(name: str, inside: str, mode: str = "open") -> str:
    """Defines an element with a shadow root of its own."""
    return f"""<script>customElements.define("{name}", class extends HTMLElement {{
      constructor() {{ super().attachShadow({{ mode: "{mode}" }}).innerHTML = `{inside}`; }}
    }})</script>"""


def ten(one: str) -> str:
    """Ten keys in a group; `{n}` is the digit, and the seventh is the one that is pressed."""
    keys = "".join(one.format(n=n, it="id=it" if n == 7 else "") for n in range(10))
    return f'<div aria-label="Group" style="width:240px">{keys}</div>'


RADIO = "<label><input type=radio name=r><slot></slot></label>"
DROPDOWN = (
    """<ul aria-label="Group" style="cursor:pointer"><li>Red wine<li id="it">White wine<li>Water</ul>"""
)
MAP = """<map name="m" aria-label="Group"><area shape="rect" coords="0,0,300,100" href="#a">
    <area shape="rect" coords="0,100,300,200" href="#b"></map>
    <img id="it" alt="Body" usemap="#m" width="300" height="200"
    src="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='300' height='200'/%3E">"""
GROUPS = {
    "radio buttons": """<fieldset aria-label="Group"><legend>Size</legend>
        <label><input type="radio" name="s"> Small</label><br>
        <label id="it"><input type="radio" name="s"> Large</label></fieldset>""",
    "radio buttons in rows of their own": """<form aria-label="Group">
        <p><label><input type="radio" name="s"> Small</label> <label><input type="checkbox"> wrapped</label></p>
        <p><label id="it"><input type="radio" name="s"> Large</label> <label><input type="checkbox"> wrapped</label></p>
        </form>""",
    "radios of a role": """<div role="radiogroup" aria-label="Group">
        <p role="radio" tabindex="0">Small</p><p role="radio" tabindex="-1" id="it">Large</p></div>""",
    "a list box": """<ul role="listbox" aria-label="Group">
        <li role="option">Small<li role="option" id="it">Large</ul>""",
    "a list to choose from": """<select size="4" aria-label="Group" id="it">
        <option>A<option>B<option>C<option>D</select>""",
    "boxes to tick": """<fieldset aria-label="Group"><label><input type="checkbox"> One</label><br>
        <label id="it"><input type="checkbox"> Two</label></fieldset>""",
    "a key pad": '<div aria-label="Group" style="width:120px">{}</div>'.format(
        "".join(f'<button id="{"it" if n == 7 else f"k{n}"}">{n}</button>' for n in range(10))
    ),
    "a date grid": '<table><tbody aria-label="Group">{}</tbody></table>'.format(
        "".join(
            "<tr>{}</tr>".format(
                "".join(
                    f'<td role="gridcell" tabindex="-1"{" id=it" if day == 16 else ""}>{day}</td>'
                    for day in range(week * 7 + 1, week * 7 + 8)
                )
            )
            for week in range(4)
        )
    ),
    "stars": '<div aria-label="Group">{}</div>'.format(
        "".join(f'<span role="button" tabindex="0"{" id=it" if n == 3 else ""}>★</span>' for n in range(5))
    ),
    "keys that have a shadow root each": component("x-key", "<button>7</button>")
    + ten("<x-key {it}></x-key>"),
    "keys with text put in their slots": component("x-key", "<button><slot></slot></button>")
    + ten("<x-key {it}>{n}</x-key>"),
    "keys put in a component's slot": component(
        "x-pad", "<main><p>PIN</p><div aria-label=Group><slot></slot></div></main>"
    )
    + component("x-key", "<b><slot></slot></b>")
    + ten("<x-key {it}>{n} </x-key>").replace("div aria-label", "x-pad data-was").replace("/div", "/x-pad"),
    "keys in closed shadow roots": component("x-key", "<button>Some key</button>", "closed")
    + ten("<x-key {it}></x-key>"),
    "radio buttons in components": component("x-radio", RADIO)
    + '<div aria-label="Group"><x-radio>Small</x-radio> <x-radio id="it">Large</x-radio></div>',
    "radio buttons in closed components": component("x-radio", RADIO, "closed")
    + '<div aria-label="Group"><x-radio>Small</x-radio> <x-radio id="it">Large</x-radio></div>',
    "keys without a role": ten('<div {it} style="display:inline-block;width:60px">{n}</div>'),
    "a phone's keys": ten("<span {it}>{n} <small>ABC</small></span>"),
    "days without a role": '<table><tbody aria-label="Group">{}</tbody></table>'.format(
        "".join(
            "<tr>{}</tr>".format(
                "".join(
                    f"<td{' id=it' if day == 16 else ''}>{day}" for day in range(week * 7 + 1, week * 7 + 8)
                )
            )
            for week in range(4)
        )
    ),
    "stars without a role": '<p>How was it?</p><div aria-label="Group">{}</div>'.format(
        "".join(f"<span{' id=it' if n == 3 else ''}>★</span>" for n in range(5))
    ),
    "buttons that stay pressed": """<div aria-label="Group"><button aria-pressed="false">Small</button>
        <button aria-pressed="true" id="it">Large</button></div>""",
    "lines of a list to choose from": DROPDOWN,
    "a map of areas": MAP,
    "a slider": '<input type="range" aria-label="Group" id="it">',
    "a text field": '<input aria-label="Group" id="it">',
    "many lines": '<textarea aria-label="Group" id="it"></textarea>',
    "text that is edited": '<div contenteditable aria-label="Group" id="it"><p>One<p>Two</div>',
}

NOTHING = {
    "ignored": '<div data-yesmap-ignore><p>Ann <button id="it">Buy</button></p></div>',
    "ignored, around a shadow root": """<div data-yesmap-ignore><x-card></x-card></div><script>
        document.querySelector("x-card").attachShadow({ mode: "open" }).innerHTML = "<button id=it>Buy</button>";
        </script>""",
    "put in a slot that is ignored": component("x-card", "<p data-yesmap-ignore>Ann <slot></slot></p>")
    + '<x-card><button id="it">Buy</button></x-card>',
    "a password": '<input type="password" id="it">',
    "the label of a password": '<label id="it" for="p">Password</label><input type="password" id="p">',
    "a card number": '<input autocomplete="cc-number" id="it">',
    "a security code": '<input name="cvc" id="it">',
    "a code for once": '<input autocomplete="one-time-code" id="it">',
    "a password in a harmless part": '<div data-yesmap-detail><input type="password" id="it"></div>',
}

#: Pages that look a bit like groups. Their places say where people look and what they miss.
PLAIN = {
    "pages of a list": "<p>{}</p>".format(
        "".join(f'<a href="/case/{n}" onclick="return false">{n}</a> ' for n in range(9))
    )
    + '<p id="it">Much to read</p>',
    "one of the pages of a list": "<p>{}</p>".format(
        "".join(
            f'<a href="/case/{n}" onclick="return false"{" id=it" if n == 7 else ""}>{n}</a> '
            for n in range(9)
        )
    ),
    "the way to a page": "<p>{}</p>".format(
        "<i>›</i>".join('<a id="it" href="/" onclick="return false">Part</a>' for _ in range(6))
    ),
    "a program": "<pre>{}<b id='it'>long_name</b></pre>".format("<i>x</i> <i>=</i> <i>y</i>" * 9),
    "beside a key pad": ten("<button>{n}</button>") + '<p id="it">Much to read</p>',
    "cards with stars": "<div>{}</div>".format(
        "".join(
            f"<div><h3 id='it'>A lamp for the table</h3><p>It has a shade of paper that is made by hand, and gives "
            f"a warm light</p><p>{'<i>★</i>' * 5}</p><p>Sold by Example Ltd for 19.90 a piece</p></div>"
            for _ in range(4)
        )
    ),
    "a list to read": '<ul><li id="it">Red wine<li>White wine<li>Water</ul>',
    "a component without a shadow": '<script>customElements.define("x-page", class extends HTMLElement {})</script>'
    '<x-page id="it" style="display:block;padding:50px"><p>Much to read</p></x-page><x-page><p>More</p></x-page>',
}


async def go_over(visitor: Visitor, path: str, body: str, *, bare: bool = False) -> list[Event]:
    """Move over an element, click it off its centre, and press a key in it; gives what was recorded with a place.

    `bare`: with nothing around it but the page.
    """
    visitor.site.show(path, body if bare else f'<div style="padding:60px">{body}</div>')
    await visitor.visit(path)
    await visitor.page.mouse.move(5, 5)
    await visitor.wait(250)
    box = await box_of(visitor, "#it")
    for share in (0.2, 0.5, 0.8):
        await visitor.page.mouse.move(box["x"] + share * box["width"], box["y"] + share * box["height"])
        await visitor.wait(60)
    await visitor.page.mouse.click(box["x"] + 0.8 * box["width"], box["y"] + 0.8 * box["height"])
    await visitor.wait(60)
    return await visitor.events()


@pytest.mark.parametrize("body", GROUPS.values(), ids=GROUPS)
async def test_of_a_group_only_its_centre_is_told(regular: Visitor, place: str, body: str) -> None:
    """Which option it was cannot be read from the click, and no move inside is kept."""
    regular.site.show(place, body)
    found = await go_over(regular, place, body)
    await regular.visit(place)
    group = await row(regular.page, "Group")

    clicked, moves = of(found, Kind.CLICK), of(found, Kind.MOVE)
    assert group.group
    assert [(group.hash, CENTRE, CENTRE)] == [(e.element, e.fx, e.fy) for e in clicked]
    assert pytest.approx((group.x + group.w / 2, group.y + group.h / 2), abs=1) == (
        clicked[0].x,
        clicked[0].y,
    )
    assert [(5, 5)] == [(e.x, e.y) for e in moves]


async def test_of_radio_buttons_that_only_the_page_holds_nothing_is_told(
    regular: Visitor, place: str
) -> None:
    """Neither a click nor a move could be told without saying which of them it was."""
    body = """<label><input type="radio" name="s"> Small</label><br>
        <label id="it"><input type="radio" name="s"> Large</label>"""
    found = await go_over(regular, place, body, bare=True)

    assert {(5, 5)} >= {(e.x, e.y) for e in of(found, *PLACED)}


@pytest.mark.parametrize("body", PLAIN.values(), ids=PLAIN)
async def test_what_only_looks_like_a_group_is_told(regular: Visitor, place: str, body: str) -> None:
    """The places of moves and clicks are those of the element itself."""
    found = await go_over(regular, place, body)

    [click] = of(found, Kind.CLICK)
    assert click.fx > 1.5 * CENTRE
    assert 4 == len(of(found, Kind.MOVE))


@pytest.mark.parametrize("body", NOTHING.values(), ids=NOTHING)
async def test_of_what_is_secret_nothing_is_told(regular: Visitor, place: str, body: str) -> None:
    """Not even that it was clicked, and no element of it is in the snapshot's table."""
    found = await go_over(regular, place, body)
    await regular.visit(place)

    assert [(Kind.MOVE, 5, 5)] == [(e.kind, e.x, e.y) for e in of(found, *PLACED)]
    assert {"Buy", "Password"}.isdisjoint(r.name for r in await rows(regular.page))


async def test_a_harmless_control_tells_its_places_again(regular: Visitor, place: str) -> None:
    """What the site marks with `data-yesmap-detail` is told as any other element."""
    body = '<div data-yesmap-detail><input type="range" aria-label="Price" id="it" style="width:400px"></div>'

    found = await go_over(regular, place, body)
    await regular.visit(place)
    price = await row(regular.page, "Price")

    [click] = of(found, Kind.CLICK)
    assert price.hash == click.element
    assert pytest.approx(0.8 * 65535, abs=65535 / price.w) == click.fx
    assert 4 == len(of(found, Kind.MOVE))


async def test_nothing_of_what_is_typed_is_told(regular: Visitor, place: str) -> None:
    """Keys leave no event at all."""
    regular.site.show(place, '<input id="it">')
    await regular.visit(place)
    await element(regular, "#it").focus()

    await regular.page.keyboard.type("Ann Miller 1234")
    await regular.wait(100)

    found = {e.kind for e in await regular.events()}
    assert found <= {Kind.PAGE, Kind.SCROLL, Kind.MARK, Kind.HIDDEN}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("user-4711", "user-4712", True),
        ("ann@mail.example", "bob@mail.example", True),
        ("buy", "pay", False),
    ],
    ids=["digits", "addresses", "plain"],
)
async def test_names_that_may_be_a_persons_are_not_used(
    regular: Visitor, place: str, one: str, other: str, same: bool
) -> None:
    """Elements that differ only by an id with digits or an address have one hash; other names take part."""
    hashes = []
    for name in (one, other):
        regular.site.show(place, f'<button id="{name}">Buy</button>')
        await regular.visit(place)
        await regular.page.get_by_role("button", name="Buy").click()
        [click] = of(await regular.events(), Kind.CLICK)
        hashes.append(click.element)

    assert same == (hashes[0] == hashes[1])


async def test_our_own_prompt_and_sign_are_not_recorded(regular: Visitor, place: str) -> None:
    regular.site.show(place, "")
    await regular.visit(place)

    await regular.page.get_by_text("Recording until").click()
    await regular.wait(100)

    assert [] == of(await regular.events(), *PLACED)
