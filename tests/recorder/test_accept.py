import pytest

from recorder import accept


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", []),
        ("nl, en;q=0.5, de;q=0.9", [("nl", 1.0), ("de", 0.9), ("en", 0.5)]),
        ("text/html;level=1;q=0.4,*/*;Q=0.1", [("text/html", 0.4), ("*/*", 0.1)]),
        ("gzip;q=nonsense, br;q=7, x;q=-1", [("br", 1.0), ("gzip", 0.0), ("x", 0.0)]),
        (" , ,a", [("a", 1.0)]),
    ],
)
def test_what_is_liked_best_comes_first(header: str, expected: list[tuple[str, float]]) -> None:
    """In the order of the weights, and as they came where these are equal; whatever is sent can be read."""
    assert expected == list(accept.weights(header).items())
