"""The page of a workshop: nothing on it that was not released, in every language, with every word inert."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import tomllib
import zlib
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from browser import SOUTH, WEST, about_town, town_incidents
from hypothesis import given
from hypothesis import strategies as st
from test_map_safety import CANARIES, _Page
from test_map_scripts import FORBIDDEN
from workshop_town import about_workshop, bare_wards, earlier_notes, released_wards, town_cells, town_page

import maps
from geo.errors import GeoError
from layers.workshop_notes import WHEN, WHO
from maps import assets, workshop
from maps.bands import Band, bands, require_released
from maps.figure import page_html, save_page, source_hash
from maps.languages import PARTS, languages, placeholders, strings
from maps.workshop import workshop_map
from study.workshop_page import map_id, workshop_page

FOLDER = Path(maps.__file__).parent


def inflated(html: str, name: str) -> str:
    return zlib.decompress(base64.b64decode(_Page(html).data[f"geo-{name}"])).decode("utf-8")


def parsed(made) -> tuple[str, dict]:
    """Return the page, and its data with the outlines put back in."""
    html = page_html(made)
    data = json.loads(_Page(html).data["geo-data"])
    for name, outlines in json.loads(inflated(html, "shapes")).items():
        for record, polygons in zip(data[name], outlines, strict=True):
            rings = [
                [(np.cumsum(np.reshape(ring, (-1, 2)), axis=0) / 1e5).tolist() for ring in one] for one in polygons
            ]
            record["geometry"] = {"type": "MultiPolygon", "coordinates": rings}
    return html, data


# What is on the page


def test_the_page_tells_bands_of_cells_and_no_count_of_any():
    html, data = parsed(town_page())
    assert [band["kind"] for band in data["bands"]] == ["none", "hidden", "range", "range", "range", "most"]
    assert [(band["low"], band["high"]) for band in data["bands"]][2:] == [(10, 15), (20, 25), (30, 55), (60, 0)]
    assert {tuple(sorted(cell)) for cell in data["cells"]} == {("band", "geometry")}
    assert {tuple(sorted(ward)) for ward in data["wards"]} == {("geometry", "label", "name")}
    assert "H500" not in html
    assert list(_Page(html).data) == ["geo-data", "geo-shapes", "geo-code"], "outlines and code; no block of points"
    squares = gpd.GeoSeries([shapely.geometry.shape(cell["geometry"]) for cell in data["cells"]], crs="EPSG:4326")
    assert squares.to_crs("EPSG:27700").area.round(-4).eq(250_000).all()


def test_the_policy_names_the_packed_code_and_nothing_else_is_run():
    html = page_html(town_page())
    page = _Page(html)
    [policy] = [value for tag, name, value in page.attributes if tag == "meta" and "default-src" in (value or "")]
    run = re.search("script-src ([^;]+);", policy)[1].split()
    assert run == [source_hash(text) for text in (*page.scripts, inflated(html, "code"))]
    assert len(page.scripts) == 1
    assert not [name for name in FORBIDDEN if re.search(name, page.scripts[0])]
    assert len(html.encode()) < 160_000


def test_the_page_by_wards_tells_rounded_counts_or_that_they_are_hidden():
    _, data = parsed(workshop_map(released_wards(), None, about_workshop(width_m=None), strings=strings("en")))
    assert data["cells"] == []
    assert [ward["reports"] for ward in data["wards"]] == [40, 30, 20, 10, None, 0]


def test_counts_of_wards_do_not_reach_a_page_with_cells():
    _, data = parsed(workshop_map(released_wards(), town_cells(), about_workshop(), strings=strings("en")))
    assert not any("reports" in ward or "band" in ward for ward in data["wards"])


def test_of_earlier_notes_only_place_feeling_and_words_are_there():
    html, data = parsed(town_page(notes=earlier_notes()))
    assert {tuple(sorted(note)) for note in data["earlier"]} == {("feeling", "geometry", "note")}
    assert "secret-id" not in html
    assert [note["geometry"]["type"] for note in data["earlier"]] == ["Polygon", "LineString", "Point"]
    without = earlier_notes().drop(columns="note")
    assert {note["note"] for note in parsed(town_page(notes=without))[1]["earlier"]} == {""}


@pytest.mark.parametrize("count", [1.0, 5.0, 9.0, 12.0, -10.0])
def test_counts_that_were_not_released_are_refused(count):
    cells = town_cells()
    cells.loc[3, "incidents"] = count
    with pytest.raises(GeoError, match="below 10 or not rounded to 5"):
        workshop_map(bare_wards(), cells, about_workshop(), strings=strings("en"))
    with pytest.raises(GeoError, match="wards: holds counts"):
        workshop_map(
            released_wards().assign(incidents=count), None, about_workshop(width_m=None), strings=strings("en")
        )


def test_points_are_refused_whatever_they_are_called():
    points = town_incidents(24).assign(cell=[f"c{i}" for i in range(24)], incidents=10.0)
    with pytest.raises(GeoError, match="holds Point, and this page shows areas only"):
        workshop_map(bare_wards(), points, about_workshop(), strings=strings("en"))
    with pytest.raises(GeoError, match="areas only"):
        workshop_map(points.assign(ward_code="a", ward_name="b"), None, about_workshop(), strings=strings("en"))


def test_other_faults_are_named():
    with pytest.raises(GeoError, match="no ward"):
        workshop_map(bare_wards().iloc[:0], None, about_workshop(), strings=strings("en"))
    with pytest.raises(GeoError, match="feeling"):
        town_page(notes=earlier_notes().assign(feeling="angry"))
    with pytest.raises(GeoError, match="cannot name a map"):
        town_page(map_id="../x")


def test_order_of_rows_and_time_of_making_change_nothing():
    one = page_html(town_page(notes=earlier_notes()))
    other = workshop_map(
        bare_wards().iloc[::-1], town_cells().iloc[::-1], about_workshop(), strings=strings("en"),
        map_id="ashford-vale-workshop", notes=earlier_notes().iloc[::-1],
    )  # fmt: skip
    assert page_html(other) == one


@pytest.mark.parametrize("value", CANARIES, ids=lambda value: repr(value)[:20])
def test_a_value_stays_text(value):
    def hostile(text: str):
        about = replace(
            about_workshop(), title=text, headline=text, period=text, source=text, made_on=text, notes=[text],
            attribution=[text],
        )  # fmt: skip
        return workshop_map(
            bare_wards([text] * 6), town_cells(), about, strings=strings("en"), notes=earlier_notes(text), made_by=text
        )

    html, data = parsed(hostile(value))
    html.encode("utf-8")
    assert "MARK49MARK" not in html
    assert _Page(html).tags == _Page(page_html(hostile("plain"))).tags
    assert data["wards"][0]["name"] == value
    assert data["earlier"][0]["note"] == value[:500]


def test_names_of_the_base_map_are_in_the_page_to_be_found():
    street = shapely.LineString([(WEST + 100, SOUTH + 100), (WEST + 300, SOUTH + 100)])
    streets = gpd.GeoDataFrame({"name": ["</script>{{7*7}}"], "rank": 3}, geometry=[street], crs="EPSG:27700")
    html = page_html(town_page(base_map={"streets": streets}))
    assert json.loads(inflated(html, "names"))["names"] == ["</script>{{7*7}}"]
    assert 'id="geo-names"' not in page_html(town_page())


# From a project


def secret_incidents() -> gpd.GeoDataFrame:
    made = town_incidents(900, seed=5).drop(columns="hotspot")
    return made.assign(victim_ref="V-SECRET-1", location_text="14 Secret Street", incident_id="ID-SECRET")


@pytest.mark.parametrize("by", ["hexagons", "wards"])
def test_from_incidents_to_a_page_without_any(by):
    incidents = secret_incidents()
    made = workshop_page(
        incidents, bare_wards(), area="Ashford Vale", months=["2025-01", "2025-12"], source="made up",
        made_on="2026-01-31", notes=earlier_notes("Call Anna on 07700 900123"), by=by,
    )  # fmt: skip
    html, data = parsed(made.page)
    for secret in ("SECRET", "Secret Street", "Anna", "07700", "secret-id"):
        assert secret not in html
    assert made.total == 900
    assert "About 900 reports, counted in" in html
    assert sorted(made.layers) == sorted({"wards", "workshop_notes"} | ({"cells"} if by == "hexagons" else set()))
    assert {note["note"] for note in data["earlier"]} == {""}
    corners = np.array([note["geometry"]["coordinates"] for note in data["earlier"] if note["feeling"] == "unsafe"])
    there = gpd.GeoSeries.from_xy(*corners.T, crs="EPSG:4326").to_crs("EPSG:27700")
    assert (round(there.x[0] / 100, 1) * 100, round(there.y[0] / 100, 1) * 100) == (WEST + 400, SOUTH + 400)
    limit = 1e-4  # no corner of the page but those of wards and cells: none of an incident
    degrees = incidents.to_crs("EPSG:4326").geometry
    places = {(round(x, 4), round(y, 4)) for x, y in zip(degrees.x, degrees.y, strict=True)}
    numbers = re.findall(r"\[(-?\d+\.\d{4,}),(-?\d+\.\d{4,})\]", html)
    exact = {(float(x), float(y)) for x, y in numbers}
    assert not [at for at in exact if any(abs(at[0] - x) + abs(at[1] - y) < limit / 100 for x, y in places)]


def test_the_kind_of_reports_is_said_only_where_it_is_known():
    same = secret_incidents().assign(crime_type="Anti-social behaviour")
    made = workshop_page(same, bare_wards(), area="X", months=[], source="", made_on="2026-01-31", language="cy")
    html = page_html(made.page)
    assert "Tua 900 o adroddiadau am ymddygiad gwrthgymdeithasol" in html
    assert '<html lang="cy">' in html


def test_no_incident_in_the_area_is_a_page_too():
    made = workshop_page(
        secret_incidents().iloc[:0], bare_wards(), area="X", months=["2025-03"], source="", made_on="2026-01-31"
    )
    assert "There are few reports in this time, or none." in page_html(made.page)


def test_another_way_to_count_is_refused():
    with pytest.raises(GeoError, match="by 'streets'"):
        workshop_page(secret_incidents(), bare_wards(), area="X", months=[], source="", made_on="", by="streets")


@pytest.mark.parametrize(
    ("area", "name"), [("Ashview", "ashview-workshop"), ("Llanfair & Bro", "llanfair-bro-workshop"), ("日本", None)]
)
def test_a_map_keeps_its_name_from_month_to_month(area, name):
    assert map_id(area) == name


# Bands


@given(st.lists(st.one_of(st.just(float("nan")), st.integers(2, 60).map(lambda n: 5.0 * n), st.just(0.0)), max_size=60))
def test_bands_hold_every_count_once_and_none_is_empty(counts):
    made, places = bands(counts, 5)
    assert len(places) == len(counts)
    assert set(places) == set(range(len(made)))
    for count, place in zip(counts, places, strict=True):
        band = made[place]
        if np.isnan(count):
            assert band.kind == "hidden"
        elif count == 0:
            assert band.kind == "none"
        else:
            assert band.low <= count <= (band.high or count)


def test_bands_by_hand():
    # the last of ten begins at 80, and 10, 20, 40 lead up to it in equal steps; quantiles would give 10, 15, 20 to 75
    assert bands([10, 10, 10, 10, 15, 20, 25, 40, 45, 80], 5)[0] == [
        Band("range", 10, 15), Band("range", 20, 35), Band("range", 40, 75), Band("most", 80),
    ]  # fmt: skip
    # an edge where nothing lies goes to the count nearest to it, by ratio: 43 to 90, and not to 20
    assert bands([10, 10, 10, 10, 15, 15, 15, 20, 20, 90], 5)[0] == [
        Band("range", 10, 15), Band("range", 20, 85), Band("most", 90),
    ]  # fmt: skip
    assert bands([], 5) == ([], [])
    assert require_released([0, 10, np.nan, 25], "x", 10, 5)[3] == 25


# Languages


# how each language counts (Unicode CLDR), of whole numbers
FORMS = {
    "cy": {"zero", "one", "two", "few", "many", "other"}, "pl": {"one", "few", "many", "other"},
    "ro": {"one", "few", "other"}, "ur": {"one", "other"}, "bn": {"one", "other"}, "en": {"one", "other"},
}  # fmt: skip
SAME = {"thousands", "band_one", "date"}


@pytest.mark.parametrize("code", FORMS)
def test_every_language_has_every_word_of_the_english(code):
    assert languages() == sorted(FORMS)
    english, other = (tomllib.loads((FOLDER / "strings" / f"{name}.toml").read_text("utf-8")) for name in ("en", code))
    assert strings(code).language == other["language"]  # and the words in braces are those of the English
    for part in PARTS:
        assert set(english[part]) == set(other[part])
        assert code == "en" or {k for k, v in english[part].items() if v == other[part][k]} <= SAME
    assert all(set(forms) == FORMS[code] for forms in other["script"].values() if isinstance(forms, dict))
    assert bool(other.get("draft")) == (code not in ("en", "cy"))


def test_a_draft_says_so_until_somebody_has_read_it():
    draft = strings("ur")
    html = page_html(town_page("ur"))
    assert '<html lang="ur" dir="rtl">' in html
    assert html.index("nobody who speaks the language") < html.index("<main")
    assert draft.draft.endswith("These words are a draft: nobody who speaks the language has read them yet.")
    assert strings("ur", {"read_by": "Z. Ahmed"}).draft == ""
    assert strings("ur", {"page": {"save": "محفوظ"}}).draft == draft.draft, "a sentence of one's own reads no others"
    assert "nobody who speaks" not in page_html(town_page("cy"))


def test_every_word_is_used_and_every_word_used_is_there():
    skeleton = (FOLDER / "html" / "workshop.html").read_text("utf-8")
    python = "".join((FOLDER / name).read_text("utf-8") for name in ("workshop.py", "workshop_texts.py"))
    scripts = "".join((FOLDER / "js" / name).read_text("utf-8") for name in assets.scripts(workshop.PAGE.script))
    english = strings("en")
    asked = set(re.findall(r"\$(\w+)", skeleton))
    assert not [key for key in english.page if key not in asked and not re.search(rf"""["']{key}["']""", python)]
    paper = (FOLDER / "html" / "wall.html").read_text("utf-8") + (FOLDER / "wall.py").read_text("utf-8")
    assert not [
        key for key in english.paper if f"${key}" not in paper and f'"{key}"' not in paper and f"'{key}'" not in paper
    ]
    made = {
        "streets", "streets_failed",  # the box of the base map
        *(f"left_{reason}" for reason in ("geometry", "position", "outside", "open", "short", "feeling", "twice")),
        *(f"kind_{kind}" for kind in ("point", "line", "area")),
        *(f"draw_{kind}_{what}" for kind in ("point", "line", "area") for what in ("title", "help")),
        *(f"band_{kind}" for kind in ("none", "hidden", "range", "most")),
        *(f"when_{part}" for part in (*WHEN, "said")), *(f"who_{part}" for part in (*WHO, "said")),
        "safe", "unsafe", "idea", "flat", "outside",
    }  # fmt: skip
    unused = [
        key for key in english.script if key not in made and f'"{key}"' not in scripts and f"texts.{key}" not in scripts
    ]
    assert unused == []
    assert {key for key in re.findall(r'\bt\("(\w+)"', scripts) if not key.endswith("_")} <= set(english.script)


def test_a_file_of_ones_own_changes_words_and_is_checked():
    own = strings("lt", {"language": "lt", "page": {"save": "Išsaugoti"}, "script": {"close": "Uždaryti"}})
    assert (own.language, own.page["save"], own.script["close"]) == ("lt", "Išsaugoti", "Uždaryti")
    assert own.page["cancel"] == "Cancel"
    assert strings("cy-GB").language == "cy"
    for part, match in (
        ({"page": {"sav": "x"}}, "does not know"),
        ({"page": {"limit_small_more": "no number"}}, "placeholders"),
        ({"script": {"months": ["one"]}}, "list of 12"),
        ({"script": {"corners": "x"}}, "forms by number"),
        ({"script": {"close": 5}}, "a text is needed"),
        ({"language": "x y"}, "not a language tag"),
    ):
        with pytest.raises(GeoError, match=match):
            strings("lt", part)
    for more in (None, {"read_by": "A. Name"}):
        with pytest.raises(GeoError, match=r"'lt'.*"):
            strings("lt", more)
    assert placeholders("{a} b {c}") == {"a", "c"}


def test_words_of_a_file_are_text_on_the_page():
    own = strings("en", {"page": {"save": "<b>{{7*7}}</b>$map"}, "script": {"close": "</script>"}})
    html, data = parsed(town_page(strings=own))
    assert "&lt;b&gt;{{7*7}}&lt;/b&gt;$map" in html
    assert data["texts"]["close"] == "</script>"


def test_title_sentence_and_period():
    about = about_workshop(total=5270, width_m=250)
    assert about.title == "What do you know about Ashford Vale?"
    assert about.headline.startswith("About 5,270 reports of anti-social behaviour, counted in areas about 250 metres")
    assert about.period == "January 2025 \N{EN DASH} December 2025"
    assert about_workshop("cy", months=["2025-02"]).period == "Chwefror 2025"
    assert about_workshop(total=None).headline.startswith("There are few reports of anti-social behaviour")
    assert "whole wards" in about_workshop(width_m=None).headline
    with pytest.raises(GeoError, match="not a month"):
        about_workshop(months=["2025-13"])
    assert about_town().title  # the other pages' words are untouched


# Scripts


def test_the_logic_without_a_document():
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    result = subprocess.run(
        [node, "--test", str(Path(__file__).parent / "js" / "test_workshop.js")],
        capture_output=True, text=True, check=False, env={**os.environ, "GEO_JS": str(FOLDER / "js")},
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
    assert int(re.search(r"pass (\d+)", result.stdout)[1]) > 10


@pytest.mark.parametrize("by", ["hexagons", "wards"])
def test_the_audit_finds_nothing_that_the_public_profile_forbids(geo, tmp_path, by):
    same = secret_incidents().assign(crime_type="Anti-social behaviour")
    made = workshop_page(
        same, bare_wards(), area="Ashford Vale", months=["2025-01"], source="made up", made_on="2026-01-31",
        notes=earlier_notes(), by=by,
    )  # fmt: skip
    save_page(made.page, tmp_path / "page.html")
    done = geo("audit", tmp_path / "page.html", "--profile", "public")
    assert (done.exit_code, "BREAKS" in done.stdout) == (0, False), done.stdout
