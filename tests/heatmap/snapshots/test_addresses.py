"""Which page an address is: the same as in the browser."""

import pytest

from heatmap.snapshots.addresses import Kind, page_of, try_out
from recorder.errors import Malformed
from recorder.recording import Page

PAGES = [
    Page(name="Home", pattern="/"),
    Page(name="Offers", pattern="/list?tab=offers", query=["tab"]),
    Page(name="List", pattern="/list"),
    Page(name="Product", kind="wildcard", pattern="/product/*"),
    Page(name="Any", kind="wildcard", pattern="/all/**"),
    Page(name="Regex", kind="regex", pattern=r"/n/\d+"),
    Page(name="Café", pattern="/café"),
    Page(name="Dialect", kind="regex", pattern="/(?<name>x"),
]


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://shop.example", "Home"),
        ("https://shop.example/?utm=x#part", "Home"),
        ("http://localhost:3000/list?tab=offers&page=2", "Offers"),
        ("https://shop.example/list", "List"),
        ("https://shop.example/list?tab=new", "List"),
        ("https://shop.example/product/a%20b", "Product"),
        ("https://shop.example/café", "Café"),
        ("https://shop.example/product/a/b", None),
        ("https://shop.example/all/a/b", "Any"),
        ("https://shop.example/n/12", "Regex"),
        ("https://shop.example/n/12/", None),
        ("https://shop.example/x", None),
    ],
)
def test_the_first_rule_that_fits(url: str, name: str | None) -> None:
    """Path and named keys of the query take part, nothing else; a rule that cannot be read fits nothing."""
    found = page_of(PAGES, url)
    assert name == (None if found is None else PAGES[found].name)


ORIGINS = ["https://shop.example", "http://localhost:3000"]


@pytest.mark.parametrize(
    ("origins", "url", "expected"),
    [
        (ORIGINS, "https://shop.example/list?page=2", ("page", "List")),
        (ORIGINS, "HTTPS://Shop.Example:443/list", ("page", "List")),
        (ORIGINS, " http://localhost:3000/ ", ("page", "Home")),
        (ORIGINS, "/product/1", ("page", "Product")),
        (ORIGINS, "product/1", ("page", "Product")),
        (ORIGINS, "/product/1/2", ("no page", None)),
        (ORIGINS, "http://shop.example/list", ("another site", None)),
        (ORIGINS, "https://shop.example:8443/list", ("another site", None)),
        (ORIGINS, "mailto:shop@shop.example", ("another site", None)),
        (ORIGINS, "https://[/list", ("no page", None)),
        (ORIGINS, "https://shop.example:99999/list", ("no page", None)),
        ([], "https://anywhere.example/list", ("page", "List")),
    ],
)
def test_what_an_address_counts_as(origins: list[str], url: str, expected: tuple[Kind, str | None]) -> None:
    """A page, none, or another site: as the form says, whose tester is the browser's own."""
    pages = [page for page in PAGES if page.name != "Dialect"]
    assert [expected] == try_out(pages, origins, [url])


@pytest.mark.parametrize("pattern", ["/(?=x)x", r"/(x)\1", "/("])
def test_a_pattern_that_may_take_too_long_is_not_tried(pattern: str) -> None:
    """What another one wrote is compared in time that grows with the address alone, or not at all."""
    slow = Page(name="Slow", kind="regex", pattern="/(a+)+b")
    assert [("no page", None)] == try_out([slow], [], ["/" + "a" * 1000])
    with pytest.raises(Malformed, match="'Odd' cannot be tried out here"):
        try_out([slow, Page(name="Odd", kind="regex", pattern=pattern)], [], ["/"])
