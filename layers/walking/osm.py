"""OpenStreetMap: what its tags say a place is, and the answers of Overpass."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from geo.crs import LONLAT
from geo.errors import GeoError, counted
from layers.libraries import gpd, pd, pyogrio, shapely
from layers.reading.report import ReadReport
from layers.reading.vector import gdal_errors

ATTRIBUTION = "© OpenStreetMap contributors, ODbL"
ADD_CENTER = "Add `out center;` to the query, so that ways and relations come with a position."
TAGS = (
    "amenity",
    "social_facility",
    "leisure",
    "shop",
    "healthcare",
    "office",
    "club",
    "charity",
    "highway",
    "tourism",
    "emergency",
    "building",
)
# value of a tag -> kind of focal point; "*" is any other value but "no"
_KINDS: Mapping[str, Mapping[str, str]] = {
    "amenity": {
        "place_of_worship": "place_of_worship",
        "monastery": "place_of_worship",
        "school": "school",
        "kindergarten": "school",
        "college": "college",
        "university": "college",
        "library": "library",
        "community_centre": "community_centre",
        "social_centre": "community_centre",
        "youth_centre": "youth_hub",
        "social_facility": "social_facility",
        "food_bank": "foodbank",
        "nursing_home": "care_home",
        **dict.fromkeys(("doctors", "pharmacy", "hospital", "clinic", "dentist"), "health"),
        "police": "police_site",
        **dict.fromkeys(("townhall", "courthouse", "fire_station", "post_office"), "public_building"),
        **dict.fromkeys(("pub", "bar", "cafe", "fast_food", "restaurant", "nightclub", "marketplace"), "business"),
        **dict.fromkeys(("bank", "cinema", "fuel", "ice_cream", "biergarten", "food_court", "gambling"), "business"),
        "bus_station": "transport",
    },
    "social_facility": {
        "food_bank": "foodbank",
        "nursing_home": "care_home",
        "assisted_living": "care_home",
        "*": "social_facility",
    },
    "leisure": {
        **dict.fromkeys(("park", "playground", "garden", "common"), "park"),
        **dict.fromkeys(("sports_centre", "sports_hall", "stadium", "fitness_centre", "pitch"), "sports_club"),
    },
    "shop": {"hairdresser": "hairdresser_barber", "barber": "hairdresser_barber", "*": "business"},
    "healthcare": {"*": "health"},
    "office": {
        **dict.fromkeys(("charity", "ngo", "association", "foundation", "religion"), "charity"),
        "government": "public_building",
        "*": "business",
    },
    "club": {"sport": "sports_club", "youth": "youth_hub", "scout": "youth_hub"},
    "charity": {"*": "charity"},
    "highway": {"bus_stop": "transport"},
    "building": {
        **dict.fromkeys(("church", "chapel", "cathedral", "mosque", "synagogue", "temple"), "place_of_worship"),
        **dict.fromkeys(("gurdwara", "shrine", "religious"), "place_of_worship"),
        "school": "school",
        "college": "college",
        "university": "college",
        "hospital": "health",
    },
}
_BUILDING_RELIGION = {
    **dict.fromkeys(("church", "chapel", "cathedral"), "Christian"),
    "mosque": "Muslim",
    "synagogue": "Jewish",
    "gurdwara": "Sikh",
}
# the religions of the Census; others keep the word of the map
_CENSUS = {name.casefold(): name for name in ("Christian", "Buddhist", "Hindu", "Jewish", "Muslim", "Sikh")}
_HSTORE = re.compile(r'"((?:[^"\\]|\\.)*)"\s*=>\s*"((?:[^"\\]|\\.)*)"')


class Elements(NamedTuple):
    """Elements with tags: ``tags`` of each, its id such as ``way/123``, its shape in degrees (None without one)."""

    tags: list[dict[str, str]]
    ids: list[str]
    shapes: gpd.GeoSeries
    outlines: int


def kind_of_place(tags: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the kind of focal point and the tag that says so (``amenity=cafe``); None where no tag does.

    The first of ``TAGS`` whose value is known decides, so that a shop in a former church is a business. A tag that is
    there with an unknown value gives ``other:<value>``.
    """
    unknown: tuple[str, str] | None = None
    for key in TAGS:
        value = (tags.get(key) or "").split(";")[0].strip().casefold()
        if value in ("", "no"):
            continue
        kinds = _KINDS.get(key, {})
        kind = kinds.get(value) or kinds.get("*")
        if kind == "social_facility":  # the finer tag of the same name says more
            finer = _KINDS["social_facility"].get((tags.get("social_facility") or "").casefold())
            kind = finer or kind
        if kind is not None:
            return kind, f"{key}={value}"
        if unknown is None and key != "building":
            unknown = (f"other:{value.replace('_', ' ')}", f"{key}={value}")
    return unknown


