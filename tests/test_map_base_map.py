"""Streets, parks and water under a page's map: packed small, drawn as they lie, and a server only when asked for."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import zlib
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from browser import SOUTH, WEST, about_town, open_browser, town_hotspots, town_incidents, town_wards, until, visit
from inspector_town import ashview_briefing
from inspector_town import page_of as inspector_page
from test_map_safety import whole

from geo.errors import GeoError
from layers.background.base_map import read_base_map
from maps import shapes
from maps.base_map import CLASSES, base_map_block
from maps.figure import page_html, save_page
from maps.hotspots import hotspots_map
from maps.packing import mercator
from maps.tiles import Tiles

BOUNDS = shapes.bounds(town_wards())
TILES = Tiles("https://tiles.example.org/{z}/{x}/{y}.png", "© Example")
NAMES = [one.name for one in CLASSES]


def layer(*found: shapely.Geometry, rank: int = 1) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"rank": [rank] * len(found)}, geometry=list(found), crs="EPSG:27700")


def line(*points: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString([(WEST + x, SOUTH + y) for x, y in points])


def grid_of_streets(step: int = 100) -> dict[str, gpd.GeoDataFrame]:
    across = [line((x, 0), (x, 2000)) for x in range(0, 3001, step)]
    down = [line((0, y), (3000, y)) for y in range(0, 2001, step)]
    park = shapely.box(WEST + 1200, SOUTH + 300, WEST + 1700, SOUTH + 900)
    return {"streets": layer(*across, *down, rank=3), "parks": layer(park), "water": layer(park.buffer(-200))}


def unpacked(block) -> list[tuple[str, list[tuple[float, float]]]]:
    """(class, points in degrees) of each shape: what packed is, read without the page's own code."""
    raw = np.frombuffer(zlib.decompress(block.content), np.uint8)
    shapes_, points = block.schema["shapes"], block.schema["points"]
    count = raw[:shapes_] + 256 * raw[shapes_ : 2 * shapes_].astype(int)
    codes, rest = raw[2 * shapes_ : 3 * shapes_], raw[3 * shapes_ :]
    planes = rest.reshape(4, points).astype(int)
    x, y = (np.cumsum(planes[i] + 256 * planes[i + 1]) % 65536 for i in (0, 2))
    grid = block.schema["grid"]
    across, down = grid["x"] + x * grid["step_x"], grid["y"] + y * grid["step_y"]
    lon, lat = across * 360 - 180, np.degrees(2 * np.arctan(np.exp((1 - 2 * down) * np.pi)) - np.pi / 2)
    ends = np.cumsum(count)
    return [
        (NAMES[code], list(zip(lon[end - n : end], lat[end - n : end], strict=True)))
        for code, n, end in zip(codes, count, ends, strict=True)
    ]


def metres(points) -> shapely.LineString:
    return gpd.GeoSeries([shapely.LineString(points)], crs=4326).to_crs(27700).iloc[0]


def test_a_street_comes_back_within_a_metre():
    drawn = line((100, 100), (700, 400), (900, 1900))
    [(name, points)] = unpacked(base_map_block({"streets": layer(drawn)}, BOUNDS))
    assert name == "main"
    assert metres(points).hausdorff_distance(drawn) < 1


@pytest.mark.parametrize(("rank", "name"), [(1, "main"), (2, "through"), (3, "street"), (4, "service")])
def test_the_rank_of_a_street_is_its_class(rank, name):
    block = base_map_block({"streets": layer(line((0, 0), (900, 900)), rank=rank)}, BOUNDS)
    assert [found for found, _ in unpacked(block)] == [name]


def test_streets_that_go_on_from_each_other_become_one():
    parts = [line((x, 500), (x + 100, 500)) for x in range(0, 1000, 100)]
    [(_, points)] = unpacked(base_map_block({"streets": layer(*parts)}, BOUNDS))
    assert len(points) == 2


