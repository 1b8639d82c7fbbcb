"""A background map from files at hand: streets, paths, rail, water and parks, to find one's way on a page."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from geo.crs import GREAT_BRITAIN, LONLAT, require_metric
from geo.errors import GeoError, counted, listed
from layers.background.files import digest, files_of, layer_names, open_source, read_layer
from layers.background.rules import KINDS, TAGS, by_name, by_tags, is_ordnance_survey, kind_of_layer
from layers.libraries import gpd, np, pd, pyogrio, pyproj, shapely
from layers.reading.report import FileRead, ReadReport, Row
from layers.reading.vector import split_layer
from layers.walking.osm import ATTRIBUTION as OSM

OUTSIDE = "outside the study area"
MARGIN_M = 250.0  # streets go on a little over the border: one that ends there would look like a dead end
_DRIVER_FILE = Path(__file__).with_name("osm_base_map.ini")
_OS = "contains OS data © Crown copyright and database right, Open Government Licence v3.0"
_UNKNOWN_OWNER = (
    "Nothing in {name} says whose data it is. Name the owner under attribution in geo.toml before you pass the map on."
)
_OSM_LINES = "highway IS NOT NULL OR railway IS NOT NULL OR waterway IS NOT NULL"
_OSM_AREAS = "landuse IS NOT NULL OR leisure IS NOT NULL OR natural IS NOT NULL OR waterway IS NOT NULL"


class _Part(NamedTuple):
    """Some features of one file, in its own system, with ``kind``, ``rank`` and ``reason`` of each."""

    meanings: pd.DataFrame
    geometry: gpd.GeoSeries


def read_base_map(
    paths: Sequence[str | Path],
    *,
    area: gpd.GeoDataFrame,
    metric_crs: str | pyproj.CRS = GREAT_BRITAIN,
    crs: str | None = None,
) -> tuple[dict[str, gpd.GeoDataFrame], ReadReport]:
    """Return what the files hold of a background around ``area``: {kind: features}, and a report.

    ``paths``: OpenStreetMap XML or PBF (also gzipped or bz2), GeoPackage, GeoJSON or Shapefile (also zipped), or
    folders of them; ``FILE::LAYER`` picks a layer. What is background, and of which kind, is told by
    layers/base_map_rules.py. ``area``: wards, in metres. ``crs``: the coordinate system of files that do not say.

    Kinds are ``parks``, ``water``, ``paths``, ``streets``, ``rail``, each there only if something of it was found.
    Columns: ``rank`` (1 is what a small map shows first), ``geometry`` (single lines or polygons in ``metric_crs``,
    cut 250 m outside the area). Only what lies in the box round the area is read, so that a file of the whole country
    may be given. Raises GeoError for files that are not map data, and where nothing of a background is found.
    """
    require_metric(area, "area")
    report = ReadReport("background map")
    region = shapely.buffer(area.geometry.to_crs(metric_crs).union_all(), MARGIN_M).simplify(MARGIN_M / 10)
    found: list[gpd.GeoDataFrame] = []
    aside: Counter[str] = Counter()
    for given in paths:
        file, layer = split_layer(given)
        for path in files_of(file):
            found += _read_file(path, layer, region, report, aside, metric_crs, crs)
    for reason, count in sorted(aside.items()):
        report.put_aside(reason, count)
    if not found:
        raise GeoError(
            "The background map holds nothing of the study area.",
            "Give streets, paths, rail, water or parks of the same place.",
        )
    every = pd.concat(found, ignore_index=True)
    # the order of files and of their rows leaves no trace
    every = every.iloc[np.lexsort((shapely.to_wkb(every.geometry.to_numpy()), every["rank"]))]
    layers = {kind: every[every["kind"] == kind].drop(columns="kind").reset_index(drop=True) for kind in KINDS}
    report.attribution = sorted({f"Background map: {line}." for line in report.attribution})
    return {kind: layer for kind, layer in layers.items() if len(layer)}, report.check()


def _read_file(
    path: Path,
    layer: str | None,
    region: Any,
    report: ReadReport,
    aside: Counter[str],
    metric_crs: Any,
    crs: str | None,
) -> list[gpd.GeoDataFrame]:
    """Return the background of one file, as parts with ``kind``, ``rank`` and ``geometry``."""
    rows = used = 0
    kept = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # GDAL's remarks are for programmers
        for part in _parts(path, layer, region, report, metric_crs, crs):
            rows += len(part.meanings)
            features, count = _inside(part, region, report, aside, str(path), metric_crs)
            used += count
            kept.append(features)
    report.files.append(FileRead(str(path), digest(path), rows))
    report.used += used
    return [features for features in kept if len(features)]


def _parts(
    path: Path, layer: str | None, region: Any, report: ReadReport, metric_crs: Any, crs: str | None
) -> Iterator[_Part]:
    source, kind = open_source(path)
    if kind == "osm":
        report.attribution.append(OSM)
        for name, where in (("lines", _OSM_LINES), ("multipolygons", _OSM_AREAS)):
            features = read_layer(
                source, path, name, _box(region, metric_crs, LONLAT), where=where, CONFIG_FILE=str(_DRIVER_FILE)
            )
            yield _Part(by_tags(features), features.geometry)
        return
    names = layer_names(source, path)
    if layer is not None and layer not in names:
        raise GeoError(f"{path}: no layer {layer!r}.", f"It holds: {listed(names, 20)}.")
    asked = [layer] if layer is not None else names
    left = []
    for name in asked:
        # a file of one layer is known by its own name, which people choose
        told = path.name.partition(".")[0] if len(names) == 1 else name
        info = pyogrio.read_info(source, layer=name)
        columns = {str(column).casefold() for column in info["fields"]}
        tagged = bool(columns & {*TAGS, "fclass"})
        meant = None if tagged else kind_of_layer(told) or kind_of_layer(name)
        if not tagged and meant is None:
            left.append(name)
            continue
        system = crs or info["crs"]
        if system is None:
            raise GeoError(f"{path}: no coordinate reference system.", "Give it one, or save it as a GeoPackage.")
        features = read_layer(source, path, name, _box(region, metric_crs, system))
        if features.crs is None or crs is not None:
            features = features.set_crs(system, allow_override=True)
        features.columns = [column if column == "geometry" else str(column).casefold() for column in features.columns]
        owner = (
            OSM
            if columns & {"osm_id", "@id", "fclass"}
            else _OS
            if is_ordnance_survey(told) or is_ordnance_survey(name)
            else None
        )
        if owner:
            report.attribution.append(owner)
        elif _UNKNOWN_OWNER.format(name=path.name) not in report.warnings:
            report.warnings.append(_UNKNOWN_OWNER.format(name=path.name))
        yield _Part(by_tags(features) if meant is None else by_name(*meant, features), features.geometry)
    if left and len(left) == len(asked):
        raise GeoError(
            f"{path}: nothing says what of a background it is ({listed(left, 8)}).",
            f"Call the file or its layer one of: {listed(list(KINDS), 8)}.",
        )
    if left:
        report.choices.append(f"{path.name}: {counted(len(left), 'layer')} not drawn ({listed(left, 8)}).")


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
    lines = shapely.get_dimensions(pieces) == np.where(areas, 2, 1)[source]
    good = lines & ~shapely.is_empty(pieces)
    meant = meanings.iloc[rows[source[good]]]
    used = len(np.unique(source[good]))
    aside[OUTSIDE] += len(rows) - used
    frame = gpd.GeoDataFrame(
        {"kind": meant["kind"].to_numpy(), "rank": meant["rank"].to_numpy(dtype=np.int64)},
        geometry=pieces[good],
        crs=metric_crs,
    )
    return frame, used


def _finite(shapes: Any) -> Any:
    return np.isfinite(shapely.bounds(shapes)).all(axis=1)
