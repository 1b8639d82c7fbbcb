"""The colours of the pages as people with the common colour-vision deficiencies, and grey printers, see them.

Simulated after Machado, Oliveira and Fernandes 2009 (A physiologically-based model for simulation of color vision
deficiency, IEEE Transactions on Visualization and Computer Graphics 15), at full severity; differences by CIEDE2000
(Sharma, Wu and Dalal 2005). Neighbouring classes of a ramp are told apart from about 5 side by side; single marks, seen
apart from each other, must differ by more, and carry a shape, a letter or a pattern as well.
"""

from __future__ import annotations

import re
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest

import maps
from maps.bands import Band
from maps.flags import FLAGS
from maps.palette import BIVARIATE, BLUES, BROWNS, COLOURS, DIVERGING, density_ramp
from maps.workshop_records import shaded

CSS = Path(maps.__file__).parent / "css"
SIMULATED = {
    "usual": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


def linear(colour: str) -> np.ndarray:
    value = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def lab(colour: str, vision: str) -> np.ndarray:
    seen = np.clip(np.asarray(SIMULATED[vision]) @ linear(colour), 0, 1)
    ratio = TO_XYZ @ seen / (TO_XYZ @ np.ones(3))
    x, y, z = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def ciede2000(one: np.ndarray, other: np.ndarray) -> float:
    (l1, a1, b1), (l2, a2, b2) = one, other
    chroma = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    g = 0.5 * (1 - np.sqrt(chroma**7 / (chroma**7 + 25.0**7)))
    c1, c2 = np.hypot((1 + g) * a1, b1), np.hypot((1 + g) * a2, b2)
    h1, h2 = np.arctan2(b1, (1 + g) * a1) % (2 * np.pi), np.arctan2(b2, (1 + g) * a2) % (2 * np.pi)
    turn = 0.0 if c1 * c2 == 0 else (h2 - h1 + np.pi) % (2 * np.pi) - np.pi
    lm, cm = (l1 + l2) / 2, (c1 + c2) / 2
    hm = h1 + h2 if c1 * c2 == 0 else h1 + turn / 2
    t = (
        1 - 0.17 * np.cos(hm - np.pi / 6) + 0.24 * np.cos(2 * hm) + 0.32 * np.cos(3 * hm + np.pi / 30)
        - 0.20 * np.cos(4 * hm - np.radians(63))
    )  # fmt: skip
    sl = 1 + 0.015 * (lm - 50) ** 2 / np.sqrt(20 + (lm - 50) ** 2)
    sc, sh = 1 + 0.045 * cm, 1 + 0.015 * cm * t
    spread = np.exp(-(((np.degrees(hm) % 360 - 275) / 25) ** 2))
    rt = -np.sin(2 * np.radians(30) * spread) * 2 * np.sqrt(cm**7 / (cm**7 + 25.0**7))
    dl, dc, dh = (l2 - l1) / sl, (c2 - c1) / sc, 2 * np.sqrt(c1 * c2) * np.sin(turn / 2) / sh
    return float(np.sqrt(dl**2 + dc**2 + dh**2 + rt * dc * dh))


def apart(one: str, other: str, vision: str) -> float:
    return ciede2000(lab(one, vision), lab(other, vision))


def contrast(one: str, other: str) -> float:
    low, high = sorted(float(TO_XYZ[1] @ linear(colour)) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def test_the_difference_is_that_of_the_paper():
    # the first, seventh and seventeenth pair of the table of Sharma, Wu and Dalal
    for one, other, difference in (
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 0, 0), (50, -1, 2), 2.3669),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
    ):
        assert ciede2000(np.array(one, float), np.array(other, float)) == pytest.approx(difference, abs=1e-4)


def test_the_simulation_keeps_grey_and_confuses_red_with_green():
    for vision in SIMULATED:
        assert np.allclose(lab("#808080", vision), lab("#808080", "usual"), atol=0.2)
    assert apart("#c04040", "#6a7a30", "deutan") < 0.5 * apart("#c04040", "#6a7a30", "usual")


