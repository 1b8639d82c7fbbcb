"""Rolling origins: what a map of known ground catches, and that nothing of the later months is known to it."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from conftest import SOUTH, WEST, make_incidents, make_wards
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import GeoError
from geo.evaluation.prediction import BEST, BEYOND_CHANCE, HOTSPOTS, METHODS, Grid, choose, evaluate, splits

MONTHS = [f"{year}-{month:02d}" for year in (2024, 2025) for month in range(1, 13)]
DISC = np.pi * 50**2


def town(*, seed=0, months=MONTHS):
    """One ward of a square kilometre: every month six reports at one place, two at another, and four anywhere."""
    rng = np.random.default_rng(seed)
    places = [(500.0, 500.0)] * 6 + [(205.0, 705.0)] * 2
    every = [place for _ in months for place in [*places, *map(tuple, rng.uniform(20, 980, (4, 2)))]]
    return make_incidents(every, months=np.repeat(months, 12).tolist())


def boxes(*corners):
    """Hot spots that are squares of 100 m, given by their south-west corner, in this order."""

    def find(incidents, months):
        shapes = [shapely.box(WEST + x, SOUTH + y, WEST + x + 100, SOUTH + y + 100) for x, y in corners]
        return gpd.GeoDataFrame({"could_be_chance": False}, index=range(len(shapes)), geometry=shapes, crs=27700)

    return find


def row_of(done, method, ground, month="2025-01"):
    rows = done.scores.set_index(["first_month", "method", "ground"])
    return rows.loc[(month, method, ground)]


def test_windows_without_a_gap():
    assert [(one.train[0], one.train[-1], one.test) for one in splits(MONTHS[:14])] == [
        ("2024-01", "2024-12", ["2025-01"]),
        ("2024-02", "2025-01", ["2025-02"]),
    ]
    gap = [month for month in MONTHS if month != "2024-03"]
    assert next(one.train[0] for one in splits(gap)) == "2024-04"
    assert len(splits(MONTHS, train=6, test=3, step=3)) == 6
    with pytest.raises(GeoError, match="^12 months covered: 12 to learn from and 1 to test on, without a gap, are 13"):
        splits(MONTHS[:12])


def test_the_numbers_of_one_origin():
    done = evaluate(town(), make_wards("Acre"), MONTHS[:13], boxes((450, 450), (160, 660)), budgets=(0.01,))
    assert set(done.scores["method"]) == set(METHODS)
    own = row_of(done, HOTSPOTS, "list")
    assert own["area_share"] == pytest.approx(0.02)
    assert own["later"] == 12
    assert own["hit_rate"] >= 8 / 12
    assert own["pai"] == pytest.approx(own["hit_rate"] / 0.02)
    first = row_of(done, HOTSPOTS, "1.00%")
    assert first["hit_rate"] >= 6 / 12  # one square kilometre: the first square is one per cent of it
    cells = done.scores["method"].isin(["unit grid", "kde", "kde by age", BEST])
    assert (done.scores.loc[cells, "pei"].dropna() <= 1 + 1e-9).all()
    assert row_of(done, BEST, "list")["pei"] == pytest.approx(1)
    assert "Hot spots: " in done.sentences[0]


def test_overlaps_count_once():
    twice = evaluate(town(), make_wards("Acre"), MONTHS[:13], boxes((450, 450), (450, 450), (500, 450)), budgets=(0.5,))
    assert row_of(twice, HOTSPOTS, "list")["area_share"] == pytest.approx(0.015)
    assert row_of(twice, HOTSPOTS, "list")["hit_rate"] < 1
    assert np.isnan(row_of(twice, HOTSPOTS, "50.00%")["hit_rate"])  # the list covers less


def test_no_hot_spot_is_said_and_is_no_score():
    done = evaluate(town(), make_wards("Acre"), MONTHS[:14], boxes(), budgets=(0.01,))
    assert done.sentences[0] == "Hot spots: none was found from 2 origins."
    assert done.scores.loc[done.scores["method"] == HOTSPOTS, "hit_rate"].isna().all()
    assert row_of(done, "grid", "1.00%")["hit_rate"] > 0


def test_the_maps_know_nothing_of_the_test_months():
    seen = []

    def find(incidents, months):
        seen.append((sorted(set(incidents["month"])), list(months)))
        return boxes((450, 450))(incidents, months)

    frame = town()
    done = evaluate(frame, make_wards("Acre"), MONTHS[:15], find, budgets=(0.01,))
    assert seen == [(MONTHS[n : n + 12], MONTHS[n : n + 12]) for n in range(3)]
    # the later months moved elsewhere: every map but the best possible stays where it was
    moved = frame.geometry.where(frame["month"] != MONTHS[12], shapely.Point(WEST + 15, SOUTH + 15))
    other = evaluate(frame.set_geometry(moved), make_wards("Acre"), MONTHS[:13], boxes((450, 450)), budgets=(0.005,))
    for method in METHODS:
        assert row_of(other, method, "0.50%")["hit_rate"] == (1 if method == BEST else pytest.approx(0, abs=0.02))
    assert row_of(done, "discs", "1.00%")["hit_rate"] >= 6 / 12


def test_discs_are_taken_by_what_they_add():
    # 9 in a line of three points 30 m apart (one disc holds them), 5 far away, 4 near the line's end
    places = [(500, 500)] * 3 + [(530, 500)] * 3 + [(560, 500)] * 3 + [(100, 100)] * 5 + [(590, 500)] * 4
    months = [month for month in MONTHS[:12] for _ in places]
    later = [(590, 500), (100, 100)]
    frame = make_incidents([*(places * 12), *later], months=[*months, *[MONTHS[12]] * 2])
    done = evaluate(frame, make_wards("Acre"), MONTHS[:13], boxes((0, 0)), budgets=(DISC / 1e6, 2 * DISC / 1e6 + 0.004))
    grounds = done.scores.loc[done.scores["method"] == "discs", "ground"].tolist()
    one, two = (row_of(done, "discs", label)["hit_rate"] for label in grounds[-2:])
    assert one == pytest.approx(0.5, abs=0.01)  # 530..590: ten reports, and the later one at 590
    assert two > 0.5


def test_lists_of_chance_are_apart():
    def find(incidents, months):
        return boxes((450, 450), (160, 660))(incidents, months).assign(could_be_chance=[False, True])

    done = evaluate(town(), make_wards("Acre"), MONTHS[:13], find, budgets=(0.01,))
    assert row_of(done, BEYOND_CHANCE, "beyond chance")["area_share"] == pytest.approx(0.01)
    assert np.isnan(row_of(done, BEYOND_CHANCE, "list")["hit_rate"])


def test_settings_are_chosen_by_how_they_did_against_the_grid():
    made = {
        name: evaluate(town(), make_wards("Acre"), MONTHS[:13], find, budgets=(0.01,))
        for name, find in {"bad": boxes((0, 0)), "good": boxes((450, 450)), "none": boxes()}.items()
    }
    assert choose(made) == "good"


@settings(max_examples=25)
@given(st.floats(20, 200), st.floats(0, 50), st.integers(0, 5))
def test_a_grid_covers_its_area_and_loses_no_point(cell_m, shift, seed):
    whole = (
        shapely.union_all(make_wards("Acre", "Barley").geometry.to_numpy())
        .buffer(-37)
        .difference(shapely.Point(WEST + 700, SOUTH + 300).buffer(120))
    )
    grid = Grid(whole, cell_m, (shift, shift / 2))
    assert grid.area.sum() == pytest.approx(whole.area)
    xy = np.random.default_rng(seed).uniform((WEST, SOUTH), (WEST + 2000, SOUTH + 1000), (50, 2))
    xy = xy[shapely.contains(whole, shapely.points(xy))]
    assert grid.count(xy).sum() == len(xy)


def test_budgets_and_empty_months_are_refused():
    with pytest.raises(GeoError, match="not a share between 0 and 1"):
        evaluate(town(), make_wards("Acre"), MONTHS[:13], boxes(), budgets=(1.5,))
    frame = town(months=MONTHS[:12])
    with pytest.raises(GeoError, match="^No test month has a report"):
        evaluate(frame, make_wards("Acre"), MONTHS[:13], boxes())


def test_no_order_of_rows_changes_anything():
    frame = town()
    one = evaluate(frame, make_wards("Acre"), MONTHS[:14], boxes((450, 450)))
    other = evaluate(frame.sample(frac=1, random_state=1), make_wards("Acre"), MONTHS[:14], boxes((450, 450)))
    pd.testing.assert_frame_equal(one.scores, other.scores)


def test_luton_hot_spots_against_simpler_maps(shared_data, luton_wards):
    from geo.hotspots import find_hotspots
    from layers import read_incidents, read_wards

    wards, _ = read_wards(luton_wards)
    reports, report = read_incidents(shared_data / "bedfordshire_street_2021_2024" / "street")

    def find(part, months):
        return find_hotspots(part, wards, months=months, map_points=report.map_points, runs=19).hotspots

    done = evaluate(reports, wards, report.months, find, test=3, step=6, budgets=(0.01, 0.02))
    table = done.summary.set_index(["method", "ground"])
    assert table.loc[(HOTSPOTS, "list"), "against_grid"] > 0.95
    assert table.loc[("kde", "1.00%"), "hit_rate"] < table.loc[("discs", "1.00%"), "hit_rate"]
    assert (table.loc[("grid", "2.00%"), "hit_rate"] > table.loc[("grid", "1.00%"), "hit_rate"]).all()
