"""The drawing of a flow: as thick as many, and nothing twice."""

from heatmap.findings.surveys import Tables
from heatmap.site.diagram import GAP, HEIGHT, MOST, diagram
from heatmap.site.flow import by_page


def step(page: str, following: str, sessions: int) -> dict[str, str | int]:
    return {"page": page, "next": following, "sessions": sessions}


STEPS = [step("elsewhere", "Home", 60), step("Home", "Basket", 40), step("Home", "elsewhere", 20)]


def test_a_page_is_as_high_as_its_sessions_are_many() -> None:
    """On both sides; what is outside comes last on the right, and is called so."""
    made = diagram(STEPS)
    left = {node.name: node for node in made.nodes if node.left}

    assert HEIGHT / 2 == left["Home"].h == left["elsewhere"].h
    assert left["elsewhere"].h + GAP == left["Home"].y
    assert ["came in", "Home", "Home", "Basket", "left"] == [node.label for node in made.nodes]
    assert [True, False, True] == [ribbon.outside for ribbon in made.ribbons]


def test_ribbons_start_one_below_the_other() -> None:
    """In the order in which they end."""
    first, second = diagram(STEPS).ribbons[1:]

    assert first.path.startswith(f"M198 {HEIGHT / 2 + GAP:.1f}C")
    assert second.path.startswith(f"M198 {HEIGHT / 2 + GAP + HEIGHT / 3:.1f}C")


def test_a_tangle_is_not_drawn() -> None:
    """The most used steps are; the others are counted. Nothing is drawn of nothing."""
    many = [step(f"Page {n}", "Home", 5) for n in range(MOST + 3)]

    assert (MOST, 3) == (len(diagram(many).ribbons), diagram(many).left_out)
    assert ([], []) == (list(diagram([]).nodes), list(diagram([]).ribbons))


def test_each_page_with_where_people_came_from_and_went_to() -> None:
    """Nought where five have not."""
    tables: Tables = {
        "flow": STEPS,
        "visits": [{"page": "Home", "release": r, "sessions": n} for r, n in (("", 60), ("1", 30))],
        "backs": [{"page": "Home", "release": "1", "sessions": 5}],
    }
    numbers = ("sessions", "entries", "exits", "backs", "next", "nexts")

    home, basket = by_page(["Home", "Basket"], tables)

    assert [60, 60, 20, 5, "Basket", 40] == [home[name] for name in numbers]
    assert [0, 0, 0, 0, "", 0] == [basket[name] for name in numbers]
