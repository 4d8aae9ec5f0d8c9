"""Palettes: nothing at tone 0, hot at 255, and readable by everybody."""

import numpy as np
import pytest
from numpy.typing import NDArray

from heatmap.palette import CLASSIC, EMBER, EMBERS, HEAT, Palette, even, palette


def _lightness(colours: Palette) -> NDArray[np.float64]:
    """CIE L* of sRGB colours (IEC 61966-2-1, CIE 15), 0 to 100."""
    rgb = colours[:, :3] / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    y = linear @ np.array([0.2126, 0.7152, 0.0722])
    lightness: NDArray[np.float64] = np.where(y > 216 / 24389, 116 * np.cbrt(y) - 16, y * 24389 / 27)
    return lightness


@pytest.mark.parametrize("points", [HEAT, EMBER])
def test_goes_through_its_points(points: tuple[tuple[int, int, int, int], ...]) -> None:
    """Control points are met exactly."""
    colours = palette(points)
    assert colours.shape == (256, 4)
    for at, *rgb in points:
        assert colours[at, :3].tolist() == rgb


@pytest.mark.parametrize("colours", [CLASSIC, EMBERS])
def test_alpha_rises_from_nothing(colours: Palette) -> None:
    """Transparent at 0, never less opaque than colder, without a jump."""
    alpha = colours[:, 3].astype(int)
    assert alpha[0] == 0
    assert alpha[255] == 200
    assert (np.diff(alpha) >= 0).all()
    assert np.diff(alpha).max() <= 2


def test_embers_only_get_lighter() -> None:
    """The second palette reads without hue: lightness alone tells hot from cold, in even steps."""
    lightness = _lightness(EMBERS)
    assert (np.diff(lightness) > -0.5).all()
    eighths = lightness[::32]
    assert (np.diff(eighths) > 4).all()


def test_classic_gets_lighter_up_to_yellow() -> None:
    """And darker only in the hottest quarter, where it turns red."""
    lightness = _lightness(CLASSIC)
    assert (np.diff(lightness[:190]) > -0.5).all()
    assert (np.diff(lightness[190:]) < 0.5).all()


def test_even_is_equally_opaque() -> None:
    """Bands keep their colours and have one alpha; tone 0 stays nothing."""
    colours = even(CLASSIC, 99)
    assert colours[0, 3] == 0
    assert set(colours[1:, 3].tolist()) == {99}
    assert np.array_equal(colours[:, :3], CLASSIC[:, :3])
    assert CLASSIC[255, 3] == 200
