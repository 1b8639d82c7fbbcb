from __future__ import annotations

import math
import zlib

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from browser import town_incidents
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from geo.errors import GeoError
from maps import packing
from maps.incidents import pack_incidents
from maps.packing import Column

X = np.array([10, 65535, 0, 300], dtype=np.uint16)
Y = np.array([20, 0, 65535, 5], dtype=np.uint16)
GRID = packing.grid_over(-0.6, 51.8, -0.3, 52.0)


def unpack(raw: bytes, rows: int, columns: list[list[str]]) -> dict[str, np.ndarray]:
    """The inverse, written apart from both packing.py and unpack.js."""
    made, at = {}, 0
    for name, kind in columns:
        if kind == "u8":
            values = np.frombuffer(raw, np.uint8, rows, at)
            at += rows
        else:
            low = np.frombuffer(raw, np.uint8, rows, at).astype(np.uint16)
            high = np.frombuffer(raw, np.uint8, rows, at + rows).astype(np.uint16)
            values = low + 256 * high
            at += 2 * rows
            if kind == "delta16":
                values = np.cumsum(values.astype(np.int64)) % 65536
        made[name] = values
    assert at == len(raw)
    return made


def test_mercator_of_a_known_place():
    x, y = packing.mercator(-0.12, 51.5)
    assert x == pytest.approx(0.499666667, abs=5e-10)
    assert y == pytest.approx(0.332558545, abs=5e-10)


def test_morton_codes_by_hand():
    assert packing.morton(X, Y).tolist() == [612, 1431655765, 2863311530, 66674]
    assert packing.morton(np.array([3], np.uint16), np.array([5], np.uint16)).tolist() == [39]


def test_four_points_give_exactly_these_bytes():
    day, kind, hour = np.array([10, 364, 0, 10]), np.array([2, 0, 7, 1]), np.array([23, 0, 12, 5])
    order = packing.packing_order(X, Y)
    assert order.tolist() == [0, 3, 1, 2]
    raw = packing.pack(
        [
            Column("x", "delta16", X[order]),
            Column("y", "delta16", Y[order]),
            Column("day", "u16", day[order]),
            Column("type", "u8", kind[order]),
            Column("hour", "u8", hour[order]),
        ]
    )
    assert raw.hex(" ", 4) == "0a22d301 0001fe00 14f1fbff 00ffffff 0a0a6c00 00000100 02010007 1705000c"


def test_no_columns_and_no_rows_give_no_bytes():
    assert packing.pack([]) == b""
    assert packing.pack([Column("x", "delta16", np.array([], np.uint16))]) == b""


@given(hnp.arrays(np.uint16, st.tuples(st.integers(0, 60), st.just(4))))
def test_packing_comes_back_as_it_was(rows: np.ndarray):
    kinds = ["delta16", "delta16", "u16", "u8"]
    rows = np.where([False, False, False, True], rows % 256, rows).astype(np.uint16)
    columns = [Column(str(i), kind, rows[:, i]) for i, kind in enumerate(kinds)]
    raw = zlib.decompress(packing.deflate(packing.pack(columns)))
    back = unpack(raw, len(rows), [[str(i), kind] for i, kind in enumerate(kinds)])
    for i in range(4):
        assert back[str(i)].tolist() == rows[:, i].tolist()


@given(st.floats(-0.6, -0.3), st.floats(51.8, 52.0))
def test_a_point_moves_by_less_than_a_step(lon: float, lat: float):
    x, y, inside = packing.to_grid(GRID, [lon], [lat])
    exact_x, exact_y = packing.mercator(lon, lat)
    assert inside.all()
    assert abs(GRID.x + GRID.step_x * x[0] - exact_x) <= GRID.step_x * 0.5001
    assert abs(GRID.y + GRID.step_y * y[0] - exact_y) <= GRID.step_y * 0.5001


def test_points_off_the_grid_are_told_apart():
    x, y, inside = packing.to_grid(GRID, [-0.45, -3.0, math.inf, -0.45], [51.9, 51.9, math.inf, 90])
    assert inside.tolist() == [True, False, False, False]
    assert (x[1], y[1]) == (0, 0)


def test_an_area_without_extent_still_has_a_grid():
    grid = packing.grid_over(-0.4, 51.9, -0.4, 51.9)
    x, y, inside = packing.to_grid(grid, [-0.4], [51.9])
    assert (x.tolist(), y.tolist(), inside.tolist()) == ([0], [0], [True])


def test_an_area_too_large_for_the_grid_is_refused():
    with pytest.raises(GeoError) as caught:
        packing.grid_over(-4.0, 51.9, 2.0, 52.1)  # 6/360 of 40,075 km, times cos 52 degrees
    assert str(caught.value) == (
        "The study area is 411 km wide; points on its map would be off by metres.\n"
        "Map an area up to 328 km across, such as one police force."
    )


def test_incidents_come_back_with_their_lists():
    incidents = town_incidents()
    packed = pack_incidents(incidents, GRID)
    schema = packed.schema
    back = unpack(zlib.decompress(packed.content), schema["rows"], schema["columns"])
    rows = [
        (schema["lists"]["month"][m], schema["lists"]["crime_type"][c], schema["lists"]["asb_type"][a], int(h))
        for m, c, a, h in zip(back["month"], back["crime_type"], back["asb_type"], back["hotspot"], strict=True)
    ]
    plain = incidents.assign(hotspot=incidents["hotspot"].fillna(0).astype(int))
    expected = list(zip(plain["month"], plain["crime_type"], plain["asb_type"], plain["hotspot"], strict=True))
    assert sorted(rows) == sorted(expected)
    assert packed.left_out == 0


def test_the_order_of_rows_leaves_no_trace():
    incidents = town_incidents()
    shuffled = incidents.sample(frac=1, random_state=3)
    assert pack_incidents(shuffled, GRID) == pack_incidents(incidents, GRID)


def test_incidents_without_a_place_are_left_out_and_counted():
    incidents = town_incidents(10)
    incidents.geometry = gpd.GeoSeries([None, *incidents.geometry[1:]], crs=incidents.crs)
    away = incidents.set_geometry(incidents.translate(200_000))
    packed = pack_incidents(pd.concat([incidents, away]), GRID)
    assert packed.schema["rows"] == 9
    assert packed.left_out == 11


def test_no_incidents_at_all():
    packed = pack_incidents(town_incidents(10).iloc[:0], GRID)
    assert zlib.decompress(packed.content) == b""
    assert packed.schema["rows"] == 0


def test_missing_texts_become_the_empty_text():
    incidents = town_incidents(3).assign(crime_type=["Robbery", None, "Arson"])
    assert pack_incidents(incidents, GRID).schema["lists"]["crime_type"] == ["", "Arson", "Robbery"]


def test_more_than_255_kinds_take_two_bytes():
    incidents = town_incidents(300).assign(crime_type=[f"kind {i}" for i in range(300)])
    assert ["crime_type", "u16"] in pack_incidents(incidents, GRID).schema["columns"]


def test_a_hundred_thousand_points_take_under_seven_bytes_each_in_the_page():
    packed = pack_incidents(town_incidents(100_000).drop(columns="asb_type"), GRID)
    assert len(packed.content) * 4 / 3 < 700_000
