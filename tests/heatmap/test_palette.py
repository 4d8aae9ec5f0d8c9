"""Palettes: nothing at tone 0, hot at 255, and readable by everybody."""

import numpy as np
import pytest
from numpy.typing import NDArray

from heatmap.palette import CLASSIC, DIVERGING, EMBER, EMBERS, HEAT, Look, Palette, even, palette, stretched


def _lightness(colours: Palette) -> NDArray[np.float64]:
    """CIE L* of sRGB colours (IEC 61966-2-1, CIE 15), 0 to 100."""
    rgb = colours[:, :3] / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    y = linear @ np.array([0.2126, 0.7152, 0.0722])
    lightness: NDArray[np.float64] = np.where(y > 216 / 24389, 116 * np.cbrt(y) - 16, y * 24389 / 27)
    return lightness


def _lab(colours: Palette) -> NDArray[np.float64]:
    """CIELAB of sRGB colours under D65 (IEC 61966-2-1, CIE 15), (256, 3)."""
    rgb = colours[:, :3] / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = linear @ to_xyz.T / np.array([0.9505, 1, 1.089])
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)


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


def test_equal_steps_of_embers_look_equal() -> None:
    """Distances in CIELAB from sixteenth to sixteenth are within 15 % of their mean: no edge where there is none."""
    steps = np.linalg.norm(np.diff(_lab(EMBERS)[::16], axis=0), axis=1)
    assert np.abs(steps / steps.mean() - 1).max() < 0.15


def test_differences_are_blue_and_orange() -> None:
    """Nothing in the middle, and as strong on either side; every kind of colour blindness leaves blue and orange."""
    assert DIVERGING[128, 3] == 0
    assert DIVERGING[0, 3] == DIVERGING[255, 3] == 220
    assert DIVERGING[64, 2] > DIVERGING[64, 0]
    assert DIVERGING[192, 0] > DIVERGING[192, 2]


def test_a_look_is_chosen_by_name() -> None:
    """Palette, strength, opacity; bands have one strength."""
    chosen = Look("embers", 4, 0.5)
    assert np.array_equal(chosen.colours[:, :3], EMBERS[:, :3])
    assert 100 == chosen.colours[255, 3] == chosen.spots[128, 3]
    assert np.array_equal(chosen.spots[1:128, :3], EMBERS[2:255:2, :3])
    assert np.array_equal(chosen.bands[1:], np.insert(EMBERS[1:, :3], 3, 75, axis=1))
    assert np.array_equal(Look().spots, CLASSIC)
    assert np.array_equal(Look().bands, even(CLASSIC))


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


def test_a_picture_is_made_hotter_by_its_palette() -> None:
    """Four times as hot is twice the tone; nothing stays nothing, and the hottest stays the hottest."""
    made = stretched(CLASSIC, 4)

    assert [CLASSIC[n].tolist() for n in (0, 2, 200, 255, 255)] == [
        made[n].tolist() for n in (0, 1, 100, 128, 255)
    ]
    assert CLASSIC.tolist() == stretched(CLASSIC, 1).tolist()
