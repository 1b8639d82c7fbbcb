"""What of a map file is background, and of which kind: by OpenStreetMap's tags, or by the names of layers and columns.

============  ====  ==================================================================================================
kind          rank  what belongs to it
============  ====  ==================================================================================================
streets       1     highway = motorway, trunk, primary; OS: motorway, A road, primary road
              2     highway = secondary, tertiary; OS: B road
              3     highway = residential, unclassified, living_street, pedestrian, road, busway; OS: all other roads
              4     highway = service; OS: access roads
paths         1     highway = footway, path, cycleway, bridleway, steps, track; without pavements and crossings
rail          1     railway = rail, light_rail, tram, narrow_gauge, subway; without yards, sidings and disused lines
water         1     natural = water, waterway = river, canal, riverbank, dock, landuse = reservoir, basin
              2     waterway = stream, drain, ditch
parks         1     leisure = park, garden, common, golf_course, nature_reserve, recreation_ground; landuse = forest,
                    cemetery, allotments, recreation_ground, village_green; natural = wood, heath; OS: greenspace,
                    woodland
places        1     place = city, town, suburb, village; railway = station, halt
              2     place = quarter, neighbourhood, hamlet; amenity = hospital, university, college, townhall,
                    bus_station, marketplace; shop = mall, department_store
              3     amenity = school, library, community_centre, place_of_worship, theatre, cinema, police,
                    fire_station; shop = supermarket; tourism = museum; leisure = sports_centre, stadium; OS: named
                    places, sites and stations, ranked by their type
============  ====  ==================================================================================================

Places have a name, and are one point each. Anything in a tunnel is left out: it is not there for somebody who walks
above it. So are buildings, boundaries and all else: a background is there to find one's way, and every line more hides
something of the map on it.

Layers are told by their names (of a GeoPackage's layer, else of the file): those of OS Open Zoomstack, OS OpenMap
Local, OS Open Roads, OS Open Greenspace, OS Open Rivers and of Geofabrik's shapefiles, and plain words such as
``streets``, ``paths``, ``rail``, ``water``, ``parks``. Sources: the products' technical specifications (Ordnance
Survey), https://wiki.openstreetmap.org/wiki/Map_features.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from layers.libraries import pd
from layers.reading.records import clean_text

KINDS = ("parks", "water", "paths", "streets", "rail", "places")
NOT_BACKGROUND = "other things than streets, paths, rail, water, parks and named places"
PAVEMENT = "pavements and crossings, which lie along the streets"
TUNNEL = "in tunnels"
TAGS = ("highway", "railway", "waterway", "natural", "landuse", "leisure")

_PATHS = "footway path cycleway bridleway steps track"
_HIGHWAYS: Mapping[str, tuple[str, int]] = {
    **{name + end: ("streets", 1) for name in ("motorway", "trunk", "primary") for end in ("", "_link")},
    **{name + end: ("streets", 2) for name in ("secondary", "tertiary") for end in ("", "_link")},
    **dict.fromkeys("residential unclassified living_street pedestrian road busway".split(), ("streets", 3)),
    "service": ("streets", 4),
    **dict.fromkeys(_PATHS.split(), ("paths", 1)),
    # Geofabrik writes these with their grade
    **{f"track_grade{grade}": ("paths", 1) for grade in range(1, 6)},
}
_RAILWAYS = dict.fromkeys("rail light_rail tram narrow_gauge subway preserved".split(), ("rail", 1))
_WATERWAYS: Mapping[str, tuple[str, int]] = {
    **dict.fromkeys("river canal riverbank dock".split(), ("water", 1)),
    **dict.fromkeys("stream drain ditch".split(), ("water", 2)),
}
_NATURAL = {"water": ("water", 1), "wood": ("parks", 1), "heath": ("parks", 1)}
_LANDUSE: Mapping[str, tuple[str, int]] = {
    **dict.fromkeys("reservoir basin".split(), ("water", 1)),
    **dict.fromkeys("forest cemetery allotments recreation_ground village_green".split(), ("parks", 1)),
}
_LEISURE = dict.fromkeys("park garden common golf_course nature_reserve recreation_ground".split(), ("parks", 1))
_PLACES: Mapping[str, Mapping[str, int]] = {
    "place": {
        **dict.fromkeys("city town suburb village".split(), 1),
        **dict.fromkeys("quarter neighbourhood hamlet".split(), 2),
    },
    "railway": dict.fromkeys("station halt".split(), 1),
    "amenity": {
        **dict.fromkeys("hospital university college townhall bus_station marketplace".split(), 2),
        **dict.fromkeys("school library community_centre place_of_worship theatre cinema".split(), 3),
        **dict.fromkeys("police fire_station".split(), 3),
    },
    "shop": {"mall": 2, "department_store": 2, "supermarket": 3},
    "tourism": {"museum": 3},
    "leisure": {"sports_centre": 3, "stadium": 3},
}
_BY_TAG = {
    "highway": _HIGHWAYS, "railway": _RAILWAYS, "waterway": _WATERWAYS, "natural": _NATURAL, "landuse": _LANDUSE,
    "leisure": _LEISURE,
}  # fmt: skip
_GEOFABRIK = {**_LEISURE, **_LANDUSE, **_NATURAL, **_WATERWAYS, **_RAILWAYS, **_HIGHWAYS, "wetland": ("water", 1)}

# (what the name of a layer is, without its spaces and signs; kind; rank, or None where a column tells it)
_NAMES: tuple[tuple[str, str, int | None], ...] = (
    (r"roadsnational", "streets", 1),
    (r"roadsregional", "streets", 2),
    (r"roadslocal", "streets", 3),
    (r"roads?|roadlinks?|streets?|highways?", "streets", None),
    (r"(foot)?paths?|footways?|cycleways?", "paths", 1),
    (r"rail|railways?|railwaytracks?", "rail", 1),
    (r"surfacewater(area)?|water|lakes?|tidalwater|waterbod(y|ies)", "water", 1),
    (r"surfacewaterline|waterlines?|rivers?|canals?|watercourselinks?|waterways?", "water", 1),
    (r"parks?|greenspaces?|greenspacesites?|woodlands?", "parks", 1),
    (r"names|namedplaces?|placenames|functionalsites?|railwaystations?|importantbuildings?", "places", None),
)
_OS = r"roads(national|regional|local)|surfacewater(area|line)?|waterlines|tidalwater|woodland|railwaytrack|roadlink"
_OS += r"|namedplace|functionalsite"
_NAME_COLUMNS = ("name", "name1", "distname", "distinctivename", "distinctivename1", "streetname", "street", "roadname")
_LONGEST_NAME = 60
_CLASS_COLUMNS = ("road_function", "roadfunction", "function", "classification", "road_classification",
                  "roadclassification", "classifica", "class", "type")  # fmt: skip


def plain_name(name: str) -> str:
    """Return the name of a layer as the rules know it: ``SU_RoadLink`` and ``road_link`` are ``roadlink``."""
    bare = re.sub(r"^[A-Z]{2}_(?=[A-Z])", "", name)  # Ordnance Survey's square, before a shapefile's name
    bare = re.sub(r"^gis_(osm_)?|(_a)?(_free)?(_\d+)?$", "", bare.casefold())
    return re.sub(r"[\W_]+", "", bare)


def kind_of_layer(name: str) -> tuple[str, int | None] | None:
    """Return the kind and rank that a layer's name stands for; None for a name that says neither."""
    plain = plain_name(name)
    found = next(((kind, rank) for pattern, kind, rank in _NAMES if re.fullmatch(pattern, plain)), None)
    return found


