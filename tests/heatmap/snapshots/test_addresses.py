"""Which page an address is: the same as in the browser."""

import pytest

from heatmap.snapshots.addresses import page_of
from recorder.recording import Page

PAGES = [
    Page(name="Home", pattern="/"),
    Page(name="Offers", pattern="/list?tab=offers", query=["tab"]),
    Page(name="List", pattern="/list"),
    Page(name="Product", kind="wildcard", pattern="/product/*"),
    Page(name="Any", kind="wildcard", pattern="/all/**"),
    Page(name="Regex", kind="regex", pattern=r"/n/\d+"),
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
