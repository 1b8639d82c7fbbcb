"""Hot spots keep their ids: three histories with known answers, laws over random ones, and a year of Luton."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from geo.errors import GeoError
from geo.hotspots.register import (
    BY_HAND,
    COLUMNS,
    FROZEN,
    HISTORY,
    LINKED,
    STATES,
    add,
    add_history,
    freeze,
    match,
    named,
    rename,
    retire,
    summary,
)

SQUARE = (0, 0, 100, 100)
FAR = (1000, 0, 1200, 100)


def hotspots(*boxes, names=None, incidents=None):
    """Hot spots that are boxes of metres: west, south, east, north."""
    return gpd.GeoDataFrame(
        {
            "name": list(names) if names else [f"Place {number}" for number in range(len(boxes))],
            "incidents": list(incidents) if incidents else [50 - number for number in range(len(boxes))],
        },
        geometry=[shapely.box(*box) for box in boxes],
        crs="EPSG:27700",
    )


def points(*xy):
    return gpd.GeoDataFrame(geometry=[shapely.Point(*one) for one in xy], crs="EPSG:27700")


def played(*runs, register=None):
    """The states of each run as {id: state}, and the register after the last."""
    told = []
    for number, run in enumerate(runs):
        register, states = match(register, run, run=f"run {number}")
        told.append(dict(zip(states["hotspot_id"], states["state"], strict=True)))
    return told, register


def test_a_place_stays_grows_shrinks_and_moves():
    told, register = played(
        hotspots(SQUARE),
        hotspots(SQUARE),
        hotspots((0, 0, 130, 100)),  # 1.3 times as large
        hotspots(SQUARE),
        hotspots((60, 0, 160, 100)),  # two fifths shared
        hotspots((110, 0, 210, 100)),  # half of where it was, but nothing of where it began
    )
    assert told == [
        {"HS-0001": "new"},
        {"HS-0001": "same"},
        {"HS-0001": "grown"},
        {"HS-0001": "shrunk"},
        {"HS-0001": "moved"},
        {"HS-0002": "moved", "HS-0001": "gone"},
    ]
    assert register["hotspot_id"].tolist() == ["HS-0001", "HS-0002"]
    assert register["last_run"].tolist() == ["run 4", "run 5"]


def test_two_places_merge_and_come_apart():
    west, east, both = (0, 0, 200, 100), (220, 0, 300, 100), (0, 0, 300, 100)
    told, _ = played(hotspots(west, east), hotspots(both), hotspots(both), hotspots(east, west))
    assert told == [
        {"HS-0001": "new", "HS-0002": "new"},
        {"HS-0001": "merged", "HS-0002": "gone"},
        {"HS-0001": "same"},
        {"HS-0001": "split", "HS-0002": "split"},  # the ground of HS-0002 has its id again
    ]
    register, _ = match(None, hotspots(west, east))
    _, states = match(register, hotspots(both))
    assert states["other_ids"].tolist() == ["HS-0002", "HS-0001"]  # took in; went into
    assert states["overlap"].iloc[0] == 1


def test_a_place_splits_goes_and_comes_back():
    whole, left, right, corner = (0, 0, 300, 100), (0, 0, 120, 100), (140, 0, 300, 100), (500, 500, 600, 600)
    told, register = played(
        hotspots(whole), hotspots(left, right), hotspots(right, corner), hotspots(corner), hotspots(left, corner)
    )
    assert told == [
        {"HS-0001": "new"},
        {"HS-0001": "split", "HS-0002": "split"},  # the larger part keeps the id
        {"HS-0001": "same", "HS-0002": "gone", "HS-0003": "new"},
        {"HS-0001": "gone", "HS-0003": "same"},
        {"HS-0002": "same", "HS-0003": "same"},  # back on its ground, with its id
    ]
    assert register["found"].tolist() == [False, True, True]


def test_the_frame_has_the_hot_spots_in_their_order_and_then_what_is_gone():
    register, first = match(None, hotspots(FAR, SQUARE, incidents=(5, 90)), run="2025-01")
    assert first.index.tolist() == [0, 1]
    assert first["hotspot_id"].tolist() == ["HS-0002", "HS-0001"]  # the id follows the reports, not the row
    assert list(register.columns) == list(COLUMNS)
    now = hotspots((500, 500, 600, 600), SQUARE).set_index(pd.Index([7, 3]))
    after, states = match(register, now, run="2025-02")
    assert states.index.tolist() == [7, 3, 8]
    assert states["state"].tolist() == ["new", "same", "gone"]
    assert list(states.columns) == ["hotspot_id", "state", "other_ids", "overlap"]
    rows = named(now, after, states)
    assert rows["hotspot_id"].tolist() == ["HS-0003", "HS-0001"]
    assert rows.index.equals(now.index)
    assert summary(states) == "1 same, 1 new (HS-0003), 1 gone (HS-0002)"
    assert summary(match(None, hotspots())[1]) == "no hot spot"


def test_reports_decide_where_ground_alone_would_not():
    # a third of the ground is shared, and either none of the reports or all of them
    before, now = hotspots(SQUARE), hotspots((65, 0, 165, 100))
    register, _ = match(None, before)
    assert match(register, now)[1]["state"].tolist() == ["moved"]
    apart = points((10, 50), (20, 50), (150, 50), (160, 50))
    assert match(register, now, reports=apart)[1]["state"].tolist() == ["new", "gone"]
    barely = hotspots((85, 0, 185, 100))
    assert match(register, barely)[1]["state"].tolist() == ["new", "gone"]
    shared = points((90, 50), (90, 50), (95, 50))
    # most reports are shared, but it has left the ground of its id
    assert match(register, barely, reports=shared)[1]["hotspot_id"].tolist() == ["HS-0002", "HS-0001"]
    assert match(register, barely, reports=shared)[1]["state"].tolist() == ["moved", "gone"]
    wider = register.assign(home=[shapely.box(0, 0, 200, 100)])
    assert match(wider, barely, reports=shared)[1][["hotspot_id", "state"]].values.tolist() == [["HS-0001", "moved"]]


def test_a_run_made_again_says_the_same_again():
    first, _ = match(None, hotspots(SQUARE, FAR), run="2025-01")
    now = hotspots((0, 0, 140, 100), (500, 500, 600, 600))
    once, told = match(first, now, run="2025-02")
    twice, again = match(once, now, run="2025-02")
    assert told["state"].tolist() == ["grown", "new", "gone"]
    pd.testing.assert_frame_equal(again, told)
    assert twice.geom_equals(once).all()
    # with other settings, an id that was given stays with its ground and a third place gets the next
    other, states = match(twice, hotspots((300, 300, 400, 400), (500, 500, 600, 600), FAR), run="2025-02")
    assert dict(zip(states["hotspot_id"], states["state"], strict=True)) == {
        "HS-0004": "new",
        "HS-0003": "new",
        "HS-0002": "same",
        "HS-0001": "gone",
    }
    assert match(other, now, run="2025-03")[1]["state"].tolist() == ["grown", "same", "gone", "gone"]


def test_names_stay_unless_the_place_changed():
    register, _ = match(None, hotspots(SQUARE, names=["Park Street"]))
    register, _ = match(register, hotspots((0, 0, 140, 100), names=["Mill Lane"]))
    assert register["name"].tolist() == ["Park Street"]
    register, _ = match(register, hotspots((90, 0, 190, 100), names=["Mill Lane"]))
    register, _ = match(register, hotspots((50, 0, 125, 100), names=["Mill Lane"]))
    assert register["name"].iloc[-1] == "Mill Lane"
    register = rename(register, "HS-0001", " The bandstand ")
    register, _ = match(register, hotspots((20, 0, 60, 100), names=["Castle Road"]))
    assert register.set_index("hotspot_id").loc["HS-0001", "name"] == "The bandstand"


def test_frozen_ground_does_not_move_and_is_still_told():
    register, _ = match(None, hotspots(SQUARE))
    register = freeze(register, ["HS-0001"])
    after, states = match(register, hotspots((0, 0, 150, 100)))
    assert states["state"].tolist() == ["grown"]
    assert after.area.tolist() == [10_000]
    assert match(after, hotspots((0, 0, 150, 100)))[1]["state"].tolist() == ["grown"]  # still against the frozen ground
    gone, states = match(after, hotspots())
    assert states["state"].tolist() == ["gone"]
    assert match(gone, hotspots())[1].empty
    assert match(freeze(after, ["HS-0001"], frozen=False), hotspots((0, 0, 150, 100)))[0].area.tolist() == [15_000]


def test_a_retired_id_is_never_given_again():
    register, _ = match(None, hotspots(SQUARE))
    register = retire(register, ["HS-0001"])
    after, states = match(register, hotspots(SQUARE))
    assert states[["hotspot_id", "state"]].values.tolist() == [["HS-0002", "new"]]
    assert after["hotspot_id"].tolist() == ["HS-0001", "HS-0002"]
    with pytest.raises(GeoError, match=r"^HS-0001: no such place in the register, or it is retired \(2 places in it\)"):
        rename(after, "HS-0001", "Old")


def test_an_inspectors_own_place_has_an_id_and_is_never_gone():
    ground = gpd.GeoSeries([shapely.box(0, 0, 60, 100), shapely.box(60, 0, 100, 100)], crs="EPSG:27700")
    register = add(None, "Behind the library", ground)
    assert register[["hotspot_id", "status", "source", "name"]].values.tolist() == [
        ["HS-0001", FROZEN, BY_HAND, "Behind the library"]
    ]
    register, states = match(register, hotspots(FAR))
    assert states[["hotspot_id", "state"]].values.tolist() == [["HS-0002", "new"]]
    register, states = match(register, hotspots(SQUARE, names=["Park Street"]))
    assert states[["hotspot_id", "state"]].values.tolist() == [["HS-0001", "same"], ["HS-0002", "gone"]]
    assert register["name"].tolist()[0] == "Behind the library"
    with pytest.raises(GeoError, match="has no name or no area"):
        add(register, "A line", gpd.GeoSeries([shapely.LineString([(0, 0), (1, 1)])], crs="EPSG:27700"))


def test_an_estate_drawn_by_hand_does_not_split_the_hot_spots_inside_it():
    """A square kilometre by hand, four hot spots of a hectare in it: new, then same; not split, merged or shrunk."""
    estate = gpd.GeoSeries([shapely.box(0, 0, 1000, 1000)], crs="EPSG:27700")
    first = [shapely.box(x, y, x + 100, y + 100) for x in (100, 700) for y in (100, 700)]
    register = add(None, "The estate", estate, run="2025-11")
    spots = gpd.GeoDataFrame({"incidents": [9, 8, 7, 6], "name": list("abcd")}, geometry=first, crs="EPSG:27700")
    register, told = match(register, spots, run="2025-12")
    assert told["hotspot_id"].tolist() == ["HS-0001", "HS-0002", "HS-0003", "HS-0004"]
    assert told["state"].tolist() == ["same", "new", "new", "new"]
    assert told["other_ids"].tolist() == [""] * 4
    register, told = match(register, spots, run="2026-01")
    assert told["state"].tolist() == ["same"] * 4
    # the one that had the estate's id is not found: the others do not become it
    register, told = match(register, spots.iloc[1:], run="2026-02")
    assert told["state"].tolist()[:3] == ["same"] * 3
    assert told["hotspot_id"].tolist()[:3] == ["HS-0002", "HS-0003", "HS-0004"]


def test_the_history_keeps_one_story_a_run():
    register, states = match(None, hotspots(SQUARE, FAR), run="2025-01")
    history = add_history(None, register, states, "2025-01")
    register, states = match(register, hotspots((0, 0, 140, 100)), run="2025-02")
    history = add_history(history, register, states, "2025-02")
    history = add_history(history, register, states, "2025-02")
    assert list(history.columns) == list(HISTORY)
    assert history[["run", "hotspot_id", "state", "area_m2"]].values.tolist() == [
        ["2025-01", "HS-0001", "new", 10_000.0],
        ["2025-01", "HS-0002", "new", 20_000.0],
        ["2025-02", "HS-0001", "grown", 14_000.0],
        ["2025-02", "HS-0002", "gone", 20_000.0],
    ]


def test_layers_on_another_plane_are_refused():
    register, _ = match(None, hotspots(SQUARE))
    with pytest.raises(
        GeoError, match=r"^The register is in OSGB36 / British National Grid, the hot spots in IRENET95"
    ):
        match(register, hotspots(SQUARE).set_crs("EPSG:2157", allow_override=True))
    with pytest.raises(GeoError, match="hot spots: coordinates are in WGS 84"):
        match(None, hotspots((0, 0, 1, 1)).set_crs("EPSG:4326", allow_override=True))
    with pytest.raises(GeoError, match="has HS-0001 more than once"):
        match(pd.concat([register, register]), hotspots(SQUARE))


# boxes on a small board, so that they meet in every way
boxes = st.tuples(st.integers(0, 12), st.integers(0, 3), st.integers(1, 6), st.integers(1, 3)).map(
    lambda box: (25 * box[0], 25 * box[1], 25 * (box[0] + box[2]), 25 * (box[1] + box[3]))
)
runs = st.lists(st.lists(boxes, max_size=5, unique=True), min_size=1, max_size=5)


@settings(max_examples=40)
@example(
    [[(0, 25, 25, 50)], [(0, 0, 25, 75)], [(0, 0, 75, 25)]]
)  # grown, then off its home: made again, it says the same
@given(runs)
def test_every_hot_spot_has_one_id_and_every_id_stays_at_home(histories):
    register, seen = None, {}
    for number, shapes in enumerate(histories):
        now = hotspots(*shapes)
        register, states = match(register, now, run=str(number))
        assert len(states) >= len(now)
        assert states["hotspot_id"].is_unique
        assert set(states["state"]) <= set(STATES)
        assert (states["state"].iloc[: len(now)] != "gone").all()
        assert (states["state"].iloc[len(now) :] == "gone").all()
        for hotspot_id, shape in zip(states["hotspot_id"], now.geometry, strict=False):
            home = seen.setdefault(hotspot_id, shape)  # the ground for which the id was first given
            assert home.intersection(shape).area >= LINKED * min(home.area, shape.area)
        assert set(register["hotspot_id"]) == set(seen)
        assert register["hotspot_id"].tolist() == [f"HS-{n:04d}" for n in range(1, len(seen) + 1)]
        found = set(states["hotspot_id"].iloc[: len(now)])
        assert set(register.loc[register["found"], "hotspot_id"]) == found
        _, again = match(register, now, run="next")
        assert set(again["state"]) <= {"same"}
        assert again["hotspot_id"].tolist() == states["hotspot_id"].iloc[: len(now)].tolist()
        pd.testing.assert_frame_equal(match(register, now, run=str(number))[1], states)


@settings(max_examples=40)
@given(runs, st.randoms(use_true_random=False))
def test_no_order_of_rows_changes_anything(histories, random):
    one = two = None
    for shapes in histories:
        now = hotspots(*shapes)
        shuffled = now.sample(frac=1, random_state=random.randrange(1000))
        other = None if two is None else two.sample(frac=1, random_state=random.randrange(1000))
        one, told = match(one, now)
        two, told_too = match(other, shuffled)
        pd.testing.assert_frame_equal(named(shuffled, two, told_too).sort_index(), named(now, one, told))
        pd.testing.assert_frame_equal(pd.DataFrame(one), pd.DataFrame(two))


@settings(max_examples=40)
@given(runs)
def test_nothing_given_is_changed(histories):
    register = None
    for shapes in histories:
        now = hotspots(*shapes)
        kept, before = now.copy(), None if register is None else register.copy()
        after, _ = match(register, now)
        pd.testing.assert_frame_equal(pd.DataFrame(now), pd.DataFrame(kept))
        if register is not None:
            pd.testing.assert_frame_equal(pd.DataFrame(register), pd.DataFrame(before))
        register = after


def test_luton_keeps_its_ids_through_2025(shared_data, luton_wards):
    from geo.hotspots import find_hotspots
    from layers import read_incidents, read_wards

    wards, _ = read_wards(luton_wards)
    reports, report = read_incidents(shared_data / "bedfordshire_street_2025")
    months = [month for month in report.months if month.startswith("2025")]
    assert len(months) == 12
    register, known, kept, total = None, {}, [], 0
    for number in range(1, 13):
        part = reports[reports["month"].isin(months[:number])]
        found = find_hotspots(part, wards, months=months[:number], runs=19).hotspots
        register, states = match(register, found, reports=part, run=months[number - 1])
        total += len(found)
        now = dict(zip(states["hotspot_id"], found.geometry, strict=False))
        for hotspot_id, (home, last) in known.items():
            for other, shape in now.items():
                if shape.intersection(last).area > 0.9 * shape.union(last).area:
                    assert other == hotspot_id  # the same ground, the same id
            if hotspot_id in now:
                assert now[hotspot_id].intersection(home).area > 0
        known |= {name: (known[name][0] if name in known else shape, shape) for name, shape in now.items()}
        kept.append(states["state"].iloc[: len(found)].isin(["same", "grown", "shrunk", "split", "merged"]).mean())
    assert register["hotspot_id"].tolist() == sorted(known)
    assert len(known) < total / 2
    assert np.mean(kept[6:]) > 0.8  # half a year in, one more month moves few hot spots