@pytest.mark.parametrize("vision", SIMULATED)
@pytest.mark.parametrize(
    ("ramp", "least"),
    [(BLUES, 5), (BROWNS, 5), (DIVERGING, 5), (tuple(density_ramp()), 4)],  # the last stands for a smooth ramp
    ids=["blues", "browns", "diverging", "density"],
)
def test_neighbours_on_a_ramp_are_told_apart(ramp, least, vision):
    assert min(apart(one, other, vision) for one, other in pairwise(ramp)) >= least


@pytest.mark.parametrize("vision", SIMULATED)
@pytest.mark.parametrize("ramp", [BLUES, BROWNS, tuple(density_ramp())], ids=["blues", "browns", "density"])
def test_a_ramp_grows_darker_for_every_eye_and_on_a_grey_print(ramp, vision):
    light = [lab(colour, vision)[0] for colour in ramp]
    assert min(one - other for one, other in pairwise(light)) > 3


@pytest.mark.parametrize("vision", SIMULATED)
def test_the_two_sides_of_the_diverging_ramp_are_told_apart(vision):
    assert min(apart(DIVERGING[i], DIVERGING[-1 - i], vision) for i in (0, 1)) >= 10


@pytest.mark.parametrize("vision", SIMULATED)
def test_no_two_classes_of_the_three_by_three_are_one(vision):
    # little for red-blind and green-blind eyes (3.5 between some neighbours): so each ward carries its code, as 2B
    assert min(apart(one, other, vision) for one, other in combinations(BIVARIATE, 2)) >= 3


@pytest.mark.parametrize("vision", SIMULATED)
@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_bands_of_the_workshop_are_told_apart_and_from_none(vision, count):
    made = shaded([Band("none"), *(Band("range", 10 * i, 10 * i + 5) for i in range(1, count)), Band("most", 90)])
    fills = [band["fill"] for band in made]
    assert len(set(fills)) == count + 1
    assert min(apart(one, other, vision) for one, other in pairwise(fills)) >= 8


@pytest.mark.parametrize("vision", SIMULATED)
def test_flags_with_the_same_fill_differ_in_pattern_or_mark(vision):
    for one, other in combinations(FLAGS, 2):
        assert (one.pattern, one.mark) != (other.pattern, other.mark) or apart(one.fill, other.fill, vision) >= 8


def feelings() -> dict[str, str]:
    text = (CSS / "workshop.css").read_text("utf-8")
    return dict(re.findall(r"--geo-(safe|unsafe|idea): (#[0-9a-f]{6})", text))


@pytest.mark.parametrize("vision", SIMULATED)
def test_feelings_are_told_apart_and_stand_out_from_the_map(vision):
    colours = feelings()
    assert set(colours) == {"safe", "unsafe", "idea"}
    assert min(apart(one, other, vision) for one, other in combinations(colours.values(), 2)) >= 10
    for colour in colours.values():
        assert contrast(colour, "#ffffff") >= 7, "white numbers inside, a white rim around"
        assert contrast(colour, COLOURS["land"]) >= 4.5


def test_words_and_dots_have_their_contrast():
    for ink, ground, least in (
        ("ink", "paper", 7), ("muted", "paper", 7), ("muted", "tint", 4.5), ("link", "paper", 4.5),
        ("paper", "band", 7), ("ward-name", "land", 4.5), ("hot-line", "land", 4.5), ("dot-line", "dot-out", 4.5),
        ("focus", "ink", 7), ("ward-line", "land", 2.5),
    ):  # fmt: skip
        assert contrast(COLOURS[ink], COLOURS[ground]) >= least, (ink, ground)


@pytest.mark.parametrize("vision", SIMULATED)
def test_incidents_inside_and_outside_hot_spots_are_told_apart(vision):
    assert apart(COLOURS["dot-in"], COLOURS["dot-out"], vision) >= 20