def religion_of_place(religion: str | None, building: str | None) -> str | None:
    """Return the religion a place is tagged with, by its Census name where the Census has it; never guessed further."""
    if religion:
        word = religion.split(";")[0].strip()
        return _CENSUS.get(word.casefold(), word)
    return _BUILDING_RELIGION.get((building or "").casefold())


def unpacked_tags(text: object) -> dict[str, str]:
    """Return the tags that a converter packed into one text, as hstore (``"shop"=>"bakery"``) or JSON."""
    if not isinstance(text, str):
        return {}
    if text.lstrip().startswith("{"):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            return {}
        return {str(key): str(value) for key, value in found.items()}
    return {key: value.replace('\\"', '"') for key, value in _HSTORE.findall(text)}


def looks_like_overpass(data: bytes) -> bool:
    """Return whether JSON is an answer of Overpass rather than GeoJSON."""
    return data.lstrip()[:1] == b"{" and re.search(rb'"elements"\s*:\s*\[', data[:4000]) is not None


def read_overpass(data: bytes, label: str, report: ReadReport) -> Elements:
    """Return the tagged elements of an answer of Overpass (``[out:json]``).

    A node is where it is; a way or relation is at its ``center``, or at its outline where the answer holds that
    (``out geom;``, or ``>;`` with every node of it). Points that only draw an outline are counted in ``outlines``.
    Raises GeoError where the JSON is broken or holds nothing.
    """
    try:
        answer = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise GeoError(
            f"{label}: not valid JSON at line {getattr(error, 'lineno', 1)}.", "The answer is cut off: ask again."
        ) from None
    elements = [one for one in answer.get("elements") or [] if isinstance(one, dict)]
    remark = answer.get("remark")
    if not elements:
        why = f" ({' '.join(str(remark).split())[:120]})" if remark else ""
        raise GeoError(f"{label}: the answer of Overpass holds no elements{why}.", "Widen the query, or ask again.")
    if remark:
        report.warnings.append(f"{label}: Overpass says: {' '.join(str(remark).split())[:120]}. Places may be missing.")
    nodes = {one.get("id"): one for one in elements if one.get("type") == "node"}
    tagged = [one for one in elements if isinstance(one.get("tags"), dict) and one["tags"]]
    shapes = [_shape(one, nodes) for one in tagged]
    return Elements(
        [{str(key): str(value) for key, value in one["tags"].items()} for one in tagged],
        [f"{one.get('type', 'node')}/{one.get('id', '')}" for one in tagged],
        gpd.GeoSeries(shapes, index=pd.RangeIndex(len(shapes)), crs=LONLAT),
        len(elements) - len(tagged),
    )


def read_extract(source: Any, layer: str, **more: Any) -> gpd.GeoDataFrame:
    """Return the features of a layer of an extract (XML, PBF); ``more`` is for pyogrio.read_dataframe.

    GDAL wants nodes sorted by their numbers, which those drawn in an editor are not: then they are indexed another,
    slower way. Raises what pyogrio raises.
    """
    try:
        return pyogrio.read_dataframe(source, layer=layer, use_arrow=False, **more)
    except gdal_errors() as error:
        if "OSM_USE_CUSTOM_INDEXING" not in str(error):
            raise
    pyogrio.set_gdal_config_options({"OSM_USE_CUSTOM_INDEXING": "NO"})
    try:
        return pyogrio.read_dataframe(source, layer=layer, use_arrow=False, **more)
    finally:
        pyogrio.set_gdal_config_options({"OSM_USE_CUSTOM_INDEXING": None})


def note_missing_positions(ids: list[str], report: ReadReport) -> None:
    """Say how many ways and relations came without a position, and what to change in the query."""
    ways = sum(not one.startswith("node/") for one in ids)
    if ways:
        report.warnings.append(
            f"{counted(ways, 'way or relation', 'ways and relations')} without a position. {ADD_CENTER}"
        )


def _shape(element: Mapping[str, Any], nodes: Mapping[Any, Mapping[str, Any]]) -> shapely.Geometry | None:
    here = _position(element) or _position(element.get("center"))
    if here is not None:
        return shapely.Point(here)
    drawn = element.get("geometry")
    if not isinstance(drawn, list):
        drawn = [nodes.get(one) for one in element.get("nodes") or []]
    corners = [_position(one) for one in drawn]
    if len(corners) > 1 and None not in corners:
        return shapely.LineString(corners)
    return None


def _position(place: Any) -> tuple[float, float] | None:
    if not isinstance(place, Mapping):
        return None
    lon, lat = place.get("lon"), place.get("lat")
    if isinstance(lon, int | float) and isinstance(lat, int | float) and abs(lon) <= 180 and abs(lat) <= 90:
        return float(lon), float(lat)
    return None