def is_ordnance_survey(name: str) -> bool:
    """Return whether a layer's name is one that only Ordnance Survey's products have."""
    return re.fullmatch(_OS, plain_name(name)) is not None


def by_tags(rows: pd.DataFrame) -> pd.DataFrame:
    """Return ``kind``, ``rank`` and ``reason`` (why a feature is left out) by OpenStreetMap's tags, row by row."""
    kind = pd.Series(None, index=rows.index, dtype=object)
    rank = pd.Series(0, index=rows.index)
    for column, meanings in (*_BY_TAG.items(), ("fclass", _GEOFABRIK)):
        found = _column(rows, column)
        here = found.isin(meanings) & kind.isna()
        kind = kind.mask(here, found.map({value: kind for value, (kind, _) in meanings.items()}))
        rank = rank.mask(here, found.map({value: rank for value, (_, rank) in meanings.items()}).fillna(0).astype(int))
    named = names_of(rows)
    for column, ranks in _PLACES.items():
        found = _column(rows, column)
        here = found.isin(ranks) & kind.isna() & named.notna()
        kind, rank = kind.mask(here, "places"), rank.mask(here, found.map(ranks).fillna(0).astype(int))
    reason = pd.Series(None, index=rows.index, dtype=object).mask(kind.isna(), NOT_BACKGROUND)
    for out, why in (
        (~_column(rows, "tunnel").isin(("", "no", "false", "f", "0")), TUNNEL),
        (_column(rows, "footway").isin(("sidewalk", "crossing", "traffic_island")), PAVEMENT),
        (_column(rows, "area").eq("yes"), NOT_BACKGROUND),
        (kind.eq("rail") & _column(rows, "service").ne(""), NOT_BACKGROUND),
    ):
        reason = reason.mask(out & reason.isna(), why)
    return pd.DataFrame({"kind": kind.mask(reason.notna(), None), "rank": rank, "reason": reason, "name": named})


