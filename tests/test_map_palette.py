"""The colours of the maps, as they are seen with the three common kinds of colour blindness, and on a grey print."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pandas as pd
import pytest

from maps import palette
from maps.flags import FLAGS
from maps.measures import UNKNOWN, measures

# Machado, Oliveira and Fernandes 2009 (doi:10.1109/TVCG.2009.113), severity 1.0, on linear sRGB
VISION = {
    "common": np.eye(3),
    "no red cones": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "no green cones": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]]
    ),
    "no blue cones": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]]
    ),
}
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = np.array([0.9505, 1.0, 1.089])
TOLD_APART = 7.0  # CIE76; 2.3 is what is just noticed side by side, shades of a map stand apart


def linear(colour: str) -> np.ndarray:
    value = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def lab(colour: str, vision: str) -> np.ndarray:
    xyz = XYZ @ np.clip(VISION[vision] @ linear(colour), 0, 1) / WHITE
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def apart(one: str, two: str, vision: str) -> float:
    return float(np.linalg.norm(lab(one, vision) - lab(two, vision)))


def lightness(colour: str) -> float:
    return float(lab(colour, "common")[0])


def contrast(one: str, two: str) -> float:
    light, dark = sorted((float(XYZ[1] @ linear(colour)) for colour in (one, two)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_lab_by_hand():
    assert lab("#ffffff", "common") == pytest.approx([100, 0, 0], abs=0.05)
    assert lab("#ff0000", "common") == pytest.approx([53.24, 80.09, 67.20], abs=0.05)
    # without red cones red is dark, and close to a dark brownish green
    assert lab("#ff0000", "no red cones")[0] < 45


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("name", ["BLUES", "BROWNS", "DIVERGING"])
def test_every_two_shades_are_told_apart(name, vision):
    shades = getattr(palette, name)
    near = {pair: round(apart(*pair, vision), 1) for pair in combinations(shades, 2)}
    assert min(near.values()) > TOLD_APART, min(near.items(), key=lambda item: item[1])


@pytest.mark.parametrize("vision", VISION)
def test_nine_shades_are_too_many_for_the_eye_alone(vision):
    """Each pair differs by more than is just noticed, some by little more: that is why every ward has its code."""
    near = [apart(*pair, vision) for pair in combinations(palette.BIVARIATE, 2)]
    assert min(near) > 4
    wards = pd.DataFrame({"reports_class": np.repeat([0, 1, 2], 3), "engagement_class": np.tile([0, 1, 2], 3)})
    [both] = measures(wards)
    assert len(set(both.texts)) == len(both.texts) == 9


@pytest.mark.parametrize("name", ["BLUES", "BROWNS"])
def test_shades_that_count_grow_darker_step_by_step_on_a_grey_print(name):
    steps = [lightness(colour) for colour in getattr(palette, name)]
    assert all(a - b > 5 for a, b in pairwise(steps)), steps


def test_the_density_ramp_grows_darker():
    steps = [lightness(colour) for colour in palette.density_ramp()]
    assert all(a - b > 3 for a, b in pairwise(steps)), steps


@pytest.mark.parametrize("vision", VISION)
def test_dots_in_and_outside_hot_spots_are_told_apart(vision):
    assert apart(palette.COLOURS["dot-in"], palette.COLOURS["dot-out"], vision) > 20


@pytest.mark.parametrize("ground", [*palette.BLUES, *palette.BROWNS, *palette.DIVERGING, *palette.BIVARIATE])
def test_a_dot_stands_out_from_every_shade(ground):
    """By its dark line on a pale ward, by its pale rim on a dark one."""
    assert max(contrast(palette.COLOURS[part], ground) for part in ("dot-line", "paper")) >= 3


def test_flags_of_one_pattern_and_fill_have_different_marks():
    """The fill alone need not tell: every flag has a mark, which stands on the ward and in the key."""
    alike = [(a, b) for a, b in combinations(FLAGS, 2) if (a.fill, a.pattern, a.mark) == (b.fill, b.pattern, b.mark)]
    assert alike == []
    assert UNKNOWN.pattern != "none"
