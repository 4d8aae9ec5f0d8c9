"""Seven pages, built in different ways, and what became of each with the next release.

What is clicked carries `data-truth`, of which the recorder knows nothing: it says which element is which, whatever
happens to the page. Classes carry the release in their names, as those of many build tools do.
"""

from collections.abc import Callable
from typing import NamedTuple


class Build(NamedTuple):
    """A page as it was, and as it is after something was put in, renamed or moved."""

    name: str
    before: str
    after: str


#: Nothing leads away, and below the page there is room for the sign that recording is on.
_END = "<div style='height:200px'></div><script>addEventListener('click', (e) => e.preventDefault(), true)</script>"
_LOREM = (
    "Everything that we make is made to be repaired, and the parts are kept for fifteen years",
    "The colour differs a little from piece to piece, since the wood does",
    "Sent within two days, by bicycle where there are roads for it and by train where there are rails",
)
_GOODS = ("Lamp", "Oak chair", "Round table", "Bench", "Mirror with a frame", "Shelf", "Carpet", "Tea pot")


def _shop(goods: tuple[str, ...], release: str) -> str:
    cards = "".join(
        f"""<div class="card-{release}"><div class="pic-{release}" data-truth="pic {name}"></div>
<h3 data-truth="name {name}">{name}</h3><p>{_LOREM[len(name) % 3]}</p><button data-truth="buy {name}">Add to basket</button></div>"""
        for name in goods
    )
    return f"""<style>.grid-{release}{{display:grid;grid-template-columns:repeat(auto-fill,minmax(230px,1fr));gap:16px;padding:16px}}
.card-{release}{{border:1px solid #ccc;padding:12px}} .pic-{release}{{aspect-ratio:4/3;background:#ddd}}
button{{padding:8px 14px}}</style><h1 data-truth="title">Things for the house</h1>
<main class="grid-{release}">{cards}</main>"""


def _article(order: tuple[int, ...]) -> str:
    sections = (
        ("How it began", "in a shed behind the station", "the first workshop"),
        ("What it became", "forty people in three towns", "the yearly report"),
        ("Where it goes", "further, but not faster", "our plan for the next years"),
        ("Who pays for it", "those who sit on the chairs", "the list of our members"),
    )
    told = "".join(
        f"""<section><h2 data-truth="head {n}">{sections[n][0]}</h2><p>{_LOREM[n % 3]}, {sections[n][1]}. {_LOREM[(n + 1) % 3]};
see <a href="#" data-truth="link {n}">{sections[n][2]}</a> for more of it. {_LOREM[(n + 2) % 3]}.</p></section>"""
        for n in order
    )
    menu = "".join(
        f'<li><a href="#" data-truth="menu {n}">{sections[n][0]}, in short</a></li>' for n in order
    )
    return f"""<style>body{{display:grid;grid-template-columns:240px 1fr;gap:24px}} section{{padding:8px 0}}
@media(max-width:900px){{body{{display:block}}}} a{{padding:2px}}</style>
<nav><ul>{menu}</ul></nav><article><h1 data-truth="title">A history of chairs</h1>{told}</article>"""


def _landing(menu: tuple[str, ...], banner: str) -> str:
    links = "".join(f'<a href="#" data-truth="menu {name}">{name}</a>' for name in menu)
    columns = "".join(
        f"""<div><h3 data-truth="head {n}">{head}</h3><p>{_LOREM[n]}</p><a href="#" class="b" data-truth="more {n}">Read more</a></div>"""
        for n, head in enumerate(("For shops", "For schools", "For towns"))
    )
    foot = "".join(
        f'<li><a href="#" data-truth="foot {n}">{name}</a></li>'
        for n, name in enumerate(("Jobs", "Press", "Imprint"))
    )
    return f"""<style>header{{position:sticky;top:0;background:#fff;display:flex;flex-wrap:wrap;gap:8px;padding:12px}}
header a{{padding:6px 10px}} .hero{{padding:60px 5%;background:#eef}} .row{{display:flex;flex-wrap:wrap;gap:24px;padding:24px}}
.row>div{{flex:1 1 260px}} .b{{display:inline-block;padding:8px;border:1px solid}}
footer{{padding:300px 16px 16px}} footer a{{display:inline-block;padding:6px}}</style>
{banner}<header>{links}</header><div class="hero"><h1 data-truth="title">Chairs that stay</h1>
<button data-truth="start" style="padding:12px 24px">Begin</button></div><div class="row">{columns}</div>
<footer><ul>{foot}</ul></footer>"""


