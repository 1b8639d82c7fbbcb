"""One point for each shape, however a file draws it: outlines of buildings, lines, text in WKT."""

from __future__ import annotations

from geo.crs import LONLAT
from geo.errors import counted
from layers.libraries import gpd, np, pd, pyproj, shapely
from layers.reading.positions import AT_ZERO, snap_to_millimetres
from layers.reading.report import ReadReport

FAR_AWAY = "position far from the ground of this project"
# degrees around the area a metric system is made for; beyond it distances are wrong
_MARGIN = 0.2


def surface_points(shapes: gpd.GeoSeries, report: ReadReport) -> gpd.GeoSeries:
    """Return one point for each shape, on it, to the millimetre; None for one without coordinates.

    A closed line is an outline (OpenStreetMap draws buildings so) and read as an area. The point of an area lies on its
    surface, where a centroid may fall beside an L-shaped building; the point of an open line lies half way along it.
    """
    flat = gpd.GeoSeries(shapely.force_2d(shapes.to_numpy()), index=shapes.index, crs=shapes.crs)
    usable = flat.notna() & ~flat.is_empty & np.isfinite(flat.bounds).all(axis=1)
    flat = flat.where(usable)
    outline = (flat.geom_type == "LineString") & flat.is_closed & (shapely.get_num_coordinates(flat.to_numpy()) > 3)
    if outline.any():
        flat = gpd.GeoSeries(
            [
                shapely.Polygon(shape.coords) if is_outline else shape
                for shape, is_outline in zip(flat, outline, strict=True)
            ],
            index=flat.index,
            crs=flat.crs,
        )
        report.choices.append(f"{counted(int(outline.sum()), 'outline')} drawn as a closed line read as an area.")
    area = flat.geom_type.isin(["Polygon", "MultiPolygon", "GeometryCollection"])
    line = flat.geom_type.isin(["LineString", "MultiLineString"])
    points = flat.copy()
    if area.any():
        sound = flat[area].where(flat[area].is_valid, flat[area].make_valid())
        points[area] = sound.representative_point()
        report.choices.append(f"{counted(int(area.sum()), 'area')} placed at a point on the surface.")
    if line.any():
        points[line] = [
            shape.interpolate(0.5, normalized=True) if shape.geom_type == "LineString" else shape.representative_point()
            for shape in flat[line]
        ]
        report.choices.append(f"{counted(int(line.sum()), 'line')} placed at the middle.")
    other = (flat.geom_type == "MultiPoint").fillna(False)
    if other.any():
        points[other] = flat[other].representative_point()
    known = points.notna() & ~points.is_empty
    return snap_to_millimetres(points[known]).reindex(shapes.index)


def ground_faults(points: gpd.GeoSeries) -> pd.Series:
    """Return, for each point in metres, whether it lies at 0, 0 or far outside the area its system is made for."""
    faults = pd.Series(pd.NA, index=points.index, dtype="string")
    known = points.notna()
    if not known.any():
        return faults
    lonlat = points[known].to_crs(LONLAT)
    zero = (lonlat.x.abs() < 1e-6) & (lonlat.y.abs() < 1e-6) | (points[known].x == 0) & (points[known].y == 0)
    use = pyproj.CRS.from_user_input(points.crs).area_of_use
    inside = np.isfinite(lonlat.x) & np.isfinite(lonlat.y)
    if use is not None:
        inside &= lonlat.x.between(use.west - _MARGIN, use.east + _MARGIN)
        inside &= lonlat.y.between(use.south - _MARGIN, use.north + _MARGIN)
    faults[inside.index[~inside]] = FAR_AWAY
    faults[zero.index[zero]] = AT_ZERO
    return faults
