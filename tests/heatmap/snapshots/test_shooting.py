"""`yesmap snapshot` in a real Chromium: states, sign-in, what is hidden and what is said about a page."""

import argparse
import asyncio
import io
from collections.abc import AsyncIterator, Callable
from typing import Any

import numpy as np
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from PIL import Image

from heatmap.snapshots import camera, shooting, snapshot
from heatmap.snapshots.shooting import Job, take
from heatmap.snapshots.snapshot import Snapshot, named
from heatmap.snapshots.steps import parse
from recorder.errors import Malformed, Unusable
from recorder.recording import Page

HOME = """<!doctype html><html lang="en"><style>body { margin: 0 } nav { height: 200px; background: #fff }
#rest { height: 900px } #inner { height: 600px; overflow-y: scroll } #inner p { height: 2000px }
[data-yesmap-ignore] { background: #f00; height: 50px }</style>
<body><button id="open" onclick="menu.hidden = false">Menu</button>
<nav id="menu" hidden><a href="#x" id="teas">All teas</a></nav>
<p data-yesmap-ignore>Ada Lovelace</p>
<label>Search <input id="field"></label>
<div data-yesmap-detail id="pad"><button>1</button><button>2</button><button>3</button><button>4</button></div>
<div id="inner"><p>Long</p></div><div id="rest"></div>
<script src="/static/shop.js?v=3"></script></body></html>"""
KEYS = "<button>1</button><button>2</button><button>3</button><button>4</button>"
#: Nested trees, and more than Chromium paints in one piece.
LONG = f"""<!doctype html><body style="margin: 0"><div id="host"></div>
<iframe id="frame" srcdoc="<p id='deep'>In a frame</p><p data-yesmap-detail>{KEYS}"
 style="display: block; border: 0; margin: 0"></iframe>
<iframe id="other" src="http://localhost:1/"></iframe>
<p style="height: 39000px">Long</p><button id="end">The end</button><script>
host.attachShadow({{ mode: "open" }}).innerHTML =
"<button id='shadow'>In a shadow</button><p data-yesmap-detail>{KEYS}</p>"</script></body>"""
#: A part that is asked for when it comes near, far down, and takes its time; in it another.
LAZY = """<!doctype html><body style="margin: 0"><div style="height: 9000px"></div><section id="one">…</section>
<div style="height: 2000px"></div><script>
const later = (e, path) => new IntersectionObserver(async ([{ isIntersecting }], observer) => {
  if (!isIntersecting) return;
  observer.disconnect();
  e.innerHTML = await (await fetch(path)).text();
  if (e.id === "one") later(document.getElementById("two"), "/part/two");
}).observe(e);
later(document.getElementById("one"), "/part/one");
</script></body>"""
PARTS = {
    "one": "<button>First</button><div style='height: 4000px'></div><section id='two'>…</section>",
    "two": "<button>Second</button>",
}
SIGN_IN = """<!doctype html><form method="post"><label>Name <input name="name"></label>
<label>Password <input type="password" name="password"></label><button>Sign in</button></form>"""
PAGES = [
    Page(name="Long", pattern="/long"),
    Page(name="Lazy", pattern="/lazy"),
    Page(name="Home", pattern="/"),
    Page(name="Account", pattern="/account"),
]
RED = [255, 0, 0]


@pytest.fixture
async def shop() -> AsyncIterator[str]:
    async def page(request: web.Request) -> web.Response:
        text = {"/": HOME, "/long": LONG, "/lazy": LAZY}[request.path]
        return web.Response(text=text, content_type="text/html")

    async def script(_: web.Request) -> web.Response:
        return web.Response(text="", content_type="text/javascript")

    async def account(request: web.Request) -> web.Response:
        if request.cookies.get("who") != "ada":
            raise web.HTTPFound("/signin")
        return web.Response(text="<p id='hello'>Hello Ada</p>", content_type="text/html")

    async def signin(_: web.Request) -> web.Response:
        return web.Response(text=SIGN_IN, content_type="text/html")

    async def enter(request: web.Request) -> web.Response:
        form = await request.post()
        answer = web.HTTPFound("/account")
        if form["password"] == "open sesame":
            answer.set_cookie("who", str(form["name"]))
        raise answer

    app = web.Application()

    async def part(request: web.Request) -> web.Response:
        await asyncio.sleep(1)  # a slow server: longer than the page is quiet before it is asked
        return web.Response(text=PARTS[request.match_info["part"]], content_type="text/html")

    for path, view in (
        ("/long", page),
        ("/lazy", page),
        ("/part/{part}", part),
        ("/", page),
        ("/static/shop.js", script),
        ("/account", account),
        ("/signin", signin),
    ):
        app.router.add_get(path, view)
    app.router.add_post("/signin", enter)
    async with TestServer(app) as server:
        yield str(server.make_url("/")).rstrip("/")


Taken = list[tuple[Snapshot, Image.Image]]


@pytest.fixture
def taken(chromium_path: str, shop: str) -> Callable[..., Any]:
    """Takes snapshots of paths of the shop; gives them with their pictures."""

    async def run(*paths: str, do: str = "", login: str = "", **changes: Any) -> Taken:
        fields: dict[str, Any] = {"devices": ["mobile"], "page": None, "state": "", "release": ""} | changes
        urls = [shop + path for path in paths]
        job = Job(urls=urls, do=parse(do), login=parse(login), browser=chromium_path, **fields)
        found: Taken = []

        async def keep(data: bytes, png: bytes) -> None:
            found.append((snapshot.read(data), Image.open(io.BytesIO(png)).convert("RGB")))

        await take(job, PAGES, keep)
        return found

    return run