def _table(rows: tuple[str, ...], tiles: tuple[str, ...]) -> str:
    stats = "".join(f'<div class="tile" data-truth="tile {name}"><b>{name}</b> 1,204</div>' for name in tiles)
    body = "".join(
        f"""<tr><td data-truth="cell {name}">{name}</td><td>{_LOREM[len(name) % 3]}</td>
<td><button data-truth="open {name}">Open</button> <button data-truth="drop {name}">Delete</button></td></tr>"""
        for name in rows
    )
    return f"""<style>.tiles{{display:flex;flex-wrap:wrap;gap:12px}} .tile{{flex:1 1 180px;padding:20px;background:#efe}}
td{{padding:10px;border-bottom:1px solid #ccc}} table{{width:100%}}</style>
<h1 data-truth="title">Orders</h1><div class="tiles">{stats}</div><table><tbody>{body}</tbody></table>"""


def _components(names: tuple[str, ...]) -> str:
    return f"""<h1 data-truth="title">Plans</h1><x-plans></x-plans><script>
const plans = document.querySelector("x-plans").attachShadow({{ mode: "open" }});
const names = {list(names)!r};
plans.innerHTML = "<style>:host{{display:flex;flex-wrap:wrap;gap:16px;padding:16px}}</style>"
  + names.map(() => "<x-plan style='flex:1 1 240px;border:1px solid'></x-plan>").join("");
[...plans.querySelectorAll("x-plan")].forEach((plan, n) => (plan.attachShadow({{ mode: "open" }}).innerHTML =
  `<h2 data-truth="plan ${{names[n]}}">${{names[n]}}</h2><p>{_LOREM[0]}</p>
  <button style="padding:10px" data-truth="choose ${{names[n]}}">Choose</button>`));
</script>"""


def _questions(names: tuple[str, ...], release: str) -> str:
    asked = "".join(
        f"""<details class="q-{release}" open><summary data-truth="ask {name}">{name}?</summary>
<p data-truth="say {name}">{_LOREM[len(name) % 3]}.</p></details>"""
        for name in names
    )
    return f"""<style>.q-{release}{{padding:8px;border-bottom:1px solid}} summary{{padding:8px}}
form{{display:grid;grid-template-columns:repeat(auto-fit,minmax(220px,1fr));gap:12px}} input{{width:100%;padding:8px}}</style>
<h1 data-truth="title">Questions</h1>{asked}
<form><label>Name <input name="who" data-truth="who"></label><label>Town <input name="town" data-truth="town"></label>
<button data-truth="send" style="padding:10px">Send</button></form>"""


def _frame(items: tuple[str, ...], above: str) -> str:
    inside = "".join(f'<li style="padding:9px" data-truth="item {n}">{n}</li>' for n in items)
    return f"""<h1 data-truth="title">Timetable</h1>{above}
<iframe style="width:70%;height:700px;margin:4%;border:3px solid" srcdoc='<!doctype html><ul>{inside}</ul>'></iframe>
<p data-truth="below">{_LOREM[1]}</p>"""


def _build(
    name: str, make: Callable[..., str], before: tuple[object, ...], after: tuple[object, ...]
) -> Build:
    return Build(name, make(*before) + _END, make(*after) + _END)


_STOPS = tuple(f"{stop} street" for stop in ("High", "Mill", "Church", "Station", "River", "Long"))

BUILDS = [
    _build("grid of a shop", _shop, (_GOODS, "a1"), (("Stool", *_GOODS[:3], "Chest", *_GOODS[3:]), "b7")),
    _build("article with a menu", _article, ((0, 1, 2, 3),), ((3, 0, 1, 2),)),
    _build(
        "sticky header",
        _landing,
        (("Chairs", "Tables", "Lamps", "About us"), ""),
        (
            ("Chairs", "New things", "Tables", "Lamps", "About us"),
            "<div style='padding:14px'>Sale until Sunday</div>",
        ),
    ),
    _build(
        "table and tiles",
        _table,
        (("Anna", "Bob", "Cleo", "Dirk", "Emma", "Frits"), ("Visits", "Orders", "Returns", "Calls")),
        (("Zoe", "Anna", "Bob", "Dirk", "Emma", "Frits"), ("Calls", "Visits", "Orders", "Returns")),
    ),
    _build(
        "shadow roots", _components, (("Small", "Middle", "Large"),), (("Free", "Small", "Middle", "Large"),)
    ),
    _build(
        "questions and a form",
        _questions,
        (("Who", "How long", "Where to", "What if it breaks"), "a1"),
        (("Why", "Who", "How long", "Where to", "What if it breaks"), "b7"),
    ),
    _build(
        "frame", _frame, (_STOPS, ""), (("Park street", *_STOPS), "<p>From Monday on there is a new stop</p>")
    ),
]
