"""Read a base map from files: streets, paths, rail, water, parks and named places around a study area."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from geo.crs import GREAT_BRITAIN, LONLAT, require_metric
from geo.errors import GeoError, counted, listed
from layers.background.files import digest, files_of, layer_info, layer_names, open_source, read_layer
from layers.background.rules import KINDS, TAGS, by_name, by_tags, is_ordnance_survey, kind_of_layer
from layers.databases.address import short_name
from layers.databases.read import read_features
from layers.libraries import gpd, np, pd, pyproj, shapely
from layers.reading.report import FileRead, ReadReport, Row
from layers.reading.vector import read_vector, split_layer
from layers.walking.osm import ATTRIBUTION as OSM

OUTSIDE = "outside the study area"
MARGIN_M = 250.0  # streets go on a little over the border: one that ends there would look like a dead end
_SAME_PLACE_M = 200.0
_DRIVER_FILE = Path(__file__).with_name("osm_base_map.ini")
_OS = "contains OS data © Crown copyright and database right, Open Government Licence v3.0"
_UNKNOWN_OWNER = (
    "Nothing in {name} says whose data it is. Name the owner under attribution in geo.toml before you pass the map on."
)
_OSM_LINES = "highway IS NOT NULL OR railway IS NOT NULL OR waterway IS NOT NULL"
_OSM_AREAS = (
    "landuse IS NOT NULL OR leisure IS NOT NULL OR natural IS NOT NULL OR waterway IS NOT NULL "
    "OR (name IS NOT NULL AND (amenity IS NOT NULL OR shop IS NOT NULL OR tourism IS NOT NULL OR place IS NOT NULL))"
)
_OSM_POINTS = "name IS NOT NULL"


_TAGGED: tuple[str, int | None] = ("tags", None)


class _Part(NamedTuple):
    """Some features of one file, in its own system, with ``kind``, ``rank``, ``reason`` and ``name`` of each."""

    meanings: pd.DataFrame
    geometry: gpd.GeoSeries


def read_base_map(
    paths: Sequence[str | Path],
    *,
    area: gpd.GeoDataFrame,
    metric_crs: str | pyproj.CRS = GREAT_BRITAIN,
    crs: str | None = None,
    streets: Sequence[str | Path] = (),
) -> tuple[dict[str, gpd.GeoDataFrame], ReadReport]:
    """Return what the files hold of a background around ``area``: {kind: features}, and a report.

    ``paths``: OpenStreetMap XML or PBF (also bz2), GeoPackage, GeoJSON, KML, GeoParquet or Shapefile (also zipped),
    each also gzipped, or folders of them; ``FILE::LAYER`` picks a layer. What is background, and of which kind, is told
    by ``background.rules``; lines of which nothing tells it are streets, where a file has but one layer. ``area``:
    wards, in metres. ``crs``: the coordinate system of files that do not say. ``streets``: files that a project calls
    its streets, read as ``paths`` are; their one layer of lines is streets, also beside other layers.

    Kinds are ``parks``, ``water``, ``paths``, ``streets``, ``rail`` and ``places`` (named ones, each a point), each
    there only if something of it was found. Columns: ``rank`` (1 is what a small map shows first), ``name`` (None where
    there is none), ``geometry`` (single lines, polygons or points in ``metric_crs``, cut 250 m outside the area). Only
    what lies in the box round the area is read, so that a file of the whole country may be given. Raises GeoError for
    files that are not map data, and where nothing of a background is found.
    """
    require_metric(area, "area")
    report = ReadReport("background map")
    region = shapely.buffer(area.geometry.to_crs(metric_crs).union_all(), MARGIN_M).simplify(MARGIN_M / 10)
    found: list[gpd.GeoDataFrame] = []
    aside: Counter[str] = Counter()
    for given, known in [*((path, False) for path in paths), *((path, True) for path in streets)]:
        held = read_features(given, crs=crs)
        if held is not None:
            table = Path(short_name(held.file.path))
            parts = _parts_of_one(held.features, table, known, region, report, metric_crs)
            found += _kept(parts, held.file.path, region, report, aside, metric_crs)
            report.files[-1] = replace(report.files[-1], sha256=held.file.sha256)
            continue
        file, layer = split_layer(given)
        for path in files_of(file):
            parts = _parts(path, layer, known, region, report, metric_crs, crs)
            found += _kept(parts, str(path), region, report, aside, metric_crs)
            report.files[-1] = replace(report.files[-1], sha256=digest(path))
    for reason, count in sorted(aside.items()):
        report.put_aside(reason, count)
    if not found:
        raise GeoError(
            "The background map holds nothing of the study area.",
            "Give streets, paths, rail, water or parks of the same place.",
        )
    every = pd.concat(found, ignore_index=True)
    # the order of files and of their rows leaves no trace
    every = every.iloc[np.lexsort((every["name"].fillna(""), shapely.to_wkb(every.geometry.to_numpy()), every["rank"]))]
    every = every[~_again(every)]
    names = [one if isinstance(one, str) else None for one in every["name"]]
    every = every.assign(name=pd.Series(names, every.index, object))
    layers = {kind: every[every["kind"] == kind].drop(columns="kind").reset_index(drop=True) for kind in KINDS}
    report.attribution = sorted({f"Background map: {line}." for line in report.attribution})
    return {kind: layer for kind, layer in layers.items() if len(layer)}, report.check()


def _kept(
    parts: Iterator[_Part],
    label: str,
    region: Any,
    report: ReadReport,
    aside: Counter[str],
    metric_crs: Any,
) -> list[gpd.GeoDataFrame]:
    """Return the background of one file, as parts with ``kind``, ``rank`` and ``geometry``."""
    rows = used = 0
    kept = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # GDAL's remarks are for programmers
        for part in parts:
            rows += len(part.meanings)
            features, count = _inside(part, region, report, aside, label, metric_crs)
            used += count
            kept.append(features)
    report.files.append(FileRead(label, "", rows))
    report.used += used
    return [features for features in kept if len(features)]


def _parts(
    path: Path, layer: str | None, streets: bool, region: Any, report: ReadReport, metric_crs: Any, crs: str | None
) -> Iterator[_Part]:
    source, kind = open_source(path)
    if kind == "osm":
        report.attribution.append(OSM)
        for name, where in (("points", _OSM_POINTS), ("lines", _OSM_LINES), ("multipolygons", _OSM_AREAS)):
            features = read_layer(
                source, path, name, _box(region, metric_crs, LONLAT), where=where, CONFIG_FILE=str(_DRIVER_FILE)
            )
            yield _part(by_tags(features), features.geometry)
        return
    if kind == "parquet":
        every = read_vector(path, layer=layer, crs=crs).features
        yield from _parts_of_one(every, path, streets, region, report, metric_crs)
        return
    names = layer_names(source, path)
    if layer is not None and layer not in names:
        raise GeoError(f"{path}: no layer {layer!r}.", f"It holds: {listed(names, 20)}.")
    asked = [layer] if layer is not None else names
    infos = {name: layer_info(source, path, names.index(name)) for name in asked}
    # a file of one layer is known by its own name, which people choose
    titles = {name: path.name.partition(".")[0] if len(names) == 1 else name for name in asked}
    meanings = {name: _meaning(titles[name], name, set(map(str, infos[name]["fields"]))) for name in asked}
    lines = [name for name in asked if "LineString" in str(infos[name]["geometry_type"])]
    known = streets or (len(names) == 1 and not _is_edge(path.name))
    if known and len(lines) == 1 and not any(meanings.values()):
        meanings[lines[0]] = ("streets", None)
        report.choices.append(f"{path.name}: nothing says what its lines are; they are drawn as streets.")
    left = [titles[name] for name, meaning in meanings.items() if meaning is None]
    for name, meaning in meanings.items():
        if meaning is None:
            continue
        system = crs or infos[name]["crs"]
        if system is None:
            raise GeoError(f"{path}: no coordinate reference system.", "Give it one, or save it as a GeoPackage.")
        features = read_layer(source, path, names.index(name), _box(region, metric_crs, system))
        if features.crs is None or crs is not None:
            features = features.set_crs(system, allow_override=True)
        yield _told(path, features, meaning, [titles[name], name], report, streets)
    if left and len(left) == len(asked):
        raise _nothing_told(path, left)
    if left:
        report.choices.append(f"{path.name}: {counted(len(left), 'layer')} not drawn ({listed(left, 8)}).")


def _parts_of_one(
    every: gpd.GeoDataFrame, path: Path, streets: bool, region: Any, report: ReadReport, metric_crs: Any
) -> Iterator[_Part]:
    """Yield the one layer of a file, or of a table of a database, that its name gives a meaning."""
    box = _box(region, metric_crs, every.crs)
    told = path.name.rpartition("::")[2].partition(".")[0]
    meaning = _meaning(told, told, set(map(str, every.columns))) or (("streets", None) if streets else None)
    if meaning is None:
        raise _nothing_told(path, [told])
    yield _told(path, every.cx[box[0] : box[2], box[1] : box[3]], meaning, [told], report, streets)


def _told(
    path: Path,
    features: gpd.GeoDataFrame,
    meaning: tuple[str, int | None],
    titles: list[str],
    report: ReadReport,
    own: bool,
) -> _Part:
    """Return the features of a layer with their meanings, having said whose data they are; ``own``: the project's."""
    features = features.set_axis(
        [one if one == "geometry" else str(one).casefold() for one in features.columns], axis=1
    )
    owner = _OS if any(is_ordnance_survey(title) for title in titles) else None
    owner = OSM if set(features.columns) & {"osm_id", "@id", "fclass"} else owner
    if owner:
        report.attribution.append(owner)
    elif not own and _UNKNOWN_OWNER.format(name=path.name) not in report.warnings:
        report.warnings.append(_UNKNOWN_OWNER.format(name=path.name))
    return _part(by_tags(features) if meaning == _TAGGED else by_name(*meaning, features), features.geometry)