def test_an_island_stays_free_and_overlapping_parks_do_not_cancel_out():
    lake = shapely.box(WEST + 100, SOUTH + 100, WEST + 900, SOUTH + 900)
    hole = shapely.box(WEST + 300, SOUTH + 300, WEST + 500, SOUTH + 500)
    rings = unpacked(base_map_block({"water": layer(lake.difference(hole))}, BOUNDS))
    assert [name for name, _ in rings] == ["water", "water"]
    both = base_map_block({"parks": layer(lake, shapely.affinity.translate(lake, 100, 100))}, BOUNDS)
    assert len(unpacked(both)) == 1


def test_a_pond_too_small_to_see_is_left_out():
    pond = shapely.box(WEST + 100, SOUTH + 100, WEST + 110, SOUTH + 110)  # 100 of at least 150 square metres
    assert unpacked(base_map_block({"water": layer(pond)}, BOUNDS)) == []


def test_what_lies_outside_is_cut_300_m_beyond_the_area():
    block = base_map_block(
        {"streets": layer(line((500, 500), (60_000, 500)), line((50_000, 0), (50_000, 900)))}, BOUNDS
    )
    [(_, points)] = unpacked(block)
    # a degree of longitude is 111.32 km times the cosine of the latitude
    beyond = (max(lon for lon, _ in points) - BOUNDS[2]) * 111_320 * np.cos(np.radians((BOUNDS[1] + BOUNDS[3]) / 2))
    assert beyond == pytest.approx(300, abs=2)


def test_the_order_of_rows_leaves_no_trace():
    one = base_map_block(grid_of_streets(), BOUNDS)
    other = base_map_block({kind: rows[::-1] for kind, rows in reversed(grid_of_streets().items())}, BOUNDS)
    assert one == other


def test_nothing_unknown_degrees_and_half_a_country():
    assert unpacked(base_map_block({"streets": layer()}, BOUNDS)) == []
    assert unpacked(base_map_block({"zoos": layer(line((0, 0), (1, 1)))}, BOUNDS)) == []
    with pytest.raises(GeoError):
        base_map_block({"streets": layer(line((0, 0), (900, 900))).to_crs(4326)}, BOUNDS)
    with pytest.raises(GeoError, match="wide"):
        base_map_block(grid_of_streets(), (-6.0, 50.0, 2.0, 56.0))


def test_a_coast_of_more_points_than_a_row_can_count_is_drawn_rougher():
    angle = np.linspace(0, 2 * np.pi, 200_000)
    radius = 900 + 20 * (np.arange(200_000) % 2)
    coast = shapely.Polygon(
        np.column_stack([WEST + 1500 + radius * np.cos(angle), SOUTH + 1000 + radius * np.sin(angle)])
    )
    [(_, points), *_] = unpacked(base_map_block({"water": layer(coast)}, BOUNDS))
    assert 4 <= len(points) <= 65_535