def visible(made: Snapshot) -> dict[str, bool]:
    return dict(zip(made.names, made.elements["visible"].tolist(), strict=True))


async def test_a_state_is_a_snapshot_of_its_own(
    taken: Callable[..., Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What its steps open is to be seen on it; what the site marks and what was typed is on no picture.

    What a snapshot cannot show is said: a key pad that carries detail, a box that scrolls inside itself, a picture that
    ends before its page.
    """
    monkeypatch.setattr("heatmap.snapshots.screenshot.HEIGHT", 800)
    [(plain, _)] = await taken("/", release="1.5.0")
    said = " ".join(capsys.readouterr().out.split())
    do = "fill #field MMMMMMMM; click Menu; wait 'All teas'"
    [(opened, picture)] = await taken("/", do=do, state="menu-open")

    assert (False, True) == (visible(plain)["All teas"], visible(opened)["All teas"])
    assert (("", "1.5.0"), ("menu-open", "")) == (
        (plain.state, plain.release),
        (opened.state, opened.release),
    )
    assert ("/static/shop.js",) == plain.scripts
    pixels = np.asarray(picture)
    assert RED not in pixels.reshape(-1, 3).tolist()
    [(x, y, w, h)] = [
        row[["x", "y", "w", "h"]].item() for row in opened.elements if row["hash"] == named("#field")
    ]
    assert 255 == pixels[y + 4 : y + h - 4, x + 4 : x + w - 4].min()
    assert 800 == picture.height < plain.height
    assert '<div id="pad"> “1234” is a key pad' in said
    assert '<div id="inner"> scrolls inside itself' in said
    assert f"the page is {plain.height} px high, its picture shows the upper 800" in said


async def test_a_page_behind_sign_in(taken: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Once signed in, all pages are open; without, it is said where the address leads."""
    monkeypatch.setenv("SHOP_USER", "ada")
    monkeypatch.setenv("SHOP_PASSWORD", "open sesame")
    login = "goto /signin; fill Name $SHOP_USER; fill Password with $SHOP_PASSWORD; click 'Sign in'; wait 'Hello Ada'"

    with pytest.raises(Unusable, match=r"/signin: .*--login"):
        await taken("/account")
    [(account, _), (home, _)] = await taken("/account", "/", login=login)

    assert (["Hello Ada"], "Account", "Home") == (account.names, account.page, home.page)


async def test_a_long_page_with_frames_and_shadow_roots(
    taken: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever is in them is known, to the end of the page; a frame of another origin is one box, and that is said.

    So is it of key pads in them that carry detail.
    """
    [(made, picture)] = await taken("/long")
    boxes = {name: row for name, row in zip(made.names, made.elements, strict=True) if name}

    assert 39_000 < boxes["The end"]["y"] < made.height
    assert all(boxes[name]["visible"] for name in ("In a shadow", "In a frame", "The end"))
    assert 0 < boxes["In a shadow"]["y"] + 30 < boxes["In a frame"]["y"] + 30 < 300
    assert (380, 16_383) == picture.size
    said = " ".join(capsys.readouterr().out.split())
    assert '<iframe id="other"> is a frame of another origin' in said
    assert '"frame">' not in said
    assert 2 == said.count("is a key pad")


async def test_what_loads_slowly_when_it_is_scrolled_to_is_waited_for(taken: Callable[..., Any]) -> None:
    """Although the page was quiet before; and what comes with it is scrolled to as well."""
    [(made, picture)] = await taken("/lazy")

    assert {"First": True, "Second": True} == {
        name: seen for name, seen in visible(made).items() if name in {"First", "Second"}
    }
    assert 15_000 < made.height == picture.height


async def test_what_cannot_be_done_is_said(
    shop: str, chromium_path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The step and the page; no secret that is written out, no file, no page that is not there."""
    monkeypatch.setattr("heatmap.snapshots.steps.STEP_MS", 1500)
    async with camera.started(chromium_path) as browser, camera.camera(browser, "mobile", {}) as one:
        for todo, why in (
            ("goto /signin; fill Password 'open sesame'", "environment variable"),
            ("goto /signin; fill Name $NOBODY_SET_THIS", "needs the environment variable NOBODY_SET_THIS"),
            ("goto file:///etc/passwd", "no web page"),
            ("click Nothing", "`click Nothing` cannot be done at http"),
        ):
            with pytest.raises(Unusable, match=why):
                await one.do(shop, parse(todo))
        with pytest.raises(Unusable, match="answers with 404"):
            await one.shoot(f"{shop}/nowhere", most=100)


async def test_an_address_of_no_page_is_refused(taken: Callable[..., Any]) -> None:
    """Before a browser starts."""
    with pytest.raises(Malformed, match="fits none of the recording's pages"):
        await taken("/nowhere")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ({"state": "menu"}, "steps that lead to it"),
        ({"do": "click Menu"}, "steps that lead to it"),
        ({"state": "Menu open", "do": "click Menu"}, "small letters"),
        ({"device": "watch"}, "no device class 'watch'"),
        ({"urls": ["file:///etc/passwd"]}, "no address of a web page"),
        ({"urls": ["https://a.example", "https://b.example"], "page": "Home"}, "one by one"),
    ],
)
def test_words_that_make_no_sense(words: dict[str, Any], why: str) -> None:
    """They are refused before a browser starts."""
    given = {
        "urls": ["https://shop.example"],
        "page": None,
        "state": "",
        "do": "",
        "login": "",
        "release": "",
    }
    given |= {"device": "mobile", "browser": "chromium"} | words
    with pytest.raises(Malformed, match=why):
        shooting._job(argparse.Namespace(**given))