def _nothing_told(path: Path, titles: list[str]) -> GeoError:
    return GeoError(
        f"{path}: nothing says what of a background it is ({listed(titles, 8)}).",
        f"Call the file or its layer one of: {listed(list(KINDS), 8)}.",
    )


def _meaning(told: str, name: str, columns: set[str]) -> tuple[str, int | None] | None:
    """Return what a layer is: _TAGGED where its features say it, else by its name; None where nothing does."""
    tagged = {column.casefold() for column in columns} & {*TAGS, "fclass"}
    return _TAGGED if tagged else kind_of_layer(told) or kind_of_layer(name)


def _is_edge(title: str) -> bool:
    """Return whether a layer of lines is by its name one of edges, which nobody walks along."""
    return re.search(r"bound|border|contour|coast|ward|district|grid|outline|edge|cable|pipe", title, re.I) is not None


def _again(every: gpd.GeoDataFrame) -> pd.Series:
    """Return which places are there already, 200 m away at most: a school is mapped as a point and as its grounds."""
    places = every[every["kind"] == "places"]
    cells = pd.DataFrame(
        {
            "name": places["name"].str.casefold(),
            "x": (places.geometry.x // _SAME_PLACE_M),
            "y": (places.geometry.y // _SAME_PLACE_M),
        }
    )
    return cells.duplicated().reindex(every.index, fill_value=False)


def _part(meanings: pd.DataFrame, geometry: gpd.GeoSeries) -> _Part:
    """Return features with their meanings; a place is a point, also where it is drawn as an outline."""
    places = meanings["kind"].eq("places").to_numpy() & geometry.notna().to_numpy()
    return _Part(meanings, geometry.mask(places, geometry.representative_point()) if places.any() else geometry)


def _box(region: Any, metric_crs: Any, crs: Any) -> tuple[float, ...]:
    """Return the box round the region in the system ``crs``, wide enough for what bends between two systems."""
    return tuple(gpd.GeoSeries([shapely.box(*region.bounds).segmentize(1000)], crs=metric_crs).to_crs(crs).total_bounds)


def _inside(
    part: _Part, region: Any, report: ReadReport, aside: Counter[str], label: str, metric_crs: Any
) -> tuple[gpd.GeoDataFrame, int]:
    """Return the features of a part that are background and in the region, cut at its edge, and how many they are."""
    meanings = part.meanings.reset_index(drop=True)
    shapes = np.asarray(part.geometry.to_crs(metric_crs).values, dtype=object)
    wanted = meanings["kind"].notna().to_numpy()
    broken = wanted & (shapely.is_missing(shapes) | shapely.is_empty(shapes) | ~_finite(shapes))
    wanted = wanted & ~broken
    aside.update(meanings.loc[meanings["kind"].isna(), "reason"])
    report.put_aside("no usable shape", [Row(label, int(row) + 1) for row in np.flatnonzero(broken)], fault=True)
    rows = np.flatnonzero(wanted)
    cut = shapes[rows]
    areas = shapely.get_dimensions(cut) == 2
    cut[areas] = shapely.make_valid(cut[areas])
    shapely.prepare(region)
    across = ~shapely.contains_properly(region, cut)
    cut[across] = shapely.intersection(cut[across], region)
    pieces, source = shapely.get_parts(cut, return_index=True)
    pieces, deeper = shapely.get_parts(pieces, return_index=True)  # a collection holds collections
    source = source[deeper]
    # what touches the edge leaves points, which are nothing to draw
    points = meanings["kind"].iloc[rows].eq("places").to_numpy()
    lines = shapely.get_dimensions(pieces) == np.where(points, 0, np.where(areas, 2, 1))[source]
    good = lines & ~shapely.is_empty(pieces)
    meant = meanings.iloc[rows[source[good]]]
    used = len(np.unique(source[good]))
    aside[OUTSIDE] += len(rows) - used
    frame = gpd.GeoDataFrame(
        {
            "kind": meant["kind"].to_numpy(),
            "rank": meant["rank"].to_numpy(dtype=np.int64),
            "name": meant["name"].to_numpy(dtype=object),
        },
        geometry=pieces[good],
        crs=metric_crs,
    )
    return frame, used


def _finite(shapes: Any) -> Any:
    return np.isfinite(shapely.bounds(shapes)).all(axis=1)