def by_name(kind: str, rank: int | None, rows: pd.DataFrame) -> pd.DataFrame:
    """Return ``kind``, ``rank`` and ``reason`` of a layer whose name says what it is."""
    named = names_of(rows)
    made = pd.DataFrame({"kind": kind, "rank": rank or 3, "reason": None, "name": named}, index=rows.index)
    if kind == "places":
        made["kind"] = made["kind"].mask(named.isna(), None)
        made["reason"] = made["reason"].mask(named.isna(), NOT_BACKGROUND)
    if rank is None:
        columns = {str(name).casefold(): name for name in rows.columns}
        names = [columns[name] for name in _CLASS_COLUMNS if name in columns]
        for name in names[:1]:
            made["rank"] = rows[name].map(_rank_of_place if kind == "places" else _rank_of_road).astype(int)
    return made


def names_of(rows: pd.DataFrame) -> pd.Series:
    """Return what people call each feature, NA where the data do not say: plain text, at most 60 letters."""
    columns = {re.sub(r"[\W_]+", "", str(name)).casefold(): name for name in rows.columns}
    found = next((columns[name] for name in _NAME_COLUMNS if name in columns), None)
    if found is None:
        return pd.Series(None, index=rows.index, dtype=object)
    text = clean_text(rows[found]).astype("string").str.replace(r"\s+", " ", regex=True).str[:_LONGEST_NAME].str.strip()
    return text.astype(object)


def _rank_of_place(value: object) -> int:
    text = str(value).casefold()
    if re.search(r"city|town|suburb|village|station", text):
        return 1
    return 2 if re.search(r"hamlet|settlement|hospital|medical|university|education|retail", text) else 3


def _rank_of_road(value: object) -> int:
    text = str(value).casefold()
    if re.search(r"motorway|\ba road|primary|trunk", text):
        return 1
    if re.search(r"\bb road|secondary road", text):
        return 2
    return 4 if "access" in text else 3


def _column(rows: pd.DataFrame, name: str) -> pd.Series:
    if name not in rows:
        return pd.Series("", index=rows.index)
    return rows[name].astype("string").fillna("").str.casefold().astype(object)
