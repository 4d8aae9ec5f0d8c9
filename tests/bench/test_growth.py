"""How a cost grows is told right."""

from tests.bench.growth import Growth, fit


def test_what_doubles_with_its_size_is_linear() -> None:
    """Nothing is left over."""
    assert Growth(1.0, 0.0) == fit({1: 3.0, 2: 6.0, 4: 12.0})


def test_a_square_is_seen() -> None:
    """Four times as many would cost sixteen times as much."""
    assert Growth(2.0, 0.0) == fit({1: 1.0, 2: 4.0, 4: 16.0})


def test_what_is_off_the_line_is_told() -> None:
    """As a share of what the line says."""
    found = fit({1: 1.0, 2: 2.6, 4: 4.0})

    assert 1.0 == found.exponent
    assert 0.19 == round(found.residual, 2)