def test_the_page_reads_what_was_packed():
    """The page's own code in node, against the reading above."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    block = base_map_block(grid_of_streets(500), BOUNDS)
    folder = Path(shapes.__file__).parent / "js"
    code = """
      const geo = require(process.argv[1])(process.argv[2], "unpack.js", "ground.js");
      const schema = JSON.parse(process.argv[4]);
      const raw = Buffer.from(process.argv[3], "hex");
      const { classes } = geo.ground.shapes(new Uint8Array(raw), schema);
      console.log(JSON.stringify(classes.map((list) => list.length)));
    """
    raw = zlib.decompress(block.content)
    load = Path(__file__).parent / "js" / "load.js"
    done = subprocess.run(
        [node, "-e", code, str(load), str(folder), raw.hex(), json.dumps(block.schema)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    packed = [name for name, _ in unpacked(block)]
    assert json.loads(done.stdout) == [packed.count(name) for name in NAMES]


@pytest.mark.parametrize(
    ("name", "area"),
    [
        ("leeds_cycleway.osm.gz", (430_600, 433_400, 431_000, 433_900)),
        ("its-example_leeds.osm.pbf", (429_000, 434_500, 429_700, 434_900)),
        ("st_georges_cycletrack.osm.gz", (531_400, 179_000, 532_000, 179_400)),
        ("borough_sausage_links.osm.gz", (532_400, 179_600, 532_600, 179_800)),
    ],
)
def test_real_extracts_are_packed_in_under_six_bytes_a_point(shared_data, name, area):
    wards = gpd.GeoDataFrame(geometry=[shapely.box(*area)], crs=27700)
    layers, _ = read_base_map([shared_data / "osm_networks_small" / name], area=wards)
    block = base_map_block(layers, shapes.bounds(wards))
    assert block.schema["points"] > 50
    assert len(block.content) < 6 * block.schema["points"]


# --- tiles -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://tiles.example.org/{z}/{x}/{y}.png", "https://{s}.example.org/{z}/{x}/{y}.png",
        "https://tiles.example.org/{z}/{x}.png", "https://tiles.example.org/{z}/{x}/{y}/{y}.png",
        "https://a.org; script-src *//{z}/{x}/{y}", "https://a.org/{z}/{x}/{y}.png' 'unsafe-inline",
        "javascript:alert(1)//{z}/{x}/{y}", "https://user:word@a.org/{z}/{x}/{y}", "https://*.org/{z}/{x}/{y}", "",
    ],
)  # fmt: skip
def test_an_address_that_could_widen_the_policy_is_refused(url):
    with pytest.raises(GeoError):
        Tiles(url, "somebody")


def test_tiles_name_their_server_and_their_owner():
    assert (TILES.origin, TILES.host) == ("https://tiles.example.org", "tiles.example.org")
    assert Tiles("https://Tiles.Example.org:8443/{z}/{x}/{y}?k=1", "x").origin == "https://tiles.example.org:8443"
    with pytest.raises(GeoError, match="owner"):
        Tiles(TILES.url, "  ")


# --- in a browser ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser():
    with open_browser() as opened:
        yield opened


def town_page(**more):
    return hotspots_map(town_hotspots(), town_incidents(), town_wards(), about_town(), **more)


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    town = ashview_briefing()
    west, south, east, north = town.wards.total_bounds
    streets = [shapely.LineString([(x, south), (x, north)]) for x in np.linspace(west, east, 20)]
    made = {
        "hotspots": town_page(base_map=grid_of_streets()),
        "inspector": inspector_page(town, base_map={"streets": layer(*streets, rank=2)}),
        "tiles": town_page(tiles=TILES),
        "inspector tiles": inspector_page(town, tiles=TILES),
    }
    for name, the_map in made.items():
        save_page(the_map, folder / f"{name}.html")
    return {name: folder / f"{name}.html" for name in made}


INK = """(() => {
  const canvas = document.querySelector('.leaflet-base-map-pane canvas');
  const seen = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  let ink = 0;
  for (let i = 3; i < seen.length; i += 4) ink += seen[i] > 0;
  return ink / (canvas.width * canvas.height);
})()"""


@pytest.mark.parametrize("name", ["hotspots", "inspector"])
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_streets_are_drawn_and_can_be_hidden(browser, pages, name, phone):
    with visit(browser, pages[name], phone=phone) as seen:
        until(seen.page, "document.getElementById('geo-show-base-map')")
        assert 0.005 < seen.page.evaluate(INK) < 0.9
        seen.page.uncheck("#geo-show-base-map")
        assert not seen.page.locator(".leaflet-base-map-pane canvas").is_visible()
        assert (seen.requests, seen.errors) == ([], [])


def test_streets_follow_the_map(browser, pages):
    with visit(browser, pages["hotspots"]) as seen:
        page = seen.page
        until(page, "document.getElementById('geo-show-base-map')")
        before = page.evaluate(INK)
        page.evaluate("map_geo.setView(map_geo.getCenter(), map_geo.getZoom() + 3, { animate: false })")
        until(page, f"Math.abs({INK} - {before}) > 0.001")
        # a street every 100 m: far from any there is none to see
        page.evaluate("map_geo.setView([40, 10], 12, { animate: false })")
        until(page, f"{INK} === 0")


def test_a_block_that_cannot_be_read_says_so_and_the_page_lives(browser, pages, tmp_path):
    html = pages["hotspots"].read_text("utf-8")
    broken = re.sub(r'(id="geo-base-map">)[^<]{40}', r"\1" + "A" * 40, html)
    (tmp_path / "broken.html").write_text(broken, encoding="utf-8")
    with visit(browser, tmp_path / "broken.html") as seen:
        until(seen.page, "document.body.textContent.includes('Streets could not be drawn')")
        assert seen.page.locator(".hotspot").count() == 3
        assert seen.requests == []


@pytest.mark.parametrize("name", ["hotspots", "inspector"])
def test_without_a_base_map_there_is_no_trace_of_one(name):
    html = page_html(town_page() if name == "hotspots" else inspector_page(ashview_briefing()))
    assert 'id="geo-base-map"' not in html
    assert '"base_map":' not in whole(html)


@pytest.mark.parametrize("name", ["tiles", "inspector tiles"])
def test_tiles_are_asked_of_one_server_and_a_failure_is_said(browser, pages, name):
    with visit(browser, pages[name]) as seen:
        until(seen.page, "document.getElementById('geo-no-tiles')")
        assert seen.page.locator("#geo-no-tiles").text_content() == "Background map not available."
        assert seen.page.locator(".leaflet-tile-pane img").count() == 0
        assert seen.requests
        assert {request.split("/")[2] for request in seen.requests} == {"tiles.example.org"}
        assert not seen.page.locator(".over-tiles").count(), "the wards are seen again"


def test_tiles_that_come_are_shown_under_the_wards_with_their_owner(browser, pages):
    """A server that answers with one grey pixel for every tile."""
    pixel = base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    )
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    asked: list[str] = []

    def answer(route):
        asked.append(route.request.url)
        route.fulfill(status=200, content_type="image/png", body=pixel)

    context.route(re.compile("^https:"), answer)
    page = context.new_page()
    page.goto(pages["inspector tiles"].as_uri())
    page.wait_for_selector(".leaflet-tile-loaded", state="attached")
    assert page.locator(".over-tiles").count() == 1
    assert "© Example" in page.locator(".stage .attribution").text_content()
    assert "That server learns which area you look at." in page.locator(".tile-note").text_content()
    assert re.fullmatch(r"https://tiles\.example\.org/\d+/\d+/\d+\.png", asked[0])
    page.uncheck("#geo-show-tiles")
    assert page.locator(".leaflet-tile-pane img").count() == 0
    assert page.locator(".over-tiles").count() == 0
    context.close()


def test_the_darkest_street_leaves_labels_legible():
    """Multiplied with the land, every colour of the ground keeps the wards' names at 4.5:1."""

    def luminance(colour):
        parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    def rgb(text):
        return [int(text[i : i + 2], 16) / 255 for i in (1, 3, 5)]

    from maps.palette import COLOURS

    ink = luminance(rgb(COLOURS["ward-name"]))
    for one in CLASSES:
        ground = [a * b for a, b in zip(rgb(one.colour), rgb(COLOURS["land"]), strict=True)]
        assert (luminance(ground) + 0.05) / (ink + 0.05) >= 4.5, one.name


def test_the_base_map_covers_all_of_the_area():
    across = unpacked(base_map_block(grid_of_streets(), BOUNDS))
    lon = [x for _, points in across for x, _ in points]
    west, south, east, north = BOUNDS
    assert min(lon) <= west + 0.0002
    assert max(lon) >= east - 0.0002
    assert mercator([west], [south])[0][0] < mercator([east], [north])[0][0]
